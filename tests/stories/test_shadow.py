"""Shadow mode beside the old tool: everything is decided, nobody hears of it, each day is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.view import visible
from commands.errors import Conflict
from store import shadow as records
from store.model import DAY, HOUR, MINUTE
from store.shadow import Record
from tests.support.world import START, YAML, World

EIGHT = START + 4 * HOUR + 51 * MINUTE
"""08:00 of the first day in Berlin."""
SHADOW = """
shadow: {at: "08:00", zone: Europe/Berlin, channels: ["slack:#oncall"]}
"""


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView that only listens."""
    made = await World.build(url, tmp_path, YAML + SHADOW)
    yield made
    await made.end()


async def test_nobody_is_paged_and_no_card_is_posted_but_everything_is_decided(
    world: World,
) -> None:
    number = await world.fires()
    await world.advance(minutes=6)
    assert not world.paged() and not world.pad.posts and not world.pad.said
    detail = await world.detail(number)
    assert {p.state for p in detail.pages} == {"shadow"}
    assert {p.person for p in detail.pages} == {"ana", "omar"}
    assert "Would have paged Ana Petrova by Slack; shadow mode sends nothing." in {
        e.say for e in detail.timeline if e.kind == "page_shadow"
    }


async def test_presses_and_resolves_tell_nobody_either(world: World) -> None:
    number = await world.fires()
    await world.does("ana", "ack", number, surface="web")
    await world.does("ana", "note", number, surface="web", text="I look")
    await world.clears()
    assert not (world.pad.posts or world.pad.edits or world.pad.said or world.pad.repages)


async def test_cards_can_be_shown_all_the_same(url: str, tmp_path: Path) -> None:
    world = await World.build(url, tmp_path, YAML + "shadow: {cards: true}\n")
    await world.fires()
    await world.advance(minutes=6)
    assert [channel for channel, _ in world.pad.posts] == ["#ops"] and not world.paged()
    await world.end()


async def test_who_tests_their_own_contacts_hears_of_it(world: World) -> None:
    await world.does("ana", "test-page")
    assert world.pad.posts or world.pad.pages or world.mail.pages


async def test_steps_page_nobody_and_start_no_action(url: str, tmp_path: Path) -> None:
    yaml = (
        YAML.replace("team: db, channels", "team: db, policy: acts, channels")
        + "actions: {restart: {url: 'http://127.0.0.1:9/restart'}}\n"
        + "policies: {acts: {steps: [{targets: ['action:restart', oncall]}]}}\n"
        + "shadow: {cards: true}\n"
    )
    world = await World.build(url, tmp_path, yaml)
    number = await world.fires()
    await world.advance(minutes=1)
    assert not world.paged()
    said = [e.say for e in (await world.detail(number)).timeline]
    assert "Would have started action restart; shadow mode starts none." in said
    await world.end()


async def test_a_drill_would_show_nothing(world: World) -> None:
    with pytest.raises(Conflict, match="Shadow mode is on"):
        await world.does("ana", "drill", what="db", now=True)


async def test_each_day_is_told_once_with_what_was_missed_extra_and_late(world: World) -> None:
    await world.minute()
    world.clock.at = EIGHT
    await world.minute()
    (first,) = world.pad.posts
    assert "We would have paged nobody." in visible(first[1].state.spans)
    world.pad.posts.clear()
    one = await world.fires(title="Disk 94 % full on db-3")
    await world.does("ana", "ack", one, surface="web")
    await world.clears(title="Disk 94 % full on db-3")
    await world.advance(minutes=60)
    two = await world.fires("k2", title="Replica lag on db-5", labels={"service": "other"})
    await world.does("ana", "ack", two, surface="web")
    await world.clears("k2", labels={"service": "other"})
    old = [
        Record(EIGHT - 5 * MINUTE, "ana", "sms", "Old news"),
        Record(EIGHT + 4 * MINUTE, "ana", "sms", "db-3: disk full"),
        Record(EIGHT + 3 * HOUR, "omar", "", "Certificate of shop ends"),
    ]
    await world.door.system(lambda ctx: records.keep(ctx.tx, ctx.now, old))
    world.clock.at = EIGHT + DAY
    await world.minute()
    await world.minute()
    ((channel, card),) = world.pad.posts
    assert (channel, card.head.word) == ("#oncall", "SHADOW")
    said = visible(card.state.spans)
    assert "We would have paged 1 person 2 times; the old tool paged 2 people 2 times." in said
    told = await world.asks("ana", "shadow")
    assert told.lines[0] == "Shadow mode is on: nobody is paged."
    assert "1 missed, 1 extra, 1 at another time, 1 by other ways" in told.lines[2]
    assert any(line.startswith("Missed: Sun 22 Nov 11:00 CET Omar Haddad") for line in told.lines)
    assert any("4 min earlier: Ana Petrova" in line for line in told.lines)
    facts = told.facts
    assert [m["person"] for m in facts["missed"]] == ["omar"]
    assert [e["incident"] for e in facts["extra"]] == [str(two)]


async def test_what_comes_only_because_nobody_answers_is_not_called_extra(world: World) -> None:
    await world.minute()
    await world.fires()
    await world.advance(minutes=20)
    facts = (await world.asks("ana", "shadow")).facts
    assert [e["person"] for e in facts["extra"]] == ["ana"] and facts["later"] > 0


async def test_the_console_and_the_probe_say_so(world: World) -> None:
    (sign,) = [s for s in world.app.health.signs() if s.name == "Shadow mode"]
    assert world.app.health.banner().startswith("Shadow mode: nobody is paged.")
    assert sign.ok and sign.words == "nobody is paged"
