"""Vector: log events its http sink posts, one alone, in a list, or a line each."""

from __future__ import annotations

from typing import Any

from integrations import _form, _json, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="vector",
    title="Vector",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://vector.dev/docs/reference/configuration/sinks/http/",
)

_NO_LABELS = ("message", "msg", "timestamp", "event", "level", "severity", "status")


def read(request: Request) -> Reading:
    """One alert for each event; what repeats in one body is one."""
    found = {}
    for i, event in enumerate(_events(request)):
        alert = _event(event, f"[{i}]")
        found[alert.key, alert.status] = alert
    return Reading(tuple(found.values()))


def _events(request: Request) -> list[dict[str, Any]]:
    body = request.body.strip()
    lines = body.split(b"\n", _read.MOST + 1)
    if body[:1] == b"{" and len(lines) > 1 and lines[0].rstrip()[-1:] == b"}":
        return _read.objects([_json.parse(line) for line in lines if line.strip()], "body")
    value = _form.value(request)
    return _read.objects(value if isinstance(value, list) else [value], "body")


def _event(event: dict[str, Any], where: str) -> AlertReading:
    inner = _read.part(event, "message") or _read.part(event, "event") or event
    title = _read.first(inner, "message", "msg", "event", "title", "name")
    if not title:
        raise Malformed("there is no message in it", f"{where}.message")
    kubernetes = _read.part(event, "kubernetes")
    place = _read.first(event, "host", "hostname") or _read.first(kubernetes, "pod_name")
    word = _read.first(inner, "severity", "level", "log_level") or _read.first(event, "level")
    said = _read.first(inner, "status", "state")
    return _read.alert(
        _read.STATES.get(_read.word(said), _read.FIRING),
        _read.first(inner, "fingerprint", "id"),
        _read.on(title.partition("\n")[0], place),
        type=AlertType.LOG,
        word=word,
        description=title,
        resource=place,
        labels={**_read.flat(event, _NO_LABELS), **_read.flat(kubernetes, ("pod_labels",))},
        starts=event.get("timestamp"),
    )
