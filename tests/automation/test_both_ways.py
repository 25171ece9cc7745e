"""StackStorm is told what happens here, and what happens there is told here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from commands.errors import Denied, Invalid
from store import executions
from store.executions import Execution
from store.model import IncidentStatus, Severity
from tests.automation.ran import Ran
from tests.support.stackstorm.server import KEY, StackStorm
from tests.support.world import World

YAML = """
people:
  ana: {{name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA}}
  omar: {{name: Omar Haddad, roles: [editor], slack: U0OMAR}}
teams: {{db: {{members: [ana, omar], oncall: ana, lead: omar}}}}
routes:
  - {{name: hr, match: {{team: hr}}, team: db, private: true}}
  - {{name: db, team: db, channels: ["slack:#ops"]}}
sensitive: {{labels: ["user_*"]}}
actions:
  failover: {{run: "st2:pg.failover", approval: {{by: "role:admin"}}}}
stackstorm:
  st2:
    url: {url}
    api_key: {key}
    events:
      of: [opened, acknowledged, escalated, resolved, noted, ran]
      match: {{severity: critical}}
      secret: s3cret
    opens: ["backup.*"]
"""


class There:
    """A PixelView and a StackStorm that know each other."""

    def __init__(self, world: World, st2: StackStorm) -> None:
        self.world, self.st2, self.ran = world, st2, Ran(world, st2)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The events StackStorm was told, in their order."""
        return [each["body"]["payload"] for each in self.st2.world.told]

    async def hears(self, ref: str, **more: Any) -> Execution | None:
        """Somebody begins an action there, and the stream says so; what is known of it here."""
        one = self.st2.start(ref, **more)
        await one.over.wait()
        await self.ran.system.heard(await self.ran.system.runner.look(one.id))
        for seconds in (0, 0, 5):
            await self.ran.look(seconds)
        found: Execution | None = await self.world.app.reader.read(
            lambda tx: executions.by_remote(tx, "st2", one.id)
        )
        return found

    async def said(self, incident: int) -> list[str]:
        """What the timeline says of actions."""
        lines = (await self.world.detail(incident)).timeline
        return [one.say for one in lines if one.kind in ("action", "action_failed")]


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[There]:
    async with StackStorm() as st2:
        st2.world.packs.add("pixelview")
        host = {"host": {"type": "string", "required": True}}
        st2.action("pg.rotate_wal", {**host, "password": {"type": "string", "secret": True}})
        st2.action("pg.failover", host)
        st2.action("backup.nightly", host)
        st2.action("pixelview.note", {"incident": {"type": "integer"}})
        world = await World.build(
            f"sqlite:///{tmp_path}/a.db", tmp_path, YAML.format(url=st2.url, key=KEY)
        )
        made = There(world, st2)
        await made.ran.begun()
        await world.settle()
        yield made
        await made.ran.end()


async def test_stackstorm_is_told_what_happens_once_in_order_and_nothing_that_is_private(
    there: There,
) -> None:
    world, st2 = there.world, there.st2
    await world.advance(seconds=1)
    labels = {
        "service": "db",
        "host": "db-1",
        "user_name": "ada lovelace",
        "note": "{{ st2kv.system.key }} <% 1 %>",
    }
    st2.fault("POST /webhooks", 503, times=2)
    one = await world.fires("k1", labels=labels)
    await world.fires("k2", labels={"service": "calm"}, severity=Severity.WARNING)
    secret = await world.fires("k3", labels={"team": "hr", "alertname": "Payroll"})
    await world.does("omar", "ack", incident=one)
    await world.does("omar", "note", incident=one, text="It is the disk.")
    await world.does("omar", "note", incident=one, text="The key is 7.", sensitive=True)
    await world.does("ana", "ack", incident=secret)
    await world.clears("k1", labels=labels)
    await world.advance(minutes=2)
    await world.advance(minutes=2)
    told = there.told
    assert [(each["event"], each["incident_id"]) for each in told] == [
        (event, str(one)) for event in ("opened", "acknowledged", "noted", "resolved")
    ]
    assert len({each["delivery"] for each in told}) == 4
    first = told[0]
    assert first["incident"]["labels"]["host"] == "db-1"
    assert first["incident"]["labels"]["note"] == "{ { st2kv.system.key }} < % 1 %>"
    assert "lovelace" not in str(told)
    assert first["signature"].startswith("v1=")
    assert told[1]["by"] == "omar"
    assert told[2]["text"].endswith("It is the disk.")


async def test_what_happened_before_the_settings_said_so_is_told_to_nobody_and_a_no_is_on_record(
    there: There,
) -> None:
    world, st2 = there.world, there.st2
    st2.world.triggers.clear()
    one = await world.fires("k1")
    await world.advance(minutes=1)
    assert there.told == []
    lines = [e for e in (await world.detail(one)).timeline if e.kind == "event_out_failed"]
    assert [e.say for e in lines] == [f"st2 was not told: opened of #{one}."]
    assert "the pack pixelview has one" in lines[0].why


async def test_what_is_begun_there_about_an_incident_is_on_its_timeline_to_its_end(
    there: There,
) -> None:
    world = there.world
    one = await world.fires("k1")
    secret = await world.fires("k3", labels={"team": "hr", "alertname": "Payroll"})
    context = {"pixelview": {"incident": str(one)}}
    found = await there.hears(
        "pg.rotate_wal", parameters={"host": "db-1", "password": "hunter2"}, context=context
    )
    assert found is not None
    assert (found.elsewhere, found.state, found.incident_id) == (True, "done", one)
    said = await there.said(one)
    assert said[0] == "st2:pg.rotate_wal host=db-1 password=•••• runs in st2."
    assert said[1].startswith("✅ st2:pg.rotate_wal")
    for context in ({"pixelview": {"incident": "4711"}}, {"pixelview": {"incident": str(secret)}}):
        assert await there.hears("pg.rotate_wal", parameters={"host": "x"}, context=context) is None
    assert await there.hears("pixelview.note", parameters={"incident": one}) is None
    assert await there.hears("pg.rotate_wal", parameters={"host": "db-2"}) is None
    assert len(await there.said(one)) == 2
    await world.settle()
    assert "ran" not in [each["event"] for each in there.told]


async def test_a_chosen_action_that_fails_opens_an_incident_that_its_next_success_resolves(
    there: There,
) -> None:
    world, st2 = there.world, there.st2

    async def full(run: Any) -> None:
        run.print("No space left on device", "stderr")
        run.fail()

    works = st2.scripts["backup.nightly"]
    st2.scripts["backup.nightly"] = full
    first = await there.hears("backup.nightly", parameters={"host": "db-1"})
    assert first is not None
    assert first.incident_id
    found = await world.incident(first.incident_id)
    assert found.title == "st2:backup.nightly failed on db-1"
    again = await there.hears("backup.nightly", parameters={"host": "db-1"})
    assert again is not None
    assert again.incident_id == first.incident_id
    assert "No space left" in (await world.detail(first.incident_id)).alerts[0].description
    st2.scripts["backup.nightly"] = works
    await there.hears("backup.nightly", parameters={"host": "db-2"})
    assert await world.status(first.incident_id) is not IncidentStatus.RESOLVED
    await there.hears("backup.nightly", parameters={"host": "db-1"})
    assert await world.status(first.incident_id) is IncidentStatus.RESOLVED


async def test_a_workflow_is_written_registered_and_tried_dry_and_is_no_way_around_a_right(
    there: There,
) -> None:
    world, st2 = there.world, there.st2
    steps = "st2:pg.rotate_wal host=? ; st2:backup.nightly host=<% ctx().host %> if succeeded"
    with pytest.raises(Denied):
        await world.does("omar", "workflow-new", workflow="db-cleanup:", steps=steps)
    with pytest.raises(Invalid, match="way around"):
        await world.does(
            "ana", "workflow-new", workflow="x1", steps=f"{steps} ; failover host=db-1"
        )
    bad = steps.replace("host=? ;", "host=? password=hunter2 ;")
    with pytest.raises(Invalid, match="secret"):
        await world.does("ana", "workflow-new", workflow="x1", steps=bad)
    done = await world.does("ana", "workflow-new", workflow="db-cleanup:", steps=steps)
    assert "1. pg.rotate_wal" in done.say
    await there.ran.look()
    await there.ran.until(lambda: [e for e in st2.executions if e.over.is_set()])
    await there.ran.look(30)
    assert "actions/workflows/db_cleanup.yaml" in " ".join(st2.world.files)
    tried = st2.last("pixelview.db_cleanup")
    assert tried.parameters == {"host": "‹host›", "dry_run": True}
    shown = await world.asks("ana", "workflow", name="db-cleanup")
    assert shown.facts["state"] == "there"
    assert "Tried dry: done" in "\n".join(shown.lines)
    assert "st2:pixelview.db_cleanup" in world.door.rules.offers
    st2.fault("PUT /actions", 403)
    st2.fault("POST /actions", 403)
    await world.does("ana", "workflow-new", workflow="db-cleanup", steps=f"{steps} ; st2:core.noop")
    await there.ran.look()
    shown = await world.asks("ana", "workflow", name="db-cleanup")
    assert (shown.facts["state"], shown.facts["version"]) == ("refused", 2)
    assert any("runner_type: orquesta" in line for line in shown.lines)
    assert [card.head.word for card in world.pad.dms.values()][-1:] == ["NOT TAKEN"]

    with pytest.raises(Invalid, match="confirm=db-cleanup"):
        await world.does("ana", "workflow-remove", name="db-cleanup")
    st2.fault("DELETE /actions", 403)
    await world.does("ana", "workflow-remove", name="db-cleanup", confirm="db-cleanup")
    await there.ran.look()
    shown = await world.asks("ana", "workflow", name="db-cleanup")
    assert shown.facts["state"] == "there" and "may not remove" in shown.facts["error"]
    st2.heal()
    await world.does("ana", "workflow-remove", name="db-cleanup", confirm="db-cleanup")
    await there.ran.look()
    assert not (await world.asks("ana", "workflows")).facts["workflows"]
    assert "pixelview.db_cleanup" not in st2.world.actions
    assert not [path for path in st2.world.files if "db_cleanup" in path]
    assert "st2:pixelview.db_cleanup" not in world.door.rules.offers
