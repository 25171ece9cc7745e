"""An acknowledgement made in a monitor is one here, where it is known who made it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.cards import there as card_there
from bot.cards.state import state
from bot.cards.view import View, visible
from commands import there
from commands.context import Trust
from integrations import nagios, zabbix
from integrations.base import Request
from store import access
from store.access import Source
from store.model import HOUR, Incident, IncidentStatus, Person, Severity
from store.tables import AUDIT
from tests.support.engines import ENGINES, migrated_url
from tests.support.world import YAML, World
from tests.support.zabbix import TOKEN, Event, FakeZabbix

ACKED, NEW = IncidentStatus.ACKNOWLEDGED, IncidentStatus.TRIGGERED
BACK = {"update_action": "unacknowledged", "update_message": ""}


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
    zabbix:
      write_back: {{url: "{fake.frontend}", token: "{TOKEN}", every: 0}}
      people: {{zomar: omar}}
    other: {{acknowledges: true}}
"""
    made = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML + settings)
    fake.put(Event("42"), Event("43", sent=None))
    yield made
    await made.end()


async def source_of(world: World, name: str = "zabbix", integration: str = "zabbix") -> Source:
    return await world.door.system(lambda ctx: access.source(ctx.tx, ctx.now, name, integration))


async def posts(world: World, name: str = "zabbix", **sent: object) -> int:
    """Zabbix posts an event to us."""
    base = {
        "event_id": "42", "event_name": "Disk full on db-3", "event_value": "1",
        "event_severity": "High", "host": "db-3", "tags": [{"tag": "team", "value": "db"}],
    }  # fmt: skip
    read = zabbix.read(Request(json.dumps({**base, **sent}).encode()))
    accepted = await world.door.intake(await source_of(world, name), read.alerts)
    await world.settle()
    return accepted.incidents[0]


async def acks(world: World, user: str, words: str = "on it", **more: Any) -> int:
    """Somebody acknowledges in Zabbix, which tells us."""
    said = {"update_action": "acknowledged", "update_message": words}
    return await posts(world, update_status="1", update_user=user, **{**said, **more})


async def of(world: World, number: int) -> Incident:
    return (await world.detail(number)).incident


async def line_two(world: World, number: int) -> str:
    detail = await world.detail(number)
    view = View(detail, world.door.definitions(), "https://pv", world.clock.now())
    return visible(state(view).spans)


async def row_of(world: World, number: int) -> str:
    """What the card says below its buttons of acknowledgements elsewhere."""
    detail = await world.detail(number)
    view = View(detail, world.door.definitions(), "https://pv", world.clock.now())
    return " / ".join("".join(s.text for s in row) for row in card_there.lines(view))


async def lines_of(world: World, number: int, kind: str) -> list[str]:
    return [e.say for e in (await world.detail(number)).timeline if e.kind == kind]


async def audited(world: World) -> list[tuple[str, str, str]]:
    chosen = select(AUDIT.c.actor, AUDIT.c.verb, AUDIT.c.outcome)
    rows = await world.door.reader.read(
        lambda tx: tx.conn.execute(chosen.where(AUDIT.c.verb.in_(("ack", "unack")))).all()
    )
    return [tuple(row) for row in rows]


async def test_who_is_known_here_has_it_and_the_pages_stop(world: World, fake: FakeZabbix) -> None:
    number = await posts(world)
    world.clear()
    await acks(world, "Omar H. (zomar)")
    found = await of(world, number)
    assert (found.status, found.holder, found.asking) == (ACKED, "omar", ())
    assert "Omar has it" in await line_two(world, number)
    assert "answered in Zabbix" in await line_two(world, number)
    [(_, said)] = world.pad.said
    assert said.endswith("on it") and "Omar Haddad" in said
    assert await lines_of(world, number, "note") == ["on it"]
    await world.advance(minutes=10)
    assert world.pad.pages == []
    assert fake.events["42"].said == [], "Zabbix is told nothing of what it told itself"
    assert await audited(world) == [("person:omar", "ack", "ok")]


@pytest.mark.parametrize("user", ["omar@example.eu", "OMAR", "Omar Haddad", "x (omar@example.eu)"])
async def test_a_user_is_known_by_mail_handle_or_name(world: World, user: str) -> None:
    number = await posts(world)
    await acks(world, user)
    assert (await of(world, number)).holder == "omar"


async def test_who_is_nobody_here_is_named_and_paging_goes_on(
    world: World, fake: FakeZabbix
) -> None:
    number = await posts(world)
    world.clear()
    await acks(world, "Zoe Admin (zoe)")
    await acks(world, "Zoe Admin (zoe)")
    assert (await of(world, number)).status is NEW
    [(_, said)] = world.pad.said
    why = "Paging goes on: nobody here is known as Zoe Admin (zoe) in Zabbix."
    assert said.endswith(f"Zoe Admin (zoe) acknowledged it in Zabbix.\non it\n{why}")
    assert await row_of(world, number) == (
        "👤 Acknowledged in Zabbix by Zoe Admin (zoe), not known here, so pages go on: “on it”"
    )
    await world.advance(minutes=6)
    assert world.pad.pages != []
    assert fake.events["42"].said == []
    assert await audited(world) == []
    await world.does("omar", "ack", number)
    assert (await row_of(world, number)).endswith("Zoe Admin (zoe): “on it”")


async def test_a_source_that_acknowledges_needs_no_name(world: World) -> None:
    number = await posts(world, "other")
    await acks(world, "Zoe (zoe)", name="other")
    found = await of(world, number)
    assert (found.status, found.holder) == (ACKED, "Zoe (zoe) in other")
    assert (await line_two(world, number)).startswith("👤 Zoe (zoe) in other has it since")
    await world.advance(minutes=24 * 60)
    assert (await of(world, number)).status is NEW, "nobody can ask them whether they still do"
    assert "can't be asked" in str(await lines_of(world, number, "check_in"))


async def test_a_source_that_acknowledges_may_not_even_say_who(world: World) -> None:
    number = await posts(world, "other")
    await acks(world, "", name="other")
    assert (await of(world, number)).holder == "somebody in other"


async def test_who_may_only_look_here_stops_no_page_from_there(world: World) -> None:
    number = await posts(world)
    await acks(world, "Mei Lin (mei)")
    assert (await of(world, number)).status is NEW
    assert "Mei Lin may not acknowledge here" in world.pad.said[-1][1]
    assert await audited(world) == [("person:mei", "ack", "denied")]


async def test_the_same_again_says_nothing_new(world: World) -> None:
    number = await posts(world)
    await acks(world, "omar")
    await world.advance(seconds=5)
    before = await world.history(number)
    world.clear()
    for _ in range(3):
        await acks(world, "omar")
        await posts(world)
    assert await world.history(number) == before
    assert world.pad.said == []


async def test_the_same_without_a_name_is_no_second_one(world: World) -> None:
    number = await posts(world)
    await acks(world, "omar")
    before = await world.history(number)
    await acks(world, "", "")
    assert await world.history(number) == before


@pytest.mark.parametrize("engine", ENGINES)
async def test_it_is_taken_and_given_back_on_every_engine(engine: str, tmp_path: Path) -> None:
    made = await World.build(migrated_url(engine, tmp_path), tmp_path, YAML)
    try:
        number = await posts(made)
        await acks(made, "omar")
        assert (await of(made, number)).holder == "omar"
        await acks(made, "omar", **BACK)
        assert (await of(made, number)).status is NEW
    finally:
        await made.end()


async def test_a_second_one_is_on_record_and_changes_no_holder(world: World) -> None:
    number = await posts(world)
    await world.does("ana", "ack", number)
    await acks(world, "omar")
    assert (await of(world, number)).holder == "ana"
    detail = await world.detail(number)
    [line] = [e for e in detail.timeline if e.kind == there.KIND]
    assert line.say == "Omar Haddad acknowledged it in Zabbix too."
    assert line.why == "Ana Petrova has it."


async def test_taken_back_there_is_given_back_here(world: World, fake: FakeZabbix) -> None:
    number = await posts(world)
    await acks(world, "omar")
    world.clear()
    await acks(world, "Zoe (zoe)", **BACK)
    found = await of(world, number)
    assert (found.status, found.holder) == (NEW, None)
    await world.settle()
    assert world.pad.pages != [], "the last step asks again at once"
    assert fake.events["42"].said == []
    assert there.BACK in await world.history(number)
    await acks(world, "omar")
    assert (await of(world, number)).holder == "omar"


async def test_what_was_taken_here_is_given_back_only_by_who_is_known(world: World) -> None:
    number = await posts(world)
    await world.does("ana", "ack", number)
    await acks(world, "Zoe (zoe)", **BACK)
    assert (await of(world, number)).holder == "ana"
    assert world.pad.said[-1][1].endswith(
        "Zoe (zoe) took the acknowledgement back in Zabbix.\nAna Petrova has it."
    )
    await acks(world, "omar", **BACK)
    assert (await of(world, number)).status is NEW


async def test_one_of_two_taken_back_leaves_it_taken(world: World) -> None:
    number = await posts(world)
    assert await posts(world, event_id="43", event_name="Slow on db-3") == number
    await acks(world, "omar")
    await acks(world, "omar", event_id="43", event_name="Slow on db-3")
    await acks(world, "omar", **BACK)
    assert (await of(world, number)).holder == "omar"
    await acks(world, "omar", event_id="43", event_name="Slow on db-3", **BACK)
    assert (await of(world, number)).status is NEW


async def test_another_monitor_of_the_same_incident_is_told(world: World, fake: FakeZabbix) -> None:
    first = await posts(world)
    second = await posts(world, "other", event_id="43")
    await world.does("ana", "merge", second, into=first)
    await acks(world, "omar", name="other", event_id="43")
    assert (await of(world, first)).holder == "omar"
    [(action, said)] = fake.events["42"].said
    assert (action, said) == (6, f"PixelView #{first}: Omar Haddad acknowledged it.")


async def test_what_is_first_heard_as_acknowledged_opens_and_is_taken(world: World) -> None:
    number = await acks(world, "omar")
    found = await of(world, number)
    assert (found.status, found.holder) == (ACKED, "omar")
    await world.advance(minutes=20)
    assert world.pad.pages == []


async def test_an_acknowledgement_of_an_earlier_firing_is_news_again(world: World) -> None:
    source = await source_of(world, "nagios", "nagios")

    async def tells(kind: str, state: str = "CRITICAL", **more: str) -> None:
        sent = {"type": kind, "host": "web-1", "service": "HTTP", "state": state, **more}
        read = nagios.read(Request(json.dumps(sent).encode()))
        await world.door.intake(source, read.alerts)
        await world.settle()

    ack = {"author": "omar", "comment": "on it"}
    await tells("PROBLEM")
    await tells("ACKNOWLEDGEMENT", **ack)
    [number] = [i.id for i in (await world.asks("ana", "list")).incidents]
    await tells("RECOVERY", "OK")
    await world.advance(minutes=2)
    await tells("PROBLEM")
    assert (await of(world, number)).status is NEW
    await tells("ACKNOWLEDGEMENT", **ack)
    assert (await of(world, number)).holder == "omar"


# found by looking, after an outage


async def look(world: World) -> int:
    found = await world.app.monitors.look("zabbix")
    await world.settle()
    return found


async def test_an_acknowledgement_nobody_told_us_of_is_found(
    world: World, fake: FakeZabbix
) -> None:
    number = await posts(world)
    await world.advance(minutes=1)
    fake.events["42"].by("Omar Haddad", 6, "on it")
    assert await look(world) == 1
    assert (await of(world, number)).holder == "omar"
    assert await look(world) == 0
    world.clear()
    fake.events["42"].by("Omar Haddad", 16)
    await world.advance(minutes=1)
    assert await look(world) == 1
    assert (await of(world, number)).status is NEW
    [line] = await lines_of(world, number, there.BACK)
    assert line == "The acknowledgement in Zabbix is gone."
    assert await look(world) == 0


async def test_what_was_told_and_is_found_is_said_once(world: World, fake: FakeZabbix) -> None:
    number = await posts(world)
    await world.advance(minutes=1)
    fake.events["42"].by("Zoe Admin", 6, "on it")
    await acks(world, "Zoe Admin (zoe)")
    assert await look(world) == 0
    assert len(await lines_of(world, number, there.KIND)) == 1


async def test_ours_is_never_found_as_somebody_elses(world: World, fake: FakeZabbix) -> None:
    number = await posts(world)
    await world.does("ana", "ack", number)
    await world.advance(minutes=1)
    assert await look(world) == 0
    await world.does("ana", "unack", number)
    assert await look(world) == 0
    assert (await of(world, number)).status is NEW


async def test_what_fired_and_was_taken_while_we_were_away_comes_in_taken(
    world: World, fake: FakeZabbix
) -> None:
    await source_of(world)
    fake.events["42"].clock = world.clock.now() // 1000 - 300
    fake.events["42"].by("Omar Haddad", 2)
    assert await look(world) == 1
    [found] = (await world.asks("ana", "list")).incidents
    assert (found.status, found.holder) == (ACKED, "omar")
    await world.advance(minutes=10)
    assert world.pad.pages == []


async def test_what_became_worse_while_we_were_away_is_worse_here(
    world: World, fake: FakeZabbix
) -> None:
    number = await posts(world)
    await world.advance(minutes=1)
    fake.events["42"].severity = "5"
    assert await look(world) == 1
    assert (await of(world, number)).severity is Severity.CRITICAL
    assert await look(world) == 0
    fake.events["42"].severity = "2"
    assert await look(world) == 0, "it falls by a person's edit only"


def test_two_of_a_name_are_nobody() -> None:
    people = {h: Person(h, "Ana Lee") for h in ("ana", "ana2")}
    assert there.find(people, Trust(), "Ana Lee") is None
    assert there.find(people, Trust(), "ana2") is people["ana2"]
    assert there.find(people, Trust({"ana lee": "ana"}), "Ana Lee") is people["ana"]
    assert there.find(people, Trust(), "") is None
    assert there.find(people, Trust({"zoe": "gone"}), "zoe") is None


async def test_whoever_has_it_is_asked_after_a_while_as_ever(world: World) -> None:
    number = await posts(world)
    await acks(world, "omar")
    found = await of(world, number)
    assert found.next is not None and found.next.kind == "asks_again"
    assert (found.next.at or 0) - world.clock.now() <= HOUR
