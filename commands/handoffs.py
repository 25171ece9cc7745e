"""Handoffs as they come: who leaves is asked for a word, the channel is told who came, and what was
to come and will not is called off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commands import notices
from commands.context import Ctx
from commands.rules.oncall.balance import is_night
from commands.rules.oncall.duty import SCHEDULE
from store import access, handoffs, incidents
from store.db import Tx
from store.model import DAY, Definitions, Incident, IncidentStatus, Instant
from store.model.handoff import DONE, OFF, Handoff, Relief
from store.model.oncall import Schedule

WEEK = 7 * DAY
OPEN = (str(IncidentStatus.TRIGGERED), str(IncidentStatus.ACKNOWLEDGED))
MOST = 20


def ask(ctx: Ctx, schedule: Schedule, relief: Relief) -> None:
    """Ask those who leave, each alone, what whoever comes should know."""
    teams = notices.teams_of(ctx.definitions, schedule.name)
    handoff = handoffs.open_(ctx.tx, schedule.name, relief, teams)
    unasked = [person for person in relief.leaving if person not in handoff.asked]
    if not unasked:
        return
    handoffs.save(ctx.tx, replace(handoff, asked=(*handoff.asked, *unasked)))
    for person in unasked:
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
    """Handoffs that somebody was asked about and that will not be: the schedule was changed.
    ``times`` are those of the next day; a later one with a word is looked at when it is near."""
    left = set(times)
    for each in handoffs.coming(ctx.tx, schedule.name):
        if each.at not in left and each.at <= ctx.now + DAY:
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
