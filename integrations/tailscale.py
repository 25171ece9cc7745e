"""Tailscale: events of a tailnet in a list. Keys that expire and routes that do not work are
problems, the others what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations import _form, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="tailscale",
    title="Tailscale",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://tailscale.com/kb/1213/webhooks",
)

_HEADER = "tailscale-webhook-signature"
_PROBLEMS = {
    "nodeKeyExpiringInOneDay": Severity.WARNING, "nodeKeyExpired": Severity.ERROR,
    "exitNodeIPForwardingNotEnabled": Severity.WARNING,
    "subnetIPForwardingNotEnabled": Severity.WARNING, "nodeNeedsApproval": Severity.INFO,
    "nodeNeedsSignature": Severity.INFO, "userNeedsApproval": Severity.INFO,
}  # fmt: skip
_ENDS = {"nodeApproved": "nodeNeedsApproval", "nodeSigned": "nodeNeedsSignature",
         "userApproved": "userNeedsApproval"}  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    return _sign.timed(request, _sign.secrets(secrets), _HEADER)


def read(request: Request) -> Reading:
    """One alert or change for each event."""
    value = _form.value(request)
    events = _read.objects(value if isinstance(value, list) else [value], "body")
    return Reading(tuple(_events(events)))


def _events(events: list[dict[str, Any]]) -> Iterator[AlertReading]:
    for i, event in enumerate(events):
        kind = _read.first(event, "type")
        if not kind:
            raise Malformed("the event has no type", f"[{i}].type")
        yield _event(event, kind)


def _event(event: dict[str, Any], kind: str) -> AlertReading:
    found = _read.part(event, "data")
    place = _read.first(found, "deviceName", "user", "nodeID")
    subject = _ENDS.get(kind, kind)
    severity = _PROBLEMS.get(subject)
    status = _read.FIRING if kind in _PROBLEMS else _read.INFO
    if kind in _ENDS:
        status = _read.RESOLVED
    own = _read.first(found, "nodeID") or place or _read.first(event, "tailnet")
    return _read.alert(
        status,
        f"{subject} {own}".strip(),
        _read.on(_read.first(event, "message") or kind, place),
        type=AlertType.CHANGE if status is _read.INFO else AlertType.HOST,
        severity=severity or Severity.INFO,
        resource=place,
        labels={
            "tailnet": _read.first(event, "tailnet"),
            "event": kind,
            "actor": _read.first(found, "actor"),
            "owner": _read.first(found, "managedBy"),
            "expires": _read.first(found, "expiration"),
        },
        links=(("Source", _read.first(found, "url")),),
        starts=event.get("timestamp") if status is not _read.RESOLVED else None,
        ends=event.get("timestamp"),
    )
