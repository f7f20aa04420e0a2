"""How each home (aws, gcp, azure) is reached: the cloud resources that Dagster users know, as options of `flow`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import dagster as dg
import yaml

NAMES = ("aws", "gcp", "azure")


class HomeOptions(Protocol):
    """What every home can say of itself."""

    def options(self) -> Mapping[str, str]:
        """Keys and values of the object store's configuration, as obstore names them."""
        ...


class LocalHome(dg.ConfigurableResource):
    """A home in a folder (`file:`): nothing to configure."""

    def options(self) -> Mapping[str, str]:
        """None."""
        return {}


class HomesResource(dg.ConfigurableResource):
    """One resource for each home; what has `options()` will do (see `HomeOptions`)."""

    aws: dg.ResourceDependency[Any]
    gcp: dg.ResourceDependency[Any]
    azure: dg.ResourceDependency[Any]

    def options(self) -> dict[str, dict[str, str]]:
        """Home -> options of its object store."""
        return {name: dict(getattr(self, name).options()) for name in NAMES}


def homes_resource(specs: Path) -> HomesResource:
    """The homes as `specs/factory.yaml` places them, configured by the environment variables of each cloud.

    A cloud's SDK takes one to two seconds to import, so only those are imported whose homes are in use. A
    factory.yaml that can not be read counts as local: whoever opens the factory says what is wrong with it.
    """
    return HomesResource(**{name: _home(url) for name, url in _urls(specs).items()})


def _home(url: str) -> dg.ConfigurableResource:
    scheme = url.partition(":")[0]
    if scheme == "s3":
        from resources.aws import S3Home

        return S3Home.from_environment()
    if scheme == "gs":
        from resources.gcp import GcsHome

        return GcsHome.from_environment()
    if scheme == "az":
        from resources.azure import AzureHome

        return AzureHome.from_environment()
    return LocalHome()


def _urls(specs: Path) -> dict[str, str]:
    try:
        said = yaml.safe_load((specs / "factory.yaml").read_text(encoding="utf-8"))
        return {name: str(said["homes"][name]["url"]) if name in said["homes"] else "" for name in NAMES}
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return dict.fromkeys(NAMES, "")
