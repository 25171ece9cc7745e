"""When a policy would reach nobody, and when a schedule has nobody: the days ahead, in words and as
facts."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from commands.context import View
from commands.errors import Invalid
from commands.oncall import READ, both, zone_of
from commands.prove import contacts_of, hole_facts, zone_of_hole
from commands.registry import arg, query
from commands.rules import escalation, reach
from commands.rules.oncall import coverage as rules
from commands.rules.oncall.coverage import Bare
from commands.rules.oncall.spans import Spans, union
from commands.rules.oncall.wall import cut
from commands.rules.reach import Contacts, Hole, Place
from commands.told import Told
from commands.words import duration
from store.clock import iso
from store.model import DAY, MINUTE, Definitions, Instant, Severity

DAYS, LONGEST = 90, 400
MOST, MOST_FACTS = 12, 1000


@dataclass(frozen=True, slots=True)
class Coverage:
    """Arguments of ``coverage``."""

    what: str = arg("word", "A policy or a team; every policy if left out.", default="")
    days: int = arg("number", "How many days from now on.", default=DAYS)


@dataclass(frozen=True, slots=True)
class Report:
    """When policies would ask nobody, and when the schedules they ask have nobody."""

    start: Instant
    end: Instant
    places: tuple[Place, ...]
    holes: tuple[Hole, ...]
    bare: tuple[Bare, ...]
    schedules: int


@query("coverage", group="oncall", permission=READ, args=Coverage, example="coverage db 90")
async def coverage(view: View, args: Coverage) -> Told:
    """When a policy would reach nobody, and which schedules have nobody, in the days to come."""
    what, days = args.what, args.days
    if what.isdecimal():
        what, days = "", int(what)
    if not 0 < days <= LONGEST:
        raise Invalid(f"Between 1 and {LONGEST} days.", "days")
    places = _places(view.definitions, what)
    contacts = await contacts_of(view)
    end = view.now + days * DAY
    found = await asyncio.to_thread(report, view.definitions, view.now, end, contacts, places)
    return await asyncio.to_thread(_told, view, found)


def report(
    known: Definitions, start: Instant, end: Instant, contacts: Contacts, places: Sequence[Place]
) -> Report:
    """Looks at a span of time; a schedule that several policies ask is named once."""
    look = rules.Coverage(known, start, end, contacts)
    holes = [hole for place in places for hole in rules.joined(look.holes(place))]
    holes.sort(key=lambda hole: (hole.start, hole.place.policy.name, hole.place.team or ""))
    asked = {s.name for p in places for s in reach.schedules_of(known, p.policy, p.team)}
    bare = look.bare(asked)
    return Report(start, end, tuple(places), tuple(holes), tuple(bare), len(asked))


def _places(known: Definitions, what: str) -> list[Place]:
    """The policies under the teams that are meant; Invalid names those there are."""
    kind, colon, name = what.partition(":")
    name = name if colon else what
    places = reach.places(known)
    if not what:
        return places
    found = [
        p
        for p in places
        if (p.policy.name == name and kind != "team") or (p.team == name and kind != "policy")
    ]
    if not found and name in known.teams and kind != "policy":
        found = [Place(escalation.policy_of(known, None), name, "by hand")]
    if not found:
        policies = ", ".join(sorted({p.policy.name for p in places})[:8])
        teams = ", ".join(sorted(known.teams)[:8]) or "none yet"
        say = f"There is no policy or team {name}. Policies: {policies}. Teams: {teams}."
        raise Invalid(say, "what")
    return found


# ---- words and facts -----------------------------------------------------------------------------


def _told(view: View, found: Report) -> Told:
    bad = [hole for hole in found.holes if hole.intended is None]
    wanted = [hole for hole in found.holes if hole.intended is not None]
    words = _Words(view, found)
    lines = [words.verdict(bad), *words.holes(bad)]
    if wanted:
        lines += ["Nobody, by intention:", *words.holes(wanted)]
    holes = union((hole.start, hole.end) for hole in found.holes)
    thin = [each for each in found.bare if not _within(each, holes)]
    if thin:
        lines += ["Schedules that have nobody, while somebody else is asked:", *words.bare(thin)]
    return Told(tuple(lines), _facts(found), not bad)


def _within(each: Bare, holes: Spans) -> bool:
    """Whether a hole says already that nobody is there."""
    n = bisect_right(holes, each.gap.start, key=lambda span: span[0]) - 1
    return n >= 0 and each.gap.end <= holes[n][1]


class _Words:
    def __init__(self, view: View, found: Report) -> None:
        self._view, self._found = view, found
        self._mine = zone_of(view) if view.actor.id in view.definitions.people else ""

    def verdict(self, bad: list[Hole]) -> str:
        policies = len({p.policy.name for p in self._found.places})
        days = (self._found.end - self._found.start) // DAY
        looked = (
            f"Looked at {policies} {'policy' if policies == 1 else 'policies'} and "
            f"{self._found.schedules} schedule{'' if self._found.schedules == 1 else 's'}."
        )
        when = f"the next {days} days" if days > 1 else "the next 24 hours"
        if not bad:
            return (
                f"Covered: in {when} somebody who can be reached is asked at every time. {looked}"
            )
        times = "at one time" if len(bad) == 1 else f"at {len(bad)} times"
        return f"Not covered: in {when} nobody would be asked {times}. {looked}"

    def holes(self, holes: Sequence[Hole]) -> Iterator[str]:
        """A line for each policy, however often it comes."""
        alike: dict[object, list[Hole]] = {}
        for hole in holes:
            key = (hole.place.policy.name, hole.place.team, hole.severities, hole.intended)
            alike.setdefault(key, []).append(hole)
        yield from (self._line(each) for each in list(alike.values())[:MOST])
        yield from _more(len(alike))

    def _line(self, holes: list[Hole]) -> str:
        hole = holes[0]
        team = f" for team {hole.place.team}" if hole.place.team else ""
        which = ", ".join(map(str, hole.severities))
        if len(hole.severities) == len(Severity):
            which = "every severity"
        when = self._when([(h.start, h.end) for h in holes], self._zone(hole))
        policy = f"Policy {hole.place.policy.name}{team}"
        if hole.intended is not None:
            return f"{policy}: {when} ({hole.intended})."
        why = "; ".join(hole.why)
        said = f" {why[:1].upper()}{why[1:]}." if why else ""
        return f"{policy}, {which}: {when}.{said}"

    def bare(self, found: Sequence[Bare]) -> Iterator[str]:
        """A line for each schedule and reason."""
        alike: dict[tuple[str, str | None], list[Bare]] = {}
        for each in found:
            alike.setdefault((each.schedule, each.gap.intended), []).append(each)
        for (name, intended), many in list(alike.items())[:MOST]:
            zone = self._view.definitions.schedules[name].zone
            when = self._when([(each.gap.start, each.gap.end) for each in many], zone)
            said = f", by intention ({intended})" if intended is not None else ""
            yield f"Schedule {name}: {when}{said}."
        yield from _more(len(alike))

    def _zone(self, hole: Hole) -> str:
        return zone_of_hole(self._view.definitions, hole)

    def _when(self, times: Sequence[tuple[Instant, Instant]], zone: str) -> str:
        if len(times) == 1:
            return self._span(*times[0], zone)
        whole = _long(sum(end - start for start, end in times))
        first, last = self._span(*times[0], zone), self._span(*times[-1], zone)
        return f"{len(times)} times, {whole} in all, the first {first}, the last {last}"

    def _span(self, start: Instant, end: Instant, zone: str) -> str:
        if (start, end) == (cut(self._found.start), cut(self._found.end)):
            return "at all times"
        mine, now = self._mine or zone, self._view.now
        since = "now" if start <= now else both(start, mine, zone, now)
        return f"{since} to {both(end, mine, zone, now)} ({_long(end - start)})"


def _more(many: int) -> Iterator[str]:
    if many > MOST:
        yield f"… and {many - MOST} more."


def _long(ms: int) -> str:
    """``3 h``, ``27 h 09 min``, ``5 d``: two days are told apart from one and a half."""
    if not DAY <= ms < 3 * DAY:
        return duration(ms)
    hours, minutes = divmod(ms // MINUTE, 60)
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"


def _facts(found: Report) -> dict[str, Any]:
    return {
        "from": iso(found.start),
        "to": iso(found.end),
        "policies": [{"policy": p.policy.name, "team": p.team, "by": p.by} for p in found.places],
        "holes": [hole_facts(h) for h in found.holes[:MOST_FACTS]],
        "schedules": [
            {
                "schedule": each.schedule,
                "start": iso(each.gap.start),
                "end": iso(each.gap.end),
                "intended": each.gap.intended,
            }
            for each in found.bare[:MOST_FACTS]
        ],
        "left_out": max(0, len(found.holes) - MOST_FACTS) + max(0, len(found.bare) - MOST_FACTS),
    }
