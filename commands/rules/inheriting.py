"""What an alert has from the resource it is about, where it says nothing of it itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from store.model.known import Known

_SAID_BY = {
    "team": ("team",),
    "owner": ("owner",),
    "environment": ("environment", "env", "stage"),
    "service": ("service",),
    "cluster": ("cluster", "cluster_name", "kubernetes_cluster", "k8s_cluster"),
    "region": ("region", "aws_region", "location"),
    "provider": ("provider", "cloud", "cloud_provider"),
}
"""Each label, and those by which a monitor says the same."""
CARRIERS = frozenset((
    "hypervisor", "node", "zone", "region", "aggregate", "cloud", "pool", "network", "subnet",
    "router", "agent", "endpoint",
))  # fmt: skip
"""What carries others and is not what they belong to: whose it is says nothing of them."""


def inherited(
    labels: Mapping[str, str], one: Known, above: Sequence[Known], provider: str
) -> tuple[dict[str, str], str]:
    """The labels that an alert lacks, and where they are from: ``team db from its tags``. ``above``
    is what the resource belongs to, the nearest first."""
    there = {name.casefold() for name, value in labels.items() if str(value).strip()}
    found: dict[str, str] = {}
    origins: dict[str, list[str]] = {}
    for name, value, origin in _offered(one, above, provider):
        if value and name not in found and not there.intersection(_SAID_BY[name]):
            found[name] = value
            origins.setdefault(origin, []).append(f"{name} {value}")
    said = "; ".join(f"{_join(what)} from {origin}" for origin, what in origins.items() if origin)
    return found, said


def _offered(one: Known, above: Sequence[Known], provider: str) -> Iterator[tuple[str, str, str]]:
    for each in (one, *above):
        b = each.belongs
        mine = each is one
        origin = "its tags" if mine else f"{each.resource.kind.replace('_', ' ')} "
        origin += "" if mine else each.resource.name
        yield "team", b.team, origin
        yield "owner", b.owner, origin
        yield "environment", b.environment, origin
        yield "service", b.service if mine else "", origin
    clusters = (a.resource.name for a in (one, *above) if a.resource.kind == "cluster")
    yield "cluster", next(clusters, ""), ""
    yield "region", next((a.resource.region for a in (one, *above) if a.resource.region), ""), ""
    yield "provider", provider, ""


def _join(what: Sequence[str]) -> str:
    return what[0] if len(what) == 1 else f"{', '.join(what[:-1])} and {what[-1]}"
