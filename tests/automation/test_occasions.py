"""What automations wait for beside an alert: states of resources, times, ends of what was run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from commands.automation import ending
from commands.context import Ctx
from commands.inventory import taking
from store import automation_runs, executions
from store.automation_runs import AutomationRun
from store.model import HOUR, Severity
from store.model.resource import Health, Resource
from tests.support.world import YAML as PEOPLE
from tests.support.world import World

YAML = f"""{PEOPLE}
actions:
  reboot: {{url: "http://127.0.0.1:9/reboot"}}
  backup: {{url: "http://127.0.0.1:9/backup"}}
  tidy: {{url: "http://127.0.0.1:9/tidy"}}
inventory:
  sources:
    prod: {{kind: openstack, auth_url: "http://127.0.0.1:9", username: a, password: b, project: c}}
automations:
  reboot-it:
    on: {{resource: {{kind: server, health: down, name: "web-*"}}}}
    do: {{run: reboot}}
    mode: on
  nightly:
    on: {{schedule: "04:00 Europe/Berlin"}}
    do: {{run: backup}}
    mode: on
  tidies:
    on: {{execution: {{action: backup, state: failed}}}}
    do: {{run: tidy}}
    mode: on
    cooldown: 0m
  backs-up:
    on: {{execution: {{action: tidy, state: [done, failed]}}}}
    do: {{run: backup}}
    mode: on
    cooldown: 0m
  late:
    on: {{still_open: 20m}}
    when: {{nobody_has_it: true}}
    do: {{note: "nobody took it for {{incident.id}}"}}
    mode: on
  other:
    on: [acknowledged, {{escalated: 2}}, reopened, {{severity: raised}}, resolved]
    when: {{service: other}}
    do: {{note: "{{automation}}"}}
    mode: on
    cooldown: 0m
"""
WEB = Resource("os:prod:server/1", "server", "web-1", health=Health.OK)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/o.db", tmp_path, YAML)
    yield made
    await made.end()


async def runs(world: World, name: str = "") -> list[AutomationRun]:
    found = await world.app.reader.read(lambda tx: automation_runs.last(tx, name))
    return found[::-1]


async def told(world: World, *items: Resource) -> None:
    def take(ctx: Ctx) -> Any:
        return taking.took(ctx, "prod", "servers", items)

    await world.door.system(take)
    await world.settle()


async def ends(world: World, state: str) -> list[str]:
    """What is under way ends so; the actions it was."""
    found = await world.app.reader.read(executions.still_open)
    for one in found:
        await world.door.system(partial(_ended, one.id, state))
    await world.settle()
    return [one.action for one in found]


def _ended(number: int, state: str, ctx: Ctx) -> None:
    ending.ended(ctx, number, state, "it is so")


async def test_a_server_that_goes_down_is_rebooted_once_and_well_again_is_help(
    world: World,
) -> None:
    await told(world, WEB)
    assert not await runs(world)
    down = replace(WEB, health=Health.DOWN)
    await told(world, down)
    await told(world, down, Resource("os:prod:server/2", "server", "db-1", health=Health.DOWN))
    (run,) = await runs(world, "reboot-it")
    assert (run.state, run.incident_id, run.why) == ("running", None, "it fits everything")
    assert await ends(world, "done") == ["reboot"]
    await told(world, WEB)
    await world.advance(minutes=15)
    assert [one.state for one in await runs(world, "reboot-it")] == ["helped"]


async def test_times_run_once_failures_lead_on_and_circles_are_cut(world: World) -> None:
    await world.minute()
    await world.advance(minutes=52)  # 04:01 in Berlin
    await world.minute()
    await world.minute()
    assert len(await runs(world, "nightly")) == 1
    assert await ends(world, "failed") == ["backup"]
    assert await ends(world, "failed") == ["tidy"]
    assert await ends(world, "failed") == ["backup"]
    (first, second) = await runs(world, "tidies")
    assert (first.state, second.state) == ("failed", "held")
    assert second.why == "it led to this itself: nightly → tidies → backs-up → tidies"
    assert not await world.app.reader.read(executions.still_open)
    world.clock.at += 30 * HOUR
    await world.minute()
    assert len(await runs(world, "nightly")) == 1, "what was missed by hours is left out"


async def test_what_nobody_took_for_long_is_another_thing_than_what_somebody_has(
    world: World,
) -> None:
    taken = await world.fires("a", labels={"service": "a"})
    over = await world.fires("b", labels={"service": "b"})
    alone = await world.fires("c", labels={"service": "c"})
    await world.does("ana", "ack", taken)
    await world.clears("b", labels={"service": "b"})
    await world.advance(minutes=5)
    assert await world.fires("b", labels={"service": "b"}) == over
    await world.advance(minutes=16)
    assert [one.incident_id for one in await runs(world)] == [alone]
    await world.advance(minutes=5)
    assert [one.incident_id for one in await runs(world)] == [alone, over], "from its reopening"
    lines = (await world.detail(alone)).timeline
    assert [one.say for one in lines if one.kind == "automation"][
        1
    ] == f"nobody took it for {alone}"


async def test_each_thing_that_happens_to_an_incident_is_an_occasion(world: World) -> None:
    about = {"service": "other"}
    number = await world.fires("k", labels=about, severity=Severity.WARNING)
    await world.advance(minutes=6)
    await world.fires("k", labels=about, severity=Severity.CRITICAL)
    await world.does("ana", "ack", number)
    await world.clears("k", labels=about)
    await world.advance(minutes=1)
    await world.fires("k", labels=about, severity=Severity.CRITICAL)
    await world.settle()
    heard = [one.event for one in await runs(world, "other")]
    assert heard == ["escalated", "severity", "acknowledged", "resolved", "reopened"]
