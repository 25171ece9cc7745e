"""Whether each API answers, how fast, and whether what is behind them all does: the message bus,
the database, Keystone. One clear fault for one cause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from integrations._inventory import Changes, Item, Over
from integrations.base import IntegrationError, Misconfigured
from integrations.openstack.beats import Beat, all_down, service, together
from integrations.openstack.catalog import Endpoint, base_of, root_of
from integrations.openstack.cloud import Answer
from integrations.openstack.here import Here, Items, worst
from integrations.openstack.reach import KEYSTONE, Unanswered
from store.model.resource import Fault, Health, Resource, Sample

_CALLS = {
    "identity": "auth/projects", "compute": "flavors?limit=1", "volume": "volumes?limit=1",
    "network": "networks?limit=1&fields=id", "image": "images?limit=1",
    "placement": "resource_classes", "load-balancer": "lbaas/loadbalancers?limit=1",
    "metric": "capabilities",
}  # fmt: skip
"""A small call that goes through token check and database."""
LINGERS = 300.0
"""Seconds for which a bus that did not answer is what keeps Cinder's API from answering."""
_CRITICAL = frozenset(("identity", "compute", "network"))
_KINDS = {"unreachable": "EndpointUnreachable", "hangs": "EndpointHangs",
          "error": "EndpointErrors", "tls": "EndpointCertificate"}  # fmt: skip
_SAID = {"unreachable": "can't be reached", "hangs": "does not answer in time",
         "error": "answers with errors", "tls": "shows a certificate nobody believes"}  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What came of asking an endpoint. ``open`` its version document answered; ``bad`` one of
    ``unreachable``, ``hangs``, ``error``, ``tls`` or ""; ``blames`` says that it can't check our
    token; ``unsure`` that nothing could be asked with a token."""

    endpoint: Endpoint
    open: bool = False
    bad: str = ""
    why: str = ""
    took: float | None = None
    blames: bool = False
    unsure: bool = False


async def api(here: Here, *, first: bool) -> Items:
    """The cloud, its regions, services and endpoints, and the faults of what they stand on."""
    signed = await _sign_in(here)
    known = here.cloud.endpoints(here.region)
    if not known:
        known = {"identity": _by_settings(here)}
    seen = await asyncio.gather(*(_look(here, each, signed) for each in known.values()))
    complete = signed == "" and not any(each.unsure for each in seen)
    if not complete:
        yield Changes()
    found = {each.endpoint.service: each for each in seen}
    plane = await _plane(here, list(seen)) if signed == "" else None
    if signed and "identity" in found and not found["identity"].bad:
        found["identity"].bad, found["identity"].why = "error", signed
    yield list(_resources(here, list(seen), plane, first=first))
    yield [
        Sample(here.local("endpoint", each.endpoint.service), "latency", here.now, each.took)
        for each in seen if each.took is not None and not each.bad
    ]  # fmt: skip
    yield list(_faults(here, list(seen), plane, complete=complete))


async def _sign_in(here: Here) -> str:
    """Why no token is to be had, "" with one."""
    try:
        await here.cloud.sign_in()
    except Misconfigured:
        raise
    except IntegrationError as error:
        return str(error) or "no token"
    return ""


def _by_settings(here: Here) -> Endpoint:
    url = here.cloud.auth_url()
    base = base_of("identity", url, "")
    return Endpoint("identity", here.region, "identity", "keystone", url, base, root_of(base))


async def _look(here: Here, endpoint: Endpoint, signed: str) -> Seen:
    seen = Seen(endpoint)
    try:
        answer = await here.cloud.probe(endpoint.root, endpoint.service, token=False)
    except Unanswered as error:
        seen.bad, seen.why = _how(error), _more(error)
        return seen
    seen.took = answer.took
    if answer.status >= 500:
        seen.bad, seen.why = "error", f"its version document answers {answer.status}"
        return seen
    seen.open = True
    if signed:
        seen.unsure = True
        return seen
    try:
        answer = await here.cloud.probe(
            f"{endpoint.base}/{_CALLS[endpoint.service]}", endpoint.service, token=True
        )
    except Unanswered as error:
        if error.service == KEYSTONE and endpoint.service != "identity":
            seen.unsure, seen.why = True, str(error)
        else:
            seen.bad, seen.why = _how(error), _more(error)
        return seen
    except IntegrationError as error:  # a new token was asked for, and refused
        seen.unsure, seen.why = True, str(error)
        return seen
    _judge(seen, answer)
    return seen


def _judge(seen: Seen, answer: Answer) -> None:
    seen.took = answer.took
    if answer.status < 500:
        return
    seen.bad = "error"
    seen.why = f"{answer.status}" + (f": {answer.text[:200]}" if answer.text else "")
    seen.blames = answer.status in (500, 503) and "keystone" in answer.text.lower()


def _more(error: Unanswered) -> str:
    """What it says beyond what ``how`` tells."""
    return str(error) if error.how == "error" else ""


def _how(error: Unanswered) -> str:
    return error.how if error.how in _KINDS else "error"


# ---- what is behind them -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plane:
    """What is wrong with the whole control plane; ``over`` the endpoints that it explains."""

    title: str
    description: str
    over: frozenset[str] = frozenset()


async def _plane(here: Here, seen: list[Seen]) -> Plane | None:
    """The one cause of several endpoints that err, or of all hosts that went silent."""
    erring = [each for each in seen if each.open and each.bad in ("error", "hangs")
              and not each.blames]  # fmt: skip
    told = here.memory.ill.get(here.region, set())
    if len(erring) >= 3 and len(erring) * 2 > len(seen):
        names = ", ".join(each.endpoint.title for each in erring)
        return Plane(
            f"Control plane of {here.region}: {names} answer with errors at once; their database "
            "or message bus does not answer",
            "; ".join(f"{each.endpoint.title}: {each.why}" for each in erring)[:1500],
            frozenset(each.endpoint.service for each in erring) - told,
        )
    return await _bus(here, {each.endpoint.service: each for each in seen})


async def _bus(here: Here, seen: dict[str, Seen]) -> Plane | None:
    """Nova's hosts that all went silent while its conductor is well; Cinder's scheduler that can't
    be asked although it reports."""
    silent = await _silent(here)
    volume = seen.get("volume")
    answers = await here.bus() if volume is not None and not volume.bad else None
    full = volume is not None and volume.bad == "hangs" and here.bus_silent(LINGERS)
    if full:  # all its workers wait for the bus
        answers = False
    if answers is True or (answers is None and len(silent) < 2):
        return None
    hosts = f"{len(silent)} compute services stopped reporting at once" if silent else ""
    asked = "Cinder's scheduler can't be asked over it" if answers is False else ""
    return Plane(
        f"Control plane of {here.region}: the message bus does not answer",
        "; ".join(filter(None, (hosts, asked)))
        + ". Nova and Cinder take orders that nobody carries out.",
        frozenset(("volume",)) if full else frozenset(),
    )


async def _silent(here: Here) -> frozenset[str]:
    try:
        listed = await here.listed("compute", "os-services", "services") or []
    except IntegrationError:
        return frozenset()
    beats: list[Beat] = [service(each) for each in listed]
    computes = [each for each in beats if each.binary == "nova-compute"]
    if all_down(beats, "nova-conductor", computes, here.now):
        return frozenset()  # that is what is wrong, and it is told as such
    return together(computes, here.memory.down.get(here.region, set()), here.now)


# ---- told ----------------------------------------------------------------------------------------


def _resources(here: Here, seen: list[Seen], plane: Plane | None, *, first: bool) -> Iterator[Item]:
    name, region = here.source.name, here.key("region", here.region)
    each_health = {each.endpoint.service: _health(each, plane) for each in seen}
    health = worst(*(found for found, _ in each_health.values()))
    bad = [each.endpoint.title for each in seen if each.bad and not each.blames]
    why = f"in trouble: {', '.join(bad)}" if bad else ""
    if plane:
        why = plane.title
    if plane or health is Health.DOWN:
        health = Health.DEGRADED  # what runs there goes on running
    if first:
        yield Resource(here.key("cloud", name), "cloud", name, state="there", account=name,
                       url=here.cloud.auth_url(), ids=())  # fmt: skip
    yield Resource(
        region, "region", here.region or name, state="there", health=health, why=why,
        region=here.region, account=name, parents=(here.key("cloud", name),),
    )  # fmt: skip
    for each in seen:
        end = each.endpoint
        own, said = each_health[end.service]
        plane_key = here.local("service", end.service)
        yield Resource(
            plane_key, "service", end.title, state=end.type, health=own, why=said, type=end.type,
            region=here.region, account=name, parents=(region,),
        )  # fmt: skip
        yield Resource(
            here.local("endpoint", end.service), "endpoint", f"{end.title} API {here.region}",
            state=each.bad or "answers", health=own, why=said, type=end.type, region=here.region,
            account=name, parents=(plane_key,), url=end.url if end.url.startswith("http") else "",
        )  # fmt: skip


def _health(seen: Seen, plane: Plane | None) -> tuple[Health, str]:
    if seen.blames or seen.unsure:
        return Health.UNKNOWN, "it can't be asked without Keystone"
    if seen.bad:
        return Health.DOWN, f"{_SAID[seen.bad]}: {seen.why}" if seen.why else _SAID[seen.bad]
    return Health.OK, ""


def _faults(
    here: Here, seen: list[Seen], plane: Plane | None, *, complete: bool
) -> Iterator[Fault | Over]:
    ill: set[str] = set()
    keystone = next((each for each in seen if each.endpoint.service == "identity"), None)
    for each in seen:
        service_name = each.endpoint.service
        blamed = each.blames and keystone is not None and bool(keystone.bad)
        if not each.bad or blamed or (plane and service_name in plane.over):
            continue
        ill.add(service_name)
        yield _fault(here, each)
    if plane:
        yield here.fault(
            "ControlPlane", "all", "critical", plane.title, here.local("service", "compute"),
            description=plane.description, labels={"service": "openstack"},
        )  # fmt: skip
    if complete:
        here.memory.ill[here.region] = ill


def _fault(here: Here, seen: Seen) -> Fault:
    end = seen.endpoint
    bare = end.url.split("?")[0]
    return here.fault(
        "Endpoint", end.service, "critical" if end.service in _CRITICAL else "error",
        f"{end.title} API{here.region and f' of {here.region}'} {_SAID[seen.bad]}",
        here.local("endpoint", end.service),
        description=f"{bare}: {seen.why}" if seen.why else bare,
        labels={"service": end.title.lower()}, called=_KINDS[seen.bad],
    )  # fmt: skip
