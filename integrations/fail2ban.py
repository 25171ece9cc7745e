"""Fail2ban: an address was banned or let in again, as its actions for curl write it."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="fail2ban",
    title="Fail2ban",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://github.com/fail2ban/fail2ban/wiki",
)

_STATES = {"ban": _read.FIRING, "banned": _read.FIRING, "unban": _read.RESOLVED,
           "unbanned": _read.RESOLVED, "start": _read.INFO, "started": _read.INFO,
           "stop": _read.INFO, "stopped": _read.INFO}  # fmt: skip


def read(request: Request) -> Reading:
    """The one ban of a body."""
    body = _read.folded(_read.fields(request))
    address = _read.first(body, "ip", "address", "banip", "srcip", "resource")
    jail = _read.first(body, "jail", "name", "event")
    text = _read.first(body, "message", "text", "description")
    if not address and not jail and not text:
        raise Malformed("there is neither an address nor a jail in it", "ip")
    said = _read.first(body, "action", "status", "state", "value")
    host = _read.first(body, "hostname", "host", "server", "origin")
    status = _read.state(said, _STATES) if _read.word(said) in _STATES else _read.FIRING
    verb = "let in again" if status is _read.RESOLVED else "banned"
    heading = f"{address} {verb} by {jail}" if address and jail else text or address or jail
    alert = _read.alert(
        status,
        " ".join(part for part in (host, jail, address) if part),
        heading if status is not _read.INFO else text or f"{jail}: {said}",
        type=AlertType.SECURITY,
        word=_read.first(body, "severity", "level"),
        severity=None if _read.first(body, "severity", "level") else Severity.WARNING,
        description=text,
        resource=_read.first(body, "resource") or host or address,
        labels={**_read.flat(body, ("message", "text", "description")), "jail": jail},
        starts=body.get("time") or body.get("timestamp"),
    )
    return Reading((alert,))
