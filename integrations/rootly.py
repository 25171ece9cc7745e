"""Rootly: incidents and alerts, told as events of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="rootly",
    title="Rootly",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.rootly.com/integrations/webhooks",
)

_HEADER = "x-rootly-signature"
_STATES = {
    "started": _read.FIRING, "in_triage": _read.FIRING, "mitigated": _read.ACKNOWLEDGED,
    "resolved": _read.RESOLVED, "closed": _read.RESOLVED, "cancelled": _read.RESOLVED,
    "deleted": _read.RESOLVED, "scheduled": _read.INFO, "in_progress": _read.INFO,
    "completed": _read.INFO, "triggered": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED,
    "open": _read.FIRING, "created": _read.FIRING, "planning": _read.INFO,
}  # fmt: skip
_NO_LABELS = ("title", "summary", "status", "description", "started_at", "created_at",
              "updated_at", "resolved_at", "mitigated_at", "cancelled_at")  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    return _sign.timed(request, _sign.secrets(secrets), _HEADER, join="")


def read(request: Request) -> Reading:
    """The one incident or alert of a body."""
    body = _read.fields(request)
    event = _read.first(_read.part(body, "event"), "type")
    found = _read.part(body, "data")
    title = _read.first(found, "title", "summary", "name")
    if not event and not title:
        raise Malformed("there is no event in it", "event.type")
    what, _, verb = event.partition(".")
    is_problem = what in ("incident", "alert", "")
    said = _read.first(found, "status") or verb
    status = _read.state(said, _STATES) if is_problem and title else _read.INFO
    if is_problem and verb == "deleted":
        status = _read.RESOLVED
    severity = _read.part(found, "severity", "data", "attributes") or _read.part(found, "severity")
    services = [_read.first(each, "name") for each in _read.parts(found.get("services"))]
    alert = _read.alert(
        status,
        f"{what or 'incident'} {_read.first(found, 'id', 'slug')}" if title else event,
        title or f"Rootly: {event}",
        type=AlertType.CUSTOM,
        word=_read.first(severity, "severity", "name") or _read.first(found, "severity"),
        description=_read.first(found, "summary", "description"),
        resource=next(iter(services), ""),
        labels={**_read.tags(found.get("labels")), **_read.flat(found, _NO_LABELS),
                "event": event, "services": ", ".join(filter(None, services))},
        links=(("Source", _read.first(found, "url", "short_url")),),
        starts=found.get("started_at") or found.get("created_at"),
        ends=found.get("resolved_at") or found.get("updated_at"),
    )  # fmt: skip
    return Reading((alert,))
