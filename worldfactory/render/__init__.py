"""Draws scenes on the CPU: colour with exact ground truth, single-threaded, a process per clip."""

from worldfactory.render import reference
from worldfactory.render._config import RenderConfig
from worldfactory.render._renderer import Renderer

__all__ = ["RenderConfig", "Renderer", "reference"]
