"""One message per rhythm instead of single cards, and one when quiet hours are over."""

from __future__ import annotations

import pytest

from bot.cards.model import Card, Facts, Rows
from commands import digests
from tests.posting.conftest import Building, posted
from tests.support.world import World

DAILY = "{cards: digest, digest: daily 09:00, zone: Europe/Berlin}"
NIGHT = '{quiet: {from: "22:00", to: "07:00", zone: Europe/Berlin}}'


def text(card: Card) -> str:
    """What can be read on a card."""
    lines = [card.head.title, "".join(s.text for s in card.state.spans)]
    for block in card.fold:
        if isinstance(block, Rows):
            lines += ["".join(s.text for s in row) for row in block.rows]
        elif isinstance(block, Facts):
            lines += ["".join(s.text for s in line) for line in block.lines]
    return "\n".join(lines)


def of(world: World, word: str) -> list[Card]:
    """The messages of a kind in #ops."""
    return [c for where, c in world.pad.posts if where == "#ops" and c.head.word == word]


async def minutes(world: World, hours: float, step: int = 60) -> None:
    """Let hours pass with what the house does every so many minutes."""
    for _ in range(int(hours * 60 / step)):
        await world.advance(minutes=step)
        await world.minute()


async def test_a_digest_stands_for_single_cards(build: Building) -> None:
    world = await build(DAILY)
    await world.minute()
    await world.fires("a", severity="error")
    await world.fires("b", severity="warning", labels={"service": "b"})
    await world.fires("c", severity="warning", labels={"service": "c"})
    await world.clears("c", severity="warning", labels={"service": "c"})
    assert posted(world) == []
    assert len(posted(world, "#all")) == 3
    await minutes(world, 7)
    (digest,) = of(world, "DIGEST")
    said = text(digest)
    assert said.startswith("3 new, 1 over, 2 open")
    assert "open: 1 error, 1 warning" in said
    assert said.index("🔶 #1 Disk 94 % full on db-3 · nobody") < said.index("⚠️ #2")
    assert "1 came and went" in said
    assert "daily 09:00; to change it: edit channel slack:#ops" in said
    assert digest.quiet


async def test_a_critical_has_its_own_card_whatever_the_rhythm(build: Building) -> None:
    world = await build(DAILY)
    await world.minute()
    number = await world.fires("a")
    assert posted(world) == [f"CRITICAL {number}"]
    await minutes(world, 7)
    assert of(world, "DIGEST") == [], "it stands there by itself"


async def test_unless_the_rule_says_so_in_a_word(build: Building) -> None:
    world = await build(DAILY.replace("{cards", "{criticals: true, cards"))
    await world.minute()
    await world.fires("a")
    assert posted(world) == []
    await minutes(world, 7)
    assert text(of(world, "DIGEST")[0]).startswith("1 new, 0 over, 1 open")


async def test_a_digest_that_has_nothing_to_say_is_not_sent(build: Building) -> None:
    world = await build(DAILY)
    await minutes(world, 30)
    assert world.pad.posts == []


async def test_what_is_still_open_is_named_each_day_but_not_each_hour(build: Building) -> None:
    daily = await build(DAILY)
    await daily.minute()
    await daily.fires("a", severity="error")
    await minutes(daily, 31)
    assert len(of(daily, "DIGEST")) == 2
    assert text(of(daily, "DIGEST")[1]).startswith("0 new, 0 over, 1 open")


async def test_an_hour_without_news_has_no_digest(build: Building) -> None:
    world = await build("{cards: digest, digest: hourly}")
    await world.minute()
    await world.fires("a", severity="error")
    await minutes(world, 4)
    assert len(of(world, "DIGEST")) == 1


async def test_a_restart_sends_no_digest_twice(build: Building) -> None:
    world = await build("{cards: digest, digest: hourly}")
    await world.minute()
    await world.fires("a", severity="error")
    await minutes(world, 1)
    for _ in range(3):
        await world.door.system(digests.minute)
        await world.settle()
    assert len(of(world, "DIGEST")) == 1


async def test_in_quiet_hours_nothing_is_put_up_and_the_morning_says_what_was(
    build: Building,
) -> None:
    world = await build(NIGHT)
    await world.minute()
    still = await world.fires("a", severity="error")
    await world.fires("b", severity="error", labels={"service": "b"})
    await world.clears("b", severity="error", labels={"service": "b"})
    assert posted(world) == []
    assert "Not posted in #ops: it is quiet there until 07:00." in await world.asks(
        "ana", "why", incident=still
    )
    await minutes(world, 3)
    assert posted(world) == []
    await minutes(world, 1)
    (morning,) = of(world, "QUIET HOURS")
    assert text(morning).startswith("2 new, 1 over, 1 open")
    assert posted(world) == ["QUIET HOURS 0", f"ERROR {still}"]
    await minutes(world, 2)
    assert len(posted(world)) == 2


async def test_a_critical_is_put_up_in_quiet_hours_as_well(build: Building) -> None:
    world = await build(NIGHT)
    number = await world.fires("a")
    assert posted(world) == [f"CRITICAL {number}"]


async def test_a_quiet_night_says_nothing_in_the_morning(build: Building) -> None:
    world = await build(NIGHT)
    await minutes(world, 8)
    assert world.pad.posts == []


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("severity: critical", "In the last 7 days it would have posted 1 card instead of 3."),
        (
            "cards: digest",
            "In the last 7 days it would have posted 1 card instead of 3, and at most 2 digests.",
        ),
    ],
)
async def test_a_change_is_counted_over_the_week_before(
    build: Building, rule: str, says: str
) -> None:
    world = await build()
    for name, severity in (("a", "critical"), ("b", "error"), ("c", "warning")):
        await world.fires(name, severity=severity, labels={"service": name})
    told = await world.asks("ana", "preview", kind="channel", name="slack:#all", text=rule + "\n")
    assert says in told.lines


async def test_rules_are_changed_and_taken_back_like_all_definitions(build: Building) -> None:
    world = await build()
    text_ = "severity: critical\n"
    done = await world.does("ana", "edit", kind="channel", name="slack:#all", text=text_)
    version = done.say.rsplit(" ", 1)[-1]
    await world.fires("a", severity="error")
    assert posted(world, "#all") == []
    lines = (await world.asks("mei", "channels")).lines
    assert "#ops in Slack: everything that is sent there (route db)" in lines
    assert "#all in Slack: critical (route db)" in lines
    exported = await world.asks("ana", "export")
    assert '  "slack:#all":' in exported
    await world.does("ana", "revert", version=int(version))
    await world.fires("b", severity="error", labels={"service": "b"})
    assert len(posted(world, "#all")) == 1
