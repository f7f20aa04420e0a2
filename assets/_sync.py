"""Keeping Dagster in step with a spec folder: partitions for its files, a new version for whatever says something new.

What has been recorded before is read back from the instance, not from a cursor: a tick that fails on a broken file
keeps the good changes that it made, and no tick records anything twice.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType, DagsterInstance

from assets._partitions import CELLS, CITIES, DECOR, DECOR_ITEMS, VENUES
from assets.specs import (
    BROUGHT,
    annotation_spec,
    choice_spec,
    city_spec,
    curation_spec,
    decor_spec,
    home_spec,
    packing_spec,
    reading_spec,
    rules_spec,
    training_spec,
    transcoding_spec,
    venue_spec,
    world_spec,
)
from worldfactory.lineage import ENGINE_VERSION, digest, digest_json
from worldfactory.records import Cell
from worldfactory.spec import CellSpec, Specs, cells, resolve

DATA_VERSION_TAG = "dagster/data_version"
READ_BY_DATA = {spec.key for spec in (world_spec, home_spec, curation_spec, training_spec, *BROUGHT)}
FOLDERS = ("", "cities", "venues", "decor", "models", "federation")


@dataclass
class Sync:
    """What a call of `sync` changed."""

    added: dict[str, list[str]] = field(default_factory=dict)
    """Partitions definition -> its new keys."""
    removed: dict[str, list[str]] = field(default_factory=dict)
    recorded: dict[str, list[str]] = field(default_factory=dict)
    """Asset -> partitions with a new version ('' where it has none)."""
    held: list[str] = field(default_factory=list)
    """Cells left as they were, because a decor kit that they use is broken."""
    left: int = 0
    """Versions still to be recorded: the time was up."""

    def __str__(self) -> str:
        parts = [f"+{len(keys)} {name}" for name, keys in self.added.items()]
        parts += [f"-{len(keys)} {name}" for name, keys in self.removed.items()]
        parts += [f"{name}: {_some(keys)}" for name, keys in self.recorded.items()]
        if self.held:
            parts.append(f"held back by a broken decor kit: {_some(self.held)}")
        if self.left:
            parts.append(f"{self.left} versions still to be recorded")
        return "; ".join(parts) or "nothing new"


def fingerprint(root: Path, profile: str) -> str:
    """Changes whenever a file of the spec folder does; costs one `stat` a file."""
    files = [file for name in FOLDERS for file in sorted((root / name).glob("*.y*ml"))]
    stats = [(str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino) for file in files for stat in [file.stat()]]
    return digest(repr((ENGINE_VERSION, profile, stats)).encode())


def sync(instance: DagsterInstance, specs: Specs, seconds: float = 20.0) -> Sync:
    """Bring partitions and spec versions of `instance` in step with `specs`, within about `seconds`.

    Files that are broken (`specs.problems`) keep their partitions and versions as they were, and so do cells that they
    shape. Call again while `left` is not 0.
    """
    done = Sync()
    deadline = time.monotonic() + seconds
    broken = {(problem.file.parent.name, problem.file.stem) for problem in specs.problems}
    _partitions(instance, specs, broken, done)
    todo = list(_news(instance, specs, broken, done))
    for number, event in enumerate(todo):
        if time.monotonic() > deadline:
            done.left = len(todo) - number
            break
        _record(instance, event)
        done.recorded.setdefault(event.asset_key.to_user_string(), []).append(event.partition or "")
    return done


def _record(instance: DagsterInstance, event: dg.AssetMaterialization) -> None:
    """Record a new version, for automation as a materialisation and for staleness in the UI as an observation.

    The latter reads nothing else of an external asset. It comes first: a run notes the last materialisation that it
    saw, and takes for news any observation after that.
    """
    if event.asset_key in READ_BY_DATA:
        instance.report_runless_asset_event(
            dg.AssetObservation(event.asset_key, partition=event.partition, tags=event.tags)
        )
    instance.report_runless_asset_event(event)


def _partitions(instance: DagsterInstance, specs: Specs, broken: set[tuple[str, str]], done: Sync) -> None:
    wanted = {
        CITIES.name: set(specs.cities),
        VENUES.name: set(specs.venues),
        DECOR.name: set(specs.decor),
        DECOR_ITEMS.name: {f"{name}:{item.name}" for name, kit in specs.decor.items() for item in kit.items},
        CELLS.name: {cell.key for cell in cells(specs)},
    }

    def spared(name: str, key: str) -> bool:
        """A file that is there but broken loses nothing."""
        if name == DECOR_ITEMS.name:
            return (DECOR.name, key.partition(":")[0]) in broken
        if name != CELLS.name:
            return (name, key) in broken
        cell = Cell.parse(key)
        city, venue = ("cities", cell.city) in broken, ("venues", cell.venue) in broken
        return (city or venue) and (city or cell.city in specs.cities) and (venue or cell.venue in specs.venues)

    for name, keys in wanted.items():
        assert name is not None
        standing = set(instance.get_dynamic_partitions(name))
        if fresh := sorted(keys - standing):
            instance.add_dynamic_partitions(name, fresh)
            done.added[name] = fresh
        if gone := sorted(key for key in standing - keys if not spared(name, key)):
            for key in gone:
                instance.delete_dynamic_partition(name, key)
            done.removed[name] = gone


def _news(
    instance: DagsterInstance, specs: Specs, broken: set[tuple[str, str]], done: Sync
) -> Iterator[dg.AssetMaterialization]:
    """The materialisations to be recorded: whatever says something else than was recorded last."""
    for asset, folder, models in (
        (city_spec, "cities", specs.cities),
        (venue_spec, "venues", specs.venues),
        (decor_spec, "decor", specs.decor),
    ):
        recorded = recorded_versions(instance, asset.key)
        for name, model in models.items():
            if (version := specs.digests[folder][name]) != recorded.get(name):
                yield _event(asset, name, version, {"title": model.title, "file": f"{folder}/{name}.yaml"})
    yield from _unpartitioned(instance, specs)
    recorded, homes = recorded_versions(instance, world_spec.key), recorded_versions(instance, home_spec.key)
    broken_kits = {name for folder, name in broken if folder == "decor"}
    for cell in cells(specs):
        spec = resolve(specs, cell)
        if spec.version != recorded.get(cell.key):
            if broken_kits and recorded_kits(instance, cell) & broken_kits:
                done.held.append(cell.key)
            else:
                yield _event(world_spec, cell.key, spec.version, world_metadata(specs, spec))
        home = home_of(specs, cell)
        if (version := digest_json(home)) != homes.get(cell.key):
            yield _event(home_spec, cell.key, version, home)


def _unpartitioned(instance: DagsterInstance, specs: Specs) -> Iterator[dg.AssetMaterialization]:
    factory = specs.factory
    said = [(curation_spec, factory.thresholds.model_dump(mode="json")), *_brought(specs)]
    if factory.model in specs.models and factory.federation in specs.federations:
        model, federation = specs.models[factory.model], specs.federations[factory.federation]
        chosen = {
            "model": {factory.model: model.model_dump(mode="json")},
            "federation": {factory.federation: federation.model_dump(mode="json")},
        }
        said.append((training_spec, chosen))
    for asset, values in said:
        last = instance.get_latest_materialization_event(asset.key)
        materialization = last.asset_materialization if last else None
        tags = materialization.tags if materialization and materialization.tags else {}
        if (version := digest_json(values)) != tags.get(DATA_VERSION_TAG):
            yield _event(asset, None, version, values)


def _brought(specs: Specs) -> list[tuple[dg.AssetSpec, dict[str, object]]]:
    """What each stage of brought video reads; a curation.yaml that is broken says nothing."""
    if any(problem.file.name == "curation.yaml" for problem in specs.problems):
        return []
    parts = (
        (reading_spec, {"read", "split"}),
        (transcoding_spec, {"transcode", "embedder"}),
        (rules_spec, {"source_rules", "clip_rules"}),
        (choice_spec, {"duplicates", "mix"}),
    )
    inbox = specs.curation.inbox
    home = inbox.home or specs.factory.default_home
    stands = specs.factory.homes.get(home)
    packed = {"home": home, "url": stands.url if stands else "", "clips_per_shard": inbox.clips_per_shard}
    read = [(asset, specs.curation.model_dump(mode="json", include=part)) for asset, part in parts]
    return [*read, (annotation_spec, specs.curation.annotator.shaping()), (packing_spec, packed)]


def home_of(specs: Specs, cell: Cell) -> dict[str, str | int]:
    """What of factory.yaml shapes a cell's shards and no clip."""
    name = specs.factory.home_of(cell.city)
    home = specs.factory.homes.get(name)
    return {"home": name, "url": home.url if home else "", "clips_per_shard": specs.factory.clips_per_shard}


def world_metadata(specs: Specs, spec: CellSpec) -> Mapping[str, object]:
    """What a person wants to know of a cell before it is made."""
    size = spec.factory
    rows = [f"| {kind} | {name} | `{file}` |" for kind, name, file in (
        ("city", spec.city.title, f"cities/{spec.cell.city}.yaml"),
        ("venue", spec.venue.title, f"venues/{spec.cell.venue}.yaml"),
        *(("decor", kit.title, f"decor/{name}.yaml") for name, kit in spec.decor.items()),
    )]  # fmt: skip
    return {
        "shaped by": dg.MetadataValue.md("\n".join(["| what | name | file |", "| --- | --- | --- |", *rows])),
        "decor": dg.MetadataValue.json(sorted(spec.decor)),
        "size": f"{size.width} x {size.height}, {size.frames} frames at {size.fps} fps",
        "clips": size.clips_per_cell,
        "home": specs.factory.home_of(spec.cell.city),
        "id": spec.id,
    }


def recorded_versions(instance: DagsterInstance, key: dg.AssetKey) -> Mapping[str, str]:
    """Partition -> the data version recorded last, in one query however many partitions there are."""
    latest = instance.event_log_storage.get_latest_tags_by_partition(
        key, DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION_TAG]
    )
    return {partition: tags[DATA_VERSION_TAG] for partition, tags in latest.items() if DATA_VERSION_TAG in tags}


def recorded_kits(instance: DagsterInstance, cell: Cell) -> set[str]:
    """The decor kits that a cell had when its version was recorded last."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=world_spec.key, asset_partitions=[cell.key]), limit=1
    ).records
    materialization = records[0].asset_materialization if records else None
    value = materialization.metadata.get("decor") if materialization else None
    return set(value.value) if isinstance(value, dg.JsonMetadataValue) and isinstance(value.value, list) else set()


def _event(
    asset: dg.AssetSpec, partition: str | None, version: str, metadata: Mapping[str, object]
) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        asset.key, partition=partition, metadata=dict(metadata), tags={DATA_VERSION_TAG: version}
    )


def _some(keys: list[str], most: int = 8) -> str:
    shown = [key for key in keys if key]
    if not shown:
        return "new version"
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")
