"""``inventory-status``: how old what is known of each cluster and cloud is, what went wrong last,
and how far a running look is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from commands.context import View
from commands.errors import NotFound
from commands.registry import arg, query
from commands.rules.inventory import InventoryRules
from commands.told import Told
from commands.words import count, duration
from store.clock import iso
from store.db import Tx
from store.inventory import parts
from store.inventory.parts import LIVE, OK, RUNNING, WAITING, PartState
from store.model import Instant

READ = "inventory.read"
NOTHING = (
    "No cluster and no cloud is looked at. Write one below inventory: sources: in the settings; "
    "docs/infrastructure.md says how."
)
MOST = 12


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source stands. ``read_at`` is when its oldest part was told last, None where one never
    was; ``wrong`` are parts that could not be told, ``running`` those that are being told."""

    name: str
    kind: str
    title: str
    parts: tuple[PartState, ...]
    resources: int
    read_at: Instant | None
    wrong: tuple[PartState, ...]
    running: tuple[PartState, ...]

    @property
    def live(self) -> bool:
        """Whether it tells of changes by itself."""
        return any(one.state == LIVE for one in self.parts)


def statuses(tx: Tx, rules: InventoryRules) -> list[SourceStatus]:
    """Every source that is in the settings, or was until lately."""
    found = parts.every(tx)
    names = dict.fromkeys([*sorted(rules.sources), *(one.source for one in found)])
    return [_status(name, rules, [p for p in found if p.source == name]) for name in names]


def _status(name: str, rules: InventoryRules, found: Sequence[PartState]) -> SourceStatus:
    known = rules.sources.get(name)
    named = [one for one in found if one.name]
    told = [one.ok_at for one in named if one.state != LIVE]
    oldest = min((at for at in told if at is not None), default=None)
    live = [one.ok_at for one in named if one.state == LIVE and one.ok_at is not None]
    return SourceStatus(
        name, known.kind if known else "", known.title if known else "", tuple(named),
        sum(one.resources for one in named),
        None if None in told else oldest if oldest is not None else max(live, default=None),
        tuple(one for one in found if one.error),
        tuple(one for one in found if one.state == RUNNING),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Status:
    """Arguments of ``inventory-status``."""

    source: str = arg("text", "One source; its parts too.", default="")


@query(
    "inventory-status", group="infra", permission=READ, args=Status,
    example="inventory-status prod",
)  # fmt: skip
async def inventory_status(view: View, args: Status) -> Told:
    """How old what is known of each cluster and cloud is, and what went wrong last."""
    return await status(view, args.source)


async def status(view: View, source: str = "") -> Told:
    """The same, for whoever knows the source's name."""
    rules = view.rules.inventory
    found = await view.read(lambda tx: statuses(tx, rules))
    if source:
        found = [one for one in found if one.name == source]
        if not found:
            raise NotFound(f"There is no source {source}; inventory status lists them.")
    lines = [line for one in found for line in _lines(one, view.now, whole=bool(source))]
    facts = {"sources": [_fact(one, view.now) for one in found]}
    return Told(tuple(lines) or (NOTHING,), facts)


def _lines(one: SourceStatus, now: Instant, *, whole: bool) -> Iterator[str]:
    yield f"{one.title or one.name}: {words_of(one, now)}"
    shown = one.parts if whole else [*one.wrong, *one.running]
    for part in dict.fromkeys(map(id, shown)):
        state = next(p for p in (*one.parts, *one.wrong, *one.running) if id(p) == part)
        yield f"  {part_words(state, now)}"


def words_of(one: SourceStatus, now: Instant) -> str:
    """``4,031 resources in 12 parts, read 40 s ago``."""
    if not one.parts:
        said = "nothing was heard of it yet"
        return f"{said}: {one.wrong[0].error}" if one.wrong else said
    many = f"{one.resources:,} resource{'' if one.resources == 1 else 's'}"
    said = f"{many} in {count(len(one.parts), 'part')}"
    if one.read_at is None:
        waiting = sum(part.ok_at is None for part in one.parts)
        said += f", {waiting} not read yet"
    elif one.live and all(part.state == LIVE for part in one.parts):
        said += ", told as it changes"
    else:
        said += f", read {_ago(one.read_at, now)}"
    if one.wrong:
        said += f"; {len(one.wrong)} can't be read"
    return said


def part_words(one: PartState, now: Instant) -> str:
    """How a part stands, in one line."""
    said = f"{one.words}: {one.resources:,}"
    if one.state == RUNNING:
        of = f" of {one.total:,}" if one.total else ""
        first = " for the first time" if one.ok_at is None else ""
        said += f", being read{first}{f' ({one.done:,}{of})' if one.done else ''}"
    elif one.state == LIVE:
        said += ", told as it changes"
    elif one.state == OK and one.took:
        said += f", in {one.took:.1f} s"
    if one.ok_at is None and one.state != RUNNING:
        said += ", not read yet" if one.state == WAITING else ", never read"
    elif one.ok_at is not None and one.state != LIVE:
        said += f", read {_ago(one.ok_at, now)}"
    if one.error:
        times = f", {one.failures} times in a row" if one.failures > 1 else ""
        said += f"; failed {_ago(one.ended_at or now, now)}{times}: {one.error}"
    if one.note:
        said += f" ({one.note})"
    return said


def _ago(at: Instant, now: Instant) -> str:
    return f"{duration(now - at)} ago" if now - at >= 1000 else "just now"


def _fact(one: SourceStatus, now: Instant) -> dict[str, Any]:
    return {
        "source": one.name, "kind": one.kind, "title": one.title, "resources": one.resources,
        "read_at": _iso(one.read_at), "live": one.live, "words": words_of(one, now),
        "parts": [_part_fact(part) for part in one.parts],
        "errors": [part.error for part in one.wrong],
    }  # fmt: skip


def _part_fact(one: PartState) -> dict[str, Any]:
    return {
        "part": one.name, "title": one.title, "state": one.state, "resources": one.resources,
        "begun_at": _iso(one.begun_at), "ended_at": _iso(one.ended_at), "ok_at": _iso(one.ok_at),
        "took": round(one.took, 2), "done": one.done, "total": one.total, "error": one.error,
        "failures": one.failures, "note": one.note, "every": one.every,
    }  # fmt: skip


def _iso(at: Instant | None) -> str | None:
    return iso(at) if at is not None else None
