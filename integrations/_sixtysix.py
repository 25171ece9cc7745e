"""Bodies of monitors built on 66uptime, as 66uptime itself and Hydrozen.io send them."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Malformed, Reading, Request
from store.model import AlertType, Severity

_IDS = ("monitor_id", "heartbeat_id", "domain_name_id")
_EXPIRE = {"domain-expiry": "domain", "ssl-expiry": "certificate"}


def read(request: Request) -> Reading:
    """The one monitor of a body."""
    body = _read.fields(request)
    kind, name = _read.first(body, "type"), _read.first(body, "name")
    place = _read.first(body, "target")
    if not name and not place:
        raise Malformed("there is no monitor in it", "name")
    what = _EXPIRE.get(kind, "certificate" if "ssl" in kind else "domain")
    expiry = "expiry" in kind
    until = _read.first(body, "ssl_end_datetime", "whois_end_datetime")
    own = next((f"{each} {found}" for each in _IDS if (found := _read.first(body, each))), "")
    alert = _uptime.check(
        "expiring" if expiry else _read.first(body, "is_ok", "status").casefold(),
        f"{own or name} {kind}".strip(),
        name or place,
        reason=f"the {what} of {place} expires {until}".strip() if expiry else "",
        place=place,
        type=AlertType.HEARTBEAT if kind == "heartbeat" else AlertType.UPTIME,
        severity=Severity.WARNING if expiry else None,
        labels=_read.flat(body, ("name", "is_ok")),
        links=(("Source", _read.first(body, "url")),),
    )
    return Reading((alert,))
