"""Dagster resources: the factory, the homes that its shards live in, and the suites that judge its data."""

from resources.factory import FactoryResource
from resources.homes import HomesResource, LocalHome, homes_resource

__all__ = ["FactoryResource", "HomesResource", "LocalHome", "homes_resource"]
