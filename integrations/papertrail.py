"""Papertrail: what a saved search found, with its events or only their counts. It never ends."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="papertrail",
    title="Papertrail",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.papertrail.com/help/webhooks/",
)

_LINES = 10


def read(request: Request) -> Reading:
    """One alert for the search: the JSON is in the form field ``payload``."""
    body = _read.fields(request)
    search = _read.part(body, "saved_search")
    if not search:
        raise Malformed("there is no saved search in it", "saved_search")
    return Reading((_alert(search, body),))


def _alert(search: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    events = _read.parts(body.get("events"), 500)
    counts = _read.parts(body.get("counts"), 500)
    worst = min(events, key=_rank, default={})
    source = _read.first(worst, "hostname", "source_name")
    place = source or (_read.first(counts[0], "source_name") if counts else "")
    name = _read.first(search, "name", "query")
    lines = [_line(event) for event in events[:_LINES]]
    number = len(events) or len(counts)
    return _read.alert(
        _read.FIRING,
        _read.first(search, "id") or name,
        f"{name or 'A search'} ({number} {'event' if number == 1 else 'events'})"
        if events
        else name or "A search without a name",
        type=AlertType.LOG,
        word=_read.first(worst, "severity"),
        description="\n".join(lines),
        resource=place,
        labels={
            "search": name,
            "query": _read.first(search, "query"),
            "program": _read.first(worst, "program"),
            "hosts": ", ".join({_read.first(one, "hostname", "source_name"): None
                                for one in events[:50]}),
        },
        links=(("Source", _read.first(search, "html_search_url")),),
    )  # fmt: skip


def _rank(event: dict[str, Any]) -> int:
    return _read.severity_of(_read.first(event, "severity")).rank


def _line(event: dict[str, Any]) -> str:
    return " ".join(
        each for each in (
            _read.first(event, "display_received_at"), _read.first(event, "hostname"),
            _read.first(event, "program"), _read.first(event, "message"),
        ) if each
    )  # fmt: skip
