"""What a worker tells the server of its sources, and the same as JSON for the way between them.

Items travel as rows in the order of their fields: a hundred thousand of them are read in a second
or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Protocol

import msgspec

from bot.inventory.bounds import bounded
from integrations.base import Gone, Item, Over, Part
from store.model import Link, Severity
from store.model.resource import Cost, Fault, Finding, Happening, Health, Resource, Sample

TRANSIENT, PERMANENT, MISCONFIGURED, LATE, BROKEN = (
    "transient", "permanent", "misconfigured", "late", "broken",
)  # fmt: skip
"""Why something failed: it may work later, it won't, a setting is wrong, it took too long, a
mistake in the connector."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a source consists of now; ``live`` where it tells of more by itself."""

    source: str
    parts: tuple[Part, ...]
    live: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """A part is being told; ``live`` where that goes on for ever."""

    source: str
    part: str
    live: bool = False


@dataclass(slots=True)
class Page:
    """Some of a part, each kind in the order it was told. What came and went within one page is
    only there as it was last."""

    source: str
    part: str
    resources: dict[str, Resource] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    gone: dict[str, None] = field(default_factory=dict)
    over: dict[str, None] = field(default_factory=dict)

    def put(self, item: Item) -> bool:
        """Take an item; False for one that no page holds. One that can't be meant is left out."""
        kept: Any = bounded(item)
        match kept:
            case None:
                return True
            case Resource():
                self.gone.pop(kept.key, None)
                self.resources[kept.key] = kept
            case Fault():
                self.over.pop(kept.key, None)
                self.faults[kept.key] = kept
            case Gone():
                self.resources.pop(kept.resource, None)
                self.gone[kept.resource] = None
            case Over():
                self.faults.pop(kept.fault, None)
                self.over[kept.fault] = None
            case Sample():
                self.samples.append(kept)
            case Cost():
                self.costs.append(kept)
            case Finding():
                self.findings[kept.key] = kept
            case Happening():
                self.happenings.append(kept)
            case _:
                return False
        return True

    def __len__(self) -> int:
        found = len(self.resources) + len(self.faults) + len(self.samples) + len(self.costs)
        found += len(self.findings) + len(self.happenings)
        return found + len(self.gone) + len(self.over)


@dataclass(frozen=True, slots=True)
class Ended:
    """A part was told to its end; ``whole`` where that was everything, ``cursor`` where the next
    one may go on. ``live`` where it goes on being told."""

    source: str
    part: str
    whole: bool = True
    cursor: str | None = None
    live: bool = False
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Failed:
    """A part could not be told to its end; "" for the source itself. ``again`` in seconds."""

    source: str
    part: str
    why: str
    kind: str = TRANSIENT
    again: float = 0.0


@dataclass(frozen=True, slots=True)
class Noted:
    """How far a part is, and what is to be said of it."""

    source: str
    part: str
    done: int = 0
    total: int = 0
    note: str = ""


Word = Parts | Begun | Page | Ended | Failed | Noted


class Teller(Protocol):
    """Takes words in; whoever tells waits until it did."""

    async def tell(self, word: Word) -> None:
        """Returns once the word was taken, and what it says is kept."""
        ...


# as JSON

_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Parts, Begun, Page, Ended, Failed, Noted)
}
_ROWS: dict[str, type[Any]] = {
    "resources": Resource, "faults": Fault, "samples": Sample, "costs": Cost,
    "findings": Finding, "happenings": Happening,
}  # fmt: skip
_COLUMNS: dict[str, Any] = {
    name: attrgetter(*(f.name for f in fields(kind))) for name, kind in _ROWS.items()
}
_FIELDS = {name: [f.name for f in fields(kind)] for name, kind in _ROWS.items()}


def written(word: Word) -> list[Any]:
    """A word as what JSON can say."""
    name = type(word).__name__.lower()
    if isinstance(word, Page):
        return [name, word.source, word.part, _rows_of(word), [*word.gone], [*word.over]]
    return [name, msgspec.to_builtins(word)]


def _rows_of(page: Page) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, columns in _COLUMNS.items():
        held: Any = getattr(page, name)
        if held:
            items: Iterable[Any] = held.values() if isinstance(held, dict) else held
            found[name] = [columns(item) for item in items]
    return found


def read(said: Sequence[Any]) -> Word:
    """The word that was written so."""
    if said[0] == "page":
        return _page(*said[1:])
    values = dict(said[1])
    if said[0] == "parts":
        values["parts"] = tuple(Part(**part) for part in values["parts"])
    made: Word = _KINDS[said[0]](**values)
    return made


def _page(
    source: str, part: str, rows: dict[str, list[Any]], gone: list[str], over: list[str]
) -> Page:
    page = Page(source, part, gone=dict.fromkeys(gone), over=dict.fromkeys(over))
    page.resources = {row[0]: resource_of(row) for row in rows.get("resources", ())}
    page.faults = {row[0]: _fault(row) for row in rows.get("faults", ())}
    page.samples = [Sample(*row) for row in rows.get("samples", ())]
    page.costs = [Cost(*row) for row in rows.get("costs", ())]
    page.findings = {row[0]: Finding(*row) for row in rows.get("findings", ())}
    page.happenings = [Happening(*row) for row in rows.get("happenings", ())]
    return page


_HEALTH = _FIELDS["resources"].index("health")
_TUPLES = [_FIELDS["resources"].index(name) for name in ("ids", "addresses", "parents")]
_SEVERITY, _LINKS = _FIELDS["faults"].index("severity"), _FIELDS["faults"].index("links")


def resource_row(resource: Resource) -> list[Any]:
    """A resource as a row."""
    return list(_COLUMNS["resources"](resource))


def resource_of(row: list[Any]) -> Resource:
    """The resource of a row."""
    row[_HEALTH] = Health(row[_HEALTH])
    for index in _TUPLES:
        row[index] = tuple(row[index])
    return Resource(*row)


def _fault(row: list[Any]) -> Fault:
    row[_SEVERITY] = Severity(row[_SEVERITY])
    row[_LINKS] = tuple(Link(**link) for link in row[_LINKS])
    return Fault(*row)
