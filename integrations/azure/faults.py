"""What is wrong now: by what the resources say of themselves, by Resource Health, and by the events
of Azure itself. What somebody did on purpose is no fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations import _text
from integrations._cloud import fields
from integrations._cloud.fields import entries, part, say
from integrations.azure import kinds
from integrations.azure.reading import BAD
from store.model import DAY, MINUTE, Instant, Severity
from store.model.resource import Fault, Happening, Health, Resource

_STATUSES = "/providers/microsoft.resourcehealth/"
_STORES = frozenset(("database", "cache", "pool"))
_BROAD = frozenset(("virtual machines", "network infrastructure", "virtual network", "storage",
                    "virtual machine scale sets", "azure network infrastructure"))  # fmt: skip
"""Services whose trouble is that of everything in their region."""
_LEVELS = {"critical": Severity.CRITICAL, "error": Severity.ERROR, "warning": Severity.WARNING,
           "informational": Severity.INFO}  # fmt: skip


def labels(resource: Resource) -> dict[str, str]:
    """What alerts of a resource are labelled with."""
    found = {
        "provider": "azure", "subscription": resource.account, "resource_group": resource.group,
        "region": resource.region, "zone": resource.zone,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def of_resource(resource: Resource, now: Instant, certificate_days: float) -> Iterator[Fault]:
    """What the resource itself says is wrong."""
    if resource.health is Health.DOWN and resource.state.lower() in BAD:
        store = resource.kind in _STORES
        yield Fault(
            key=f"{resource.key}#state",
            kind=f"{resource.kind.title().replace('_', '')}{resource.state.title()}",
            severity=Severity.CRITICAL if store else Severity.ERROR,
            title=f"{resource.name} is {resource.state}",
            resource=resource.key, description=resource.why, labels=labels(resource),
            links=_links(resource), after=MINUTE,
        )  # fmt: skip
    elif resource.facts.get("provisioning", "").lower() == "failed":
        yield Fault(
            key=f"{resource.key}#provisioning", kind="ProvisioningFailed",
            severity=Severity.WARNING, title=f"{resource.name}: its last change failed",
            resource=resource.key, description=resource.why, labels=labels(resource),
            links=_links(resource), after=5 * MINUTE,
        )  # fmt: skip
    yield from _expiry(resource, now, certificate_days)


def _expiry(resource: Resource, now: Instant, days: float) -> Iterator[Fault]:
    ends = fields.instant(resource.facts.get("expires"))
    if resource.kind != "certificate" or ends is None or ends > now + int(days * DAY):
        return
    left = (ends - now) / DAY
    told = f"expires in {left:.0f} days" if left >= 1 else "expires within a day"
    yield Fault(
        key=f"{resource.key}#expiry", kind="CertificateExpiring",
        severity=Severity.CRITICAL if left <= 0
        else Severity.ERROR if left < 3 else Severity.WARNING,
        title=f"Certificate {resource.name} {told if left > 0 else 'has expired'}",
        resource=resource.key, labels=labels(resource), links=_links(resource), since=None,
    )  # fmt: skip


def _links(resource: Resource) -> tuple[Any, ...]:
    return _text.links([("Azure portal", resource.url)])


def health_of(status: Mapping[str, Any]) -> tuple[str, Health, str]:
    """The resource an availability status is of, how it is, and why; "" where it is of none."""
    key = say(status, "id").lower().partition(_STATUSES)[0]
    props = part(status, "properties")
    said = fields.one_line(say(props, "title"), say(props, "summary"))
    match say(props, "availabilityState").lower():
        case "available":
            return key, Health.OK, ""
        case "unavailable" if on_purpose(props):
            return key, Health.OK, ""
        case "unavailable":
            return key, Health.DOWN, said
        case "degraded":
            return key, Health.DEGRADED, said
        case _:
            return key, Health.UNKNOWN, ""


def on_purpose(props: Mapping[str, Any]) -> bool:
    """Whether a person stopped it."""
    reason = say(props, "reasonType").lower().replace(" ", "")
    return reason in {"userinitiated", "customerinitiated"} or (
        say(props, "context").lower().startswith("customer")
    )


def of_status(status: Mapping[str, Any], portal: str) -> Iterator[Fault]:
    """What Resource Health says of a resource, where that is a fault."""
    key, health, why = health_of(status)
    if not key or health not in {Health.DOWN, Health.DEGRADED}:
        return
    props = part(status, "properties")
    reason = say(props, "reasonType") or "Unknown"
    planned = reason.lower().startswith("planned")
    down = health is Health.DOWN
    severity = Severity.CRITICAL if down and not planned else Severity.WARNING
    name, steps = key.rpartition("/")[2], key.strip("/").split("/")
    yield Fault(
        key=f"{key}#health-{health.value}",
        kind="ResourceUnavailable" if down else "ResourceDegraded",
        severity=severity,
        title=f"{name} is {'unavailable' if down else 'degraded'}"
        + (" for maintenance" if planned else ""),
        resource=key,
        description=_described(props, why),
        labels={
            "provider": "azure", "reason": reason,
            **({"subscription": steps[1]} if len(steps) > 1 else {}),
            **({"resource_group": steps[3]} if len(steps) > 3 else {}),
        },
        links=_text.links([("Azure portal", f"{portal}/#resource{key}")]),
        since=fields.instant(props.get("occuredTime") or props.get("occurredTime")),
    )  # fmt: skip


def _described(props: Mapping[str, Any], why: str) -> str:
    advice = [say(each, "action") for each in entries(props.get("recommendedActions"))]
    eta = say(props, "resolutionETA")
    more = [f"Azure expects it to be well by {eta}." if eta else "", *advice[:3]]
    return _text.description("\n".join(filter(None, [why, say(props, "detailedStatus"), *more])))


# Azure's own events


def of_event(event: Mapping[str, Any], sub: str, regions: Iterable[str]) -> Iterator[Fault]:
    """An outage of Azure that concerns the subscription: one fault for each region it is in that
    we use, about the region where everything there is concerned."""
    props = part(event, "properties")
    if not _open(props, "serviceissue"):
        return
    name, used = say(event, "name") or say(event, "id").rpartition("/")[2], set(regions)
    severity = _LEVELS.get(say(props, "eventLevel").lower()) or _LEVELS.get(
        say(props, "level").lower(), Severity.WARNING
    )
    for service, region in _impacts(props):
        if region and used and region not in used:
            continue
        broad = service.lower() in _BROAD
        where = kinds.region_key(sub, region) if region else kinds.subscription_key(sub)
        yield Fault(
            key=f"{sub}#event:{name}:{service}:{region}".lower(),
            kind="ServiceIssue", severity=severity,
            title=fields.one_line(f"Azure {service} {region}".strip(), say(props, "title")),
            resource=where if broad else "",
            description=_text.description(say(props, "summary") or say(props, "header")),
            labels={
                "provider": "azure", "subscription": sub, "service": service,
                **({"region": region} if region else {}), "tracking_id": name,
            },
            since=fields.instant(props.get("impactStartTime")),
        )  # fmt: skip


def _open(props: Mapping[str, Any], type_: str) -> bool:
    return (
        say(props, "eventType").lower() == type_ and say(props, "status").lower() == "active"
    )  # fmt: skip


def _impacts(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each service and region that is concerned, and not yet well again."""
    impacts = entries(props.get("impact"))
    if not impacts:
        yield "service", ""
    for impact in impacts:
        service = say(impact, "impactedService") or "service"
        regions = entries(impact.get("impactedRegions"))
        for region in regions:
            if say(region, "status").lower() not in {"resolved", "mitigated"}:
                yield service, say(region, "impactedRegion").lower().replace(" ", "")
        if not regions:
            yield service, ""


def notice(event: Mapping[str, Any], sub: str, now: Instant) -> Iterator[Happening]:
    """Maintenance that is planned, and advice: worth knowing, no fault."""
    props = part(event, "properties")
    type_ = say(props, "eventType")
    if type_.lower() not in {"plannedmaintenance", "healthadvisory", "securityadvisory"}:
        return
    if say(props, "status").lower() != "active":
        return
    name = say(event, "name") or say(event, "id").rpartition("/")[2]
    times = (fields.instant(props.get(each)) for each in ("lastUpdateTime", "impactStartTime"))
    at = next((each for each in times if each), now)
    yield Happening(
        key=f"{sub}#event:{name}", at=min(at, now), reason=type_,
        text=fields.one_line(say(props, "title"), say(props, "summary")),
        resource=kinds.subscription_key(sub), warning=type_.lower() == "plannedmaintenance",
        labels=fields.facts(tracking_id=name, starts=say(props, "impactStartTime")),
    )  # fmt: skip
