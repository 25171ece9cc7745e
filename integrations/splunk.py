"""Splunk's webhook alert action: what a saved search found. Nothing tells when it is over."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="splunk",
    title="Splunk",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.splunk.com/en/splunk-enterprise/alert-and-respond/alerting-manual/"
    "alert-actions/use-a-webhook-alert-action",
)

_STATES = {"clear": _read.RESOLVED, "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
           "ok": _read.RESOLVED, "acknowledged": _read.ACKNOWLEDGED}  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body, with the first row of the result."""
    body = _read.fields(request)
    result = _read.part(body, "result")
    if not result and not _read.first(body, "search_name", "sid", "results_link"):
        raise Malformed("there is neither a search nor a result in it", "search_name")
    return Reading((_alert(body, result),))


def _alert(body: dict[str, Any], result: dict[str, Any]) -> AlertReading:
    """``sid`` is a run of the search: the search and the host are what stays the same."""
    search, app = _read.first(body, "search_name"), _read.first(body, "app")
    host = _read.first(result, "host", "dest", "orig_host", "src")
    line = _read.first(result, "_raw", "message", "description")
    said = _read.first(result, "alert_status", "status") if "alert_status" in result else ""
    return _read.alert(
        _STATES.get(_read.word(said), _read.FIRING),
        " ".join(each for each in (app, search or _read.first(body, "owner"), host) if each),
        _read.on(search, host) if search else line or f"A search of the app {app or 'unknown'}",
        type=AlertType.LOG,
        word=_read.first(result, "severity", "urgency", "priority", "log_level")
        or _read.first(body, "severity"),
        description=line,
        resource=host,
        labels={
            **_read.flat(body, ("sid", "results_link")),
            **{name: said for name, said in _read.flat(result, ("status",)).items()
               if name[:1] != "_" and not name.startswith(("date_", "time", "punct"))},
        },
        links=(("Source", _read.first(body, "results_link")),),
    )  # fmt: skip
