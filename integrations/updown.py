"""updown.io: a list of events, which may hold the down and the up of one check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import _form, _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="updown",
    title="updown.io",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://updown.io/api#webhooks",
)

_STATES = {
    "down": _read.FIRING, "still_down": _read.FIRING, "up": _read.RESOLVED,
    "ssl_invalid": _read.FIRING, "ssl_valid": _read.RESOLVED, "ssl_expiration": _read.FIRING,
    "ssl_renewed": _read.RESOLVED, "performance_drop": _read.FIRING,
}  # fmt: skip


def read(request: Request) -> Reading:
    """One alert for each event."""
    value = _form.value(request)
    events = _read.objects(value if isinstance(value, list) else [value], "body")
    return Reading(tuple(_events(events)))


def _events(events: list[dict[str, Any]]) -> Iterator[AlertReading]:
    for i, event in enumerate(events):
        check = _read.part(event, "check")
        said = _read.first(event, "event").rpartition(".")[2]
        if not said or not check:
            raise Malformed("there is no event of a check in it", f"[{i}]")
        yield _event(event, said, check)


def _event(event: dict[str, Any], said: str, check: dict[str, Any]) -> AlertReading:
    downtime, ssl = _read.part(event, "downtime"), _read.part(event, "ssl")
    place = _read.first(check, "url")
    key = _read.first(check, "token") or place
    kind = said.partition("_")[0] if said.startswith(("ssl", "performance")) else ""
    days = _read.first(ssl, "days_before_expiration")
    reason = (
        ("" if kind else _read.first(downtime, "error"))
        or _read.first(ssl, "error")
        or (f"the certificate expires in {days} days" if days else "")
        or _read.first(event, "description")
    )
    mild = said in ("ssl_expiration", "performance_drop")
    heartbeat = _read.first(check, "type") == "pulse"
    return _uptime.check(
        said,
        f"{key} {kind}".strip(),
        _read.first(check, "alias") or place or key,
        status=_STATES.get(said, _read.INFO),
        reason=reason,
        place=place,
        type=AlertType.HEARTBEAT if heartbeat else AlertType.UPTIME,
        severity=Severity.WARNING if mild else None,
        description=_read.first(event, "description"),
        labels={"token": _read.first(check, "token"), "event": said},
        links=(("Source", f"https://updown.io/{key}" if key.isalnum() else None),
               ("Checked", place)),
        starts=downtime.get("started_at") if not kind else None,
        ends=downtime.get("ended_at") or event.get("time"),
    )  # fmt: skip
