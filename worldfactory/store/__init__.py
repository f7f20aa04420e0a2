"""The data folder, and the object stores (homes) that shards live in."""

from worldfactory.files import atomic_file, atomic_folder, sweep, write_file
from worldfactory.store._homes import Home, Listed, open_home
from worldfactory.store._store import TABLES, Store

__all__ = ["TABLES", "Home", "Listed", "Store", "atomic_file", "atomic_folder", "open_home", "sweep", "write_file"]
