"""H.264 MP4 in and out: exact timestamps, BT.709, the same frames always the same bytes."""

from worldfactory.video._decode import VideoInfo, decode, probe
from worldfactory.video._encode import Encoder, encode

__all__ = ["Encoder", "VideoInfo", "decode", "encode", "probe"]
