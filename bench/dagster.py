"""Dagster at 10,000 cells: how long the definitions load, and what a tick of the spec folder's sensor costs.

The cells are 100 cities x 100 venues: shipped specs under other names.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIDE = 100


def run() -> dict[str, tuple[float, str]]:
    """Seconds of process CPU time for each part of a tick."""
    import dagster as dg

    from assets._sync import fingerprint, sync
    from worldfactory.spec import load

    figures: dict[str, tuple[float, str]] = {"dagster.load_definitions_s": (_load_definitions(), "cpu s")}
    with tempfile.TemporaryDirectory() as folder, dg.DagsterInstance.ephemeral() as instance:
        specs = _many(Path(folder) / "specs")
        began = time.process_time()
        read = load(specs)
        figures["dagster.read_specs_s"] = (time.process_time() - began, f"cpu s, {2 * SIDE} files")

        began, ticks = time.process_time(), 1
        while sync(instance, read).left:
            ticks += 1
        figures["dagster.first_sync_s"] = (time.process_time() - began, f"cpu s in {ticks} ticks, {SIDE**2} cells")
        assert len(instance.get_dynamic_partitions("cells")) == SIDE * SIDE

        began = time.process_time()
        fingerprint(specs, "")
        figures["dagster.idle_tick_ms"] = (1000 * (time.process_time() - began), "cpu ms, no file changed")

        began = time.process_time()
        assert not sync(instance, read).recorded
        figures["dagster.full_look_s"] = (time.process_time() - began, "cpu s, nothing new")

        city = specs / "cities" / "city-7.yaml"
        city.write_text(city.read_text().replace("latitude:", "latitude: 1.5 #"))
        began = time.process_time()
        done = sync(instance, load(specs))
        assert len(done.recorded["world_spec"]) == SIDE
        figures["dagster.edit_tick_s"] = (time.process_time() - began, f"cpu s, a city of {SIDE} cells edited")
    return figures


def _load_definitions() -> float:
    code = "import time; from assets.definitions import defs; print(time.process_time())"
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    return float(ran.stdout)


def _many(to: Path) -> Path:
    """A spec folder of 100 cities and 100 venues."""
    shutil.copytree("specs", to)
    for folder, name in (("cities", "city"), ("venues", "venue")):
        shipped = sorted((to / folder).glob("*.yaml"))
        for number in range(SIDE):
            shutil.copy(shipped[number % len(shipped)], to / folder / f"{name}-{number}.yaml")
        for file in shipped:
            file.unlink()
    for kit in (to / "decor").glob("*.yaml"):
        lines = kit.read_text().splitlines(keepends=True)
        kit.write_text("".join(line for line in lines if not line.startswith(("cities:", "venues:"))))
    factory = (to / "factory.yaml").read_text().splitlines(keepends=True)
    kept = [line for line in factory if not line.lstrip().startswith("cities:") and "cells:" not in line]
    (to / "factory.yaml").write_text("".join(kept) + "  cells: [venue-0:city-0]\n")
    return to


if __name__ == "__main__":
    for name, (value, unit) in run().items():
        print(f"{name:<40}{value:>10.3f} {unit}")
