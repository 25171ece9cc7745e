"""People change the rota: the person on call is on holiday, a cover is asked and taken, two press
at once, somebody changes their mind; and pages follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cards import text
from bot.cards.model import Account, Confirm, Form, Private
from commands.errors import Conflict, Denied, Invalid
from store.model import MINUTE
from store.tables import AUDIT
from tests.support.world import Pad, World, words

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, slack: U0ANA}
  bob: {name: Bob Stone, email: bob@example.eu, zone: Europe/London, slack: U0BOB, discord: "42"}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, roles: [editor], slack: U0MEI}
  zoe: {name: Zoe Quinn, email: zoe@example.eu, slack: U0ZOE}
teams:
  db: {members: [ana, bob, omar], oncall: "schedule:db-primary", lead: omar}
  web: {members: [bob, zoe], oncall: "schedule:web-primary", lead: zoe}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - {name: weeks, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [bob, ana, omar]}}
  web-primary:
    zone: Europe/London
    layers: [{name: always, people: [zoe]}]
    overrides:
      - {kind: replace, remove: zoe, add: bob, start: 2026-11-28T10:00, end: 2026-11-28T12:00}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops", "discord:#db"]}
  - {name: web, team: web, channels: ["slack:#web"]}
"""
# It is Sunday, 22 November 2026, 03:09 in Berlin: Bob is on call until Monday 08:00, then Ana for a
# week, then Omar.
SAT = "sat 08:00-20:00"


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(url, tmp_path, YAML)
    pad = Pad("discord")
    made.app.surfaces["discord"] = pad
    yield made
    await made.end()


def discord(house: World) -> Pad:
    """The other chat."""
    pad = house.app.surfaces["discord"]
    assert isinstance(pad, Pad)
    return pad


async def on_call(house: World, when: str, what: str = "db-primary") -> str:
    """Whom a schedule names at a time."""
    found = await house.asks("mei", "who", what=what, when=when)
    return str(found[1]).split(" ")[1] if len(found) > 1 else ""


def head(card: object) -> str:
    """The first line of a card."""
    found = getattr(card, "head")  # noqa: B009
    return f"{found.glyph} {found.word} · {found.title}"


def second(card: object, zone: str = "Europe/London") -> str:
    """Its second line."""
    return text.line(getattr(card, "state").spans, zone, now=0)  # noqa: B009


def latest(pad: Pad) -> object:
    """The newest card that is no handoff, as it stands now."""
    return [card for card in pad.cards.values() if card.head.word != "HANDOFF"][-1]


async def typed(house: World, account: str, line: str) -> str:
    """What a line typed in Slack answers."""
    answer = await house.app.desk.typed(line, Account("slack", "T1", account, account), line)
    await house.settle()
    assert isinstance(answer, Private) and answer.note is not None, answer
    return words(answer.note)


async def test_an_override_answers_with_both_clocks_tells_both_and_is_undone(house: World) -> None:
    said = await typed(house, "U0MEI", f"override @ana db {SAT} instead @bob")
    assert said.startswith("Bob Stone is not on call in db-primary then.")
    said = await typed(house, "U0MEI", "override @omar db sat 08:00-20:00 she asked me")
    assert said == (
        "✅ Omar replaces Ana on db-primary, Sat 28 Nov 09:00–21:00 Berlin (08:00–20:00 for you). "
        "Ana and Omar were told."
    )
    assert sorted(a for a, _ in house.pad.pages) == ["U0ANA", "U0OMAR"]
    assert await on_call(house, "sat 12:00") == "Omar"
    assert await on_call(house, "sat 21:00") == "Ana"
    house.clear()
    assert (await typed(house, "U0MEI", "undo")).startswith("✅ Taken back. Ana is on call again")
    assert await on_call(house, "sat 12:00") == "Ana"
    assert [a for a, _ in house.pad.pages] == ["U0ANA"] and len(house.pad.repages) == 2


async def test_one_replaces_whoever_is_on_call_over_a_handoff_and_over_earlier_changes(
    house: World,
) -> None:
    await house.does("mei", "override", who="omar", what="db", when="mon 06:00-09:00")
    assert await on_call(house, "mon 7:59") == "Omar"
    done = await house.does("mei", "override", who="zoe", what="db", when="mon 05:00-12:00")
    assert "Zoe replaces Ana, Bob and Omar" in done.say
    for hour in ("5:30", "6:30", "8:30", "11:30"):
        assert await on_call(house, f"mon {hour}") == "Zoe"
    await house.does("mei", "undo")
    assert await on_call(house, "mon 6:30") == "Omar"


async def test_a_responder_changes_their_own_schedule_and_no_other(house: World) -> None:
    await house.does("ana", "override", who="bob", what="db", when=SAT)
    with pytest.raises(Denied, match="Ana Petrova is not of schedule web-primary") as refused:
        await house.does("ana", "override", who="ana", what="web", when=SAT)
    assert refused.value.ask[:2] == ("Zoe Quinn", "Bob Stone")
    with pytest.raises(Denied, match="Ana Petrova made it"):
        await house.does("bob", "undo", change=1)


async def test_who_was_asked_by_name_takes_it_by_a_yes_and_nobody_else_can(house: World) -> None:
    await house.does("ana", "cover", when=SAT, who="@bob")
    assert [a for a, _ in house.pad.pages] == ["U0BOB"]
    with pytest.raises(Conflict, match="Ana asked Bob by name"):
        await house.does("omar", "take", cover=1)
    await house.does("bob", "agree", cover=1)
    assert await on_call(house, "sat 12:00") == "Bob"


async def test_a_denial_is_on_record(house: World) -> None:
    with pytest.raises(Denied):
        await house.does("ana", "override", who="ana", what="web", when=SAT)
    denied = select(AUDIT.c.verb).where(AUDIT.c.outcome == "denied")
    found = await house.app.reader.read(lambda tx: tx.conn.execute(denied).scalars().all())
    assert found == ["override"]


async def test_what_stands_against_it_is_said(house: World) -> None:
    await house.does("bob", "away", when="sat 18:00-23:00", reason="opera")
    done = await house.does("ana", "override", who="bob", what="db", when=SAT)
    assert done.say.splitlines()[1:] == [
        "Bob is away 19:00–20:00 then (opera).",
        "Bob is on call for web 11:00–13:00 then.",
    ]
    with pytest.raises(Conflict, match="Ana Petrova is on call in db-primary then already"):
        await house.does("ana", "override", who="ana", what="db", when="tue 08:00-20:00")
    with pytest.raises(Invalid, match=r"Ends before it starts. Did you mean Sun 02:00\?"):
        await house.does("ana", "override", who="bob", what="db", when="sat 20:00-02:00")


async def test_the_undo_button_is_for_ten_minutes(house: World) -> None:
    done = await house.does("ana", "override", who="bob", what="db", when=SAT)
    [offer] = done.offers
    await house.advance(minutes=11)
    answer = await house.press("U0ANA", offer.token)
    assert isinstance(answer, Private) and answer.note is not None
    assert words(answer.note).startswith(
        "Its 10 minutes are over. To take it back all the same: undo 1"
    )
    assert await on_call(house, "sat 12:00") == "Bob"
    await house.does("ana", "undo", change=1)
    assert await on_call(house, "sat 12:00") == "Ana"


async def test_a_cover_is_asked_in_the_channels_and_taken_in_one_chat_shows_in_the_other(
    house: World,
) -> None:
    done = await house.does("ana", "cover", when=SAT, reason="my sister's wedding")
    assert (
        done.say == "Asked in #ops and #db for cover of db-primary, Sat 28 Nov 08:00–20:00 Berlin."
    )
    [(channel, card)] = house.pad.posts
    assert channel == "#ops"
    assert head(card) == "🔄 COVER WANTED · Ana, db-primary, Sat 28 Nov 08:00–20:00 Berlin"
    assert second(card) == (
        'For you: Sat 28 Nov 07:00 GMT–Sat 28 Nov 19:00 GMT · "my sister\'s wedding" · '
        "open until it begins"
    )
    labels = [b.label for b in card.actions.buttons]
    assert labels == ["Take it", "Take part…", "Swap for one of mine…"]
    assert [b.label for b in card.actions.more] == ["Not me", "Withdraw (Ana)"]
    take = card.actions.buttons[0].token
    bob = Account("discord", "G1", "42", "Bob")
    asked = await house.app.desk.confirm(take, bob)
    assert isinstance(asked, Confirm) and asked.title == "Take this shift of Ana's?"
    assert asked.text == (
        "db-primary, Sat 28 Nov 08:00–20:00 Berlin (07:00–19:00 for you). "
        "You are on call for web 10:00–12:00 then."
    )
    await house.app.desk.press(take, bob, "press")
    await house.settle()
    for pad in (house.pad, discord(house)):
        assert head(latest(pad)) == "✅ COVERED · db-primary, Sat 28 Nov 08:00–20:00 Berlin"
        assert second(latest(pad)).startswith("Bob covers for Ana, since")
        assert [said for _, said in pad.said] == [
            "Bob covers for Ana. Calendar, chat group and pages follow."
        ]
    assert [a for a, _ in house.pad.pages] == ["U0ANA"]
    assert await on_call(house, "sat 12:00") == "Bob"
    assert await on_call(house, "sat 20:30") == "Ana"


async def test_the_taken_shift_is_who_is_paged(house: World) -> None:
    await house.does("ana", "cover", when=SAT)
    await house.does("bob", "take", cover=1)
    house.clear()
    await house.advance(minutes=6 * 24 * 60 + 9 * 60)  # Saturday, 12:09 in Berlin
    house.clear()
    await house.fires()
    assert "U0BOB" in house.paged() and "U0ANA" not in house.paged()


async def test_two_press_at_once_and_the_second_hears_who_and_how_much_earlier(
    house: World,
) -> None:
    await house.does("ana", "cover", when=SAT)
    [(_, card)] = house.pad.posts
    take = card.actions.buttons[0].token
    first, second_ = await asyncio.gather(
        house.app.desk.press(take, Account("slack", "T1", "U0BOB", "Bob"), "a"),
        house.app.desk.press(take, Account("slack", "T1", "U0OMAR", "Omar"), "b"),
    )
    notes = [words(a.note) for a in (first, second_) if isinstance(a, Private) and a.note]
    assert notes in (
        ["Bob took it in Slack 0 s before you."],
        ["Omar took it in Slack 0 s before you."],
    )
    await house.settle()
    house.clock.at += 2_000
    with pytest.raises(Conflict, match="took it in Slack 2 s before you") as refused:
        await house.does("zoe", "take", cover=1)
    assert refused.value.winner is not None
    with pytest.raises(Conflict, match="It is your own shift"):
        await house.does("ana", "take", cover=1)


async def test_a_part_is_taken_and_the_rest_is_asked_anew(house: World) -> None:
    await house.does("ana", "cover", when=SAT, reason="wedding")
    form = await house.press("U0BOB", "cmd:part:1:1")
    assert isinstance(form, Form)
    assert form.inputs[0].initial == "2026-11-28 07:00-19:00"
    await house.does("bob", "part", cover=1, when="sat 11:00-15:00")
    heads = sorted(head(c) for c in house.pad.cards.values())
    assert heads == [
        "✅ COVERED IN PART · db-primary, Sat 28 Nov 12:00–16:00 Berlin",
        "🔄 COVER WANTED · Ana, db-primary, Sat 28 Nov 08:00–12:00 Berlin",
        "🔄 COVER WANTED · Ana, db-primary, Sat 28 Nov 16:00–20:00 Berlin",
    ]
    assert [await on_call(house, f"sat {h}:30") for h in (9, 13, 17)] == ["Ana", "Bob", "Ana"]
    lines = (await house.asks("ana", "covers")).lines
    assert len(lines) == 2 and lines[0].endswith('open · "wedding"')
    with pytest.raises(
        Invalid, match=r"That is no part of it. It is Sat 28 Nov 08:00–12:00 Berlin"
    ):
        await house.does("bob", "part", cover=3, when="sun")


async def test_nobody_takes_it_the_channel_is_reminded_and_the_asker_told(house: World) -> None:
    await house.does("ana", "cover", when="tue 08:00-20:00")
    await house.advance(minutes=29 * 60)
    assert [said for _, said in house.pad.said] == ["Nobody has taken it yet, it begins in 24 h."]
    house.clear()
    await house.advance(minutes=21 * 60)
    assert [said for _, said in house.pad.said] == ["Nobody has taken it yet, it begins in 3 h."]
    assert [a for a, _ in house.pad.pages if a == "U0ANA"]
    await house.advance(minutes=3 * 60)
    assert head(latest(house.pad)).startswith("⚠️ NOT COVERED · Ana, db-primary, Tue 24 Nov")
    assert second(latest(house.pad)) == "Nobody took it: Ana is on call"
    assert [a for a, _ in house.pad.pages].count("U0ANA") == 2, "once more, not by a silent edit"
    with pytest.raises(Conflict, match="Nobody took it in time"):
        await house.does("bob", "take", cover=1)


async def test_it_is_withdrawn_by_who_asked_and_nobody_else(house: World) -> None:
    await house.does("ana", "cover", when=SAT)
    with pytest.raises(Denied, match="Ana Petrova asks for it"):
        await house.does("bob", "withdraw", cover=1)
    await house.does("ana", "withdraw", cover=1)
    assert head(latest(house.pad)).startswith("🔄 NO COVER NEEDED")
    with pytest.raises(Conflict, match="Ana needs no cover any more"):
        await house.does("bob", "take", cover=1)


async def test_who_took_it_takes_it_back_and_it_is_open_again(house: World) -> None:
    await house.does("ana", "cover", when=SAT)
    done = await house.does("bob", "take", cover=1)
    house.clear()
    await house.press("U0BOB", done.offers[0].token)
    assert head(latest(house.pad)).startswith("🔄 COVER WANTED")
    assert [said for _, said in house.pad.said] == ["Bob can't after all. It is open again."]
    assert [a for a, _ in house.pad.pages] == ["U0ANA"]
    assert await on_call(house, "sat 12:00") == "Ana"


async def test_a_swap_needs_the_other_s_yes_and_holds_both_ways(house: World) -> None:
    done = await house.does(
        "ana", "swap", who="omar", mine="sat 08:00-20:00", theirs="5 dec 08:00-20:00"
    )
    assert done.say.startswith(
        "Omar Haddad is asked: db-primary, Sat 28 Nov 08:00–20:00 Berlin for db-primary, Sat 5 Dec"
    )
    assert [a for a, _ in house.pad.pages] == ["U0OMAR"]
    assert await on_call(house, "sat 12:00") == "Ana"
    with pytest.raises(Denied, match="It needs the yes of Omar Haddad"):
        await house.does("bob", "agree", cover=1)
    await house.does("omar", "agree", cover=1)
    assert await on_call(house, "sat 12:00") == "Omar"
    assert await on_call(house, "5 dec 12:00") == "Ana"
    await house.does("omar", "undo")
    assert await on_call(house, "sat 12:00") == "Ana"
    assert await on_call(house, "5 dec 12:00") == "Omar"
    with pytest.raises(Conflict, match="It was declined"):
        await house.does("omar", "agree", cover=1)


async def test_on_a_cover_somebody_offers_a_shift_of_theirs(house: World) -> None:
    await house.does("ana", "cover", when=SAT)
    form = await house.press("U0OMAR", "cmd:trade:1:1")
    assert isinstance(form, Form)
    [field] = form.inputs
    assert field.kind == "choice" and field.options[0][1].startswith("db-primary, Mon 30 Nov 11:00")
    account = Account("slack", "T1", "U0OMAR", "Omar")
    answer = await house.app.desk.submit(form.token, {"mine": "5 dec 08:00-20:00"}, account, "k")
    assert isinstance(answer, Private)
    await house.settle()
    assert [a for a, _ in house.pad.pages] == ["U0ANA"]
    await house.does("ana", "agree", cover=2)
    cards = [head(c) for c in house.pad.cards.values()]
    assert cards[0] == "✅ COVERED · db-primary, Sat 28 Nov 08:00–20:00 Berlin"
    assert await on_call(house, "sat 12:00") == "Omar"
    assert await on_call(house, "5 dec 12:00") == "Ana"
    with pytest.raises(Conflict, match="Omar took it"):
        await house.does("bob", "take", cover=1)


async def test_the_person_on_call_is_on_holiday(house: World) -> None:
    done = await house.does("ana", "away", when="fri - sun", reason="Lisbon")
    assert done.say.splitlines() == [
        "You are away Fri 27 Nov – Sun 29 Nov.",
        "You are on call in db-primary Fri 27 Nov – Sun 29 Nov Berlin.",
    ]
    assert [o.label for o in done.offers] == ["Undo", "Ask for cover Fri 27 Nov – Sun 29 Nov"]
    assert not house.pad.posts, "nobody is asked before she wants it"
    await house.press("U0ANA", done.offers[1].token)
    [(_, card)] = house.pad.posts
    assert head(card) == "🔄 COVER WANTED · Ana, db-primary, Fri 27 Nov – Sun 29 Nov Berlin"
    await house.does("omar", "take", cover=2)
    assert await on_call(house, "sat 12:00") == "Omar"
    assert list((await house.asks("ana", "away-list")).lines) == [
        "Ana Petrova · Fri 27 Nov – Sun 29 Nov · Lisbon · undo 1"
    ]
    await house.does("ana", "undo", change=1)
    assert (await house.asks("ana", "away-list")).lines == ("Nobody is away.",)


async def test_a_typed_take_says_what_stands_against_it_and_offers_undo(house: World) -> None:
    await house.does("ana", "cover", when=SAT)
    said = await typed(house, "U0BOB", "take 1")
    assert said.splitlines() == [
        "✅ You cover db-primary, Sat 28 Nov 08:00–20:00 Berlin (07:00–19:00 for you).",
        "You are on call for web 10:00–12:00 then.",
    ]


async def test_only_own_shifts_can_be_covered(house: World) -> None:
    with pytest.raises(
        Invalid, match=r"You are not on call then. Your next shift: db-primary, Mon"
    ):
        await house.does("omar", "cover", when=SAT)
    await house.does("ana", "cover", when=SAT)
    with pytest.raises(Conflict, match="You ask for cover then already: request 1"):
        await house.does("ana", "cover", when="sat 19:00-21:00")


async def test_for_a_while_only_these_people_in_turn(house: World) -> None:
    said = await typed(house, "U0ANA", "temporary db sat 08:00 - mon 08:00 @zoe @omar turns 12h")
    assert said.splitlines()[0].startswith(
        "✅ Only Zoe and Omar in db-primary, Sat 28 Nov 08:00 – Mon 30 Nov 08:00 Berlin."
    )
    times = ("sat 9", "sat 21", "29 nov 9:00", "29 nov 21:00")
    found = [await on_call(house, when) for when in times]
    assert found == ["Zoe", "Omar", "Zoe", "Omar"]
    with pytest.raises(Conflict, match="A temporary schedule holds db-primary Sat 28 Nov 08:00 –"):
        await house.does("ana", "override", who="bob", what="db", when=SAT)
    await house.does("ana", "undo")
    assert await on_call(house, "sat 9") == "Ana"


async def test_who_in_chat_offers_what_can_be_done_next(house: World) -> None:
    ana = Account("slack", "T1", "U0ANA", "Ana")
    answer = await house.app.desk.typed("who db", ana, "k")
    assert isinstance(answer, Private) and answer.note is not None and not answer.shared
    assert words(answer.note).startswith("☎️ On call for team db now\n1 Bob Stone until Mon 23 Nov")
    presses = {p.label: p.token for p in answer.note.actions}
    assert list(presses) == ["Page Bob…", "Next 7 days", "Cover…", "Override…"]
    form = await house.press("U0ANA", presses["Page Bob…"])
    assert isinstance(form, Form)
    assert form.inputs[0].initial == "bob"
    shown = await house.press("U0ANA", presses["Next 7 days"])
    assert isinstance(shown, Private) and shown.note is not None
    assert words(shown.note).startswith(
        "Shifts in db-primary\nuntil Mon 23 Nov 08:00 CET · Bob Stone"
    )
    form = await house.press("U0ANA", presses["Override…"])
    assert isinstance(form, Form)
    assert {i.name: i.initial for i in form.inputs}["what"] == "db-primary"
    shared = await house.app.desk.typed("who db in channel", ana, "k2")
    assert isinstance(shared, Private) and shared.shared


async def test_where_nobody_is_on_call_the_fallback_is_named(house: World) -> None:
    await house.does("mei", "override", how="remove", who="bob", what="db", when="2h")
    ana = Account("slack", "T1", "U0ANA", "Ana")
    answer = await house.app.desk.typed("who db", ana, "k")
    assert isinstance(answer, Private) and answer.note is not None
    said = words(answer.note)
    assert said.startswith(
        "☎️ Nobody is on call for team db now (gap until 05:09 CET). Its lead: Omar"
    )
    assert "Fallback: Ana, Bob and Omar" in said
    assert [p.label for p in answer.note.actions] == ["Next 7 days", "Cover…", "Cover it…"]


async def test_changes_to_come_are_listed_with_their_numbers(house: World) -> None:
    assert (await house.asks("ana", "changes")).lines == ("Nothing is changed.",)
    await house.does("mei", "override", who="omar", what="db", when="sat 08:00-20:00", reason="x")
    await house.does("ana", "cover", when="tue 08:00-20:00")
    await house.does("bob", "take", cover=2)
    found = await house.asks("ana", "changes", what="db")
    assert list(found.lines) == [
        "3 · db-primary, Tue 24 Nov 08:00–20:00 Berlin · Bob for Ana · by Bob Stone",
        '1 · db-primary, Sat 28 Nov 09:00–21:00 Berlin · Omar for Ana · by Mei Lin · "x"',
    ]
    with pytest.raises(Invalid, match="There is no schedule or team nosuch"):
        await house.asks("ana", "changes", what="nosuch")


async def test_where_no_channel_is_known_each_of_the_team_is_asked(
    url: str, tmp_path: Path
) -> None:
    yaml = YAML.replace(', channels: ["slack:#ops", "discord:#db"]', "")
    house = await World.build(url, tmp_path, yaml)
    done = await house.does("ana", "cover", when=SAT)
    assert done.say.startswith("Asked each of the team for cover of db-primary")
    assert sorted(a for a, _ in house.pad.pages) == ["U0BOB", "U0OMAR"]
    await house.end()


async def test_what_was_changed_is_known_later_as_it_was_then(house: World) -> None:
    await house.does("ana", "override", who="omar", what="db", when="mon 09:00-10:00")
    await house.advance(minutes=24 * 60 + 6 * 60 + 30)  # Monday, 09:39
    assert await on_call(house, "now") == "Omar"
    await house.does("ana", "undo", change=1)
    assert await on_call(house, "now") == "Ana"
    assert await on_call(house, "10 min ago") == "Omar"
    assert house.clock.at % MINUTE == 0


async def test_a_lead_says_yes_first_where_the_house_wants_it(url: str, tmp_path: Path) -> None:
    yaml = YAML + "oncall: {cover_approval: true}\n"
    house = await World.build(url, tmp_path, yaml)
    house.app.surfaces["discord"] = Pad("discord")
    await house.does("ana", "cover", when=SAT)
    await house.does("bob", "take", cover=1)
    assert head(latest(house.pad)).startswith("🔐 COVER FOUND")
    assert await on_call(house, "sat 12:00") == "Ana"
    assert [a for a, _ in house.pad.pages] == ["U0OMAR"]
    with pytest.raises(Conflict, match="Bob took it"):
        await house.does("zoe", "take", cover=1)
    await house.does("omar", "decline", cover=1)
    assert head(latest(house.pad)).startswith("🔄 COVER WANTED")
    await house.does("zoe", "take", cover=1)
    await house.does("omar", "agree", cover=1)
    assert await on_call(house, "sat 12:00") == "Zoe"
    await house.end()
