"""Once a week each team is told which alerts paged it for nothing, and which rules would have
helped: tried on what really came, put in force by a button, taken back by another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from commands import fixing, notices
from commands.context import Ctx, Done, View
from commands.defining import WRITE, Remove, remove
from commands.errors import Conflict, Invalid, NotFound
from commands.oncall import READ
from commands.registry import Button, arg, command, query
from commands.rules import filters
from commands.rules.alert_rules import BY_HAND
from commands.rules.noise import DELAY, Noise, Past, Proposal, Spell, proposals, ranking
from commands.rules.oncall.balance import is_night
from commands.rules.oncall.wall import clock_of
from commands.sight import Sight
from commands.told import Told
from commands.words import count, duration
from store import incidents, noise
from store import reports as rows
from store.db import Tx
from store.model import DAY, HOUR, MINUTE, Definitions, Incident, Instant
from store.outbox import SHADOW, WENT

if TYPE_CHECKING:
    from commands.door import Door

ABOUT = "noise"
WEEK, TRIED = 7 * DAY, 28 * DAY
"""What a report is about, and how far back a rule is tried."""
LATE = 6 * HOUR
"""A report that could not be made so long after its time waits for the next one."""
KEPT = 90 * DAY
LOUDEST = 5
WORKED = 30 * MINUTE
"""Who has an incident for so long works on it."""
_FIELDS = ("host", "service", "source")


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of a week of one team (of all: empty); ``incident`` of each proposal is the newest
    of its kind, ``rule`` the name that its rule has."""

    team: str
    start: Instant
    end: Instant
    pages: int = 0
    night: int = 0
    incidents: int = 0
    real: int = 0
    loudest: tuple[Noise, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    newest: dict[str, int] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)


# ---- made --------------------------------------------------------------------------------------


async def past(
    read: Callable[[Callable[[Tx], Any]], Awaitable[Any]],
    definitions: Definitions,
    start: Instant,
    end: Instant,
) -> list[Past]:
    """Every incident of a span of time as it was, read some thousand rows at a time. Messages to
    one person within a minute are one page."""
    paged: dict[int, set[tuple[str, Instant]]] = {}
    above: int | None = 0
    while above is not None:
        pages, above = await read(lambda tx, a=above: rows.pages(tx, start, end, a))  # type: ignore[misc]
        for page in pages:
            if page.state in WENT and page.state != SHADOW:
                at = page.asked_at // MINUTE * MINUTE
                paged.setdefault(page.incident_id, set()).add((page.person, at))
    found: list[Past] = []
    last: int | None = None
    while True:
        some, last = await read(lambda tx, a=last: rows.incidents(tx, start, end, a))  # type: ignore[misc]
        ids = [i.id for i in some]
        many, events = await read(lambda tx, n=ids: (incidents.many(tx, n), noise.events(tx, n)))  # type: ignore[misc]
        mine = [many[n] for n in ids if n in many and many[n].source not in BY_HAND]
        found += await asyncio.to_thread(_all, mine, events, paged, definitions)
        if last is None:
            return found


def _all(
    some: Sequence[Incident],
    events: Mapping[int, Sequence[noise.Event]],
    paged: Mapping[int, Collection[tuple[str, Instant]]],
    known: Definitions,
) -> list[Past]:
    zones = {h: p.zone for h, p in known.people.items()}
    return [_past(i, events.get(i.id, ()), paged.get(i.id, ()), zones) for i in some]


def _past(
    i: Incident,
    events: Sequence[noise.Event],
    pages: Collection[tuple[str, Instant]],
    zones: Mapping[str, str],
) -> Past:
    values = filters.of_incident(i)
    return Past(
        i.id, fixing.like(i), i.labels.get("alertname") or i.title, i.severity, i.team,
        i.opened_at, i.resolved_at, _real(i, events), len(pages),
        sum(is_night(at, zones.get(person, "UTC")) for person, at in pages),
        {name: next(iter(values(name)), "") for name in _FIELDS}, tuple(_spells(events)),
    )  # fmt: skip


def _real(i: Incident, events: Sequence[noise.Event]) -> bool:
    """Whether somebody did something about it beyond saying that they saw it, or it goes on."""
    if i.resolved_at is None or i.resolved_by is not None:
        return True
    if any(kind in noise.ACTED for kind, _ in events):
        return True
    return i.acknowledged_at is not None and i.resolved_at - i.acknowledged_at >= WORKED


def _spells(events: Sequence[noise.Event]) -> Iterator[Spell]:
    """The times at which any alert of an incident fired."""
    firing, begun = 0, 0
    for kind, at in events:
        if kind in noise.FIRES:
            begun = at if firing == 0 else begun
            firing += 1
        elif kind == noise.OVER and firing:
            firing -= 1
            if firing == 0:
                yield Spell(begun, at)
    if firing:
        yield Spell(begun, None)


def made(found: Sequence[Past], team: str, start: Instant, end: Instant) -> Report:
    """The report of a team's week, with rules tried on all that was found."""
    mine = [p for p in found if team in ("", p.team or "")]
    week = [p for p in mine if p.opened_at >= start]
    best = proposals(mine)
    return Report(
        team, start, end, sum(p.pages for p in week), sum(p.night for p in week), len(week),
        sum(p.real for p in week), tuple(ranking(week)[:LOUDEST]), tuple(best),
        {b.what: max(p.id for p in mine if p.what == b.what) for b in best},
    )  # fmt: skip


# ---- asked for ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoiseArgs:
    """Arguments of ``noise``."""

    team: str = arg("word", "A team; all of them if left out.", default="")


@query("noise", group="ops", permission=READ, args=NoiseArgs, example="noise db")
async def noise_(view: View, args: NoiseArgs) -> Told:
    """Which alerts paged people for nothing last week, and which rules would have helped."""
    team = args.team.removeprefix("team:")
    if team and team not in view.definitions.teams:
        known = ", ".join(sorted(view.definitions.teams)) or "none yet"
        raise Invalid(f"There is no team {team}. Teams: {known}.", "team")
    found = await past(view.read, view.definitions, view.now - TRIED, view.now)
    report = await asyncio.to_thread(made, found, team, view.now - WEEK, view.now)
    return Told(tuple(lines_of(report)), _facts(report))


def lines_of(report: Report) -> Iterator[str]:
    """The report in sentences."""
    yield summary(report)
    yield from map(loud, report.loudest)
    for one in report.proposals:
        yield f"{proposed(one)} Do it: {typed(report, one)}"
    if report.pages and not report.proposals:
        yield "No rule would have saved anything without hiding what was real."


def summary(report: Report) -> str:
    """``212 pages in a week, 31 at night, for 180 incidents of which 22 led to something.``"""
    if not report.pages:
        return "Nobody was paged in a week."
    night = f", {report.night} at night" if report.night else ""
    real = f"{report.real} led" if report.real else "none led"
    of = count(report.incidents, "incident")
    return f"{count(report.pages, 'page')} in a week{night}, for {of} of which {real} to something."


def loud(one: Noise) -> str:
    """One kind of alert: ``Load high: 31 pages, 9 at night, 14 incidents, 0 led to something.``"""
    night = f", {one.night} at night" if one.night else ""
    lasts = f", half of them over in {duration(one.lasts)}" if one.lasts is not None else ""
    pages, of = count(one.pages, "page"), count(one.incidents, "incident")
    return f"{one.name}: {pages}{night}, {of}, {one.real} led to something{lasts}."


def proposed(one: Proposal) -> str:
    """What a rule does, and what it would have saved."""
    t = one.tried
    night = f", {t.night} at night" if t.night else ""
    saved = f"would have saved {t.saved} of {t.pages} pages in 4 weeks{night}"
    missed = f"missed {t.missed} of {t.real} real ones" if t.real else "there was no real one"
    return f"{one.name}: {doing(one)} {saved}; {missed}."


def doing(one: Proposal) -> str:
    """``paging after 5 min``, ``one incident for each host``."""
    if one.effect == DELAY:
        return f"paging after {one.delay} min"
    return f"one incident for each {', '.join(one.group_by)}"


def typed(report: Report, one: Proposal) -> str:
    """What to type for a proposal."""
    more = f"minutes={one.delay}" if one.effect == DELAY else f"by={','.join(one.group_by)}"
    return f"fix {report.newest[one.what]} {one.effect} {more}"


def _facts(report: Report) -> dict[str, Any]:
    return {
        "team": report.team or None, "pages": report.pages, "night": report.night,
        "incidents": report.incidents, "real": report.real,
        "loudest": [asdict(n) for n in report.loudest],
        "proposals": [
            {**asdict(p), "incident": str(report.newest[p.what])} for p in report.proposals
        ],
    }  # fmt: skip


# ---- once a week -------------------------------------------------------------------------------


async def run(door: Door) -> int:
    """Make the reports that are due; how many."""
    now, plan = door.clock.now(), door.rules.noise
    if plan is None:
        return 0
    known = door.definitions()
    last = await door.reader.read(noise.latest)
    due = [t for t in sorted(known.teams) if is_due(plan, known.teams[t].zone, now, last.get(t))]
    if not due:
        return 0
    read = partial(Sight.everybody(door.rules.sensitive).read, door.reader)
    found = await past(read, known, now - TRIED, now)
    for team in due:
        report = await asyncio.to_thread(made, found, team, now - WEEK, now)
        await door.system(lambda ctx, r=report: _posted(ctx, r))  # type: ignore[misc]
    return len(due)


def is_due(plan: tuple[int, int], zone: str | None, now: Instant, last: Instant | None) -> bool:
    """Whether the day (0 is Monday) and minute of a week came not long ago, without a report."""
    day, minute = plan
    clock = clock_of(zone or "UTC")
    today = clock.wall(now) // DAY * DAY
    weekday = (today // DAY + 3) % 7
    at = clock.first(today - (weekday - day) % 7 * DAY + minute * MINUTE)
    return at <= now < at + LATE and (last is None or last < at)


def _posted(ctx: Ctx, report: Report) -> None:
    """Keep a report; where there was noise its card goes to the team's channels."""
    noise.forget(ctx.tx, ctx.now - KEPT)
    named = {}
    for one in report.proposals:
        incident = incidents.get(ctx.tx, report.newest[one.what])
        if incident is not None:
            named[one.what] = fixing.name_of(incident, one.effect)
    kept = {**asdict(report), "rules": named}
    number = noise.keep(ctx.tx, ctx.now, report.team, kept)
    if report.pages:
        places = notices.channels_of(ctx.definitions, report.team)
        notices.post(ctx, f"{ABOUT}:{number}", places)


def read(tx: Tx, name: str) -> tuple[int, Report] | None:
    """A report on record by its number."""
    found = noise.get(tx, int(name)) if name.isdecimal() else None
    return None if found is None else (int(name), msgspec.convert(found[1], Report))


# ---- done --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Apply:
    """Arguments of ``noise-apply`` and ``noise-undo``."""

    report: int = arg("noun", "The number of a noise report.")
    which: str = arg("choice", "Which rule.", default="1")


def _chosen(ctx: Ctx, args: Apply) -> tuple[Report, Proposal]:
    found = read(ctx.tx, str(args.report))
    if found is None:
        raise NotFound(f"There is no noise report {args.report}.")
    report = found[1]
    if not args.which.isdecimal() or not 1 <= int(args.which) <= len(report.proposals):
        raise Invalid(f"It proposes 1 to {len(report.proposals)}.", "which")
    return report, report.proposals[int(args.which) - 1]


@command(
    "noise-apply", group="admin", permission=WRITE, args=Apply, example="noise-apply 17 1",
    about=ABOUT, listed=False, buttons=(Button("Apply…", "", ()),),
)  # fmt: skip
def apply(ctx: Ctx, args: Apply) -> Done:
    """Put a rule in force that a noise report proposes."""
    report, one = _chosen(ctx, args)
    if in_force(ctx.definitions, report, one):
        raise Conflict(f"Rule {report.rules[one.what]} is in force already.")
    by = ",".join(one.group_by) or "host"
    number = report.newest[one.what]
    said: Done = fixing.fix(ctx, fixing.Fix(number, one.effect, one.delay or 5, by))
    notices.stale(ctx, f"{ABOUT}:{args.report}")
    return said


@command(
    "noise-undo", group="admin", permission=WRITE, args=Apply, example="noise-undo 17 1",
    about=ABOUT, listed=False, buttons=(Button("Take back…", "", ()),),
)  # fmt: skip
def undo(ctx: Ctx, args: Apply) -> Done:
    """Take a rule back that a noise report proposed."""
    report, one = _chosen(ctx, args)
    if not in_force(ctx.definitions, report, one):
        raise Conflict("That rule is not in force.")
    said: Done = remove(ctx, Remove("rule", report.rules[one.what]))
    notices.stale(ctx, f"{ABOUT}:{args.report}")
    return said


def in_force(known: Definitions, report: Report, one: Proposal) -> bool:
    """Whether the rule of a proposal holds."""
    return any(rule.name == report.rules.get(one.what) for rule in known.alert_rules)
