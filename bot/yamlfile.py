"""A YAML file as plain values, with variables filled in and the line of every mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

_MOST = 200_000
"""Values in a file; a few lines with anchors could stand for more than any memory holds."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Place = tuple[Any, ...]
"""Keys and indexes that lead to a value."""


class BadSettings(Exception):
    """The file says something it can't; the message names the line, the place and the mistake."""


@dataclass(frozen=True, slots=True)
class File:
    """What a file says (``values``), and where it says it."""

    name: str
    values: dict[str, Any]
    node: Any

    def bad(self, *mistakes: tuple[Place, str]) -> BadSettings:
        """The error that names each mistake: ``pixelview.yaml:12: people.ana.zone: …``."""
        return BadSettings("\n".join(self._sentence(where, what) for where, what in mistakes))

    def _sentence(self, where: Place, what: str) -> str:
        place = f"{'.'.join(map(str, where))}: " if where else ""
        return f"{self.name}:{line_of(self.node, where)}: {place}{what}"


def read(text: str, name: str, environ: Mapping[str, str]) -> File:
    """A YAML text; ``${NAME}`` in a value stands for a variable. BadSettings where it can't be."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if _size(node, {}) > _MOST:
            raise BadSettings(f"{name}:1: its anchors say too much")
        raw = yaml.safe_load(text)
    except RecursionError:
        raise BadSettings(f"{name}:1: it is nested too deeply") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise BadSettings(f"{name}{line}: {getattr(error, 'problem', error)}") from None
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise BadSettings(f"{name}:1: the file must be a mapping of settings")
    file = File(name, raw, node)
    if twice := list(_repeated(node, ())):
        raise file.bad(*twice)
    if missing := list(_fill(raw, environ, ())):
        raise file.bad(*missing)
    return file


def _size(node: Any, known: dict[int, int]) -> int:
    """How many values there are once each alias is written out; what holds itself has no end."""
    if isinstance(node, yaml.ScalarNode) or node is None:
        return 1
    if id(node) not in known:
        known[id(node)] = _MOST + 1
        pairs = isinstance(node, yaml.MappingNode)
        inner = [each for pair in node.value for each in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_size(each, known) for each in inner)
    return known[id(node)]


def _repeated(node: Any, where: Place) -> Iterator[tuple[Place, str]]:
    """Keys that a mapping names twice, of which YAML would keep the last in silence."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            place = (*where, key.value)
            if key.value in seen:
                yield place, "is there twice"
            seen.add(key.value)
            yield from _repeated(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _repeated(value, (*where, index))


def _fill(found: Any, environ: Mapping[str, str], where: Place) -> Iterator[tuple[Place, str]]:
    """Put variables in place of ``${NAME}``; what is missing."""
    parts = found.items() if isinstance(found, dict) else enumerate(found)
    for key, value in list(parts):
        place = (*where, key)
        if isinstance(value, (dict, list)):
            yield from _fill(value, environ, place)
        elif isinstance(value, str):
            names = _VARIABLE.findall(value)
            yield from ((place, f"the environment has no {n}") for n in names if n not in environ)
            found[key] = _VARIABLE.sub(lambda m: environ.get(m[1], ""), value)


def line_of(node: Any, where: Place) -> int:
    """The line (from 1) that says a value, or its nearest parent."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                return line
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def mistakes_of(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """What a model found wrong with a file's values, and where."""
    for one in error.errors():
        what = one["msg"].removeprefix("Value error, ")
        yield one["loc"], _PLAIN.get(one["type"], what)


_PLAIN = {
    "extra_forbidden": "no such setting", "missing": "is missing",
    "model_type": "write it as a mapping", "dict_type": "write it as a mapping",
    "model_attributes_type": "write it as a mapping",
}  # fmt: skip
