"""The records of an export by kind: one file a listing, several pages of one, or all in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from bot.imports.records import Broken, Document, Record


@dataclass(frozen=True, slots=True)
class Shape:
    """How a tool's API lays out its listings.

    ``kinds``: name of a kind → fields by which a record shows that it is one (none: never).
    ``aliases``: other words for a kind. ``around``: keys that hold the records of an answer.
    ``owned``: kinds whose listing belongs to one record of another, by its id.
    ``aside``: keys of an answer that hold no records.
    """

    kinds: Mapping[str, tuple[str, ...]]
    around: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    owned: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()

    def named(self, word: str) -> str | None:
        """The kind a key or file name stands for."""
        word = word.casefold().replace("-", "_").replace(" ", "_")
        if word in self.kinds:
            return word
        return self.aliases.get(word)

    def in_file_name(self, name: str) -> tuple[str | None, str]:
        """The kind in a file's name and the rest behind it: ``overrides_PI7DH85.json``."""
        stem = PurePosixPath(name.replace("\\", "/")).stem
        plain = stem.casefold().replace("-", "_").replace(" ", "_").replace(".", "_")
        words = sorted((*self.kinds, *self.aliases), key=len, reverse=True)
        for word in words:
            if (at := plain.find(word)) >= 0:
                return self.named(word), stem[at + len(word) :].strip("-_. ")
        return None, ""

    def sniffed(self, record: Mapping[str, Any]) -> str | None:
        """The kind that a record shows by its fields."""
        for kind, marks in self.kinds.items():
            if marks and all(mark in record for mark in marks):
                return kind
        return None


@dataclass(slots=True)
class Bundle:
    """Records by kind, and what the files hold besides."""

    kinds: dict[str, list[Record]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    announced: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, kind: str) -> list[Record]:
        return self.kinds.get(kind, [])

    def by_id(self, kind: str, key: str = "id") -> dict[str, Record]:
        """The records of a kind by their id; a later one takes the place of an earlier."""
        return {record.text(key): record for record in self[kind]}

    def owned(self, kind: str, owner: str) -> list[Record]:
        """The records of a kind whose listing belongs to an id."""
        return [record for record in self[kind] if record.owner == owner]

    def missing(self) -> Iterable[str]:
        """Listings that say there is more than the files have."""
        for kind, count in self.announced.items():
            have = len(self[kind])
            if have < count:
                yield (
                    f"the listing of {kind} says there are {count}, the files have {have}: "
                    "fetch its other pages too"
                )


def gather(documents: Iterable[Document], shape: Shape) -> Bundle:
    """The records of all files; Broken where a file holds none at all."""
    found = Bundle()
    for document in documents:
        hint, rest = shape.in_file_name(document.name)
        owner = rest if hint in shape.owned else ""
        _open(found, shape, document, document.value, ("", hint, owner))
    return found


def _open(
    found: Bundle,
    shape: Shape,
    document: Document,
    value: Any,
    at: tuple[str, str | None, str],
) -> None:
    place, hint, owner = at
    if isinstance(value, list):
        for i, each in enumerate(value):
            _open(found, shape, document, each, (f"{place}[{i}]", hint, owner))
        return
    if not isinstance(value, Mapping):
        raise Broken(document.name, place, "there must be an object or a list of objects")
    around = next((k for k in shape.around if isinstance(value.get(k), (list, dict))), None)
    if around is not None:
        if hint is not None and isinstance(value.get("count"), int) and not owner:
            found.announced[hint] = max(found.announced.get(hint, 0), value["count"])
        _open(found, shape, document, value[around], (_dot(place, around), hint, owner))
        return
    if hint in shape.owned and not shape.sniffed(value) and _only_listings(value):
        for key, listing in value.items():
            _open(found, shape, document, listing, (_dot(place, key), hint, key))
        return
    if _is_listing(value, shape):
        _listings(found, shape, document, value, at)
        return
    _put(found, shape, Record(value, document.name, place or "the object", owner), hint)


def _is_listing(value: Mapping[str, Any], shape: Shape) -> bool:
    """Whether an object's keys are kinds, rather than fields of one record."""
    if "id" in value or shape.sniffed(value):
        return False
    return any(shape.named(k) and isinstance(v, (list, dict)) for k, v in value.items())


def _only_listings(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(v, (list, dict)) for v in value.values())


def _listings(
    found: Bundle,
    shape: Shape,
    document: Document,
    value: Mapping[str, Any],
    at: tuple[str, str | None, str],
) -> None:
    place, _, owner = at
    for key, listing in value.items():
        if not isinstance(listing, (list, dict)) or key in shape.aside:
            continue
        kind = shape.named(key)
        if kind is None:
            found.unknown[key] = document.name
        else:
            own = owner if kind in shape.owned else ""
            if kind in shape.owned and not own:
                own = shape.in_file_name(document.name)[1]
            _open(found, shape, document, listing, (_dot(place, key), kind, own))
            if isinstance(total := value.get("total"), int):
                found.announced[kind] = max(found.announced.get(kind, 0), total)


def _put(found: Bundle, shape: Shape, record: Record, hint: str | None) -> None:
    kind = hint or shape.sniffed(record.fields)
    if kind is None:
        found.unknown[f"an object with {', '.join(list(record.fields)[:4]) or 'nothing'}"] = (
            f"{record.file} {record.place}"
        )
        return
    found.kinds.setdefault(kind, []).append(record)


def _dot(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
