"""Definitions made and changed by people: checked, tried, in force at once, undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Account, Form, Private
from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.told import Told
from tests.support.engines import AGAIN, migrated_url
from tests.support.world import World, words

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
  - {name: rest, team: db}
"""

WEEKLY = """zone: Europe/Berlin
layers:
  - name: days
    start: 2026-01-05T08:00
    rotation: {kind: weekly, people: [ana, omar]}
"""


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A world whose file defines a team and no schedule."""
    made = await World.build(migrated_url(request.param, tmp_path), tmp_path, YAML)
    yield made
    await made.end()


async def made(world: World, kind: str, name: str, text: str) -> str:
    """Ana edits a definition; what she is told."""
    return (await world.does("ana", "edit", kind=kind, name=name, text=text)).say


async def test_a_schedule_made_by_command_is_in_force_at_once(world: World) -> None:
    said = await made(world, "schedule", "night", WEEKLY)
    assert "Schedule night is made, in force as version 2." in said and "Ana Petrova" in said
    assert await made(world, "team", "web", "members: [omar]\noncall: schedule:night\n")
    lines = await world.asks("ana", "who", what="team:web")
    assert any("Ana" in line or "Omar" in line for line in _lines(lines))


def _lines(answer: object) -> list[str]:
    return list(answer.lines) if isinstance(answer, Told) else list(answer)  # type: ignore[call-overload]


async def test_a_new_version_is_there_after_a_restart(world: World) -> None:
    await made(world, "schedule", "night", WEEKLY)
    await world.die()
    again = await world.again()
    try:
        assert "night" in again.door.definitions().schedules
        assert again.door.definitions().written["schedule", "night"] == WEEKLY
    finally:
        await again.end()


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("team", "members: [zoe]", "Line 1: members: zoe is not one of the people"),
        ("team", "membres: [ana]", "Line 1: membres: no such setting"),
        ("schedule", WEEKLY.replace("omar", "zoe"), "zoe is not one of the people"),
        ("schedule", WEEKLY.replace("weekly", "fortnightly"), "Line 5"),
        ("policy", "steps:\n  - {targets: [person:zoe]}", "Line 2"),
        ("policy", "steps:\n  - {targets: [action:reboot]}", "reboot is not one of the actions"),
        ("person", "name: Zoe\nzone: Mars/Olympus", "Line 2: zone: Mars/Olympus is no time zone"),
        ("person", "name: Zoe\nrules:\n  - {after: 0, via: sms}", "Line 3"),
        ("route", "team: nobody", "nobody is not one of the teams"),
        ("team", "members: [ana", "Line 1"),
    ],
)
async def test_a_mistake_is_refused_with_its_line_and_changes_nothing(
    world: World, kind: str, text: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await made(world, kind, "new", text)
    assert said in refused.value.error and refused.value.where == "text"
    assert world.door.definitions().version_id == 1


async def test_what_the_file_owns_is_changed_in_the_file(world: World) -> None:
    with pytest.raises(Conflict, match="comes from the settings file"):
        await made(world, "team", "db", "members: [ana]")
    with pytest.raises(Conflict, match="comes from the settings file"):
        await world.does("ana", "remove", kind="person", name="omar")
    assert world.door.definitions().version_id == 1


async def test_only_who_may_write_definitions_does(world: World) -> None:
    with pytest.raises(Denied):
        await world.does("omar", "edit", kind="team", name="web", text="members: [omar]")


async def test_what_is_used_is_not_removed(world: World) -> None:
    await made(world, "schedule", "night", WEEKLY)
    await made(world, "team", "web", "oncall: schedule:night")
    with pytest.raises(Conflict, match="Schedule night is used by team web"):
        await world.does("ana", "remove", kind="schedule", name="night")
    await world.does("ana", "remove", kind="team", name="web")
    await world.does("ana", "remove", kind="schedule", name="night")
    assert "night" not in world.door.definitions().schedules
    with pytest.raises(NotFound):
        await world.does("ana", "remove", kind="schedule", name="night")


async def test_a_change_is_taken_back(world: World) -> None:
    await made(world, "team", "web", "members: [ana]")
    await made(world, "team", "web", "members: [omar]")
    done = await world.does("ana", "revert", version=3)
    assert done.say == "Team web as before version 3 (now 4)."
    assert world.door.definitions().teams["web"].members == ("ana",)
    with pytest.raises(Conflict):
        await world.does("ana", "revert", version=3)
    await made(world, "team", "ops", "members: [ana]")
    await world.does("ana", "revert", version=5)
    assert "ops" not in world.door.definitions().teams


async def test_a_change_that_is_used_since_is_not_taken_back(world: World) -> None:
    await made(world, "schedule", "night", WEEKLY)
    await made(world, "team", "web", "oncall: schedule:night")
    with pytest.raises(Conflict, match="is used by team web"):
        await world.does("ana", "revert", version=2)


async def test_what_a_change_would_do_is_said_and_nothing_is_changed(world: World) -> None:
    await made(world, "schedule", "night", WEEKLY)
    await made(world, "team", "web", "oncall: schedule:night")
    turned = WEEKLY.replace("[ana, omar]", "[omar, ana]")
    told = await world.asks("ana", "preview", kind="schedule", name="night", text=turned)
    assert told.ok and "Ana Petrova" in told.lines[0] and "Omar Haddad" in told.lines[0]
    assert any("Omar Haddad → Ana Petrova" in line for line in told.lines[1:])
    assert world.door.definitions().version_id == 3


async def test_a_hole_that_a_change_would_make_is_named(world: World) -> None:
    await made(world, "schedule", "night", WEEKLY)
    await made(world, "policy", "p", "steps:\n  - {targets: [schedule:night]}")
    ends = WEEKLY + "    until: 2026-11-25T00:00\n"
    told = await world.asks("ana", "preview", kind="schedule", name="night", text=ends)
    assert not told.ok and told.facts["holes"] >= 1
    assert any("Nobody would be asked by p" in line for line in told.lines)


async def test_a_new_route_stands_before_the_one_that_takes_everything(world: World) -> None:
    await made(world, "team", "web", "members: [omar]\noncall: omar")
    await made(world, "route", "web", "match: {team: web}\nteam: web")
    assert [r.name for r in world.door.definitions().routes] == ["db", "web", "rest"]
    number = await world.fires(labels={"team": "web"})
    assert (await world.incident(number)).team == "web"


async def test_no_form_opens_for_what_the_file_says(world: World) -> None:
    account = Account("slack", "T1", "U0ANA", "ana")
    answer = await world.app.desk.typed("edit team db", account, "k1")
    assert isinstance(answer, Private) and answer.note is not None
    [[said, *_], *_] = answer.note.lines
    assert said.text == "Team db comes from the settings file: change it there."


async def test_the_form_begins_with_what_is_there(world: World) -> None:
    account = Account("slack", "T1", "U0ANA", "Ana")
    form = await world.app.desk.typed("edit schedule night", account, "k1")
    assert isinstance(form, Form)
    text = next(i for i in form.inputs if i.name == "text")
    assert "zone: Europe/Berlin" in text.initial and "rotation" in text.initial
    await made(world, "schedule", "night", WEEKLY)
    form = await world.app.desk.typed("edit schedule night", account, "k2")
    assert isinstance(form, Form)
    assert next(i for i in form.inputs if i.name == "text").initial == WEEKLY


async def test_people_can_export_what_they_defined_and_the_file_reads_it(world: World) -> None:
    from bot.settings import parse

    await made(world, "schedule", "night", WEEKLY)
    await made(world, "team", "web", "members: [omar]\noncall: schedule:night")
    await made(world, "route", "web", "match: {team: web}\nteam: web")
    text = "\n".join(await world.asks("ana", "export"))
    people = YAML.split("teams:", 1)[0]
    known = parse(people + text, "exported.yaml").definitions()
    assert known.teams["web"] == world.door.definitions().teams["web"]
    assert known.schedules["night"] == world.door.definitions().schedules["night"]
    assert [r.name for r in known.routes] == ["web"]


async def test_versions_say_when_who_and_what(world: World) -> None:
    await made(world, "team", "web", "members: [omar]")
    answer = await world.app.desk.typed("versions", Account("slack", "T1", "U0ANA", "Ana"), "k")
    assert isinstance(answer, Private) and answer.note is not None
    first = words(answer.note).splitlines()[0]
    assert first.startswith("2 · ") and "Ana Petrova" in first and "team web: added" in first
