"""How what was asked for begins: on record before anything leaves, so that nothing is done
twice."""

from __future__ import annotations

import secrets

from commands.automation import afterwards, ending, executing, narrating, telling
from commands.automation.offers import HTTP
from commands.context import Ctx
from integrations.base import Remote
from store import executions, upkeep
from store.clock import HOUR, MINUTE, Instant
from store.executions import (
    ASKED,
    CANCELED,
    CANCELING,
    FAILED,
    RUNNING,
    UNKNOWN,
    Execution,
)
from store.inventory import resources
from store.model.known import Known

TRIES = 3
PATIENCE = 5 * MINUTE
"""So long an address may ask to wait before that counts as a try."""
TWICE = "No answer came, twice: it may or may not have arrived."
SHADOW = "shadow mode starts none"
_INSTANCE = "automation instance"


def instance(ctx: Ctx) -> str:
    """What marks the executions of this PixelView, in a StackStorm that others use too."""
    known = upkeep.meta(ctx.tx, _INSTANCE)
    if known is None:
        known = secrets.token_hex(4)
        upkeep.set_meta(ctx.tx, _INSTANCE, known)
    return known


def on_resource(ctx: Ctx, number: int) -> tuple[Execution, Known] | None:
    """It is about to be done to a resource; None where it is over, or was begun before and no
    answer came: that is told, and it is not begun again."""
    one = _open(ctx, number)
    if one is None or one.state not in (ASKED, RUNNING):
        return None
    if one.state == RUNNING:
        ending.over(ctx, one, UNKNOWN, ending.LOST)
        return None
    known = resources.get(ctx.tx, one.resource_id or 0)
    if known is None or known.gone_at is not None:
        ending.over(ctx, one, FAILED, "It is there no more; nothing was done.")
        return None
    return executions.save(ctx.tx, one, state=RUNNING, began_at=ctx.now), known


# posted to an address


def posting(ctx: Ctx, number: int) -> Execution | None:
    """It is about to be posted; None where it is over. What was in the air when we stopped may
    have arrived: it is posted once more, marked, and not a third time."""
    one = _open(ctx, number)
    if one is None:
        return None
    extra = dict(one.extra)
    if extra.get("air"):
        if extra.get("unsure"):
            ending.over(ctx, one, UNKNOWN, TWICE)
            return None
        extra["unsure"] = True
    extra["air"] = True
    return executions.save(
        ctx.tx, one, state=RUNNING, began_at=one.began_at or ctx.now, extra=extra
    )


def not_taken(ctx: Ctx, number: int, *, uncertain: bool, limited: bool) -> bool:
    """The address did not take it for now; whether it is tried again."""
    one = executions.get(ctx.tx, number)
    if one is None or one.over:
        return False
    extra = {**one.extra, "air": False}
    if uncertain and extra.get("unsure"):
        ending.over(ctx, one, UNKNOWN, TWICE)
        return False
    waits = limited and ctx.now - one.asked_at < PATIENCE
    extra["tries"] = int(extra.get("tries", 0)) + (0 if waits else 1)
    if extra["tries"] >= TRIES and not uncertain:
        ending.over(ctx, one, FAILED, "The provider did not take it, three times.")
        return False
    extra["unsure"] = bool(uncertain or extra.get("unsure"))
    executions.save(ctx.tx, one, extra=extra)
    return True


# started by a runner


def starting(ctx: Ctx, number: int) -> Execution | None:
    """It is about to be started; None where it is over, or was not started within its time."""
    one = _open(ctx, number)
    if one is None or one.remote:
        return one
    if not one.extra.get("posted") and _too_late(ctx, one):
        return None
    return one


def _too_late(ctx: Ctx, one: Execution) -> bool:
    """Whether nobody waits for its beginning any more; then it is over."""
    if ctx.now - one.asked_at <= longest(ctx, one):
        return False
    ending.never_began(ctx, one, f"{one.system} did not take it in all this time.")
    return True


def longest(ctx: Ctx, one: Execution) -> Instant:
    """How long it may take."""
    offer = ctx.rules.offers.get(one.action)
    return offer.deadline if offer is not None else HOUR


def leaving(ctx: Ctx, number: int) -> Execution | None:
    """What starts it leaves now: from here on it may have begun. None where it was canceled."""
    one = _open(ctx, number)
    if one is None:
        return None
    if one.state == CANCELING:
        ending.over(ctx, one, CANCELED, "It was canceled before it began.")
        return None
    if _too_late(ctx, one):
        return None
    posted = int(one.extra.get("posted", 0)) + 1
    return executions.save(ctx.tx, one, extra={**one.extra, "posted": posted, "looks": 0})


def looked(ctx: Ctx, number: int) -> None:
    """It was looked for, and is not there yet."""
    one = _open(ctx, number)
    if one is not None:
        looks = int(one.extra.get("looks", 0)) + 1
        executions.save(ctx.tx, one, extra={**one.extra, "looks": looks})


def held_up(ctx: Ctx, number: int, *, left: bool) -> None:
    """Its system does not answer; ``left`` says that what starts it may have arrived."""
    one = _open(ctx, number)
    if one is None or one.remote:  # the stream told of it before its answer was lost
        return
    extra = one.extra if left else {k: v for k, v in one.extra.items() if k != "posted"}
    first = one.lost_at is None
    one = executions.save(ctx.tx, one, extra=dict(extra), lost_at=one.lost_at or ctx.now)
    if first:
        telling.changed(ctx, one)


def started(ctx: Ctx, number: int, remote: Remote) -> Execution | None:
    """It is there; from here on it is followed."""
    one = _open(ctx, number)
    if one is None or one.remote:
        return one
    state = CANCELING if one.state == CANCELING else RUNNING
    one = executions.save(
        ctx.tx, one, state=state, remote=remote.id, url=remote.url, lost_at=None,
        began_at=ctx.now, deadline_at=ctx.now + longest(ctx, one),
    )  # fmt: skip
    if state == CANCELING:
        executing.queue(ctx, one, "cancel")
    telling.changed(ctx, one)
    return one


def _open(ctx: Ctx, number: int) -> Execution | None:
    """One that is not over; what would start by itself in shadow mode, or once all automation is
    stopped, is not."""
    one = executions.get(ctx.tx, number)
    if one is None or one.over:
        return None
    if ctx.rules.shadow is not None and (one.via == HTTP or not one.by) and one.state == ASKED:
        say = f"Would have started action {one.action}; {SHADOW}."
        one = executions.save(ctx.tx, one, state=CANCELED, outcome=say, ended_at=ctx.now)
        afterwards.over(ctx, one)
        if one.incident_id:
            ctx.tell(one.incident_id, "page_shadow", say, one.why)
        return None
    waits = by_itself(one) and one.state == ASKED and not one.extra.get("posted")
    if waits and (why := narrating.stopped(ctx)):
        ending.over(ctx, one, CANCELED, f"It was not begun: {why}.")
        return None
    return one


def by_itself(one: Execution) -> bool:
    """Whether nobody had it run."""
    return bool(one.automation or not one.by) and not one.elsewhere
