"""On call in the console: schedules drawn over weeks, where nobody would be asked, who carries how
much; from here people change who it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.cards import words
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway, Extras
from bot.web.rota import WEEKS, Bar, Chart, Span, chart, span_of
from bot.web.session import Visit
from bot.web.works import works
from commands import rights
from commands.registry import CATALOG
from commands.rules.oncall.coverage import Coverage
from commands.rules.oncall.duty import schedule_of
from commands.rules.reach import Contacts, Hole, places
from commands.told import Told
from store.model import DAY, HOUR, Actor, Definitions, Instant
from store.model.oncall import Schedule

AHEAD = 90
_FIGURES = ("hours", "nights", "weekends", "pages")
MOST = 2
_DEEDS = (
    ("override", "Override…"),
    ("cover", "Ask for cover…"),
    ("away", "I am away…"),
    ("simulate", "Simulate…"),
    ("maintenance", "Maintenance…"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """What the page shows, and the addresses of its neighbours."""

    span: Span
    team: str
    is_now: bool
    names: tuple[str, ...]

    def url(self, week: str, *, team: str | None = None, weeks: int = 0) -> str:
        """The same page elsewhere."""
        team = self.team if team is None else team
        asked = {"week": week, "team": team}
        if (weeks or self.span.weeks) != 1:
            asked["weeks"] = str(weeks or self.span.weeks)
        query = urlencode({k: v for k, v in asked.items() if v})
        return f"/oncall?{query}" if query else "/oncall"

    @property
    def _here(self) -> str:
        return "" if self.is_now else self.span.first.isoformat()

    @property
    def teams(self) -> list[tuple[str, str, bool]]:
        """Each team as a choice."""
        every = [("All teams", self.url(self._here, team=""), not self.team)]
        return every + [
            (f"team {words.clean(n)}", self.url(self._here, team=n), n == self.team)
            for n in self.names
        ]

    @property
    def lengths(self) -> list[tuple[str, str, bool]]:
        """How many weeks."""
        return [
            (words.count(n, "week"), self.url(self._here, weeks=n), n == self.span.weeks)
            for n in WEEKS
        ]


@dataclass(frozen=True, slots=True)
class HoleLine:
    """The next stretches in which a policy would ask nobody for one reason, and how many more."""

    policy: str
    spans: tuple[tuple[Instant, Instant], ...]
    more: int
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holes:
    """What a look at the days to come found."""

    days: int
    lines: tuple[HoleLine, ...]


class OnCallPage:
    """The page under /oncall."""

    def __init__(self, door: Doorway, frames: Frames, extras: Extras) -> None:
        self._door, self._frames, self._extras = door, frames, extras
        self._looked: tuple[int, Instant, Holes] | None = None

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Its address, for who is signed in."""
        return [web.get("/oncall", gate.signed(self.page))]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """The schedules of all teams, or of one."""
        known, actor = self._door.definitions(), visit.actor
        team = request.query.get("team", "")
        shown = _schedules(known, team if team in known.teams else "")
        zone = shown[0].zone if shown else visit.zone
        query = request.query
        span = span_of(query.get("week", ""), query.get("weeks", ""), zone, visit.now)
        at = Address(
            span, team if team in known.teams else "", span.start <= visit.now < span.end,
            tuple(sorted(known.teams)),
        )  # fmt: skip
        charts = [chart(known, s, span_in(span, s.zone), visit.now) for s in shown]
        return await self._frames.page(
            request,
            visit,
            "oncall.html",
            here="oncall",
            at=at,
            charts=charts,
            holes=await self._holes(known, visit.now),
            fairness=await self._fairness(at.team, visit),
            deeds=_deeds(known, actor),
            planned=await works(self._door, visit),
            override=override_url,
            can_override=_may(known, "override", actor),
            can_edit=rights.may_somewhere(known, actor, "config.write"),
            can_read=rights.may_somewhere(known, actor, "config.read"),
        )

    async def _fairness(self, team: str, visit: Visit) -> list[Fair]:
        """Who carried how much, where that is known."""
        if "balance" not in CATALOG:
            return []
        asked = {"what": f"team:{team}"} if team else {}
        told: Told = await self._door.ask("balance", asked, visit.actor)
        return fairness(told.facts["people"])

    async def _holes(self, known: Definitions, now: Instant) -> Holes:
        """Where nobody would be asked; looked for once an hour and at each change."""
        held = self._looked
        if held and held[0] == known.version_id and now - held[1] < HOUR:
            return held[2]
        linked = await self._extras.reachable() if self._extras.reachable else Contacts()
        found = await asyncio.to_thread(holes, known, now, linked)
        self._looked = (known.version_id, now, found)
        return found


@dataclass(frozen=True, slots=True)
class Fair:
    """What one person carried lately: each figure with its share of the largest, in per cent."""

    name: str
    handle: str
    figures: tuple[tuple[int, int], ...]


def fairness(people: Sequence[Mapping[str, Any]]) -> list[Fair]:
    """Loads as rows of a table whose bars compare people."""
    most = {key: max((int(p[key]) for p in people), default=0) or 1 for key in _FIGURES}
    return [
        Fair(
            words.clean(str(p["name"])),
            str(p["person"]),
            tuple((100 * int(p[key]) // most[key], int(p[key])) for key in _FIGURES),
        )
        for p in people
        if any(p[key] for key in _FIGURES)
    ]


def span_in(span: Span, zone: str) -> Span:
    """The same weeks on another zone's clock."""
    return Span(span.first, span.weeks, zone)


def holes(known: Definitions, now: Instant, contacts: Contacts) -> Holes:
    """Every stretch to come in which a policy would ask nobody, intended ones left out."""
    look = Coverage(known, now, now + AHEAD * DAY, contacts)
    found: dict[tuple[str, Instant, Instant], Hole] = {}
    for place in places(known):
        for hole in look.holes(place):
            if hole.intended is None:
                found.setdefault((place.policy.name, hole.start, hole.end), hole)
    alike: dict[tuple[str, tuple[str, ...]], list[tuple[Instant, Instant]]] = {}
    for hole in sorted(found.values(), key=lambda hole: hole.start):
        alike.setdefault((hole.place.policy.name, hole.why), []).append((hole.start, hole.end))
    lines = tuple(
        HoleLine(policy, tuple(spans[:MOST]), len(spans) - MOST if len(spans) > MOST else 0, why)
        for (policy, why), spans in alike.items()
    )
    return Holes(AHEAD, lines)


def _schedules(known: Definitions, team: str) -> list[Schedule]:
    if team:
        held = schedule_of(known, known.teams[team])
        return [held] if held else []
    return [s for _, s in sorted(known.schedules.items())]


def _may(known: Definitions, verb: str, actor: Actor) -> bool:
    wanted = CATALOG.get(verb)
    return wanted is not None and rights.may_somewhere(known, actor, wanted.permission)


def _deeds(known: Definitions, actor: Actor) -> list[dict[str, Any]]:
    return [{"verb": v, "label": label} for v, label in _DEEDS if _may(known, v, actor)]


def override_url(c: Chart, bar: Bar) -> str:
    """The form for putting somebody else on call in a stretch, filled in."""
    clock = "%Y-%m-%d %H:%M"
    start, end = (words.moment(at, c.zone).strftime(clock) for at in (bar.start, bar.end))
    asked = {"what": c.name, "when": f"{start} to {end} {c.zone}", "back": "/oncall"}
    return f"/ask/override?{urlencode(asked)}"
