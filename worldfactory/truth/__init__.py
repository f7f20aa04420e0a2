"""Ground truth: what follows exactly from a scene or from stored maps, and the files that hold it."""

from worldfactory.truth._camera import camera_deltas, poses_of
from worldfactory.truth._codec import TruthReader, TruthWriter, truth_format
from worldfactory.truth._flow import flow
from worldfactory.truth._geometry import classes, geometry, instances
from worldfactory.truth._inside import within
from worldfactory.truth._kinematics import Kinematics
from worldfactory.truth._normals import decode_normals, encode_normals
from worldfactory.truth._npz import pack_geometry, read_geometry, write_geometry

__all__ = [
    "Kinematics",
    "TruthReader",
    "TruthWriter",
    "camera_deltas",
    "classes",
    "decode_normals",
    "encode_normals",
    "flow",
    "geometry",
    "instances",
    "pack_geometry",
    "poses_of",
    "read_geometry",
    "truth_format",
    "within",
    "write_geometry",
]
