"""Each way a cluster breaks is told once, of the workload, in words for people; and is over when it
is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from store.model import MINUTE, Severity
from tests.integrations.kubernetes.listening import Known, Still, connector
from tests.support.kube import FakeKube, seeds
from tests.support.kube.seeds import NOW, at, cond, owner

RS = seeds.owner("ReplicaSet", "cart-7f3c")


@pytest.fixture
async def kube() -> AsyncIterator[FakeKube]:
    async with FakeKube() as made:
        made.put(seeds.thing("Namespace", "shop", status={"phase": "Active"}), seeds.node("n1"))
        yield made
        assert made.violations == []


def cart(*statuses: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """A Deployment with its ReplicaSet and a pod for each status of its container."""
    pods = [
        seeds.pod(f"cart-7f3c-{n}", of=RS, statuses=[each], ready=each["ready"], **more)
        for n, each in enumerate(statuses)
    ]
    have = sum(each["ready"] for each in statuses)
    made = seeds.deployment(want=len(statuses), have=have)
    return [made, seeds.replicaset("cart-7f3c", "cart"), *pods]


async def test_a_crash_loop_is_told_of_its_deployment_as_people_want_to_read_it(
    kube: FakeKube,
) -> None:
    fine = seeds.running("app")
    bad = seeds.crashing(restarts=7, reason="OOMKilled", exit=137)
    kube.put(*cart(bad, bad, bad, fine, fine, fine))
    async with Known(connector(kube)) as known:
        await known.all()
        found = known.fault("CrashLoopBackOff")
        assert found.title == "CrashLoopBackOff shop/cart (prod-1)"
        assert found.description == (
            "3 of 6 pods · 3 restarts in 2 min · exit 137 OOMKilled · limit 256 Mi · "
            "since rollout 7f3c, 22 min ago"
        )
        assert found.key == "CrashLoopBackOff deployment shop/cart"
        assert found.resource == "k8s:prod-1:deployment:shop/cart"
        assert found.severity is Severity.WARNING
        assert (found.after, found.calm) == (30_000, 10 * MINUTE)
        assert found.labels["cluster"] == "prod-1"
        assert found.labels["container"] == "app"
        assert found.labels["service"] == "cart"
        assert known.resources[found.resource].health == "degraded"
        # The same pods' new restarts change the numbers; new pods in their place change nothing.
        worse = seeds.crashing(restarts=9, reason="OOMKilled", exit=137)
        kube.put(seeds.pod("cart-7f3c-0", of=RS, statuses=[worse], ready=False))
        await known.until(lambda: "5 restarts in" in known.fault("CrashLoopBackOff").description)
        for n in range(3):
            kube.drop(seeds.pod(f"cart-7f3c-{n}"))
            kube.put(seeds.pod(f"cart-7f3c-new{n}", of=RS, statuses=[bad], ready=False))
        await known.until(lambda: "k8s:prod-1:pod:shop/cart-7f3c-new2" in known.resources)
        assert known.fault("CrashLoopBackOff").key == found.key
        assert "ReplicasMissing" not in known.kinds()
        assert "NotReady" not in known.kinds()


async def test_between_two_crashes_a_loop_is_not_over(kube: FakeKube) -> None:
    kube.put(*cart(seeds.crashing()))
    clock = Still()
    async with Known(connector(kube, clock=clock)) as known:
        await known.all()
        up = seeds.running("app", ready=False, restarts=8, reason="Error", exitCode=1,
                           finishedAt=at(0.2))  # fmt: skip
        kube.put(cart(up)[2])
        await known.until(
            lambda: (
                "8 restarts" in known.fault("CrashLoopBackOff").description
                or "2 restarts" in known.fault("CrashLoopBackOff").description
            )
        )
        kube.put(cart(seeds.running("app", restarts=8, reason="Error", exitCode=1,
                                    finishedAt=at(0.2)))[2])  # fmt: skip
        await known.until(lambda: "CrashLoopBackOff" not in known.kinds())


PULL = "Back-off pulling image"


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (seeds.waiting("app", "ImagePullBackOff", PULL), "ImagePullBackOff", "shop/cart:1"),
        (seeds.waiting("app", "ErrImagePull", "not found"), "ImagePullBackOff", "not found"),
        (seeds.waiting("app", "CreateContainerConfigError", 'secret "x" not found'),
         "CreateContainerConfigError", 'secret "x" not found'),
        (seeds.running("app", restarts=1, reason="OOMKilled", exitCode=137, finishedAt=at(3)),
         "OOMKilled", "limit 256 Mi"),
        (seeds.running("app", restarts=9, reason="Error", exitCode=2, finishedAt=at(200)),
         "", ""),
    ],
)  # fmt: skip
async def test_what_a_container_says_of_itself(
    kube: FakeKube, status: dict[str, Any], kind: str, says: str
) -> None:
    kube.put(*cart(status))
    async with Known(connector(kube)) as known:
        await known.all()
        if not kind:
            assert not known.faults
            return
        found = known.fault(kind)
        assert says in found.description
        assert found.resource == "k8s:prod-1:deployment:shop/cart"
        kube.put(*cart(seeds.running("app")))
        await known.until(lambda: not known.faults)


async def test_a_pod_that_no_node_takes_says_why(kube: FakeKube) -> None:
    why = "0/3 nodes are available: 3 Insufficient memory."
    lost = seeds.pod("cart-7f3c-9", of=RS, phase="Pending", on="", ready=False, statuses=[])
    lost["status"]["conditions"] = [cond("PodScheduled", "False", "Unschedulable", why, 9)]
    kube.put(*cart(seeds.running("app")), lost)
    async with Known(connector(kube)) as known:
        await known.all()
        found = known.fault("Pending")
        assert found.description == f"1 of 2 pods · no node takes it · {why}"
        assert found.labels["reason"] == "Unschedulable"
        assert found.since == NOW - 9 * MINUTE
        assert found.after == 3 * MINUTE


async def test_evicted_stuck_restarting_and_not_ready_pods(kube: FakeKube) -> None:
    def bare(name: str, **more: Any) -> dict[str, Any]:
        return seeds.pod(name, **more)

    stuck = seeds.waiting("app", "ContainerCreating")
    kube.put(
        bare("gone-9xk2p", phase="Failed", ready=False, statuses=[], since=5, reason="Evicted",
             message="The node was low on resource: memory."),
        bare("stuck", phase="Pending", ready=False, statuses=[stuck]),
        bare("restless", statuses=[seeds.running("app", restarts=6, reason="Error", exitCode=1,
                                                 finishedAt=at(4))]),
        bare("idle", ready=False, since=8),
        bare("over", phase="Failed", ready=False, since=8, statuses=[{
            "name": "app", "restartCount": 0, "state": {"terminated": {
                "exitCode": 3, "reason": "Error", "finishedAt": at(3)}}}]),
    )  # fmt: skip
    async with Known(connector(kube)) as known:
        await known.all()
        assert known.kinds() == {"Evicted", "ContainerCreating", "NotReady", "PodFailed"}
        assert known.fault("Evicted").key == "Evicted pod shop/gone"
        assert known.fault("Evicted").title == "Evicted shop/gone (prod-1)"
        assert known.fault("NotReady").resource == "k8s:prod-1:pod:shop/idle"
        assert "exit 3" in known.fault("PodFailed").description
        again = seeds.running("app", restarts=13, reason="Error", exitCode=1, finishedAt=at(0))
        kube.put(bare("restless", statuses=[again]))
        await known.until(lambda: "ManyRestarts" in known.kinds())
        assert "8 restarts in" in known.fault("ManyRestarts").description


async def test_workloads_that_lack_what_they_should_have(kube: FakeKube) -> None:
    late = [cond("Progressing", "False", "ProgressDeadlineExceeded", "has timed out progressing")]
    kube.put(
        seeds.deployment("late", have=1, conditions=late),
        seeds.deployment("few", have=2),
        seeds.workload("StatefulSet", "db", want=3, have=1),
        seeds.workload("DaemonSet", "agent", want=4, have=0),
    )
    async with Known(connector(kube)) as known:
        await known.all()
        assert {each.key for each in known.faults.values()} == {
            "ProgressDeadlineExceeded deployment shop/late",
            "ReplicasMissing deployment shop/few",
            "ReplicasMissing statefulset shop/db",
            "ReplicasMissing daemonset shop/agent",
        }
        assert known.faults["ReplicasMissing daemonset shop/agent"].severity is Severity.ERROR
        db = known.resources["k8s:prod-1:statefulset:shop/db"]
        assert (db.state, db.health) == ("1/3", "degraded")
        assert db.why == "ReplicasMissing · 1 of 3 replicas are there"


async def test_jobs_and_cron_jobs(kube: FakeKube) -> None:
    nightly = owner("CronJob", "nightly")
    kube.put(
        seeds.job("once", failed="BackoffLimitExceeded"),
        seeds.job("slow", failed="DeadlineExceeded"),
        seeds.job("fine", complete=True),
        seeds.cronjob("nightly"),
        seeds.job("nightly-1", failed="BackoffLimitExceeded", of=nightly, since=9),
        seeds.cronjob("missed", last=40),
        seeds.cronjob("off", last=4000, suspend=True),
    )
    async with Known(connector(kube)) as known:
        await known.all()
        assert {each.key for each in known.faults.values()} == {
            "JobFailed job shop/once", "JobFailed job shop/slow",
            "JobFailed cronjob shop/nightly", "CronJobMissed cronjob shop/missed",
        }  # fmt: skip
        assert known.faults["JobFailed job shop/slow"].labels["reason"] == "DeadlineExceeded"
        assert known.fault("CronJobFailed").labels["job"] == "nightly-1"
        assert known.resources["k8s:prod-1:cronjob:shop/off"].state == "Suspended"
        assert "k8s:prod-1:cronjob:shop/nightly" in known.resources[
            "k8s:prod-1:job:shop/nightly-1"].parents  # fmt: skip
        kube.put(seeds.job("nightly-2", complete=True, of=nightly, since=1))
        await known.until(lambda: "CronJobFailed" not in known.kinds())


async def test_nodes_not_ready_under_pressure_and_cordoned(kube: FakeKube) -> None:
    kube.put(
        seeds.node("dead", ready="Unknown"),
        seeds.node("full", pressure="DiskPressure"),
        seeds.node("off", cordoned=300),
        *cart(seeds.running("app"), on="dead"),
    )
    async with Known(connector(kube)) as known:
        await known.all()
        assert known.fault("NodeNotReady").severity is Severity.ERROR
        assert "1 pod on it" in known.fault("NodeNotReady").description
        assert known.fault("DiskPressure").labels["node"] == "full"
        assert known.fault("NodeCordoned").since == NOW - 300 * MINUTE
        assert known.fault("NodeCordoned").after == 240 * MINUTE
        assert known.resources["k8s:prod-1:node:dead"].health == "down"
        assert known.resources["k8s:prod-1:pod:shop/cart-7f3c-0"].health == "unknown"
        # What is not ready because its node is gone is the node's fault.
        kube.put(cart({**seeds.running("app"), "ready": False}, on="dead")[2])
        await known.until(lambda: known.resources["k8s:prod-1:pod:shop/cart-7f3c-0"].why
                          == "containers with unready status: [app]")  # fmt: skip
        assert "NotReady" not in known.kinds()
        kube.put(seeds.node("dead"))
        await known.until(
            lambda: "NodeNotReady" not in known.kinds() and "NotReady" in known.kinds()
        )


async def test_what_a_lost_node_takes_with_it_is_not_missed_by_every_workload(
    kube: FakeKube,
) -> None:
    agent = owner("DaemonSet", "agent")
    kube.put(
        seeds.node("dead", ready="Unknown"),
        seeds.workload("DaemonSet", "agent", want=2, have=1),
        seeds.pod("agent-1", of=agent, on="dead", ready=False),
        seeds.pod("agent-2", of=agent),
    )
    async with Known(connector(kube)) as known:
        await known.all()
        assert known.kinds() == {"NodeNotReady"}
        kube.put(seeds.workload("DaemonSet", "agent", want=2, have=0))
        await known.until(lambda: "ReplicasMissing" in known.kinds())


async def test_claims_volumes_namespaces_and_quotas(kube: FakeKube) -> None:
    ending = seeds.thing("Namespace", "old", status={"phase": "Terminating"},
                         meta={"deletionTimestamp": at(60)})  # fmt: skip
    kube.put(
        seeds.claim("new", phase="Pending"), seeds.claim("lost", phase="Lost"), seeds.claim("fine"),
        seeds.thing("PersistentVolume", "pv-1", spec={
            "csi": {"volumeHandle": "vol-0abc"}, "claimRef": {"namespace": "shop", "name": "fine"}},
                    status={"phase": "Bound"}),
        seeds.quota("most", pods=("19", "20"), requests__memory=("8Gi", "8Gi")),
        ending,
    )  # fmt: skip
    async with Known(connector(kube)) as known:
        await known.all()
        assert known.kinds() == {
            "PersistentVolumeClaimPending", "PersistentVolumeClaimLost", "QuotaNearLimit",
            "QuotaExceeded", "NamespaceTerminating",
        }  # fmt: skip
        assert known.fault("QuotaNearLimit").title == "Quota pods 95 % used shop/most (prod-1)"
        assert known.fault("QuotaExceeded").description == "8 Gi of 8 Gi"
        assert "vol-0abc" in known.resources["k8s:prod-1:volume:shop/fine"].parents
        why = "no volume plugin matched name: nope"
        kube.put(seeds.event(seeds.claim("new"), "ProvisioningFailed", why))
        await known.until(
            lambda: known.fault("PersistentVolumeClaimPending").description.startswith(why)
        )


def has(known: Known, replicas: int) -> bool:
    """Whether the autoscaler is known to have so many replicas."""
    return known.resources["k8s:prod-1:autoscaler:shop/fine"].size["replicas"] == replicas


async def test_autoscalers_each_kind_by_itself(kube: FakeKube) -> None:
    full = [cond("ScalingActive", "True"), cond("ScalingLimited", "True", "TooManyReplicas", "the "
            "desired replica count is more than the maximum", 20)]  # fmt: skip
    blind = [cond("ScalingActive", "False", "FailedGetResourceMetric", "no metrics returned")]
    kube.put(
        seeds.hpa("full", now=10, wants=10, conditions=full),
        seeds.hpa("blind", conditions=blind),
        seeds.hpa("grown", wants=5, scaled=2),
        seeds.hpa("fine"),
    )
    clock = Still()
    async with Known(connector(kube, clock=clock)) as known:
        await known.all()
        assert known.kinds() == {"HPAAtMaximum", "HPANoMetrics", "HPAScaled"}
        assert known.fault("HPAAtMaximum").after == 15 * MINUTE
        assert known.fault("HPAAtMaximum").since == NOW - 20 * MINUTE
        assert known.fault("HPAScaled").severity is Severity.INFO
        assert known.fault("HPAScaled").title == "Scaled up shop/grown (prod-1)"
        assert known.resources["k8s:prod-1:autoscaler:shop/fine"].parents[0] == (
            "k8s:prod-1:deployment:shop/cart"
        )
        for n, wants in enumerate((6, 2, 7, 2, 7)):
            clock.at += MINUTE
            kube.put(seeds.hpa("fine", wants=wants, now=n))
            await known.until(partial(has, known, n))
        assert known.fault("HPAFlapping").description == (
            "4 turns in 30 min, between 2 and 7 replicas"
        )
        clock.at += 60 * MINUTE
        await known.until(lambda: not {"HPAFlapping", "HPAScaled"} & known.kinds())
