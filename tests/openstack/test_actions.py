"""What can be done and asked: said first in exact words, done once, refused where it would harm."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import openstack
from integrations.base import Acted, Permanent, Transient
from store.model.resource import Resource
from tests.openstack.looking import Eye, looking
from tests.support.openstack.stack import REGION, ago, small


async def resource(eye: Eye, part: str, name: str) -> Resource:
    """One by kind and name."""
    return (await eye.look(part)).resources[name]


async def act(eye: Eye, action: str, about: Resource, dry: bool = False, **params: Any) -> Acted:
    """Do it."""
    return await eye.connector.act(f"openstack.{action}", about, params, dry)


async def test_a_reboot_is_said_and_then_done_once() -> None:
    async with looking() as eye:
        web = await resource(eye, "servers", "server web-1")
        would = await act(eye, "reboot", web, dry=True)
        own = eye.stack.servers[0]["id"]
        assert would == Acted(
            f"Would soft-reboot server web-1 ({own}) on c1; it is ACTIVE now.", done=False
        )
        assert not eye.cloud.done
        assert (await act(eye, "reboot", web, type="hard")).done
        assert eye.cloud.done == [(f"servers/{own}/action", {"reboot": {"type": "HARD"}})]


async def test_only_servers_of_a_dead_host_are_evacuated() -> None:
    async with looking() as eye:
        host = await resource(eye, "compute", "hypervisor c1.example.eu")
        with pytest.raises(Permanent, match="c1 is up: only servers of a host that is down"):
            await act(eye, "evacuate", host, dry=True)
        eye.stack.services[2] |= {"state": "down", "updated_at": ago(300)}
        would = await act(eye, "evacuate", host, dry=True)
        assert would.text == (
            "Would evacuate 2 servers off c1 to hosts that the scheduler chooses: web-1, web-2."
        )
        with pytest.raises(Permanent, match="there is no compute host c9"):
            await act(eye, "evacuate", host, host="c9")
        done = await act(eye, "evacuate", host, host="c2")
        assert done.text == "Asked Nova to evacuate 2 servers off c1 to c2: web-1, web-2."
        assert [body for _, body in eye.cloud.done] == [{"evacuate": {"host": "c2"}}] * 2


async def test_what_is_in_between_is_left_alone_when_others_are_moved() -> None:
    stack = small()
    stack.servers[0]["OS-EXT-STS:task_state"] = "rebooting"
    async with looking(stack) as eye:
        host = await resource(eye, "compute", "hypervisor c1.example.eu")
        done = await act(eye, "live_migrate", host)
        assert done.text == (
            "Asked Nova to live-migrate 1 server off c1 to hosts that the scheduler chooses: "
            "web-2. Left alone: web-1."
        )
        assert eye.cloud.done[0][1] == {
            "os-migrateLive": {"host": None, "block_migration": "auto"}
        }  # fmt: skip
        web = await resource(eye, "servers", "server web-1")
        nothing = await act(eye, "live_migrate", web)
        assert not nothing.done and len(eye.cloud.done) == 1
        eye.stack.services[2] |= {"state": "down", "updated_at": ago(300)}
        with pytest.raises(Permanent, match="evacuate instead"):
            await act(eye, "live_migrate", host)


async def test_a_host_is_taken_out_of_service_with_a_reason_and_back() -> None:
    async with looking() as eye:
        host = await resource(eye, "compute", "hypervisor c1.example.eu")
        with pytest.raises(Permanent, match="say why"):
            await act(eye, "disable_service", host)
        would = await act(eye, "disable_service", host, dry=True, reason="new disks")
        assert would.text == (
            "Would disable nova-compute on c1: new disks. It is enabled, up now. No new servers "
            "are put on it; those on it go on running."
        )
        assert (await act(eye, "disable_service", host, reason="new disks")).done
        assert eye.stack.services[2]["disabled_reason"] == "new disks"
        again = await act(eye, "disable_service", host, reason="new disks")
        assert again == Acted("nova-compute on c1 is disabled, up already.", done=False)
        agent = await resource(eye, "compute", "agent nova-compute on c1")
        assert (await act(eye, "enable_service", agent)).text == (
            "Asked Nova to enable nova-compute on c1."
        )


async def test_an_action_without_an_answer_is_not_done_again_and_nobody_claims_it_was() -> None:
    async with looking(read_timeout=0.3) as eye:
        web = await resource(eye, "servers", "server web-1")
        eye.stack.actions_hang = True
        with pytest.raises(Transient) as error:
            await act(eye, "reboot", web)
        assert error.value.uncertain
        asked = [each for each in eye.cloud.asked if each[0] == "POST" and "action" in each[2]]
        assert len(asked) == 1
        with pytest.raises(Transient, match="nobody knows about web-1") as error:
            await act(eye, "live_migrate", web)
        assert error.value.uncertain


async def test_what_does_not_go_with_a_kind_is_refused() -> None:
    async with looking() as eye:
        volume = await resource(eye, "storage", "volume data-1")
        with pytest.raises(Permanent, match="can't be done to a volume"):
            await act(eye, "reboot", volume)
        agent = await resource(eye, "storage", "agent cinder-volume on st1@ceph")
        with pytest.raises(Permanent, match="no service of Nova"):
            await act(eye, "enable_service", agent)


def test_every_action_says_what_it_is_for() -> None:
    names = [each.name for each in openstack.ACTIONS]
    assert names == ["openstack.evacuate", "openstack.live_migrate", "openstack.reboot",
                     "openstack.disable_service", "openstack.enable_service"]  # fmt: skip
    assert all(each.help and each.title and each.kinds for each in openstack.ACTIONS)


async def test_people_may_ask_for_console_detail_and_events() -> None:
    stack = small()
    stack.action(stack.servers[0], "create", "u-ana", "Error")
    async with looking(stack) as eye:
        web = await resource(eye, "servers", "server web-1")
        assert await eye.connector.ask("console", web, {"lines": "1"}) == "login: "
        detail = await eye.connector.ask("detail", web, {})
        assert detail["status"] == "ACTIVE" and detail["flavor.original_name"] == "m1.medium"
        (event,) = await eye.connector.ask("events", web, {})
        assert (event["action"], event["who"], event["result"], event["why"]) == (
            "create", "ana", "Error", "compute__do_build: No disk left"
        )  # fmt: skip
        host = await resource(eye, "compute", "hypervisor c1.example.eu")
        with pytest.raises(Permanent, match="has no console"):
            await eye.connector.ask("console", host, {})
        gone = Resource(f"openstack:os:server:{REGION}", "server", "x", region=REGION)
        with pytest.raises(Permanent, match="404"):
            await eye.connector.ask("detail", gone, {})
