"""Heartbeats: a check says that it ran; when it is silent or failed, that is an alert.

The first signal arms it. From then on it may be silent for its period, or until its cron line comes
next, and for the grace beside it; a run that said that it began has the grace to end. Time in which
PixelView itself did not run is nobody's silence: whatever was in time before has as much longer.
"""

from __future__ import annotations

from dataclasses import replace

from commands.alarms import alarm
from commands.context import Ctx
from commands.intake import Arrived, Intake
from commands.notices import channels_of
from commands.rules import cron, routing
from commands.words import duration
from store import access, heartbeats, upkeep
from store.heartbeats import DOWN, NEW, PAUSED, UP, Heartbeat
from store.model import (
    MINUTE,
    AlertReading,
    AlertStatus,
    AlertType,
    Instant,
    Route,
    Severity,
    Timer,
)

SOURCE = "heartbeat"
START, FAIL = "start", "fail"
_ALIVE = "alive at"
_STOPPED = 2 * MINUTE
"""A timer that comes so late says that nothing ran here."""


def key_of(name: str) -> str:
    """Under which key a check's alert stands."""
    return f"heartbeat:{name}"


# ---- what a check says -------------------------------------------------------------------------


def ping(ctx: Ctx, beat_id: int, signal: str) -> bool:
    """A check says that it began (``start``), failed (``fail``) or ended with an exit code (``0``
    and "" are well); False where there is no such check."""
    beat = heartbeats.get(ctx.tx, beat_id)
    if beat is None:
        return False
    heard = replace(beat, pinged_at=ctx.now, pings=beat.pings + 1)
    if signal == START:
        heard = replace(heard, started_at=ctx.now)
    else:
        took = None if beat.started_at is None else ctx.now - beat.started_at
        heard = replace(heard, started_at=None, took=took)
    if beat.state == PAUSED:
        heartbeats.save(ctx.tx, heard)
    elif signal == START:
        _started(ctx, heard)
    elif signal in ("", "0"):
        _well(ctx, heard)
    else:
        _failed(ctx, heard, signal)
    return True


def _started(ctx: Ctx, beat: Heartbeat) -> None:
    ends = ctx.now + beat.plan.grace
    due = ends if beat.due_at is None else min(ends, beat.due_at)
    state = UP if beat.state == NEW else beat.state
    heartbeats.save(ctx.tx, replace(beat, state=state, due_at=due))


def _well(ctx: Ctx, beat: Heartbeat) -> None:
    heartbeats.save(ctx.tx, replace(beat, state=UP, due_at=due_after(beat, ctx.now)))
    if beat.state == DOWN:
        took = f" It took {duration(beat.took)}." if beat.took is not None else ""
        _hear(ctx, beat, AlertStatus.RESOLVED, f"{beat.name} was heard again", f"It ran.{took}")


def _failed(ctx: Ctx, beat: Heartbeat, signal: str) -> None:
    heartbeats.save(ctx.tx, replace(beat, state=DOWN, due_at=due_after(beat, ctx.now)))
    how = "It said that it failed." if signal == FAIL else f"It ended with exit code {signal}."
    _hear(ctx, beat, AlertStatus.FIRING, f"{beat.name} failed", how, ctx.now)


def due_after(beat: Heartbeat, now: Instant) -> Instant | None:
    """Until when a check that was heard now may be silent."""
    plan = beat.plan
    if not plan.cron:
        return now + plan.every + plan.grace
    comes = cron.following(cron.read(plan.cron), now, plan.zone)
    return None if comes is None else comes + plan.grace


# ---- silence -----------------------------------------------------------------------------------


@alarm(heartbeats.TIMER)
def look(ctx: Ctx, timer: Timer) -> None:
    """A check may be silent: unless it was heard meanwhile, it is late."""
    if ctx.now - timer.due_at > _STOPPED:
        excuse(ctx)
    beat = heartbeats.get(ctx.tx, int(timer.detail["heartbeat"]))
    if beat is None or beat.due_at is None:
        return
    if beat.due_at > ctx.now:
        heartbeats.wake(ctx.tx, beat.id, beat.due_at)
        return
    heartbeats.save(ctx.tx, replace(beat, state=DOWN, due_at=None))
    title, how = _silence(beat, ctx.now)
    _hear(ctx, beat, AlertStatus.FIRING, title, how, beat.due_at)


def _silence(beat: Heartbeat, now: Instant) -> tuple[str, str]:
    if beat.started_at is not None:
        ran = duration(now - beat.started_at)
        return f"{beat.name} has not ended", f"It began {ran} ago and has not said that it ended."
    since = duration(now - (beat.pinged_at or now))
    return f"{beat.name} is silent", f"It was heard {since} ago. It is expected {rhythm(beat)}."


def rhythm(beat: Heartbeat) -> str:
    """``every 1 d, 1 h late at most``."""
    plan = beat.plan
    when = f"at {plan.cron} ({plan.zone})" if plan.cron else f"every {duration(plan.every)}"
    return f"{when}, {duration(plan.grace)} late at most"


def excuse(ctx: Ctx) -> None:
    """Time since PixelView last ran is nobody's silence."""
    last = upkeep.meta(ctx.tx, _ALIVE)
    if last is not None and ctx.now > int(last):
        heartbeats.put_off(ctx.tx, int(last), ctx.now - int(last))
    alive(ctx)


def alive(ctx: Ctx) -> None:
    """PixelView runs at this instant."""
    upkeep.set_meta(ctx.tx, _ALIVE, str(ctx.now))


def minute(ctx: Ctx) -> None:
    """Each minute: it runs; where it did not for a while, that is excused."""
    last = upkeep.meta(ctx.tx, _ALIVE)
    if last is not None and ctx.now - int(last) > _STOPPED + MINUTE:
        excuse(ctx)
    else:
        alive(ctx)


# ---- what becomes of it ------------------------------------------------------------------------


def over(ctx: Ctx, beat: Heartbeat, why: str) -> None:
    """Nobody waits for a check any more: its alert is over."""
    if beat.state == DOWN:
        _hear(ctx, beat, AlertStatus.RESOLVED, f"{beat.name} is not waited for", why)


def _hear(
    ctx: Ctx,
    beat: Heartbeat,
    status: AlertStatus,
    title: str,
    how: str,
    starts: Instant | None = None,
) -> None:
    """Its alert goes the way of all alerts; its team is asked."""
    plan = beat.plan
    reading = AlertReading(
        key=key_of(beat.name),
        status=status,
        severity=Severity(plan.severity),
        title=title,
        type=AlertType.HEARTBEAT,
        severity_raw=plan.severity,
        description=how,
        resource=beat.name,
        labels={"check": beat.name, **({"team": plan.team} if plan.team else {})},
        starts_at=starts,
        ends_at=ctx.now if status is AlertStatus.RESOLVED else None,
    )
    source = access.source(ctx.tx, ctx.now, SOURCE, SOURCE)
    known = ctx.definitions
    route = _route(ctx, reading, plan.team)
    if route is not None:
        known = replace(known, routes=(route,))
    Intake(replace(ctx, definitions=known)).run([Arrived(source, (reading,), ctx.now)])


def _route(ctx: Ctx, reading: AlertReading, team: str) -> Route | None:
    """The route of its team, where the routes as they are written would ask somebody else."""
    routes = ctx.definitions.routes
    if not team or routing.choose(routes, reading, SOURCE)[0].team == team:
        return None
    own = next((r for r in routes if r.team == team), None)
    if own is not None:
        return replace(own, match={})
    return Route(SOURCE, team=team, channels=channels_of(ctx.definitions, None))
