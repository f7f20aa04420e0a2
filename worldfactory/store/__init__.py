"""The data folder, and the object stores (homes) that shards live in."""

from worldfactory.files import atomic_file, atomic_folder, sweep, write_file
from worldfactory.store._homes import Home, Listed, open_home
from worldfactory.store._store import TABLES, Store
from worldfactory.store._tables import read_table, write_table

__all__ = [
    "TABLES", "Home", "Listed", "Store", "atomic_file", "atomic_folder", "open_home", "read_table", "sweep",
    "write_file", "write_table",
]  # fmt: skip
