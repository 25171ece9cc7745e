"""Everything the rig can break becomes the right alert within two polls and is over once it is
healed; an API that is down loses nothing and resolves nothing. Twenty minutes, on a rig that was
started by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from store.db import Tx
from store.inventory import ties
from store.model import Alert
from store.model.known import Known
from store.model.resource import Health
from tests.rigs.openstack.plane import (
    HOME,
    Looking,
    broken,
    cleared,
    looking,
    needs_the_rig,
    ran,
    rig,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HEARTBEAT = 14.0
"""Seconds until the rig's services count as down."""
POLLS = 2


@pytest.fixture(autouse=True)
async def healthy() -> AsyncIterator[None]:
    """A rig that is well, before and after."""
    needs_the_rig()
    yield
    if broken:
        await rig("heal")
        await cleared("huge-", "fill-", "doomed-")


async def seen(eye: Looking, key: str) -> tuple[Alert, int]:
    """An alert, and the poll that brought it: the first or the second."""
    for number in range(1, POLLS + 1):
        found = await eye.poll()
        match = next((each for name, each in found.items() if name.startswith(key)), None)
        if match is not None:
            return match, number
    raise AssertionError(f"{key} is not among {sorted(found)}")


async def over(eye: Looking, *keys: str) -> None:
    """None of these fires any more, after a few polls of a rig that gets well."""
    for _ in range(10):
        found = await eye.poll()
        if not [name for name in found if name.startswith(keys)]:
            return
        await asyncio.sleep(5)
    raise AssertionError(f"{sorted(found)} still fire")


CASES = {
    "compute-down 2": ("ComputeServiceDown:compute2", "critical", "Hypervisor compute2 is down"),
    "compute-hang 1": ("ComputeServiceDown:compute1", "critical", "Hypervisor compute1 is down"),
    "force-down compute1": (
        "ComputeServiceDown:compute1", "critical", "Hypervisor compute1 was forced down"
    ),
    "disable 2": ("ComputeServiceDisabled:compute2", "warning", "Hypervisor compute2 is disabled"),
    "conductor-down": ("ServiceDown:nova-conductor", "critical", "nova-conductor on"),
    "scheduler-down": ("ServiceDown:nova-scheduler", "critical", "nova-scheduler on"),
    "volume-down": ("ServiceDown:cinder-volume", "critical", "cinder-volume on storage1@fake"),
    "mq-down": ("ControlPlane:all", "critical", "the message bus does not answer"),
    "db-down": ("ControlPlane:all", "critical", "database"),
    "keystone-down": ("Endpoint:identity", "critical", "Keystone API of RegionOne can't be"),
    "api-down": ("Endpoint:compute", "critical", "Nova API of RegionOne can't be reached"),
    "glance-down": ("Endpoint:image", "error", "Glance API of RegionOne can't be reached"),
    "neutron-down": ("Endpoint:network", "critical", "Neutron API of RegionOne can't be reached"),
    "placement-down": ("Endpoint:placement", "error", "Placement API of RegionOne can't be"),
}  # fmt: skip
"""Fault → key of the alert, how bad, and of its title."""
HEARD = ("compute-down", "compute-hang", "conductor", "scheduler", "volume", "mq", "force")


@pytest.mark.parametrize("fault", CASES)
async def test_what_breaks_is_one_alert_and_over_once_it_is_healed(
    fault: str, tmp_path: Path
) -> None:
    key, severity, title = CASES[fault]
    async with looking(tmp_path) as eye:
        before = await eye.firing()
        servers = await eye.known("zone:RegionOne/nova")
        assert servers is not None and not [name for name in before if name.startswith(key)]
        await rig("fault", *fault.split())
        await asyncio.sleep(HEARTBEAT if fault.startswith(HEARD) else 1)
        alert, poll = await seen(eye, key)
        print(f"{fault}: {alert.title!r} ({alert.severity}) in poll {poll}")
        assert alert.severity == severity and title in alert.title
        again = await eye.poll()
        assert set(again) - set(before) == {name for name in again if name.startswith(key)}, (
            "one cause is one alert"
        )
        await rig("heal")
        if fault.startswith("force"):
            await _unforced("compute1")
        await over(eye, key)


async def test_a_dead_hypervisor_is_down_and_its_servers_say_why(tmp_path: Path) -> None:
    async with looking(tmp_path) as eye:
        await rig("fault", "compute-down", "2")
        await asyncio.sleep(HEARTBEAT)
        alert, _ = await seen(eye, "ComputeServiceDown:compute2")
        host = await eye.known("hypervisor:RegionOne/compute2")
        assert host is not None and host.resource.health is Health.DOWN
        under = await eye.world.door.reader.read(_children(host.id))
        assert under and {each.resource.health for each in under} == {Health.UNKNOWN}
        assert all("compute2 is down" in each.resource.why for each in under)
        assert alert.incident_id is not None
        # nothing of this is over, or lost, while Nova itself does not answer
        await rig("fault", "api-down")
        for _ in range(2):
            found = await eye.poll()
            assert {"ComputeServiceDown:compute2", "Endpoint:compute"} <= set(found)
        still = await eye.known("hypervisor:RegionOne/compute2")
        assert still is not None and still.gone_at is None
        # nor while Keystone does not
        await rig("fault", "keystone-down")
        found = await eye.poll()
        assert {"ComputeServiceDown:compute2", "Endpoint:compute"} <= set(found)
        await rig("heal")
        await over(eye, "ComputeServiceDown", "Endpoint")


async def test_a_server_in_error_until_it_is_active_again(tmp_path: Path) -> None:
    async with looking(tmp_path) as eye:
        await rig("fault", "server-error", "web-1")
        alert, _ = await seen(eye, "ServerError")
        assert (alert.severity, alert.title) == ("error", "Server web-1 is in ERROR")
        await rig("fault", "server-active", "web-1")
        broken.clear()
        await over(eye, "ServerError")


@pytest.mark.parametrize(
    ("spawn", "name", "said"),
    [(False, "huge-1", "No valid host was found"), (True, "doomed-1", "maximum number of retries")],
)
async def test_a_server_that_can_not_be_built_says_why_until_it_is_deleted(
    spawn: bool, name: str, said: str, tmp_path: Path
) -> None:
    async with looking(tmp_path) as eye:
        if spawn:
            await rig("fault", "spawn-fail")
        await rig("fault", "no-valid-host", name)
        alert, _ = await seen(eye, "ServerError")
        print(alert.title)
        assert alert.title.startswith(f"Server {name} is in ERROR") and said in alert.title
        await rig("heal")
        await cleared("huge-", "doomed-")
        await over(eye, "ServerError")


async def test_a_quota_that_is_full_until_there_is_room(tmp_path: Path) -> None:
    async with looking(tmp_path) as eye:
        said = await rig("fault", "quota-full")
        assert "Quota exceeded" in said
        alert, _ = await seen(eye, "Quota:")
        print(alert.title)
        assert alert.severity == "error" and "is full" in alert.title
        await cleared("fill-")
        broken.clear()
        await over(eye, "Quota:")


def _children(number: int) -> Callable[[Tx], list[Known]]:
    return lambda tx: ties.children(tx, number, 100)


async def _unforced(host: str) -> None:
    """The rig's heal leaves a host forced down."""
    program = (
        "import openstack, sys; c = openstack.connect(compute_api_version='2.90');"
        "s = next(s for s in c.compute.services() if s.host == sys.argv[1]);"
        "c.compute.update_service_forced_down(s, forced=False)"
    )
    await ran([str(HOME / "venv" / "bin" / "python"), "-c", program, host])
