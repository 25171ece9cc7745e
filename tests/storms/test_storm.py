"""Many incidents at once: one storm card speaks for the channel, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.cards.model import Account, Card, Facts, Form, Note, Private, Rows, Sent, Spans
from commands.context import Done
from commands.errors import Conflict
from commands.rules.storms import StormRules
from integrations.base import Transient
from store import outbox, storms
from store.db import Tx
from store.model import AlertReading, IncidentStatus
from store.model.storm import Storm
from tests.support.world import Pad, World, alert, words

pytestmark = pytest.mark.broad

STORMS = StormRules()
FULL = Transient("the channel's limit is reached", 5.0)


class Stormy(Pad):
    """A pad with threads that hold cards; while it is ``full`` only storm cards fit."""

    def __init__(self) -> None:
        super().__init__("slack")
        self.full = True
        self.replies: list[tuple[str, Card]] = []

    async def post(self, channel: str, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """Refuse what is no storm card and not critical."""
        if self.full and card.head.word not in ("STORM", "CRITICAL"):
            raise FULL
        return await super().post(channel, card, nonce=nonce, maybe_copy=maybe_copy)

    async def reply(self, sent: Sent, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A card below another."""
        self.replies.append((sent.message, card))
        at = await super().post(sent.channel, card, nonce=nonce, maybe_copy=maybe_copy)
        self.posts.pop()
        return replace(at, thread=sent.message)


@pytest.fixture
async def pad(world: World) -> Stormy:
    made = Stormy()
    world.app.surfaces["slack"] = made
    world.pad = made
    return made


async def storm(world: World, many: int = 40, critical: int = 2) -> Storm:
    """So many incidents within a moment, on a host each or on web-7."""
    worst = ["critical"] * critical + ["warning"] * (many - critical)
    readings = [
        alert(
            f"k{n}", severity=severity, title=f"Trouble {n}",
            labels={"service": f"s{n}", "host": "web-7" if n % 4 else f"db-{n}", "rack": "B14"},
        )
        for n, severity in enumerate(worst)
    ]  # fmt: skip
    await world.hears(*readings)
    await tick(world, 2)
    [found] = await world.app.reader.read(storms.on)
    return found


async def tick(world: World, seconds: int) -> None:
    for _ in range(seconds):
        await world.advance(seconds=1)


def storm_card(pad: Pad) -> Card:
    return [c for c in pad.cards.values() if c.head.glyph == "🌊"][-1]


def said(card: Card) -> str:
    return "".join(s.text for s in card.state.spans)


def below(card: Card) -> str:
    lines: list[Spans] = []
    for block in card.fold:
        if isinstance(block, Rows):
            lines += block.rows
        elif isinstance(block, Facts):
            lines += block.lines
    return "\n".join("".join(s.text for s in line) for line in lines)


def _places(number: int, tx: Tx) -> list[outbox.Row]:
    return outbox.places(tx, number)


async def states(world: World, storm: Storm) -> dict[str, int]:
    found: dict[str, int] = {}
    for number in range(1, storm.total + 1):
        rows = await world.app.reader.read(partial(_places, number))
        for row in rows:
            found[row.state] = found.get(row.state, 0) + 1
    return found


async def test_a_storm_card_speaks_where_more_cards_wait_than_fit(
    world: World, pad: Stormy
) -> None:
    found = await storm(world)
    assert found.total == 40
    card = storm_card(pad)
    assert card.head.title == "40 incidents in 1 s, probably rack B14"
    assert said(card).startswith("🔴 2 critical, 2 with nobody · ⚠️ 38")
    assert "Trouble 0" in below(card) and "By host: web-7 30" in below(card)
    assert [b.label for b in card.actions.buttons] == [
        "Take all 2 critical", "Show next 5", "Merge into one…", "Silence source…",
    ]  # fmt: skip
    assert await states(world, found) == {"sent": 2, "folded": 38}


async def test_critical_ones_keep_cards_of_their_own(world: World, pad: Stormy) -> None:
    await storm(world)
    own = [c for _, c in pad.posts if c.head.word == "CRITICAL"]
    assert {c.head.title for c in own} == {"Trouble 0", "Trouble 1"}


async def test_without_a_crowd_nothing_changes(world: World, pad: Stormy) -> None:
    pad.full = False
    for n in range(40):
        await world.hears(alert(f"k{n}", severity="warning", labels={"service": f"s{n}"}))
    assert await world.app.reader.read(storms.on) == []
    assert len(pad.posts) == 40


async def test_storms_can_be_switched_off(world: World, pad: Stormy) -> None:
    world.door.rules = replace(world.door.rules, storms=None)
    await world.hears(
        *(alert(f"k{n}", severity="warning", labels={"service": f"s{n}"}) for n in range(40))
    )
    await tick(world, 2)
    assert await world.app.reader.read(storms.on) == []
    pad.full = False
    await tick(world, 6)
    assert len(pad.posts) == 40


async def test_what_comes_later_is_in_the_storm_and_on_its_card(world: World, pad: Stormy) -> None:
    await storm(world)
    pad.full = False
    await world.hears(alert("late", severity="error", title="Late", labels={"service": "late"}))
    await tick(world, 16)
    assert "🔶 1" in said(storm_card(pad))
    assert "Late" not in [c.head.title for _, c in pad.posts]


async def test_what_somebody_takes_gets_its_card_below_the_storm(world: World, pad: Stormy) -> None:
    await storm(world)
    await world.does("ana", "ack", 7)
    [(_, card)] = pad.replies
    assert card.head.id == 7 and "Ana has it" in said(card)


async def test_words_below_the_storm_say_which_incident_they_are_about(
    world: World, pad: Stormy
) -> None:
    await storm(world)
    await world.does("ana", "note", 7, text="the switch is gone")
    await tick(world, 1)
    assert any(w.startswith("#7 ") and "the switch is gone" in w for _, w in pad.said)


async def test_what_becomes_critical_gets_a_card_of_its_own(world: World, pad: Stormy) -> None:
    await storm(world)
    labels = {"service": "s9", "host": "web-7", "rack": "B14"}
    await world.hears(alert("worse", severity="critical", title="Worse", labels=labels))
    await tick(world, 3)
    ids = [c.head.id for _, c in pad.posts if c.head.word == "CRITICAL"]
    assert 10 in ids


async def test_all_critical_ones_are_taken_by_one_press(world: World, pad: Stormy) -> None:
    found = await storm(world, 60, critical=31)
    token = storm_card(pad).actions.buttons[0].token
    await world.press("U0ANA", token)
    await tick(world, 1)
    holders = {(await world.incident(n)).holder for n in range(1, 32)}
    assert holders == {"ana"}
    counts = await world.app.reader.read(lambda tx: storms.counts(tx, found))
    assert counts.nobody == {"warning": 29}
    with pytest.raises(Conflict, match="Somebody has each"):
        await world.does("omar", "storm-take", storm=found.id)


async def test_the_press_asks_first_and_names_them(world: World, pad: Stormy) -> None:
    await storm(world)
    token = storm_card(pad).actions.buttons[0].token
    asked = await world.app.desk.confirm(token, Account("slack", "T1", "U0ANA", "ana"))
    assert asked is not None
    assert asked.title == "Take all 2 critical?"
    assert asked.text == "You have #1 and #2; their pages stop."


async def test_show_next_pages_through_what_is_open(world: World, pad: Stormy) -> None:
    found = await storm(world)
    seen = await world.asks("ana", "storm-next", storm=found.id)
    assert [line.split()[1] for line in seen.lines[:5]] == ["#6", "#7", "#8", "#9", "#10"]
    answer = await world.press("U0ANA", seen.offers[0].token, "second")
    assert isinstance(answer, Private) and isinstance(answer.note, Note)
    assert words(answer.note).startswith("⚠️ #11 ")


async def test_all_of_it_becomes_one_incident(world: World, pad: Stormy) -> None:
    found = await storm(world, 60)
    form = await world.press("U0ANA", f"cmd:storm-merge:{found.id}:1", "form")
    assert isinstance(form, Form) and form.inputs[0].options[0][0] == "1"
    done = await world.does("ana", "storm-merge", storm=found.id, into="1")
    assert done.say == "59 incidents become part of #1."
    await tick(world, 2)
    counts = await world.app.reader.read(lambda tx: storms.counts(tx, found))
    assert (counts.left, counts.over) == (1, 59)
    assert (await world.incident(1)).alerts_total == 60


async def test_a_source_is_silenced_but_for_what_is_critical(world: World, pad: Stormy) -> None:
    found = await storm(world)
    done: Done = await world.does(
        "ana", "storm-silence", storm=found.id, source="alertmanager", until="1h", text="switch"
    )
    assert "never criticals" in done.say
    assert (await world.incident(1)).silenced_until is None
    assert (await world.incident(30)).silenced_until is not None


async def test_it_is_counted_by_service_where_somebody_wants(world: World, pad: Stormy) -> None:
    found = await storm(world)
    await world.does("ana", "storm-by-service", storm=found.id)
    await tick(world, 1)
    assert "By service: s0 1" in below(storm_card(pad))


async def test_ten_minutes_after_the_last_it_is_over_and_single_cards_follow(
    world: World, pad: Stormy
) -> None:
    found = await storm(world)
    for n in range(2, 35):
        labels = {"service": f"s{n}", "host": "web-7" if n % 4 else f"db-{n}", "rack": "B14"}
        await world.clears(f"k{n}", labels=labels)
    pad.full = False
    pad.posts.clear()
    await world.advance(minutes=10)
    await tick(world, 1)
    assert await world.app.reader.read(storms.on) == []
    card = storm_card(pad)
    assert card.head.word == "STORM OVER"
    assert "33 solved · 7 still open" in said(card)
    assert {c.head.id for _, c in pad.posts} == {36, 37, 38, 39, 40}
    assert await states(world, found) == {"sent": 7, "folded": 33}


async def test_whoever_ends_its_view_sees_every_card(world: World, pad: Stormy) -> None:
    found = await storm(world)
    pad.full = False
    await world.does("ana", "storm-end", storm=found.id)
    await tick(world, 1)
    assert "by Ana" in said(storm_card(pad))
    await world.hears(
        *(alert(f"m{n}", severity="info", labels={"service": f"m{n}"}) for n in range(30))
    )
    await tick(world, 2)
    assert await world.app.reader.read(storms.on) == []


@pytest.mark.slow
async def test_after_one_that_was_ended_by_hand_another_begins_as_the_first_did(
    world: World, pad: Stormy
) -> None:
    found = await storm(world, 80)
    await world.does("ana", "storm-end", storm=found.id)
    await tick(world, 2)
    await world.advance(minutes=2)
    assert await world.app.reader.read(storms.on) == []
    await world.hears(*fresh("m", 60))
    await tick(world, 2)
    [again] = await world.app.reader.read(storms.on)
    assert (again.id > found.id, again.total) == (True, 60)
    pad.full = False
    pad.posts.clear()
    await tick(world, 12)
    cards = {c.head.id for _, c in pad.posts}
    assert cards == {*range(3, 81)}, "the first storm's cards follow, none of the second's"


async def test_what_came_just_before_the_end_belongs_to_the_storm_that_ended(
    world: World, pad: Stormy
) -> None:
    found = await storm(world, 40)
    await world.door.intake(await world.source(), tuple(fresh("late", 40)))
    await world.does("ana", "storm-end", storm=found.id)
    await tick(world, 2)
    assert await world.app.reader.read(storms.on) == []
    assert (await states(world, replace(found, total=80)))["pending"] == 78


async def test_a_storm_ended_by_hand_posts_no_more_cards_than_one_that_passed(
    world: World, pad: Stormy
) -> None:
    found = await storm(world)
    world.door.rules = replace(world.door.rules, storms=replace(STORMS, cards=10))
    pad.full = False
    pad.posts.clear()
    await world.does("ana", "storm-end", storm=found.id)
    await tick(world, 5)
    assert len(pad.posts) == 10
    assert "cards of the worst 12 follow, the list has all" in said(storm_card(pad))


def fresh(key: str, many: int) -> list[AlertReading]:
    """Incidents that are nobody's yet."""
    return [
        alert(f"{key}{n}", severity="info", labels={"service": f"{key}{n}"}) for n in range(many)
    ]


async def test_a_restart_finds_the_storm_as_it_was(world: World, pad: Stormy) -> None:
    found = await storm(world)
    await world.die()
    again = await world.again()
    again.app.surfaces["slack"] = pad
    try:
        await again.advance(seconds=1)
        assert [s.id for s in await again.app.reader.read(storms.on)] == [found.id]
        await again.does("ana", "ack", 9)
        assert [c.head.id for _, c in pad.replies] == [9]
        assert (await again.status(9)) is IncidentStatus.ACKNOWLEDGED
    finally:
        await again.end()


async def test_its_card_is_edited_seldom_so_that_others_are_edited_at_once(
    world: World, pad: Stormy
) -> None:
    await storm(world)
    pad.full = False
    pad.edits.clear()
    for n in range(30):
        await world.hears(alert(f"x{n}", severity="warning", labels={"service": f"x{n}"}))
        await tick(world, 1)
    drawn: list[Any] = [c for _, c in pad.edits if c.head.glyph == "🌊"]
    assert 1 <= len(drawn) <= 3


async def test_what_comes_back_after_the_storm_gets_its_card(world: World, pad: Stormy) -> None:
    await storm(world)
    labels = {"service": "s9", "host": "web-7", "rack": "B14"}
    for n in range(2, 40):
        shared = {"service": f"s{n}", "host": "web-7" if n % 4 else f"db-{n}", "rack": "B14"}
        await world.clears(f"k{n}", labels=shared)
    pad.full = False
    await world.advance(minutes=10)
    await tick(world, 1)
    assert 10 not in [c.head.id for _, c in pad.posts]
    await world.hears(alert("k9", severity="warning", title="Trouble 9", labels=labels))
    await tick(world, 1)
    assert 10 in [c.head.id for _, c in pad.posts]


async def test_cards_that_follow_a_storm_are_no_new_storm(world: World, pad: Stormy) -> None:
    found = await storm(world, 80)
    await world.does("ana", "storm-end", storm=found.id)
    world.door.rules = replace(world.door.rules, storms=replace(STORMS, quiet=1000))
    for _ in range(4):
        await tick(world, 5)
    assert await world.app.reader.read(storms.on) == []
