"""A home in an object store: S3, Google Cloud Storage or Azure Blob Storage, through obstore."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from worldfactory.errors import StoreError
from worldfactory.store._homes import Home, Listed

_CLIENT = ("allow_http", "allow_invalid_certificates", "connect_timeout", "timeout", "proxy_url", "user_agent")
_CHUNK = 1 << 20

# obstore runs one set of threads per process, from its first request on; a child forked after that waits for threads
# that it does not have, for ever. The process that made the first request is noted, to refuse instead.
_FIRST_USER: list[int] = []


class CloudHome(Home):
    """See `Home`. Pickles as its URL and options, and connects in each process that uses it."""

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        super().__init__(url)
        self._options = dict(options)
        client: Any = {key: value for key, value in options.items() if key in _CLIENT}
        config: Any = {key: value for key, value in options.items() if key not in _CLIENT}
        # The default keeps trying for three minutes before it says that a cloud is out of reach.
        retry: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
        with self._named("", "opened"):
            self._store: Any = from_url(self.url, config=config, client_options=client, retry_config=retry)

    def __reduce__(self) -> tuple[Any, ...]:
        return CloudHome, (self.url, self._options)

    def put(self, key: str, data: bytes | Path) -> None:
        with self._request(key, "written"):
            obstore.put(self._store, key, data)

    def get(self, key: str) -> bytes:
        with self._request(key, "read"):
            return bytes(obstore.get(self._store, key).bytes())

    def stream(self, key: str) -> Iterator[bytes]:
        with self._request(key, "read"):
            yield from map(bytes, obstore.get(self._store, key).stream(min_chunk_size=_CHUNK))

    def size(self, key: str) -> int | None:
        with self._request(key, "read"):
            try:
                return int(obstore.head(self._store, key)["size"])
            except FileNotFoundError:
                return None

    def list(self, prefix: str = "") -> list[Listed]:
        with self._request(prefix, "listed"):
            found = [_listed(meta) for page in obstore.list(self._store, prefix) for meta in page]
        return sorted(found, key=lambda listed: listed.key)

    def delete(self, key: str) -> None:
        with self._request(key, "removed"), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, key)

    @contextlib.contextmanager
    def _request(self, key: str, done: str) -> Generator[None, None, None]:
        _FIRST_USER[:] = _FIRST_USER or [os.getpid()]
        if os.getpid() not in _FIRST_USER:
            raise StoreError(
                f"{self.url_of(key)}: can not be {done} in a process forked from one that has used a cloud home; "
                "start workers with multiprocessing context 'spawn'"
            )
        with self._named(key, done):
            yield

    @contextlib.contextmanager
    def _named(self, key: str, done: str) -> Generator[None, None, None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            raise self._error(key, done, error) from error


def _listed(meta: Any) -> Listed:
    written = meta["last_modified"]
    return Listed(meta["path"], meta["size"], meta.get("e_tag") or written.isoformat(), written.timestamp())
