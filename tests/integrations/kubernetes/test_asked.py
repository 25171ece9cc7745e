"""What is polled, what people look up, what they do; and that the shipped roles allow just that."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integrations import kubernetes
from integrations.base import Acted, Misconfigured, Permanent, Transient
from integrations.kubernetes.autoscaler import status
from integrations.kubernetes.connector import Kubernetes
from store.model.resource import Fault, Resource, Sample
from tests.integrations.kubernetes.listening import (
    ACTIONS,
    READER,
    SECRETS,
    Known,
    connector,
    polled,
)
from tests.support.kube import FakeKube, rules_of, seeds
from tests.support.kube.seeds import NOW, cond, owner, thing
from tests.support.kube.server import Denied

RS = owner("ReplicaSet", "cart-7f3c")
POD = Resource("k8s:prod-1:pod:shop/cart-7f3c-0", "pod", "cart-7f3c-0")
CART = Resource("k8s:prod-1:deployment:shop/cart", "deployment", "cart")
NODE = Resource("k8s:prod-1:node:n1", "node", "n1")


@pytest.fixture
async def kube() -> AsyncIterator[FakeKube]:
    async with FakeKube() as made:
        made.users["reader"] = rules_of([READER])
        made.users["doer"] = rules_of([READER, ACTIONS])
        made.users["keeper"] = rules_of([READER, SECRETS])
        made.missing = set()
        bad = seeds.crashing(restarts=7, reason="OOMKilled", exit=137)
        made.put(
            thing("Namespace", "shop", status={"phase": "Active"}),
            seeds.node("n1", provider="aws:///eu-1a/i-0abcdef12345"),
            seeds.deployment(have=1),
            seeds.replicaset("cart-6aaa", "cart", revision=1, hash="6aaa", since=900),
            seeds.replicaset("cart-7f3c", "cart", revision=2, image="shop/cart:2"),
            seeds.pod("cart-7f3c-0", of=RS, statuses=[bad], ready=False),
            seeds.pod("cart-7f3c-1", of=RS),
            seeds.hpa(),
            thing("Service", "cart", "shop", spec={"type": "LoadBalancer", "clusterIP": "10.9.0.1",
                  "selector": {"app": "cart"}, "ports": [{"port": 80}]}, status={
                  "loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}}),
            thing("Ingress", "web", "shop", spec={"rules": [{"host": "shop.example.com", "http": {
                  "paths": [{"backend": {"service": {"name": "cart"}}}]}}]}),
            thing("NodeMetrics", "n1", usage={"cpu": "3000m", "memory": "12Gi"}),
            thing("PodMetrics", "cart-7f3c-0", "shop", containers=[
                  {"name": "app", "usage": {"cpu": "50m", "memory": "254Mi"}}]),
            thing("PodMetrics", "cart-7f3c-1", "shop", containers=[
                  {"name": "app", "usage": {"cpu": "150m", "memory": "64Mi"}}]),
            seeds.quota("most", pods=("5", "20")),
        )  # fmt: skip
        yield made
        assert made.violations == []


@pytest.fixture
async def known(kube: FakeKube) -> AsyncIterator[Known]:
    async with Known(connector(kube, token="reader")) as made:
        await made.all()
        yield made


async def test_the_read_only_role_is_enough_for_everything_that_is_asked(
    kube: FakeKube, known: Known
) -> None:
    made = known.connector
    for part in await made.parts():
        await polled(made, part.name)
    kube.logs["shop", "cart-7f3c-0", "app", True] = "a\nb\n"
    for what in ("logs", "events", "detail"):
        assert await made.ask(what, CART, {}) is not None
    assert await made.ask("detail", NODE, {})
    # The autoscaler's status is allowed and not there.
    assert kube.denied == []
    verbs = {verb for verb, _, _ in kube.asked}
    assert verbs == {"GET"}


async def test_the_role_allows_nothing_that_is_never_asked(kube: FakeKube, known: Known) -> None:
    rules = rules_of([READER])
    for verb in ("create", "update", "patch", "delete", "deletecollection", "*", "impersonate"):
        assert not any(verb in rule["verbs"] for _, rule in rules.rules), verb
    assert not any("secrets" in rule.get("resources", ()) for _, rule in rules.rules)
    assert not any("*" in (rule.get("resources") or ()) for _, rule in rules.rules)
    with pytest.raises(Permanent, match="right to patch nodes is lacking"):
        await known.connector.act("kubernetes.cordon", NODE, {}, dry_run=False)


# ---- polled --------------------------------------------------------------------------------------


async def test_the_api_server_says_how_it_is(kube: FakeKube, known: Known) -> None:
    found = await polled(known.connector, "api")
    assert isinstance(found[0], Resource)
    assert (found[0].key, found[0].state) == ("k8s:prod-1:cluster", "ready")
    assert found[0].facts["version"] == "v0.0.0-master+faecb196815e2"
    assert found[0].size["vcpus"] == 4
    kube.failing = ["etcd", "poststarthook/rbac"]
    found = await polled(known.connector, "api")
    (fault,) = [each for each in found if isinstance(each, Fault)]
    assert (fault.kind, fault.description) == (
        "ApiServerNotReady", "failing: etcd, poststarthook/rbac"
    )  # fmt: skip
    assert found[0].health == "degraded"


async def test_cpu_and_memory_are_measured_against_what_may_be_used(known: Known) -> None:
    found = await polled(known.connector, "metrics")
    values = {(s.resource, s.metric): s.value for s in found if isinstance(s, Sample)}
    cart = CART.key
    assert values[NODE.key, "cpu"] == 75.0
    assert values[NODE.key, "memory"] == 80.0
    assert values[cart, "cpu"] == 100.0  # 200m of requests of 200m: there is no limit
    assert values[cart, "memory"] == pytest.approx(99.219)  # the fullest container, of its limit
    assert values[cart, "memory_of_request"] == pytest.approx(198.438)
    assert values[cart, "replicas"] == 1.0
    assert values["k8s:prod-1:quota:shop/most", "quota"] == 25.0
    assert "limit 256 Mi, used 254 Mi" not in known.fault("OOMKilled").description
    known.connector.state.dirty.add(("workload", "deployment", "shop", "cart"))
    await known.until(
        lambda: "limit 256 Mi, used 254 Mi" in known.fault("CrashLoopBackOff").description
    )


async def test_a_cluster_without_metrics_has_its_replicas_all_the_same(
    kube: FakeKube, known: Known
) -> None:
    kube.missing.add("metrics.k8s.io")
    found = await polled(known.connector, "metrics")
    assert {s.metric for s in found if isinstance(s, Sample)} >= {"replicas", "quota"}
    assert any("no metrics of nodes" in getattr(each, "note", "") for each in found)


async def test_services_and_ingresses_stand_on_the_workloads_behind_them(known: Known) -> None:
    found = {each.key: each for each in await polled(known.connector, "services")}
    service = found["k8s:prod-1:service:shop/cart"]
    assert service.kind == "load_balancer"
    assert service.parents[0] == CART.key
    assert service.addresses == ("10.9.0.1", "lb.example.com")
    assert found["k8s:prod-1:ingress:shop/web"].parents[0] == service.key


def certificate(days: int) -> str:
    """A certificate that ends so many days from the tests' now, as a secret holds it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example.com")])
    now = dt.datetime.fromtimestamp(NOW / 1000, dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=60))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


async def test_certificates_soon_to_expire(kube: FakeKube) -> None:
    def secret(name: str, days: int) -> dict[str, Any]:
        held = {"tls.crt": certificate(days), "tls.key": "c2VjcmV0"}
        return thing("Secret", name, "shop", type="kubernetes.io/tls", data=held)

    kube.put(
        secret("soon", 9), secret("late", 80), secret("past", -1),
        thing("Secret", "other", "shop", type="Opaque", data={"password": "x"}),
        thing("Certificate", "web", "shop", spec={"secretName": "late"}, status={
            "notAfter": seeds.at(-14 * 1440), "conditions": [
                cond("Ready", "False", "Issuing", "the order failed")]}),
    )  # fmt: skip
    made = connector(kube, token="keeper", tls_secrets=True)
    found = await polled(made, "certificates")
    await made.close()
    faults = {each.key: each for each in found if isinstance(each, Fault)}
    assert {key: (f.kind, str(f.severity)) for key, f in faults.items()} == {
        "Certificate certificate shop/soon": ("CertificateExpiring", "warning"),
        "Certificate certificate shop/past": ("CertificateExpired", "error"),
        "Certificate certificate shop/web": ("CertificateExpiring", "warning"),
        "CertificateNotReady certificate shop/web": ("CertificateNotReady", "warning"),
    }
    assert "in 9 d" in faults["Certificate certificate shop/soon"].description
    assert "c2VjcmV0" not in repr(found)
    assert any(q.get("fieldSelector") == "type=kubernetes.io/tls" for _, _, q in kube.asked)
    reader = connector(kube, token="reader", tls_secrets=True)
    found = await polled(reader, "certificates")
    assert any("secrets" in getattr(each, "note", "") for each in found)
    await reader.close()


def test_both_forms_of_the_cluster_autoscaler_status_are_read() -> None:
    old = """Cluster-autoscaler status at 2026-11-26 10:00:00:
Cluster-wide:
  Health:      Healthy (ready=3 unready=0)
  ScaleUp:     NoActivity (ready=3)
NodeGroups:
  Name:        https://x/eu/group-a
  Health:      Unhealthy (ready=1 unready=2)
  ScaleUp:     Backoff (ready=1)
"""
    assert ("group-a", "Unhealthy", "ready=1 unready=2") in [*status(old)]
    new = """autoscalerStatus: Running
clusterWide: {health: {status: Healthy}, scaleUp: {status: NoActivity}}
nodeGroups:
- name: asg-a
  health: {status: Healthy}
  scaleUp: {status: Backoff, backoffInfo: {errorCode: OutOfResource, errorMessage: no capacity}}
"""
    assert ("asg-a", "Backoff", "no capacity") in [*status(new)]


async def test_the_cluster_autoscaler_is_seen(kube: FakeKube, known: Known) -> None:
    said = "clusterWide: {health: {status: Unhealthy}}"
    kube.put(thing("ConfigMap", "cluster-autoscaler-status", "kube-system", data={"status": said}))
    found = await polled(known.connector, "services")
    assert [f.kind for f in found if isinstance(f, Fault)] == ["AutoscalerUnhealthy"]


# ---- events --------------------------------------------------------------------------------------


async def test_warnings_that_say_the_same_of_a_workload_are_one_counted(
    kube: FakeKube, known: Known
) -> None:
    kube.put(
        *(
            seeds.event(seeds.pod(f"cart-7f3c-{n}"), "BackOff", f"back-off {n}m0s of cart-7f3c-{n}",
                        count=5, name=f"e{n}", modern=n == 1)
            for n in range(2)
        ),
        seeds.event(seeds.pod("cart-7f3c-0"), "Pulled", "pulled", type="Normal", name="e7"),
        seeds.event(seeds.hpa(), "SuccessfulRescale", "New size: 5", type="Normal", name="e8"),
        seeds.event(seeds.node("n1"), "SystemOOM", "victim process 4711", name="e9"),
    )  # fmt: skip
    await known.until(lambda: {h.reason for h in known.happenings} >= {
        "BackOff", "SuccessfulRescale", "SystemOOM"})  # fmt: skip
    backoff = [h for h in known.happenings if h.reason == "BackOff"]
    assert len({h.key for h in backoff}) == 1
    assert sum(h.count for h in backoff) == 10
    assert backoff[0].resource == CART.key
    assert backoff[0].warning
    assert {h.reason for h in known.happenings if h.change} == {"SuccessfulRescale", "Rollout"}
    # It comes again: only what is new is counted.
    kube.put(seeds.event(seeds.pod("cart-7f3c-0"), "BackOff", "back-off 9m0s of cart-7f3c-0",
                         count=8, name="e0", when=0))  # fmt: skip
    await known.until(lambda: sum(h.count for h in known.happenings if h.reason == "BackOff") == 13)
    assert not any(h.reason == "Pulled" for h in known.happenings)


async def test_a_rollout_is_a_change_of_its_workload(kube: FakeKube, known: Known) -> None:
    kube.put(seeds.replicaset("cart-8bbb", "cart", revision=3, hash="8bbb", since=0))
    await known.until(lambda: any("8bbb" in h.text for h in known.happenings))
    found = next(h for h in known.happenings if "8bbb" in h.text)
    assert (found.reason, found.text, found.resource) == (
        "Rollout", "revision 3, rollout 8bbb", CART.key
    )  # fmt: skip


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_a_container_without_a_life_before_says_its_lines_of_now(
    kube: FakeKube, known: Known, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    kube.logs["shop", "cart-7f3c-0", "app", False] = "now\n"
    real = kube._log

    def without(query: dict[str, str], *more: str) -> Any:
        asked.append("previous" in query)
        if "previous" in query:
            raise Denied(status, "x", 'previous terminated container "app" not found')
        return real(query, *more)

    monkeypatch.setattr(kube, "_log", without)
    assert await known.connector.ask("logs", CART, {}) == "now\n"
    assert asked == [True, False]
    asked.clear()
    about = Resource("k8s:prod-1:pod:shop/cart-7f3c-1", "pod", "cart-7f3c-1")
    kube.logs["shop", "cart-7f3c-1", "app", False] = "well\n"
    assert await known.connector.ask("logs", about, {}) == "well\n"
    assert asked == [False], "who never restarted is not asked for an earlier life"


async def test_a_node_names_the_machine_below_it(known: Known) -> None:
    node = known.resources[NODE.key]
    assert node.parents[:2] == ("aws:///eu-1a/i-0abcdef12345", "i-0abcdef12345")
    assert "k8s:prod-1:zone:eu-1a" in node.parents
    pod = known.resources[POD.key]
    assert pod.parents[:2] == (NODE.key, CART.key)


# ---- looked up -----------------------------------------------------------------------------------


async def test_the_logs_are_the_last_words_of_the_worst_container(
    kube: FakeKube, known: Known
) -> None:
    kube.logs["shop", "cart-7f3c-0", "app", True] = "".join(f"line {n}\n" for n in range(99))
    said = await known.connector.ask("logs", CART, {})
    assert said.splitlines() == [f"line {n}" for n in range(69, 99)]
    kube.logs.clear()
    kube.logs["shop", "cart-7f3c-0", "app", False] = "now\n"
    assert await known.connector.ask("logs", CART, {"lines": 5}) == "now\n"
    kube.logs.clear()
    with pytest.raises(Permanent, match="is waiting to start"):
        await known.connector.ask("logs", CART, {})
    with pytest.raises(Permanent, match="is waiting to start"):
        await known.connector.ask("logs", CART, {"previous": True})
    with pytest.raises(Permanent, match="no resource of this cluster"):
        await known.connector.ask("logs", Resource("k8s:other:pod:a/b", "pod", "b"), {})


async def test_details_and_events_are_words(kube: FakeKube, known: Known) -> None:
    kube.put(seeds.event(seeds.pod("cart-7f3c-0"), "BackOff", "again", count=3))
    (event,) = await known.connector.ask("events", CART, {})
    assert (event["reason"], event["count"], event["about"]) == ("BackOff", "3", "pod cart-7f3c-0")
    detail = await known.connector.ask("detail", POD, {})
    assert "7 restarts" in detail["container app"]
    with pytest.raises(Permanent, match="does not know weather"):
        await known.connector.ask("weather", CART, {})


# ---- done ----------------------------------------------------------------------------------------


@pytest.fixture
async def doer(kube: FakeKube) -> AsyncIterator[Kubernetes]:
    made = connector(kube, token="doer")
    async with Known(made) as known:
        await known.all()
        yield made
        assert kube.denied == []


SCALED = (
    "Would scale shop/cart from 3 to 6 replicas. Its autoscaler cart (2 to 10) may change that "
    "again."
)
DELETED = "Would delete pod shop/cart-7f3c-0; its replicaset cart-7f3c makes a new one."


@pytest.mark.parametrize(
    ("action", "about", "params", "would"),
    [
        ("restart", CART, {}, "Would replace the 3 pods of shop/cart, one after the other."),
        ("scale", CART, {"replicas": 6}, SCALED),
        ("rollback", CART, {}, "Would roll back shop/cart from revision 2 to 1 (shop/cart:1)."),
        ("cordon", NODE, {}, "Would cordon node n1: it takes no new pods. Its 2 pods stay."),
        ("delete_pod", POD, {}, DELETED),
    ],
)  # fmt: skip
async def test_a_dry_run_says_what_would_be_done_and_changes_nothing(
    kube: FakeKube, doer: Kubernetes, action: str, about: Resource, params: dict[str, Any],
    would: str,
) -> None:  # fmt: skip
    before = kube.store.version
    found = await doer.act(f"kubernetes.{action}", about, params, dry_run=True)
    assert (found.text, found.done) == (would, False)
    assert kube.store.version == before
    changing = [each for each in kube.asked if each[0] != "GET"]
    assert len(changing) == 1
    assert changing[0][2]["dryRun"] == "All"
    done = await doer.act(f"kubernetes.{action}", about, params, dry_run=False)
    assert done.done
    assert kube.store.version > before


async def test_what_is_done_is_done_in_the_cluster(kube: FakeKube, doer: Kubernetes) -> None:
    async def act(action: str, about: Resource, **params: Any) -> Acted:
        return await doer.act(f"kubernetes.{action}", about, params, dry_run=False)

    await act("rollback", CART)
    template = kube.get("deployments", "cart", "shop")["spec"]["template"]
    assert template["spec"]["containers"][0]["image"] == "shop/cart:1"
    assert "pod-template-hash" not in template["metadata"]["labels"]
    await act("restart", CART)
    notes = kube.get("deployments", "cart", "shop")["spec"]["template"]["metadata"]["annotations"]
    assert notes["kubectl.kubernetes.io/restartedAt"].startswith("20")
    await act("scale", CART, replicas=0)
    assert kube.get("deployments", "cart", "shop")["spec"]["replicas"] == 0
    assert not (await act("scale", CART, replicas=0)).done
    await act("scale", CART, by=2, most=3)
    assert kube.get("deployments", "cart", "shop")["spec"]["replicas"] == 2
    await act("cordon", NODE)
    assert kube.get("nodes", "n1")["spec"]["unschedulable"] is True
    assert not (await act("cordon", NODE)).done
    await act("uncordon", NODE)
    assert "unschedulable" not in kube.get("nodes", "n1")["spec"]
    for action, about, params, why in (
        ("scale", CART, {"replicas": "many"}, "whole number"), ("scale", POD, {}, "not for a pod"),
        ("scale", CART, {}, "say replicas"), ("scale", CART, {"by": 2, "most": 3}, "never more"),
        ("rollback", CART, {"revision": 9}, "no revision 9; there are: 1, 2"),
        ("explode", CART, {}, "knows no action"),
    ):  # fmt: skip
        with pytest.raises(Permanent, match=why):
            await act(action, about, **params)


async def test_stateful_sets_are_rolled_back_by_their_revisions(
    kube: FakeKube, doer: Kubernetes
) -> None:
    def revision(number: int, image: str) -> dict[str, Any]:
        template = {"$patch": "replace", "spec": {"containers": [{"name": "db", "image": image}]}}
        meta = {"ownerReferences": [owner("StatefulSet", "db")], "labels": {"app": "db"}}
        return thing("ControllerRevision", f"db-{number}", "shop", meta=meta, revision=number,
                     data={"spec": {"template": template}})  # fmt: skip

    kube.put(seeds.workload("StatefulSet", "db", images="db:2"), revision(1, "db:1"),
             revision(2, "db:2"))  # fmt: skip
    about = Resource("k8s:prod-1:statefulset:shop/db", "statefulset", "db")
    found = await doer.act("kubernetes.rollback", about, {}, dry_run=False)
    assert found.text == "Rolling back shop/db from revision 2 to 1 (db:1)."
    spec = kube.get("statefulsets", "db", "shop")["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"] == "db:1"


async def test_a_change_whose_answer_is_lost_is_uncertain_and_sent_once(
    kube: FakeKube, doer: Kubernetes
) -> None:
    real, sent = kube._patch, []

    async def lost(request: Any, *more: Any) -> Any:
        sent.append(request.path)
        await real(request, *more)
        request.transport.abort()
        return await real(request, *more)

    kube._patch = lost  # type: ignore[method-assign, assignment]
    with pytest.raises(Transient) as told:
        await doer.act("kubernetes.cordon", NODE, {}, dry_run=False)
    assert told.value.uncertain
    assert len(sent) == 1


# ---- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"kubeconfig": "/nowhere/config"}, "kubeconfig"),
        ({"api_server": "prod-1:6443"}, "api_server"),
        ({"api_server": "https://x", "pending_after": "soon"}, "pending_after"),
        ({"api_server": "https://x", "tls_secrets": "perhaps"}, "tls_secrets"),
        ({"api_server": "https://x", "ca_file": "/nowhere"}, "ca_file"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Misconfigured) as told:
        kubernetes.inventory("prod-1", settings)
    assert told.value.setting == wrong


KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c, cluster: {server: "%s"%s}}]
users: [{name: u, user: {token: admin}}]
contexts: [{name: one, context: {cluster: c, user: u}}]
"""


async def test_a_kubeconfig_is_read_and_unverified_tls_is_refused(
    kube: FakeKube, tmp_path: Any
) -> None:
    file = tmp_path / "config"
    file.write_text(KUBECONFIG % (kube.url, ""))
    made = kubernetes.inventory("prod-1", {"kubeconfig": str(file)})
    assert (await polled(made, "api"))[0].state == "ready"  # type: ignore[arg-type]
    await made.close()
    made = kubernetes.inventory("prod-1", {"kubeconfig": str(file), "context": "two"})
    with pytest.raises(Misconfigured) as told:
        await polled(made, "services")  # type: ignore[arg-type]
    assert told.value.setting == "context"
    await made.close()
    file.write_text(KUBECONFIG % ("https://127.0.0.1:1", ", insecure-skip-tls-verify: true"))
    made = kubernetes.inventory("prod-1", {"kubeconfig": str(file)})
    with pytest.raises(Misconfigured, match="always checked"):
        await polled(made, "services")  # type: ignore[arg-type]
    await made.close()


async def test_a_token_is_read_anew_when_its_file_changes(kube: FakeKube, tmp_path: Any) -> None:
    file = tmp_path / "token"
    file.write_text("admin\n")
    made = connector(kube, token="", token_file=str(file))
    await polled(made, "services")
    kube.users = {"fresh-token": None}
    file.write_text("fresh-token\n")
    await polled(made, "services")
    await made.close()
