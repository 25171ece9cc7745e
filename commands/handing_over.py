"""What is said at a handoff: a word for whoever takes over, what is kept and what is passed on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import notices
from commands.about import ACT, incident_arg, open_one
from commands.asking import Assign, assign
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.handoffs import open_of
from commands.oncall import READ
from commands.registry import Button, arg, command, query
from commands.rota.ground import zone_of
from commands.rules.oncall import at_instant
from commands.rules.oncall.reliefs import outlook
from commands.words import local
from store import handoffs
from store.db import Tx
from store.model import DAY, HOUR, Instant, Listing
from store.model.handoff import DONE, KEEP, OFF, PASS, Handoff, Relief

LATE = 12 * HOUR
"""So long after a shift somebody may still say something of it."""

FAR = 35 * DAY
"""So far ahead a word may be left."""


@dataclass(frozen=True, slots=True)
class Words:
    """Arguments of ``handoff``."""

    text: str = arg("text", "What whoever takes over should know.", label="Note")


@command(
    "handoff",
    group="oncall",
    permission=ACT,
    args=Words,
    example="handoff db-5 disk swap is planned Tue 10:00",
    buttons=(Button("Handoff note…", "handoff", ()),),
)
def leave_word(ctx: Ctx, args: Words) -> Done:
    """Leave a word for whoever takes over your shift."""
    mine = _mine(ctx) or _next(ctx)
    if mine is None:
        raise Conflict("You are not on call now, or nobody takes over: there is nobody to tell.")
    return _noted(ctx, mine, args.text)


@dataclass(frozen=True, slots=True)
class Note:
    """Arguments of ``handoff-note``."""

    handoff: int = arg("noun", "The number of the handoff.")
    text: str = arg("text", "What whoever takes over should know.", label="Note")


@command(
    "handoff-note",
    group="oncall",
    permission=ACT,
    args=Note,
    about="handoff",
    listed=False,
    example="handoff-note 12 db-5 disk swap is planned Tue 10:00",
    buttons=(Button("Write a note…", "handoff", ()),),
)
def note(ctx: Ctx, args: Note) -> Done:
    """Write what whoever takes over should know."""
    return _noted(ctx, _handoff(ctx, args.handoff), args.text)


def _noted(ctx: Ctx, handoff: Handoff, said: str) -> Done:
    text = " ".join(said.split())
    if not text:
        raise Invalid("There are no words in it.", "text")
    _save(ctx, replace(handoff, notes={**handoff.notes, ctx.actor.id: text[:1000]}))
    who = " and ".join(ctx.name_of(p) for p in handoff.relief.coming) or "Whoever comes next"
    if handoff.state == DONE:
        return _done(ctx, f"{who} can read it on the card of the handoff.")
    at = local(handoff.at, zone_of(ctx), ctx.now)
    return _done(ctx, f"{who} will read it at the handoff, {at}.")


def _done(ctx: Ctx, said: str) -> Done:
    """The answer: told where no card was pressed that shows it."""
    return Done(said, aloud=ctx.rev is None)


@dataclass(frozen=True, slots=True)
class OfHandoff:
    """Arguments of what is said of a handoff alone."""

    handoff: int = arg("noun", "The number of the handoff.")


@command(
    "no-handoff-note",
    group="oncall",
    permission=ACT,
    args=OfHandoff,
    about="handoff",
    listed=False,
    example="no-handoff-note 12",
    buttons=(Button("Nothing", "handoff", ()),),
)
def nothing(ctx: Ctx, args: OfHandoff) -> Done:
    """Say that there is nothing to know at your handoff."""
    handoff = _handoff(ctx, args.handoff)
    silent = tuple(dict.fromkeys((*handoff.silent, ctx.actor.id)))
    _save(ctx, replace(handoff, silent=silent))
    return _done(ctx, "Noted: nothing to know.")


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
    return _done(ctx, f"You keep #{incident.id}.")


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
    return replace(done, aloud=ctx.rev is None)


@query(
    "handoff-open",
    group="oncall",
    permission=READ,
    args=OfHandoff,
    about="handoff",
    listed=False,
    example="handoff-open 12",
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


# ---- which handoff -------------------------------------------------------------------------------


def _save(ctx: Ctx, handoff: Handoff) -> None:
    handoffs.save(ctx.tx, handoff)
    notices.stale(ctx, f"handoff:{handoff.id}")
    notices.stale(ctx, f"leaving:{handoff.id}")


def _handoff(ctx: Ctx, number: int) -> Handoff:
    found = handoffs.get(ctx.tx, number)
    if found is None or found.state == OFF:
        raise Conflict("That handoff is not happening: the schedule was changed.")
    return found


def _mine(ctx: Ctx) -> Handoff | None:
    """The handoff in which the actor leaves: the next one that is known, else one just over."""
    found = [
        each
        for each in handoffs.recent(ctx.tx, ctx.now - LATE)
        if ctx.actor.id in each.relief.leaving and each.at <= ctx.now + DAY
    ]
    coming = [each for each in found if each.at > ctx.now]
    return min(coming, key=lambda each: each.at) if coming else next(iter(found), None)


def _next(ctx: Ctx) -> Handoff | None:
    """The actor's next handoff, however far, of which nobody was asked yet."""
    found: list[tuple[Instant, str, Relief]] = []
    for name, schedule in ctx.definitions.schedules.items():
        if ctx.actor.id not in at_instant(schedule, ctx.now).people:
            continue
        people = ctx.definitions.people
        for relief in outlook(schedule, (), people, ctx.now, ctx.now + FAR).reliefs:
            if ctx.actor.id in relief.leaving:
                found.append((relief.at, name, relief))
                break
    if not found:
        return None
    _, name, relief = min(found, key=lambda one: one[:2])
    teams = notices.teams_of(ctx.definitions, name)
    return handoffs.open_(ctx.tx, name, relief, teams)
