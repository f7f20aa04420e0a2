"""The command line: the factory without Dagster."""

from worldfactory.cli._app import main

__all__ = ["main"]
