"""What people read of an execution: its deed in words, its lines on the timeline, its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from commands import notices
from commands.automation.offers import Offer
from commands.context import Ctx
from store import incidents
from store.executions import (
    ASKED,
    CANCELED,
    CANCELING,
    DONE,
    FAILED,
    RUNNING,
    UNKNOWN,
    WAITING,
    Execution,
)
from store.model.known import Known

ACTION = "action"
GLYPH = {
    ASKED: "…", RUNNING: "▶️", WAITING: "❓", CANCELING: "⏹️", DONE: "✅", FAILED: "❌",
    CANCELED: "⏹️", UNKNOWN: "❔",
}  # fmt: skip
HIDDEN = "••••"
_LONG = 60


def about(number: int) -> str:
    """What its cards are about."""
    return f"execution:{number}"


def deed(
    one: Offer, params: Mapping[str, Any], secret: tuple[str, ...] = (), known: Known | None = None
) -> str:
    """``kubernetes.scale replicas=5 on deployment shop/cart in prod-1``; secrets are not in it."""
    there = [each.name for each in one.params if each.name in params]
    with_ = "".join(
        f" {name}={HIDDEN if name in secret else _short(params[name])}"
        for name in dict.fromkeys((*there, *params))
        if name not in one.fixed
    )
    if known is None:
        return f"{one.name}{with_}"
    r = known.resource
    name = f"{r.group}/{r.name}" if r.group and not r.name.startswith(f"{r.group}/") else r.name
    return f"{one.name}{with_} on {r.kind} {name} in {known.source}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    text = text if len(text) <= _LONG else f"{text[:_LONG]}…"
    return f'"{text}"' if " " in text else text


def said(one: Execution) -> str:
    """An execution as one line: ``✅ kubernetes.restart on …: restarted``."""
    text = f": {one.outcome}" if one.outcome else ""
    if one.state == FAILED and one.code.startswith("exit") and one.code not in text:
        text += f" ({one.code})"
    return f"{GLYPH.get(one.state, '❔')} {one.says}{text}"


def who(ctx: Ctx, one: Execution) -> str:
    """Who had it run: a person's name, the automation, or nobody."""
    if one.by or not one.automation:
        return ctx.name_of(one.by) if one.by else ""
    return f"Automation {one.automation}"


def asked(ctx: Ctx, one: Execution) -> None:
    """Somebody or something has it run."""
    name = who(ctx, one)
    dry = " as a dry run" if one.dry else ""
    say = f"{name} ran {one.says}{dry}." if name else f"Action {one.action} started."
    if one.approved_by:
        say = f"{say[:-1]}, approved by {ctx.name_of(one.approved_by)}."
    if one.incident_id:
        ctx.tell(one.incident_id, ACTION, say, one.why, {"execution": one.id})
        if not one.dry:
            notices.below(ctx, about(one.id), one.incident_id)
        _touch(ctx, one)
    else:
        ctx.did(ACTION, say, one.why)


def changed(ctx: Ctx, one: Execution) -> None:
    """Its cards are drawn anew, wherever they stand."""
    notices.stale(ctx, about(one.id))
    _touch(ctx, one)


def canceling(ctx: Ctx, one: Execution, name: str) -> None:
    """Somebody, or its time being over, wants it to end."""
    line(ctx, one, f"{name} asked {one.system or one.action} to cancel {one.says}.")
    changed(ctx, one)


def line(ctx: Ctx, one: Execution, say: str, why: str = "") -> None:
    """A line of the timeline, or of the record where it is about no incident."""
    if one.incident_id:
        ctx.tell(one.incident_id, ACTION, say, why, {"execution": one.id})
    else:
        ctx.did(ACTION, say, why)


def _touch(ctx: Ctx, one: Execution) -> None:
    incident = incidents.get(ctx.tx, one.incident_id) if one.incident_id else None
    if incident is not None:
        ctx.changed(incident.id, incident.rev)
