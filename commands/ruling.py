"""Other alert rules are in force: what is held or waits is looked at by them."""

from __future__ import annotations

from commands import expiring, inhibit
from commands.context import Ctx
from store import held, timers, upkeep

_SEEN = "alert_rules"
_MOST = 5_000


def look_again(ctx: Ctx) -> None:
    """Where the rules are others than the last time: held incidents are looked at now, and so are
    open ones that may end without a word."""
    rules, by_source = ctx.definitions.alert_rules, ctx.rules.resolve_after
    seen = ctx.tx.ring.blind("alert rules", repr((rules, sorted(by_source.items())))).hex()
    before = upkeep.meta(ctx.tx, _SEEN)
    if before == seen:
        return
    upkeep.set_meta(ctx.tx, _SEEN, seen)
    if before is None and not rules and not by_source:
        return
    inhibit.look_at(ctx, held.every(ctx.tx), ctx.now)
    for number in held.open_without(ctx.tx, timers.EXPIRE, _MOST) if expiring.may(ctx) else ():
        expiring.look(ctx, number)
