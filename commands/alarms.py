"""Timers that belong to no incident: what is done when one of a kind is due."""

from __future__ import annotations

from collections.abc import Callable

from commands.context import Ctx
from store import timers
from store.model import Instant, Severity, Timer

Alarm = Callable[[Ctx, Timer], None]

ALARMS: dict[str, Alarm] = {}


def alarm(kind: str) -> Callable[[Alarm], Alarm]:
    """Declare what is done when a timer of that kind is due."""

    def keep(run: Alarm) -> Alarm:
        ALARMS[kind] = run
        return run

    return keep


def wake_me(ctx: Ctx, kind: str, at: Instant, **detail: object) -> None:
    """Set such a timer; it is as urgent as news."""
    timers.add(ctx.tx, ctx.now, kind, None, 0, at, Severity.INFO.rank, detail)


def ring(ctx: Ctx, timer: Timer) -> None:
    """Do what a due timer was set for."""
    run = ALARMS.get(timer.kind)
    if run is not None:
        run(ctx, timer)
