"""Which channel shows which incident, when, and what is said below its card."""

from __future__ import annotations

from bot.cards.model import Card
from commands.rules import posting as rules
from store.model import HOUR, MINUTE
from store.model.posting import ChannelRule, QuietHours, Rhythm
from tests.posting.conftest import Building, posted
from tests.support.world import START, World


async def test_a_channel_without_a_rule_shows_everything(build: Building) -> None:
    world = await build("{severity: error}")
    await world.fires("a", severity="info")
    assert posted(world, "#all") == ["INFO 1"]
    assert posted(world) == []


async def test_what_is_less_bad_than_the_rule_says_has_no_card_there_and_why_says_so(
    build: Building,
) -> None:
    world = await build("{severity: error}")
    number = await world.fires("a", severity="warning")
    said = await world.asks("ana", "why", incident=number)
    assert "Not posted in #ops: only error and above there." in said
    assert not [line for line in said if "#all" in line]


async def test_an_incident_that_becomes_worse_is_posted_then(build: Building) -> None:
    world = await build("{severity: error}")
    number = await world.fires("a", severity="warning")
    assert await world.fires("b", severity="critical", title="Replica gone") == number
    assert posted(world) == [f"CRITICAL {number}"]


async def test_a_person_who_says_it_is_worse_posts_it_too(build: Building) -> None:
    world = await build("{severity: error}")
    number = await world.fires("a", severity="warning")
    await world.does("ana", "severity", number, to="error")
    assert posted(world) == [f"ERROR {number}"]
    assert not [line for line in await world.asks("ana", "why", incident=number) if "#ops" in line]


async def test_a_filter_says_what_a_channel_is_about(build: Building) -> None:
    world = await build('{match: "service:checkout"}')
    number = await world.fires("a")
    await world.fires("b", labels={"service": "checkout"})
    assert len(posted(world)) == 1
    said = await world.asks("ana", "why", incident=number)
    assert "Not posted in #ops: only service=checkout there." in said


async def test_the_card_comes_with_the_first_event_that_is_wanted(build: Building) -> None:
    world = await build("{events: [escalated, resolved]}")
    number = await world.fires("a")
    assert posted(world) == []
    said = await world.asks("ana", "why", incident=number)
    assert "Not posted in #ops: its card comes when it is escalated or resolved." in said
    await world.advance(minutes=6)
    assert posted(world) == [f"CRITICAL {number}"]


async def test_a_channel_that_only_wants_who_has_it_sees_it_when_somebody_does(
    build: Building,
) -> None:
    world = await build("{events: [taken]}")
    number = await world.fires("a")
    assert posted(world) == []
    await world.does("ana", "ack", number)
    assert len(posted(world)) == 1


async def test_events_that_a_channel_does_not_want_are_not_said_in_its_threads(
    build: Building,
) -> None:
    world = await build("{events: [opened, resolved]}")
    number = await world.fires("a")
    at = {where: message for message, where in _messages(world).items()}
    await world.does("ana", "note", number, text="archive target was full")
    said = [words for message, words in world.pad.said if message == at["#ops"]]
    assert not [words for words in said if "archive" in words]
    assert [w for m, w in world.pad.said if m == at["#all"] and "archive" in w]
    await world.does("ana", "resolve", number, how="now")
    said = [words for message, words in world.pad.said if message == at["#ops"]]
    assert [words for words in said if "resolved" in words]


async def test_a_step_that_names_a_channel_tells_it_whatever_its_rule_says(
    build: Building,
) -> None:
    world = await build("{severity: critical}")
    text = "steps: [{targets: ['channel:slack:#ops', person:ana], delay: 5}]\n"
    await world.does("ana", "edit", kind="policy", name="three", text=text)
    await world.does(
        "ana", "edit", kind="route", name="x",
        text='match: {team: x}\nteam: db\npolicy: three\nchannels: ["slack:#ops"]\n',
    )  # fmt: skip
    number = await world.fires("a", severity="warning", labels={"team": "x"})
    assert posted(world) == [f"WARNING {number}"]


def _messages(world: World) -> dict[str, str]:
    return {f"m{n}": where for n, (where, _) in _numbered(world)}


def _numbered(world: World) -> list[tuple[int, tuple[str, Card]]]:
    found = []
    for message, card in world.pad.cards.items():
        where = next((w for w, c in world.pad.posts if c is card), None)
        if where is not None:
            found.append((int(message[1:]), (where, card)))
    return found


# @here


async def test_here_is_said_once_where_nobody_has_it_and_the_day_has_some_left(
    build: Building,
) -> None:
    world = await build("{here: {severity: critical, per_day: 1}}")
    first = await world.fires("a")
    assert _calls(world) == []
    await world.advance(minutes=60)
    assert _calls(world) == [first]
    second = await world.fires("b", labels={"service": "other"})
    await world.advance(minutes=120)
    assert second != first
    assert _calls(world) == [first], "the day has no more"


async def test_here_can_be_said_as_soon_as_something_opens(build: Building) -> None:
    world = await build("{here: {severity: error, per_day: 2, when: opened}}")
    await world.fires("a", severity="warning")
    assert _calls(world) == []
    number = await world.fires("b", severity="error", labels={"service": "b"})
    assert _calls(world) == [number]


async def test_here_is_said_of_what_becomes_that_bad_later(build: Building) -> None:
    world = await build("{here: {when: opened}}")
    number = await world.fires("a", severity="warning")
    assert await world.fires("b", severity="critical") == number
    assert _calls(world) == [number]


async def test_who_has_it_stands_on_the_call_as_well(build: Building) -> None:
    world = await build("{here: {when: opened}}")
    number = await world.fires("a")
    await world.does("omar", "ack", number)
    call = next(c for c in world.pad.cards.values() if _is_call(c))
    assert "Omar Haddad has it" in "".join(s.text for s in call.state.spans)


async def test_a_title_on_a_call_can_call_nobody_itself(build: Building) -> None:
    world = await build("{here: {when: opened}}")
    await world.fires("a", title="@everyone @here free pizza")
    call = next(c for _, c in world.pad.posts if _is_call(c))
    strange = [s.text for s in call.notification if not s.here]
    assert not [text for text in strange if "@" in text]


def _is_call(card: Card) -> bool:
    return any(span.here for span in card.notification)


def _calls(world: World) -> list[int]:
    return [c.head.id for where, c in world.pad.posts if where == "#ops" and _is_call(c)]


# the rules alone


def test_a_digest_is_due_at_its_hour_on_the_wall_clock() -> None:
    daily = Rhythm("day", 9 * 60)
    assert rules.last_slot(daily, "Europe/Berlin", START) == START - 18 * HOUR - 9 * MINUTE
    weekly = Rhythm("week", 9 * 60, 0)
    slot = rules.last_slot(weekly, "UTC", START)
    assert slot == START - (5 * 24 + 17) * HOUR - 9 * MINUTE
    assert rules.last_slot(weekly, "UTC", slot) == slot
    assert rules.last_slot(Rhythm("hour"), "UTC", START) == START - 9 * MINUTE


def test_quiet_hours_end_the_next_morning() -> None:
    rule = ChannelRule("slack:#a", quiet=QuietHours(22 * 60, 7 * 60, zone="Europe/Berlin"))
    ends = START + 3 * HOUR + 51 * MINUTE
    assert rules.quiet_until(rule, START) == ends
    assert rules.quiet_until(rule, ends) is None
    assert rules.quiet_ended(rule, START, ends - 1) is None
    assert rules.quiet_ended(rule, START, ends) == ends


def test_a_rule_is_said_in_a_few_words() -> None:
    rule = ChannelRule(
        "slack:#a", "team:db", "error", ("opened", "notes"), Rhythm("week", 540, 4),
        QuietHours(22 * 60, 7 * 60, (5, 6)),
    )  # fmt: skip
    assert rules.said(rule) == (
        "error and above · team:db · told: opened, notes"
        " · digest weekly fri 09:00, criticals by their own card"
        " · quiet 22:00-07:00 sat, sun, but for criticals"
    )
