"""What is there in Azure, read from a stand-in with hundreds of mixed resources."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from integrations.base import Item, Permanent, Progress, Transient
from store.model.resource import Fault, Finding, Health, Resource
from tests.azure.conftest import Make, connect
from tests.support.azure.server import FakeAzure
from tests.support.azure.world import DATA, SHOP, id_of
from tests.support.told import Waiting, only, told
from tests.support.world import ObedientClock

VM = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-001").lower()


@pytest.fixture(scope="module")
def looked() -> tuple[list[Item], FakeAzure]:
    """What one look at a subscription tells; most tests read it, none changes it."""

    async def look() -> tuple[list[Item], FakeAzure]:
        clock = ObedientClock()
        async with FakeAzure(clock) as fake:
            connector = connect(fake, clock, Waiting(clock))
            found = await told(connector, f"{SHOP}/inventory")
            await connector.close()
        assert not fake.violations
        return found, fake

    return asyncio.run(look())


@pytest.fixture
def found(looked: tuple[list[Item], FakeAzure]) -> list[Resource]:
    """The resources among it."""
    return only(Resource, looked[0])


async def test_every_subscription_that_is_not_deleted_has_its_parts(make: Make) -> None:
    parts = [each.name for each in await make().parts()]
    assert parts[0] == "subscriptions"
    assert {each.split("/")[0] for each in parts[1:]} == {SHOP, DATA}
    assert f"{SHOP}/cost" in parts and len(parts) == len(set(parts)) == 1 + 2 * 8
    few = await make(cost=False, metrics=False, changes=False, quotas=False).parts()
    assert {each.name.split("/")[-1] for each in few} == {
        "subscriptions", "inventory", "health", "service_health", "recommendations",
    }  # fmt: skip


async def test_subscriptions_may_be_named_or_be_those_of_a_management_group(make: Make) -> None:
    named = make(subscriptions=[DATA.upper()])
    assert {e.name.split("/")[0] for e in await named.parts()} == {"subscriptions", DATA}
    grouped = make(management_groups="shop-group")
    assert {e.name.split("/")[0] for e in await grouped.parts()} == {"subscriptions", SHOP}
    accounts = only(Resource, await told(make(), "subscriptions"))
    assert {(a.name, a.state, a.health) for a in accounts} == {
        ("Shop", "Enabled", Health.OK), ("Data", "Warned", Health.DEGRADED),
    }  # fmt: skip


def test_all_resources_come_page_by_page_and_each_once(
    looked: tuple[list[Item], FakeAzure], found: list[Resource]
) -> None:
    items, azure = looked
    assert len({each.key for each in found}) == len(found)
    rows = [r for r in azure.world.rows if r["subscriptionId"] == SHOP]
    machines = Counter(each.kind for each in found)["server"]
    assert machines == 40 + 1 + 3  # also the half-made one, and three of a scale set
    keys = {each.key for each in found}
    assert {r["id"].lower() for r in rows if "extensions" not in r["id"]} <= keys
    assert not [key for key in keys if "extensions" in key]
    last = only(Progress, items)[-1]
    assert last.done == last.total == len(rows) > azure.most


def test_a_machine_knows_its_addresses_names_and_what_it_stands_on(found: list[Resource]) -> None:
    keys = {each.key: each for each in found}
    vm = keys[VM]
    assert (vm.kind, vm.name, vm.state, vm.type) == ("server", "vm-001", "running",
                                                     "Standard_D4s_v5")  # fmt: skip
    assert vm.size == {"vcpus": 4}
    assert vm.addresses == ("vm-001-host", "10.0.0.1", "20.1.2.3")
    assert "00000000-0000-0000-0000-000000000001" in vm.ids
    assert f"azure://{VM}" in vm.ids
    zone = keys[vm.parents[0]]
    assert (zone.kind, zone.name) == ("zone", "northeurope-2")
    region = keys[zone.parents[0]]
    assert region.parents == (f"/subscriptions/{SHOP}",)
    assert keys[f"{VM}-os".replace("virtualmachines", "disks")].parents[0] == VM


def test_nested_things_hang_on_what_they_lie_in(found: list[Resource]) -> None:
    named = {each.name: each for each in found}
    keys = {each.key: each for each in found}
    assert keys[named["shop"].parents[0]].kind == "database"
    assert named["default"].kind == "subnet"
    assert keys[named["default"].parents[0]].kind == "network"
    nic = id_of(SHOP, "RG-Shop", "Microsoft.Network/networkInterfaces", "vm-001-nic").lower()
    assert named["lb"].parents[0] == nic
    member = named["aks-np-vmss_0"]
    assert keys[member.parents[0]].kind == "autoscaler"
    assert any(each.endswith("virtualMachines/0") for each in member.ids)
    assert named["thing12"].facts.get("type", "") == ""
    assert {e.kind for e in found if e.facts.get("type", "").startswith("contoso")} == {"other"}


def test_a_function_app_is_a_function_and_a_region_has_one_spelling(found: list[Resource]) -> None:
    assert {each.kind for each in found if each.key.endswith(("thing15", "thing29"))} == {
        "function"
    }
    assert {each.region for each in found} <= {"", "westeurope", "northeurope"}


def test_rows_that_lack_everything_are_resources_all_the_same(found: list[Resource]) -> None:
    odd = [each for each in found if "contoso.odd" in each.key]
    assert [each.name for each in odd] == [f"odd{n}" for n in range(5)]


async def test_what_resources_say_is_wrong_is_a_fault_with_a_key_that_stays(make: Make) -> None:
    connector = make()
    first = only(Fault, await told(connector, f"{SHOP}/inventory"))
    again = only(Fault, await told(connector, f"{SHOP}/inventory"))
    assert [each.key for each in first] == [each.key for each in again]
    assert {(each.kind, each.title) for each in first} == {
        ("ProvisioningFailed", "half-made: its last change failed"),
        ("DatabaseSuspect", "broken is Suspect"),
        ("CertificateExpiring", "Certificate shop.example expires in 10 days"),
    }
    by = {each.kind: each for each in first}
    assert by["ProvisioningFailed"].description == "Provisioning failed: No capacity"
    assert by["DatabaseSuspect"].severity == "critical"


def test_money_that_could_be_had_names_the_rule_and_the_day_of_its_price(
    looked: tuple[list[Item], FakeAzure],
) -> None:
    found = only(Finding, looked[0])
    by = {each.rule: each for each in found}
    assert set(by) == {"unattached-disk", "unused-address", "old-snapshot", "idle-plan",
                       "stopped-server"}  # fmt: skip
    assert by["unattached-disk"].saving == pytest.approx(1024 * 0.135)
    assert "List prices of 2025-01-01" in by["unattached-disk"].why
    assert by["idle-plan"].saving == pytest.approx(226.0)
    assert by["stopped-server"].saving == 0


async def test_prices_of_the_settings_come_first_and_say_their_day(make: Make) -> None:
    connector = make(prices={"Disk Premium_LRS": 1}, prices_day="2026-11-01")
    found = only(Finding, await told(connector, f"{SHOP}/inventory"))
    disk = next(each for each in found if each.rule == "unattached-disk")
    assert disk.saving == 1024
    assert "Prices of the settings of 2026-11-01" in disk.why


async def test_a_refusal_in_one_subscription_leaves_the_others(
    make: Make, azure: FakeAzure
) -> None:
    azure.forbidden.add((DATA, "Microsoft.Resources/subscriptions/resources/read"))
    connector = make()
    with pytest.raises(Permanent, match="AuthorizationFailed"):
        await told(connector, f"{DATA}/inventory")
    assert only(Resource, await told(connector, f"{SHOP}/inventory"))


async def test_a_page_that_does_not_come_ends_the_look_with_an_error(
    make: Make, azure: FakeAzure
) -> None:
    told_ = make().sync(f"{SHOP}/inventory", "")
    first = await anext(told_)
    assert isinstance(first, list) and len(first) > 50
    for _ in range(4):
        azure.answer_next(503, "<html>busy</html>")
    with pytest.raises(Transient, match="503"):
        [each async for each in told_]


async def test_the_quota_of_resource_graph_is_kept(
    make: Make, azure: FakeAzure, waiting: Waiting
) -> None:
    azure.most = 12
    items = await told(make(), f"{SHOP}/inventory")
    assert len(azure.queries) > 15
    assert sum(waiting.waits) >= 5  # that it was never asked beyond it, the stand-in says
    assert len(only(Resource, items)) > 150
