"""``services``: each service green, amber or red from its incidents and resources, whose it is and
who is on call for it, with the reasons in words."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from commands.context import View
from commands.inventory import search, sources
from commands.inventory.index import Entry, Index, Profile, Wanted
from commands.inventory.search import READ
from commands.inventory.sources import SourceState
from commands.registry import arg, query
from commands.rules import inventory_words as words
from commands.rules.oncall import duty
from commands.told import Told
from commands.words import count, duration
from store import incidents
from store.inventory import ephemeral
from store.model import Definitions, Incident, Instant, Severity

RED, AMBER, GREEN = "red", "amber", "green"
GLYPH = {RED: "🔴", AMBER: "⚠️", GREEN: "✅"}
_ORDER = {RED: 0, AMBER: 1, GREEN: 2}
_OPEN, _MOST, _REASONS = ("triggered", "acknowledged"), 1_000, 4
_GRAVE = (Severity.CRITICAL, Severity.ERROR)
NOTHING = (
    "No service is known yet. A service is what a resource's tag or an alert's label says: "
    "service, app, application."
)


@dataclass(frozen=True, slots=True)
class Service:
    """One tile of the board. ``reasons`` say why it is not green, ``incidents`` are those that are
    open, ``health`` how many of its resources are how; ``on_call`` are names."""

    name: str
    state: str
    team: str = ""
    on_call: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    incidents: tuple[Incident, ...] = ()
    health: Mapping[str, int] = field(default_factory=dict)

    @property
    def resources(self) -> int:
        """How many resources it has."""
        return sum(self.health.values())


@dataclass(frozen=True, slots=True)
class Board(Told):
    """The answer; ``services`` are its tiles, the worst first."""

    services: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """Arguments of ``services``."""

    words: str = arg("text", "A part of the names, or a team: team=web.", default="")


@query("services", group="infra", permission=READ, args=Services, example="services team=web")
async def services(view: View, args: Services) -> Board:
    """Each service green, amber or red, whose it is, and who is on call for it now."""
    every = await board(view)
    wanted = args.words.casefold().split()
    shown = [one for one in every if all(_fits(one, word) for word in wanted)]
    if not every:
        return Board((NOTHING,), {"services": []})
    by = Counter(one.state for one in shown)
    said = ", ".join(f"{by[s]} {s}" for s in (RED, AMBER, GREEN) if by[s])
    head = f"{count(len(shown), 'service')}: {said}" if shown else f"None matches {args.words}."
    lines = (head, *(line(one) for one in shown))
    return Board(lines, {"services": [facts(one) for one in shown]}, services=tuple(shown))


def _fits(one: Service, word: str) -> bool:
    name, eq, value = word.partition("=")
    if eq and name == "team":
        return one.team.casefold() == value
    return word in one.name.casefold() or word == one.state


async def board(view: View) -> list[Service]:
    """Every service that a resource, an open incident or a route names, the worst first."""
    states = await sources.read(view)
    every = await search.entries(view, Wanted())
    held = await asyncio.to_thread(_held, every)
    wanted = incidents.Wanted(statuses=_OPEN)
    open_ = await view.read(lambda tx: incidents.page(tx, wanted, _MOST))
    about: dict[str, list[Incident]] = {}
    for one in open_:
        if one.service:
            about.setdefault(one.service.casefold(), []).append(one)
    routed = {name.casefold() for name in _routed(view.definitions)}
    called = {i.service.casefold(): i.service for i in open_ if i.service}
    made = [
        service(
            called.get(name, name), held.get(name, ()), about.get(name, ()), states,
            view.definitions, view.now,
        )
        for name in {*held, *about, *routed}
    ]  # fmt: skip
    return sorted(made, key=lambda s: (_ORDER[s.state], -len(s.incidents), s.name))


def _held(every: Iterable[Entry]) -> dict[str, list[Entry]]:
    """What each service has."""
    found: dict[str, list[Entry]] = {}
    for one in every:
        if one.service:
            found.setdefault(one.service, []).append(one)
    return found


def _routed(known: Definitions) -> Iterator[str]:
    """The services that routes name outright."""
    for route in known.routes:
        yield from (n for n in route.match.get("service", ()) if not any(c in n for c in "*?[!"))


def service(
    name: str, entries: Sequence[Entry], open_: Sequence[Incident],
    states: Mapping[str, SourceState], known: Definitions, now: Instant,
) -> Service:  # fmt: skip
    """One of them, judged."""
    shared = _own(Counter(one.profile for one in entries))
    teams = Counter(i.team for i in open_ if i.team)
    for one, many in shared.items():
        if one.team:
            teams[one.team] += many
    team = teams.most_common(1)[0][0] if teams else _team_of_route(known, name)
    found = [*_of_incidents(open_, known), *_of_resources(shared, entries), *_of_sources(
        {one.source for one in shared}, states, now
    )]  # fmt: skip
    health: dict[str, int] = Counter()
    for one, many in shared.items():
        health[one.health] += many
    state = min((s for s, _ in found), key=lambda s: _ORDER[s], default=GREEN)
    found.sort(key=lambda pair: _ORDER[pair[0]])
    people = duty.duty(known, known.teams.get(team), now)
    return Service(
        name, state, team, tuple(dict.fromkeys(known.name_of(on.person) for on in people)),
        tuple(why for _, why in found[:_REASONS]), tuple(open_),
        dict(health),
    )  # fmt: skip


def _own(shared: Mapping[Profile, int]) -> Mapping[Profile, int]:
    """Without what comes and goes where its workload speaks for it."""
    if not any(one.kind in ephemeral.WORKLOADS for one in shared):
        return shared
    return {one: many for one, many in shared.items() if one.kind not in ephemeral.KINDS}


def _team_of_route(known: Definitions, name: str) -> str:
    for route in known.routes:
        if name in (n.casefold() for n in route.match.get("service", ())):
            return route.team or ""
    return ""


def _of_incidents(open_: Iterable[Incident], known: Definitions) -> Iterator[tuple[str, str]]:
    for one in sorted(open_, key=lambda i: (i.severity.rank, -i.id)):
        who = f"{known.name_of(one.holder)} has it" if one.holder else "nobody has it"
        state = RED if one.severity in _GRAVE else AMBER
        if one.severity is not Severity.INFO:
            yield state, f"#{one.id} {one.title}, {one.severity}, {who}"


def _of_resources(
    shared: Mapping[Profile, int], entries: Sequence[Entry]
) -> Iterator[tuple[str, str]]:
    """A kind of which half or more is down takes the service with it; less makes it amber."""
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for one, many in shared.items():
        by_kind[one.kind][one.health] += many
    for kind, by in by_kind.items():
        down, bad, some = by["down"], by["degraded"], by.total()
        if down:
            state = RED if 2 * down >= some else AMBER
            yield state, _named(down, some, kind, "down", entries)
        if bad:
            yield AMBER, _named(bad, some, kind, "degraded", entries)


def _named(bad: int, some: int, kind: str, how: str, entries: Sequence[Entry]) -> str:
    """``VM db-7 is down``; ``3 of 6 pods are degraded``."""
    if some == 1:
        name = next(one.name for one in entries if one.kind == kind)
        return f"{words.kind_said(kind)} {name} is {how}"
    return f"{bad} of {some} {words.kind_said(kind, some)} {'is' if bad == 1 else 'are'} {how}"


def _of_sources(
    names: Iterable[str], states: Mapping[str, SourceState], now: Instant
) -> Iterator[tuple[str, str]]:
    """Who is not heard of may be anything."""
    for name in sorted(names):
        state = states.get(name)
        if state is not None and state.stale:
            since = f" for {duration(now - state.ok_at)}" if state.ok_at is not None else ""
            yield AMBER, f"{state.title} is not answering{since}"


def line(one: Service) -> str:
    """``🔴 checkout · team web, Mei Lin on call · 3 of 6 pods are degraded``."""
    whose = f"team {one.team}" if one.team else "no owner"
    people = " and ".join(one.on_call)
    whose += f", {people} on call" if people else ", nobody on call" if one.team else ""
    why = "; ".join(one.reasons[:2])
    fine = f"{count(one.resources, 'resource')}, all well" if one.resources else "nothing open"
    return " · ".join((f"{GLYPH[one.state]} {one.name}", whose, why or fine))


def facts(one: Service) -> dict[str, object]:
    """A tile for programs."""
    return {
        "service": one.name, "state": one.state, "team": one.team, "on_call": list(one.on_call),
        "reasons": list(one.reasons), "incidents": [str(i.id) for i in one.incidents],
        "resources": one.resources, "health": dict(one.health),
    }  # fmt: skip


def services_named(index: Index) -> list[str]:
    """The services that resources name."""
    return index.services()
