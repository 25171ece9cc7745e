"""Bodies of ``webhook_event_data`` with a ``check_state_name``: Insping, and Freshping after it."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Malformed, Reading, Request
from store.model import Severity

_NO_LABELS = ("check_state_name", "request_start_time", "response_time", "response_summary",
              "recently_started_check_state_name")  # fmt: skip
_MILD = ("performance degraded", "reporting error")


def read(request: Request) -> Reading:
    """The one check of a body."""
    body = _read.fields(request)
    data = _read.part(body, "webhook_event_data") or body
    said = _read.first(data, "check_state_name", "check_state", "state")
    place = _read.first(data, "request_url", "check_url")
    name = _read.first(data, "check_name", "application_name") or place
    if not said or not name:
        raise Malformed("there is no check in it", "webhook_event_data.check_state_name")
    code = _read.first(data, "http_status_code")
    slow = said.casefold() in _MILD
    alert = _uptime.check(
        said,
        _read.first(data, "check_id") or f"{name} {place}",
        name,
        reason=_read.first(data, "response_summary") or (f"{said}, HTTP {code}" if code else said),
        place=place,
        severity=Severity.WARNING if slow else None,
        labels={
            "organization": _read.first(body, "organization_name"),
            **_read.flat(data, _NO_LABELS),
        },
        links=(("Checked", place),),
    )
    return Reading((alert,))
