"""Runscope (BlazeMeter API monitoring): a test ran, in one environment, and passed or failed."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="runscope",
    title="Runscope",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.blazemeter.com/apidocs/api-monitoring/webhook_notifications.htm",
)

_UNTOLD = frozenset(("canceled", "cancelled", "working", "running", "completed"))
"""A run that says nothing of what it tested."""
_KEPT = ("bucket_name", "environment_name", "region_name", "team_name", "agent", "test_id")


def read(request: Request) -> Reading:
    """The one run of a body."""
    body = _read.fields(request)
    name, own = _read.first(body, "test_name"), _read.first(body, "test_id")
    if not name and not own:
        raise Malformed("there is no test in it", "test_name")
    said = _read.first(body, "result")
    status = _read.INFO if _read.word(said) in _UNTOLD else None
    steps = _read.parts(body.get("requests"))
    failed = [each for each in steps if _read.first(each, "result") not in ("pass", "skipped", "")]
    reason = ""
    if failed:
        first = failed[0]
        reason = f"{_read.first(first, 'method')} {_read.first(first, 'url')} failed".strip()
    alert = _uptime.check(
        said,
        f"{own or name} {_read.first(body, 'environment_uuid')}".strip(),
        name or own,
        status=status,
        reason=reason,
        description="\n".join(
            f"{_read.first(each, 'method')} {_read.first(each, 'url')}:"
            f" {_read.first(each, 'response_status_code')}"
            for each in failed
        ),
        labels={each: _read.first(body, each) for each in _KEPT},
        links=(
            ("Run", _read.first(body, "test_run_url")),
            ("Source", _read.first(body, "test_url")),
        ),
    )
    return Reading((alert,))
