"""Handoffs: who leaves is asked for a word, the channel is told who came, incidents are kept or
passed on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from commands import notices
from commands.about import ACT, incident_arg, open_one
from commands.asking import Assign, assign
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.oncall import READ
from commands.registry import Button, arg, command, query
from commands.rules.oncall.duty import SCHEDULE
from commands.rules.oncall.nights import is_night
from commands.rules.oncall.reliefs import outlook
from commands.words import local
from store import access, handoffs, incidents
from store.db import Tx
from store.model import DAY, HOUR, Definitions, Incident, IncidentStatus, Instant, Listing
from store.model.handoff import DONE, KEEP, OFF, PASS, Handoff, Relief
from store.model.oncall import Schedule

WEEK = 7 * DAY
LATE = 12 * HOUR
"""So long after a shift somebody may still say something of it."""
OPEN = (str(IncidentStatus.TRIGGERED), str(IncidentStatus.ACKNOWLEDGED))
MOST = 20


# ---- what the watch does -------------------------------------------------------------------------


def ask(ctx: Ctx, schedule: Schedule, relief: Relief) -> None:
    """Ask those who leave, each alone, what whoever comes should know."""
    known = handoffs.at(ctx.tx, schedule.name, relief.at)
    teams = notices.teams_of(ctx.definitions, schedule.name)
    handoff = handoffs.open_(ctx.tx, schedule.name, relief, teams)
    if known is not None and handoff.rev == known.rev:
        return
    for person in relief.leaving:
        notices.tell(ctx, f"leaving:{handoff.id}", person)


def begin(ctx: Ctx, schedule: Schedule, relief: Relief) -> None:
    """Somebody came: the channels are told, and whoever came where no channel mentions them."""
    teams = notices.teams_of(ctx.definitions, schedule.name)
    handoff = handoffs.open_(ctx.tx, schedule.name, relief, teams)
    if handoff.state == DONE:
        return
    last = handoffs.last_done(ctx.tx, schedule.name, relief.at)
    since = max(last.at if last is not None else 0, relief.at - WEEK)
    paged = handoffs.asked(ctx.tx, relief.before, since, relief.at, teams)
    people = ctx.definitions.people
    nights = sum(is_night(at, people[who].zone) for who, at in paged if who in people)
    places = places_of(ctx.definitions, schedule.name)
    place = _place(ctx, places, relief.coming)
    done = replace(
        handoff, state=DONE, since=since, pages=len(paged), nights=nights, place=place, teams=teams
    )
    handoffs.save(ctx.tx, done)
    about = f"handoff:{handoff.id}"
    notices.post(ctx, about, places)
    for person in relief.coming:
        if not place or not _is_on(ctx, person, place):
            notices.tell(ctx, about, person)
    notices.stale(ctx, f"leaving:{handoff.id}")


def call_off(ctx: Ctx, schedule: Schedule, times: Iterable[Instant]) -> None:
    """Handoffs that somebody was asked about and that will not be: the schedule was changed."""
    left = set(times)
    for each in handoffs.coming(ctx.tx, schedule.name):
        if each.at not in left:
            handoffs.save(ctx.tx, replace(each, state=OFF))
            notices.stale(ctx, f"leaving:{each.id}")


def places_of(definitions: Definitions, schedule: str) -> tuple[str, ...]:
    """The channels in which a schedule's handoffs are told: those of the teams whose duty it
    holds, else of the routes whose policy asks it."""
    if notices.teams_of(definitions, schedule):
        return notices.channels_of_schedule(definitions, schedule)
    asks = {
        policy.name
        for policy in definitions.policies.values()
        if any(f"{SCHEDULE}{schedule}" in step.targets for step in policy.steps)
    }
    routes = (route for route in definitions.routes if route.policy in asks)
    return tuple(dict.fromkeys(place for route in routes for place in route.channels))


def _place(ctx: Ctx, places: tuple[str, ...], people: tuple[str, ...]) -> str:
    """The channel in which most of those who come can be mentioned; "" where none can."""
    able = [(sum(_is_on(ctx, p, place) for p in people), place) for place in places]
    best = max(able, key=lambda one: one[0], default=(0, ""))
    return best[1] if best[0] else ""


def _is_on(ctx: Ctx, handle: str, place: str) -> bool:
    """Whether a person has an account on the chat of a channel."""
    via, person = place.partition(":")[0], ctx.definitions.people.get(handle)
    if person is None:
        return False
    found = ctx.rules.by_email if person.email else frozenset()
    return via in {*person.contacts, *access.surfaces_of(ctx.tx, handle), *found}


# ---- what people say -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note:
    """Arguments of ``handoff``."""

    text: str = arg("text", "What whoever takes over should know.")
    handoff: int = arg("noun", "The handoff; your next or last one by itself.", default=0)


@command(
    "handoff",
    group="oncall",
    permission=ACT,
    args=Note,
    about="handoff",
    example="handoff db-5 disk swap is planned Tue 10:00",
    buttons=(Button("Write a note…", "handoff", ()),),
)
def note(ctx: Ctx, args: Note) -> Done:
    """Leave a word for whoever takes over your shift."""
    handoff = _handoff(ctx, args.handoff)
    text = " ".join(args.text.split())
    if not text:
        raise Invalid("There are no words in it.", "text")
    _save(ctx, replace(handoff, notes={**handoff.notes, ctx.actor.id: text[:1000]}))
    who = " and ".join(ctx.name_of(p) for p in handoff.relief.coming) or "Whoever comes next"
    if handoff.state == DONE:
        return Done(f"{who} can read it on the card of the handoff.")
    zone = _zone(ctx)
    return Done(f"{who} will read it at the handoff, {local(handoff.at, zone, ctx.now)}.")


@dataclass(frozen=True, slots=True)
class OfHandoff:
    """Arguments of what is said of a handoff alone."""

    handoff: int = arg("noun", "The handoff; your next or last one by itself.", default=0)


@command(
    "no-handoff-note",
    group="oncall",
    permission=ACT,
    args=OfHandoff,
    about="handoff",
    listed=False,
    buttons=(Button("Nothing", "handoff", ()),),
)
def nothing(ctx: Ctx, args: OfHandoff) -> Done:
    """Say that there is nothing to know at your handoff."""
    handoff = _handoff(ctx, args.handoff)
    silent = tuple(dict.fromkeys((*handoff.silent, ctx.actor.id)))
    _save(ctx, replace(handoff, silent=silent))
    return Done("Noted: nothing to know.")


@dataclass(frozen=True, slots=True)
class OfIncident:
    """Arguments of what is said of one incident at a handoff."""

    incident: int = incident_arg()


@command(
    "keep",
    group="oncall",
    permission=ACT,
    args=OfIncident,
    example="keep 1830",
    buttons=(Button("Keep", "handoff", ()),),
)
def keep(ctx: Ctx, args: OfIncident) -> Done:
    """Keep an incident of yours after your shift ends."""
    incident = open_one(ctx, args.incident, "keep")
    handoff = _mine(ctx)
    if handoff is None:
        raise Conflict("You hand over nothing now: what you have stays yours.")
    _save(ctx, replace(handoff, decided={**handoff.decided, incident.id: KEEP}))
    return Done(f"You keep #{incident.id}.")


@command(
    "pass",
    group="oncall",
    permission=ACT,
    args=OfIncident,
    example="pass 1830",
    buttons=(Button("Pass on", "handoff", ()),),
)
def pass_on(ctx: Ctx, args: OfIncident) -> Done:
    """Ask whoever takes over your shift to take an incident too."""
    incident = open_one(ctx, args.incident, "pass on")
    handoff = _mine(ctx)
    to = handoff.relief.coming[0] if handoff is not None and handoff.relief.coming else None
    if handoff is None or to is None:
        raise Conflict(f"Nobody takes over from you now. Assign it: assign {incident.id} …")
    _save(ctx, replace(handoff, decided={**handoff.decided, incident.id: PASS}))
    done: Done = assign(ctx, Assign(incident.id, to, f"At the handoff of {handoff.schedule}."))
    return done


@query(
    "handoff-open",
    group="oncall",
    permission=READ,
    args=OfHandoff,
    about="handoff",
    listed=False,
    buttons=(Button("Open incidents", "handoff", ()),),
)
async def open_incidents(view: View, args: OfHandoff) -> Listing:
    """The open incidents that a handoff is about."""

    def read(tx: Tx) -> Listing:
        handoff = handoffs.get(tx, args.handoff)
        if handoff is None:
            raise NotFound("There is no such handoff.")
        return Listing(tuple(open_of(tx, handoff)))

    return await view.read(read)


def open_of(tx: Tx, handoff: Handoff) -> list[Incident]:
    """The open incidents of the teams of a handoff, and those that who leaves has; the worst
    first."""
    found: dict[int, Incident] = {}
    if handoff.teams:
        wanted = incidents.Wanted(OPEN, teams=handoff.teams)
        found.update((i.id, i) for i in incidents.page(tx, wanted, MOST))
    for person in handoff.relief.leaving:
        found.update((i.id, i) for i in held_by(tx, person))
    return sorted(found.values(), key=lambda i: (i.severity.rank, -i.id))


def held_by(tx: Tx, person: str) -> list[Incident]:
    """The open incidents that somebody has, or was asked to take."""
    return incidents.page(tx, incidents.Wanted(OPEN, holder=person), MOST)


# ---- which handoff -------------------------------------------------------------------------------


def _save(ctx: Ctx, handoff: Handoff) -> None:
    handoffs.save(ctx.tx, handoff)
    notices.stale(ctx, f"handoff:{handoff.id}")
    notices.stale(ctx, f"leaving:{handoff.id}")


def _handoff(ctx: Ctx, number: int) -> Handoff:
    """The handoff of that number, else the actor's own that is nearest."""
    if number:
        found = handoffs.get(ctx.tx, number)
        if found is None or found.state == OFF:
            raise Conflict("That handoff is not happening: the schedule was changed.")
        return found
    mine = _mine(ctx) or _next(ctx)
    if mine is None:
        raise Conflict("You hand over to nobody in the next day.")
    return mine


def _mine(ctx: Ctx) -> Handoff | None:
    """The handoff in which the actor leaves: the next one that is known, else one just over."""
    found = [
        each
        for each in handoffs.recent(ctx.tx, ctx.now - LATE)
        if ctx.actor.id in each.relief.leaving
    ]
    coming = [each for each in found if each.at > ctx.now]
    return min(coming, key=lambda each: each.at) if coming else next(iter(found), None)


def _next(ctx: Ctx) -> Handoff | None:
    """The actor's next handoff within a day, of which nobody was asked yet."""
    found: list[tuple[Instant, str, Relief]] = []
    for name, schedule in ctx.definitions.schedules.items():
        people = ctx.definitions.people
        for relief in outlook(schedule, (), people, ctx.now, ctx.now + DAY).reliefs:
            if ctx.actor.id in relief.leaving:
                found.append((relief.at, name, relief))
                break
    if not found:
        return None
    _, name, relief = min(found, key=lambda one: one[:2])
    teams = notices.teams_of(ctx.definitions, name)
    return handoffs.open_(ctx.tx, name, relief, teams)


def _zone(ctx: Ctx) -> str:
    person = ctx.definitions.people.get(ctx.actor.id)
    return person.zone if person else "UTC"
