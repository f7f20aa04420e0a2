"""Reading a spec folder: every error at once, and one broken file stops nothing else."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from worldfactory.errors import Problem, SpecError
from worldfactory.lineage import digest_json
from worldfactory.spec import _yaml
from worldfactory.spec._base import NAME, SpecModel
from worldfactory.spec._city import CitySpec
from worldfactory.spec._curation import CurationSpec
from worldfactory.spec._decor import ANCHORS, DecorSpec
from worldfactory.spec._factory import FactorySpec
from worldfactory.spec._model import FederationSpec, ModelSpec
from worldfactory.spec._venue import VenueSpec

M = TypeVar("M", bound=SpecModel)


@dataclass(frozen=True)
class Specs:
    """A spec folder, read. Names are file stems; every mapping is sorted by name."""

    root: Path
    factory: FactorySpec
    cities: Mapping[str, CitySpec]
    venues: Mapping[str, VenueSpec]
    decor: Mapping[str, DecorSpec]
    models: Mapping[str, ModelSpec]
    federations: Mapping[str, FederationSpec]
    curation: CurationSpec = field(default_factory=CurationSpec)
    """Of brought video; its defaults where there is no curation.yaml."""
    problems: tuple[Problem, ...] = ()
    """What was wrong with files that were left out. Empty after `load`."""

    @cached_property
    def digests(self) -> Mapping[str, Mapping[str, str]]:
        """`cities`, `venues`, `decor` -> name -> `spec_digest`; worked out once, for thousands of cells share them."""
        folders: dict[str, Mapping[str, SpecModel]] = {
            "cities": self.cities,
            "venues": self.venues,
            "decor": self.decor,
        }
        return {
            folder: {name: spec_digest(spec) for name, spec in models.items()} for folder, models in folders.items()
        }


@dataclass
class _Reader:
    root: Path
    problems: list[Problem] = field(default_factory=list[Problem])

    def one(self, file: Path, model: type[M]) -> M | None:
        try:
            document = _yaml.read(file)
        except SpecError as error:
            self.problems.extend(error.problems)
            return None
        try:
            return model.model_validate(document.value)
        except ValidationError as error:
            self.problems.extend(_problem(document, model, details) for details in error.errors())
            return None

    def folder(self, name: str, model: type[M]) -> dict[str, M]:
        found: dict[str, M] = {}
        folder = self.root / name
        for file in _files(folder):
            if not re.fullmatch(NAME, file.stem) or file.suffix != ".yaml":
                message = "a spec's file name is lower-case words joined by hyphens and .yaml, such as new-york.yaml"
                self.problems.append(Problem(file, 0, "", file.name, message))
                continue
            spec = self.one(file, model)
            if spec is not None:
                found[file.stem] = spec
        return found


def load(root: Path, profile: str = "") -> Specs:
    """Read all of `root`. Raises SpecError with every problem of every file if there is any."""
    specs = load_partly(root, profile)
    if specs.problems:
        raise SpecError(specs.problems)
    return specs


def load_partly(root: Path, profile: str = "") -> Specs:
    """Read what is right of `root`, and name what is not in `problems`.

    Raises SpecError only where nothing can go on: no such folder, or factory.yaml itself is wrong.
    """
    if not root.is_dir():
        raise SpecError(
            [Problem(root, 0, "", None, "no such spec folder; give one with --specs or WORLDFACTORY_SPECS")]
        )
    reader = _Reader(root)
    factory = reader.one(root / "factory.yaml", FactorySpec)
    if factory is None:
        raise SpecError(reader.problems)
    try:
        factory = factory.sized(profile)
    except ValueError as error:
        raise SpecError([Problem(root / "factory.yaml", 0, "demo", profile, str(error))]) from error
    file = root / "curation.yaml"
    specs = Specs(
        root=root,
        factory=factory,
        curation=(reader.one(file, CurationSpec) if file.exists() else None) or CurationSpec(),
        cities=reader.folder("cities", CitySpec),
        venues=reader.folder("venues", VenueSpec),
        decor=reader.folder("decor", DecorSpec),
        models=reader.folder("models", ModelSpec),
        federations=reader.folder("federation", FederationSpec),
    )
    return _cross_check(specs, reader.problems)


def _cross_check(specs: Specs, problems: list[Problem]) -> Specs:
    """Names in one file must be files elsewhere. A file that is there but broken counts as known."""
    known = {name: _stems(specs.root / name) for name in ("cities", "venues", "models", "federation")}
    decor = dict(specs.decor)
    for name, kit in specs.decor.items():
        file = specs.root / "decor" / f"{name}.yaml"
        wrong = [
            *_unknown(file, "cities", kit.cities, known["cities"]),
            *_unknown(file, "venues", kit.venues, known["venues"]),
            *_nowhere(file, kit, specs.venues),
        ]
        if wrong:
            problems.extend(wrong)
            del decor[name]
    file = specs.root / "factory.yaml"
    for home, spec in specs.factory.homes.items():
        problems.extend(_unknown(file, f"homes.{home}.cities", spec.cities, known["cities"]))
    problems.extend(_unknown(file, "model", [specs.factory.model], known["models"], indexed=False))
    problems.extend(_unknown(file, "federation", [specs.factory.federation], known["federation"], indexed=False))
    for index, key in enumerate(specs.factory.demo.cells):
        venue, _, city = key.partition(":")
        problems.extend(_unknown(file, f"demo.cells.{index}", [venue], known["venues"], indexed=False))
        problems.extend(_unknown(file, f"demo.cells.{index}", [city], known["cities"], indexed=False))
    return Specs(
        root=specs.root,
        factory=specs.factory,
        cities=specs.cities,
        venues=specs.venues,
        decor=decor,
        models=specs.models,
        federations=specs.federations,
        curation=specs.curation,
        problems=tuple(problems),
    )


def _nowhere(file: Path, kit: DecorSpec, venues: Mapping[str, VenueSpec]) -> list[Problem]:
    """The items of a kit for none of which the venues that it names have a place."""
    if not kit.venues or not set(kit.venues) <= set(venues):
        return []
    offered = frozenset[str]().union(*(ANCHORS[venues[name].setting] for name in kit.venues))
    if any(item.anchor in offered for item in kit.items):
        return []
    return [
        Problem(
            file, key_line(file, f"items.{index}.anchor"), f"items.{index}.anchor", item.anchor,
            f"none of the kit's venues has such a place; allowed there: {', '.join(sorted(offered))}",
        )
        for index, item in enumerate(kit.items)
    ]  # fmt: skip


def _stems(folder: Path) -> set[str]:
    return {file.stem for file in _files(folder)}


def _files(folder: Path) -> list[Path]:
    """The spec files of a folder by name, without what editors hide there while a file is open."""
    found = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
    return sorted(file for file in found if not file.name.startswith("."))


def _unknown(file: Path, key: str, names: Iterable[str], known: set[str], indexed: bool = True) -> list[Problem]:
    problems: list[Problem] = []
    for index, name in enumerate(names):
        if name not in known:
            path = f"{key}.{index}" if indexed else key
            line = key_line(file, path)
            problems.append(Problem(file, line, path, name, f"no such spec; {_choices(name, known)}"))
    return problems


def key_line(file: Path, dotted: str) -> int:
    """The 1-based line on which the key `dotted` (`items.0.phrase`) stands in a spec file; 0 if it can not be read."""
    path = tuple(int(part) if part.isdigit() else part for part in dotted.split("."))
    try:
        return _yaml.read(file).line(path)
    except SpecError:
        return 0


def _choices(value: object, allowed: Iterable[str]) -> str:
    names = sorted(allowed)
    close = difflib.get_close_matches(str(value), names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    shown = ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
    return f"{hint}allowed: {shown or '(none)'}"


def _problem(document: _yaml.Document, model: type[SpecModel], details: ErrorDetails) -> Problem:
    """A pydantic error in the words of a person who edits the file."""
    # Function and union tags stand in `loc` too; only steps that the file itself has are kept.
    path = _steps(document.value, details["loc"])
    key = ".".join(map(str, path))
    value: Any = details["input"]
    kind = details["type"]
    context: dict[str, Any] = details.get("ctx", {})
    if kind == "extra_forbidden":
        models = _models_at(model, path[:-1])
        meant = next((one.MEANT[str(path[-1])] for one in models if str(path[-1]) in one.MEANT), path[-1])
        said = _choices(meant, {name for one in models for name in one.model_fields})
        return Problem(document.file, document.line(path), key, None, f"unknown key; {said}")
    if kind == "missing":
        name = str(details["loc"][-1])
        key = f"{key}.{name}" if key else name
        return Problem(document.file, document.line(path), key, None, "this key is required and is missing")
    if kind == "literal_error":
        message = _choices(value, re.findall(r"'([^']*)'", str(context.get("expected", ""))))
    elif kind == "value_error":
        message = str(context.get("error", details["msg"]))
    else:
        message = details["msg"][0].lower() + details["msg"][1:]
        if kind == "string_type" and isinstance(value, bool | int | float | None):
            message += "; write it in quotes if it is meant as text"
    if isinstance(value, dict):
        value = None
    return Problem(document.file, document.line(path), key, value, message)


def _steps(value: Any, loc: tuple[int | str, ...]) -> _yaml.KeyPath:
    path: list[int | str] = []
    for step in loc:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(step)
    return tuple(path)


def _models_at(model: type[SpecModel], path: _yaml.KeyPath) -> list[type[SpecModel]]:
    """The models that the mapping at `path` may be, followed through lists, mappings and unions."""
    candidates = [model]
    for step in path:
        found: list[type[SpecModel]] = []
        for candidate in candidates:
            if isinstance(step, int):
                found.append(candidate)
            elif step in candidate.model_fields:
                found.extend(_models_in(candidate.model_fields[step].annotation))
            else:
                found.append(candidate)
        candidates = found
    return candidates


def _models_in(annotation: Any) -> list[type[SpecModel]]:
    if isinstance(annotation, type) and issubclass(annotation, SpecModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def spec_digest(spec: SpecModel) -> str:
    """Hex SHA-256 of what a spec says, whatever its comments, order and spacing."""
    return digest_json(spec.model_dump(mode="json"))
