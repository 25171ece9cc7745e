"""Bills are kept by the day, each line with the team it is of; once a source has told new ones they
are looked through for jumps, which become alerts that end by themselves."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from commands.context import Ctx
from commands.inventory import faults
from commands.inventory.finding import Read
from commands.rules.cost import NONE, Line, number_of
from commands.rules.cost_jumps import LOOK, WEEKS, Jump, Least, New, jumps, said
from commands.rules.inventory import CostRules, InventoryRules, belonging
from store import upkeep
from store.crypto import Ring
from store.db import Tx
from store.inventory import costs, happenings, resources, series
from store.inventory.happenings import Wanted
from store.model import DAY, Instant, Severity
from store.model.known import Known
from store.model.resource import Cost, Fault, Resource
from store.tables import RESOURCES

if TYPE_CHECKING:
    from commands.door import Door

log = logging.getLogger("pixelview.inventory")

PART = "(cost jumps)"
"""The part whose faults these are, of every source."""
PAST = LOOK + 7 * (WEEKS + 2)
"""Days that a jump is found in."""
_LOOKED = "cost looked at"
_NEW = 2_000
_REMEMBERED = 100_000
_BILLED = ("server", "database", "cache", "volume", "snapshot", "load_balancer", "function",
           "cluster", "address", "gateway", "bucket", "queue", "node", "other")  # fmt: skip


def spent(ctx: Ctx, source: str, part: str, lines: Sequence[Cost]) -> int:
    """Write a bill's lines; they take the place of what was known of the days they name. How many
    days; lines whose day is none are left out."""
    days: dict[int, list[Cost]] = {}
    teams = _teams(ctx, lines)
    for line in lines:
        try:
            day = number_of(line.day)
        except ValueError:
            continue
        team = line.team or teams.get(line.resource) or _team_of(line, ctx.rules.inventory, source)
        days.setdefault(day, []).append(replace(line, team=team))
    if days:
        costs.put(ctx.tx, source, part, days, ctx.now)
    return len(days)


def _teams(ctx: Ctx, lines: Iterable[Cost]) -> Mapping[str, str]:
    """The team of each resource that is named, where it is known."""
    marks = series.marks(ctx.tx, {one.resource for one in lines if one.resource and not one.team})
    teams: dict[tuple[int, int], str] = ctx.tx.hot.setdefault("teams of bills", {})
    if len(teams) > _REMEMBERED:
        teams.clear()
    new = {mark[0]: mark for mark in marks.values() if mark not in teams}
    for number, team in resources.teams(ctx.tx, new).items():
        teams[new[number]] = team
    return {key: teams.get(mark, "") for key, mark in marks.items()}


def _team_of(line: Cost, rules: InventoryRules, source: str) -> str:
    return belonging(Resource("", "other", "", tags=line.tags), rules, source).team


# jumps


async def run(door: Door) -> int:
    """Look for jumps in what sources told since the last time; how many sources were looked at."""
    newest = await door.reader.read(costs.newest)
    looked = await door.reader.read(_looked)
    today = door.clock.now() // DAY
    due = [s for s, number in newest.items() if looked.get(s) != [number, today]]
    for source in due:
        rules: CostRules = door.rules.inventory.costs
        found = await _jumps(door, source, today, rules) if rules.alerts else []
        wrong = [_fault(jump, today) for jump in found if jump.until is None]
        mark = [newest[source], today]
        await door.system(lambda ctx, s=source, w=wrong, m=mark: _noted(ctx, s, w, m))  # type: ignore[misc]
    return len(due)


async def _jumps(door: Door, source: str, today: int, rules: CostRules) -> list[Jump]:
    lines = await read_lines(door.reader.read, today - PAST, today, source)
    least = Least(rules.least, rules.percent)
    return await found_jumps(door.reader.read, lines, today, least, source=source)


async def read_lines(
    read: Read, first: int, last: int, source: str | None = None, *, details: bool = False
) -> list[Line]:
    """The sums of bills from a day to another, or the lines that name a resource; unpacked where
    nobody waits for it."""
    ring, found = await read(
        lambda tx: (tx.ring, costs.rows(tx, first, last, source, details=details))
    )
    return await asyncio.to_thread(_unpacked, ring, found)


def _unpacked(ring: Ring, found: Sequence[costs.Row]) -> list[Line]:
    return [Line(row[0], cost) for row in found for cost in costs.unpacked(ring, row)]


async def found_jumps(
    read: Read, lines: Sequence[Line], today: int, least: Least, by: str = "service",
    source: str | None = None,
) -> list[Jump]:  # fmt: skip
    """The jumps in some bills; what is new is looked for where there are any."""
    if not await asyncio.to_thread(jumps, lines, today, least, by):
        return []
    new = await read(lambda tx: new_since(tx, today - LOOK, source))
    named = await read_lines(read, today - LOOK - 7, today, source, details=True)
    return await asyncio.to_thread(jumps, lines, today, least, by, new, named)


def _fault(jump: Jump, today: int) -> Fault:
    text = said(jump, today)
    return Fault(
        f"cost:{jump.by}:{jump.group}:{jump.currency}", "cost-jump", Severity.WARNING,
        f"Cost of {text.partition(':')[0].partition(' (')[0]}", description=text,
        labels={"service": jump.group if jump.group != NONE else ""}, since=jump.since * DAY,
    )  # fmt: skip


def _noted(ctx: Ctx, source: str, wrong: Sequence[Fault], mark: Sequence[int]) -> None:
    """The alerts are made with the others that are due."""
    faults.told(ctx, source, PART, wrong, complete=True)
    kept = {**_looked(ctx.tx), source: list(mark)}
    upkeep.set_meta(ctx.tx, _LOOKED, json.dumps(kept))
    costs.forget(ctx.tx, ctx.now // DAY - ctx.rules.inventory.costs.keep)


def _looked(tx: Tx) -> dict[str, list[int]]:
    found: dict[str, list[int]] = json.loads(upkeep.meta(tx, _LOOKED) or "{}")
    return found


def new_since(tx: Tx, day: int, source: str | None = None) -> list[New]:
    """The resources that were made since a day, with who made them where that is known."""
    r = RESOURCES.c
    wanted = (r.first_at >= (day - 1) * DAY) & r.kind.in_(_BILLED)
    if source is not None:
        wanted &= r.source == source
    numbers = tx.conn.execute(
        select(r.id).where(wanted).order_by(r.first_at.desc()).limit(_NEW)
    ).scalars()
    known = [k for k in resources.many(tx, numbers).values() if _made(k) >= day * DAY]
    who = _makers(tx, [k.resource.key for k in known], day * DAY)
    return [_new(k, who.get(k.resource.key, "")) for k in known]


def _made(known: Known) -> Instant:
    """When it was made, as its provider says; what says nothing of it counts as old."""
    return known.resource.created_at or 0


def _new(known: Known, who: str) -> New:
    r, b = known.resource, known.belongs
    return New(
        r.key, _made(known) // DAY, r.type, r.kind, r.region, r.account, r.name,
        who or b.owner or b.team,
    )  # fmt: skip


def _makers(tx: Tx, keys: Sequence[str], since: Instant) -> dict[str, str]:
    """Who did the first thing that is known of each resource."""
    found: dict[str, str] = {}
    for n in range(0, len(keys), 200):
        wanted = Wanted(since, 2**53, resources=tuple(keys[n : n + 200]))
        for one in happenings.search(tx, wanted, 1_000):
            if one.who:
                found[one.resource] = one.who
    return found
