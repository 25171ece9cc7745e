"""Shifts change hands: who comes is named, who leaves is asked for a word, nothing comes twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.abilities import Absence
from bot.cards import leaving, morning, text
from bot.cards.handoff import read
from bot.cards.model import Account, Card, Form
from bot.cards.scene import Scene
from commands import mornings, watch
from integrations.base import Misconfigured, Permanent, Transient
from store import definitions
from store.definitions import AWAY, ROTA, row_of
from store.model import DAY, HOUR, MINUTE
from store.model.oncall import Away, Override, OverrideKind, RotaChange
from store.tables import OUTBOX
from tests.support.able_pad import AblePad
from tests.support.world import ObedientClock, World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  bob: {name: Bob Stone, email: bob@example.eu, zone: Europe/Berlin, slack: U0BOB}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC}
teams:
  db: {members: [ana, bob, omar], oncall: "schedule:db-primary", lead: omar}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - name: primary
        start: 2026-10-05T08:00
        rotation: {kind: weekly, people: [bob, ana]}
"""
"""Bob's weeks begin on 5 and 19 October, Ana's on 12 and 26 October, always on a Monday at 8."""


def at(when: str) -> int:
    """An instant."""
    return round(datetime.fromisoformat(when).timestamp() * 1000)


SUNDAY = at("2026-10-18T07:00+02:00")
MONDAY = at("2026-10-19T08:00+02:00")
NEXT = at("2026-10-26T08:00+01:00")


async def begun(url: str, keys: Path, yaml: str = YAML, start: int = SUNDAY) -> World:
    """A world in which that is in force from an instant on."""
    return await World.build(url, keys, yaml, ObedientClock(start), AblePad())


async def until(world: World, instant: int) -> None:
    """Let time pass up to an instant."""
    await world.advance(seconds=(instant - world.clock.at) / 1000)


def lines(card: Card, now: int) -> list[str]:
    """What a card says in Berlin."""
    return text.lines(card, "Europe/Berlin", now=now)


def titles(world: World) -> list[str]:
    """The heads of the cards in channels."""
    return [card.head.title for _, card in world.pad.posts]


def labels(card: Card) -> list[str]:
    """The buttons of a card."""
    return [press.label for press in card.actions.buttons]


def dms(world: World, account: str) -> list[Any]:
    """The notes below the cards that one account got."""
    return [note for to, note in world.pad.pages if to == account]


async def test_the_channel_is_told_who_came_and_until_when(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 1000)
    assert world.pad.posts == []
    await until(world, MONDAY)
    [(channel, card)] = world.pad.posts
    assert channel == "#ops"
    assert lines(card, MONDAY) == [
        "🤝 HANDOFF · db-primary: Ana → Bob",
        "@Bob is on call until Mon 26 Oct 08:00 CET · pre-flight ✅ Slack and e-mail",
        "Quiet week: no pages.",
    ]
    assert text.line(card.notification, "Europe/Berlin", now=MONDAY) == (
        "🤝 @Bob is on call for db-primary until Mon 26 Oct 08:00 CET"
    )
    assert [p.label for p in card.actions.more] == ["Who is on call", "My shifts"]
    assert dms(world, "U0BOB") == [] and world.mail.told == []
    await world.end()


async def test_four_weeks_have_four_handoffs_each_said_once(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    told: list[tuple[int, str]] = []
    for week in range(28):
        await until(world, SUNDAY + (week + 1) * DAY)
        told += [(world.clock.at, title) for title in titles(world)[len(told) :]]
    assert [title for _, title in told] == [
        "db-primary: Ana → Bob", "db-primary: Bob → Ana",
        "db-primary: Ana → Bob", "db-primary: Bob → Ana",
    ]  # fmt: skip
    cards = [card for _, card in world.pad.posts]
    assert [lines(c, SUNDAY)[1].split(" · ")[0].split("until ")[1] for c in cards] == [
        "Mon 26 Oct 08:00 CET", "Mon 2 Nov 08:00 CET",
        "Mon 9 Nov 08:00 CET", "Mon 16 Nov 08:00 CET",
    ]  # fmt: skip
    await world.end()


async def test_shifts_of_the_same_person_are_not_announced(url: str, tmp_path: Path) -> None:
    same = YAML.replace("people: [bob, ana]}", "people: [bob, bob]}")
    world = await begun(url, tmp_path, same)
    await until(world, MONDAY + 8 * DAY)
    assert world.pad.posts == [] and world.pad.pages == []
    await world.end()


async def test_who_has_no_chat_is_told_by_mail(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, YAML.replace("[bob, ana]}", "[mei, ana]}"))
    await until(world, MONDAY)
    [(person, card)] = [t for t in world.mail.told if t[1].head.word == "HANDOFF"]
    assert person == "mei"
    assert text.line(card.notification, "UTC", now=MONDAY) == (
        "🤝 You are on call for db-primary until Mon 26 Oct 07:00 UTC"
    )
    [(_, posted)] = world.pad.posts
    assert "@" not in lines(posted, MONDAY)[1] and posted.quiet
    await world.end()


# ---- who leaves ----------------------------------------------------------------------------------


async def test_who_leaves_is_asked_alone_and_the_note_stands_on_the_card(
    url: str, tmp_path: Path
) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 10 * MINUTE - 1000)
    assert world.pad.pages == []
    await until(world, MONDAY - 10 * MINUTE)
    [(account, _)] = world.pad.pages
    assert account == "U0ANA"
    card = await asked(world)
    assert card.head.title == "Anything Bob should know?"
    assert labels(card) == ["Write a note…", "Nothing"]
    form = await world.press("U0ANA", card.actions.buttons[0].token)
    assert isinstance(form, Form) and [i.name for i in form.inputs] == ["text"]
    values = {"text": "db-5 disk swap is planned\nTue 10:00"}
    await world.app.desk.submit(form.token, values, Account("slack", "T1", "U0ANA", "Ana"), "k")
    await world.settle()
    assert labels(await asked(world)) == ["Write a note…"]
    await until(world, MONDAY)
    [(_, posted)] = world.pad.posts
    assert lines(posted, MONDAY)[-1] == "Ana's note: “db-5 disk swap is planned Tue 10:00”"
    await world.end()


async def asked(world: World) -> Card:
    """The card that asks who leaves, as it is now."""

    def look(tx: Any) -> Any:
        found = tx.conn.execute(select(OUTBOX.c.about).where(OUTBOX.c.about.startswith("leaving:")))
        return read(tx, next(iter(found.scalars()))[8:])

    change = await world.app.reader.read(look)
    scene = Scene(world.door.definitions(), "https://pv.example.eu", world.clock.at, "ana")
    return leaving.card(change, scene)


async def test_nothing_to_know_is_noted(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 10 * MINUTE)
    await world.press("U0ANA", (await asked(world)).actions.buttons[1].token)
    card = await asked(world)
    assert "nothing to know" in lines(card, MONDAY)[1] and labels(card) == ["Write a note…"]
    await world.end()


@pytest.mark.parametrize(("early", "clock"), [(5 * HOUR, "08:00"), (3 * DAY, "Mon 19 Oct 08:00")])
async def test_a_note_may_be_left_long_before(
    url: str, tmp_path: Path, early: int, clock: str
) -> None:
    world = await begun(url, tmp_path, start=MONDAY - early - HOUR)
    await until(world, MONDAY - early)
    done = await world.does("ana", "handoff", text="look at db-5")
    assert done.say == f"Bob Stone will read it at the handoff, {clock} CEST." and done.aloud
    await until(world, MONDAY - 10 * MINUTE)
    assert labels(await asked(world)) == ["Write a note…"]
    await until(world, MONDAY)
    [(_, posted)] = world.pad.posts
    assert lines(posted, MONDAY)[-1] == "Ana's note: “look at db-5”"
    assert [card.head.title for _, card in world.pad.posts] == ["db-primary: Ana → Bob"]
    await world.end()


async def test_an_open_incident_is_kept_or_passed_on(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 15 * MINUTE)
    kept = await world.fires("k1", title="Replica lag", severity="warning")
    other = await world.fires("k2", title="Disk full", labels={"service": "disk"})
    for incident in (kept, other):
        await world.does("ana", "ack", incident)
    world.clear()
    await until(world, MONDAY - 10 * MINUTE)
    [note] = dms(world, "U0ANA")
    assert [p.label for p in note.actions] == [
        f"Keep #{other}", f"Pass #{other} to Bob", f"Keep #{kept}", f"Pass #{kept} to Bob",
    ]  # fmt: skip
    tokens = {p.label: p.token for p in note.actions}
    await world.press("U0ANA", tokens[f"Keep #{kept}"], "a")
    await world.press("U0ANA", tokens[f"Pass #{other} to Bob"], "b")
    assert (await world.incident(other)).assignee == "bob"
    await world.does("bob", "ack", other)
    assert "U0BOB" in [account for account, _ in world.pad.pages]
    world.clock.at += MINUTE
    await world.does("ana", "note", other, text="it is the WAL")
    await until(world, MONDAY)
    said = lines(next(c for _, c in world.pad.posts if c.head.word == "HANDOFF"), MONDAY)
    assert "Quiet week: 2 pages, none at night." in said
    assert f"⚠️ #{kept} Replica lag <http://127.0.0.1:8080/i/{kept}> · Ana keeps it" in said
    assert f"🔴 #{other} Disk full <http://127.0.0.1:8080/i/{other}> · Bob has it" in said
    await world.end()


# ---- when nothing ran, and when the schedule changes ---------------------------------------------


async def test_a_restart_makes_up_for_what_was_missed_and_repeats_nothing(
    url: str, tmp_path: Path
) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 5 * HOUR)
    await world.die()
    world.clock.at = MONDAY + 30 * MINUTE
    again = await world.again()
    await again.settle()
    assert titles(again) == ["db-primary: Ana → Bob"]
    await again.die()
    third = await again.again()
    await until(third, MONDAY + DAY)
    assert titles(third) == ["db-primary: Ana → Bob"]
    await third.end()


async def test_what_is_long_over_is_not_announced(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 5 * HOUR)
    await world.die()
    world.clock.at = MONDAY + 9 * HOUR
    again = await world.again()
    await until(again, MONDAY + 2 * DAY)
    assert titles(again) == []
    await until(again, NEXT)
    assert titles(again) == ["db-primary: Bob → Ana"]
    await again.end()


def replaced(number: int, who: str, by: str, start: int, end: int) -> dict[Any, Any]:
    """Somebody stands in for somebody."""
    override = Override(OverrideKind.REPLACE, start, end, by, who)
    change = RotaChange(number, "db-primary", by, SUNDAY, override)
    return {(ROTA, str(number)): row_of(change)}


async def test_an_override_changes_hands_at_its_edges(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY + HOUR)
    start, end = MONDAY + 2 * HOUR, MONDAY + 4 * HOUR
    changes = replaced(7, "bob", "omar", start, end)
    await world.door.system(lambda ctx: ctx.define(changes))
    await until(world, end)
    assert titles(world) == [
        "db-primary: Ana → Bob", "db-primary: Bob → Omar", "db-primary: Omar → Bob",
    ]  # fmt: skip
    await world.end()


async def test_one_that_holds_at_once_is_a_handoff_of_this_moment(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    now = MONDAY + 3 * HOUR + 12_345
    await until(world, now)
    changes = replaced(7, "bob", "omar", MONDAY - HOUR, MONDAY + 6 * HOUR)
    await world.door.system(lambda ctx: ctx.define(changes))
    await world.settle()
    assert titles(world) == ["db-primary: Ana → Bob", "db-primary: Bob → Omar"]
    await world.end()


async def test_a_handoff_that_is_called_off_tells_who_was_asked(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 5 * MINUTE)
    changes = replaced(7, "bob", "ana", MONDAY, MONDAY + DAY)
    await world.door.system(lambda ctx: ctx.define(changes))
    await world.settle()
    card = await asked(world)
    assert "not happening" in lines(card, MONDAY)[1] and labels(card) == []
    await until(world, MONDAY + HOUR)
    assert titles(world) == []
    await until(world, MONDAY + DAY)
    assert titles(world) == ["db-primary: Ana → Bob"]
    await world.end()


async def test_definitions_of_another_process_are_watched_too(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, YAML.replace("schedule:db-primary", "ana"))
    await until(world, SUNDAY + HOUR)
    wanted = world.app.settings.model_validate(
        {**world.app.settings.model_dump(), "teams": {"db": {"oncall": "schedule:db-primary"}}}
    )
    await world.door.system(
        lambda ctx: definitions.apply(ctx.tx, ctx.now, "operator", wanted.definitions())
    )
    await world.advance(seconds=2)
    await until(world, MONDAY)
    assert titles(world) == ["db-primary: Ana → Bob"]
    await world.end()


OFFICE = """
      - name: office
        priority: 2
        people: [bob]
        restrictions: [{start: "09:00", end: "17:00"}]
      - {name: nights, nobody: closed}
"""


async def test_nights_without_anybody_by_intention_are_silent(url: str, tmp_path: Path) -> None:
    head = YAML.split("      - name: primary", maxsplit=1)[0].rstrip()
    world = await begun(url, tmp_path, head + OFFICE, SUNDAY + 4 * HOUR)
    await until(world, MONDAY + 3 * DAY)
    assert titles(world) == []
    await world.end()


# ---- groups --------------------------------------------------------------------------------------

GROUPED = YAML.replace("lead: omar}", 'lead: omar, usergroup: "@oncall-db"}')


def pad_of(world: World) -> AblePad:
    """The pad that keeps groups."""
    assert isinstance(world.pad, AblePad)
    return world.pad


async def test_the_group_follows_whoever_is_on_call(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, GROUPED)
    await world.settle()
    pad = pad_of(world)
    assert pad.kept == [("oncall-db", ["U0ANA"], ["U0BOB", "U0OMAR"])]
    await until(world, MONDAY)
    assert pad.kept[1:] == [("oncall-db", ["U0BOB"], ["U0ANA"])]
    changes = replaced(7, "bob", "omar", MONDAY + HOUR, MONDAY + 2 * HOUR)
    await world.door.system(lambda ctx: ctx.define(changes))
    await until(world, MONDAY + HOUR)
    assert pad.groups == {"oncall-db": ["U0OMAR"]}
    await until(world, MONDAY + 2 * HOUR)
    assert pad.groups == {"oncall-db": ["U0BOB"]}
    await world.end()


async def test_a_group_that_does_not_follow_is_said_once_and_never_in_the_way(
    url: str, tmp_path: Path
) -> None:
    world = await begun(url, tmp_path, GROUPED)
    pad = pad_of(world)
    pad.refuse["group"] = Misconfigured("Slack says permission_denied of @oncall-db", "usergroup")
    await until(world, MONDAY)
    groups = [c for _, c in pad.posts if c.head.word == "GROUP"]
    assert [lines(c, MONDAY) for c in groups] == [[
        "⚠️ GROUP · @oncall-db does not follow",
        "Slack says permission_denied of @oncall-db. Pages go out all the same.",
    ]]  # fmt: skip
    assert "db-primary: Ana → Bob" in titles(world)
    assert [s.words for s in world.app.health.signs() if "oncall-db" in s.name] == [
        "Slack says permission_denied of @oncall-db"
    ]
    pad.refuse.clear()
    await until(world, NEXT)
    assert pad.groups == {"oncall-db": ["U0ANA"]}
    assert "@oncall-db follows who is on call again" in [c.head.title for _, c in pad.edits]
    assert not [s for s in world.app.health.signs() if "oncall-db" in s.name]
    await world.end()


async def test_an_outage_of_the_chat_is_tried_again_until_it_is_so(
    url: str, tmp_path: Path
) -> None:
    world = await begun(url, tmp_path, GROUPED)
    await world.settle()
    pad = pad_of(world)
    pad.refuse["group"] = Transient("Slack answers 503", uncertain=True)
    await until(world, MONDAY + 10 * MINUTE)
    assert pad.groups == {"oncall-db": ["U0ANA"]}
    pad.refuse.clear()
    await until(world, MONDAY + 12 * MINUTE)
    assert pad.groups == {"oncall-db": ["U0BOB"]}
    await world.end()


# ---- before a shift ------------------------------------------------------------------------------


def told(world: World) -> list[str]:
    """What people and the channel were told before shifts."""
    return [c.head.title for _, c in world.pad.posts if c.head.word == "SHIFT"]


async def test_whoever_can_be_reached_hears_nothing(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 15 * MINUTE)
    assert world.pad.posts == [] and world.pad.pages == [] and world.mail.told == []
    await world.end()


async def test_a_closed_conversation_is_seen_a_day_before_and_said(
    url: str, tmp_path: Path
) -> None:
    world = await begun(url, tmp_path)
    pad_of(world).closed["U0BOB"] = Permanent("user_disabled")
    pad_of(world).refuse["page"] = Permanent("user_disabled")
    await until(world, MONDAY - DAY)
    [(person, card)] = world.mail.told
    assert person == "bob" and "Slack fails: user_disabled" in lines(card, MONDAY)[2]
    assert labels(card) == ["Test my pages"]
    assert told(world) == []
    await until(world, MONDAY)
    state = lines(next(c for _, c in world.pad.posts if c.head.word == "HANDOFF"), MONDAY)[1]
    assert "pre-flight ⚠️ Slack fails: user_disabled" in state
    await world.end()


async def test_who_is_away_is_told_and_the_team_asks_the_next(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    off = Away("bob", MONDAY - DAY, MONDAY + 2 * DAY, "skiing", 5)
    await world.door.system(lambda ctx: ctx.define({(AWAY, "5"): row_of(off)}))
    await until(world, MONDAY - DAY)
    assert told(world) == ["db-primary: Bob may not answer"]
    card = next(c for _, c in world.pad.posts if c.head.word == "SHIFT")
    when, other = lines(card, MONDAY - DAY)[1:]
    assert when == (
        "Mon 19 Oct 08:00 CEST to Mon 26 Oct 08:00 CET · away until Wed 21 Oct 08:00 CEST"
    )
    assert other == "Ana could take it"
    assert labels(card) == ["Ask Ana to cover"]
    assert [account for account, _ in world.pad.pages] == ["U0BOB"]
    await world.press("U0OMAR", card.actions.buttons[0].token)
    [cover] = [c for _, c in world.pad.posts if c.head.word.startswith("COVER")]
    assert "U0ANA" in [account for account, _ in world.pad.pages]
    take = next(p for p in cover.actions.buttons if p.label.startswith("Take it"))
    await world.press("U0ANA", take.token, "take")
    await until(world, MONDAY + HOUR)
    assert [t for t in titles(world) if "→" in t] == []
    edited = [c.head.title for _, c in world.pad.edits if c.head.word == "SHIFT"]
    assert edited[-1] == "db-primary: Ana takes Bob's shift"
    await world.end()


async def test_ten_minutes_before_it_is_said_again_below_the_card(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    off = Away("bob", MONDAY - DAY, MONDAY + 2 * DAY, "", 5)
    await world.door.system(lambda ctx: ctx.define({(AWAY, "5"): row_of(off)}))
    await until(world, MONDAY - 10 * MINUTE)
    assert [s for _, s in world.pad.said if s.startswith("Still so")] == [
        "Still so, and the shift begins at 06:00 UTC. Ana could take it."
    ]
    assert told(world) == ["db-primary: Bob may not answer"]
    await world.end()


async def test_do_not_disturb_is_said_to_the_person_alone_ten_minutes_before(
    url: str, tmp_path: Path
) -> None:
    world = await begun(url, tmp_path)
    pad_of(world).absent["U0BOB"] = Absence("do not disturb", MONDAY + HOUR, quiet=True)
    await until(world, MONDAY - 10 * MINUTE - 1000)
    assert world.pad.pages == []
    await until(world, MONDAY - 10 * MINUTE)
    assert {account for account, _ in world.pad.pages} == {"U0ANA", "U0BOB"}
    assert told(world) == []
    await world.end()


async def test_who_says_what_keeps_them(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    pad_of(world).absent["U0ANA"] = Absence("do not disturb", SUNDAY + HOUR, quiet=True)
    said = await world.asks("omar", "who", what="db")
    assert "do not disturb in Slack until 10:00 +04" in "\n".join(said)
    said = await world.asks("omar", "who", what="db", when="tomorrow 9am")
    assert "do not disturb" not in "\n".join(said)
    await world.end()


# ---- the morning after ---------------------------------------------------------------------------


async def test_the_morning_after_says_how_the_night_was(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, start=MONDAY + 19 * HOUR)
    await world.settle()
    first = await world.fires("k1", title="Disk full")
    await world.advance(minutes=2)
    await world.does("bob", "ack", first)
    await world.advance(minutes=20)
    await world.does("bob", "resolve", first, how="now")
    await world.advance(minutes=60)
    second = await world.fires("k2", title="Replica lag", labels={"service": "pg"})
    await world.advance(minutes=3)
    await world.does("bob", "ack", second)
    await world.does("bob", "resolve", second, how="now")
    world.clear()
    await until(world, MONDAY + 25 * HOUR - 1000)
    assert dms(world, "U0BOB") == []
    await until(world, MONDAY + 25 * HOUR)
    assert len(dms(world, "U0BOB")) == 1 and dms(world, "U0ANA") == []
    night = await world.app.reader.read(lambda tx: mornings.read(tx, f"bob.{MONDAY + 25 * HOUR}"))
    assert night is not None
    scene = Scene(world.door.definitions(), "https://pv.example.eu", world.clock.at, "bob")
    card = morning.card(night, scene)
    assert card.head.title == "Paged twice last night, 25 min awake"
    assert lines(card, world.clock.at)[1] == "You are on call tonight too."
    assert labels(card) == ["Ask for cover…", "Why?"]
    await until(world, MONDAY + 3 * DAY)
    assert len(dms(world, "U0BOB")) == 1
    await world.end()


async def test_a_page_by_day_has_no_morning(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, start=MONDAY + 3 * HOUR)
    first = await world.fires("k1")
    await world.does("bob", "ack", first)
    await world.does("bob", "resolve", first, how="now")
    world.clear()
    await until(world, MONDAY + 2 * DAY)
    assert dms(world, "U0BOB") == []
    await world.end()


# ---- the same twice ------------------------------------------------------------------------------


async def test_armed_twice_everything_is_said_once(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    for _ in range(3):
        await world.door.system(watch.arm)
    await until(world, MONDAY)
    await world.door.system(watch.arm)
    await world.settle()
    assert titles(world) == ["db-primary: Ana → Bob"]
    assert len(dms(world, "U0ANA")) == 1
    await world.end()


async def test_a_form_and_its_card_hold_words_alone(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path)
    await until(world, MONDAY - 10 * MINUTE)
    await world.does("ana", "handoff", text="<!channel> *x* `y` https://evil.example")
    await until(world, MONDAY)
    [(_, card)] = world.pad.posts
    spans = [s for block in card.fold for row in getattr(block, "rows", ()) for s in row]
    assert not any(s.own for s in spans if "evil" in s.text)
    await world.end()


async def test_an_sms_says_it_in_one_segment(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, YAML.replace("[bob, ana]}", "[mei, ana]}"))
    await until(world, MONDAY - HOUR)
    number = await world.fires("k1", title="Replica lag", severity="warning")
    await until(world, MONDAY)
    [(_, card)] = [t for t in world.mail.told if t[1].head.word == "HANDOFF"]
    assert card.short == f"On call db-primary until Mon 26 Oct 07:00. 1 open: {number}."
    await world.end()


async def test_a_group_that_holds_the_right_people_is_left_alone(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, GROUPED)
    await world.settle()
    changes = replaced(7, "bob", "omar", MONDAY + DAY, MONDAY + 2 * DAY)
    await world.door.system(lambda ctx: ctx.define(changes))
    await world.settle()
    assert len(pad_of(world).kept) == 1
    await world.end()


async def test_a_duty_that_a_person_holds_is_followed_too(url: str, tmp_path: Path) -> None:
    world = await begun(url, tmp_path, GROUPED.replace("schedule:db-primary", "omar"))
    await world.settle()
    assert pad_of(world).groups == {"oncall-db": ["U0OMAR"]}
    await world.end()


TWILIO = """
twilio: {account_sid: AC00000000000000000000000000000000, auth_token: t, sms_from: "+15005550006"}
"""


async def test_a_number_that_was_never_tried_is_said_once_a_week(url: str, tmp_path: Path) -> None:
    daily = (
        YAML.replace("kind: weekly", "kind: daily").replace(
            "slack: U0BOB}",
            "slack: U0BOB, phone: '+491700000002', rules: [{after: 0, via: slack}, "
            "{after: 2, via: sms}]}",
        )
        + TWILIO
    )
    world = await begun(url, tmp_path, daily)
    await until(world, SUNDAY + 6 * DAY)
    mine = [c for _, c in world.pad.posts if c.head.word == "SHIFT"]
    assert mine == []
    abouts = await world.app.reader.read(
        lambda tx: (
            tx.conn.execute(select(OUTBOX.c.about).where(OUTBOX.c.about.startswith("preflight:")))
            .scalars()
            .all()
        )
    )
    assert len(abouts) == 1
    await world.end()
