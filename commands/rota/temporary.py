"""``temporary``: for a while a schedule holds these people alone, whatever stands in it."""

from __future__ import annotations

from dataclasses import dataclass

from commands.about import find_person
from commands.context import Ctx, Done, Offer
from commands.errors import Invalid
from commands.registry import arg, command
from commands.rota import ground, say
from commands.rota.ground import ACT
from commands.rules import oncall
from commands.rules.oncall.wall import clock_of
from commands.rules.when import length_of
from commands.words import duration
from store.model import DAY, MINUTE
from store.model.oncall import Layer, Rotation, RotationKind, Schedule, Shift, Temporary

TOGETHER = "together"
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryArgs:
    """Arguments of ``temporary``."""

    what: str = arg(
        "schedule", "A schedule, or a team that has one; yours if left out.", default=""
    )
    when: str = arg("range", "From when to when: sat 08:00 - mon 08:00.")
    turns: str = arg("named", "How long each turn is: 12h, 1d; or together.", default="1d")
    who: str = arg("words", "Who, in turn: @ana @omar.")


@command(
    "temporary",
    group="oncall",
    permission=ACT,
    args=TemporaryArgs,
    example="temporary db sat 08:00 - mon 08:00 @ana @omar turns 12h",
)
def temporary(ctx: Ctx, args: TemporaryArgs) -> Done:
    """Let these people alone hold a schedule for a while, in turns or together."""
    one, found = ground.schedule(ctx, args.what), ground.when(ctx, args.when)
    ground.may_change(ctx, one)
    names = [w.strip("@ ") for w in args.who.replace(",", " ").split()]
    people = tuple(dict.fromkeys(find_person(ctx, n).handle for n in names if n and n != "and"))
    if not 0 < len(people) <= _MOST:
        raise Invalid("Name those who are on call then: @ana @omar.", "who")
    shifts = _shifts(one, found.start, found.end, people, args.turns)
    before = {p for s in oncall.shifts(one, found.start, found.end) for p in s.people}
    made = Temporary(found.start, found.end, shifts)
    changes = ground.put(ctx, [(one, made)])
    told = ground.tell(ctx, changes[0].id, sorted(before | {*people}))
    where = ground.both(ctx, found.start, found.end, one.zone)
    lines = [f"Only {say.names(ctx.definitions, people)} in {one.name}, {where}. {told}".strip()]
    lines += found.remarks
    for shift in shifts[:4] if len(shifts) > 1 else ():
        when = ground.both(ctx, shift.start, shift.end, one.zone)
        lines.append(f"{when}: {say.start_of_sentence(say.names(ctx.definitions, shift.people))}")
    if len(shifts) > 4:
        lines.append(f"And so on, {len(shifts)} turns.")
    undo = Offer("Undo", f"cmd:undo:{changes[0].id}:1")
    return Done("\n".join(lines), aloud=True, offers=(undo,))


def _shifts(
    one: Schedule, start: int, end: int, people: tuple[str, ...], turns: str
) -> tuple[Shift, ...]:
    """Who when: turns of equal length on the schedule's wall clock, as its own layers count."""
    together = turns.casefold() in (TOGETHER, "all")
    length = end - start if together else length_of(turns.casefold())
    if length is None or length < MINUTE:
        raise Invalid(f"{turns} is no length of a turn. Try: 12h, 1d, together.", "turns")
    if (end - start) / length > 400:
        raise Invalid(f"Turns of {duration(length)} are too short for that.", "turns")
    if together or len(people) == 1:
        return (Shift(start, end, tuple(sorted(people))),)
    anchor = clock_of(one.zone).wall(start)
    daily = length % DAY == 0
    kind = RotationKind.DAILY if daily else RotationKind.CUSTOM
    count = length // (DAY if daily else MINUTE)
    rotation = Rotation(kind, count, anchor, tuple((p,) for p in people))
    layer = Layer("temporary", one.zone, rotation=rotation)
    return tuple(oncall.shifts(Schedule("temporary", one.zone, (layer,)), start, end))
