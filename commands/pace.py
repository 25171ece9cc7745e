"""How many incidents somebody opens by hand in a while: each of them pages people."""

from __future__ import annotations

from sqlalchemy import func, select

from commands.context import PEOPLE, Ctx
from commands.errors import TooOften
from store.clock import MINUTE
from store.tables import AUDIT

SPAN = 10 * MINUTE
VERBS = ("page", "declare")


def check(ctx: Ctx) -> None:
    """TooOften where the actor opened as many by hand as one may in ten minutes."""
    most = ctx.rules.pages_by_hand
    if not most or ctx.actor.kind not in PEOPLE:
        return
    mine = (
        (AUDIT.c.actor == f"{ctx.actor.kind}:{ctx.actor.id}")
        & (AUDIT.c.at > ctx.now - SPAN)
        & AUDIT.c.verb.in_(VERBS)
        & (AUDIT.c.outcome == "ok")
    )
    done = ctx.tx.conn.execute(select(func.count()).select_from(AUDIT).where(mine)).scalar() or 0
    if done >= most:
        say = (
            f"You opened {done} incidents by hand within 10 minutes. Put the rest into one of "
            "them: note 1842 …"
        )
        raise TooOften(say, 60)
