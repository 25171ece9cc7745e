"""Findings that need nothing but what is kept here: servers that measures show to be idle or larger
than they need be, and what lacks tags that all should have. Looked for once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from commands.context import Ctx
from commands.inventory import costing
from commands.inventory.finding import everything, found, swept
from commands.rules.cost import Line, date_of, last_whole
from commands.rules.findings import Idle, by_measures, lacking, lately
from store import upkeep
from store.db import Tx
from store.inventory import resources, series
from store.model import DAY, Instant
from store.model.known import Known
from store.model.resource import Finding
from store.writer import Lane

if TYPE_CHECKING:
    from commands.door import Door

PART = "(own findings)"
"""The part of what is found here, of every source."""
_LOOKED = "findings looked at"
_DAYS = 14
_AT_ONCE = 20
_MEASURES = ("cpu", "memory", "network_in", "network_out")


async def look(door: Door) -> int:
    """Once a day: what measures of the last weeks and missing tags say; how many findings."""
    now, rules = door.clock.now(), door.rules.inventory
    looked = int(await door.reader.read(lambda tx: upkeep.meta(tx, _LOOKED)) or 0)
    if now - looked < DAY or not rules.sources:
        return 0
    paid = await _paid(door, now)
    there = await everything(door.reader.read)
    before = {one.source for one in there if one.part == PART}
    by_source: dict[str, list[Finding]] = {name: [] for name in (*rules.sources, *before)}
    for source, one in chain(
        await _measured(door, now, paid), await _tagged(door, rules.required_tags)
    ):
        if source in rules.sources:
            by_source[source].append(one)
    for source, all_ in by_source.items():
        for n in range(0, len(all_), _AT_ONCE):
            some = all_[n : n + _AT_ONCE]
            await _bulk(door, lambda ctx, s=source, f=some: found(ctx, s, PART, f))  # type: ignore[misc]
        keys = [one.key for one in all_]
        await _bulk(door, lambda ctx, s=source, k=keys: swept(ctx, s, PART, k))  # type: ignore[misc]
    await door.system(lambda ctx: upkeep.set_meta(ctx.tx, _LOOKED, str(now)))
    return sum(map(len, by_source.values()))


async def _bulk(door: Door, fn: Callable[[Ctx], Any]) -> None:
    """Behind everything that people wait for."""
    await door.system(fn, lane=Lane.BULK)


Paid = tuple[float, str, str]
"""What was paid in 30 days, in which currency, up to which day."""


async def _paid(door: Door, now: Instant) -> dict[str, Paid]:
    """What each resource cost in 30 days, where bills name it."""
    today = now // DAY
    lines = await costing.read_lines(door.reader.read, today - 34, today, details=True)
    return await asyncio.to_thread(_added, lines, today)


def _added(lines: Sequence[Line], today: int) -> dict[str, Paid]:
    last = last_whole(lines, today)
    first, until = date_of(last - 29).isoformat(), date_of(last).isoformat()
    sums: dict[str, Paid] = {}
    for one in lines:
        c = one.cost
        if first <= c.day <= until:
            before = sums.get(c.resource, (0.0, c.currency, until))
            if before[1] == c.currency:
                sums[c.resource] = (before[0] + c.amount, c.currency, until)
    return sums


async def _measured(
    door: Door, now: Instant, paid: Mapping[str, Paid]
) -> list[tuple[str, Finding]]:
    """What measures tell of servers, a few at a time."""
    first = now - _DAYS * DAY
    numbers = await door.reader.read(lambda tx: series.measured(tx, "cpu", first))
    made = []
    for n in range(0, len(numbers), _AT_ONCE):
        some = numbers[n : n + _AT_ONCE]
        known, packed = await door.reader.read(lambda tx, s=some: _of(tx, s, first))  # type: ignore[misc]
        made += await asyncio.to_thread(_judged, known, packed, now, paid)
    return made


def _of(tx: Tx, numbers: Sequence[int], first: Instant) -> tuple[list[Known], Any]:
    known = [k for k in resources.many(tx, numbers).values()
             if k.resource.kind == "server" and k.gone_at is None]  # fmt: skip
    ids = [k.id for k in known]
    return known, {m: series.days_of(tx, ids, m, first) for m in _MEASURES}


Packed = Mapping[str, Mapping[int, Sequence[tuple[int, bytes]]]]
"""Measure → resource → days."""


def _judged(
    known: Sequence[Known], packed: Packed, now: Instant,
    paid: Mapping[str, Paid],
) -> list[tuple[str, Finding]]:  # fmt: skip
    made = []
    for one in known:
        measures = {}
        for metric, days in packed.items():
            some = days.get(one.id, ())
            if (m := lately(series.values_of(some), len(some))) is not None:
                measures[metric] = m
        finding = by_measures(one, measures, now, Idle(), paid.get(one.resource.key))
        if finding is not None:
            made.append((one.source, finding))
    return made


async def _tagged(door: Door, required: Sequence[str]) -> list[tuple[str, Finding]]:
    """What lacks tags that all should have."""
    made: list[tuple[str, Finding]] = []
    mark = (0, 0) if required else None
    while mark is not None:
        rows = await door.reader.read(partial(resources.since, mark=mark, most=200))
        read = await asyncio.to_thread(resources.opened, door.reader.ring, rows)
        there = [known for known in read if known.gone_at is None]
        made += [(k.source, one) for k in there if (one := lacking(k, required)) is not None]
        mark = (rows[-1].seq, rows[-1].id) if len(rows) == 200 else None
    return made
