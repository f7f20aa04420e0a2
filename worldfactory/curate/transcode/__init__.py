"""Transcoding: one consistent H.264 MP4 a clip, all clips of a video in one pass, or copied where that is exact."""

from worldfactory.curate.transcode._transcode import Target, Transcoder, Written

__all__ = ["Target", "Transcoder", "Written"]
