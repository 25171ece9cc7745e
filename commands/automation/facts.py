"""What is known of an incident, for conditions and for templates: its own fields, the labels of its
alerts, the resources it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from commands.rules.conditions import Facts
from commands.rules.inventory_words import provider_of
from store import alerts
from store.db import Tx
from store.inventory import about, resources
from store.model import Alert, AlertStatus, Incident
from store.model.known import Known

ALERTS = 100
"""So many of its alerts are read, the worst first."""
MOST = 20
"""So many different values one label counts with."""
SHOWN_AS = {"triggered": "new"}
"""What people call it, beside its own word."""


def facts_of(tx: Tx, incident: Incident) -> Facts:
    """The facts of an incident as it is now; what fires comes before what is over."""
    some = alerts.of_incident(tx, incident.id, ALERTS)
    numbers = about.of_incident(tx, incident.id)
    known = resources.many(tx, numbers) if numbers else {}
    return of(incident, some, known.values())


def of(incident: Incident, some: Iterable[Alert], known: Iterable[Known]) -> Facts:
    """The facts of an incident with these alerts and resources."""
    found: dict[str, dict[str, None]] = {}

    def put(name: str, *values: object) -> None:
        kept = found.setdefault(name, {})
        for each in values:
            text = "" if each is None else str(each)
            if text and len(kept) < MOST:
                kept.setdefault(text)

    resources_ = list(known)
    firing = sorted(some, key=lambda one: one.status is not AlertStatus.FIRING)
    for name, value in _own(incident):
        put(name, value)
    for labels in (*(one.labels for one in firing), incident.labels):
        for name, value in labels.items():
            put(f"labels.{name}", value)
    for alert in firing:
        put("source", alert.source)
        put("type", alert.type)
        put("resource", alert.resource)
    for one in resources_:
        for name, value in _of_resource(one):
            put(name, value)
    put("environment", *(found.get("labels.environment") or found.get("labels.env") or ()))
    return Facts({name: tuple(values) for name, values in found.items() if values})


def of_resource(one: Known) -> Facts:
    """The facts of a resource by itself; its ``state`` and ``name`` too."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _of_resource(one):
        if value is not None and (text := str(value)):
            found.setdefault(name, (text,))
    r = one.resource
    own = {"state": r.state, "name": r.name, "source": one.source, "type": r.type}
    return Facts({**found, **{name: (text,) for name, text in own.items() if text}})


def _own(one: Incident) -> Iterator[tuple[str, object]]:
    status = str(one.status)
    fields = {
        "severity": one.severity, "source": one.source, "type": one.type, "status": status,
        "title": one.title, "team": one.team, "service": one.service, "route": one.route,
        "policy": one.policy, "resource": one.resource,
    }  # fmt: skip
    yield from fields.items()
    yield "status", SHOWN_AS.get(status)
    for tag in one.tags:
        yield "tag", tag
    more = {"id": one.id, "holder": one.holder, "value": one.value, "alerts": one.alerts_firing}
    for name, value in (fields | more).items():
        yield f"incident.{name}", value


def _of_resource(one: Known) -> Iterator[tuple[str, object]]:
    r, belongs = one.resource, one.belongs
    fields = {
        "kind": r.kind, "provider": provider_of(r.key), "health": r.health, "region": r.region,
        "account": r.account, "owner": belongs.owner, "environment": belongs.environment,
        "service": belongs.service, "team": belongs.team,
    }  # fmt: skip
    yield from fields.items()
    yield "resource", r.name
    more = {"name": r.name, "id": one.id, "key": r.key, "group": r.group, "zone": r.zone,
            "state": r.state, "source": one.source, "type": r.type}  # fmt: skip
    for name, value in (fields | more).items():
        yield f"resource.{name}", value
    for name, text in r.tags.items():
        yield f"resource.tags.{name}", text
