"""What is wrong: each state that services have for it is one fault, and none once it is over."""

from __future__ import annotations

import pytest

from integrations.base import Changes, Cursor, Over
from integrations.openstack.beats import service, together
from integrations.openstack.reach import Unanswered
from integrations.openstack.tenants import full_in
from store.model import DAY, HOUR, MINUTE
from store.model.resource import Health
from tests.openstack.looking import Told, looking
from tests.support.openstack.stack import DEMO, ago, small, uuid

DOWN = {"state": "down", "updated_at": ago(300)}
LONG_AGO = ago(7200)


def kinds(told: Told) -> dict[str, str]:
    """Key of a fault → its kind and how bad it is."""
    return {key: f"{each.kind} {each.severity}" for key, each in told.faults.items()}


# ---- hosts and the control plane -----------------------------------------------------------------


async def test_a_dead_hypervisor_is_one_fault_and_over_once_it_reports() -> None:
    async with looking() as eye:
        eye.stack.services[2] |= DOWN
        for _ in range(2):
            told = await eye.look("compute")
            assert kinds(told) == {"ComputeServiceDown:c1": "ComputeServiceDown critical"}
        fault = told.faults["ComputeServiceDown:c1"]
        assert fault.title == "Hypervisor c1.example.eu is down: 2 servers on it"
        host = told.resources["hypervisor c1.example.eu"]
        assert (fault.resource, host.health) == (host.key, Health.DOWN)
        eye.stack.services[2] |= {"state": "up", "updated_at": ago(1)}
        back = await eye.look("compute")
        assert not back.faults and back.resources["hypervisor c1.example.eu"].health is Health.OK


async def test_a_forced_down_host_is_the_same_fault_and_says_so() -> None:
    async with looking() as eye:
        eye.stack.services[2] |= {**DOWN, "forced_down": True}
        told = await eye.look("compute")
        assert kinds(told) == {"ComputeServiceDown:c1": "ComputeForcedDown critical"}


async def test_a_disabled_host_is_worth_an_alert_only_after_long() -> None:
    async with looking() as eye:
        eye.stack.services[2] |= {"status": "disabled", "disabled_reason": "new disks"}
        told = await eye.look("compute")
        fault = told.faults["ComputeServiceDisabled:c1"]
        assert fault.after == HOUR and "new disks" in fault.title
        eye.stack.services[2] |= DOWN
        eye.stack.hypervisors[0]["running_vms"] = 0
        told = await eye.look("compute")  # it is down for its repair, and empty
        assert kinds(told) == {"ComputeServiceDown:c1": "ComputeServiceDown warning"}


async def test_all_hosts_silent_and_a_bus_that_does_not_answer_are_one_fault() -> None:
    async with looking(read_timeout=0.3) as eye:
        await eye.look("api")
        for each in eye.stack.services[2:]:
            each.update(DOWN)
        eye.stack.volume_bus_hangs = True
        compute, api = await eye.look("compute"), await eye.look("api")
        assert not compute.faults
        assert kinds(api) == {"ControlPlane:all": "ControlPlane critical"}
        assert "message bus" in api.faults["ControlPlane:all"].title
        assert compute.resources["hypervisor c1.example.eu"].health is Health.UNKNOWN
        servers = await eye.look("servers")
        assert servers.resources["server web-1"].health is Health.UNKNOWN
        with pytest.raises(Unanswered):
            await eye.look("pools")
        assert len([path for *_, path in eye.cloud.asked if path.endswith("get_pools")]) == 2
        eye.stack.ill["volume"] = "hang"  # its workers all wait for the bus
        assert set((await eye.look("api")).faults) == {"ControlPlane:all"}


async def test_hosts_that_are_silent_while_the_bus_answers_are_down_each() -> None:
    async with looking() as eye:
        for each in eye.stack.services[2:]:
            each.update(DOWN)
        assert set((await eye.look("compute")).faults) == {
            "ComputeServiceDown:c1", "ComputeServiceDown:c2"
        }  # fmt: skip


async def test_without_a_conductor_hosts_can_not_report_and_only_it_is_down() -> None:
    async with looking() as eye:
        for each in (eye.stack.services[0], *eye.stack.services[2:]):
            each.update(DOWN)
        told = await eye.look("compute")
        assert kinds(told) == {"ServiceDown:nova-conductor/ctl": "ServiceDown critical"}
        assert not (await eye.look("api")).faults


async def test_a_host_that_is_forced_down_while_it_reports_says_nothing_of_the_others() -> None:
    async with looking() as eye:
        eye.stack.services[2] |= {"state": "down", "forced_down": True, "updated_at": ago(1)}
        eye.stack.services[3] |= DOWN
        assert set((await eye.look("compute")).faults) == {
            "ComputeServiceDown:c1", "ComputeServiceDown:c2"
        }  # fmt: skip
        assert (await eye.look("compute")).resources["hypervisor c2.example.eu"].health == "down"


async def test_a_host_that_was_down_before_the_conductor_stays_so() -> None:
    async with looking() as eye:
        eye.stack.services[2] |= DOWN
        await eye.look("compute")
        for each in (eye.stack.services[0], eye.stack.services[3]):
            each.update(DOWN)
        assert set((await eye.look("compute")).faults) == {
            "ComputeServiceDown:c1", "ServiceDown:nova-conductor/ctl"
        }  # fmt: skip


def test_those_that_are_as_late_as_the_silent_ones_are_silent_too() -> None:
    def beat(host: str, late: float, state: str) -> object:
        return service({"binary": "nova-compute", "host": host, "state": state,
                        "updated_at": ago(late)})  # fmt: skip

    now = service({"updated_at": ago()}).at or 0
    hosts = [beat("a", 61, "down"), beat("b", 55, "up"), beat("c", 62, "down")]
    assert together(hosts, (), now) == {"a", "c"}  # type: ignore[arg-type]
    hosts[1] = beat("b", 4, "up")
    assert together(hosts, (), now) == frozenset()  # type: ignore[arg-type]
    assert together([beat("a", 61, "down")], (), now) == frozenset()  # type: ignore[list-item]


# ---- endpoints -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "kind"),
    [("closed", "EndpointUnreachable"), ("hang", "EndpointHangs"), ("error", "EndpointErrors"),
     ("calls", "EndpointHangs")],
)  # fmt: skip
async def test_an_api_that_fails_is_its_own_fault_and_makes_only_its_parts_stale(
    how: str, kind: str
) -> None:
    async with looking(read_timeout=0.3) as eye:
        await eye.look("api")
        eye.stack.ill["image"] = how
        told = await eye.look("api")
        assert kinds(told) == {"Endpoint:image": f"{kind} error"}
        assert not told.of(Changes)
        assert told.resources["endpoint Glance API RegionOne"].health is Health.DOWN
        assert told.resources["region RegionOne"].health is Health.DEGRADED
        with pytest.raises(Unanswered):
            await eye.look("images")
        assert (await eye.look("servers")).resources
        eye.stack.ill.clear()
        assert not (await eye.look("api")).faults


@pytest.mark.parametrize("how", ["page", "empty"])
async def test_an_answer_that_is_none_empties_nothing(how: str) -> None:
    async with looking() as eye:
        await eye.look("servers")
        for service_name in ("compute", "volume", "network", "image"):
            eye.stack.ill[service_name] = how
        for part in ("compute", "servers", "storage", "network", "images", "pools"):
            with pytest.raises(Unanswered):
                await eye.look(part)


async def test_each_endpoint_has_its_latency() -> None:
    async with looking() as eye:
        told = await eye.look("api")
        assert (told.sample("/compute", "latency") or 0) > 0
        assert (told.sample("/identity", "latency") or 0) > 0


async def test_services_that_all_err_at_once_are_one_fault() -> None:
    async with looking() as eye:
        await eye.look("api")
        broken = ("compute", "volume", "network", "image", "placement", "load-balancer")
        eye.stack.ill = dict.fromkeys(broken, "error")
        told = await eye.look("api")
        assert kinds(told) == {"ControlPlane:all": "ControlPlane critical"}
        assert "database" in told.faults["ControlPlane:all"].title
        eye.stack.ill.clear()
        assert not (await eye.look("api")).faults


async def test_a_service_that_was_ill_before_all_erred_keeps_its_fault() -> None:
    async with looking() as eye:
        eye.stack.ill = {"image": "error"}
        await eye.look("api")
        eye.stack.ill = dict.fromkeys(
            ("compute", "volume", "network", "image", "placement"), "error"
        )
        assert set((await eye.look("api")).faults) == {"ControlPlane:all", "Endpoint:image"}


async def test_without_keystone_the_others_are_not_blamed_and_nothing_is_over() -> None:
    async with looking() as eye:
        await eye.look("api")
        eye.stack.ill = {"identity": "closed"}
        eye.cloud.expire()
        told = await eye.look("api")
        assert kinds(told) == {"Endpoint:identity": "EndpointUnreachable critical"}
        assert told.of(Changes) and not told.of(Over)
        for part in ("compute", "servers", "storage", "network"):
            with pytest.raises(Unanswered):
                await eye.look(part)
        eye.stack.ill = {"identity": "error"}
        eye.stack.ill |= dict.fromkeys(("compute", "volume", "network", "image"), "keystone")
        assert set((await eye.look("api")).faults) == {"Endpoint:identity"}
        eye.stack.ill.clear()
        assert not (await eye.look("api")).faults


async def test_a_start_without_keystone_tells_the_fault_under_the_name_it_will_keep() -> None:
    async with looking() as eye:
        eye.stack.ill = {"identity": "closed"}
        told = await eye.look("api", cursor="RegionOne")
        assert set(told.faults) == {"Endpoint:identity"}
        assert told.of(Changes) and told.of(Cursor) == [Cursor("RegionOne")]
        assert [each.name for each in await eye.connector.parts()][:1] == ["api"]


async def test_who_is_asked_to_wait_waits_and_gives_up_where_it_does_not_end() -> None:
    async with looking() as eye:
        await eye.look("servers")
        eye.stack.ill = {"volume": "busy"}
        with pytest.raises(Unanswered) as error:
            await eye.look("storage")
        assert (error.value.how, error.value.retry_after) == ("busy", 0)
        assert eye.cloud.busy == 3


# ---- servers -------------------------------------------------------------------------------------


async def test_a_server_in_error_says_why_in_novas_words_until_it_is_well() -> None:
    async with looking() as eye:
        await eye.look("servers")
        web = eye.stack.servers[0]
        fault = {"code": 500, "message": "No valid host was found.", "created": ago(60)}
        web |= {"status": "ERROR", "updated": ago(1)[:19] + "Z", "fault": fault}
        told = await eye.look("servers")
        said = told.faults[f"ServerError:{web['id']}"]
        assert said.title == "Server web-1 is in ERROR: No valid host was found."
        assert (said.severity, said.labels["code"], said.labels["project"]) == (
            "error", "500", "demo"
        )  # fmt: skip
        assert told.resources["server web-1"].health is Health.DOWN
        web |= {"status": "ACTIVE", "updated": ago(0)[:19] + "Z"}
        del web["fault"]
        assert Over(f"ServerError:RegionOne:{web['id']}") in (await eye.look("servers")).of(Over)


async def test_a_server_that_the_quota_refused_is_a_warning() -> None:
    stack = small()
    refused = stack.server("web-9", status="ERROR")
    refused |= {"fault": {"code": 413, "message": "Quota exceeded for cores, instances"},
                "OS-SRV-USG:launched_at": None}  # fmt: skip
    async with looking(stack) as eye:
        (fault,) = (await eye.look("servers")).faults.values()
        assert fault.severity == "warning"


@pytest.mark.parametrize(
    "more",
    [{"status": "BUILD"}, {"status": "MIGRATING"}, {"OS-EXT-STS:task_state": "deleting"},
     {"status": "RESIZE", "OS-EXT-STS:task_state": "resize_migrating"}],
)  # fmt: skip
async def test_a_server_that_passes_too_slowly_is_stuck_though_nothing_changes(
    more: dict[str, str],
) -> None:
    stack = small()
    async with looking(stack) as eye:
        stack.servers[0] |= {**more, "updated": ago(10)[:19] + "Z"}
        assert not (await eye.look("servers")).faults
        own = stack.servers[0]["id"]
        watch = eye.connector._memory.watch("RegionOne")
        watch.moving[own]["updated"] = LONG_AGO[:19] + "Z"
        stack.servers[0]["updated"] = LONG_AGO[:19] + "Z"
        for _ in range(2):
            told = await eye.look("servers")
            assert told.of(Changes)
            assert kinds(told) == {f"ServerStuck:{own}": "ServerStuck warning"}
        assert told.resources["server web-1"].health is Health.DEGRADED
        stack.servers[0] |= {"status": "ACTIVE", "OS-EXT-STS:task_state": None,
                             "updated": ago(1)[:19] + "Z"}  # fmt: skip
        assert Over(f"ServerStuck:RegionOne:{own}") in (await eye.look("servers")).of(Over)


# ---- storage, images -----------------------------------------------------------------------------


async def test_volumes_in_error_or_stuck_and_services_that_are_down() -> None:
    stack = small()
    stack.volumes[0]["status"] = "error_extending"
    stack.volume("lost", status="error")
    stack.volume("slow", status="detaching", updated_at=LONG_AGO)
    stack.volume("fresh", status="creating", updated_at=ago(5))
    stack.snapshots = [{"id": "s1", "name": "s", "status": "error", "volume_id": "v"}]
    stack.volume_services[1] |= DOWN
    async with looking(stack) as eye:
        told = await eye.look("storage")
        assert kinds(told) == {
            "ServiceDown:cinder-volume/st1@ceph": "ServiceDown critical",
            f"VolumeError:{uuid(0, 2)}": "VolumeError error",
            f"VolumeError:{uuid(1, 2)}": "VolumeError warning",
            f"VolumeStuck:{uuid(2, 2)}": "VolumeStuck warning",
            "SnapshotError:s1": "SnapshotError warning",
        }
        assert told.resources["volume fresh"].health is Health.UNKNOWN  # its storage is down


async def test_a_pool_that_is_nearly_full_or_down() -> None:
    stack = small()
    told_of = stack.pools[0]["capabilities"]
    async with looking(stack) as eye:
        assert not (await eye.look("pools")).faults
        for free, severity in ((90, "warning"), (10, "error")):
            told_of["free_capacity_gb"] = free
            assert kinds(await eye.look("pools")) == {
                "PoolFull:st1@ceph#ceph": f"PoolFull {severity}"
            }  # fmt: skip
        told_of |= {"free_capacity_gb": "unknown", "total_capacity_gb": "infinite"}
        assert not (await eye.look("pools")).faults
        told_of["backend_state"] = "down"
        assert set((await eye.look("pools")).faults) == {"PoolDown:st1@ceph#ceph"}


async def test_images_that_were_killed_or_never_end() -> None:
    stack = small()
    base = {"owner": DEMO, "created_at": LONG_AGO, "updated_at": LONG_AGO}
    stack.images += [{"id": "i1", "name": "a", "status": "killed", **base},
                     {"id": "i2", "name": "b", "status": "saving", **base},
                     {"id": "i3", "name": "c", "status": "saving", "updated_at": ago(5)},
                     ]  # fmt: skip
    async with looking(stack) as eye:
        assert set((await eye.look("images")).faults) == {"ImageKilled:i1", "ImageStuck:i2"}


# ---- network -------------------------------------------------------------------------------------


async def test_what_is_down_in_neutron() -> None:
    stack = small()
    own = stack.servers[0]["id"]
    base = {"project_id": DEMO, "admin_state_up": True}
    stack.agents = [
        {"id": uuid(n, 7), "binary": "neutron-l3-agent", "host": f"n{n}",
         "alive": n > 1, "admin_state_up": True, "heartbeat_timestamp": ago(300 if n < 2 else 3)}
        for n in (1, 2, 3)
    ]  # fmt: skip
    stack.routers = [{"id": "r1", "name": "edge", "status": "ERROR", **base},
                     {"id": "r2", "name": "off", "status": "DOWN", "admin_state_up": False},
                     ]  # fmt: skip
    stack.floatingips = [
        {"id": "f1", "floating_ip_address": "192.0.2.9", "status": "ERROR", **base},
        {"id": "f2", "floating_ip_address": "192.0.2.8", "status": "DOWN", **base},
    ]
    stack.ports = [
        {"id": "p1", "status": "DOWN", "device_owner": "compute:nova", "device_id": own,
         "fixed_ips": [{"ip_address": "10.9.0.10"}], **base},
        {"id": "p2", "status": "DOWN", "device_owner": "compute:nova", "device_id": "off",
         "fixed_ips": [], **base},
        {"id": "p3", "status": "DOWN", "device_owner": "network:dhcp", "device_id": "x",
         "fixed_ips": [], **base},
    ]  # fmt: skip
    async with looking(stack) as eye:
        await eye.look("servers")
        told = await eye.look("network")
        assert kinds(told) == {
            "ServiceDown:neutron-l3-agent/n1": "ServiceDown error",
            "RouterDown:r1": "RouterDown error",
            "FloatingAddressError:f1": "FloatingAddressError error",
            "PortDown:p1": "PortDown warning",
        }
        assert told.faults["PortDown:p1"].after == 2 * MINUTE


async def test_agents_that_all_fall_silent_are_one_fault() -> None:
    stack = small()
    stack.agents = [
        {"id": uuid(n, 7), "binary": "neutron-openvswitch-agent", "host": f"c{n}", "alive": False,
         "admin_state_up": True, "heartbeat_timestamp": ago(300 + n)} for n in range(5)
    ]  # fmt: skip
    async with looking(stack) as eye:
        for _ in range(2):
            assert set((await eye.look("network")).faults) == {"NeutronSilent:agents"}


@pytest.mark.parametrize(
    ("provisioning", "operating", "said"),
    [("ERROR", "ONLINE", "LoadBalancerError error"), ("ACTIVE", "ERROR", "LoadBalancerError error"),
     ("ACTIVE", "DEGRADED", "LoadBalancerDegraded warning"),
     ("PENDING_UPDATE", "ONLINE", "LoadBalancerStuck warning")],
)  # fmt: skip
async def test_load_balancers_in_trouble(provisioning: str, operating: str, said: str) -> None:
    stack = small()
    stack.balancers = [{"id": "lb1", "name": "shop", "provisioning_status": provisioning,
                        "operating_status": operating, "updated_at": LONG_AGO}]  # fmt: skip
    async with looking(stack) as eye:
        assert kinds(await eye.look("balancers")) == {"LoadBalancer:lb1": said}


# ---- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "said"), [(17, None), (18, "QuotaNearLimit warning"), (20, "QuotaFull error")]
)
async def test_quotas_warn_near_their_limit(used: int, said: str | None) -> None:
    stack = small()
    stack.quotas = {("compute", DEMO): {"cores": {"limit": 20, "in_use": used, "reserved": 0}}}
    async with looking(stack) as eye:
        told = await eye.look("tenants")
        assert kinds(told) == ({f"Quota:{DEMO}/compute/cores": said} if said else {})


def test_a_forecast_is_the_line_through_what_was_used() -> None:
    rising = [(hour * HOUR, 90 + hour) for hour in range(4)]
    assert full_in([(at, float(used)) for at, used in rising], 100) == pytest.approx(7 * HOUR)
    assert full_in([(0, 5.0), (HOUR, 5.0), (2 * HOUR, 5.0)], 10) is None
    assert full_in([(0, 5.0), (HOUR, 6.0)], 10) is None
    assert full_in([(0, 5.0), (DAY, 5.01), (2 * DAY, 5.02)], 100) is None


async def test_what_is_given_away_counts_against_the_allocation_ratio() -> None:
    stack = small()
    first, second = (each["id"] for each in stack.hypervisors)
    has = {"VCPU": {"total": 16, "allocation_ratio": 4.0, "reserved": 0},
           "MEMORY_MB": {"total": 65536, "allocation_ratio": 1.0, "reserved": 512}}  # fmt: skip
    stack.inventories = {first: has, second: has}
    stack.usages = {first: {"VCPU": 60, "MEMORY_MB": 1024}, second: {"VCPU": 8, "MEMORY_MB": 1024}}
    stack.aggregates = [{"id": 7, "name": "fast", "hosts": ["c1"]}]
    async with looking(stack) as eye:
        assert kinds(await eye.look("capacity")) == {
            "HostFull:c1.example.eu/VCPU": "HostFull info",
            "AggregateFull:7/VCPU": "AggregateFull warning",
        }
