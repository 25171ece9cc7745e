"""Not now: snooze an incident, silence its alerts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import inhibit, lifecycle, paging, write_back
from commands.about import ACT, done, incident_arg, open_one
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.inventory import topology
from commands.registry import Button, arg, command
from commands.rules.when import BadTime, read_when
from commands.words import count
from integrations.base import Did
from store import alerts, hot, silences, timers
from store.model import DAY, Incident, Instant
from store.model.silence import Silence

UNTIL = (
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("morning", "09:00 in the morning"),
    ("monday", "Monday 09:00"),
)
FOR_HOW_LONG = "For how long or until when: 2h, morning, mon 09:00."


@dataclass(frozen=True, slots=True)
class Until:
    """Arguments of ``snooze``."""

    incident: int = incident_arg()
    until: str = arg("when", FOR_HOW_LONG, choices=UNTIL)
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


def silent_until(ctx: Ctx, text: str) -> Instant:
    """The same, of a silence: there is a longest one."""
    return not_too_long(ctx, until(ctx, text))


def not_too_long(ctx: Ctx, at: Instant) -> Instant:
    """The end of a silence; Invalid where that is too far away."""
    longest = ctx.rules.longest_silence
    if at > ctx.now + longest:
        raise Invalid(f"A silence lasts {count(longest // DAY, 'day')} at most.", "until")
    return at


@command(
    "snooze",
    group="incident",
    permission=ACT,
    args=Until,
    example="snooze 1833 until monday 9",
    buttons=(Button("Snooze…", "more", ()),),
)
def snooze(ctx: Ctx, args: Until) -> Done:
    """Stop asking until then; it wakes earlier if it gets worse."""
    incident = open_one(ctx, args.incident, "snooze")
    return sleep(ctx, incident, until(ctx, args.until), args.text)


def sleep(ctx: Ctx, incident: Incident, at: Instant, text: str) -> Done:
    """An incident sleeps until an instant."""
    stopped = hushed(ctx, incident, f"{ctx.actor.name} snoozed it")
    asleep = replace(stopped, snoozed_until=at)
    timers.add(
        ctx.tx, ctx.now, timers.UNSNOOZE, asleep.id, asleep.generation, at, asleep.severity.rank
    )
    say = f"{ctx.actor.name} snoozed it. {text}".strip()
    ctx.tell(incident.id, "snooze", say, "", {"until": at})
    changed = replace(asleep, next=lifecycle.waits(asleep))
    ctx.save(changed)
    return done(changed, f"#{incident.id} is snoozed.")


def silence_it(ctx: Ctx, incident: Incident, at: Instant, text: str) -> Done:
    """The alerts of one incident page nobody until an instant."""
    quiet = silence_keys(ctx, hushed(ctx, incident, f"{ctx.actor.name} silenced it"), at, text)
    changed = replace(quiet, next=lifecycle.waits(quiet))
    ctx.save(changed, closes_group=True)  # alerts of other keys are not silenced: they page
    return done(changed, f"The alerts of #{incident.id} are silenced.")


def hushed(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """Nobody is asked, nobody is waited for; the status stays. What it held is on its own."""
    stopped = paging.stop(ctx, incident, why)
    if topology.on(ctx):
        inhibit.let_go(ctx, incident.id)
    return replace(stopped, assignee=None, snoozed_until=None, updated_at=ctx.now)


def silence_keys(ctx: Ctx, incident: Incident, at: Instant, reason: str) -> Incident:
    """Silence the keys of an incident's alerts until an instant."""
    keys = alerts.keys_of(ctx.tx, incident.id)
    number = silences.number(ctx.tx)
    made = Silence(number, "", at, ctx.now, by=ctx.actor.id, text=reason, of=incident.id)
    silences.add(ctx.tx, made, keys)
    until = hot.silenced(ctx.tx, keys, ctx.now)
    ctx.tx.after.append(lambda: ctx.draft.remember_silence(keys, until))
    timers.add(
        ctx.tx, ctx.now, timers.UNSILENCE, incident.id, incident.generation, at,
        incident.severity.rank,
    )  # fmt: skip
    say = f"{ctx.actor.name} silenced {count(len(keys), 'alert')}. {reason}".strip()
    ctx.tell(incident.id, "silence", say, "", {"until": at, "text": reason, "silence": number})
    write_back.ask(ctx, incident, Did.SILENCED, say, until=at)
    longer = at >= (incident.silenced_until or 0)
    ends = max(at, incident.silenced_until or 0)
    return replace(incident, silenced_until=ends, hush=None if longer else incident.hush)
