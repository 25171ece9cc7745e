"""Keep: alerts and incidents in the form its own API and workflows have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import _form, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="keep",
    title="Keep",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.keephq.dev/overview/fingerprints",
)

_STATES = {"suppressed": _read.INFO, "pending": _read.INFO, "maintenance": _read.INFO,
           "merged": _read.RESOLVED, "deleted": _read.RESOLVED}  # fmt: skip
_NO_LABELS = ("name", "message", "description", "status", "severity", "lastReceived", "event_id",
              "firingStartTime", "user_generated_name", "user_summary", "payload")  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert or incident of a body, or those of a list."""
    value = _form.value(request)
    bodies = _read.objects(value, "body") if isinstance(value, list) else [_read.an_object(value)]
    return Reading(tuple(_alerts(bodies)))


def _alerts(bodies: list[dict[str, Any]]) -> Iterator[AlertReading]:
    for i, body in enumerate(bodies):
        alert = _read.part(body, "alert") or _read.part(body, "incident") or body
        name = _read.first(alert, "name", "user_generated_name", "ai_generated_name", "message")
        if not name:
            raise Malformed("there is no name in it", f"[{i}].name")
        yield _alert(alert, name)


def _alert(alert: dict[str, Any], name: str) -> AlertReading:
    services = _read.words(alert.get("services")) or _read.words(alert.get("alert_sources"))
    place = _read.first(alert, "host", "hostname", "service", "pod")
    place = place or next(iter(services), "")
    return _read.alert(
        _read.state(_read.first(alert, "status"), _STATES),
        _read.first(alert, "fingerprint", "id"),
        _read.on(name, place),
        type=AlertType.CUSTOM,
        word=_read.raw(alert, "severity"),
        description=_read.first(alert, "description", "message", "user_summary"),
        resource=place,
        labels={
            **_read.tags(alert.get("labels")),
            **_read.flat(alert, _NO_LABELS),
            "source": ", ".join(_read.words(alert.get("source"))),
        },
        links=(("Source", _read.first(alert, "url", "generatorURL")),),
        starts=alert.get("firingStartTime") or alert.get("start_time"),
        ends=alert.get("end_time") or alert.get("lastReceived"),
    )
