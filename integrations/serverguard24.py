"""ServerGuard24: a service of a server, with the words of a Nagios check."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="serverguard24",
    title="ServerGuard24",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.serverguard24.com",
)

_STATES = {"unknown": _read.FIRING}


def read(request: Request) -> Reading:
    """The one service of a body."""
    body = _uptime.fields(request)
    server, service = _read.first(body, "server_name"), _read.first(body, "service_name")
    place = _read.first(body, "server_address") or server
    said = _read.raw(body, "check_result")
    if not service and not server:
        raise Malformed("there is no service in it", "service_name")
    status = _read.state(said, _STATES)
    name = f"{service} on {server}" if service and server else service or server
    alert = _uptime.check(
        said,
        f"{server}!{service}",
        name,
        status=status,
        reason=_read.first(body, "service_message", "check_output"),
        place=place,
        type=AlertType.SERVICE,
        word=said,
        severity=Severity.INFO if status is _read.RESOLVED else None,
        description=_read.first(body, "check_output"),
        labels={
            "server": server, "service": service, "address": place,
            "shortname": _read.first(body, "service_shortname"),
        },
    )  # fmt: skip
    return Reading((alert,))
