"""The whole of two accounts: a hundred mixed things, what is wrong with them, what they cost."""

from __future__ import annotations

from collections import Counter

import pytest

from integrations.base import Connector, Permanent
from store.model import Severity
from store.model.resource import KINDS, METRICS, Health
from tests.aws.conftest import Opener
from tests.aws.telling import everything, told
from tests.support.aws.front import Front
from tests.support.aws.seed import MAIN, OTHER, ROLE, SERVERS, Seeded

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ACCOUNTS = [{"id": MAIN, "name": "shop"}, {"id": OTHER, "role_arn": ROLE, "name": "lab"}]
WEST = f"{MAIN}/eu-west-1"


async def test_two_accounts_are_told_whole(opened: Opener, seeded: Seeded, front: Front) -> None:
    connector = opened(accounts=ACCOUNTS)
    found, parts = await everything(connector)
    kinds = Counter(each.kind for each in found.resources)
    assert parts == 2 * (7 + 3 * 21)
    assert kinds["server"] == sum(SERVERS.values()) + 5 + 2  # and two of the scaling group
    assert kinds["volume"] >= 25 + 6
    expected = {
        "account": 2, "load_balancer": 2, "database": 7, "queue": 7, "bucket": 6, "function": 2,
        "cluster": 2, "service": 1, "pool": 1, "cache": 1, "certificate": 1, "dns": 1, "stack": 1,
        "registry": 1, "alarm": 3, "autoscaler": 1, "gateway": 1, "snapshot": 3,
    }  # fmt: skip
    assert {kind: kinds[kind] for kind in expected} == expected
    assert len(found.resources) > 100
    keys = [each.key for each in found.resources]
    assert len(set(keys)) == len(keys)
    assert set(kinds) <= set(KINDS)
    assert {each.resource for each in found.faults} <= set(keys)
    named = {name for each in found.resources for name in (each.key, *each.ids)}
    lost = {p for each in found.resources for p in each.parents} - named
    assert not {each for each in lost if not each.startswith("aws:") or each.count(":") < 2}
    assert {each.account for each in found.resources} == {MAIN, OTHER}
    assert sum(front.seen.values()) < 600


async def test_a_server_is_found_by_every_name_it_has(opened: Opener, seeded: Seeded) -> None:
    found = await told(opened(), f"{WEST}/servers")
    ident = seeded.servers["eu-west-1"][0]
    one = next(each for each in found.resources if ident in each.ids)
    assert one.key == f"arn:aws:ec2:eu-west-1:{MAIN}:instance/{ident}"
    assert f"aws:///{one.zone}/{ident}" in one.ids
    assert len(one.addresses) >= 3
    assert one.size["vcpus"] == 2
    assert one.size["memory_mb"] == 8192
    assert one.type == "m5.large"
    assert f"aws:{MAIN}:{one.zone}" in one.parents
    stopped = next(each for each in found.resources if each.state == "stopped")
    assert stopped.health is Health.OK


async def test_what_hangs_on_what(opened: Opener, seeded: Seeded) -> None:
    connector = opened()
    found = await told(connector, f"{WEST}/volumes", f"{WEST}/balancers", f"{WEST}/eks")
    attached = [
        each for each in found.resources if each.kind == "volume" and each.state == "in-use"
    ]
    assert all(each.parents[0].startswith("i-") for each in attached)
    assert set(seeded.servers["eu-west-1"][:3]) <= set(found.named("shop").parents)
    assert found.named("pool-a").parents == (found.named("prod").key,)
    books = await told(connector, f"{MAIN}/eu-central-1/databases")
    assert books.named("books").key in books.named("books-1").parents


async def test_alarms_are_faults_of_what_they_watch(opened: Opener, seeded: Seeded) -> None:
    connector = opened(alarm_severities={"critical-*": "critical"})
    found = await told(connector, f"{WEST}/alarms")
    assert {each.title: each.severity for each in found.faults} == {
        "cpu-high": Severity.ERROR, "critical-disk": Severity.CRITICAL,
    }  # fmt: skip
    assert all(each.resource.endswith(seeded.servers["eu-west-1"][1]) for each in found.faults)
    assert {each.name for each in found.resources} == {"cpu-high", "cpu-fine", "critical-disk"}


async def test_metrics_come_once_each_and_in_their_units(opened: Opener, seeded: Seeded) -> None:
    connector = opened()
    await told(connector, f"{WEST}/servers")
    found = await told(connector, f"{WEST}/metrics")
    cpu = [each for each in found.samples if each.metric == "cpu"]
    assert found.changes
    assert {each.value for each in cpu} == {42.0}
    assert {each.metric for each in found.samples} <= set(METRICS)
    again = await told(connector, f"{WEST}/metrics", cursor=found.cursor)
    assert {(s.resource, s.at) for s in again.samples}.isdisjoint(
        {(s.resource, s.at) for s in found.samples}
    )


async def test_savings_name_their_rule_and_their_price(opened: Opener, seeded: Seeded) -> None:
    connector = opened()
    found = await told(connector, f"{MAIN}/findings")
    rules, ids = found.rules(), seeded.ids
    servers = seeded.servers["eu-west-1"]
    expected = {
        ("unattached-disk", ids["eu-west-1/free-volume-100"]),
        ("unattached-disk", ids["us-east-1/free-volume-50"]),
        ("unused-address", ids["eu-central-1/free-address"]),
        ("idle-server", servers[0]), ("oversized-server", servers[1]),
        ("stopped-server", servers[-1]), ("idle-database", "old"),
    }  # fmt: skip
    assert expected <= rules
    assert ("idle-load-balancer", ids["empty"].rpartition("/")[2]) in rules
    for rule, about in (("idle-server", servers[1]), ("idle-server", servers[2]),
                        ("oversized-server", servers[2]), ("oversized-server", servers[0]),
                        ("idle-database", "orders")):  # fmt: skip
        assert (rule, about) not in rules
    disk = next(e for e in found.findings if ids["us-east-1/free-volume-50"] in e.resource)
    assert disk.saving == pytest.approx(50 * 0.08)
    assert "list price of 2025-06-01" in disk.why
    assert len({each.key for each in found.findings}) == len(found.findings)


async def test_what_is_wrong_is_told_with_the_time_it_may_last(opened: Opener) -> None:
    found = await told(opened(), f"{WEST}/ecs", f"{WEST}/queues")
    kinds = {each.kind: each for each in found.faults}
    assert set(kinds) == {"TasksMissing", "DeadLetters"}
    assert kinds["TasksMissing"].title == "cart: 0 of 2 tasks run"
    assert kinds["TasksMissing"].after > 0
    silent = await told(opened(dead_letters=False), f"{WEST}/queues")
    assert not silent.faults


async def test_instances_are_stopped_started_and_rebooted(
    opened: Opener, seeded: Seeded, front: Front
) -> None:
    connector = opened()
    found = await told(connector, f"{MAIN}/us-east-1/servers")
    one = next(each for each in found.resources if each.name == "web-1")
    would = await connector.act("aws.stop", one, {}, True)
    assert not would.done
    assert "would be stopped" in would.text
    assert (await connector.act("aws.stop", one, {}, False)).done
    assert not (await connector.act("aws.stop", one, {}, False)).done
    with pytest.raises(Permanent, match="only what runs can be rebooted"):
        await connector.act("aws.reboot", one, {}, True)
    assert (await connector.act("aws.start", one, {}, False)).done
    assert (await connector.act("aws.reboot", one, {}, False)).done
    assert front.seen["ec2:StopInstances"] == 2


async def test_a_group_is_scaled_within_its_bounds(opened: Opener) -> None:
    connector = opened()
    group = (await told(connector, f"{MAIN}/eu-central-1/scaling")).named("workers")
    would = await connector.act("aws.scale", group, {"desired": 3}, True)
    assert (would.done, would.facts["from"], would.facts["to"]) == (False, 2, 3)
    with pytest.raises(Permanent, match="between 1 and 4"):
        await connector.act("aws.scale", group, {"desired": 9}, False)
    assert not (await connector.act("aws.scale", group, {"desired": 2}, False)).done
    assert "3 instances" in (await connector.act("aws.scale", group, {"desired": 3}, False)).text
    assert "from 3 to 2" in (await connector.act("aws.scale", group, {"by": -1}, False)).text
    with pytest.raises(Permanent, match="between 1 and 4 instances, not 5"):
        await connector.act("aws.scale", group, {"by": 3}, False)
    with pytest.raises(Permanent, match="say desired"):
        await connector.act("aws.scale", group, {"by": 1, "desired": 3}, False)


async def test_people_read_the_console_of_a_server_and_the_activities_of_a_group(
    opened: Opener,
) -> None:
    connector = opened()
    servers = await told(connector, f"{WEST}/servers")
    said = await connector.ask("logs", servers.named("web-0"), {"lines": 5})
    assert said
    assert len(said.splitlines()) <= 5
    group = (await told(connector, f"{MAIN}/eu-central-1/scaling")).named("workers")
    assert isinstance(await connector.ask("detail", group, {}), dict)
    with pytest.raises(Permanent, match="has no logs"):
        await connector.ask("logs", group, {})


async def test_the_connector_is_one(opened: Opener) -> None:
    assert isinstance(opened(), Connector)
