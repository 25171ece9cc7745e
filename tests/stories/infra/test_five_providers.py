"""A Kubernetes cluster, an OpenStack cloud, AWS, Azure and Google Cloud at once, looked at by a
whole service: what breaks there reaches whoever is on call, and what can't be seen is said."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stories.infra.whole import Whole, until
from tests.support.azure.world import SHOP, id_of
from tests.support.five import SOURCES, Five
from tests.support.gate import OPEN, SHUT, SILENT
from tests.support.kube import seeds
from tests.support.openstack.stack import ago

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OURS = {"app": "cart", "team": "shop"}
VM = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-001")
OF = seeds.owner("ReplicaSet", "cart-7f3c")
TEAMS = {"kube-prod": "shop", "os-prod": "shop", "aws-prod": "data", "azure-prod": "shop",
         "gcp-prod": "data"}  # fmt: skip
ABOUT = {"kube-prod": "cart", "os-prod": "web-2", "aws-prod": "orders-db",
         "azure-prod": "vm-001", "gcp-prod": "web-02"}  # fmt: skip
ON_CALL = {"shop": "omar@example.eu", "data": "mei@example.eu", "ops": "ana@example.eu"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """All of it, well, and known."""
    folder = tmp_path_factory.mktemp("five")
    with Five(folder) as five:
        machine = "openstack:///" + five.openstack.stack.servers[0]["id"]
        five.put(
            seeds.node("n1", provider=machine),
            seeds.node("n2", provider=f"aws:///eu-west-1a/{five.instance}"),
            seeds.deployment(labels=OURS), seeds.replicaset("cart-7f3c", "cart"),
            *(seeds.pod(f"cart-{n}", of=OF, on=f"n{n % 2 + 1}") for n in range(3)),
        )  # fmt: skip
        service = Whole(folder, five)
        try:
            until("everything known", lambda: _known(service))
            yield service
        finally:
            service.stop()
        for one in (five.kube, five.openstack, five.azure, five.google):
            assert one.violations == []


def _known(service: Whole) -> bool:
    found = service.sources()
    return set(found) == set(SOURCES) and all(
        one["parts"] and all(part["ok_at"] for part in one["parts"]) for one in found.values()
    )


# what breaks, and what mends it


def crash(five: Five, *, well: bool = False) -> None:
    """The cart crashes again and again."""
    bad: dict[str, Any] = {} if well else {"ready": False, "statuses": [seeds.crashing()]}
    five.put(*(seeds.pod(f"cart-{n}", of=OF, on=f"n{n % 2 + 1}", **bad) for n in range(2)))


def fail(five: Five, *, well: bool = False) -> None:
    """A server is in ERROR."""
    server = five.openstack.stack.servers[1]
    why = {} if well else {"fault": {"code": 500, "message": "No disk left", "created": ago(1)}}
    state = {"status": "ACTIVE" if well else "ERROR", "updated": ago()[:19] + "Z", **why}
    five.now(lambda: server.update(state))


def alarm(five: Five, *, well: bool = False) -> None:
    """An alarm of CloudWatch goes off."""
    five.alarm("OK" if well else "ALARM")


def lose(five: Five, *, well: bool = False) -> None:
    """Azure says that a machine is not available."""
    state = {
        "availabilityState": "Available" if well else "Unavailable",
        "reasonType": "Unplanned",
        "title": "Host fault",
        "summary": "Its host broke.",
        "occuredTime": ago(60) + "Z",
    }
    five.now(lambda: five.azure.world.statuses[VM].update(state))


def repair(five: Five, *, well: bool = False) -> None:
    """Google repairs a machine."""
    status = "RUNNING" if well else "REPAIRING"
    five.now(lambda: five.google.world.instance("web-02").update(status=status))


BREAKS: dict[str, Callable[..., None]] = {
    "kube-prod": crash, "os-prod": fail, "aws-prod": alarm, "azure-prod": lose, "gcp-prod": repair,
}  # fmt: skip


def broken(whole: Whole) -> dict[str, dict[str, Any]]:
    """Break something of each; the incident of each, one that was over perhaps."""
    whole.begin()
    for change in BREAKS.values():
        change(whole.five)

    def found() -> dict[str, dict[str, Any]]:
        new = [one for one in whole.incidents() if one["status"] != "resolved"]
        by = {one["labels"]["source"]: one for one in new}
        return by if set(by) == set(SOURCES) else {}

    return until("an incident of each", found)


def mended(whole: Whole) -> None:
    """Everything is well, and every incident over."""
    for change in BREAKS.values():
        change(whole.five, well=True)
    until("all over", lambda: not still_open(whole))


def still_open(whole: Whole) -> list[str]:
    """What is not over."""
    return [one["title"] for one in whole.incidents() if one["status"] != "resolved"]


def asked(whole: Whole, number: str) -> int:
    """How often somebody was asked since it was opened, or opened again."""
    said = "\n".join(line["say"] for line in whole.detail(number)["timeline"])
    return said.rpartition("Open again.")[2].count("Paging ")


# the story


def test_what_breaks_in_each_is_an_incident_of_its_team_until_it_is_well(whole: Whole) -> None:
    found = broken(whole)
    for source, one in found.items():
        team = TEAMS[source]
        detail = whole.detail(one["id"])
        assert one["labels"]["team"] == team, one
        assert [r["name"] for r in detail["resources"]][:1] == [ABOUT[source]], detail["resources"]
        assert {r["source"] for r in detail["resources"]} == {source}
        assert detail["alerts"][0]["source"] == source
        until(f"a page of {source}", lambda n=one["id"]: asked(whole, n))  # type: ignore[misc]
    mended(whole)
    for one in found.values():
        again = whole.detail(one["id"])
        assert (again["alerts_total"], again["status"]) == (1, "resolved")
        assert asked(whole, one["id"]) == 1
        assert {*whole.pages(one["id"])} <= {ON_CALL[one["labels"]["team"]]}


def test_a_hypervisor_that_falls_takes_its_node_with_it_and_asks_one_person(whole: Whole) -> None:
    whole.begin()
    five = whole.five
    host = next(e for e in five.openstack.stack.services if e["host"] == "c1")
    whole.nagios(hostname="web-1", hoststate="DOWN", notificationtype="PROBLEM")
    five.now(lambda: host.update(state="down", updated_at=ago(300)))

    def new(source: str = "") -> list[dict[str, Any]]:
        found = [one for one in whole.incidents() if one["status"] != "resolved"]
        return [one for one in found if not source or one["labels"].get("source") == source]

    (parent,) = until("the hypervisor's incident", lambda: new("os-prod"))
    whole.nagios(hostname="web-2", hoststate="DOWN", notificationtype="PROBLEM")
    five.put(seeds.node("n1", ready="Unknown", provider="openstack:///" + five.openstack.stack
                        .servers[0]["id"]))  # fmt: skip
    until("the node's", lambda: new("kube-prod"))
    until("all under it", lambda: all(
        one["under"] for one in new() if one["id"] != parent["id"]
    ))  # fmt: skip
    children = [one for one in new() if one["id"] != parent["id"]]
    assert {str(one["under"]) for one in children} == {parent["id"]}
    assert len(children) == 3, [one["title"] for one in children]
    assert "c1" in parent["title"] and "servers" in parent["title"]
    until("the page", lambda: whole.pages(parent["id"]))
    assert whole.pages(parent["id"]) == [ON_CALL["ops"]]
    assert {
        one["title"]: whole.pages(one["id"]) for one in children if whole.pages(one["id"])
    } == {}
    five.now(lambda: host.update(state="up", updated_at=ago(1)))
    five.put(seeds.node("n1", provider="openstack:///" + five.openstack.stack.servers[0]["id"]))
    for name in ("web-1", "web-2"):
        whole.nagios(hostname=name, hoststate="UP", notificationtype="RECOVERY")
    until("all over", lambda: not still_open(whole))
    assert not any(whole.pages(one["id"]) for one in children)


def test_what_does_not_answer_is_old_and_said_to_be_and_nothing_of_it_ends(whole: Whole) -> None:
    found = broken(whole)
    known = {name: one["resources"] for name, one in whole.sources().items()}
    for name in SOURCES:
        whole.five.turn(name, SILENT if name in ("kube-prod", "os-prod") else SHUT)
    try:
        said = until("each said to be out of reach", lambda: _unreachable(whole))
        for name, one in whole.sources().items():
            assert any(part["error"] for part in one["parts"]), name
            assert one["resources"] == known[name], name
        assert {whole.detail(one["id"])["status"] for one in found.values()} == {"triggered"}
        assert "can't be read" in "\n".join(whole.does("inventory-status")["found"]["lines"])
    finally:
        for name in SOURCES:
            whole.five.turn(name, OPEN)
    until("over again", lambda: all(
        whole.detail(n)["status"] == "resolved" for numbers in said.values() for n in numbers
    ))  # fmt: skip
    assert {whole.detail(one["id"])["status"] for one in found.values()} == {"triggered"}
    mended(whole)
    assert {name: one["resources"] for name, one in whole.sources().items()} == known


def _unreachable(whole: Whole) -> dict[str, list[str]]:
    """The incidents that say of each source that it does not answer, once there are some of all."""
    words = ("SourceUnreachable", "ApiServerUnreachable", "ApiUnreachable", "EndpointDown")
    found: dict[str, list[str]] = {}
    for one in whole.incidents():
        if one["status"] != "resolved" and one["labels"].get("alertname") in words:
            found.setdefault(one["labels"]["source"], []).append(one["id"])
    return found if set(found) == set(SOURCES) else {}


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(whole: Whole) -> None:
    found = broken(whole)
    was = whole.worker()
    os.kill(was, signal.SIGKILL)
    whole.nagios(hostname="elsewhere", hoststate="DOWN", notificationtype="PROBLEM")
    (other,) = until("another's", lambda: whole.incidents(host="elsewhere"))
    until("its page", lambda: whole.pages(other["id"]))
    alarm(whole.five, well=True)
    until("another worker", lambda: whole.worker() not in (0, was))
    until("what ended meanwhile", lambda: whole.detail(found["aws-prod"]["id"])["status"]
          == "resolved")  # fmt: skip
    until("everything read again", lambda: not any(
        part["error"] for one in whole.sources().values() for part in one["parts"]
    ))  # fmt: skip
    for source, one in found.items():
        now = whole.detail(one["id"])
        assert now["alerts_total"] == 1, source
        assert now["status"] == ("resolved" if source == "aws-prod" else "triggered"), source
        assert asked(whole, one["id"]) == 1, source
        assert len(whole.pages(one["id"])) <= 1  # it may wait for others, to be one mail
    whole.nagios(hostname="elsewhere", hoststate="UP", notificationtype="RECOVERY")
    mended(whole)


def test_a_deployment_is_scaled_once_a_second_person_agrees(whole: Whole) -> None:
    whole.begin()
    crash(whole.five)
    (one,) = until("the incident", lambda: [
        i for i in whole.incidents(source="kube-prod") if i["status"] == "triggered"
    ])  # fmt: skip
    asked = {"action": "kubernetes.scale", "params": "replicas=5", "incident": int(one["id"])}
    would = whole.does("dry-run", by="omar", **asked)["found"]["lines"]
    assert "nothing is done yet" in would[0] and "5" in would[1], would
    assert _replicas(whole) == 3
    said = whole.does("run", by="omar", **asked)["say"]
    assert said.startswith("Not done yet"), said
    time.sleep(0.5)
    assert _replicas(whole) == 3
    waiting = whole.does("approvals")["found"]
    number = int(waiting["approvals"][0]["approval"])
    whole.does("approve", approval=number)
    until("scaled", lambda: _replicas(whole) == 5)
    lines = until("told of", lambda: [
        line["say"] for line in whole.detail(one["id"])["timeline"] if line["say"].startswith("✅")
    ])  # fmt: skip
    assert "kubernetes.scale" in lines[0] and "5" in lines[0]
    crash(whole.five, well=True)
    whole.five.put(seeds.deployment(labels=OURS))
    until("over", lambda: not still_open(whole))


def _replicas(whole: Whole) -> int:
    cart = whole.five.now(lambda: whole.five.kube.get("deployments", "cart", "shop"))
    return int(cart["spec"]["replicas"])
