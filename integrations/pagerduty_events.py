"""PagerDuty's Events API as a sender speaks it: version 2 with change events, and version 1.

A trigger needs words, the others a key; all else that PagerDuty would refuse is taken as well as
it can be read. A trigger without a key has one made of what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="pagerduty_events",
    title="PagerDuty Events API",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://developer.pagerduty.com/docs/events-api-v2-overview",
)

_ACTIONS = {
    "trigger": _read.FIRING,
    "acknowledge": _read.ACKNOWLEDGED,
    "resolve": _read.RESOLVED,
}
_ONE_OF = "(must be one of the following: 'trigger', 'acknowledge' or 'resolve')"


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    if request.path == "change" or _is_change(body):
        return Reading((_change(body),))
    if "event_type" in body and "event_action" not in body:
        return Reading((_first_version(body),))
    return Reading((_event(body),))


def _is_change(body: dict[str, Any]) -> bool:
    return "event_action" not in body and "event_type" not in body and "payload" in body


def _event(body: dict[str, Any]) -> AlertReading:
    action, key = _action(body, "event_action"), _read.first(body, "dedup_key")
    payload = _read.part(body, "payload")
    summary = _read.first(payload, "summary")
    _needs(action, summary, "payload.summary", key, "dedup_key")
    details = payload.get("custom_details")
    known = {name: _read.first(payload, name) for name in ("component", "group", "class")}
    return _read.alert(
        _ACTIONS[action],
        key,
        summary or f"PagerDuty event {key}",
        type=AlertType.CUSTOM,
        word=_read.first(payload, "severity"),
        description=_read.text(details) or "\n".join(_lines(details)),
        resource=_read.first(payload, "source"),
        labels={**_read.tags(_read.part(payload, "custom_details")), **known,
                "client": _read.first(body, "client")},
        links=_links(body, "links"),
        starts=payload.get("timestamp"),
        ends=payload.get("timestamp"),
    )  # fmt: skip


def _first_version(body: dict[str, Any]) -> AlertReading:
    action, key = _action(body, "event_type"), _read.first(body, "incident_key")
    summary = _read.first(body, "description")
    _needs(action, summary, "description", key, "incident_key")
    details = _read.folded(_read.part(body, "details"))
    hosts = ("host", "hostname", "hostdisplayname", "source", "instance", "service")
    return _read.alert(
        _ACTIONS[action],
        key,
        summary or f"PagerDuty event {key}",
        type=AlertType.CUSTOM,
        word=_read.first(details, "severity", "servicestate", "hoststate", "priority"),
        description=_read.first(body, "details") or "\n".join(_lines(body.get("details"))),
        resource=_read.first(details, *hosts),
        labels={**_read.tags(_read.part(body, "details")), "client": _read.first(body, "client")},
        links=_links(body, "contexts"),
    )


def _change(body: dict[str, Any]) -> AlertReading:
    payload = _read.part(body, "payload")
    summary, at = _read.first(payload, "summary"), _read.first(payload, "timestamp")
    if not summary:
        raise Malformed("'payload.summary' is missing or blank", "payload.summary")
    source = _read.first(payload, "source")
    return _read.alert(
        _read.INFO,
        f"{source} / {summary} / {at}" if at else "",
        summary,
        type=AlertType.CHANGE,
        severity=Severity.INFO,
        resource=source,
        labels=_read.tags(_read.part(payload, "custom_details")),
        links=_links(body, "links"),
        starts=at or None,
    )


def _action(body: dict[str, Any], name: str) -> str:
    said = _read.first(body, name)
    if not said:
        raise Malformed(f"'{name}' is missing or blank", name)
    if said not in _ACTIONS:
        raise Malformed(f"'{name}' is invalid {_ONE_OF}", name)
    return said


def _needs(action: str, words: str, words_name: str, key: str, key_name: str) -> None:
    if action == "trigger" and not words:
        raise Malformed(f"'{words_name}' is missing or blank", words_name)
    if action != "trigger" and not key:
        raise Malformed(f"'{key_name}' is missing or blank", key_name)


def _lines(details: Any) -> Iterator[str]:
    """Details as a person reads them."""
    if isinstance(details, dict):
        for name, value in list(details.items())[:50]:
            if said := _read.text(value):
                yield f"{name}: {said}"


def _links(body: dict[str, Any], name: str) -> tuple[tuple[str, str | None], ...]:
    given = [
        (_read.first(one, "text") or "Link", _read.first(one, "href"))
        for one in _read.parts(body.get(name))
        if _read.first(one, "type") != "image"
    ]
    shown = [*(_read.parts(body.get("images"))), *(_read.parts(body.get(name)))]
    pictures = [(_read.first(one, "alt") or "Picture", _read.first(one, "src")) for one in shown]
    return (*given, ("Source", _read.first(body, "client_url")), *pictures)  # fmt: skip
