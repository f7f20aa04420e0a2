"""The factory's Dagster assets: each loads records, calls one function of `worldfactory.flow`, and says how it went.

This module is imported before any other of the package, so it is the one place where dependencies are told not to
phone home.
"""

import os

SILENT = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "FLWR_TELEMETRY_ENABLED": "0",
    "FLWR_DISABLE_UPDATE_CHECK": "1",
    "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "QDRANT__TELEMETRY_DISABLED": "true",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Telemetry, update checks and downloads of dependencies, all off."""

for _name, _value in SILENT.items():
    os.environ.setdefault(_name, _value)
