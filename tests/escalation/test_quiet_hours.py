"""Quiet hours hold pages, never a critical one; nobody is forgotten over them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.settings import BadSettings, parse
from commands.rules.quiet import held_until
from store.clock import from_datetime
from store.model import Person, Quiet, Severity
from tests.support.world import World, alert

NIGHT = 'quiet: {from: "22:00", to: "07:00"}'
YAML = f"""
people:
  ana: {{name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA, {NIGHT}}}
  omar: {{name: Omar Haddad, zone: Asia/Dubai, slack: U0OMAR}}
  lina: {{name: Lina Berg, zone: UTC, slack: U0LINA, quiet: {{from: "00:00", to: "04:00"}}}}
  bob:
    name: Bob Ray
    zone: Europe/Berlin
    slack: U0BOB
    email: bob@example.eu
    rules: [{{after: 0, via: slack}}, {{after: 5, via: email}}]
    quiet: {{from: "22:00", to: "07:00", via: [slack], severity: [error, warning]}}
teams:
  db: {{members: [ana, lina], oncall: ana, lead: omar}}
policies:
  alone: {{steps: [{{targets: [person:ana], delay: 5}}]}}
  both:
    steps: [{{targets: [person:ana], delay: 5}}, {{targets: [person:lina], delay: 5}}]
    fallback: [team]
  awake: {{steps: [{{targets: [person:ana], delay: 5}}, {{targets: [person:omar], delay: 5}}]}}
  bob: {{steps: [{{targets: [person:bob], delay: 5}}]}}
  last: {{steps: [{{targets: [person:omar], delay: 5}}], fallback: [person:ana]}}
routes:
  - {{name: alone, match: {{p: alone}}, policy: alone, team: db, group_by: [alertname]}}
  - {{name: both, match: {{p: both}}, policy: both, team: db}}
  - {{name: awake, match: {{p: awake}}, policy: awake, team: db, group_by: [alertname]}}
  - {{name: bob, match: {{p: bob}}, policy: bob, team: db}}
  - {{name: last, match: {{p: last}}, policy: last, team: db}}
"""
"""It is 02:09 UTC: 03:09 for Ana and Bob, 06:09 for Omar."""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house that sleeps."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


async def fires(house: World, policy: str, severity: str = "warning", key: str = "k1") -> int:
    """An alert that goes to a policy."""
    return await house.fires(key, severity=severity, labels={"p": policy, "alertname": key})


def paged(house: World) -> list[str]:
    """Who was paged about an incident, in order, by chat and by mail."""
    chats = [a for a, card in house.pad.direct if card.head.id]
    return chats + [h for h, _, _ in house.mail.pages]


def forget(house: World) -> None:
    """Forget who was paged so far."""
    house.pad.direct.clear()
    house.mail.pages.clear()


async def lines(house: World, incident: int, kind: str) -> list[tuple[str, str]]:
    """The timeline's sentences of a kind, with why."""
    found = (await house.detail(incident)).timeline
    return [(e.say, e.why) for e in found if e.kind == kind]


async def test_a_critical_page_always_comes(house: World) -> None:
    await fires(house, "alone", "critical")
    assert paged(house) == ["U0ANA"]


async def test_an_error_comes_unless_the_person_says_otherwise(house: World) -> None:
    await fires(house, "alone", "error")
    assert paged(house) == ["U0ANA"]


async def test_a_warning_is_held_and_the_next_step_comes_at_once(house: World) -> None:
    incident = await fires(house, "awake")
    assert paged(house) == ["U0OMAR"]
    held = await lines(house, incident, "page_held")
    assert held == [
        ("Page to Ana Petrova by Slack is held until 07:00 CET.",
         "Quiet hours of Ana Petrova; it is a warning."),
    ]  # fmt: skip
    skipped = await lines(house, incident, "skip")
    assert skipped == [("Step 1 of awake skipped.", "It is in the quiet hours of Ana Petrova.")]


async def test_what_is_held_comes_at_the_end_of_the_night_if_nobody_has_it(house: World) -> None:
    await fires(house, "awake")
    forget(house)
    await house.advance(minutes=3 * 60 + 50)  # 06:59 in Berlin
    assert paged(house) == []
    await house.advance(minutes=1)
    assert paged(house) == ["U0ANA"]


async def test_what_somebody_has_by_then_does_not_come(house: World) -> None:
    incident = await fires(house, "awake")
    await house.does("omar", "ack", incident)
    forget(house)
    await house.advance(minutes=5 * 60)
    assert "U0ANA" not in paged(house)


async def test_when_all_sleep_the_policy_waits_for_the_first_to_wake(house: World) -> None:
    incident = await fires(house, "both")
    assert paged(house) == []
    following = (await house.incident(incident)).next
    assert following is not None and (following.kind, following.who) == ("page", ("lina",))
    assert following.why == "when the quiet hours end"
    [(say, why)] = await lines(house, incident, "quiet")
    assert say == "Nobody is paged before the quiet hours of Lina Berg end."
    assert "Ana Petrova and Lina Berg" in why
    await house.advance(minutes=110)
    assert paged(house) == []
    await house.advance(minutes=1)  # 04:00 UTC
    assert paged(house) == ["U0LINA"]
    assert (await house.incident(incident)).step == 1


async def test_a_lone_sleeper_is_paged_in_the_morning(house: World) -> None:
    incident = await fires(house, "alone")
    await house.advance(minutes=3 * 60 + 51)
    assert paged(house) == ["U0ANA"]
    await house.does("ana", "ack", incident)


async def test_no_quiet_hours_hold_the_fallback_once_somebody_was_asked(house: World) -> None:
    await fires(house, "last")
    await house.advance(minutes=5)
    assert paged(house) == ["U0OMAR", "U0ANA"]


async def test_what_becomes_critical_wakes_who_was_left_to_sleep(house: World) -> None:
    await fires(house, "alone")
    assert paged(house) == []
    await house.advance(minutes=4)
    await house.hears(alert("k2", severity="critical", labels={"p": "alone", "alertname": "k1"}))
    assert paged(house) == ["U0ANA"]


async def test_a_person_who_says_that_it_is_critical_wakes_the_others(house: World) -> None:
    incident = await fires(house, "awake")
    forget(house)
    await house.does("omar", "severity", incident, to="critical")
    assert paged(house) == ["U0ANA"]


async def test_a_person_who_asks_somebody_by_name_is_not_held(house: World) -> None:
    incident = await fires(house, "awake")
    forget(house)
    await house.does("omar", "assign", incident, who="ana")
    assert paged(house) == ["U0ANA"]


async def test_only_the_channels_named_are_quiet(house: World) -> None:
    incident = await fires(house, "bob", "error")
    assert paged(house) == []
    await house.advance(minutes=5)
    assert paged(house) == ["bob"]  # the mail makes no noise
    assert "step" in await house.history(incident)


async def test_held_pages_survive_a_crash(house: World) -> None:
    await fires(house, "awake")
    forget(house)
    await house.die()
    born = await house.again()
    await born.advance(minutes=3 * 60 + 51)
    assert paged(born) == ["U0ANA"]
    await born.end()


def at(text: str) -> int:
    """An instant."""
    return from_datetime(datetime.fromisoformat(text))


ANA = Person("ana", "Ana", "Europe/Berlin", quiet=(Quiet(22 * 60, 7 * 60),))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-22T20:59:59Z", None),
        ("2026-11-22T21:00:00Z", "2026-11-23T06:00:00Z"),
        ("2026-11-23T05:59:30Z", "2026-11-23T06:00:00Z"),
        ("2026-11-23T06:00:00Z", None),
        ("2026-10-25T00:30:00Z", "2026-10-25T06:00:00Z"),  # the night clocks go back
        ("2026-03-28T23:30:00Z", "2026-03-29T05:00:00Z"),  # and forward
    ],
)
def test_hours_are_on_the_persons_clock(now: str, until: str | None) -> None:
    found = held_until(ANA, "sms", Severity.WARNING, at(now))
    assert found == (at(until) if until else None)
    assert held_until(ANA, "sms", Severity.CRITICAL, at(now)) is None


def test_hours_that_follow_each_other_are_one_night() -> None:
    weekend = Quiet(7 * 60, 22 * 60, (5, 6))
    ana = Person("ana", "Ana", "UTC", quiet=(Quiet(22 * 60, 7 * 60), weekend))
    friday = at("2026-11-20T23:00:00Z")
    assert held_until(ana, "sms", Severity.INFO, friday) == at("2026-11-23T07:00:00Z")


@pytest.mark.parametrize(
    ("quiet", "mistake"),
    [
        ('{from: "22:00", to: "07:00", severity: [critical]}', "people.ana.quiet"),
        ('{from: "25:00", to: "07:00"}', "is no time of day"),
        ('{from: "08:00", to: "08:00"}', "never end"),
        ('{from: "22:00", to: "07:00", via: [pigeon]}', "pigeon is no channel"),
    ],
)
def test_mistakes_are_told(quiet: str, mistake: str) -> None:
    text = f"people:\n  ana: {{name: Ana, quiet: {quiet}}}\n"
    with pytest.raises(BadSettings, match=mistake):
        parse(text, "p.yaml")
