"""The whole way to a Zabbix and back, over HTTP on this machine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integrations import zabbix
from integrations.base import Request
from store import access
from store.access import Source
from store.model import AlertStatus, IncidentStatus
from tests.support.world import START, YAML, World
from tests.support.zabbix import TOKEN, Event, FakeZabbix


@pytest.fixture
async def fake() -> AsyncIterator[FakeZabbix]:
    async with FakeZabbix("7.2.4") as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def world(tmp_path: Path, fake: FakeZabbix) -> AsyncIterator[World]:
    settings = f"""
intake:
  sources:
    zbx: {{write_back: {{url: "{fake.frontend}", token: "{TOKEN}", every: 0}}}}
"""
    made = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML + settings)
    yield made
    await made.end()


async def source_of(world: World) -> Source:
    return await world.door.system(lambda ctx: access.source(ctx.tx, ctx.now, "zbx", "zabbix"))


async def posts(world: World, **sent: object) -> int | None:
    """Zabbix posts an event to us."""
    base = {
        "event_id": "42", "event_name": "Disk full on db-3", "event_value": "1",
        "event_severity": "High", "host": "db-3", "tags": [{"tag": "team", "value": "db"}],
    }  # fmt: skip
    body = json.dumps({**base, **sent}).encode()
    read = zabbix.read(Request(body))
    accepted = await world.door.intake(await source_of(world), read.alerts)
    await world.settle()
    return accepted.incident_id


async def test_an_acknowledgement_goes_there_and_does_not_come_back(
    world: World, fake: FakeZabbix
) -> None:
    fake.put(Event("42"))
    incident = await posts(world)
    assert incident is not None
    await world.does("omar", "ack", incident)
    [(action, message)] = fake.events["42"].said
    assert (action, message) == (6, f"PixelView #{incident}: Omar Haddad acknowledged it.")
    world.clear()
    await posts(world, update_status="1", update_action="acknowledged", update_message=message)
    assert "acknowledged_at_source" not in await world.history(incident)
    assert world.pad.said == []
    assert len(fake.events["42"].said) == 1


async def test_an_acknowledgement_there_is_said_in_chat_and_not_told_to_zabbix(
    world: World, fake: FakeZabbix
) -> None:
    fake.put(Event("42"))
    incident = await posts(world)
    assert incident is not None
    world.clear()
    await posts(
        world, update_status="1", update_action="acknowledged", update_message="on it",
        update_user="Zoe Admin",
    )  # fmt: skip
    [(_, said)] = world.pad.said
    why = "Paging goes on: nobody here is known as Zoe Admin in zbx."
    assert said.endswith(f"Zoe Admin acknowledged it in zbx.\non it\n{why}")
    assert await world.status(incident) is IncidentStatus.TRIGGERED
    assert fake.events["42"].said == []


async def test_words_written_there_are_said_in_chat(world: World, fake: FakeZabbix) -> None:
    fake.put(Event("42"))
    incident = await posts(world)
    assert incident is not None
    world.clear()
    said = {"update_message": "the vendor is called", "update_user": "Zoe Admin"}
    await posts(world, update_status="1", update_action="commented", **said)
    [(_, words)] = world.pad.said
    assert words.endswith("Zoe Admin: the vendor is called")
    assert "noted_at_source" in await world.history(incident)
    assert fake.events["42"].said == []


async def test_after_an_outage_nothing_is_missing(world: World, fake: FakeZabbix) -> None:
    fake.put(Event("42", clock=START // 1000 - 600))
    over = await posts(world)
    assert over is not None
    await world.advance(minutes=1)
    fake.end("42", at=START // 1000 + 30)
    lost = Event("43", name="No ping", host="db-4", clock=START // 1000 - 300)
    fake.put(lost, Event("44", sent=None))
    assert await world.app.monitors.look("zbx") == 2
    await world.settle()
    assert await world.status(over) is IncidentStatus.RESOLVED
    [alert] = (await world.detail(over)).alerts
    assert (alert.status, alert.ends_at) == (AlertStatus.RESOLVED, START + 30_000)
    found = await world.asks("ana", "list")
    assert [i.title for i in found.incidents] == ["No ping on db-4"]
    assert await world.app.monitors.look("zbx") == 0


async def test_a_resolve_closes_the_problem_there(world: World, fake: FakeZabbix) -> None:
    fake.put(Event("42"))
    incident = await posts(world)
    assert incident is not None
    await world.does("omar", "resolve", incident, how="now", text="cleaned old WAL")
    assert fake.events["42"].ended != "0"
    assert fake.events["42"].said[0][1].endswith("Omar Haddad resolved it. cleaned old WAL")
