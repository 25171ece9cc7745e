"""Which parts of a body are alerts, and in which of its objects an alert's fields may stand."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from integrations import _json
from integrations._mapping import Rules, evaluated
from integrations.base import Malformed
from integrations.webhook import names

MOST = 1_000
"""The most alerts one body may hold."""

_DEPTH = 3
_MOST_SCOPES = 32
_MOST_ROWS = 50
MOST_NAMES = 1_000
_SEVERAL = 3
_BASE64 = ("eyJ", "ewo", "eyA")
"""How JSON objects begin in base64 (Google's Pub/Sub)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One object fields are looked for in; ``path`` is "" for the alert itself."""

    path: str
    fields: Mapping[str, Any]
    by_name: Mapping[str, Any]


class Scopes:
    """An object and its wrappers from the outside in, and what stands in them under each plain
    name, the outermost first.

    ``names.kinds`` are names as well: ``found["astate"]``.
    """

    __slots__ = ("_apart", "_deep", "_inner", "all", "found")

    def __init__(self, value: Any, apart: str = "") -> None:
        """``apart`` names the list whose objects are alerts of their own."""
        self.all = tuple(islice(_scopes(value), _MOST_SCOPES)) if isinstance(value, dict) else ()
        self.found = _by_all_names(self.all)
        self._apart = apart
        self._inner: tuple[Scope, ...] | None = None
        self._deep: dict[str, list[Any]] | None = None

    @property
    def deep(self) -> Mapping[str, Sequence[Any]]:
        """As ``found``, in the objects that are no wrappers: a ticket's asset, a run's job."""
        if self._deep is None:
            self._deep = _by_all_names(self.inner)
        return self._deep

    @property
    def inner(self) -> tuple[Scope, ...]:
        """The objects inside that are no wrappers."""
        if self._inner is None:
            self._inner = tuple(islice(_inner(self.all, self._apart), _MOST_SCOPES))
        return self._inner


@dataclass(frozen=True, slots=True)
class Item:
    """One alert's part of the body, and the body around it where it is one of several."""

    part: Mapping[str, Any]
    root: Any
    where: str
    own: Scopes
    around: Scopes

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The alert's own scopes, then those around it."""
        return self.own.all + self.around.all

    def pairs(self, fields: tuple[str, ...]) -> list[tuple[str, Any]]:
        """All values under these plain names with the name, the best first."""
        return _pairs(fields, self.own.found, self.around.found)

    def values(self, fields: tuple[str, ...]) -> list[Any]:
        """All values under these plain names, the best name first."""
        return [value for _, value in _pairs(fields, self.own.found, self.around.found)]

    def deep_pairs(self, fields: tuple[str, ...]) -> list[tuple[str, Any]]:
        """As ``pairs``, in objects of other kinds: for where nothing better is found."""
        return _pairs(fields, self.own.deep, self.around.deep)

    def deep(self, fields: tuple[str, ...]) -> list[Any]:
        """As ``values``, in objects of other kinds."""
        return [value for _, value in _pairs(fields, self.own.deep, self.around.deep)]

    def owners(self) -> Iterator[str]:
        """The plain names of the objects the fields are in."""
        return (plain(scope.path.rpartition(".")[2]) for scope in self.scopes if scope.path)

    def value(self, name: str, rules: Rules) -> Any:
        """What the source's mapping gives for a field."""
        return rules.value(name, self.part, self.root)


@lru_cache(256)
def _as_set(fields: tuple[str, ...]) -> frozenset[str]:
    return frozenset(fields)


def _pairs(
    fields: tuple[str, ...], own: Mapping[str, Any], around: Mapping[str, Any]
) -> list[tuple[str, Any]]:
    """Most of the many names are in no body: one look says so for all of them."""
    wanted = _as_set(fields)
    if wanted.isdisjoint(own) and (not around or wanted.isdisjoint(around)):
        return []
    both = (own, around) if around else (own,)
    return [
        (name, value) for name in fields for found in both if name in found for value in found[name]
    ]


def items(value: Any, rules: Rules) -> list[Item]:
    """The alerts of a body; Malformed says where something is no object."""
    listed, where = value, ""
    if "alerts" in rules.fields:
        listed, where = evaluated(rules.fields["alerts"], value, value, "map.alerts"), "map.alerts"
    elif isinstance(value, dict):
        listed, where = _list_of(value)
    if isinstance(listed, dict):
        part = _object(listed, "body")
        return [Item(part, value, "body", Scopes(part), _NOTHING)]
    if not isinstance(listed, list):
        raise Malformed(
            f"expected an object or a list of them, got {kind(listed)}", where or "body"
        )
    if not 0 < len(listed) <= MOST:
        raise Malformed(f"{len(listed)} alerts; 1 to {MOST} can be read", where or "body")
    parts = [_object(part, f"{where}[{i}]") for i, part in enumerate(listed)]
    around = Scopes(value, where)
    return [
        Item(part, value, f"{where}[{i}]", Scopes(part), around) for i, part in enumerate(parts)
    ]


def plain(name: str) -> str:
    """``alertName``, ``alert_name``, ``Alert Name`` → ``alertname``."""
    return _plain(name[:100])


@lru_cache(4096)
def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def kind(value: Any) -> str:
    """What a value is, in JSON's words."""
    said = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "nothing" if value is None else said.get(type(value), "a number")


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"expected an object, got {kind(value)}", where)
    if not value:
        raise Malformed("an empty object", where)
    return value


def _list_of(value: dict[str, Any]) -> tuple[Any, str]:
    for name, inner in value.items():
        if not isinstance(inner, list) or not inner or plain(name) not in names.LISTS:
            continue
        if all(isinstance(part, dict) and part for part in inner):
            return inner, name
    return value, ""


def _scopes(value: Mapping[str, Any]) -> Iterator[Scope]:
    level: list[tuple[str, Mapping[str, Any]]] = [("", value)]
    for _ in range(_DEPTH + 1):
        for path, fields in level:
            yield Scope(path, fields, _by_name(path, fields))
        level = [inside for path, fields in level for inside in _wrapped(path, fields)]


def _by_name(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    read = dict(islice(fields.items(), MOST_NAMES))
    found = {plain(name): value for name, value in read.items()}
    if cut := _same_start(read):
        for name, value in read.items():
            found.setdefault(plain(name[cut:]), value)
    for name in [name for name in read if "." in name or "[" in name]:
        for short in _undotted(name):
            found.setdefault(short, fields[name])
    owner = plain(path.rpartition(".")[2])
    for name, value in list(found.items()):
        if (part := names.part(name)) is not None:
            found.setdefault(part, value)
        if owner and name in names.PARTS_OF_OWNERS:
            found.setdefault(owner + name, value)
    return found


def _same_start(read: Mapping[str, Any]) -> int:
    """How much all names have in common: ``NOTIFY_HOSTNAME`` and ``NOTIFY_WHAT`` are so called."""
    if len(read) < _SEVERAL:
        return 0
    names_of = iter(read)
    first = next(names_of)
    cut = max(first.rfind("_"), first.rfind("."), first.rfind("-")) + 1
    start = first[: first.find(first[cut - 1]) + 1] if cut else ""
    return len(start) if start and all(name.startswith(start) for name in names_of) else 0


def _by_all_names(scopes: tuple[Scope, ...]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for scope in scopes:
        for name, value in scope.by_name.items():
            found.setdefault(name, []).append(value)
            for kind_of in names.kinds(name):
                found.setdefault(kind_of, []).append(value)
    return found


def _inner(scopes: tuple[Scope, ...], apart: str) -> Iterator[Scope]:
    """Objects inside, and the first of each list of them, but people and other times."""
    seen = {id(scope.fields) for scope in scopes}
    level = list(scopes)
    for depth in range(_DEPTH):
        below: list[Scope] = []
        for scope in level:
            for name, fields in _objects(scope.fields, apart if depth == 0 else ""):
                if id(fields) not in seen and len(below) < _MOST_SCOPES:
                    seen.add(id(fields))
                    path = f"{scope.path}.{name}" if scope.path else name
                    below.append(Scope(path, fields, _by_name(path, fields)))
        yield from below
        level = below


def _objects(fields: Mapping[str, Any], apart: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in islice(fields.items(), MOST_NAMES):
        inside = value[0] if isinstance(value, list) and value else value
        if not isinstance(inside, dict) or not inside or name == apart:
            continue
        is_row = "value" in inside and len(inside) <= _SEVERAL
        short = plain(name)
        if not (is_row or short in names.PEOPLE or short.startswith(names.NO_WRAPPERS)):
            yield name, inside


def _undotted(name: str) -> Iterator[str]:
    """``alert.rule.name`` and a form's ``alert[rule][name]`` are a ``rulename``; ``alert.severity``
    is the alert's own ``severity``."""
    outer, _, last = name.replace("[", ".").replace("]", "").rpartition(".")
    outer = outer.rpartition(".")[2]
    yield plain(outer + last)
    if plain(outer) in names.WRAPPERS:
        yield plain(last)


def _wrapped(path: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    alone = len(fields) == 1
    for name, inner in islice(fields.items(), MOST_NAMES):
        if (alone and isinstance(inner, dict)) or _is_wrapper(plain(name)):
            found = _opened(inner)
            if isinstance(found, dict) and found:
                yield f"{path}.{name}" if path else name, found


def _is_wrapper(name: str) -> bool:
    if name in names.WRAPPERS:
        return True
    return name.endswith(names.WRAPPER_ENDS) and not name.startswith(names.NO_WRAPPERS)


def _opened(value: Any) -> Any:
    """What a wrapper holds: an object, JSON as text (CloudWatch over SNS), the first of a list, or
    a table as chat messages have it: ``[{"title": "Host", "value": "db-3"}]``."""
    if isinstance(value, list):
        return _table(value) or (value[0] if value else None)
    if not isinstance(value, str) or not value.startswith(("{", *_BASE64)):
        return value
    try:
        if value.startswith(_BASE64):
            return _json.parse(b64decode(value, validate=True))
        return _json.parse_text(value)
    except (Malformed, ValueError):
        return value


def _table(rows: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows[:_MOST_ROWS]:
        if not isinstance(row, dict) or "value" not in row:
            return {}
        name = row.get("title") or row.get("name") or row.get("key")
        if isinstance(name, str):
            found.setdefault(name, typed(row["value"]))
    return found


def typed(value: Any) -> Any:
    """OpenTelemetry's values name their type: ``{"stringValue": "checkout"}``."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        return inner if name.endswith("Value") else value
    return value


_NOTHING = Scopes(None)
