"""What there is of one person now: their incidents, who is on call, their shifts, covers that are
wanted, and how they are reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from commands.context import Rulebook
from commands.rota import ground
from commands.rules import escalation
from commands.rules.oncall.duty import OnDuty, duty, on_schedule, schedule_of, turns, until
from commands.rules.oncall.wall import cut
from commands.testing import ways
from commands.words import headed, surface_name
from store import contacts, covers, incidents, page_tests, runs
from store.db import Tx
from store.incidents import Wanted
from store.model import DAY, Definitions, Incident, IncidentStatus, Instant, Person, Quiet, Rule
from store.model.cover import Cover, CoverState
from store.model.oncall import Schedule, Shift

MOST, SHIFTS, COVERS, DUTIES = 10, 4, 4, 8
_LOOKS = (30 * DAY, 90 * DAY, 200 * DAY)
_OPEN = (str(IncidentStatus.TRIGGERED), str(IncidentStatus.ACKNOWLEDGED))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is on call for something, as people call it, and until when; nobody where ``on`` is
    empty."""

    what: str
    on: tuple[tuple[OnDuty, Instant | None], ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """One contact of a person: ``address`` as far as it may be shown, when an answer came from it
    last, what is wrong with it, and when a test rang it that got no answer since."""

    via: str
    address: str
    worked_at: Instant | None
    trouble: str
    rang_at: Instant | None = None

    @property
    def name(self) -> str:
        """The channel as people call it, at the start of a line."""
        return headed(self.via)


@dataclass(frozen=True, slots=True)
class Mine:
    """Everything about one person. ``more`` are open incidents that are left out of ``incidents``;
    ``duties`` begin with the person's own; ``covers`` are those they could take, then their own."""

    person: Person
    now: Instant
    incidents: tuple[Incident, ...]
    more: int
    duties: tuple[Turn, ...]
    shifts: tuple[tuple[Schedule, Shift], ...]
    covers: tuple[Cover, ...]
    reach: tuple[Reach, ...]
    rules: tuple[str, ...]
    quiet: tuple[str, ...]

    @property
    def on(self) -> tuple[Turn, ...]:
        """What the person is on call for now."""
        mine = self.person.handle
        return tuple(t for t in self.duties if any(on.person == mine for on, _ in t.on))


def mine(tx: Tx, known: Definitions, rules: Rulebook, now: Instant, person: Person) -> Mine:
    """What there is of a person, from one snapshot."""
    found = _incidents(tx, person.handle)
    return Mine(
        person, now, tuple(found[:MOST]), max(0, len(found) - MOST),
        tuple(_duties(known, person, now)), tuple(_shifts(known, person, now)),
        tuple(_covers(tx, known, person, now)), tuple(reach(tx, rules, person)),
        tuple(_rules(person, rules)), tuple(map(quiet_words, person.quiet)),
    )  # fmt: skip


def _incidents(tx: Tx, handle: str) -> list[Incident]:
    """Those that ask this person now, the worst first; then those they have, or are assigned."""
    held = incidents.page(tx, Wanted(statuses=_OPEN, holder=handle, sort="worst"), MOST * 10)
    asking = incidents.many(tx, runs.asked(tx, handle)[: MOST * 10])
    first = sorted(asking.values(), key=lambda i: (i.severity.rank, -i.id))
    return list({i.id: i for i in (*first, *held)}.values())


# ---- on call -----------------------------------------------------------------------------------


def _duties(known: Definitions, person: Person, now: Instant) -> list[Turn]:
    """Every team, and every schedule that holds no team's duty; the person's own first."""
    found: list[tuple[str, Sequence[OnDuty]]] = []
    held: set[str] = set()
    for _, team in sorted(known.teams.items()):
        schedule = schedule_of(known, team)
        held.add(schedule.name if schedule else "")
        found.append((f"team {team.name}", duty(known, team, now)))
    loose = sorted(known.schedules.keys() - held)
    found += [(f"schedule {name}", on_schedule(known, name, now)) for name in loose]
    own = {f"team {t.name}" for t in known.teams.values() if person.handle in (*t.members, t.lead)}

    def order(turn: tuple[str, Sequence[OnDuty]]) -> tuple[bool, bool]:
        what, on = turn
        return person.handle not in {each.person for each in on}, what not in own

    return [_turn(known, *each, now) for each in sorted(found, key=order)[:DUTIES]]


def _turn(known: Definitions, what: str, on: Sequence[OnDuty], now: Instant) -> Turn:
    return Turn(what, tuple((each, until(known, each, now)) for each in on))


def _shifts(known: Definitions, person: Person, now: Instant) -> list[tuple[Schedule, Shift]]:
    """The next turns in every schedule, the one that holds now among them; far ahead is looked
    only where nothing is near. (A turn that a nearer look cuts is looked at again.)"""
    mine = [s for s in known.schedules.values() if _names(s, person.handle)]
    first: list[tuple[Schedule, Shift]] = []
    for ahead in _LOOKS:
        end = cut(now + ahead)
        found = [(s, shift) for s in mine for shift in turns(s, person.handle, now, end)]
        first = sorted(found, key=lambda one: (one[1].start, one[0].name))[:SHIFTS]
        if len(first) == SHIFTS and all(shift.end < end for _, shift in first):
            break
    return first


def _names(schedule: Schedule, handle: str) -> bool:
    """Whether somebody may be on call in a schedule at all."""
    layers = schedule.layers
    turned = (people for layer in layers if layer.rotation for people in layer.rotation.people)
    events = (shift.people for layer in layers for shift in layer.events)
    temporary = (shift.people for one in schedule.temporary for shift in one.shifts)
    always = (layer.people for layer in layers)
    added = ((one.add,) for one in schedule.overrides)
    swapped = ((one.from_person, one.to_person) for one in schedule.swaps)
    every = chain(turned, events, temporary, always, added, swapped)
    return any(handle in people for people in every)


def _covers(tx: Tx, known: Definitions, person: Person, now: Instant) -> list[Cover]:
    """Requests this person could take, or is asked to agree to; then the person's own."""
    states = (CoverState.OPEN, CoverState.WAITING)
    pending = [c for c in covers.pending(tx, now) if c.state in states]
    theirs = [c for c in pending if c.person != person.handle and _asks(known, c, person)]
    return [*theirs, *(c for c in pending if c.person == person.handle)][:COVERS]


def _asks(known: Definitions, cover: Cover, person: Person) -> bool:
    if person.handle in cover.refused:
        return False
    if cover.state is CoverState.WAITING and cover.taker:
        return person.handle in ground.leads_of(known, cover.schedule)
    if cover.back is not None:
        return cover.asked == person.handle
    if cover.to:
        return cover.to == person.handle
    return person.handle in ground.people_of(known, cover.schedule)


# ---- how they are reached ----------------------------------------------------------------------


def reach(tx: Tx, rules: Rulebook, person: Person) -> Iterator[Reach]:
    """Every contact of a person, chats first."""
    known = contacts.of_person(tx, person.handle)
    rung = page_tests.last_rung(tx, person.handle)
    for via in ways(tx, rules, person):
        same = [c for c in known if c.via == via]
        at = max((c.worked_at for c in same if c.worked_at), default=None)
        failing = next((c for c in same if c.failing), None)
        trouble = ""
        if failing is not None:
            trouble = "wants no messages" if failing.refused else failing.error or "did not arrive"
        rang = rung.get(via)
        silent = rang if rang is not None and rang > (at or 0) else None
        yield Reach(via, _shown(person, via), at, trouble, silent)


def _shown(person: Person, via: str) -> str:
    """An address for its owner's eyes: only what is none of the secret ones."""
    written = person.contacts.get(via, "")
    return (person.email or "") if via == "email" else written if written.startswith("+") else ""


def _rules(person: Person, rules: Rulebook) -> Iterator[str]:
    """``Slack and e-mail at once, SMS after 5 min``, and for what is important where that
    differs."""
    also = rules.by_email if person.email else frozenset[str]()
    usual = _in_order(escalation.reachable(person, False, also, rules.channels))
    important = _in_order(escalation.reachable(person, True, also, rules.channels))
    if usual:
        yield usual
    if important and important != usual:
        yield f"Important: {important}"


def _in_order(rules: Sequence[Rule]) -> str:
    at: dict[int, list[str]] = {}
    for rule in rules:
        name = surface_name(rule.via)
        if name not in at.setdefault(rule.after, []):
            at[rule.after].append(name)
    parts = [
        f"{_and(names)} {f'after {minutes} min' if minutes else 'at once'}"
        for minutes, names in sorted(at.items())
    ]
    said = ", ".join(parts)
    return f"{said[:1].upper()}{said[1:]}" if not said.startswith("ntfy") else said


def _and(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def quiet_words(quiet: Quiet) -> str:
    """``22:00–07:00: warning and info wait`` and on which days, by which channels."""
    span = (
        f"{quiet.start // 60:02d}:{quiet.start % 60:02d}–{quiet.end // 60:02d}:{quiet.end % 60:02d}"
    )
    days = "" if len(quiet.days) == 7 else f" {_and([_DAYS[d] for d in quiet.days])}"
    by = f" by {_and([surface_name(via) for via in quiet.via])}" if quiet.via else ""
    wait = "waits" if len(quiet.severity) == 1 else "wait"
    return f"{span}{days}: {_and(quiet.severity)} {wait}{by}"
