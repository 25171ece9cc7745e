"""Not now: snooze an incident, silence its alerts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import lifecycle, paging, write_back
from commands.about import ACT, NEW, TAKEN, done, incident_arg, open_one
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.registry import Button, arg, command
from commands.rules.when import BadTime, read_when
from integrations.base import Did
from store import alerts, timers, upkeep
from store.model import Incident, Instant

UNTIL = (
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("morning", "09:00 in the morning"),
    ("monday", "Monday 09:00"),
)


@dataclass(frozen=True, slots=True)
class Until:
    """Arguments of ``snooze`` and ``silence``."""

    incident: int = incident_arg()
    until: str = arg("when", "For how long or until when: 2h, morning, mon 09:00.", choices=UNTIL)
    text: str = arg("text", "Why.", default="")


def until(ctx: Ctx, text: str) -> Instant:
    """The instant a person means, in their own zone; Invalid says what to type instead."""
    person = ctx.definitions.people.get(ctx.actor.id)
    try:
        at = read_when(text, ctx.now, person.zone if person else "UTC")
    except BadTime as error:
        raise Invalid(str(error), "until") from None
    if at <= ctx.now:
        raise Invalid(f"{text} is in the past.", "until")
    return at


@command(
    "snooze",
    group="incident",
    permission=ACT,
    args=Until,
    example="snooze 1833 until monday 9",
    buttons=(Button("Snooze…", "more", (NEW, TAKEN), order=2),),
)
def snooze(ctx: Ctx, args: Until) -> Done:
    """Stop asking until then; it wakes earlier if it gets worse."""
    incident = open_one(ctx, args.incident, "snooze")
    at = until(ctx, args.until)
    stopped = _hushed(ctx, incident, f"{ctx.actor.name} snoozed it")
    asleep = replace(stopped, snoozed_until=at)
    timers.add(
        ctx.tx, ctx.now, timers.UNSNOOZE, asleep.id, asleep.generation, at, asleep.severity.rank
    )
    say = f"{ctx.actor.name} snoozed it. {args.text}".strip()
    ctx.tell(incident.id, "snooze", say, "", {"until": at})
    changed = replace(asleep, next=lifecycle.waits(asleep))
    ctx.save(changed)
    return done(changed, f"#{incident.id} sleeps.")


@command(
    "silence",
    group="incident",
    permission=ACT,
    args=Until,
    example="silence 1842 3h load test",
    buttons=(Button("Silence…", "more", (NEW, TAKEN), order=3),),
)
def silence(ctx: Ctx, args: Until) -> Done:
    """Silence this incident's alerts until then: they are counted and page nobody."""
    incident = open_one(ctx, args.incident, "silence")
    at = until(ctx, args.until)
    hushed = _hushed(ctx, incident, f"{ctx.actor.name} silenced it")
    quiet = silence_keys(ctx, hushed, at, args.text)
    changed = replace(quiet, next=lifecycle.waits(quiet))
    ctx.save(changed, closes_group=True)  # alerts of other keys are not silenced: they page
    return done(changed, f"The alerts of #{incident.id} are silenced.")


def _hushed(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """Nobody is asked, nobody is waited for; the status stays."""
    stopped = paging.stop(ctx, incident, why)
    return replace(stopped, assignee=None, snoozed_until=None, updated_at=ctx.now)


def silence_keys(ctx: Ctx, incident: Incident, at: Instant, reason: str) -> Incident:
    """Silence the keys of an incident's alerts until an instant."""
    keys = alerts.keys_of(ctx.tx, incident.id)
    upkeep.silence(ctx.tx, ctx.now, incident.id, keys, at, ctx.actor.id, reason)
    ctx.tx.after.append(lambda: ctx.draft.remember_silence(keys, at))
    timers.add(
        ctx.tx, ctx.now, timers.UNSILENCE, incident.id, incident.generation, at,
        incident.severity.rank,
    )  # fmt: skip
    n = len(keys)
    say = f"{ctx.actor.name} silenced {n} alert{'s' if n != 1 else ''}. {reason}".strip()
    ctx.tell(incident.id, "silence", say, "", {"until": at})
    write_back.ask(ctx, incident, Did.SILENCED, say, until=at)
    return replace(incident, silenced_until=max(at, incident.silenced_until or 0))
