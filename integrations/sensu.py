"""Sensu: an event of Sensu Go, as handlers get it, or of Sensu Core with its client."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="sensu",
    title="Sensu",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.sensu.io/sensu-go/latest/observability-pipeline/observe-events/events/",
)

_SEVERITIES = {"0": Severity.INFO, "1": Severity.WARNING, "2": Severity.CRITICAL}
_ACTIONS = {"create": _read.FIRING, "resolve": _read.RESOLVED, "flapping": _read.INFO}


def read(request: Request) -> Reading:
    """The check of an event; one of metrics alone says nothing."""
    body = _read.fields(request)
    event = _read.part(body, "spec") or _read.part(body, "event") or body
    check = _read.part(event, "check")
    if not check:
        if _read.part(event, "metrics"):
            return Reading(())
        raise Malformed("there is no check in it", "check")
    entity = _read.part(event, "entity") or _read.part(event, "client")
    return Reading((_event(event, check, entity),))


def _event(event: dict[str, Any], check: dict[str, Any], entity: dict[str, Any]) -> AlertReading:
    about, owner = _read.part(check, "metadata"), _read.part(entity, "metadata")
    name = _read.first(about, "name") or _read.first(check, "name") or "A check without a name"
    place = (
        _read.first(check, "proxy_entity_name", "source")
        or _read.first(owner, "name")
        or _read.first(entity, "name")
    )
    number = _read.first(check, "status")
    output = _read.first(check, "output", "notification")
    space = _read.first(about, "namespace") or _read.first(owner, "namespace")
    notes = {**_read.tags(owner.get("annotations")), **_read.tags(about.get("annotations"))}
    first = output.partition("\n")[0]
    return _read.alert(
        _status(event, check, number),
        "/".join(part for part in (space, place, name) if part),
        f"{_read.on(name, place)}: {first}" if first else _read.on(name, place),
        type=AlertType.HOST if name == "keepalive" else AlertType.SERVICE,
        word=_read.first(check, "severity") or number,
        severity=None if check.get("severity") else _SEVERITIES.get(number, Severity.ERROR),
        description="\n".join(part for part in (output, notes.get("description", "")) if part),
        resource=place,
        labels={
            **_read.tags(owner.get("labels")),
            **_read.tags(about.get("labels")),
            "check": name,
            "entity": place,
            "namespace": space,
            "address": _read.first(entity, "address"),
            "state": _read.first(check, "state"),
            "occurrences": _read.first(check, "occurrences") or _read.first(event, "occurrences"),
        },
        links=(
            ("Runbook", notes.get("runbook") or notes.get("runbook_url")),
            ("Dashboard", notes.get("dashboard") or notes.get("dashboard_url")),
            ("Source", notes.get("sensu.io/url") or notes.get("url")),
        ),
        ends=check.get("executed") or event.get("timestamp"),
    )


def _status(event: dict[str, Any], check: dict[str, Any], number: str) -> AlertStatus:
    """Sensu Core names the action; in Sensu Go the exit status of the check is all there is."""
    if action := _ACTIONS.get(_read.first(event, "action")):
        return action
    if number:
        return _read.RESOLVED if number == "0" else _read.FIRING
    said = _read.first(check, "state")
    return _read.RESOLVED if said == "passing" else _read.FIRING
