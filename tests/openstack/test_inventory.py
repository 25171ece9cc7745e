"""What there is: everything with what it stands on, page by page, as far as one may see."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from integrations.base import Changes, Cursor, Gone, Misconfigured, Over, Progress
from store.model.resource import Health
from tests.openstack.looking import Eye, looking
from tests.support.openstack.stack import ADMIN, DEMO, REGION, ago, small, uuid


async def test_a_server_stands_on_its_hypervisor_and_that_in_zone_and_aggregate() -> None:
    stack = small()
    stack.aggregates = [{"id": 7, "name": "fast", "availability_zone": "nova", "hosts": ["c1"],
                         "uuid": uuid(7, 6), "metadata": {"ssd": "true"}}]  # fmt: skip
    async with looking(stack) as eye:
        compute, servers = await eye.look("compute"), await eye.look("servers")
        web, host = servers.resources["server web-1"], compute.resources["hypervisor c1.example.eu"]
        assert web.parents == (host.key, f"openstack:os:project:{DEMO}")
        assert host.parents == (eye.key("aggregate", "7"), eye.key("zone", "nova"))
        assert compute.resources["aggregate fast"].parents == (eye.key("zone", "nova"),)
        assert compute.resources["zone nova"].parents == ("openstack:os:region:RegionOne",)
        assert web.ids == (web.key.rpartition(":")[2],)
        assert (web.type, web.group, web.addresses) == ("m1.medium", "demo", ("10.9.0.10",))
        assert web.size == {"vcpus": 2, "memory_mb": 4096, "disk_gb": 40}
        assert web.tags == {"team": "shop", "env": "prod"}
        assert not compute.faults and not servers.faults


async def test_what_hosts_have_and_use_is_summed_for_aggregate_and_zone() -> None:
    stack = small()
    stack.aggregates = [{"id": 7, "name": "fast", "hosts": ["c1"], "metadata": {}}]
    async with looking(stack) as eye:
        told = await eye.look("compute")
    assert told.sample("/c1.example.eu", "memory_used") == 8192 * 2**20
    assert told.sample("zone:RegionOne/nova", "vcpus") == 32
    assert told.sample("aggregate:RegionOne/7", "vcpus_used") == 4


async def test_a_volume_hangs_on_its_server_and_its_pool() -> None:
    async with looking() as eye:
        told = await eye.look("storage")
        volume = told.resources["volume data-1"]
        assert volume.parents[:2] == (
            f"openstack:os:server:{eye.stack.servers[2]['id']}", eye.key("pool", "st1@ceph#ceph")
        )  # fmt: skip
        pools = await eye.look("pools")
        assert pools.resources["pool st1@ceph#ceph"].size == {"disk_gb": 1000.0}
        assert pools.sample("ceph#ceph", "disk_used") == 500 * 2**30


async def test_a_load_balancer_leads_to_the_servers_behind_it() -> None:
    stack = small()
    own = stack.servers[0]["id"]
    stack.ports = [{"id": uuid(1, 4), "status": "ACTIVE", "device_owner": "compute:nova",
                    "device_id": own, "fixed_ips": [{"ip_address": "10.9.0.10"}]}]  # fmt: skip
    stack.lb_pools = [{"id": "p1", "loadbalancers": [{"id": "lb1"}], "members": [{"id": "m1"}]}]
    stack.members = {
        "p1": [{"id": "m1", "address": "10.9.0.10"}, {"id": "m2", "address": "10.1.1.1"}]
    }
    stack.balancers = [{"id": "lb1", "name": "shop", "provisioning_status": "ACTIVE",
                        "operating_status": "ONLINE", "vip_address": "10.9.0.5",
                        "project_id": DEMO}]  # fmt: skip
    async with looking(stack) as eye:
        found = (await eye.look("balancers")).resources["load_balancer shop"]
    assert found.parents[0] == f"openstack:os:server:{own}"
    assert (found.state, found.health, found.addresses) == ("online", Health.OK, ("10.9.0.5",))


@pytest.mark.parametrize("size", [1, 2, 1000])
async def test_pages_are_followed_to_the_end_whatever_the_host_in_their_links(size: int) -> None:
    stack = small()
    stack.page = size
    stack.networks += [{"id": uuid(n, 3), "name": f"n{n}", "status": "ACTIVE"} for n in range(2, 6)]
    stack.images += [{"id": uuid(n, 5), "name": f"i{n}", "status": "active"} for n in range(2, 5)]
    async with looking(stack) as eye:
        assert len(await names(eye, "servers", "server")) == 3
        assert len(await names(eye, "network", "network")) == 5
        assert len(await names(eye, "images", "image")) == 4
        assert len(await names(eye, "compute", "hypervisor")) == 2


async def names(eye: Eye, part: str, kind: str) -> list[str]:
    """The resources of a kind."""
    return [each for each in (await eye.look(part)).resources if each.startswith(f"{kind} ")]


async def test_the_second_look_asks_for_changes_only_and_says_what_is_gone() -> None:
    async with looking() as eye:
        whole = await eye.look("servers")
        assert not whole.of(Changes) and len(whole.resources) == 3
        nothing = await eye.look("servers")
        assert nothing.of(Changes) and not nothing.resources
        first, second = eye.stack.servers[:2]
        now = ago(1)[:19] + "Z"
        first |= {"status": "SHUTOFF", "updated": now}
        second |= {"status": "DELETED", "updated": now}
        told = await eye.look("servers")
    assert [each.name for each in told.resources.values()] == ["web-1"]
    assert told.of(Gone) == [Gone(f"openstack:os:server:{second['id']}")]
    assert Over(f"ServerError:RegionOne:{second['id']}") in told.of(Over)


async def test_servers_of_a_host_that_falls_are_told_again_although_nova_saw_no_change() -> None:
    async with looking() as eye:
        await eye.look("servers")
        eye.stack.services[2] |= {"state": "down", "updated_at": ago(300)}
        told = await eye.look("servers")
        assert set(told.resources) == {"server web-1", "server web-2"}
        web = told.resources["server web-1"]
        assert (web.health, web.why) == (
            Health.UNKNOWN, "its host c1 is down; Nova still says ACTIVE"
        )  # fmt: skip
        eye.stack.services[2] |= {"state": "up", "updated_at": ago(1)}
        back = await eye.look("servers")
        assert back.resources["server web-1"].health is Health.OK


async def test_what_one_may_not_see_is_left_out_and_said_once() -> None:
    stack = small()
    stack.denied = {("compute", "os-services"), ("compute", "os-hypervisors"),
                    ("compute", "os-aggregates"), ("compute", "servers/detail")}  # fmt: skip
    async with looking(stack) as eye:
        compute = await eye.look("compute")
        assert "zone nova" in compute.resources
        assert [each.note for each in compute.of(Progress)] == [
            "not allowed: compute os-aggregates, compute os-hypervisors/detail, compute os-services"
        ]
        assert not (await eye.look("servers")).resources


async def test_who_may_see_no_service_is_told_that_a_zone_is_gone() -> None:
    stack = small()
    stack.denied = {("compute", "os-services"), ("compute", "os-hypervisors")}
    for each in stack.services:
        each["state"] = "down"
    async with looking(stack) as eye:
        assert (await eye.look("compute")).faults["ZoneUnavailable:nova"].severity == "critical"


async def test_a_cloud_without_a_service_has_none_of_it_and_is_well() -> None:
    stack = small()
    stack.missing = {"volume", "network", "placement", "load-balancer", "image"}
    async with looking(stack) as eye:
        for part in await eye.connector.parts():
            told = await eye.look(part.name)
            assert not told.faults, part.name


@pytest.mark.parametrize("newest", ["2.1", "2.60", "2.87", "2.103", ""])
async def test_old_and_new_novas_are_spoken_to_in_what_they_know(newest: str) -> None:
    stack = small()
    stack.newest = newest
    async with looking(stack) as eye:
        assert len((await eye.look("servers")).resources) == 3
        host = (await eye.look("compute")).resources["hypervisor c1.example.eu"]
        assert host.size["vcpus"] == 16


async def test_several_regions_are_parts_of_their_own() -> None:
    stack = small()
    stack.regions = ("eu", "us")
    async with looking(stack) as eye:
        parts = [each.name for each in await eye.connector.parts()]
        assert {"eu/servers", "us/servers", "eu/api"} <= set(parts)
        assert len(set(parts)) == len(parts) == 22
        first, second = await eye.look("eu/api"), await eye.look("us/api")
        assert "cloud os" in first.resources and "cloud os" not in second.resources
        assert first.of(Cursor) == [Cursor("eu")]
    async with looking(stack, regions=["us"]) as eye:
        assert [each.name for each in await eye.connector.parts()][:2] == ["api", "compute"]
        assert "region us" in (await eye.look("api")).resources


@pytest.mark.parametrize("part", ["api", "servers", "tenants", "images"])
async def test_a_region_that_is_not_there_is_a_mistake_that_names_those_that_are(
    part: str,
) -> None:
    said = f"^there is no region Nowhere; the catalogue has {REGION}$"
    async with looking(regions=["Nowhere"]) as eye:
        with pytest.raises(Misconfigured, match=said):
            await eye.look(part)
    async with looking(regions=[REGION, "Nowhere"]) as eye:
        assert (await eye.look(f"{REGION}/{part}")).resources
        with pytest.raises(Misconfigured, match=said):
            await eye.look(f"Nowhere/{part}")


async def test_a_token_that_ran_out_is_asked_for_anew_once() -> None:
    async with looking() as eye:
        await eye.look("servers")
        assert eye.cloud.logins == 1
        eye.cloud.expire()
        assert (await eye.look("compute")).resources
        assert eye.cloud.logins == 2


async def test_projects_and_their_quotas_are_there_with_what_they_use() -> None:
    stack = small()
    stack.quotas = {("compute", DEMO): {"cores": {"limit": 20, "in_use": 6, "reserved": 1},
                                        "server_groups": {"limit": 10, "in_use": 0, "reserved": 0},
                                        "key_pairs": {"limit": -1, "in_use": 5, "reserved": 0}},
                    ("network", DEMO): {"port": {"limit": 500, "used": 9, "reserved": 0}},
                    ("volume", ADMIN): {"gigabytes": {"limit": 1000, "in_use": 0, "reserved": 0}},
                    }  # fmt: skip
    async with looking(stack) as eye:
        told = await eye.look("tenants")
    demo = told.resources["project demo"]
    assert demo.facts["vCPUs"] == "7" and told.sample(f"project:{DEMO}", "vcpus_used") == 7
    assert demo.facts["vCPU hours in 30 days"] == "720"
    quotas = [each for each in told.resources if each.startswith("quota")]
    assert quotas == ["quota demo: vCPUs", "quota demo: ports", "quota admin: volume space"]
    assert told.sample(f"{DEMO}/compute/cores", "quota") == 35
    assert told.resources["quota demo: vCPUs"].parents == (demo.key,)


async def test_who_may_list_no_projects_sees_its_own() -> None:
    stack = small()
    stack.denied = {("identity", "projects"), ("identity", "domains")}
    async with looking(stack) as eye:
        told = await eye.look("tenants")
        assert [each.ids for each in told.resources.values()] == [(DEMO,)]


async def test_who_did_what_and_what_failed_is_told_of_servers_that_changed() -> None:
    stack = small()
    stack.action(stack.servers[0], "create", "u-ana", "Error")
    stack.action(stack.servers[1], "lock", "u-unknown")
    async with looking(stack) as eye:
        found = {each.reason: each for each in (await eye.look("servers")).happenings}
    assert (found["create"].who, found["create"].warning, found["create"].change) == (
        "ana", True, True
    )  # fmt: skip
    assert found["create"].text == "create failed on server web-1 by ana"
    assert (found["lock"].who, found["lock"].change) == ("u-unknown", False)


async def test_throughput_is_the_counters_since_the_last_look() -> None:
    stack = small()
    own = stack.servers[0]["id"]
    stack.diagnostics[own] = {"nic_details": [{"rx_octets": 1000, "tx_octets": 5}],
                              "memory_details": {"maximum": 4096, "used": 1024}}  # fmt: skip
    async with looking(stack) as eye:
        await eye.look("servers")
        assert (await eye.look("throughput")).sample(own, "network_in") is None
        stack.diagnostics[own]["nic_details"][0]["rx_octets"] = 9_000_000
        told = await eye.look("throughput")
        assert (told.sample(own, "network_in") or 0) > 0
        assert told.sample(own, "network_out") == 0
        assert told.sample(own, "memory") == 25
        stack.diagnostics[own]["nic_details"][0]["rx_octets"] = 10  # it was restarted
        assert (await eye.look("throughput")).sample(own, "network_in") is None


async def test_gnocchi_is_asked_where_there_is_one() -> None:
    stack = small()
    own = stack.servers[0]["id"]
    stack.measures = {"network.incoming.bytes": [
        {"group": {"instance_id": own},
         "measures": {"measures": {"aggregated": [["2026-01-01T00:00:00+00:00", 300.0, 900.0]]}}}
    ]}  # fmt: skip
    async with looking(stack) as eye:
        await eye.look("servers")
        assert (await eye.look("throughput")).sample(own, "network_in") == 3


def test_nothing_of_the_sdk_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys, integrations; m = integrations.load('openstack');"
        "m.inventory('os', {'auth_url': 'http://127.0.0.1:1/v3', 'username': 'u',"
        " 'password': 'p', 'project': 'x'});"
        "bad = {'openstack', 'keystoneauth1', 'requests'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"auth_url": ""}, "cloud"), ({"username": ""}, "username"),
        ({"password": None}, "password"),
        ({"read_timeout": "soon"}, "read_timeout"), ({"read_timeout": 0}, "read_timeout"),
        ({"clouds_file": "/nowhere/clouds.yaml"}, "clouds_file"), ({"snapshots": "x"}, "snapshots"),
    ],
)  # fmt: skip
async def test_a_wrong_setting_is_named(settings: dict[str, Any], setting: str) -> None:
    with pytest.raises(Misconfigured) as error:
        async with looking(**settings):
            pass
    assert error.value.setting == setting


async def test_a_wrong_password_is_no_weather() -> None:
    async with looking(password="wrong") as eye:
        for part in ("api", "servers"):
            with pytest.raises(Misconfigured, match="refuses the sign-in"):
                await eye.look(part)
