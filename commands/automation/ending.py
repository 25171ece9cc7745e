"""How what was run ends: by itself, because somebody wants it to, or because it never began."""

from __future__ import annotations

from typing import Any

from commands import notices, paging
from commands.automation import afterwards, executing, telling
from commands.automation.offers import HTTP
from commands.automation.telling import ACTION, about, said, who
from commands.context import Ctx
from store import executions, incidents
from store.executions import ASKED, CANCELED, CANCELING, DONE, FAILED, UNKNOWN, Execution
from store.model import Incident

LOST = "No answer came. It may have been done: look before it is run again."
SOON = 2_000
"""Who asks for a dry run waits so many ms for its words."""
LONGEST = 2_000
"""So many characters of what came of it are kept with it."""


def cancel(ctx: Ctx, one: Execution) -> Execution:
    """It is to end: at once where it was not begun, else its runner is asked."""
    name = ctx.actor.name
    if one.state == ASKED and not one.extra.get("posted"):
        return over(ctx, one, CANCELED, f"{name} canceled it before it began.")
    extra = {**one.extra, "canceled_by": name}
    one = executions.save(ctx.tx, one, state=CANCELING, extra=extra)
    if one.via == HTTP:
        return over(ctx, one, CANCELED, f"{name} canceled it; what was sent may have arrived.")
    if one.remote:
        executing.queue(ctx, one, "cancel")
    telling.canceling(ctx, one, name)
    return one


def ended(ctx: Ctx, number: int, state: str, text: str, code: str = "") -> None:
    """What came of it, in words of the other side."""
    one = executions.get(ctx.tx, number)
    if one is not None and not one.over:
        over(ctx, one, state, text, code=code)


def over(ctx: Ctx, one: Execution, state: str, text: str, **more: Any) -> Execution:
    """It is over: whoever waits for it is told, and what follows goes on."""
    text = ctx.rules.redact(text)[:LONGEST]
    ended_at = more.pop("ended_at", None) or ctx.now
    one = executions.save(
        ctx.tx, one, state=state, outcome=text, ended_at=ended_at, lost_at=None, **more
    )
    _told(ctx, one)
    afterwards.over(ctx, one)
    return one


def never_began(ctx: Ctx, one: Execution, text: str) -> Execution:
    """It was not started, and will not be."""
    return over(ctx, one, FAILED, f"It was not started: {text}", code="not started")


def _told(ctx: Ctx, one: Execution) -> None:
    """On the timeline, below the cards, and to who had it run."""
    incident = incidents.for_change(ctx.tx, one.incident_id) if one.incident_id else None
    notices.stale(ctx, about(one.id), at_once=True)
    if incident is None:
        ctx.did(ACTION, said(one))
    elif one.via == HTTP:
        _posted(ctx, one, incident)
    else:
        name = who(ctx, one)
        kind = "action_failed" if one.state in (FAILED, UNKNOWN) else ACTION
        why = f"{name} ran it." if name else one.why
        ctx.tell(incident.id, kind, said(one), why, {"execution": one.id})
        ctx.changed(incident.id, incident.rev)
    if incident is not None and one.state in (FAILED, UNKNOWN) and "step" in one.extra:
        paging.unheard(ctx, incident, f"{ACTION}:{one.action}")
    if one.by and not one.elsewhere and not (one.dry and ctx.now - one.asked_at < SOON):
        notices.tell(ctx, about(one.id), one.by, incident=one.incident_id or 0)


def _posted(ctx: Ctx, one: Execution, incident: Incident) -> None:
    """An address took what was posted, or did not."""
    kind, say, why = ACTION, f"Action {one.action} was taken.", ""
    if one.state == DONE and one.extra.get("unsure"):
        say = f"{say} It may have started twice."
    if one.state == CANCELED:
        say, why = f"Action {one.action} was canceled.", one.outcome
    elif one.state != DONE:
        kind, say, why = "action_failed", f"Action {one.action} failed.", one.outcome
    ctx.tell(incident.id, kind, say, why, {"execution": one.id})
    ctx.changed(incident.id, incident.rev)
