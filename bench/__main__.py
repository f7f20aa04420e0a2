"""Run every benchmark, print a table with the machine named, and write bench/latest.json.

`python -m bench render clip` runs only those modules. A module of this package with a function
`run() -> dict[str, tuple[float, str]]`, name -> (value, unit), is a benchmark.
"""

from __future__ import annotations

import json
import os
import pkgutil
import platform
import sys
import traceback
from importlib import import_module
from pathlib import Path

# One thread: a benchmark reports what one core does.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(name, "1")

HERE = Path(__file__).parent

# What the project promised itself; printed beside the figure, never asserted.
BARS = {
    "render.cpu_ms_per_frame": 35.0,
    "brought.whole_ratio": 1.5,
    "clip.cpu_ms_per_frame": 70.0,
    "stream.peak_memory_ratio": 1.1,
    "worlds.render_cpu_ms_per_frame.median": 60.0,
    "worlds.render_cpu_ms_per_frame.max": 120.0,
    "worlds.build_cpu_ms.max": 500.0,
    "worlds.peak_memory_mb": 1024.0,
}


def machine() -> str:
    """The processor, cores and memory of this machine in a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def main(wanted: list[str]) -> int:
    """Run the wanted benchmarks (all of none named); 1 if any failed."""
    modules = sorted(m.name for m in pkgutil.iter_modules([str(HERE)]) if not m.name.startswith("_"))
    unknown = set(wanted) - set(modules)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(modules)}", file=sys.stderr)
        return 2
    print(machine())
    latest = HERE / "latest.json"
    results = json.loads(latest.read_text()) if wanted and latest.is_file() else {}
    failed = False
    for name in wanted or modules:
        print(f"\n{name}", flush=True)
        try:
            figures = import_module(f"bench.{name}").run()
        except Exception:
            traceback.print_exc()
            failed = True
            continue
        for key, (value, unit) in figures.items():
            bar = f"   (bar: at most {BARS[key]:g})" if key in BARS else ""
            print(f"  {key:<44} {value:>12.4g} {unit}{bar}", flush=True)
            results[key] = {"value": value, "unit": unit}
    latest.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    print(f"\n{latest}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
