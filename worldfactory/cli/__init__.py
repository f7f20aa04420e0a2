"""The command line: the factory without Dagster."""

from worldfactory.cli import _curate as _curate  # adds its command to the application
from worldfactory.cli import _testfilm as _testfilm  # and this
from worldfactory.cli import _worlds as _worlds  # so does this
from worldfactory.cli._app import main

__all__ = ["main"]
