"""Home and ``me``: what is mine now, in parts with buttons, and in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.model import Account, Form, Private, Spans
from bot.cards.page import Page
from commands.errors import Conflict, Invalid
from commands.mine import _shifts, quiet_words
from commands.told import Told
from store.model import DAY, HOUR, MINUTE, Quiet
from tests.support.world import World, words

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA,
        contacts: {sms: "+49170123456", ntfy: ana-secret},
        rules: [{via: slack}, {via: email}, {after: 5, via: sms}], important: [{via: sms}],
        quiet: {from: "22:00", to: "07:00", via: [sms]}}
  bob: {name: Bob Stone, zone: Europe/London, slack: U0BOB}
  omar: {name: Omar Haddad, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, slack: U0MEI, roles: []}
teams:
  db: {members: [ana, bob], oncall: "schedule:primary", lead: omar}
  web: {members: [omar], oncall: omar}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {name: weeks, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, bob]}}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
ntfy: {base_url: "http://127.0.0.1:9"}
twilio: {account_sid: AC00000000000000000000000000000000, auth_token: t, sms_from: "+15005550006",
         base_url: "http://127.0.0.1:9"}
"""

ANA = Account("slack", "T1", "U0ANA", "ana")
BOB = Account("slack", "T1", "U0BOB", "bob")
MEI = Account("slack", "T1", "U0MEI", "mei")
REACHED = "How you are reached"
NOBODY = Account("slack", "T1", "U0NEW", "newcomer")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, YAML)
    yield made
    await made.end()


def line(spans: Spans) -> str:
    return "".join(s.text for s in spans)


def part(page: Page, title: str) -> list[str]:
    """The lines of a part, each with its buttons."""
    found = next((p for p in page.parts if p.title == title), None)
    assert found is not None, [p.title for p in page.parts]
    buttons = [
        f" [{'|'.join(x.label for x in e.presses)}]" if e.presses else "" for e in found.entries
    ]
    return [line(e.spans) + b for e, b in zip(found.entries, buttons, strict=True)]


async def test_it_begins_with_what_somebody_wants_to_know_first(world: World) -> None:
    page = await world.app.desk.home(ANA)
    assert [line(s) for s in page.lead] == [
        "You are on call for team db until Mon 23 Nov 08:00 CET."
    ]
    assert [p.label for p in page.actions] == ["Declare…", "Cover…", "Test my pages"]
    bob = await world.app.desk.home(BOB)
    assert [line(s) for s in bob.lead] == ["You are not on call now."]


async def test_what_is_asked_of_me_can_be_taken_at_once(world: World) -> None:
    number = await world.fires(labels={"team": "db"})
    [mine] = part(await world.app.desk.home(ANA), "Now yours")
    assert mine.startswith(f"🔴 #{number} ") and mine.endswith("you are asked [Acknowledge]")
    await world.does("ana", "ack", number)
    [held] = part(await world.app.desk.home(ANA), "Now yours")
    assert "you have it since" in held
    assert held.endswith("[Note…|Assign…|Resolve…|Give back|Show]")
    await world.does("ana", "resolve", number, how="now")
    assert part(await world.app.desk.home(ANA), "Now yours") == ["Nothing open is yours."]


async def test_the_buttons_beside_an_incident_do_what_they_say(world: World) -> None:
    number = await world.fires(labels={"team": "db"})
    page = await world.app.desk.home(ANA)
    [press] = page.parts[0].entries[0].presses
    await world.app.desk.press(press.token, ANA, "k1")
    assert (await world.incident(number)).holder == "ana"


async def test_on_call_now_begins_with_mine(world: World) -> None:
    page = await world.app.desk.home(BOB)
    assert part(page, "On call now") == [
        "team db: Ana Petrova until Mon 23 Nov 07:00 GMT", "team web: Omar Haddad",
    ]  # fmt: skip
    omar = await world.app.desk.home(Account("slack", "T1", "U0OMAR", "omar"))
    assert part(omar, "On call now")[0] == "team web: you"


async def test_the_next_four_shifts_stand_in_order(world: World) -> None:
    shifts = part(await world.app.desk.home(ANA), "Your shifts, Berlin time")
    assert len(shifts) == 4
    assert shifts[0] == "primary · now, until Mon 23 Nov 08:00"
    assert shifts[1] == "primary · Mon 30 Nov 08:00 – Mon 7 Dec 08:00"


async def test_a_cover_that_is_wanted_can_be_taken(world: World) -> None:
    await world.does("ana", "cover", when="30 nov 10:00-12:00", reason="dentist")
    [wanted] = part(await world.app.desk.home(BOB), "Covers wanted")
    assert wanted.startswith("🔄 Ana Petrova, primary, Mon 30 Nov 10:00–12:00 Berlin")
    assert wanted.endswith('"dentist" [Take it|Take part…|Not me]')
    [own] = part(await world.app.desk.home(ANA), "Covers wanted")
    assert own.endswith("[Withdraw]")
    page = await world.app.desk.home(BOB)
    take = next(p for p in page.parts if p.title == "Covers wanted").entries[0].presses[0]
    await world.app.desk.press(take.token, BOB, "k1")
    await world.settle()
    page = await world.app.desk.home(BOB)
    assert "Covers wanted" not in [p.title for p in page.parts]


async def test_each_contact_has_its_test_and_no_secret_is_shown(world: World) -> None:
    lines = part(await world.app.desk.home(ANA), "How you are reached")
    assert lines[:4] == [
        "Slack · never tested [Test]", "E-mail · ana@example.eu · never tested [Test]",
        "SMS · +49170123456 · never tested [Test]", "ntfy · never tested [Test]",
    ]  # fmt: skip
    assert lines[4:] == [
        "Pages come: Slack and e-mail at once, SMS after 5 min",
        "Important: SMS at once",
        "Quiet hours 22:00–07:00: warning and info wait by SMS; critical never waits",
    ]
    assert "ana-secret" not in "".join(lines)


async def test_one_contact_is_tested_alone_and_not_twice(world: World) -> None:
    page = await world.app.desk.home(ANA)
    reached = next(p for p in page.parts if p.title == "How you are reached")
    [press] = reached.entries[0].presses
    answer = await world.app.desk.press(press.token, ANA, "k1")
    assert isinstance(answer, Private) and answer.note is not None and answer.done
    assert "Ringing your contact: Slack." in words(answer.note)
    await world.settle()
    assert [account for account, _ in world.pad.direct] == ["U0ANA"]
    assert world.mail.told == []
    with pytest.raises(Conflict, match="runs already; it ends in 5 min"):
        await world.does("ana", "test-page", via="Slack")
    await world.does("ana", "test-page", via="email")
    assert len(world.mail.told) == 1
    with pytest.raises(Conflict, match="runs already"):
        await world.does("ana", "test-page")
    with pytest.raises(Invalid, match=r"has no contact fax\. There are: Slack, e-mail"):
        await world.does("ana", "test-page", via="fax")


async def test_a_contact_that_was_rung_and_gave_no_answer_says_so(world: World) -> None:
    await world.does("ana", "test-page", via="email")
    [email] = [x for x in part(await world.app.desk.home(ANA), REACHED) if "E-mail" in x]
    assert email == "E-mail · ana@example.eu · rang 02:09 UTC, no answer yet [Test]"
    await world.advance(minutes=6)
    await world.does("ana", "test-page", via="Slack")
    lines = part(await world.app.desk.home(ANA), REACHED)
    assert lines[0].startswith("Slack · rang 02:15 UTC, no answer yet")
    assert lines[1] == "E-mail · ana@example.eu · rang 02:09 UTC, no answer [Test]"
    assert lines[2] == "SMS · +49170123456 · never tested [Test]"
    number = await world.fires(labels={"team": "db"})
    await world.does("ana", "ack", number)
    assert part(await world.app.desk.home(ANA), REACHED)[0].startswith("Slack · ✅ worked")


async def test_a_contact_says_when_it_worked_last(world: World) -> None:
    number = await world.fires(labels={"team": "db"})
    await world.does("ana", "ack", number)
    world.clock.at += 3 * HOUR
    lines = part(await world.app.desk.home(ANA), "How you are reached")
    assert lines[0] == "Slack · ✅ worked 02:09 UTC [Test]"


async def test_who_is_nobody_here_sees_how_to_link(world: World) -> None:
    page = await world.app.desk.home(NOBODY)
    said = [line(s) for s in page.lead]
    assert said[0] == "I don't know you yet." and said[2] == "Link my account"
    assert said[3] == "Or ask Ana Petrova to add you."
    assert page.actions == () and page.parts == ()


async def test_who_may_not_look_is_told_why(world: World) -> None:
    page = await world.app.desk.home(MEI)
    assert "Mei Lin has no role" in line(page.lead[0]) and page.parts == ()


async def test_a_form_is_filled_in_for_somebody(world: World) -> None:
    form = await world.app.desk.ask("note", {"text": "The archive was full", "incident": 7}, ANA)
    assert isinstance(form, Form)
    assert {i.name: i.initial for i in form.inputs} == {
        "incident": "7", "text": "The archive was full", "sensitive": "",
    }  # fmt: skip
    refused = await world.app.desk.ask("declare", {"text": "x"}, NOBODY)
    assert isinstance(refused, Private) and refused.note is not None
    assert "I don't know you" in words(refused.note)
    assert isinstance(await world.app.desk.ask("nothing", {}, ANA), Private)


async def test_me_says_the_same_in_words(world: World) -> None:
    await world.fires(labels={"team": "db"})
    told = await world.asks("ana", "me")
    assert isinstance(told, Told)
    said = "\n".join(told.lines)
    assert "you are asked" in said
    assert "On call for team db: Ana Petrova until Mon 23 Nov 08:00 CET." in said
    assert (
        "Your shifts, Berlin time: primary now, until Mon 23 Nov 08:00 · primary Mon 30 Nov" in said
    )
    assert "You are reached by Slack, e-mail, SMS, ntfy." in said
    assert "Quiet 22:00–07:00: warning and info wait by SMS; critical never waits." in said
    assert [o.label for o in told.offers] == ["Declare…", "Cover…", "Test my pages"]
    assert told.facts["on_call"] == ["team db"]


def test_quiet_hours_are_said_as_people_say_them() -> None:
    assert quiet_words(Quiet(22 * 60, 7 * 60)) == "22:00–07:00: warning and info wait"
    weekend = Quiet(0, 23 * 60 + 59, (5, 6), ("info",), ("email",))
    assert quiet_words(weekend) == "00:00–23:59 Sat and Sun: info waits by e-mail"


async def test_a_long_list_is_cut_and_says_so(world: World) -> None:
    for n in range(12):
        await world.fires(f"k{n}", title=f"Disk {n}", labels={"team": "db", "service": f"s{n}"})
        world.clock.at += MINUTE
    lines = part(await world.app.desk.home(ANA), "Now yours")
    assert len(lines) == 11 and lines[-1] == "2 more · All of them"


async def test_shifts_far_ahead_are_found_and_none_is_cut_short(world: World) -> None:
    known = world.door.definitions()
    ana, now = known.people["ana"], world.clock.now()
    one = known.schedules["primary"]
    assert one.layers[0].rotation is not None
    rare = replace(one.layers[0].rotation, length=13)
    slow = replace(one, name="slow", layers=(replace(one.layers[0], rotation=rare),))
    both = replace(known, schedules={"primary": one, "slow": slow})
    found = _shifts(both, ana, now)
    assert [s.name for s, _ in found] == ["primary", "slow", "primary", "primary"]
    assert found[1][1].end - found[1][1].start > 80 * DAY
    assert _shifts(replace(known, schedules={"slow": slow}), ana, now)[0] == found[1]
    assert _shifts(both, known.people["omar"], now) == []
