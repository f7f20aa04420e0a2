"""Draws scenes on the CPU: colour with exact ground truth, single-threaded, a process per clip."""

from worldfactory.render import reference
from worldfactory.render._config import RenderConfig
from worldfactory.render._lettering import LETTERING_PX, WIDEST
from worldfactory.render._renderer import Renderer
from worldfactory.render._world import World, compile_world

__all__ = ["LETTERING_PX", "WIDEST", "RenderConfig", "Renderer", "World", "compile_world", "reference"]
