"""``undo``: a change of a schedule, or time off, is taken back by who made it or by an editor."""

from __future__ import annotations

from dataclasses import dataclass

from commands import belongs, notices, rights
from commands.context import Ctx, Done
from commands.errors import Conflict, Denied, NotFound
from commands.registry import Button, arg, command
from commands.rota import covering, ground, say
from commands.rota.ground import WRITE
from commands.rules.oncall import shifts
from store import definitions, lineage
from store.db import Tx
from store.definitions import AWAY, ROTA
from store.model import MINUTE, Definitions, Instant
from store.model.oncall import Away, RotaChange

SOON = 10 * MINUTE
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class UndoArgs:
    """Arguments of ``undo``."""

    change: int = arg("noun", "The number of a change; your last one if left out.", default=0)


@command(
    "undo",
    group="oncall",
    permission="self",
    args=UndoArgs,
    example="undo 12",
    about="rota",
    buttons=(Button("Undo", "more", ()),),
)
def undo(ctx: Ctx, args: UndoArgs) -> Done:
    """Take back your last override, swap, time off or temporary schedule, or the one named."""
    number = args.change or _last(ctx)
    change = ctx.definitions.rota.get(number)
    away = next((a for a in ctx.definitions.away if a.id == number), None)
    if change is not None:
        return _change(ctx, change)
    if away is not None:
        return _away(ctx, away)
    if lineage.last(ctx.tx, ROTA, str(number)) or lineage.last(ctx.tx, AWAY, str(number)):
        raise Conflict(f"Change {number} is taken back already.")
    raise NotFound(f"There is no change {number}.")


def _last(ctx: Ctx) -> int:
    """The actor's last change of the last minutes that still holds."""
    for version in definitions.versions(ctx.tx, _LOOKED_AT):
        if version.at < ctx.now - SOON:
            break
        made = [line.split() for line in version.changed]
        mine = [int(w[1].rstrip(":")) for w in made if w[0] in (ROTA, AWAY) and w[-1] == "added"]
        if version.author == ctx.actor.id and mine and _holds(ctx.definitions, min(mine)):
            return min(mine)
    raise NotFound("You changed nothing in the last 10 minutes. An older one: undo <number>")


def _holds(known: Definitions, number: int) -> bool:
    return number in known.rota or any(a.id == number for a in known.away)


def _change(ctx: Ctx, change: RotaChange) -> Done:
    batch = change.batch or change.id
    all_ = [c for c in ctx.definitions.rota.values() if (c.batch or c.id) == batch]
    parties = {p for c in all_ if c.cover and c.swap for p in (c.swap.from_person, change.by)}
    by = ctx.actor.id if ctx.actor.id in parties else change.by
    _may(ctx, by, change.at, batch)
    teams = belongs.of_schedule(ctx.definitions, change.schedule)
    rights.require(ctx.definitions, ctx.actor, "oncall.act", teams, ctx.now)
    ends = max(ground.span_of(c)[1] for c in all_)
    if ends <= ctx.now:
        raise Conflict("It is over, and stays on record.")
    before = [_on_call(ctx.definitions, c, ctx.now) for c in all_]
    ctx.define({(ROTA, str(c.id)): None for c in all_})
    after = [_on_call(ctx.definitions, c, ctx.now) for c in all_]
    back = {p for was, now in zip(before, after, strict=True) for p in now - was}
    notices.stale(ctx, f"rota:{batch}")
    told = ground.tell(ctx, batch, sorted(back), "undone")
    if change.cover:
        covering.taken_back(ctx, change.cover)
    one = ctx.definitions.schedules.get(change.schedule)
    start, end = ground.span_of(change)
    zone = one.zone if one else "UTC"
    when = ground.both(ctx, start, end, zone)
    if len(all_) > 1 and change.cover:
        return Done(f"Taken back. The shifts are as they were. {told}".strip(), aloud=True)
    names = say.start_of_sentence(say.names(ctx.definitions, sorted(back)))
    again = f"{names} {'is' if len(back) == 1 else 'are'} on call again"
    first = again if back else "The rota is as before"
    return Done(f"Taken back. {first}: {change.schedule}, {when}. {told}".strip(), aloud=True)


def _on_call(known: Definitions, change: RotaChange, now: Instant) -> set[str]:
    """Who is on call while a change holds."""
    start, end = ground.span_of(change)
    one = known.schedules.get(change.schedule)
    if one is None or end <= now:
        return set()
    return {p for s in shifts(one, max(start, now), end) for p in s.people}


def _away(ctx: Ctx, away: Away) -> Done:
    made = _made_at(ctx.tx, away.id)
    _may(ctx, away.person, made, away.id)
    if away.end <= ctx.now:
        raise Conflict("It is over, and stays on record.")
    ctx.define({(AWAY, str(away.id)): None})
    when = say.span(away.start, away.end, ground.zone_of(ctx), ctx.now)
    who = "You are" if away.person == ctx.actor.id else f"{ctx.name_of(away.person)} is"
    return Done(f"Taken back. {who} there {when}.", aloud=True)


def _made_at(tx: Tx, number: int) -> Instant:
    for version in definitions.versions(tx, _LOOKED_AT):
        if f"{AWAY} {number}: added" in version.changed:
            return version.at
    return 0


def _may(ctx: Ctx, by: str, at: Instant, number: int) -> None:
    """Who made it, or an editor; a button that was forgotten for long undoes nothing."""
    if ctx.actor.id != by and not ground.is_editor(ctx):
        able = [by, *(p.handle for p in rights.able(ctx.definitions, WRITE))]
        names = tuple(dict.fromkeys(ctx.name_of(h) for h in able))[:5]
        why = f"{ctx.name_of(by)} made it; taking back what others made needs {WRITE}."
        raise Denied(why, WRITE, names)
    if ctx.rev is not None and ctx.now - at > SOON:
        raise Conflict(f"Its 10 minutes are over. To take it back all the same: undo {number}")
