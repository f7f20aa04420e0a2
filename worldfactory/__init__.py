"""worldfactory: a declarative factory for labelled world footage.

import worldfactory
for frame in worldfactory.stream("specs", cities=["kyoto"]):
    frame["rgb"], frame["depth"], frame["flow"], frame["keys"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worldfactory.lineage import ENGINE_VERSION

if TYPE_CHECKING:
    from worldfactory.flow import stream as stream

__version__ = "0.1.0"
__all__ = ["ENGINE_VERSION", "__version__", "stream"]


def __getattr__(name: str) -> Any:
    # torch and numba take seconds to import; only `stream` needs them.
    if name == "stream":
        from worldfactory.flow import stream

        return stream
    raise AttributeError(f"module 'worldfactory' has no attribute {name!r}")
