"""What is there in Google Cloud, read from a stand-in with hundreds of mixed resources."""

from __future__ import annotations

import asyncio

import pytest

from integrations.base import Item, Permanent, Progress, Transient
from integrations.gcp.compute import size_of
from integrations.gcp.connector import GoogleCloud
from store.model.resource import Fault, Finding, Health, Resource
from tests.gcp.conftest import Make
from tests.support.gcp.server import FakeGoogle, settings
from tests.support.gcp.world import BARE, DATA, ORG, SHOP, ZONES
from tests.support.told import Waiting, only, told
from tests.support.world import ObedientClock

VM = f"//compute.googleapis.com/projects/{SHOP}/zones/{ZONES[1]}/instances/web-01"


@pytest.fixture(scope="module")
def looked() -> list[Item]:
    """What one look at a project tells; most tests read it, none changes it."""

    async def look() -> list[Item]:
        clock = ObedientClock()
        async with FakeGoogle(clock) as fake:
            connector = GoogleCloud("gcp", settings(fake), clock, Waiting(clock))
            found = await told(connector, f"{SHOP}/inventory")
            await connector.close()
        assert not fake.violations
        return found

    return asyncio.run(look())


@pytest.fixture
def found(looked: list[Item]) -> dict[str, Resource]:
    """The resources among it, by key."""
    return {each.key: each for each in only(Resource, looked)}


async def test_the_projects_are_those_named_or_found_below_an_organization(make: Make) -> None:
    names = {each.name for each in await make().parts()}
    assert f"{SHOP}/inventory" in names and f"{DATA}/backends" in names and "cost" not in names
    by_org = await make(projects=[], scopes=[ORG]).parts()
    assert {each.name.split("/")[0] for each in by_org} == {"projects", SHOP, DATA, BARE}
    seen = await make(projects=[]).parts()  # the third is being deleted
    assert {each.name.split("/")[0] for each in seen} == {"projects", SHOP, DATA}


async def test_projects_that_the_search_does_not_tell_of_are_known_by_what_lies_in_them(
    make: Make, google: FakeGoogle
) -> None:
    kept = [e for e in google.world.assets if "cloudresourcemanager" not in e["name"]]
    google.world.assets[:] = kept
    parts = await make(projects=[], scopes=[ORG]).parts()
    assert {each.name.split("/")[0] for each in parts} == {"projects", SHOP, DATA}


async def test_projects_are_resources_with_both_their_names(make: Make) -> None:
    items = await told(make(projects=[], scopes=ORG), "projects")
    by = {each.account: each for each in only(Resource, items)}
    assert by[SHOP].name == "Shop Prod"
    assert by[SHOP].ids == (f"projects/{SHOP}", "projects/111")


def test_all_resources_come_once_and_noise_is_left_out(
    looked: list[Item], found: dict[str, Resource]
) -> None:
    assert len(found) == len(only(Resource, looked))
    kinds = [each.kind for each in found.values()]
    assert kinds.count("server") == 40
    assert kinds.count("volume") == 40 + 2
    assert {"database", "bucket", "queue", "service", "cluster", "certificate", "other"} <= {*kinds}
    assert not [key for key in found if "noise" in key]
    assert len([key for key in found if "odd.googleapis" in key]) == 5


def test_a_machine_knows_its_addresses_names_and_what_it_stands_on(
    found: dict[str, Resource],
) -> None:
    vm = found[VM]
    assert (vm.kind, vm.name, vm.state, vm.type) == ("server", "web-01", "RUNNING",
                                                     "n2-standard-4")  # fmt: skip
    assert vm.size == {"vcpus": 4, "memory_mb": 16384}
    assert vm.addresses == ("10.1.0.1", "34.1.0.1")
    assert f"gce://{SHOP}/{ZONES[1]}/web-01" in vm.ids
    assert "9000000000000000001" in vm.ids
    assert vm.tags == {"team": "shop"}
    group, zone = vm.parents
    assert group.endswith("/instanceGroupManagers/web")
    assert found[zone].kind == "zone"
    region = found[found[zone].parents[0]]
    assert (region.kind, region.name) == ("region", "europe-west1")
    disk = found[VM.replace("instances", "disks")]
    assert disk.parents[0] == VM
    assert found[VM.replace("web-01", "web-02").replace(ZONES[1], ZONES[2])].health is Health.DOWN


def test_a_balancer_stands_on_its_backends_down_to_the_group(found: dict[str, Resource]) -> None:
    by = {each.name: each for each in found.values() if each.kind != "zone"}
    service = by["web-backend"]
    assert by["web-rule"].parents[0] == service.key
    group = by["web"]
    assert group.kind == "autoscaler"
    assert set(service.parents) & set(group.ids)


def test_what_only_the_asset_inventory_knows_is_placed_by_its_location(
    found: dict[str, Resource],
) -> None:
    database = found[f"//cloudsql.googleapis.com/projects/{SHOP}/instances/thing-00"]
    assert (database.kind, database.region) == ("database", "europe-west1")
    assert database.parents == (f"gcp:{SHOP}:region:europe-west1",)
    bucket = found["//storage.googleapis.com/thing-01"]
    assert (bucket.kind, bucket.region) == ("bucket", "EU")
    assert bucket.parents == (f"//cloudresourcemanager.googleapis.com/projects/{SHOP}",)


def test_money_that_could_be_had_names_the_rule_and_the_day_of_its_price(
    looked: list[Item],
) -> None:
    findings = only(Finding, looked)
    by = {each.rule: each for each in findings if "half" not in each.resource}
    assert set(by) == {"unattached-disk", "unused-address", "old-snapshot", "idle-load-balancer"}
    assert by["unattached-disk"].saving == pytest.approx(500 * 0.17)
    assert by["old-snapshot"].saving == pytest.approx(5.0)
    assert by["unused-address"].title == "Address free is used by nothing"
    assert "List prices of 2025-01-01" in by["unused-address"].why


def test_a_certificate_that_ends_soon_is_a_fault(looked: list[Item]) -> None:
    found = only(Fault, looked)
    assert {each.kind for each in found} == {"CertificateExpiring"}
    assert [(each.title, each.severity) for each in found] == [
        ("Certificate old-cert has expired", "critical"),
        ("Certificate shop expires in 2 days", "error"),
    ]


async def test_where_compute_engine_is_not_used_the_asset_inventory_says_what_there_is(
    make: Make, google: FakeGoogle
) -> None:
    google.off.add((SHOP, "compute"))
    items = await told(make(), f"{SHOP}/inventory")
    by = {each.key: each for each in only(Resource, items)}
    assert by[VM].size["vcpus"] == 4 and by[VM].state == "RUNNING"
    assert only(Progress, items)[-1].note == ""


async def test_a_list_that_may_not_be_read_is_left_out_and_said(
    make: Make, google: FakeGoogle
) -> None:
    google.forbidden.add((SHOP, "compute.addresses.list"))
    items = await told(make(), f"{SHOP}/inventory")
    assert "compute.addresses.list" in only(Progress, items)[-1].note
    assert VM in {each.key for each in only(Resource, items)}


async def test_without_the_asset_inventory_the_look_is_not_whole_and_says_so(
    make: Make, google: FakeGoogle
) -> None:
    google.forbidden.add((SHOP, "cloudasset.assets.searchAllResources"))
    connector = make()
    with pytest.raises(Permanent, match="searchAllResources"):
        await told(connector, f"{SHOP}/inventory")
    assert only(Resource, await told(connector, f"{DATA}/inventory"))
    assert only(Resource, await told(make(assets=False), f"{SHOP}/inventory"))


async def test_a_project_that_may_not_be_searched_is_found_in_the_wider_search(
    make: Make, google: FakeGoogle
) -> None:
    google.forbidden.add((SHOP, "cloudasset.assets.searchAllResources"))
    connector = make(projects=[], scopes=[ORG])
    await connector.parts()
    by = {e.key: e for e in only(Resource, await told(connector, f"{SHOP}/inventory"))}
    assert "//storage.googleapis.com/thing-01" in by
    assert not [each for each in by.values() if each.account != SHOP]


async def test_a_zone_that_does_not_answer_loses_no_machine(make: Make, google: FakeGoogle) -> None:
    google.silent.add(ZONES[1])
    items = await told(make(), f"{SHOP}/inventory")
    assert VM in {each.key for each in only(Resource, items)}  # the asset inventory has it
    assert "do not answer" in only(Progress, items)[-1].note
    with pytest.raises(Transient, match="zones"):
        await told(make(assets=False), f"{SHOP}/inventory")


@pytest.mark.parametrize(
    ("type_", "size"),
    [
        ("e2-custom-4-8192", {"vcpus": 4, "memory_mb": 8192}),
        ("n2-highmem-8", {"vcpus": 8, "memory_mb": 65536}),
        ("n2-custom-2-4096-ext", {"vcpus": 2, "memory_mb": 4096}),
        ("a2-ultragpu-1g", {"vcpus": 1}), ("e2-micro", {"vcpus": 2}), ("strange", {}),
    ],
)  # fmt: skip
def test_a_machine_types_name_says_its_size(type_: str, size: dict[str, float]) -> None:
    assert size_of(type_) == size
