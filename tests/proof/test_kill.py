"""``kill -9`` in the middle of a burst: every 202 was true, every card comes right, no send is
repeated but once and marked."""

from __future__ import annotations

import asyncio
import email
import json
import re
from collections import defaultdict
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.bench.pace import Client
from tests.bench.service import Service
from tests.bench.stand_ins import StandIns
from tests.proof.support import (
    CHANNELS,
    INCIDENTS,
    Burst,
    burst,
    channel_of,
    detail,
    eventually,
    every_incident,
    pour,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS = 3
COPY = "once more"
_NUMBER = re.compile(r"#(\d+)")
Cards = dict[str, list[str]]


async def test_what_got_a_202_is_there_and_every_card_comes_right(tmp_path: Path) -> None:
    with StandIns(CHANNELS) as around:
        service = Service(tmp_path, around.yaml())
        try:
            wanted = await _killed_again_and_again(service, seed=20_261)
            numbers = _is_all_there(service, wanted)
            await _cards_come_right(service, around, numbers)
        finally:
            service.stop()
        _repeats_are_single_and_marked(around)
        assert around.slack.violations == []
        assert around.discord.violations == []


async def _killed_again_and_again(service: Service, seed: int) -> Burst:
    """Pour a burst, kill the service at moments that the seed chooses, start it, go on."""
    wanted, chosen = burst(seed), Random(seed)
    parts = sorted(chosen.sample(range(100, len(wanted.bodies) - 100), KILLS))
    for at in (*parts, len(wanted.bodies)):
        await asyncio.to_thread(service.start)
        client = Client(service.port, service.path, service.responder)
        stop = asyncio.Event()
        pouring = asyncio.create_task(pour(client, wanted, stop))
        if at < len(wanted.bodies):
            await eventually(f"body {at}", partial(wanted.reached, at), every=0.001)
            service.kill()
            stop.set()
        await pouring
        await client.close()
    assert wanted.statuses.count(0) <= KILLS * 16
    assert set(wanted.statuses) <= {0, 202}
    return wanted


def _is_all_there(service: Service, wanted: Burst) -> dict[str, int]:
    """Each service has its one incident, with every alert that got a 202; alerts by number."""
    found: dict[str, int] = {}
    for one in every_incident(service):
        alerts = detail(service, one["id"])["alerts"]
        keys = [a["key"] for a in alerts]
        name = one["labels"]["service"]
        assert len(keys) == len(set(keys)) == one["alerts_total"], one
        assert wanted.accepted[name] <= set(keys) <= wanted.sent[name], name
        found[one["id"]] = len(keys)
    assert len(found) == len(wanted.accepted) == INCIDENTS
    return found


async def _cards_come_right(service: Service, around: StandIns, numbers: dict[str, int]) -> None:
    """Each incident's newest card in its channel says how many alerts it has now."""

    def wrong() -> list[str]:
        seen = {"slack": _slack(around), "discord": _discord(around)}
        return [
            f"{surface} #{number}: {cards.get(number, ['no card'])[-1][:120]}"
            for surface, cards in seen.items()
            for number, count in numbers.items()
            if f"{count} alerts" not in cards.get(number, [""])[-1]
        ]

    try:
        await eventually("every card right", lambda: not wrong(), seconds=420, every=1)
    except AssertionError as late:
        raise AssertionError(f"{late}: {len(wrong())} wrong, {wrong()[:3]}") from None
    for one in every_incident(service):
        assert one["status"] == "triggered"
        place = channel_of(one["labels"]["service"])
        top = around.slack.channel(place).top()
        assert any(f"#{one['id']} " in m.visible_text for m in top), place


def _slack(around: StandIns) -> Cards:
    found: Cards = defaultdict(list)
    for number in range(CHANNELS):
        for message in around.slack.channel(f"c{number}").top():
            _note(found, message.visible_text)
    return found


def _discord(around: StandIns) -> Cards:
    found: Cards = defaultdict(list)
    for number in range(CHANNELS):
        channel = around.discord.channel(f"c{number}")
        for message in channel.messages:
            _note(found, around.discord.visible_text(message))
    return found


def _note(found: Cards, words: str) -> None:
    if number := _NUMBER.search(words):
        found[number[1]].append(words)


def _repeats_are_single_and_marked(around: StandIns) -> None:
    """By what went over the wire: a page at most twice, a card once more than the service was
    killed while it was being posted, and each repeat says so.

    A repeated mail has the first one's Message-ID, by which mail programs show it once. Discord
    itself drops a repeat by its nonce, so there none is seen.
    """
    for what, sends in _slack_sends(around).items():
        in_a_channel = str(what[1]).startswith("C")
        assert len(sends) <= (KILLS + 1 if in_a_channel else 2), (what, len(sends))
        assert all(COPY in again for again in sends[1:]), (what, sends)
    for what, mails in _mails(around).items():
        assert len(mails) <= 2, (what, mails)
    for number, cards in _discord(around).items():
        assert len(cards) == 1, (number, cards)


def _slack_sends(around: StandIns) -> dict[Any, list[str]]:
    """Posts of cards and pages; which incident and whose is in their words."""
    found: dict[Any, list[str]] = defaultdict(list)
    for call in around.slack.calls:
        if call.method == "chat.postMessage" and not call.args.get("thread_ts") and call.answer:
            words = json.dumps(call.args, ensure_ascii=False)
            number = _NUMBER.search(words)
            assert number is not None, words
            found["slack", call.args["channel"], number[1], _step(words)].append(words)
    return found


def _step(words: str) -> str:
    """Which step a page is of; nothing for a card."""
    found = re.search(r"Step (\d+) of", words)
    return found[1] if found else ""


def _mails(around: StandIns) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for _, text in around.mails():
        mail = email.message_from_string(text)
        found[mail["Message-ID"]].append(mail["Subject"])
    return found
