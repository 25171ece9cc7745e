"""An alert finds the resource it is about, by whatever name it has for it, or says why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.rules.clues import clues, hosts
from commands.rules.falling import fell, title
from commands.rules.inheriting import inherited
from commands.rules.matching import Match, carrier, choose
from store.model import AlertReading, AlertStatus, AlertType, Severity
from store.model.known import Belonging, Known, folded, strong_names, weak_names
from store.model.resource import Health, Resource

UUID = "0b9e1d3c-8a2b-4c7f-9f55-2a6b3c4d5e6f"
ARN = "arn:aws:rds:eu-west-1:111122223333:db:orders"
DB3 = Resource(
    f"openstack:os-prod:server:{UUID}", "server", "db-3.example.eu", ids=(UUID,),
    addresses=("10.0.0.5", "fd00::5"), region="eu-west-1", group="data",
)  # fmt: skip
CART = Resource(
    "k8s:prod-1:deployment:shop/cart", "deployment", "cart", account="prod-1", group="shop"
)
POD = Resource(
    "k8s:prod-1:pod:shop/cart-7f9c4b6d5-xk2lp", "pod", "cart-7f9c4b6d5-xk2lp", account="prod-1",
    group="shop", addresses=("10.1.2.3",), parents=(CART.key,),
)  # fmt: skip
ORDERS = Resource(ARN, "database", "orders", ids=("orders.abc.eu-west-1.rds.amazonaws.com",))
NODE = Resource("k8s:prod-1:node:worker-3", "node", "worker-3", ids=("i-0abc",),
                addresses=("10.0.0.9",), parents=("i-0abc",))  # fmt: skip


def there(*some: Resource, **belongs: str) -> dict[int, Known]:
    """Resources as they are known, numbered from 1."""
    whose = Belonging(**belongs)
    return {n: Known(n, "os-prod", r, whose, 0, 0) for n, r in enumerate(some, 1)}


def alert(labels: dict[str, str], **more: Any) -> AlertReading:
    """A reading with these labels."""
    given: dict[str, Any] = {"title": "it fails", **more}
    return AlertReading(
        "k", AlertStatus.FIRING, Severity.CRITICAL, given.pop("title"), labels=labels, **given
    )  # fmt: skip


def find(reading: AlertReading, known: dict[int, Known], source: str = "nagios") -> Match:
    """What is chosen, with the look-up that the store does."""
    found = clues(reading)
    names: dict[str, list[tuple[int, bool]]] = {}
    for clue in found:
        for number, one in known.items():
            strong = {folded(n) for n in strong_names(one.resource)}
            weak = {folded(n) for n in weak_names(one.resource)} - strong
            if folded(clue.name) in strong | weak:
                names.setdefault(clue.name, []).append((number, folded(clue.name) in strong))
    return choose(reading, source, found, names, known)


@pytest.mark.parametrize(
    ("labels", "resource", "by"),
    [
        ({"instance": "10.0.0.5:9100", "job": "node"}, DB3, "instance"),
        ({"instance": "[fd00::5]:9100"}, DB3, "instance"),
        ({"instance": "db-3.example.eu:9100"}, DB3, "instance"),
        ({"host": "db-3"}, DB3, "host"),
        ({"hostname": "DB-3.example.eu"}, DB3, "hostname"),
        ({"url": "https://ana@db-3.example.eu:8443/health?x=1"}, DB3, "url"),
        ({"server_id": UUID}, DB3, "server_id"),
        ({"ServerId": "x", "uuid": UUID}, DB3, "uuid"),
        ({"resource_arn": ARN}, ORDERS, "resource_arn"),
        ({"DBInstanceIdentifier": "orders"}, ORDERS, "dbinstanceidentifier"),
        ({"instance": "orders.abc.eu-west-1.rds.amazonaws.com:5432"}, ORDERS, "instance"),
        ({"namespace": "shop", "pod": "cart-7f9c4b6d5-xk2lp"}, POD, "pod"),
        ({"namespace": "shop", "pod": "cart-5d8f7c9b44-zzzzz"}, CART, "pod"),
        ({"namespace": "shop", "deployment": "cart"}, CART, "deployment"),
        ({"node": "worker-3", "instance": "10.9.9.9:8080"}, NODE, "node"),
        ({"provider_id": "i-0abc"}, NODE, "provider_id"),
    ],
)
def test_each_of_the_names_that_monitors_use_finds_it(
    labels: dict[str, str], resource: Resource, by: str
) -> None:
    match = find(alert(labels), there(DB3, CART, POD, ORDERS, NODE))
    assert match.known is not None and match.known.resource is resource
    assert match.why.startswith(f"{by} ")


@pytest.mark.parametrize("said", ["db-3", "10.0.0.5:9100", "https://db-3.example.eu/x", DB3.key])
def test_the_resource_of_a_reading_finds_it_too(said: str) -> None:
    match = find(alert({}, resource=said), there(DB3, CART))
    assert match.known is not None and match.known.resource is DB3


def test_what_speaks_for_others_is_not_what_the_alert_is_about() -> None:
    labels = {
        "namespace": "shop", "deployment": "cart", "pod": "kube-state-metrics-5f-abcde",
        "instance": "10.0.0.5:8080", "job": "kube-state-metrics",
    }  # fmt: skip
    match = find(alert(labels), there(DB3, CART))
    assert match.known is not None and match.known.resource is CART
    exporter = {"instance": "10.0.0.5:9100", "job": "node-exporter", "namespace": "monitoring",
                "pod": "node-exporter-x2x4z"}  # fmt: skip
    match = find(alert(exporter), there(DB3, CART))
    assert match.known is not None and match.known.resource is DB3


def twins(**second: Any) -> dict[int, Known]:
    """Two servers of one name."""
    one = replace(DB3, key="a", ids=(), name="web-1", addresses=(), region="eu-west-1")
    other = replace(one, key="b", region="us-east-1", **second)
    known = there(one, other)
    known[2] = replace(known[2], source="aws-prod", belongs=Belonging(environment="staging"))
    known[1] = replace(known[1], belongs=Belonging(environment="production", team="shop"))
    return known


@pytest.mark.parametrize(
    ("labels", "number"),
    [
        ({"env": "prod"}, 1),
        ({"environment": "stage"}, 2),
        ({"region": "us-east-1"}, 2),
        ({"cluster": "aws-prod"}, 2),
        ({"team": "shop"}, 1),
    ],
)
def test_of_two_that_are_called_so_the_place_decides(labels: dict[str, str], number: int) -> None:
    match = find(alert({"host": "web-1", **labels}), twins())
    assert match.known is not None and match.known.id == number


def test_of_two_that_are_called_so_that_of_the_alerts_own_source_is_meant() -> None:
    match = find(alert({"host": "web-1"}), twins(), "aws-prod")
    assert match.known is not None and match.known.id == 2


def test_where_nothing_decides_it_is_about_none_of_them_and_says_so() -> None:
    match = find(alert({"host": "web-1"}), twins())
    assert match == Match(None, "2 are called web-1, and nothing says which")


def test_another_name_decides_between_two() -> None:
    match = find(alert({"host": "web-1", "ip": "10.7.7.7"}), twins(addresses=("10.7.7.7",)))
    assert match.known is not None and match.known.id == 2


def test_a_weak_name_in_another_environment_is_not_it() -> None:
    known = there(DB3, environment="staging")
    match = find(alert({"host": "db-3", "env": "prod"}), known)
    assert match == Match(None, "what is called db-3 is somewhere else")
    assert find(alert({"server_id": UUID, "env": "prod"}), known).known is not None


def test_a_node_and_the_machine_under_it_are_the_node() -> None:
    machine = Resource("arn:aws:ec2:x:1:instance/i-0abc", "server", "worker-3", ids=("i-0abc",))
    match = find(alert({"host": "worker-3"}), there(machine, replace(NODE, ids=())))
    assert match.known is not None and match.known.resource.kind == "node"


def test_an_address_of_a_pod_on_its_hosts_network_is_the_host() -> None:
    pod = replace(POD, addresses=("10.0.0.9",))
    match = find(alert({"instance": "10.0.0.9:9100"}), there(pod, NODE))
    assert match.known is not None and match.known.resource is NODE


def test_a_workload_is_only_looked_for_in_its_namespace() -> None:
    other = replace(CART, key="k8s:prod-1:deployment:test/cart", group="test")
    match = find(alert({"namespace": "test", "deployment": "cart"}), there(CART, other))
    assert match.known is not None and match.known.resource is other
    assert find(alert({"namespace": "dev", "deployment": "cart"}), there(CART)).known is None


@pytest.mark.parametrize("text", ["", "  ", "a b c", "://", "[", "x" * 2000, "\x00", "@@:::"])
def test_strange_names_are_harmless(text: str) -> None:
    list(hosts(text))
    assert find(alert({"host": text, "url": text}, resource=text), there(DB3)).known is None


def test_an_alert_has_what_it_lacks_and_keeps_what_it_says() -> None:
    known = there(DB3, team="data", owner="ana", environment="prod", service="orders")[1]
    labels, said = inherited({"env": "live", "owner": ""}, known, (), "openstack")
    assert labels == {
        "team": "data", "owner": "ana", "service": "orders", "region": "eu-west-1",
        "provider": "openstack",
    }  # fmt: skip
    assert said == "team data, owner ana and service orders from its tags"


def test_what_a_thing_belongs_to_says_whose_it_is_where_it_does_not() -> None:
    cluster = Known(9, "k", Resource("c", "cluster", "prod-1"), Belonging(team="infra"), 0, 0)
    space = Known(8, "k", Resource("n", "namespace", "shop"), Belonging(team="shop"), 0, 0)
    labels, said = inherited({}, there(POD)[1], (space, cluster), "kubernetes")
    assert (labels["team"], labels["cluster"]) == ("shop", "prod-1")
    assert said == "team shop from namespace shop"


HOST = Known(1, "os", Resource("h", "hypervisor", "compute-7"), Belonging(), 0, 0)


@pytest.mark.parametrize(
    ("words", "labels", "type_", "word"),
    [
        ("compute-7 is DOWN", {}, AlertType.HOST, "down"),
        ("compute-7 is UNREACHABLE", {}, AlertType.HOST, "unreachable"),
        ("Node not ready", {"alertname": "KubeNodeNotReady"}, AlertType.KUBERNETES, "not ready"),
        ("x", {"alertname": "InstanceDown"}, AlertType.METRIC, "down"),
        (
            "gone",
            {"kind": "HypervisorDown", "resource_kind": "hypervisor"},
            AlertType.CLOUD,
            "down",
        ),
        ("Disk down to 4 %", {}, AlertType.HOST, ""),
        ("Interface eth1 is down", {}, AlertType.HOST, ""),
        ("Backup failed on compute-7", {}, AlertType.HOST, ""),
        ("CPU at 97 %", {"alertname": "HostHighCpuLoad"}, AlertType.METRIC, ""),
        ("Service nginx is down", {"service": "nginx"}, AlertType.SERVICE, ""),
    ],
)
def test_what_takes_others_down_with_it_and_what_does_not(
    words: str, labels: dict[str, str], type_: AlertType, word: str
) -> None:
    assert fell(alert(labels, title=words, type=type_), HOST) == word


def test_what_carries_nothing_takes_nothing_down_and_what_its_provider_says_is_down_does() -> None:
    bucket = replace(HOST, resource=Resource("b", "bucket", "compute-7"))
    assert fell(alert({}, title="compute-7 is down", type=AlertType.HOST), bucket) == ""
    down = replace(HOST, resource=replace(HOST.resource, health=Health.DOWN))
    assert fell(alert({}, title="99 % loss"), down) == "down"


def test_a_cluster_of_which_a_check_fails_takes_nothing_down_and_a_silent_one_does() -> None:
    cluster = Resource("k8s:prod-1:cluster", "cluster", "prod-1")

    def takes(kind: str, health: Health, one: Resource = cluster) -> str:
        labels = {"resource_key": one.key, "kind": one.kind, "reason": kind}
        told = alert(labels, title=f"{kind} ({one.name})")
        return fell(told, replace(HOST, resource=replace(one, health=health)))

    assert takes("ApiServerNotReady", Health.DEGRADED) == ""
    assert takes("ApiServerNotReady", Health.OK) == ""
    assert takes("ApiServerUnreachable", Health.DOWN) == "unreachable"
    assert takes("NodeNotReady", Health.DOWN, NODE) == "not ready"
    assert takes("NetworkUnavailable", Health.DEGRADED, NODE) == ""


def test_a_title_says_how_many_of_whom_are_lost() -> None:
    assert title("c-7", "down", "server", 41, [("a", 40), ("b", 1)]) == (
        "c-7 down, 41 servers of 2 tenants"
    )
    assert title("c-7", "down", "server", 1, [("shop", 1)]) == "c-7 down, 1 server of shop"
    assert title("p", "unreachable", "pod", 900, []) == "p unreachable, 900 pods"
    assert title("w-3", "not ready", "pod", 3, [("x", 2), ("y", 1)]) == (
        "w-3 not ready, 3 pods of 2 namespaces"
    )


def test_the_node_that_is_named_beside_a_workload_is_what_it_runs_on() -> None:
    known = there(CART, NODE)
    labels = {"namespace": "shop", "pod": "cart-7f9c4b6d5-aaaaa", "node": "worker-3"}
    reading = alert(labels)
    names = {"cart": [(1, False)], "worker-3": [(2, False)]}
    assert carrier(known[1], clues(reading), names, known) is known[2]
    assert carrier(known[2], clues(reading), names, known) is None
    bare = alert({"namespace": "shop", "pod": "cart-7f9c4b6d5-aaaaa"})
    assert carrier(known[1], clues(bare), names, known) is None
