"""Datadog's webhooks: people write the body themselves, from a table of variables.

So the variables' names are looked for, however they are written. The body of the form's default
has only ``$EVENT_TITLE``, where the state stands in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations import _read
from integrations._shape import leaves
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="datadog",
    title="Datadog",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.datadoghq.com/integrations/webhooks/",
)

_STATES = {
    "triggered": _read.FIRING, "re_triggered": _read.FIRING, "retriggered": _read.FIRING,
    "warn": _read.FIRING, "re_warn": _read.FIRING, "no_data": _read.FIRING,
    "re_no_data": _read.FIRING, "renotify": _read.FIRING, "re_notify": _read.FIRING,
    "recovered": _read.RESOLVED, "success": _read.RESOLVED, "completed": _read.RESOLVED,
    "stable": _read.ACKNOWLEDGED, "error": _read.FIRING, "warning": _read.FIRING,
    "user_update": _read.INFO, "snapshot": _read.INFO,
}  # fmt: skip
_MARKED = re.compile(
    r"(?:\[(P[1-5])\]\s*)?(?:\[([A-Za-z][A-Za-z -]{1,15}?)(?: on \{(.{0,500}?)\})?\]\s*)?(.*)",
    re.DOTALL,
)
_SHOWN = frozenset(("title", "text", "body", "tags", "eventtitle", "eventmsg", "alerttitle"))


def read(request: Request) -> Reading:
    """The one alert of a body."""
    sent = _read.fields(request)
    body = _read.folded(sent)
    inside = [value for value in sent.values() if isinstance(value, dict)][:10]
    if inside:  # {"alert": {"title": …}} is ALERT_TITLE, {"metadata": {"ALERT_TITLE": …}} too
        body = {**leaves(sent), **body}
        for each in inside:
            body = {**_read.folded(each), **body}
    return Reading((_alert(sent, body),))


def _alert(sent: dict[str, Any], body: Mapping[str, Any]) -> AlertReading:
    whole = _read.first(
        body, "alerttitle", "eventtitle", "securitysignaltitle", "incidenttitle", "title", "name",
        "monitorname", "summary", "securityrulename", "syntheticstestname", "testname",
    )  # fmt: skip
    mark, scope, priority, title = _unmarked(whole)
    scope = _read.first(body, "alertscope", "scope") or scope or _scopes(body)
    tags = _read.tags(body.get("tags") or body.get("alerttags"))
    text = _read.first(body, "textonlymsg", "eventmsg", "alertmessage", "body", "text", "message")
    title = title or _read.first(body, "alertquery", "query") or text or _read.unexpanded(sent)
    if not title:
        raise Malformed("there is no title in it: send $EVENT_TITLE as title", "title")
    status, warns = _state(body, mark)
    word = _severity_word(body) or priority
    place = _resource(body, tags, scope)
    return _read.alert(
        status,
        _key(body, scope),
        _read.on(title, place),
        type=_type(body),
        word=word,
        severity=Severity.WARNING if warns and not word else None,
        description=text,
        resource=place,
        labels={**_labels(sent), **tags, **_read.tags(scope)},
        links=(
            ("Source", _read.first(body, "link", "url", "alerturl", "eventlink", "incidenturl")),
            ("Snapshot", _read.first(body, "snapshot")),
        ),
    )


def _unmarked(title: str) -> tuple[str, str, str, str]:
    """``[P1] [Triggered on {host:web-1}] CPU high``: the state, the scope, the priority, and the
    monitor's name."""
    found = _MARKED.fullmatch(title[:1_000])
    if found is None or not (found[1] or found[2]) or not found[4]:
        return "", "", "", title
    state = _read.word(found[2] or "")
    if state and state not in _STATES and state not in _read.STATES:
        return "", "", found[1] or "", title  # [Synthetics] and its like
    return found[2] or "", found[3] or "", found[1] or "", found[4]


def _scopes(body: Mapping[str, Any]) -> str:
    return ",".join(_read.words(body.get("scopes")))


def _state(body: Mapping[str, Any], mark: str) -> tuple[AlertStatus, bool]:
    """The transition, where the template has it; and whether it is only a warning."""
    said = _read.raw(
        body, "alerttransition", "transition", "alertstatus", "incidentstatus", "monitorstate",
        "status", "state",
    )  # fmt: skip
    kind = _read.first(body, "alerttype")
    found = _read.first({"said": said}, "said") or mark or kind
    status = _read.state(found, _STATES)
    if status is _read.INFO and kind and _read.word(found) not in _STATES:
        status = _read.state(kind, _STATES)
    return status, _read.word(found) in ("warn", "re_warn")


def _severity_word(body: Mapping[str, Any]) -> str:
    """``priority`` is ``normal`` on nearly every event, and says nothing then."""
    names = (
        "severity", "securitysignalseverity", "incidentseverity", "alertpriority", "priority",
        "alerttype",
    )  # fmt: skip
    said = (_read.first(body, name) for name in names)
    return next((word for word in said if word and word.casefold() not in _NO_WORDS), "")


_NO_WORDS = frozenset(("normal", "success", "user_update", "snapshot"))


def _key(body: Mapping[str, Any], scope: str) -> str:
    """A monitor has one id for all its groups, so the scope belongs to it."""
    if own := _read.first(body, "aggregkey", "alertcyclekey", "securitysignalid", "incidentuuid",
                          "incidentpublicid"):  # fmt: skip
        return own
    monitor = _read.first(body, "alertid", "monitorid", "syntheticstestid", "alertkey")
    return f"{monitor} {scope}".strip() if monitor else ""


def _resource(body: Mapping[str, Any], tags: Mapping[str, str], scope: str) -> str:
    named = _read.first(body, "hostname", "host", "resource")
    wide = {**_read.tags(scope), **tags}
    told = _read.first(wide, "host", "instance", "pod_name", "device", "service")
    groups = _read.words(body.get("scopes"), 1)
    return named or told or (groups[0] if groups and ":" not in groups[0] else "")


def _type(body: Mapping[str, Any]) -> AlertType:
    kind = _read.first(body, "eventtype", "alertmetrictype", "monitortype").casefold()
    if "log" in kind:
        return AlertType.LOG
    if "synthetics" in kind or "syntheticstestname" in body:
        return AlertType.UPTIME
    if "security" in kind or "securityrulename" in body:
        return AlertType.SECURITY
    return AlertType.METRIC


def _labels(sent: Mapping[str, Any]) -> dict[str, str]:
    found = _read.flat(sent)
    return {name: said for name, said in found.items() if name.casefold() not in _SHOWN}
