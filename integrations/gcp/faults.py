"""What is wrong now, by what Google says of machines, databases, clusters, backends and of itself.
What somebody stopped on purpose is no fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations import _text
from integrations._cloud import fields
from integrations._cloud.fields import entries, say
from integrations.gcp import api, compute
from store.model import DAY, MINUTE, Instant, Severity
from store.model.resource import Fault, Happening, Resource

_BROAD = frozenset(("google compute engine", "google cloud networking", "virtual private cloud",
                    "persistent disk", "google cloud infrastructure", "cloud networking",
                    "virtual private cloud (vpc)"))  # fmt: skip
"""Products whose trouble is that of everything in their region."""


def instance(item: Mapping[str, Any], project: str) -> Iterator[Fault]:
    """A machine whose host failed, or that is on its way for too long."""
    found = compute.resource("instances", item, project)
    if found is None:
        return
    if found.state.upper() == "REPAIRING":
        yield Fault(
            key=f"{found.key}#repairing", kind="ServerRepairing", severity=Severity.CRITICAL,
            title=f"{found.name} is being repaired", resource=found.key, description=found.why,
            labels=api.labels(found.key, project), links=_links(found),
        )  # fmt: skip
    elif compute.stuck(found.state):
        yield Fault(
            key=f"{found.key}#stuck", kind="ServerStuck", severity=Severity.WARNING,
            title=f"{found.name} stays {found.state}", resource=found.key,
            description=say(item, "statusMessage"), labels=api.labels(found.key, project),
            links=_links(found), after=15 * MINUTE,
        )  # fmt: skip


def _links(found: Resource) -> tuple[Any, ...]:
    return _text.links([("Google Cloud", found.url)])


def database(item: Mapping[str, Any], project: str) -> Iterator[Fault]:
    """A database of Cloud SQL."""
    name, state = say(item, "name"), say(item, "state").upper()
    why = ", ".join(fields.words(item.get("suspensionReason") or []))
    known = {
        "FAILED": ("DatabaseFailed", "has failed", Severity.CRITICAL, 0),
        "SUSPENDED": ("DatabaseSuspended", "is suspended", Severity.CRITICAL, 0),
        "MAINTENANCE": ("DatabaseMaintenance", "is in maintenance", Severity.WARNING, 5 * MINUTE),
    }
    if not name or state not in known:
        return
    kind, said, severity, after = known[state]
    yield Fault(
        key=f"{database_key(project, name)}#{state.lower()}", kind=kind, severity=severity,
        title=f"{name} {said}",
        resource=database_key(project, name), description=why,
        labels={"provider": "gcp", "project": project, "region": say(item, "region")},
        after=after,
    )  # fmt: skip


def database_key(project: str, name: str) -> str:
    """The full name of a database of Cloud SQL."""
    return f"//cloudsql.googleapis.com/projects/{project}/instances/{name}"


def cluster(item: Mapping[str, Any], project: str) -> Iterator[Fault]:
    """A cluster of GKE and its pools of nodes."""
    name = say(item, "name")
    path = say(item, "selfLink").partition("/projects/")[2]
    path = path or f"{project}/locations/{say(item, 'location')}/clusters/{name}"
    key = f"//container.googleapis.com/projects/{path}"
    if not name:
        return
    said = [say(each, "message") for each in entries(item.get("conditions"))]
    ill = {"ERROR": Severity.CRITICAL, "DEGRADED": Severity.ERROR}
    labels = {"provider": "gcp", "project": project, "cluster": name,
              "region": say(item, "location")}  # fmt: skip
    if severity := ill.get(say(item, "status").upper()):
        word = say(item, "status").lower()
        yield Fault(
            key=f"{key}#{word}", kind=f"Cluster{word.title()}", severity=severity,
            title=f"Cluster {name}: {word}", resource=key, labels=labels,
            description=say(item, "statusMessage") or "\n".join(filter(None, said)),
        )  # fmt: skip
    for pool in entries(item.get("nodePools")):
        if say(pool, "status").upper() in {"ERROR", "RUNNING_WITH_ERROR"}:
            yield Fault(
                key=f"{key}/nodePools/{say(pool, 'name')}#error", kind="NodePoolError",
                severity=Severity.ERROR, title=f"Cluster {name}: pool {say(pool, 'name')} fails",
                resource=key, labels=labels, description=say(pool, "statusMessage"),
                after=5 * MINUTE,
            )  # fmt: skip


def backend(service: Mapping[str, Any], states: Sequence[Mapping[str, Any]],
            project: str) -> Iterator[Fault]:  # fmt: skip
    """A backend service of which some or none answers its health check."""
    key, name = api.full_name(say(service, "selfLink")), say(service, "name")
    words = [say(each, "healthState").upper() for each in states]
    bad = [each for each, word in zip(states, words, strict=True)
           if word in {"UNHEALTHY", "TIMEOUT"}]  # fmt: skip
    if not bad or not key:
        return
    none = not any(word in {"HEALTHY", "DRAINING"} for word in words)
    who = [api.last(say(each, "instance")) or say(each, "ipAddress") for each in bad]
    yield Fault(
        key=f"{key}#backends", kind="BackendUnhealthy",
        severity=Severity.CRITICAL if none else Severity.WARNING,
        title=f"{name}: {len(bad)} of {len(words)} backends are unhealthy", resource=key,
        description=", ".join(filter(None, who[:20])), labels=api.labels(key, project),
        after=MINUTE,
    )  # fmt: skip


def certificate(found: Resource, now: Instant, days: float) -> Iterator[Fault]:
    """A certificate that ends soon."""
    ends = fields.instant(found.facts.get("expires"))
    if found.kind != "certificate" or ends is None or ends > now + int(days * DAY):
        return
    left = (ends - now) / DAY
    severity = Severity.CRITICAL if left <= 0 else Severity.ERROR if left < 3 else Severity.WARNING
    told = f"expires in {left:.0f} days" if left >= 1 else "expires within a day"
    yield Fault(
        key=f"{found.key}#expiry", kind="CertificateExpiring", severity=severity,
        title=f"Certificate {found.name} {told if left > 0 else 'has expired'}",
        resource=found.key, labels=api.labels(found.key, found.account),
    )  # fmt: skip


def event(row: Mapping[str, Any], project: str) -> Iterator[Fault]:
    """An outage of Google's that concerns the project."""
    if say(row, "state").upper() != "ACTIVE":
        return
    if say(row, "relevance").upper() in {"NOT_IMPACTED", "UNKNOWN", "RELATED"}:
        return
    if say(row, "category").upper() not in {"", "INCIDENT"}:
        return
    name = api.last(say(row, "name"))
    impacts = entries(row.get("eventImpacts")) or [{}]
    told = [say(each, "description") for each in entries(row.get("updates"))]
    for impact in impacts:
        product = say(impact, "product.productName")
        place = say(impact, "location.locationName").lower()
        region, zone = api.place_of("", place)
        broad = product.lower() in _BROAD
        yield Fault(
            key=f"{project}#event:{name}:{product}:{place}".lower(), kind="ServiceIssue",
            severity=Severity.ERROR,
            title=fields.one_line(f"{_named(product)} {place}".strip(), say(row, "title")),
            resource=api.above(project, region, zone) if broad else "",
            description=_text.description((told[-1:] or [say(row, "description")])[0]),
            labels={"provider": "gcp", "project": project, "product": product, "region": region,
                    "event": name},
            since=fields.instant(row.get("startTime")),
        )  # fmt: skip


def _named(product: str) -> str:
    return product if product.lower().startswith("google") else f"Google {product}".strip()


def deed(entry: Mapping[str, Any], project: str) -> Iterator[Happening]:
    """An entry of the audit log: who changed what. Of long ones the beginning counts."""
    payload = fields.part(entry, "protoPayload")
    at = fields.instant(entry.get("timestamp"))
    method = say(payload, "methodName")
    later = fields.dig(entry, "operation.last") is True
    if at is None or not method or (later and fields.dig(entry, "operation.first") is not True):
        return
    service, name = say(payload, "serviceName"), say(payload, "resourceName")
    failed = fields.number(fields.dig(payload, "status.code")) not in {None, 0.0}
    yield Happening(
        key=f"audit:{project}:{say(entry, 'insertId') or at}", at=at,
        reason=method.rpartition(".")[2] or method,
        text=fields.one_line(method, api.last(name), say(payload, "status.message")),
        resource=_target(service, name, entry),
        who=say(payload, "authenticationInfo.principalEmail"), warning=failed,
        change=not failed,
        labels=fields.facts(service=service),
    )  # fmt: skip


def _target(service: str, name: str, entry: Mapping[str, Any]) -> str:
    if service == "cloudsql.googleapis.com":
        database_id = say(entry, "resource.labels.database_id")
        project, _, id_ = database_id.partition(":")
        return database_key(project, id_) if id_ else ""
    return api.full_name(name, service.removesuffix(".googleapis.com")) if name else ""
