"""Rooms that open and end by themselves: by severity, some time after the resolve, never while the
incident is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.errors import Conflict
from integrations.base import Permanent
from store import rooms
from store.model.room import Room
from tests.rooms.conftest import House, build


async def live(house: House) -> list[Room]:
    """The rooms that stand."""
    return await house.world.app.reader.read(rooms.live)


async def test_a_critical_incident_gets_a_room_and_an_error_none(ruled: House) -> None:
    world = ruled.world
    await world.fires("k1", severity="error", title="Slow", labels={"service": "a"})
    assert not ruled.slack.rooms
    n = await world.fires("k2")
    await world.advance(seconds=3)
    room = ruled.slack.room
    assert room.people == ["U0ANA", "U0OMAR"]
    assert ("Dashboard", "https://graphs.example.eu/postgres-main") in room.links
    assert ("Call", f"https://meet.example.eu/{n}") in room.links


async def test_an_incident_that_becomes_critical_gets_its_room_then(ruled: House) -> None:
    world = ruled.world
    n = await world.fires(severity="error")
    assert not ruled.slack.rooms
    await world.does("ana", "severity", n, to="critical")
    await world.advance(seconds=3)
    assert ruled.slack.room.name.startswith(f"inc-{n}")


async def test_whoever_acknowledges_leads_and_is_taken_in(ruled: House) -> None:
    world = ruled.world
    n = await world.fires()
    await world.advance(seconds=3)
    await world.does("omar", "ack", n)
    war = await world.app.reader.read(lambda tx: rooms.war_room(tx, n))
    assert war is not None
    assert war.who("lead") == "omar"
    assert "U0OMAR" in ruled.slack.room.people


async def test_what_a_silence_hides_opens_no_room(ruled: House) -> None:
    world = ruled.world
    what = "service=postgres-main critical"
    await world.does("ana", "silence", what=what, until="2h", text="x", no_preview=True)
    await world.fires()
    await world.advance(minutes=5)
    assert not ruled.slack.rooms


async def test_more_than_so_many_don_t_open_by_themselves(url: str, tmp_path: Path) -> None:
    house = await build(url, tmp_path, "rooms: {open: critical, most: 2}\n")
    world = house.world
    for key in ("k1", "k2", "k3"):
        last = await world.fires(key, labels={"service": key}, title=f"Down {key}")
    await world.advance(seconds=5)
    assert len(house.slack.rooms) == 2
    says = [e.say for e in (await world.detail(last)).timeline if e.kind == "room"]
    assert says == ["No war room: 2 stand open, more don't open by themselves."]
    await house.room(last)
    assert len(house.slack.rooms) == 3
    await world.end()


async def test_it_is_archived_some_time_after_the_resolve(ruled: House) -> None:
    world = ruled.world
    n = await world.fires()
    await world.advance(seconds=3)
    await world.does("ana", "resolve", n, how="now", text="cleaned old WAL")
    await world.advance(minutes=119)
    assert not ruled.slack.room.archived
    await world.advance(minutes=2)
    room = ruled.slack.room
    assert room.archived
    assert "cleaned old WAL" in room.told[-1]
    assert "over" in room.told[-1]
    assert not await live(ruled)
    says = [e.say for e in (await world.detail(n)).timeline if e.kind == "room"]
    assert says[-1] == f"#inc-{n}-disk-94-full-on-db-3 in Slack is archived."


async def test_it_is_never_archived_by_itself_while_the_incident_is_open(ruled: House) -> None:
    world = ruled.world
    n = await world.fires()
    await world.advance(seconds=3)
    await world.does("ana", "resolve", n, how="now")
    await world.advance(minutes=60)
    await world.does("ana", "reopen", n)
    await world.advance(minutes=600)
    assert not ruled.slack.room.archived
    assert len(await live(ruled)) == 1


async def test_an_incident_that_is_reopened_after_the_archive_gets_a_new_room(
    ruled: House,
) -> None:
    world = ruled.world
    n = await world.fires()
    await world.advance(seconds=3)
    await world.does("ana", "resolve", n, how="now")
    await world.advance(minutes=130)
    await world.does("ana", "reopen", n)
    await world.advance(seconds=5)
    first, second = ruled.slack.rooms.values()
    assert (first.archived, second.archived) == (True, False)
    assert second.name == f"{first.name}-2"
    assert await world.app.desk.incident_at("slack", "C2S", "") == n


async def test_a_room_that_somebody_ended_is_not_opened_again_by_the_rule(ruled: House) -> None:
    world = ruled.world
    n = await world.fires()
    await world.advance(seconds=3)
    said = await world.does("ana", "end-room", n, text="not needed")
    assert "The incident itself stays open." in said.say
    await world.advance(minutes=30)
    assert ruled.slack.room.archived
    assert len(ruled.slack.rooms) == 1
    with pytest.raises(Conflict, match="no war room that stands open"):
        await world.does("ana", "end-room", n)
    await ruled.room(n)
    assert len(ruled.slack.rooms) == 2


async def test_nothing_is_written_in_a_room_after_its_archive(ruled: House) -> None:
    world = ruled.world
    n = await world.fires()
    await world.advance(seconds=3)
    await world.does("ana", "end-room", n, text="over")
    await world.advance(seconds=5)
    before = len(ruled.slack.edits)
    await world.does("omar", "note", n, text="one more thing")
    await world.does("ana", "ack", n)
    assert ruled.slack.room.told[-1].startswith("Ana ended the war room.")
    edited = [m for m, _ in ruled.slack.edits[before:]]
    assert not set(edited) & set(ruled.slack.room.pins)


async def test_a_room_that_can_t_be_archived_is_told(ruled: House) -> None:
    world = ruled.world
    n = await world.fires()
    await world.advance(seconds=3)
    ruled.slack.refuse["close"] = Permanent("restricted_action")
    await world.does("ana", "end-room", n)
    await world.advance(seconds=5)
    says = [e.say for e in (await world.detail(n)).timeline if e.kind == "room"]
    assert says[-1] == "The war room could not be archived in Slack."
    assert not await live(ruled)
