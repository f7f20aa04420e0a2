"""The parts of Flower that are used, imported with its telemetry, update check and installer off.

The one place that imports flwr: whatever it asks of the environment is settled here, before it is imported.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Generator

os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")
os.environ.setdefault("FLWR_DISABLE_UPDATE_CHECK", "1")
os.environ.setdefault("FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION", "1")

from flwr.app import (
    Array,
    ArrayRecord,
    ConfigRecord,
    Context,
    Error,
    Message,
    MetricRecord,
    MetricRecordValues,
    RecordDict,
)
from flwr.clientapp import ClientApp
from flwr.common.constant import ErrorCode
from flwr.common.serde import message_from_proto, message_to_proto
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAdam, FedAvg, FedAvgM
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity

# Importing flwr sets its logger to DEBUG, with a line for every thing that a strategy does.
logging.getLogger("flwr").setLevel(logging.WARNING)

__all__ = [
    "Array", "ArrayRecord", "ClientApp", "ConfigRecord", "Context", "Error", "ErrorCode", "FedAdam", "FedAvg",
    "FedAvgM", "Grid", "Message", "MetricRecord", "MetricRecordValues", "RecordDict", "Run", "ServerApp",
    "message_from_proto", "message_to_proto", "sender",
]  # fmt: skip


@contextlib.contextmanager
def sender(run_id: int, node_id: int) -> Generator[None, None, None]:
    """Within, messages are from `node_id` in run `run_id`. Flower keeps both for the process; they are put back."""
    names = ("_run_id", "_node_id", "_task_id")
    before = {name: getattr(TaskIdentity, name) for name in names}
    try:
        for name, value in zip(names, (run_id, node_id, run_id), strict=True):
            setattr(TaskIdentity, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(TaskIdentity, name, value)
