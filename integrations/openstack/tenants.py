"""Projects: how much of what they may have they use, when it will be full, and who uses most."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations._inventory import Item, Progress
from integrations.openstack.cloud import Fields
from integrations.openstack.here import Here, Items, number, part, text
from store.clock import iso
from store.model import DAY, HOUR, Instant
from store.model.resource import Fault, Health, Resource, Sample

MOST_POINTS = 96
"""Readings of one quota that a forecast is made from."""
AT_ONCE = 4

_ALWAYS = frozenset(("instances", "cores", "ram", "volumes", "gigabytes"))
_TITLES = {
    "cores": "vCPUs", "ram": "memory", "gigabytes": "volume space", "floatingip": "floating IPs",
    "key_pairs": "key pairs", "server_groups": "server groups", "security_group": "security groups",
    "security_group_rule": "security group rules", "backup_gigabytes": "backup space",
    "port": "ports", "network": "networks", "subnet": "subnets", "router": "routers",
}  # fmt: skip
_USES = (("servers", "instances"), ("vCPUs", "cores"), ("memory MB", "ram"),
         ("volumes", "volumes"), ("volume GB", "gigabytes"))  # fmt: skip
_MEASURES = (("cores", "vcpus_used", 1), ("ram", "memory_used", 2**20),
             ("gigabytes", "disk_used", 2**30))  # fmt: skip
_UNITS = {"gigabytes": "GB", "backup_gigabytes": "GB"}


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of one thing a project may have and uses (with what is reserved); ``limit`` -1 for
    as much as it likes."""

    service: str
    name: str
    used: float
    limit: float

    @property
    def percent(self) -> float:
        """Of the limit."""
        return self.used / self.limit * 100 if self.limit > 0 else 0.0


async def tenants(here: Here) -> Items:
    """Every project with its quotas and what it used of late."""
    projects = await here.listed("identity", "projects", "projects")
    if projects is None:
        uid = here.cloud.project
        projects = [{"id": uid, "name": here.memory.projects.get(uid, uid)}] if uid else []
    here.memory.projects |= {text(each, "id"): text(each, "name") for each in projects}
    domains = {
        text(each, "id"): text(each, "name")
        for each in await here.listed("identity", "domains", "domains") or ()
    }
    hours = await _hours(here)
    known = here.cloud.endpoints(here.region)
    services = [each for each in ("compute", "volume", "network") if each in known]
    for start in range(0, len(projects), AT_ONCE):
        some = projects[start : start + AT_ONCE]
        read = await asyncio.gather(*(_quotas(here, text(each, "id"), services) for each in some))
        items: list[Item] = []
        for each, quotas in zip(some, read, strict=True):
            items += _project(here, each, domains, quotas, hours.get(text(each, "id"), {}))
        yield items
        yield Progress(start + len(some), len(projects))


async def _hours(here: Here) -> dict[str, Fields]:
    """Project → vCPU and memory hours of the last 30 days."""
    span = {"start": iso(here.now - 30 * DAY)[:19], "end": iso(here.now)[:19]}
    found = await here.listed(
        "compute", "os-simple-tenant-usage", "tenant_usages", span, limit=1000
    )  # fmt: skip
    return {text(each, "tenant_id"): each for each in found or ()}


async def _quotas(here: Here, project: str, services: Sequence[str]) -> list[Quota]:
    found: list[Quota] = []
    if "compute" in services:
        body = await here.maybe("compute", f"os-quota-sets/{project}/detail")
        found += _listed("compute", part(body or {}, "quota_set"), "in_use")
    if "volume" in services:
        body = await here.maybe("volume", f"os-quota-sets/{project}", {"usage": "true"})
        found += _listed("volume", part(body or {}, "quota_set"), "in_use")
    if "network" in services:
        body = await here.maybe("network", f"quotas/{project}/details.json")
        found += _listed("network", part(body or {}, "quota"), "used")
    return found


def _listed(service: str, quotas: Mapping[str, object], used: str) -> list[Quota]:
    found = []
    for name, each in quotas.items():
        if not isinstance(each, dict):
            continue
        limit, usage = number(each, "limit"), number(each, used)
        if limit is not None and usage is not None:
            found.append(Quota(service, name, usage + (number(each, "reserved") or 0), limit))
    return found


def _project(
    here: Here, each: Fields, domains: dict[str, str], quotas: list[Quota], hours: Fields
) -> Iterator[Item]:
    uid, name = text(each, "id"), text(each, "name") or text(each, "id")
    key, uses = here.key("project", uid), {one.name: one.used for one in quotas}
    domain = text(each, "domain_id")
    facts = {"domain": domains.get(domain, domain), "description": text(each, "description")[:200]}
    facts |= {word: f"{uses[field]:g}" for word, field in _USES if field in uses}
    for word, field in (("vCPU hours in 30 days", "total_vcpus_usage"),
                        ("server hours in 30 days", "total_hours")):  # fmt: skip
        if (value := number(hours, field)) is not None:
            facts[word] = f"{value:.0f}"
    yield Resource(
        key, "project", name, state="disabled" if each.get("enabled") is False else "enabled",
        region=here.region, account=here.source.name, group=name, ids=(uid,),
        tags={str(tag)[:100]: "" for tag in each.get("tags") or ()},
        parents=(here.key("cloud", here.source.name),),
        facts={word: value for word, value in facts.items() if value},
    )  # fmt: skip
    for field, metric, unit in _MEASURES:
        if field in uses:
            yield Sample(key, metric, here.now, uses[field] * unit)
    for one in quotas:
        if one.limit > 0 and (one.used > 0 or one.name in _ALWAYS):
            yield from _quota(here, one, uid, name)


def _quota(here: Here, quota: Quota, project: str, name: str) -> Iterator[Item]:
    about = f"{project}/{quota.service}/{quota.name}"
    key, what = here.local("quota", project, quota.service, quota.name), quota.name
    what = _TITLES.get(what, what.replace("_", " "))
    unit = f" {_UNITS[quota.name]}" if quota.name in _UNITS else ""
    said = f"{quota.used:g} of {quota.limit:g}{unit}"
    if quota.name == "ram":
        said = f"{quota.used / 1024:.4g} of {quota.limit / 1024:.4g} GB"
    full, near = quota.used >= quota.limit, quota.percent >= here.source.warning
    left = _forecast(here, key, quota) if near and not full else None
    health = Health.DEGRADED if full or near else Health.OK
    why = "full" if full else "near its limit" if near else ""
    yield Resource(
        key, "quota", f"{name}: {what}", state=why or "has room", health=health, why=why,
        type=quota.service,
        region=here.region, account=here.source.name, group=name,
        size={"limit": quota.limit}, parents=(here.key("project", project),),
        facts={"used": said, **({"full in": left} if left else {})},
    )  # fmt: skip
    yield Sample(key, "quota", here.now, quota.percent)
    yield Sample(key, "used", here.now, quota.used)
    yield Sample(key, "limit", here.now, quota.limit)
    if full or near:
        yield _fault(here, about, key, name, what, said, quota, full, left)


def _fault(
    here: Here, about: str, key: str, project: str, what: str, said: str, quota: Quota,
    full: bool, left: str | None,
) -> Fault:  # fmt: skip
    state = "full" if full else f"{quota.percent:.0f} % used"
    soon = f"; full in {left} if it goes on so" if left else ""
    refusing = "Every request for more is refused." if full else "Near its limit."
    return here.fault(
        "Quota", about, "error" if full else "warning",
        f"Quota of {what} in project {project} is {state}: {said}{soon}", key,
        labels={"project": project, "service": quota.service, "quota": quota.name},
        description=refusing, called="QuotaFull" if full else "QuotaNearLimit",
    )  # fmt: skip


def _forecast(here: Here, key: str, quota: Quota) -> str | None:
    """When it is full, by the line through what was read since it came near its limit; None where
    it does not grow or too little is known."""
    points = here.memory.used.setdefault(key, [])
    points.append((here.now, quota.used))
    del points[:-MOST_POINTS]
    if (left := full_in(points, quota.limit)) is None:
        return None
    return f"{left / HOUR:.0f} h" if left < 2 * DAY else f"{left / DAY:.0f} days"


def full_in(points: list[tuple[Instant, float]], limit: float) -> float | None:
    """Milliseconds until the least-squares line through the points reaches the limit; None for
    fewer than three, for a line that does not rise, or later than in 90 days."""
    if len(points) < 3 or points[-1][0] <= points[0][0]:
        return None
    start, count = points[0][0], len(points)
    times = [float(at - start) for at, _ in points]
    mean, level = sum(times) / count, sum(value for _, value in points) / count
    spread = sum((at - mean) ** 2 for at in times)
    rise = sum((at - mean) * (value - level) for at, (_, value) in zip(times, points, strict=True))
    if spread <= 0 or rise <= 0:
        return None
    left = (limit - points[-1][1]) / (rise / spread)
    return left if 0 < left <= 90 * DAY else None
