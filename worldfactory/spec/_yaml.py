"""YAML with line numbers: a value, and for every path in it the line where it stands."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, cast

import yaml
from yaml.constructor import SafeConstructor

from worldfactory.errors import Problem, SpecError

MAX_BYTES = 1 << 20
"""A spec is written by hand; a larger file is a mistake and is not read into memory."""

MAX_DEPTH = 64
"""Of nesting. The C parser builds a document by recursion, without Python's guard against a stack that runs over."""

KeyPath = tuple[str | int, ...]

# libyaml where PyYAML was built with it, as wheels are: specs are read at every run, and it is five times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLAIN = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class Document:
    """A parsed spec file: `value` and the 1-based line of each key path."""

    def __init__(self, file: Path, value: dict[str, Any], lines: dict[KeyPath, int]) -> None:
        self.file = file
        self.value = value
        self._lines = lines

    def line(self, path: KeyPath) -> int:
        """The line of `path`, or of its nearest ancestor that the file spells out; 1 for none."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def read(file: Path) -> Document:
    """Parse one spec file. Raises SpecError: unreadable, too large, not UTF-8, not YAML, no mapping, duplicate keys."""
    try:
        about = file.stat()
        if not S_ISREG(about.st_mode):  # reading a pipe or a device could go on for ever
            raise _failed(file, 0, f"not a file but a {'folder' if S_ISDIR(about.st_mode) else 'special file'}")
        if about.st_size > MAX_BYTES:
            raise _failed(file, 0, f"the file is larger than {MAX_BYTES} bytes; a spec is a short file written by hand")
        text = file.read_bytes().decode("utf-8")
    except OSError as error:
        raise _failed(file, 0, f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _failed(file, 0, f"the file is not UTF-8 (byte {error.start})") from error
    try:
        if _too_deep(text):
            raise _failed(file, 0, "nested too deeply for a spec")
        node = cast("yaml.Node | None", yaml.compose(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _failed(file, mark.line + 1 if mark else 0, f"not valid YAML: {error.problem}") from error
    except RecursionError as error:
        raise _failed(file, 0, "nested too deeply for a spec") from error
    except yaml.YAMLError as error:
        raise _failed(file, 0, f"not valid YAML: {_first_line(error)}") from error
    if node is None:
        return Document(file, {}, {})
    if not isinstance(node, yaml.MappingNode):
        raise _failed(file, node.start_mark.line + 1, "a spec is a mapping of keys to values")
    problems: list[Problem] = []
    lines: dict[KeyPath, int] = {}
    try:
        value = _build(node, (), file, lines, problems, set())
    except RecursionError as error:
        raise _failed(file, 0, "nested too deeply for a spec") from error
    if problems:
        raise SpecError(problems)
    return Document(file, value, lines)


def _too_deep(text: str) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return True
    return False


def _failed(file: Path, line: int, message: str) -> SpecError:
    return SpecError([Problem(file, line, "", None, message)])


def _build(
    node: yaml.Node, path: KeyPath, file: Path, lines: dict[KeyPath, int], problems: list[Problem], seen: set[int]
) -> Any:
    """The plain value of a node. Anchors used again are refused: expanding them can fill the memory."""
    lines[path] = node.start_mark.line + 1
    line = lines[path]
    if id(node) in seen:
        problems.append(Problem(file, line, _dotted(path), None, "YAML aliases are not allowed in specs; spell it out"))
        return None
    seen.add(id(node))
    if not isinstance(node, yaml.ScalarNode) and node.tag not in _PLAIN:
        problems.append(Problem(file, line, _dotted(path), None, f"YAML tag {node.tag!r} is not allowed in specs"))
        return None
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                where = key_node.start_mark.line + 1
                problems.append(Problem(file, where, _dotted(path), None, "a key is a word, not a list or a mapping"))
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in result:
                problems.append(
                    Problem(
                        file,
                        key_node.start_mark.line + 1,
                        _dotted(here),
                        None,
                        f"the key stands twice, first on line {lines[here]}",
                    )
                )
                continue
            result[key] = _build(value_node, here, file, lines, problems, seen)
            lines[here] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, i), file, lines, problems, seen) for i, item in enumerate(node.value)]
    try:
        # The same scalar rules as yaml.safe_load, but no dates: a spec has none, and 2024-01-01 is a name here.
        if node.tag == "tag:yaml.org,2002:timestamp":
            return str(node.value)
        return SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError):
        problems.append(
            Problem(file, line, _dotted(path), node.value, f"cannot be read as {node.tag.rsplit(':', 1)[-1]}")
        )
        return None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _dotted(path: KeyPath) -> str:
    return ".".join(map(str, path))
