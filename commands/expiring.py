"""Sets the look at alerts that may end without a word, where any may."""

from __future__ import annotations

from commands.context import Ctx
from commands.rules import alert_rules
from store import timers
from store.model import Severity


def may(ctx: Ctx) -> bool:
    """Whether some rule or source says that alerts end without a word."""
    by_rule = alert_rules.book(ctx.definitions.alert_rules).says("resolve_after")
    return by_rule or bool(ctx.rules.resolve_after)


def look(ctx: Ctx, incident_id: int) -> None:
    """Other alerts than before fire in an incident: it is looked at which of them may end so."""
    if may(ctx):
        rank = Severity.INFO.rank
        timers.add(ctx.tx, ctx.now, timers.EXPIRE, incident_id, 0, ctx.now, rank)
