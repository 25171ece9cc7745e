"""Pods as resources: what they hang on, how they are, and for how long those that ended are
told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from integrations.kubernetes import listed_pods
from store.model import HOUR, MINUTE
from store.model.resource import Health
from tests.integrations.kubernetes.listening import Known, Still, connector
from tests.support.kube import FakeKube, seeds

RS: dict[str, Any] = {
    "kind": "ReplicaSet", "name": "cart-7f3c", "controller": True, "uid": "x",
    "apiVersion": "apps/v1",
}  # fmt: skip
JOB: dict[str, Any] = {**RS, "kind": "Job", "name": "report", "apiVersion": "batch/v1"}


@pytest.fixture
async def kube() -> AsyncIterator[FakeKube]:
    async with FakeKube() as made:
        made.put(seeds.node("n1"))
        yield made
        assert made.violations == []


def ended(name: str, phase: str, **more: Any) -> dict[str, Any]:
    state = {"terminated": {"exitCode": phase == "Failed", "finishedAt": seeds.at(1)}}
    statuses = [{"name": "app", "restartCount": 0, "ready": False, "state": state}]
    return seeds.pod(name, phase=phase, ready=False, statuses=statuses, **more)


async def test_a_pod_hangs_on_its_node_and_its_workload(kube: FakeKube) -> None:
    worn = seeds.pod("cart-7f3c-a", of=RS, statuses=[seeds.running("app", restarts=13)])
    kube.put(seeds.deployment(), seeds.replicaset("cart-7f3c", "cart"), worn, seeds.pod("x"))
    async with Known(connector(kube)) as known:
        await known.all()
        found = known.resources["k8s:prod-1:pod:shop/cart-7f3c-a"]
        bare = known.resources["k8s:prod-1:pod:shop/x"]
    assert found.parents == ("k8s:prod-1:node:n1", "k8s:prod-1:deployment:shop/cart")
    assert bare.parents == ("k8s:prod-1:node:n1", "k8s:prod-1:namespace:shop")
    assert (found.state, found.health, found.group) == ("Running", Health.OK, "shop")
    assert found.addresses == ("10.1.0.9",)
    assert found.size == {"vcpus": 0.1, "memory_mb": 128.0}
    assert found.facts == {"node": "n1", "image": "shop/cart:1", "restarts": "10 or more"}


def test_a_pod_is_as_it_was_while_it_restarts_on() -> None:
    assert [listed_pods.restarts(n) for n in (0, 1, 4, 5, 9, 10, 600)] == [
        "", "1", "4", "5 or more", "5 or more", "10 or more", "100 or more",
    ]  # fmt: skip


async def test_what_has_ended_hangs_on_no_node_and_is_told_for_a_while(kube: FakeKube) -> None:
    clock = Still()
    kube.put(
        seeds.job("report"), ended("report-a", "Succeeded", of=JOB),
        ended("report-b", "Failed", of=JOB), ended("bare", "Failed"),
    )  # fmt: skip
    name = "k8s:prod-1:pod:shop/{}".format
    async with Known(connector(kube, clock=clock)) as known:
        await known.all()
        assert {name("report-a"), name("report-b"), name("bare")} <= set(known.resources)
        assert "k8s:prod-1:node:n1" not in known.resources[name("report-a")].parents
        clock.at += 10 * MINUTE
        await known.until(lambda: name("report-a") not in known.resources)
        assert name("report-b") in known.resources
        clock.at += HOUR
        await known.until(lambda: name("report-b") not in known.resources)
        assert name("bare") in known.resources


async def test_what_ended_long_ago_is_not_told_at_all(kube: FakeKube) -> None:
    clock = Still()
    clock.at += 2 * HOUR
    kube.put(*(ended(f"report-{n}", "Succeeded", of=JOB) for n in range(30)), seeds.job("report"))
    async with Known(connector(kube, clock=clock)) as known:
        await known.all()
        assert [key for key in known.resources if ":pod:" in key] == []


async def test_pods_can_be_left_out_and_their_faults_are_told_all_the_same(kube: FakeKube) -> None:
    kube.put(
        seeds.deployment(have=0), seeds.replicaset("cart-7f3c", "cart"),
        seeds.pod("cart-7f3c-a", of=RS, statuses=[seeds.crashing()], ready=False),
    )  # fmt: skip
    async with Known(connector(kube, pods=False)) as known:
        await known.all()
        assert [key for key in known.resources if ":pod:" in key] == []
        assert "CrashLoopBackOff" in known.kinds()


async def test_pods_of_a_node_that_is_lost_are_not_known(kube: FakeKube) -> None:
    kube.put(seeds.pod("p"))
    key = "k8s:prod-1:pod:shop/p"
    async with Known(connector(kube)) as known:
        await known.all()
        assert known.resources[key].health is Health.OK
        kube.put(seeds.node("n1", ready="Unknown"))
        await known.until(lambda: known.resources[key].health is Health.UNKNOWN)
        assert known.resources[key].why == "node n1 is not ready"
        kube.put(seeds.node("n1"))
        await known.until(lambda: known.resources[key].health is Health.OK)
