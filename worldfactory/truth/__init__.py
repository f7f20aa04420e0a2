"""Ground truth: what follows exactly from a scene or from stored maps, and the files that hold it."""

from worldfactory.truth._boxes import Box, Track, boxes, tracks, visible_pixels
from worldfactory.truth._camera import camera_deltas, poses_of
from worldfactory.truth._codec import TruthReader, TruthWriter, truth_format
from worldfactory.truth._flow import flow
from worldfactory.truth._geometry import classes, geometry, instances
from worldfactory.truth._inside import SOLID_SHAPES, holds, turned
from worldfactory.truth._kinematics import Kinematics
from worldfactory.truth._normals import decode_normals, encode_normals
from worldfactory.truth._npz import pack_geometry, read_geometry, write_geometry
from worldfactory.truth._pace import Clock

__all__ = [
    "Clock",
    "Box",
    "Kinematics",
    "SOLID_SHAPES",
    "Track",
    "TruthReader",
    "TruthWriter",
    "boxes",
    "camera_deltas",
    "classes",
    "decode_normals",
    "encode_normals",
    "flow",
    "geometry",
    "holds",
    "instances",
    "pack_geometry",
    "poses_of",
    "read_geometry",
    "tracks",
    "truth_format",
    "turned",
    "visible_pixels",
    "write_geometry",
]
