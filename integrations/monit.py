"""Monit: the XML it sends to M/Monit, and the environment of a program it executes.

The XML calls itself ISO-8859-1 and is UTF-8. A body without an event tells the state of all
services, each cycle; there is nothing to say then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations import _read, _xml
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="monit",
    title="Monit",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://mmonit.com/monit/documentation/monit.html#MANAGE-YOUR-MONIT-INSTANCES",
)

_XML = frozenset(("text/xml", "application/xml", "text/plain", ""))
_STATES = {
    "0": _read.RESOLVED, "1": _read.FIRING, "2": _read.FIRING, "3": _read.RESOLVED,
}  # fmt: skip
_INSTANCE, _ACTION = 0x10000, 0x40000
"""Monit itself started or stopped; a person told it to do something."""

_HEAD = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_OVER = ("succeeded", "recovery", "recovered", "link up", "not changed", "ok")
_STEM = re.compile(r"(?:does not )?(\w+)")


def read(request: Request) -> Reading:
    """One alert for each event."""
    if request.content_type in _XML and request.body.lstrip()[:1] == b"<":
        return Reading(_of_xml(request.body))
    return Reading((_of_environment(_read.fields(request)),))


def _of_xml(body: bytes) -> tuple[AlertReading, ...]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("iso-8859-1")
    head = _HEAD.match(text)
    name, said = _xml.parsed(text[head.end() if head else 0 :].encode())
    if name != "monit":
        raise Malformed("expected the element monit", name[:80])
    root = said if isinstance(said, dict) else {"event": said}
    found = root.get("event", [])
    events = found if isinstance(found, list) else [found]
    if len(events) > _read.MOST:
        raise Malformed(f"{len(events)} events; at most {_read.MOST} can be read", "event")
    return tuple(_event(root, each) for each in events)


def _event(root: dict[str, Any], event: Any) -> AlertReading:
    host = _text(root, "server/localhostname") or _text(root, "server/httpd/address")
    service, message = _text(event, "service"), _text(event, "message")
    number, state = _text(event, "id"), _text(event, "state")
    if not service and not message:
        raise Malformed("the event has no service", "event.service")
    mask = int(number) if number.isdecimal() and len(number) < 20 else 0
    status = _STATES.get(state, _read.INFO)
    if mask & (_INSTANCE | _ACTION):
        status = _read.INFO
    monit = _text(root, "id") or _text(root, "server/id") or host
    seconds = _text(event, "collected_sec")
    place = _read.on(service, host)
    return _read.alert(
        status,
        f"{monit} {service} {number}",
        f"{place}: {message}" if message else place,
        type=AlertType.HOST if service == host else AlertType.SERVICE,
        severity=Severity.WARNING if state == "2" else None,
        description=message,
        resource=host or service,
        labels={
            "host": host,
            "service": service,
            "event": number,
            "action": _text(event, "action"),
            "type": _text(event, "type"),
        },
        ends=int(seconds) if seconds.isdecimal() and len(seconds) < 20 else None,
    )


def _text(holder: Any, path: str) -> str:
    for step in path.split("/"):
        holder = holder.get(step) if isinstance(holder, dict) else None
    return holder.strip() if isinstance(holder, str) else ""


def _of_environment(sent: dict[str, Any]) -> AlertReading:
    """``MONIT_HOST``, ``MONIT_SERVICE``, ``MONIT_EVENT``, ``MONIT_DESCRIPTION`` of an exec."""
    body = _read.folded({_unprefixed(name): value for name, value in sent.items()})
    host, service = _read.first(body, "host", "hostname"), _read.first(body, "service", "program")
    event = _read.first(body, "event")
    told = _read.first(body, "description", "message", "text")
    if not service and not event:
        raise Malformed("there is no service in it: send $MONIT_SERVICE as service", "service")
    place = _read.on(service, host)
    return _read.alert(
        _said(body, event),
        f"{host} {service} {_stem(event)}".strip(),
        f"{place}: {told or event}" if told or event else place,
        type=AlertType.SERVICE,
        word=_read.first(body, "severity"),
        severity=Severity.WARNING if event.casefold().endswith(" changed") else None,
        description=told,
        resource=host or service,
        labels=_read.flat(sent, ("MONIT_DESCRIPTION", "MONIT_DATE", "description", "date")),
    )


def _unprefixed(name: str) -> str:
    return name[6:] if name[:6].casefold() == "monit_" else name


def _said(body: Mapping[str, Any], event: str) -> AlertStatus:
    """Its events are fixed phrases: ``Connection failed``, ``Does not exist``, ``Exists``."""
    if said := _read.first(body, "state", "status"):
        return _STATES.get(said) or _read.state(said)
    folded = event.casefold()
    if folded.endswith(_OVER) or folded == "exists":
        return _read.RESOLVED
    quiet = folded.startswith(("monit instance", "action done"))
    return _read.INFO if quiet else _read.FIRING


def _stem(event: str) -> str:
    found = _STEM.match(event.casefold())
    stem = found[1] if found else ""
    return "exist" if stem == "exists" else stem
