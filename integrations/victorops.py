"""VictorOps (Splunk On-Call): its outgoing webhooks, and alerts in the form of its REST endpoint.

The phase of the incident goes before the type of its last message. Fields stand flat with dots
(``STATE.ENTITY_ID``), in objects, or under the names of the endpoint (``entity_id``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="victorops",
    title="VictorOps (Splunk On-Call)",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.victorops.com/knowledge-base/custom-outbound-webhooks/",
)

_PHASES = {
    "unacked": _read.FIRING, "triggered": _read.FIRING, "acked": _read.ACKNOWLEDGED,
    "acknowledged": _read.ACKNOWLEDGED,
    "resolved": _read.RESOLVED,
}  # fmt: skip
_TYPES = {
    "critical": _read.FIRING, "warning": _read.FIRING, "info": _read.INFO,
    "acknowledgement": _read.ACKNOWLEDGED, "recovery": _read.RESOLVED, "ok": _read.RESOLVED,
}  # fmt: skip
_HOLDERS = ("state", "incident", "alert")


def read(request: Request) -> Reading:
    """The one incident or alert of a body."""
    sent = _read.fields(request)
    body = _flat(sent)
    title = _any(body, "entitydisplayname", "statemessage", "service", "entityid", "incidentname")
    title = title or _read.unexpanded(sent)
    if not title:
        raise Malformed("there is neither an entity nor a message in it", "entity_id")
    return Reading((_alert(sent, body, title),))


def _flat(sent: dict[str, Any]) -> dict[str, Any]:
    """Plain names of all fields, those in objects behind the name of theirs."""
    found: dict[str, Any] = {}
    for name, value in _read.folded(sent).items():
        if isinstance(value, dict):
            found |= {f"{name}{inner}": each for inner, each in _read.folded(value).items()}
        else:
            found[name] = value
    return found


def _any(body: Mapping[str, Any], *names: str) -> str:
    """By the best name first, of the alert's state, the incident, the message, or plain."""
    return _read.first(body, *(holder + name for name in names for holder in (*_HOLDERS, "")))


def _alert(sent: dict[str, Any], body: Mapping[str, Any], title: str) -> AlertReading:
    host = _any(body, "host", "hostname")
    over = _any(body, "resolvedat", "laststatechange", "statestarttime")
    status = _status(body)
    return _read.alert(
        status,
        _any(body, "entityid") or _any(body, "incidentid"),
        _read.on(title, host),
        type=AlertType.HOST if _any(body, "entitytype") == "HOST" else AlertType.CUSTOM,
        word=_any(body, "currentstate", "entitystate", "messagetype", "alerttype"),
        description=_any(body, "statemessage"),
        resource=host or _any(body, "service"),
        labels=_read.flat(sent, ("state_message", "ALERT.state_message")),
        links=(("Source", _any(body, "alerturl", "incidentlink", "url")),),
        starts=_any(body, "incidenttimestamp", "statestarttime") or None,
        ends=over or None,
        by=_any(body, "ackuser", "ackauthor") if status is _read.ACKNOWLEDGED else "",
    )


def _status(body: Mapping[str, Any]) -> AlertStatus:
    kind = _TYPES.get(_read.word(_any(body, "messagetype", "alerttype")))
    if kind is _read.INFO:
        return kind
    phase = _any(body, "currentalertphase", "currentphase", "phase")
    found = _PHASES.get(_read.word(phase)) or kind
    return found or _read.state(_any(body, "currentstate", "entitystate"), _TYPES)
