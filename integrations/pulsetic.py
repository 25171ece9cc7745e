"""Pulsetic: a monitor goes offline and online; certificates and domains expire."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import Severity

MANIFEST = Manifest(
    name="pulsetic",
    title="Pulsetic",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.pulsetic.com",
)

_STATES = {"cron_job_missed": _read.FIRING, "heartbeat_missed": _read.FIRING,
           "slow_response": _read.FIRING}  # fmt: skip


def read(request: Request) -> Reading:
    """The one monitor of a body."""
    body = _read.fields(request)
    kind = _read.word(_read.first(body, "alert_type", "type", "event"))
    monitor = _read.part(body, "monitor")
    place = _read.first(monitor, "url", "request_url")
    name = _read.first(monitor, "name") or place
    if not kind or not name:
        raise Malformed("there is no monitor in it", "monitor")
    thing = next((each for each in ("certificate", "domain") if each in kind), "")
    days = _read.first(body, "days_left")
    expires = f"the {thing} expires in {days} days" if days else kind.replace("_", " ")
    gone = any(word in kind for word in ("expire", "invalid"))
    key = _read.first(monitor, "id") or place
    alert = _uptime.check(
        kind.rpartition("_")[2],
        f"{key} {thing}".strip(),
        name,
        status=(_read.FIRING if gone else _read.RESOLVED) if thing else _STATES.get(kind),
        reason=expires if thing else _read.first(body, "reason", "error", "message"),
        place=place,
        severity=Severity.WARNING if thing and "expired" not in kind else None,
        labels={**_read.flat(monitor, ("name",)), "alert_type": kind, "days_left": days},
        links=(("Checked", place),),
    )
    return Reading((alert,))
