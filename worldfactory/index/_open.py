"""Which index: the one at a URL if there is one, else the folder's."""

from __future__ import annotations

from pathlib import Path

from worldfactory.index._types import Index


def open_index(folder: Path, visual_size: int, url: str = "", api_key: str = "", *, wait_s: float = 0.0) -> Index:
    """Open the index on the Qdrant server at `url` (http://host:6333), or in process in `folder` if `url` is empty.

    `visual_size` is the length of the visual vectors. In process, another process that has it open is waited for,
    `wait_s` seconds. Raises VectorIndexError.
    """
    if not url:
        from worldfactory.index._edge import EdgeIndex

        return EdgeIndex(folder, visual_size, wait_s=wait_s)
    from qdrant_client import QdrantClient

    from worldfactory.index._remote import RemoteIndex

    client = QdrantClient(url=url, api_key=api_key or None, check_compatibility=False, timeout=60)
    return RemoteIndex(client, url, visual_size)
