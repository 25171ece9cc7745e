"""The life of an incident as people move it: acknowledge, give back, resolve, reopen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import leases, lifecycle, write_back
from commands.about import (
    ACKNOWLEDGED,
    ACT,
    NEW,
    OVER,
    RESOLVED,
    TAKEN,
    TRIGGERED,
    One,
    done,
    fetch,
    incident_arg,
    open_one,
    winner,
)
from commands.context import Ctx, Done
from commands.errors import Conflict, Invalid
from commands.quiet import silence_keys
from commands.registry import Button, arg, command
from commands.words import surface_name
from integrations.base import Did
from store import alerts, runs
from store.model import DAY, HOUR, Incident

HOW = (
    ("when_clear", "When the last alert clears"),
    ("silence_1h", "Now, and silence its alerts for 1 h"),
    ("silence_4h", "Now, and silence its alerts for 4 h"),
    ("silence_1d", "Now, and silence its alerts for 1 day"),
    ("now", "Now, whatever still fires"),
)
_SILENCE = {"silence": HOUR, "silence_1h": HOUR, "silence_4h": 4 * HOUR, "silence_1d": DAY}


@dataclass(frozen=True, slots=True)
class Ack:
    """Arguments of ``ack``."""

    incident: int = incident_arg()
    take: bool = arg("flag", "Take it over from who has it.", default=False)


@command(
    "ack",
    group="incident",
    permission=ACT,
    args=Ack,
    example="ack 1842",
    buttons=(Button("Acknowledge", "ack", (NEW,)),),
)
def ack(ctx: Ctx, args: Ack) -> Done:
    """Take the incident: you have it, and every page stops."""
    incident = open_one(ctx, args.incident, "acknowledge")
    return take(ctx, incident, over=args.take)


@command(
    "take-over",
    group="incident",
    permission=ACT,
    args=One,
    example="take-over 1842",
    listed=False,
    buttons=(Button("Take over", "late", (TAKEN,), asks=True),),
)
def take_over(ctx: Ctx, args: One) -> Done:
    """You have it from then on, instead of who has it now."""
    return take(ctx, open_one(ctx, args.incident, "take over"), over=True)


def take(ctx: Ctx, incident: Incident, *, over: bool) -> Done:
    """The actor takes an open incident; ``over`` says: also from somebody who has it."""
    me = ctx.actor.id
    if incident.status is ACKNOWLEDGED and incident.holder == me:
        if runs.asks(ctx.tx, incident.id, me):
            incident = lifecycle.confirm(ctx, incident, f"{ctx.actor.name} still has it.")
        elif incident.assignee is None and (renewed := leases.renewed(ctx, incident)):
            ctx.tell(incident.id, "ack", f"{ctx.actor.name} still has it.")
            ctx.save(renewed)
            return done(renewed, f"You still have #{incident.id}.")
        return done(incident, f"You have #{incident.id} already.")
    if incident.status is ACKNOWLEDGED and not over and runs.asks(ctx.tx, incident.id, me):
        changed = lifecycle.confirm(ctx, incident, f"{ctx.actor.name} answered too.")
        return done(changed, f"{ctx.name_of(incident.holder)} has it; your answer is on record.")
    if incident.status is ACKNOWLEDGED and not over and incident.assignee != me:
        say = f"{ctx.name_of(incident.holder)} already has #{incident.id}."
        raise Conflict(say, winner(ctx, incident))
    taken = f"Taken over from {ctx.name_of(incident.holder)}." if incident.holder else ""
    changed = lifecycle.acknowledge(ctx, incident, why=taken)
    return done(changed, f"You have #{incident.id}. Paging stopped.")


@dataclass(frozen=True, slots=True)
class Unack:
    """Arguments of ``unack``."""

    incident: int = incident_arg()
    text: str = arg("text", "Why, for those who are asked next.", default="")


@command(
    "unack",
    group="incident",
    permission=ACT,
    args=Unack,
    example="unack 1842 going offline",
    strict=True,
    buttons=(Button("Give back", "more", (TAKEN,), asks=True, order=0),),
)
def unack(ctx: Ctx, args: Unack) -> Done:
    """Give the incident back: paging resumes at the current step."""
    incident = open_one(ctx, args.incident, "give back")
    if incident.status is not ACKNOWLEDGED:
        say = f"Nobody has #{incident.id}: it is New already."
        raise Conflict(say, winner(ctx, incident))
    why = f"{ctx.actor.name} gave it back. {args.text}".strip()
    changed = lifecycle.back_to_paging(ctx, incident, why)
    if changed.silenced_until:
        return done(changed, f"Nobody has #{incident.id}, and a silence hides it.")
    return done(changed, f"#{incident.id} is back to paging.")


@dataclass(frozen=True, slots=True)
class Resolve:
    """Arguments of ``resolve``."""

    incident: int = incident_arg()
    how: str = arg(
        "choice",
        "What should happen while alerts still fire.",
        default="",
        choices=HOW,
        only_if="firing",
    )
    text: str = arg("text", "What it was and what fixed it.", default="", label="Summary")


@command(
    "resolve",
    group="incident",
    permission=ACT,
    args=Resolve,
    example="resolve 1842 cleaned old WAL",
    strict=True,
    buttons=(Button("Resolve…", "resolve", (NEW, TAKEN)),),
)
def resolve(ctx: Ctx, args: Resolve) -> Done:
    """Close it; while alerts still fire you choose what happens to them."""
    incident = open_one(ctx, args.incident, "resolve")
    firing = incident.alerts_firing
    if args.how and args.how not in dict(HOW) and args.how not in _SILENCE:
        ways = ", ".join(v for v, _ in HOW)
        raise Invalid(f"{args.how} is not a way to resolve: {ways}.", "how")
    if firing > 0 and not args.how:
        many = f"{firing} alerts of #{incident.id} still fire"
        say = f"1 alert of #{incident.id} still fires" if firing == 1 else many
        raise Conflict(f"{say}. Choose how to resolve.", None, tuple(v for v, _ in HOW))
    if firing > 0 and args.how == "when_clear":
        return _when_clear(ctx, incident, args.text)
    why = f"Resolved by {ctx.actor.name} from {surface_name(ctx.actor.surface)}."
    if firing > 0 and args.how in _SILENCE:
        incident = silence_keys(ctx, incident, ctx.now + _SILENCE[args.how], args.text)
        why += " Its alerts are silenced."
    elif firing > 0:
        incident = replace(incident, silenced_until=None)
        why += f" {firing} still fire{'s' if firing == 1 else ''}."
    changed = lifecycle.resolve(ctx, incident, by=ctx.actor.id, why=why, summary=args.text)
    return done(changed, f"#{incident.id} is resolved.")


def _when_clear(ctx: Ctx, incident: Incident, text: str) -> Done:
    if incident.status is TRIGGERED:
        incident = lifecycle.acknowledge(ctx, incident)
    clearing = replace(
        leases.worked(ctx, incident),
        resolve_when_clear=True,
        summary=text or incident.summary,
        updated_at=ctx.now,
    )
    changed = replace(clearing, next=lifecycle.waits(clearing))
    ctx.tell(incident.id, "resolve", f"{ctx.actor.name}: resolve when the last alert clears.", text)
    ctx.save(changed)
    return done(changed, f"#{incident.id} resolves when its last alert clears.")


@command(
    "reopen",
    group="incident",
    permission=ACT,
    args=One,
    example="reopen 1837",
    strict=True,
    buttons=(Button("Reopen…", "more", (OVER,), asks=True, order=0),),
)
def reopen(ctx: Ctx, args: One) -> Done:
    """Open a resolved incident again; its last holder is paged first."""
    incident = fetch(ctx, args.incident)
    if incident.status is not RESOLVED:
        raise Conflict(f"#{incident.id} is open.", winner(ctx, incident))
    if incident.merged_into:
        raise Conflict(f"#{incident.id} was merged into #{incident.merged_into}; work there.")
    if ctx.now - (incident.resolved_at or 0) > DAY:
        raise Conflict(
            f"#{incident.id} was resolved more than 24 h ago; what fires now opens a new one."
        )
    firing = alerts.firing(ctx.tx, incident.id)
    why = f"{ctx.actor.name} reopened it from {surface_name(ctx.actor.surface)}."
    changed = lifecycle.reopen(ctx, incident, why, firing=firing, first=incident.holder)
    write_back.ask(ctx, changed, Did.REOPENED, f"{ctx.actor.name} opened it again.")
    return done(changed, f"#{incident.id} is open again.")
