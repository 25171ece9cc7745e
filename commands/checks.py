"""Checks that are heard by their heartbeat: made, listed, paused, removed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from commands import heartbeats as heard
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.oncall import READ, zone_of
from commands.registry import arg, command, query
from commands.rules import cron
from commands.rules.when import length_of
from commands.told import Told
from commands.words import duration, local, zone
from store import access, heartbeats
from store.clock import iso
from store.heartbeats import DOWN, NEW, PAUSED, UP, Heartbeat, Plan
from store.model import DAY, MINUTE, Severity

WRITE = "config.write"
MOST = 1_000
LONGEST = 366 * DAY
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SEVERITIES = tuple((str(s), str(s).capitalize()) for s in Severity)
_HOW = {NEW: "waits for its first signal", UP: "well", DOWN: "DOWN", PAUSED: "paused"}


@dataclass(frozen=True, slots=True)
class Add:
    """Arguments of ``heartbeat-add``."""

    name: str = arg("word", "The check's name, such as backup.")
    every: str = arg("named", "How often it runs: 5m, 1h, 1d.", default="")
    grace: str = arg("named", "How late it may be, and how long a run may take.", default="1h")
    team: str = arg("named", "Who is asked when it is silent.", default="")
    severity: str = arg("named", "error if left out.", choices=_SEVERITIES, default="error")
    zone: str = arg("named", "The zone of its cron line; yours if left out.", default="")
    cron: str = arg("text", "A cron line instead of every: 30 2 * * mon-fri.", default="")


@dataclass(frozen=True, slots=True)
class Named:
    """Arguments of ``heartbeat-remove``."""

    name: str = arg("word", "The check's name.")


@dataclass(frozen=True, slots=True)
class Pause:
    """Arguments of ``heartbeat-pause``."""

    name: str = arg("word", "The check's name.")
    resume: bool = arg("flag", "Go on instead.", default=False)


@dataclass(frozen=True, slots=True)
class All:
    """``heartbeat-list`` needs nothing."""


@command(
    "heartbeat-add", group="ops", permission=WRITE, args=Add,
    example="heartbeat-add backup every 1d grace 1h team db",
)  # fmt: skip
def add(ctx: Ctx, args: Add) -> Done:
    """An address that a job opens each time it ran; when it does not, its team is asked."""
    if not _NAME.fullmatch(args.name):
        raise Invalid("A name is letters, digits, dots, dashes: backup, db.nightly.", "name")
    if heartbeats.named(ctx.tx, args.name) is not None:
        raise Conflict(f"There is a heartbeat {args.name}. To begin anew, remove it first.")
    if len(heartbeats.every(ctx.tx)) >= MOST:
        raise Conflict(f"There are {MOST} heartbeats already.")
    plan = _plan(ctx, args)
    try:
        access.source(ctx.tx, ctx.now, heard.SOURCE, heard.SOURCE)
    except ValueError:
        say = f"There is an intake source {heard.SOURCE} of another kind: rename that first."
        raise Conflict(say) from None
    secret = access.new_secret("pvb")
    heartbeats.add(ctx.tx, ctx.now, args.name, secret, plan)
    say = (
        f"Heartbeat {args.name} waits for its first signal. Open this address when it ran, with "
        "/start before and /fail or /<exit code> after it where you like. It is shown once."
    )
    return Done(say, aloud=True, secret=f"{ctx.rules.url}/beat/{secret}")


def _plan(ctx: Ctx, args: Add) -> Plan:
    line = args.cron.strip().removeprefix("cron ").strip().strip("\"'")
    if bool(line) == bool(args.every):
        raise Invalid("Say how often it runs: every 1d, or a cron line.", "every")
    if args.severity not in list(Severity):
        raise Invalid(f"{args.severity} is not a severity: {', '.join(Severity)}.", "severity")
    if args.team and args.team not in ctx.definitions.teams:
        known = ", ".join(sorted(ctx.definitions.teams)) or "none yet"
        raise Invalid(f"There is no team {args.team}. Teams: {known}.", "team")
    person = ctx.definitions.people.get(ctx.actor.id)
    named = args.zone or (person.zone if person else "UTC")
    if zone(named) is None:
        raise Invalid(f"{named} is no time zone like Europe/Berlin.", "zone")
    if line:
        try:
            cron.read(line)
        except cron.BadCron as error:
            raise Invalid(str(error), "cron") from None
    every = _length(args.every, "every") if args.every else 0
    grace = _length(args.grace, "grace")
    return Plan(every, line, named, grace, args.team, args.severity, ctx.actor.id)


def _length(text: str, name: str) -> int:
    found = length_of(text.casefold())
    if found is None or not MINUTE <= found <= LONGEST:
        raise Invalid(f"{text} is no length from 1m to 52w. Try: 15m, 1h, 1d.", name)
    return found


@command(
    "heartbeat-remove", group="ops", permission=WRITE, args=Named,
    example="heartbeat-remove backup",
)  # fmt: skip
def remove(ctx: Ctx, args: Named) -> Done:
    """The check is forgotten, its address answers no more."""
    beat = _there(ctx, args.name)
    heard.over(ctx, beat, f"{ctx.actor.name} removed it.")
    heartbeats.remove(ctx.tx, beat)
    return Done(f"Heartbeat {beat.name} is gone.", aloud=True)


@command(
    "heartbeat-pause", group="ops", permission=WRITE, args=Pause, example="heartbeat-pause backup",
)  # fmt: skip
def pause(ctx: Ctx, args: Pause) -> Done:
    """Nobody waits for the check until it is resumed; then its next signal arms it."""
    beat = _there(ctx, args.name)
    if args.resume:
        if beat.state != PAUSED:
            raise Conflict(f"Heartbeat {beat.name} is not paused.")
        heartbeats.save(ctx.tx, replace(beat, state=NEW, started_at=None))
        return Done(f"Heartbeat {beat.name} waits for its next signal.", aloud=True)
    heard.over(ctx, beat, f"{ctx.actor.name} paused it.")
    heartbeats.save(ctx.tx, replace(beat, state=PAUSED, due_at=None, started_at=None))
    again = f"heartbeat-pause {beat.name} resume"
    return Done(f"Heartbeat {beat.name} is paused. To go on: {again}", aloud=True)


def _there(ctx: Ctx, name: str) -> Heartbeat:
    found = heartbeats.named(ctx.tx, name)
    if found is None:
        known = ", ".join(b.name for b in heartbeats.every(ctx.tx)[:20]) or "none yet"
        raise NotFound(f"There is no heartbeat {name}. There are: {known}.")
    return found


@query("heartbeat-list", group="ops", permission=READ, args=All, example="heartbeat-list")
async def listed(view: View, args: All) -> Told:
    """Every heartbeat: how it is, when it was heard, when it is waited for."""
    found = await view.read(heartbeats.every)
    shown = zone_of(view)
    lines = [_line(beat, view.now, shown) for beat in found]
    if not lines:
        lines = ["No heartbeat yet. Try: heartbeat-add backup every 1d grace 1h"]
    return Told(tuple(lines), {"heartbeats": [_facts(beat) for beat in found]})


def _line(beat: Heartbeat, now: int, shown: str) -> str:
    parts = [f"{beat.name}: {_HOW[beat.state]}"]
    if beat.pinged_at is not None:
        parts.append(f"heard {duration(now - beat.pinged_at)} ago")
    if beat.started_at is not None:
        parts.append(f"runs for {duration(now - beat.started_at)}")
    elif beat.took is not None:
        parts.append(f"took {duration(beat.took)}")
    if beat.due_at is not None and beat.state != DOWN:
        parts.append(f"silent from {local(beat.due_at, shown, now)}")
    asks = f", asks {beat.plan.team}" if beat.plan.team else ""
    return f"{', '.join(parts)} ({heard.rhythm(beat)}{asks})"


def _facts(beat: Heartbeat) -> dict[str, Any]:
    def at(instant: int | None) -> str | None:
        return iso(instant) if instant is not None else None

    plan = beat.plan
    return {
        "name": beat.name, "state": beat.state, "pings": beat.pings,
        "pinged_at": at(beat.pinged_at), "started_at": at(beat.started_at),
        "due_at": at(beat.due_at), "took_seconds": None if beat.took is None else beat.took / 1000,
        "every_seconds": plan.every // 1000 or None, "cron": plan.cron or None,
        "zone": plan.zone, "grace_seconds": plan.grace // 1000, "team": plan.team or None,
        "severity": plan.severity,
    }  # fmt: skip
