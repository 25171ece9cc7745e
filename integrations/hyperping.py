"""Hyperping: a check went down, up, or its certificate is about to expire."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import Severity

MANIFEST = Manifest(
    name="hyperping",
    title="Hyperping",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://hyperping.com/docs/integrations/webhooks",
)


def read(request: Request) -> Reading:
    """The one check of a body."""
    body = _read.fields(request)
    check = _read.part(body, "check") or _read.part(body, "monitor")
    place = _read.first(check, "url")
    name = _read.first(check, "name") or place
    said = _read.first(body, "event").rpartition(".")[2]
    if not said and isinstance(check.get("down"), bool):
        said = "down" if check["down"] else "up"
    if not name or not said:
        raise Malformed("there is no check in it", "check")
    pings = _read.parts(body.get("pings"))
    reasons = [_read.first(each, "statusMessage", "status") for each in pings]
    certificate = "ssl" in said or "cert" in said
    code = _read.first(check, "status")
    key = _read.first(check, "monitorUuid", "uuid", "id") or place
    firing = certificate or _read.state(said, _uptime.STATES) is _read.FIRING
    alert = _uptime.check(
        said,
        f"{key} certificate" if certificate else key,
        name,
        status=_read.FIRING if certificate else None,
        reason="the certificate expires"
        if certificate
        else next((each for each in reasons if each), f"HTTP {code}" if code else ""),
        place=place,
        severity=Severity.WARNING if certificate else None,
        description="\n".join(
            f"{_read.first(each, 'location')}: {reason}"
            for each, reason in zip(pings, reasons, strict=True)
            if reason
        ),
        labels=_read.flat(check, ("name", "down", "date", "downtime")),
        links=(("Checked", place),),
        starts=check.get("date") if firing else None,
        ends=check.get("date"),
    )
    return Reading((alert,))
