"""Many pages to one contact: throttled or sent as one, and each incident knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Rows
from bot.settings import BadSettings, parse
from commands.rules.limits import Limit, collected_until, exceeded
from integrations.base import Permanent
from store.model import MINUTE, IncidentStatus
from tests.support.world import World

YAML = """
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    roles: [admin]
    slack: U0ANA
    rules: [{after: 0, via: slack}, {after: 30, via: email}]
  omar: {name: Omar Haddad, slack: U0OMAR, rules: [{after: 0, via: slack}]}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: db, team: db, group_by: [alertname]}
policies:
  default: {steps: [{targets: [oncall], delay: 5}, {targets: [lead], delay: 5}]}
"""
THROTTLED = YAML + "paging: {throttles: {slack: [2/15m, 3/1h]}, bundle: {slack: 0}}\n"
BUNDLED = YAML + "paging: {throttles: {slack: []}, bundle: {slack: 2}}\n"


@pytest.fixture
async def throttled(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """At most two Slack messages in 15 minutes."""
    made = await World.build(url, tmp_path, THROTTLED)
    yield made
    await made.end()


@pytest.fixture
async def bundled(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """From the third in two minutes on, Slack messages are collected."""
    made = await World.build(url, tmp_path, BUNDLED)
    yield made
    await made.end()


async def fires(house: World, key: str, severity: str = "error") -> int:
    """An incident of its own."""
    return await house.fires(
        key, severity=severity, title=f"Fault {key}", labels={"alertname": key}
    )


async def lines(house: World, incident: int, kind: str) -> list[tuple[str, str]]:
    """The timeline's sentences of a kind, with why."""
    found = (await house.detail(incident)).timeline
    return [(e.say, e.why) for e in found if e.kind == kind]


# throttles


async def test_a_throttled_contact_gives_way_to_the_next_rule_at_once(throttled: World) -> None:
    for key in "ab":
        await fires(throttled, key)
    third = await fires(throttled, "c")
    assert throttled.paged() == ["U0ANA", "U0ANA", "ana"]
    [(say, why)] = await lines(throttled, third, "page_throttled")
    assert say == "Ana Petrova is not paged by Slack now."
    assert why == "That contact had 2 in 15 min already; the next rule comes at once."


async def test_without_another_rule_the_next_step_comes_at_once(throttled: World) -> None:
    numbers = [await fires(throttled, key) for key in "ab"]
    await throttled.advance(minutes=5)  # omar is asked about both
    throttled.clear()
    third = await fires(throttled, "c")
    await throttled.does("omar", "escalate", third)
    found = await throttled.incident(third)
    assert "U0OMAR" not in throttled.paged()
    assert found.next is not None
    assert len(await lines(throttled, third, "page_throttled")) >= 2
    assert numbers


async def test_the_first_page_of_a_critical_incident_is_never_throttled(throttled: World) -> None:
    for key in "ab":
        await fires(throttled, key)
    for key in "cd":
        await fires(throttled, key, "critical")
    assert [a for a, _ in throttled.pad.pages] == ["U0ANA"] * 4


async def test_after_a_while_the_contact_is_used_again(throttled: World) -> None:
    for key in "ab":
        await fires(throttled, key)
    await throttled.advance(minutes=15)
    throttled.clear()
    await fires(throttled, "c")
    assert [a for a, _ in throttled.pad.pages][-1] == "U0ANA"


async def test_a_page_that_was_refused_does_not_count(throttled: World) -> None:
    throttled.pad.refuse["page"] = Permanent("account_inactive")
    for key in "abc":
        await fires(throttled, key)
    throttled.pad.refuse.clear()
    throttled.clear()
    await fires(throttled, "d")
    assert [a for a, _ in throttled.pad.pages] == ["U0ANA"]


# bundles


async def storm(house: World, count: int, severity: str = "error") -> list[int]:
    """So many incidents at once."""
    return [await fires(house, f"f{n}", severity) for n in range(count)]


async def test_the_third_page_in_two_minutes_waits_and_goes_out_with_the_others(
    bundled: World,
) -> None:
    numbers = await storm(bundled, 5)
    assert [a for a, _ in bundled.pad.pages] == ["U0ANA", "U0ANA"]
    [(said, _)] = await lines(bundled, numbers[2], "page")
    assert said == "Page to Ana Petrova by Slack in 2 min, as one with others that come by then."
    bundled.pad.direct.clear()
    await bundled.advance(minutes=2)
    [(account, card)] = bundled.pad.direct
    assert (account, card.head.word) == ("U0ANA", "3 INCIDENTS")
    rows = [span.text for block in card.fold if isinstance(block, Rows) for row in block.rows
            for span in row]  # fmt: skip
    assert [f"#{n}" for n in numbers[2:]] == [text for text in rows if text.startswith("#")]
    labels = [press.label for press in card.actions.buttons]
    assert labels == [f"Acknowledge #{n}" for n in numbers[2:]]
    for number in numbers[2:]:
        pages = (await bundled.detail(number)).pages
        assert [p.state for p in pages] == ["sent"]
        assert "It names 2 more." in (await lines(bundled, number, "page_sent"))[0][0]


async def test_a_critical_page_waits_for_nobody(bundled: World) -> None:
    await storm(bundled, 4)
    bundled.clear()
    await fires(bundled, "worst", "critical")
    assert [a for a, _ in bundled.pad.pages] == ["U0ANA"]


async def test_what_somebody_has_by_then_is_not_named(bundled: World) -> None:
    numbers = await storm(bundled, 5)
    await bundled.does("omar", "ack", numbers[2])
    bundled.pad.direct.clear()
    await bundled.advance(minutes=2)
    [(_, card)] = bundled.pad.direct
    assert card.head.word == "2 INCIDENTS" and f"#{numbers[2]}" not in card.head.title


async def test_the_last_one_left_is_an_ordinary_page(bundled: World) -> None:
    numbers = await storm(bundled, 4)
    await bundled.does("omar", "ack", numbers[2])
    bundled.pad.direct.clear()
    await bundled.advance(minutes=2)
    [(_, card)] = bundled.pad.direct
    assert card.head.id == numbers[3]


async def test_the_message_shows_who_has_what(bundled: World) -> None:
    numbers = await storm(bundled, 5)
    await bundled.advance(minutes=2)
    await bundled.does("omar", "ack", numbers[3])
    card = list(bundled.pad.dms.values())[-1]
    rows = [
        "".join(s.text for s in row) for b in card.fold if isinstance(b, Rows) for row in b.rows
    ]
    assert [row for row in rows if row.endswith("Omar has it")] == [rows[-1]]  # the open ones first
    assert f"Acknowledge #{numbers[3]}" not in [p.label for p in card.actions.buttons]


async def test_a_refused_bundle_is_a_refused_page_of_each(bundled: World) -> None:
    numbers = await storm(bundled, 4)
    bundled.pad.refuse["page"] = Permanent("account_inactive")
    await bundled.advance(minutes=2)
    for number in numbers[2:]:
        assert next(p.state for p in (await bundled.detail(number)).pages) == "failed"
    assert [h for h, _, _ in bundled.mail.pages] == ["ana", "ana"]  # the next rule, at once


async def test_a_bundle_in_the_air_when_the_process_dies_is_repeated_for_each(
    bundled: World,
) -> None:
    numbers = await storm(bundled, 4)
    bundled.pad.hang = "after"
    bundled.clock.at += 2 * MINUTE
    await bundled.app.outbox.pump()
    async with asyncio.timeout(10):
        await bundled.pad.hung.wait()
    await bundled.die()
    bundled.pad.hang = ""
    bundled.clear()
    born = await bundled.again()
    await born.settle()
    assert [a for a, _ in born.pad.pages] == ["U0ANA"] and born.pad.copies == ["U0ANA"]
    for number in numbers[2:]:
        assert [p.state for p in (await born.detail(number)).pages] == ["sent"]
        assert (await born.incident(number)).status is IncidentStatus.TRIGGERED
    await born.end()


# the rules


def test_limits_are_counted_in_their_span() -> None:
    limits = (Limit(2, 15 * MINUTE), Limit(3, 60 * MINUTE))
    assert exceeded(limits, [0, 10 * MINUTE], 14 * MINUTE) == limits[0]
    assert exceeded(limits, [0, 10 * MINUTE], 15 * MINUTE) is None
    assert exceeded(limits, [0, MINUTE, 20 * MINUTE], 30 * MINUTE) == limits[1]


def test_a_bundle_leaves_two_minutes_after_the_last_message() -> None:
    assert collected_until(2, [0], 5) is None
    assert collected_until(2, [0, 5], 10) == 5 + 2 * MINUTE
    assert collected_until(2, [0, 5, 5 + 2 * MINUTE], 60_000) == 5 + 2 * MINUTE  # it joins
    assert collected_until(2, [0, 5], 2 * MINUTE + 6) is None


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("{throttles: {sms: [many]}}", "many is no limit"),
        ("{throttles: {pigeon: [1/1h]}}", "pigeon is no channel"),
        ("{bundle: {sms: -1}}", "paging.bundle"),
        ("{check_in: 0}", "paging.check_in"),
        ("{ack_lease: {critical: soon}}", "paging.ack_lease.critical"),
    ],
)
def test_mistakes_are_told(text: str, mistake: str) -> None:
    with pytest.raises(BadSettings, match=mistake):
        parse(f"paging: {text}\n", "p.yaml")
