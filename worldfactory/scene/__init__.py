"""Scenes: from a prompt and its cell's specs to bodies, motion, camera and light."""

from worldfactory.scene._build import BuildReport, build, build_report
from worldfactory.scene._light import sun_direction
from worldfactory.scene._overlaps import Overlap, overlaps
from worldfactory.scene._placed import Drop
from worldfactory.scene._turntable import turntable
from worldfactory.scene._variants import RIG, Mount, counterfactuals, rig

__all__ = [
    "BuildReport",
    "Drop",
    "Mount",
    "Overlap",
    "RIG",
    "build",
    "build_report",
    "counterfactuals",
    "overlaps",
    "rig",
    "sun_direction",
    "turntable",
]
