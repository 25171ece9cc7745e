"""Somebody else is asked to take a shift whose person may not answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import notices, preflight
from commands.context import Ctx, Done
from commands.errors import Conflict, NotFound
from commands.registry import Button, arg, command
from commands.rota import covering
from commands.rota.ground import ACT
from commands.rules.oncall import at_instant
from store import handoffs
from store.model import DAY
from store.model.cover import Cover
from store.model.handoff import Preflight

WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class OfShift:
    """Arguments of ``ask-standin``."""

    shift: int = arg("noun", "The number of the shift, from its card.")


@command(
    "ask-standin",
    group="oncall",
    permission=ACT,
    args=OfShift,
    about="preflight",
    listed=False,
    example="ask-standin 12",
    buttons=(Button("Ask for cover", "preflight", ()),),
)
def ask(ctx: Ctx, args: OfShift) -> Done:
    """Ask whoever could take a shift whose person may not answer."""
    shift = handoffs.preflight(ctx.tx, args.shift)
    if shift is None:
        raise NotFound("There is no such shift.")
    to = _able(ctx, shift)
    asked = (*shift.asked, to)
    request = Cover(
        0, shift.schedule, shift.person, shift.at, shift.until or shift.at + WEEK,
        covering.OPEN, reason=preflight.reason(ctx, shift), by=ctx.actor.id, to=to,
    )  # fmt: skip
    covering.new(ctx, request)
    other = preflight.standin(ctx, shift, but=asked)
    handoffs.save_preflight(ctx.tx, replace(shift, asked=asked, standin=other))
    for about in preflight.abouts(shift.id):
        notices.stale(ctx, about)
    return Done(f"{ctx.name_of(to)} is asked.")


def _able(ctx: Ctx, shift: Preflight) -> str:
    """Who is to be asked; Conflict where that makes no sense any more."""
    schedule = ctx.definitions.schedules.get(shift.schedule)
    if schedule is None or shift.at <= ctx.now:
        raise Conflict("That shift has begun. Replace its person: override …")
    if shift.person not in at_instant(schedule, shift.at).people:
        raise Conflict(f"It is not {ctx.name_of(shift.person)}'s shift any more.")
    if shift.standin is None:
        raise Conflict("Nobody else is known who could take it.")
    return shift.standin
