"""H.264 MP4 in and out: exact timestamps, BT.709, the same frames the same bytes. And any brought video in, guarded."""

from worldfactory.video._copy import Copier, can_copy, is_idr
from worldfactory.video._decode import VideoInfo, decode, probe
from worldfactory.video._encode import SOUND_RATE, Encoder, encode
from worldfactory.video._reader import MAX_GAP_S, Health, Picture, VideoReader, inspect
from worldfactory.video._source import ReadLimits, SourceInfo

__all__ = [
    "MAX_GAP_S", "SOUND_RATE", "Copier", "Encoder", "Health", "Picture", "ReadLimits", "SourceInfo", "VideoInfo",
    "VideoReader", "can_copy", "decode", "encode", "inspect", "is_idr", "probe",
]  # fmt: skip
