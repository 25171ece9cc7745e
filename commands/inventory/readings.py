"""A fault as the alert it becomes: what kind, about what, with labels people route and group by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from commands.context import Ctx
from store.inventory import resources
from store.inventory.faults import METRICS, Standing
from store.model import AlertReading, AlertStatus, AlertType, Link
from store.model.known import Known

_TYPES: Mapping[str, AlertType] = {
    "kubernetes": AlertType.KUBERNETES,
    "openstack": AlertType.OPENSTACK,
}
HOSTS = ("server", "node", "hypervisor")
"""The kinds whose name is that of a host."""


def readings_of(ctx: Ctx, source: str, faults: Iterable[Standing]) -> list[AlertReading]:
    """The alerts of some faults: firing, or resolved where they are not seen any more."""
    found = list(faults)
    about = resources.by_keys(ctx.tx, {f.fault.resource for f in found if f.fault.resource})
    return [_reading(ctx, source, one, about.get(one.fault.resource)) for one in found]


def _reading(ctx: Ctx, source: str, one: Standing, about: Known | None) -> AlertReading:
    fault = one.fault
    over = one.missed_at is not None
    labels = dict(_labels(ctx, source, one, about)) | dict(fault.labels)
    links = fault.links
    if about is not None and about.resource.url and not links:
        links = (Link(about.resource.name, about.resource.url),)
    return AlertReading(
        key=fault.key,
        status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
        severity=fault.severity,
        title=fault.title,
        type=_type(ctx, source, one.part),
        severity_raw=str(fault.severity),
        description=fault.description,
        resource=about.resource.name if about is not None else _bare(fault.resource) or None,
        labels={name: value for name, value in labels.items() if value},
        links=links,
        starts_at=one.first_at,
        ends_at=max(one.missed_at or 0, one.first_at) if over else None,
    )


def _bare(key: str) -> str:
    """The end of a key that nothing is known of: ``i-0abc`` of an ARN."""
    return key.replace(":", "/").rstrip("/").rpartition("/")[2]


def _type(ctx: Ctx, source: str, part: str) -> AlertType:
    if part == METRICS:
        return AlertType.METRIC
    rules = ctx.rules.inventory.sources.get(source)
    return _TYPES.get(rules.kind if rules else "", AlertType.CLOUD)


def _labels(ctx: Ctx, source: str, one: Standing, about: Known | None) -> Iterator[tuple[str, str]]:
    rules = ctx.rules.inventory.sources.get(source)
    provider = rules.kind if rules else ""
    yield from (("source", source), ("alertname", one.fault.kind), ("kind", one.fault.kind))
    yield from (("provider", provider), ("resource_id", one.fault.resource))
    if about is None:
        if rules is not None:
            yield from (("team", rules.team), ("environment", rules.environment))
        return
    r, belongs = about.resource, about.belongs
    in_cluster = provider == "kubernetes"
    yield from (("resource", r.name), ("resource_kind", r.kind))
    yield ("cluster" if in_cluster else "account", r.account)
    yield ("namespace" if in_cluster else "group", r.group)
    yield from (("region", r.region), ("zone", r.zone))
    yield from (("team", belongs.team), ("service", belongs.service))
    yield ("environment", belongs.environment)
    if r.kind in HOSTS:
        yield ("host", r.name)
