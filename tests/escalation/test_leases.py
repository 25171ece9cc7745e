"""Whoever has an incident on which nobody works is asked; without an answer others are asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Card, Note
from commands import self_audit
from integrations.base import Permanent
from store.model import IncidentStatus
from tests.support.world import YAML, World, alert, words

TRIGGERED, ACKNOWLEDGED = IncidentStatus.TRIGGERED, IncidentStatus.ACKNOWLEDGED

LATER = """
policies:
  default:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: [lead], delay: 5, until: resolved}
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house with the leases that are usual."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


def asked(house: World) -> list[tuple[str, str]]:
    """Who was asked whether they still work on it, and how the push read."""
    return [(a, note_of(card)) for a, card in house.pad.direct if card.head.glyph == "⏰"]


def note_of(card: Card) -> str:
    """The push line."""
    return words(Note((card.notification,)))


def state_of(card: Card) -> str:
    """Line 2."""
    return words(Note((card.state.spans,)))


async def test_a_quiet_critical_incident_asks_its_holder_after_half_an_hour(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    following = (await house.incident(incident)).next
    assert following is not None and following.kind == "asks_again"
    assert following.at == house.clock.at + 30 * 60_000
    await house.advance(minutes=29, seconds=59)
    assert asked(house) == []
    await house.advance(seconds=1)
    said = f"⏰ Still on #{incident} Disk 94 % full on db-3? Pages again in 10 min"
    assert asked(house) == [("U0ANA", said)]
    card = house.pad.direct[-1][1]
    assert state_of(card).startswith("Quiet for 30 min. Without an answer it goes back to paging")
    labels = [press.label for press in card.actions.buttons]
    assert labels == ["Still on it", "Give back", "Resolve…"]
    assert card.actions.buttons[0].primary


async def test_without_an_answer_it_goes_back_to_paging(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=39)
    assert (await house.incident(incident)).status is ACKNOWLEDGED
    house.clear()
    await house.advance(minutes=1)
    found = await house.incident(incident)
    assert found.status is TRIGGERED and found.holder is None
    assert house.paged()[:1] == ["U0ANA"]  # the step it stood at asks again at once
    assert "check_in" in await house.history(incident)
    assert state_of(house.pad.dms[question(house)]) == "No answer came: it went back to paging."


def question(house: World) -> str:
    """The message in which the holder was asked."""
    return next(m for m, card in reversed(list(house.pad.dms.items())) if card.head.glyph == "⏰")


@pytest.mark.parametrize("who", ["ana", "omar"])
async def test_any_word_in_the_thread_is_an_answer(house: World, who: str) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=32)
    assert state(house).startswith("Quiet for 30 min.")
    await house.does(who, "note", incident, text="looking at the WAL")
    assert state(house).startswith("You answered " if who == "ana" else "Omar Haddad answered ")
    assert not house.pad.dms[question(house)].actions.buttons
    await house.advance(minutes=29)
    assert (await house.incident(incident)).status is ACKNOWLEDGED
    assert len(asked(house)) == 1


def state(house: World) -> str:
    """Line 2 of the question as it stands."""
    return state_of(house.pad.dms[question(house)])


async def test_work_before_the_end_moves_the_question(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=20)
    await house.does("omar", "tag", incident, tags="network")
    await house.advance(minutes=29)
    assert asked(house) == []
    await house.advance(minutes=1)
    assert len(asked(house)) == 1


async def test_an_alert_that_joins_is_nobodys_work(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=4)
    await house.hears(alert("k2"))
    await house.advance(minutes=26)
    assert len(asked(house)) == 1


async def test_the_button_of_the_question_renews_the_ack(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=35)
    token = house.pad.direct[-1][1].actions.buttons[0].token
    await house.press("U0ANA", token)
    assert state(house).startswith("You answered")
    following = (await house.incident(incident)).next
    assert following is not None and following.at == house.clock.at + 30 * 60_000
    await house.advance(minutes=30)
    assert len(asked(house)) == 2  # a message of its own: an edit pings nobody


async def test_words_below_the_question_are_about_the_incident(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=31)
    found = await house.app.desk.incident_at("slack", "DU0ANA", question(house))
    assert found == incident


async def test_the_holders_second_ack_renews_and_a_double_tap_does_not(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    before = await house.history(incident)
    await house.does("ana", "ack", incident)
    assert await house.history(incident) == before
    await house.advance(minutes=29)
    await house.does("ana", "ack", incident)
    await house.advance(minutes=29)
    assert asked(house) == []


async def test_somebody_who_takes_it_over_starts_the_time_anew(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=31)
    await house.does("omar", "ack", incident, take=True)
    assert state(house).startswith("Omar Haddad answered")
    await house.advance(minutes=29)
    assert len(asked(house)) == 1
    await house.advance(minutes=1)
    assert asked(house)[-1][0] == "U0OMAR"


@pytest.mark.parametrize(("severity", "minutes"), [("error", 60), ("warning", 240)])
async def test_how_long_depends_on_the_severity(house: World, severity: str, minutes: int) -> None:
    incident = await house.fires(severity=severity)
    await house.does("ana", "ack", incident)
    await house.advance(minutes=minutes - 1)
    assert asked(house) == []
    await house.advance(minutes=1)
    assert len(asked(house)) == 1


async def test_an_info_is_never_asked_about(house: World) -> None:
    incident = await house.fires(severity="info")
    await house.does("ana", "ack", incident)
    assert (await house.incident(incident)).next is None
    await house.advance(minutes=3 * 24 * 60)
    assert (await house.incident(incident)).status is ACKNOWLEDGED


async def test_worse_than_before_the_time_starts_anew_and_is_shorter(house: World) -> None:
    incident = await house.fires(severity="warning")
    await house.does("ana", "ack", incident)
    await house.advance(minutes=4)
    await house.hears(alert("k2", severity="critical"))
    await house.advance(minutes=30)
    assert len(asked(house)) == 1


async def test_a_snooze_stops_the_time_and_its_end_restarts_it(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.does("ana", "snooze", incident, until="2h")
    await house.advance(minutes=149)
    assert asked(house) == []
    await house.advance(minutes=1)
    assert len(asked(house)) == 1


async def test_a_holder_without_a_contact_is_not_waited_for_longer(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident, surface="cli")
    house.pad.refuse["page"] = Permanent("account_inactive")
    house.mail.refuse = True
    await house.advance(minutes=40)
    assert (await house.incident(incident)).status is TRIGGERED


async def test_the_question_survives_a_crash(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=31)
    await house.die()
    born = await house.again()
    await born.advance(minutes=10)
    assert (await born.incident(incident)).status is TRIGGERED
    await born.end()


async def test_what_pages_unless_it_is_resolved_comes_all_the_same(
    url: str, tmp_path: Path
) -> None:
    house = await World.build(url, tmp_path, YAML + LATER)
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    following = (await house.incident(incident)).next
    assert following is not None and following.kind == "page"  # in 5 min, before the question
    house.clear()
    await house.advance(minutes=5)
    assert house.paged()[:1] == ["U0OMAR"]
    await house.advance(minutes=25)
    assert len(asked(house)) == 1
    await house.end()


async def test_an_ack_from_before_gets_its_time_by_the_self_audit(url: str, tmp_path: Path) -> None:
    off = "paging: {ack_lease: {critical: 0, error: 0, warning: 0}}\n"
    house = await World.build(url, tmp_path, YAML + off)
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=90)
    assert asked(house) == [] and (await house.incident(incident)).next is None
    await house.die()
    house._yaml = YAML
    born = await house.again()
    await born.minute()
    await born.advance(minutes=30)
    assert len(asked(born)) == 1
    assert await self_audit.run(born.door) == 0
    await born.end()
