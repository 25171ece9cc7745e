"""Who does what in a war room: lead, communications and scribe are taken and given."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import notices, rooms
from commands.about import ACT, One, done, find_person, incident_arg, open_one
from commands.context import Ctx, Done, Offer
from commands.errors import Conflict, Invalid
from commands.registry import Button, arg, command
from commands.words import bare_clock
from store import rooms as records
from store.model import Incident
from store.model.room import COMMS, LEAD, ROLES, SCRIBE, Role, WarRoom

CARD = "role"
"""The word to who was given a role: ``role:<incident>:<role>``."""
CHOICES = ((LEAD, "Lead"), (COMMS, "Communications"), (SCRIBE, "Scribe"))
_ALSO = {
    "commander": LEAD, "ic": LEAD, "leader": LEAD, "communications": COMMS,
    "communication": COMMS, "com": COMMS, "secretary": SCRIBE,
}  # fmt: skip
NOBODY = "nobody"

INSTRUCTIONS = {
    LEAD: (
        "Say who does what, one thing at a time, and keep the next step clear.",
        "You decide; others do. Ask for people with invite, for more with escalate.",
    ),
    COMMS: (
        "Write the updates for those who wait: what people notice, what is done, what comes next.",
        "Keep questions from outside away from the lead.",
    ),
    SCRIBE: (
        "Keep the record: what was decided, tried and seen, and when.",
        "A note puts a line on the timeline: note archive target was full.",
    ),
}


@dataclass(frozen=True, slots=True)
class RoleArgs:
    """Arguments of ``role``."""

    incident: int = incident_arg()
    role: str = arg("choice", "Which: lead, comms or scribe.", choices=CHOICES)
    nobody: bool = arg("flag", "Nobody has it from now on.", default=False)
    who: str = arg("person", "Whom: @mei; you if left out.", default="")


@command(
    "role", group="room", permission=ACT, args=RoleArgs, example="role 1842 comms @mei",
    buttons=(Button("Give a role…", "room", ()),),
)  # fmt: skip
def role(ctx: Ctx, args: RoleArgs) -> Done:
    """Take or give a role: lead, comms (communications) or scribe."""
    wanted = _ALSO.get(args.role.casefold(), args.role.casefold())
    if wanted not in ROLES:
        raise Invalid(f"{args.role} is not a role: {', '.join(ROLES)}.", "role")
    incident = open_one(ctx, args.incident, "lead")
    if args.nobody or args.who.casefold() == NOBODY:
        return _free(ctx, incident, wanted)
    name = args.who.removeprefix("@")
    handle = ctx.actor.id if name in ("", "me") else find_person(ctx, name).handle
    return give(ctx, incident, wanted, handle)


def _take(ctx: Ctx, args: One, wanted: str) -> Done:
    """The button: a role that nobody has; who was first has it."""
    incident = open_one(ctx, args.incident, "lead")
    held = rooms.war_room(ctx, incident).who(wanted)
    if held and held != ctx.actor.id:
        other = wanted if wanted != LEAD else "lead"
        say = f"{ctx.name_of(held)} is {_title(wanted)} of #{incident.id} already."
        raise Conflict(f"{say} To take it over: role {incident.id} {other}")
    return give(ctx, incident, wanted, ctx.actor.id)


@command(
    "take-lead", group="room", permission=ACT, args=One, listed=False, example="take-lead 1842"
)
def take_lead(ctx: Ctx, args: One) -> Done:
    """Lead the incident: you say who does what."""
    return _take(ctx, args, LEAD)


@command(
    "take-comms", group="room", permission=ACT, args=One, listed=False, example="take-comms 1842",
    buttons=(Button("Take comms", "room", ()),),
)  # fmt: skip
def take_comms(ctx: Ctx, args: One) -> Done:
    """Write the updates for those who wait."""
    return _take(ctx, args, COMMS)


@command(
    "take-scribe", group="room", permission=ACT, args=One, listed=False, example="take-scribe 1842",
    buttons=(Button("Take scribe", "room", ()),),
)  # fmt: skip
def take_scribe(ctx: Ctx, args: One) -> Done:
    """Keep the record of what is decided and done."""
    return _take(ctx, args, SCRIBE)


def give(ctx: Ctx, incident: Incident, wanted: str, handle: str) -> Done:
    """A person has a role from now on; they learn in private what it asks of them."""
    if handle not in ctx.definitions.people:
        raise Conflict("Only people can have a role.")
    war = rooms.war_room(ctx, incident)
    before, name = war.who(wanted), ctx.name_of(handle)
    mine = handle == ctx.actor.id
    if before == handle:
        say = f"You are {_title(wanted)} of #{incident.id} already." if mine else (
            f"{name} is {_title(wanted)} of #{incident.id} already."
        )  # fmt: skip
        return replace(done(incident, say), aloud=True)
    roles = {**war.roles, wanted: Role(handle, ctx.now)}
    war = records.keep(ctx.tx, replace(war, roles=roles))
    rooms.invite(ctx, incident, (handle,), ctx.actor.id)
    by = "" if mine else f", says {ctx.actor.name}"
    why = f"Before: {ctx.name_of(before)}." if before else ""
    ctx.tell(incident.id, "role", f"{name} is {_title(wanted)} now{by}.", why, {"role": wanted})
    notices.stale(ctx, rooms.about(incident.id))
    ctx.changed(incident.id, incident.rev)
    if not mine:
        notices.tell(ctx, f"{CARD}:{incident.id}:{wanted}", handle, incident=incident.id)
        say = f"{name} is {_title(wanted)} of #{incident.id}."
        return replace(done(incident, say), aloud=True)
    lines = [f"You are {_title(wanted)} of #{incident.id}.", *instructions(ctx, war, wanted)]
    answer = replace(done(incident, "\n".join(lines)), aloud=True)
    return replace(answer, offers=offers(incident, wanted))


def _free(ctx: Ctx, incident: Incident, wanted: str) -> Done:
    war = rooms.war_room(ctx, incident)
    before = war.who(wanted)
    if not before:
        raise Conflict(f"Nobody is {_title(wanted)} of #{incident.id}.")
    roles = {name: held for name, held in war.roles.items() if name != wanted}
    records.keep(ctx.tx, replace(war, roles=roles))
    say = f"Nobody is {_title(wanted)} any more; it was {ctx.name_of(before)}."
    ctx.tell(incident.id, "role", say, "", {"role": wanted})
    notices.stale(ctx, rooms.about(incident.id))
    ctx.changed(incident.id, incident.rev)
    return done(incident, say)


def _title(wanted: str) -> str:
    """``lead``, ``communications``, ``scribe``, in a sentence."""
    return rooms.TITLES[wanted].casefold()


def instructions(ctx: Ctx, war: WarRoom, wanted: str) -> tuple[str, ...]:
    """What a role asks of whoever has it, in private."""
    lines: tuple[str, ...] = INSTRUCTIONS[wanted]
    if wanted == COMMS and war.next_update is not None:
        person = ctx.definitions.people.get(war.who(wanted))
        at = bare_clock(war.next_update, person.zone if person else "UTC")
        lines = (f"The next update is due at {at}.", *lines)
    return lines


def offers(incident: Incident, wanted: str) -> tuple[Offer, ...]:
    """What whoever has a role does next."""
    if wanted == SCRIBE:
        return (Offer("Note…", f"cmd:note:{incident.id}:{incident.rev}"),)
    return (Offer("Write update…", f"cmd:update:{incident.id}:{incident.rev}"),)
