"""What of a cluster is asked now and then: the API server's health, CPU and memory, services and
the cluster autoscaler's status."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from integrations.base import Item, Progress
from integrations.kubernetes.api import Refused, Thing, Unreachable, known
from integrations.kubernetes.autoscaler import autoscaler
from integrations.kubernetes.certificates import certificates
from integrations.kubernetes.drafts import CRITICAL, ERROR, WARNING, Draft
from integrations.kubernetes.measures import metrics
from integrations.kubernetes.objects import items, part, selected, text
from integrations.kubernetes.of_workloads import tags_of, template_of
from integrations.kubernetes.quantities import instant, quantity
from store.model import MINUTE, Instant
from store.model.resource import Health, Resource, Sample

if TYPE_CHECKING:
    from integrations.kubernetes.connector import Kubernetes

_BAD = re.compile(r"^\[-\]([\w./-]+)", re.MULTILINE)
_TWICE = 2
"""So many looks without an answer make everything else stale."""


class Probe:
    """Looks whether the API server answers, how fast, and what it says of itself."""

    def __init__(self, connector: Kubernetes) -> None:
        self._connector = connector
        self._down_since: Instant | None = None
        self._failures = 0
        self._version: dict[str, Any] = {}

    def look(self, connector: Kubernetes) -> list[Item]:
        """The cluster and its faults. A server that does not answer is a fault, no error; one that
        refuses our sign-in is an error."""
        began = time.monotonic()
        try:
            health, bad = self._ask()
        except Unreachable as error:
            return self._silent(str(error))
        except Refused as error:
            if error.status == 401:
                connector.api.forget()
                raise known(error) from None
            if error.status < 500 and error.status != 429:
                raise known(error) from None
            return self._silent(str(error))
        took = (time.monotonic() - began) * 1000
        self._failures, self._down_since = 0, None
        connector.unreachable("")
        key = connector.source.key("cluster")
        faults = [*self._unwell(health, bad), *self._slow(took)]
        state, why = ("not ready", ", ".join(bad)) if bad or health >= 500 else ("ready", "")
        found: list[Item] = [self._cluster(state, why)]
        found += [each.fault(connector.clock.now()) for each in faults]
        found.append(Sample(key, "latency", connector.clock.now(), round(took, 1)))
        refused = sorted(connector.absent())
        if refused:
            found.append(Progress(0, 0, f"not there or not allowed: {', '.join(refused)}"))
        return found

    def _ask(self) -> tuple[int, list[str]]:
        """The status of /readyz and which of its checks failed; older servers have /healthz."""
        api = self._connector.api
        for path in ("/readyz", "/livez", "/healthz"):
            try:
                said = api.text(path, [("verbose", "")], most=64_000)
                return 200, _BAD.findall(said)
            except Refused as error:
                if error.status >= 500:
                    return error.status, _BAD.findall(error.text) or [path.strip("/")]
                if error.status not in (403, 404):
                    raise
        api.get("/version")
        return 200, []

    def _silent(self, why: str) -> list[Item]:
        self._failures += 1
        now = self._connector.clock.now()
        self._down_since = self._down_since or now
        if self._failures >= _TWICE:
            self._connector.unreachable(f"the API server does not answer: {why}")
        draft = self._draft(
            "ApiServerUnreachable", "API server does not answer", (why,), CRITICAL,
            since=self._down_since, after=int(self._connector.source.every * 900),
        )  # fmt: skip
        return [self._cluster("unreachable", why), draft.fault(now)]

    def _unwell(self, status: int, bad: list[str]) -> Iterator[Draft]:
        if bad or status >= 500:
            yield self._draft(
                "ApiServerNotReady", "API server not ready",
                (f"failing: {', '.join(bad[:8])}" if bad else f"it answers {status}",), ERROR,
                after=int(self._connector.source.every * 900), calm=MINUTE,
            )  # fmt: skip

    def _slow(self, took: float) -> Iterator[Draft]:
        limit = self._connector.source.limits.latency
        if took > limit:
            yield self._draft(
                "ApiServerSlow", "API server slow", (f"answers take more than {limit:.0f} ms",),
                WARNING, after=2 * MINUTE, calm=2 * MINUTE,
            )  # fmt: skip

    def _draft(
        self, kind: str, title: str, said: tuple[str, ...], severity: Any, *,
        since: Instant | None = None, after: Instant = 0, calm: Instant = 0,
    ) -> Draft:  # fmt: skip
        source = self._connector.source
        labels = {"cluster": source.cluster, "kind": "cluster", "name": source.cluster,
                  "reason": kind}  # fmt: skip
        return Draft(
            f"{kind} cluster", kind, severity, f"{title} ({source.cluster})", source.key("cluster"),
            said=said, labels=labels, since=since, after=after, calm=calm,
        )  # fmt: skip

    def _cluster(self, state: str, why: str) -> Resource:
        source, known_state = self._connector.source, self._connector.state
        with known_state.lock:
            nodes = [part(n, "status", "capacity") for n in known_state.things["node"].values()]
        room = {
            "nodes": float(len(nodes)),
            "vcpus": sum(quantity(n.get("cpu")) or 0 for n in nodes),
            "memory_mb": sum(quantity(n.get("memory")) or 0 for n in nodes) / 2**20,
        }
        if state == "ready" and not self._version:
            try:
                self._version = self._connector.api.get("/version")
            except (Refused, Unreachable):
                self._version = {}
        health = {"ready": Health.OK, "not ready": Health.DEGRADED}.get(state, Health.DOWN)
        context = source.context
        try:
            address = re.sub(r"^https?://|[:/].*$", "", self._connector.api.address)
        except Exception:  # noqa: BLE001  the resource is told all the same
            address = ""
        return Resource(
            key=source.key("cluster"), kind="cluster", name=source.cluster, state=state,
            health=health, why=why[:200], type="Kubernetes", account=source.cluster,
            size={name: round(value, 1) for name, value in room.items() if value},
            ids=(context,) if context.startswith("arn:") else (),
            addresses=(address,) if address else (),
            facts={name: said for name, said in (
                ("version", text(self._version, "gitVersion")),
                ("platform", text(self._version, "platform")),
            ) if said},
        )  # fmt: skip


def services(connector: Kubernetes) -> list[Item]:
    """Services and ingresses with the workloads behind them, how storage classes bind, and what the
    cluster autoscaler says."""
    found: list[Item] = []
    notes: list[str] = []
    listed = _ask(connector, "/api/v1", "services", notes, namespaced=True)
    named: dict[str, list[str]] = {}
    for each in listed:
        resource = _service(connector, each)
        named[f"{resource.group}/{resource.name}"] = [resource.key]
        found.append(resource)
        found += _unborn(connector, each)
    path = "/apis/networking.k8s.io/v1"
    for each in _ask(connector, path, "ingresses", notes, namespaced=True):
        found.append(_ingress(connector, each, named))
    classes = _ask(connector, "/apis/storage.k8s.io/v1", "storageclasses", notes)
    with connector.state.lock:
        connector.state.binding = {
            text(part(c, "metadata"), "name"): text(c, "volumeBindingMode") for c in classes
        }
    found += autoscaler(connector, notes)
    if notes:
        found.append(Progress(len(found), 0, f"not there or not allowed: {', '.join(notes)}"))
    return found


def _ask(
    connector: Kubernetes, path: str, what: str, notes: list[str], *, namespaced: bool = False
) -> list[Thing]:
    source = connector.source
    fields = [f"metadata.namespace!={n}" for n in source.excluded] if namespaced else []
    query = [("fieldSelector", ",".join(fields))] if fields else []
    places = [f"/namespaces/{n}" for n in source.named] if namespaced else []
    found: list[Thing] = []
    try:
        for place in places or [""]:
            found += connector.api.everything(f"{path}{place}/{what}", query)
    except Refused as error:
        if error.status not in (403, 404):
            raise
        notes.append(what)
    return [each for each in found if source.looks_at(text(part(each, "metadata"), "namespace"))]


def _service(connector: Kubernetes, thing: Thing) -> Resource:
    source, meta, spec = connector.source, part(thing, "metadata"), part(thing, "spec")
    namespace, name = text(meta, "namespace"), text(meta, "name")
    balances = text(spec, "type") == "LoadBalancer"
    places = _places(thing)
    ports = [f"{p.get('port')}/{p.get('protocol', 'TCP')}" for p in items(spec, "ports")]
    return Resource(
        key=source.key("service", name, namespace), kind="load_balancer" if balances else "service",
        name=name, state=text(spec, "type") or "ClusterIP", type=text(spec, "type"),
        account=source.cluster, group=namespace, tags=tags_of(thing),
        ids=tuple(filter(None, (text(meta, "uid"),))),
        addresses=tuple(dict.fromkeys((
            *(ip for ip in (text(spec, "clusterIP"),) if ip and ip != "None"), *places,
        ))),
        parents=(*_behind(connector, namespace, part(spec, "selector")),
                 source.key("namespace", namespace)),
        created_at=instant(meta.get("creationTimestamp")),
        facts={"ports": ", ".join(ports)} if ports else {},
    )  # fmt: skip


def _places(thing: Thing) -> list[str]:
    found = items(thing, "status", "loadBalancer", "ingress")
    return [text(each, "ip") or text(each, "hostname") for each in found]


def _unborn(connector: Kubernetes, thing: Thing) -> Iterator[Item]:
    """A load balancer that the cloud does not make."""
    meta = part(thing, "metadata")
    if part(thing, "spec").get("type") != "LoadBalancer" or _places(thing):
        return
    source, name = connector.source, f"{text(meta, 'namespace')}/{text(meta, 'name')}"
    yield Draft(
        f"LoadBalancerPending service {name}", "LoadBalancerPending", WARNING,
        f"Load balancer pending {name} ({source.cluster})",
        source.key("service", text(meta, "name"), text(meta, "namespace")),
        said=("no address was given to it",),
        labels={"cluster": source.cluster, "namespace": text(meta, "namespace"), "kind": "service",
                "name": text(meta, "name"), "reason": "LoadBalancerPending"},
        since=instant(meta.get("creationTimestamp")), after=10 * MINUTE,
    ).fault(connector.clock.now())  # fmt: skip


def _behind(connector: Kubernetes, namespace: str, selector: Thing) -> Iterator[str]:
    """The workloads whose pods a service selects."""
    state, found = connector.state, 0
    with state.lock:
        for kind in ("deployment", "statefulset", "daemonset"):
            for thing in state.things[kind].values():
                meta = part(thing, "metadata")
                labels = part(template_of(thing), "metadata", "labels")
                if meta.get("namespace") == namespace and selected(labels, selector):
                    found += 1
                    yield connector.source.key(kind, text(meta, "name"), namespace)
                    if found >= 20:
                        return


def _ingress(connector: Kubernetes, thing: Thing, services: dict[str, list[str]]) -> Resource:
    source, meta, spec = connector.source, part(thing, "metadata"), part(thing, "spec")
    namespace, name = text(meta, "namespace"), text(meta, "name")
    rules = items(spec, "rules")
    backends = [part(spec, "defaultBackend")]
    backends += [part(p, "backend") for r in rules for p in items(r, "http", "paths")]
    names = dict.fromkeys(text(part(b, "service"), "name") for b in backends)
    above = [key for n in names for key in services.get(f"{namespace}/{n}", ())]
    hosts = [text(r, "host") for r in rules if r.get("host")]
    return Resource(
        key=source.key("ingress", name, namespace), kind="load_balancer", name=name,
        state="served" if _places(thing) else "", type="Ingress", account=source.cluster,
        group=namespace, tags=tags_of(thing), ids=tuple(filter(None, (text(meta, "uid"),))),
        addresses=tuple(dict.fromkeys((*hosts, *_places(thing)))),
        parents=(*above, source.key("namespace", namespace)),
        created_at=instant(meta.get("creationTimestamp")),
        facts={"class": text(spec, "ingressClassName")} if spec.get("ingressClassName") else {},
    )  # fmt: skip


__all__ = ["Probe", "certificates", "metrics", "services"]
