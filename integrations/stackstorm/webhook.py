"""What StackStorm sends to us: what became of an action (its notify trigger), and triggers."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertType

_STATUSES = {
    "succeeded": _read.RESOLVED, "failed": _read.FIRING, "timeout": _read.FIRING,
    "abandoned": _read.FIRING, "canceled": _read.INFO, "canceling": _read.INFO,
    "requested": _read.INFO, "scheduled": _read.INFO, "delayed": _read.INFO,
    "running": _read.INFO, "pausing": _read.INFO, "paused": _read.INFO, "resuming": _read.INFO,
    "pending": _read.INFO,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one execution or trigger of a body."""
    body = _read.fields(request)
    if "trigger" in body and "action_ref" not in body:
        return Reading((_trigger(body),))
    inner = _read.part(body, "payload") or body
    if not any(name in inner for name in ("action_ref", "status", "execution_id", "action")):
        raise Malformed("there is neither an execution nor a trigger in it", "action_ref")
    return Reading((_execution(inner),))


def _execution(body: dict[str, Any]) -> AlertReading:
    """The next success of an action resolves its failure."""
    action = _read.first(body, "action_ref") or _read.first(_read.part(body, "action"), "ref")
    status = _read.first(body, "status")
    result = _read.part(body, "data")
    return _read.alert(
        _read.state(status, _STATUSES),
        action,
        f"{action or 'An action'} {status}".strip(),
        type=AlertType.CI,
        description="\n".join(
            each for each in (_read.first(body, "message"), _read.first(result, "stderr", "stdout"))
            if each
        ),
        resource=action,
        labels=_read.flat(body, ("message", "start_timestamp", "end_timestamp", "status")),
        links=(("Source", _read.first(body, "web_url", "url")),),
        ends=body.get("end_timestamp"),
    )  # fmt: skip


def _trigger(body: dict[str, Any]) -> AlertReading:
    """A trigger alone says that something happened, not that something is wrong."""
    name = _read.first(body, "trigger") or _read.first(_read.part(body, "trigger"), "ref", "type")
    return _read.alert(
        _read.INFO,
        f"trigger {name}",
        f"StackStorm trigger {name}".strip(),
        type=AlertType.CUSTOM,
        resource=name,
        labels=_read.flat(_read.part(body, "payload")),
    )
