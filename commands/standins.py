"""Somebody else takes a shift whose person can't be reached: asked by the team, taken with a
button."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import notices, preflight
from commands.about import ACT
from commands.context import Ctx, Done
from commands.errors import Conflict, NotFound
from commands.registry import Button, arg, command
from commands.words import local
from store import handoffs
from store.definitions import ROTA, row_of
from store.model import DAY
from store.model.handoff import Preflight
from store.model.oncall import Override, OverrideKind, RotaChange

WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class OfShift:
    """Arguments of what is said of a shift that needs somebody else."""

    shift: int = arg("noun", "The number of the shift, from its card.")


@command(
    "ask-standin",
    group="oncall",
    permission=ACT,
    args=OfShift,
    about="preflight",
    listed=False,
    buttons=(Button("Ask to take it", "preflight", ()),),
)
def ask(ctx: Ctx, args: OfShift) -> Done:
    """Ask whoever could take a shift instead."""
    shift = _open(ctx, args.shift)
    if shift.standin is None:
        raise Conflict("Nobody else is known who could take it.")
    name = ctx.name_of(shift.standin)
    if shift.standin in shift.asked:
        raise Conflict(f"{name} was asked already.")
    if not notices.tell(ctx, f"standin:{shift.id}", shift.standin):
        raise Conflict(f"{name} can't be asked: no contact is known.")
    _save(ctx, replace(shift, asked=(*shift.asked, shift.standin)))
    return Done(f"{name} is asked.")


@command(
    "take-shift",
    group="oncall",
    permission=ACT,
    args=OfShift,
    about="preflight",
    listed=False,
    buttons=(Button("Take it", "preflight", ()),),
)
def take(ctx: Ctx, args: OfShift) -> Done:
    """Take a shift whose person can't be reached."""
    shift = _open(ctx, args.shift)
    me = ctx.actor.id
    if me not in ctx.definitions.people:
        raise Conflict("Only people take shifts.")
    if me == shift.person:
        raise Conflict("It is your own shift.")
    until = shift.until or shift.at + WEEK
    change = RotaChange(
        ctx.tx.ids.next(ctx.now),
        shift.schedule,
        me,
        ctx.now,
        Override(OverrideKind.REPLACE, shift.at, until, me, shift.person),
        reason=f"{ctx.name_of(shift.person)} can't: {preflight.said(shift)}",
    )
    ctx.define({(ROTA, str(change.id)): row_of(change)})
    _save(ctx, replace(shift, taken=me, problems=()))
    person = ctx.definitions.people[me]
    times = " to ".join(local(at, person.zone, ctx.now) for at in (shift.at, until))
    return Done(f"You take {shift.schedule} from {times}.", aloud=True)


@command(
    "not-me",
    group="oncall",
    permission=ACT,
    args=OfShift,
    about="preflight",
    listed=False,
    buttons=(Button("Not me", "preflight", ()),),
)
def decline(ctx: Ctx, args: OfShift) -> Done:
    """Say that you can't take a shift you were asked to take."""
    shift = _open(ctx, args.shift)
    me = ctx.actor.id
    asked = tuple(dict.fromkeys((*shift.asked, me)))
    other = preflight.standin(ctx, shift, but=asked) if shift.standin == me else shift.standin
    _save(ctx, replace(shift, asked=asked, standin=other))
    return Done("The team is told.")


def _open(ctx: Ctx, number: int) -> Preflight:
    shift = handoffs.preflight(ctx.tx, number)
    if shift is None:
        raise NotFound("There is no such shift.")
    if shift.taken is not None:
        raise Conflict(f"{ctx.name_of(shift.taken)} took it.")
    if shift.at <= ctx.now:
        raise Conflict("That shift has begun. Replace its person: override …")
    return shift


def _save(ctx: Ctx, shift: Preflight) -> None:
    handoffs.save_preflight(ctx.tx, shift)
    for about in preflight.abouts(shift.id):
        notices.stale(ctx, about)
