"""Pre-flight: a day and ten minutes before a shift it is seen whether its person can be reached;
who can't is told, and so is the team, with somebody who could take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from commands import notices
from commands.contacts import address_of
from commands.context import Ctx
from commands.handoffs import places_of
from commands.pages import rules_of
from commands.rules.oncall import at_instant, readiness
from commands.rules.oncall.duty import OnDuty, until
from commands.rules.oncall.readiness import Chat
from commands.words import local
from store import contacts, errands, handoffs
from store.model import DAY, HOUR, MINUTE, Instant, Person
from store.model.contact import Contact
from store.model.handoff import Preflight, Problem
from store.model.oncall import Schedule

SOON = 10 * MINUTE
"""So long before a shift it is looked at a last time, and its predecessor is asked for a word."""
AGAIN, WEEKLY = 20 * HOUR, 6 * DAY
"""So long the same is not said to the same person again, whatever shift it is about; longer where
nobody else is needed because of it."""
_LASTING = frozenset({"failing", "unverified", "unlinked"})
ABOUT, CHECK = "preflight", "check"
"""What cards are about, and the errand that finds out what they say."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What chats have to be asked about a person before it is known."""

    person: Person
    soon: bool


# ---- when it is due ------------------------------------------------------------------------------


def before(ctx: Ctx, schedule: Schedule, handle: str, at: Instant) -> None:
    """A shift begins within a day: look whether its person can be reached, and once more when it
    is about to begin."""
    known = handoffs.preflight_of(ctx.tx, schedule.name, handle, at)
    last = at - ctx.now <= SOON
    if known is not None and (known.last or not last):
        return
    if known is None:
        end = until(ctx.definitions, OnDuty(handle, "", schedule.name), at)
        new = Preflight(0, schedule.name, handle, at, until=end, last=last)
        known = handoffs.begin(ctx.tx, new)
    else:
        known = handoffs.save_preflight(ctx.tx, replace(known, last=True))
    errands.ask(ctx.tx, ctx.now, f"{CHECK}:{known.id}", "chats", {})


def wanted(ctx: Ctx, preflight_id: int) -> Asked | None:
    """Whom chats are to be asked about; None where the shift has begun meanwhile."""
    found = handoffs.preflight(ctx.tx, preflight_id)
    person = ctx.definitions.people.get(found.person) if found is not None else None
    if found is None or person is None or found.at <= ctx.now:
        return None
    return Asked(person, found.last)


def changed(ctx: Ctx, schedule: Schedule) -> None:
    """Other people are to be on call: what was found out about those who are not is over."""
    for known in handoffs.preflights_coming(ctx.tx, schedule.name, ctx.now):
        if known.problems and not _still(schedule, known):
            handoffs.save_preflight(ctx.tx, replace(known, problems=()))
            for about in abouts(known.id):
                notices.stale(ctx, about)


# ---- what was found ------------------------------------------------------------------------------


def found(ctx: Ctx, preflight_id: int, chats: Mapping[str, Chat]) -> None:
    """Chats have answered: what may keep the person from answering is on record and said."""
    known = handoffs.preflight(ctx.tx, preflight_id)
    person = ctx.definitions.people.get(known.person) if known is not None else None
    schedule = ctx.definitions.schedules.get(known.schedule) if known is not None else None
    if known is None or person is None or schedule is None:
        return
    ways = readiness.ways(_vias(ctx, person), _contacts(ctx, person), chats)
    shift = readiness.Shift(person, known.at, known.until)
    said = readiness.problems(shift, ways, chats, ctx.definitions.away, soon=known.last)
    if not _still(schedule, known):
        said = ()
    checked = replace(known, checked_at=ctx.now, ways=ways, problems=said)
    if checked.serious and checked.standin is None:
        checked = replace(checked, standin=standin(ctx, checked))
    _tell(ctx, handoffs.save_preflight(ctx.tx, checked), had=known.problems)


def _still(schedule: Schedule, known: Preflight) -> bool:
    """Whether the shift is still that person's: somebody else may have taken it since."""
    return known.person in at_instant(schedule, known.at).people


def _vias(ctx: Ctx, person: Person) -> list[str]:
    rules = (*rules_of(ctx, person, False), *rules_of(ctx, person, True))
    return list(dict.fromkeys(rule.via for rule in rules))


def _contacts(ctx: Ctx, person: Person) -> dict[str, Contact]:
    """What is known of the addresses by which a person is paged."""
    named = {via: address_of(ctx, person.handle, via) for via in _vias(ctx, person)}
    return {
        via: contacts.get(ctx.tx, person.handle, via, address)
        for via, address in named.items()
        if address
    }


def standin(ctx: Ctx, known: Preflight, but: tuple[str, ...] = ()) -> str | None:
    """Who could take a shift instead: there then, reachable, and none of those who can't."""
    person = ctx.definitions.people.get(known.person)
    schedule = ctx.definitions.schedules.get(known.schedule)
    if person is None or schedule is None:
        return None
    teams = [ctx.definitions.teams[n] for n in notices.teams_of(ctx.definitions, schedule.name)]

    def able(other: Person) -> bool:
        contacts_of, vias = _contacts(ctx, other), _vias(ctx, other)
        fails = [via in contacts_of and contacts_of[via].failing for via in vias]
        return other.handle not in but and not all(fails)

    shift = readiness.Shift(person, known.at, known.until)
    others = readiness.standins(ctx.definitions, schedule, teams, shift, able)
    return next((other.handle for other in others), None)


def reason(ctx: Ctx, known: Preflight) -> str:
    """Why somebody else is asked, in words."""
    worst = next((p for p in known.problems if p.serious), None)
    if worst is None:
        return ""
    schedule = ctx.definitions.schedules.get(known.schedule)
    zone = schedule.zone if schedule is not None else "UTC"
    at = f" {local(worst.at, zone, ctx.now)}" if worst.at is not None else ""
    return f"{ctx.name_of(known.person)}: {worst.say}{at}"


def abouts(preflight_id: int) -> tuple[str, ...]:
    """Every card about one shift: in channels, and to its person."""
    mine = f"{ABOUT}:{preflight_id}"
    return (mine, f"{mine}.first", f"{mine}.last")


# ---- who is told ---------------------------------------------------------------------------------


def _tell(ctx: Ctx, checked: Preflight, had: tuple[Problem, ...]) -> None:
    """The person by the first way that reaches them, the team where somebody else may be needed;
    what was said already is drawn anew."""
    about = f"{ABOUT}:{checked.id}"
    for known in abouts(checked.id):
        notices.stale(ctx, known)
    if checked.serious:
        places = places_of(ctx.definitions, checked.schedule)
        notices.post(ctx, about, places)
        if checked.last and any(p.serious for p in had):
            notices.say(ctx, about, places, {"what": "still"})
    if new := _unsaid(ctx, checked):
        notices.tell(ctx, f"{about}.{'last' if checked.last else 'first'}", checked.person)
        told = tuple(dict.fromkeys((*checked.told, *new)))
        handoffs.save_preflight(ctx.tx, replace(checked, told=told))


def _unsaid(ctx: Ctx, checked: Preflight) -> list[str]:
    """The problems that the person was not told of lately, of this shift or another."""
    others = handoffs.preflights_of(ctx.tx, checked.person, ctx.now - WEEKLY)
    said: dict[str, Instant] = {}
    for each in others:
        for key in each.told:
            said[key] = max(said.get(key, 0), each.checked_at or 0)
    new = []
    for problem in checked.problems:
        key, lasting = f"{problem.code} {problem.say}", problem.code in _LASTING
        since = said.get(key, 0) if not (checked.last and problem.serious) else 0
        if since < ctx.now - (WEEKLY if lasting else AGAIN):
            new.append(key)
    return new
