"""How Azure's resources are, what is measured, what changed, and what runs out."""

from __future__ import annotations

import pytest

from integrations.azure.metrics import MEASURES
from integrations.base import Changes, Cursor, Permanent, Progress
from store.model import HOUR, MINUTE
from store.model.resource import Fault, Happening, Health, Resource, Sample
from tests.azure.conftest import Make
from tests.support.azure.server import FakeAzure
from tests.support.azure.world import DATA, SHOP, id_of
from tests.support.told import Waiting, only, told
from tests.support.world import START

VM = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-{:03d}").lower()


async def test_what_is_unavailable_is_a_fault_but_for_what_somebody_stopped(make: Make) -> None:
    faults = only(Fault, await told(make(), f"{SHOP}/health"))
    by = {each.resource: each for each in faults if each.kind.startswith("Resource")}
    assert set(by) == {VM.format(1), VM.format(2)}
    down = by[VM.format(1)]
    assert (down.kind, down.severity) == ("ResourceUnavailable", "critical")
    assert down.since == START - 7 * MINUTE
    assert down.labels["reason"] == "Unplanned"
    assert "hardware fault" in down.description
    assert by[VM.format(2)].kind == "ResourceDegraded"


async def test_the_inventory_shows_how_resource_health_finds_a_resource(make: Make) -> None:
    connector = make()
    found = {e.key: e for e in only(Resource, await told(connector, f"{SHOP}/inventory"))}
    assert found[VM.format(1)].health is Health.DOWN
    assert "hardware fault" in found[VM.format(1)].why
    assert found[VM.format(2)].health is Health.DEGRADED
    assert found[VM.format(10)].health is Health.OK
    assert found[VM.format(10)].state == "deallocated"


async def test_what_is_well_again_is_not_named(make: Make, azure: FakeAzure) -> None:
    connector = make()
    assert only(Fault, await told(connector, f"{SHOP}/health"))
    for status in azure.world.statuses.values():
        status["availabilityState"] = "Available"
    azure.world.events.clear()
    assert not only(Fault, await told(connector, f"{SHOP}/health"))


@pytest.mark.parametrize("looked_before", [True, False])
async def test_an_outage_of_azure_is_a_fault_of_the_region_that_we_use(
    make: Make, looked_before: bool
) -> None:
    connector = make()
    if looked_before:
        await told(connector, f"{SHOP}/inventory")
    items = await told(connector, f"{SHOP}/service_health")
    (outage,) = only(Fault, items)
    assert outage.kind == "ServiceIssue"
    assert outage.resource == f"azure:{SHOP}:region:westeurope"
    assert outage.labels["tracking_id"] == "BC_1-FXZ"
    assert outage.severity == "error"
    (planned,) = only(Happening, items)
    assert planned.reason == "PlannedMaintenance" and planned.warning


async def test_what_may_not_be_asked_is_left_out_and_said(make: Make, azure: FakeAzure) -> None:
    rights = {
        "health": "Microsoft.ResourceHealth/availabilityStatuses/read",
        "service_health": "Microsoft.ResourceHealth/events/read",
        "cost": "Microsoft.CostManagement/query/action",
        "quotas": "Microsoft.Compute/locations/usages/read",
        "recommendations": "Microsoft.Advisor/recommendations/read",
    }
    azure.forbidden |= {(SHOP, right) for right in rights.values()}
    azure.forbidden.add((SHOP, "Microsoft.Network/locations/usages/read"))
    connector = make()
    for part, right in rights.items():
        changes, note = await told(connector, f"{SHOP}/{part}")
        assert isinstance(changes, Changes)  # nothing is gone, and nothing over
        assert isinstance(note, Progress) and "left out" in note.note
        assert right in note.note or part == "quotas"
    assert only(Resource, await told(connector, f"{SHOP}/inventory"))


async def test_what_was_told_and_is_refused_now_is_an_error(make: Make, azure: FakeAzure) -> None:
    connector = make()
    assert only(Fault, await told(connector, f"{SHOP}/health"))
    azure.forbidden.add((SHOP, "Microsoft.ResourceHealth/availabilityStatuses/read"))
    with pytest.raises(Permanent, match="AuthorizationFailed"):
        await told(connector, f"{SHOP}/health")


@pytest.mark.parametrize("batches", [True, False])
async def test_measures_come_in_batches_or_one_by_one_with_the_same_result(
    make: Make, azure: FakeAzure, batches: bool
) -> None:
    azure.batches = batches
    items = await told(make(), f"{SHOP}/metrics")
    found = {(each.resource, each.metric): each for each in only(Sample, items)}
    cpu = found[VM.format(1), "cpu"]
    assert cpu.value == azure.world.load[VM.format(1)]["percentage cpu"]
    assert cpu.at == START - 10 * MINUTE
    assert found[VM.format(1), "memory"].value == 60
    assert found[VM.format(1), "network_in"].value == 10
    notes = [each.note for each in only(Progress, items)]
    assert any("one by one" in each for each in notes) is not batches


async def test_who_does_not_answer_behind_a_balancer_is_its_fault(
    make: Make, azure: FakeAzure
) -> None:
    lb = id_of(SHOP, "rg-net", "Microsoft.Network/loadBalancers", "lb").lower()
    azure.world.load[lb] = {"dipavailability": 33.0}
    (fault,) = only(Fault, await told(make(), f"{SHOP}/metrics"))
    assert (fault.kind, fault.resource, fault.severity) == ("BackendUnhealthy", lb, "error")


def test_no_type_has_more_measures_than_azure_takes_at_once() -> None:
    assert all(len(each) <= 20 for each in MEASURES.values())


async def test_changes_say_who_made_them_and_go_on_where_the_last_look_ended(
    make: Make, azure: FakeAzure
) -> None:
    connector = make()
    items = await told(connector, f"{SHOP}/changes")
    assert isinstance(items[0], Changes)
    found = only(Happening, items)
    assert len(found) == 4  # the fifth is five hours old
    assert found[0].who == "ana@example.com" and found[0].change
    assert "hardwareProfile.vmSize: Standard_D2s_v5 → Standard_D4s_v5" in found[0].text
    assert found[0].resource == VM.format(1)
    (cursor,) = only(Cursor, items)
    later = only(Happening, await told(connector, f"{SHOP}/changes", cursor.text))
    assert {each.key for each in later} < {each.key for each in found}


async def test_a_quota_that_is_nearly_used_is_a_fault(make: Make) -> None:
    connector = make()
    await told(connector, f"{SHOP}/inventory")
    items = await told(connector, f"{SHOP}/quotas")
    cores = f"azure:{SHOP}:quota:westeurope:cores"
    by = {each.resource: each for each in only(Fault, items)}
    assert by[cores].kind == "QuotaNearLimit"
    assert by[f"azure:{SHOP}:quota:westeurope:publicipaddresses"].kind == "QuotaFull"
    values = {each.metric: each.value for each in only(Sample, items) if each.resource == cores}
    assert values == {"used": 97, "limit": 100}
    assert {each.kind for each in only(Resource, items)} == {"quota"}


async def test_quotas_ask_which_regions_are_used_where_that_is_not_known(make: Make) -> None:
    items = await told(make(), f"{DATA}/quotas")
    assert {each.region for each in only(Resource, items)} == {"westeurope", "northeurope"}


async def test_a_token_is_renewed_before_it_ends_and_once_where_it_is_refused(
    make: Make, azure: FakeAzure, waiting: Waiting
) -> None:
    connector = make(metrics=False)
    await told(connector, f"{SHOP}/health")
    assert azure.fetched == 1
    await waiting(HOUR / 1000 - 200)
    await told(connector, f"{SHOP}/health")
    assert azure.fetched == 2
    azure.expire_tokens()
    await told(connector, f"{SHOP}/health")
    assert azure.fetched == 3
