"""Signed deliveries that come again: answered as the first time, nothing done twice, none lost."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from commands.errors import Busy
from store.access import Source
from store.clock import DAY, MINUTE
from store.model import AlertReading
from tests.intake.support import Answered, Station
from tests.support.engines import migrated_url
from tests.support.world import YAML

SIGNED = """intake:
  sources:
    gh: {secret: s3cret}
    gh2: {secret: s3cret}
    slack: {signing_secret: s3cret}
    pumps: {secret: s3cret}
    empty: {secret: ""}
"""
RUN = json.dumps({
    "action": "completed", "repository": {"full_name": "acme/db"},
    "workflow_run": {"id": 7, "name": "build", "conclusion": "failure", "status": "completed",
                     "head_branch": "main", "updated_at": "2026-01-01T00:00:00Z"},
}).encode()  # fmt: skip


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Station]:
    """The service with sources that have secrets."""
    made = await Station.build(migrated_url("sqlite", tmp_path), tmp_path, YAML + SIGNED)
    yield made
    await made.end()


async def github(station: Station, body: bytes = RUN, delivery: str = "1") -> Answered:
    made = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={made}", "X-GitHub-Event": "workflow_run",
               "X-GitHub-Delivery": delivery}  # fmt: skip
    return await station.post("github", body, source="gh", headers=headers)


def slack_headers(body: bytes, at: int) -> dict[str, str]:
    stamp = str(at // 1000)
    made = hmac.new(b"s3cret", f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"}


def taken_in(station: Station, monkeypatch: pytest.MonkeyPatch) -> list[Source]:
    """The sources of what is taken in from now on."""
    seen: list[Source] = []
    real = station.app.door.intake

    async def intake(source: Source, alerts: tuple[AlertReading, ...]) -> Any:
        seen.append(source)
        return await real(source, alerts)

    monkeypatch.setattr(station.app.door, "intake", intake)
    return seen


async def kept(rig: Any) -> dict[str, int]:
    """What the delivery itself left; paging goes on meanwhile."""
    found = await rig.stored()
    return {name: found[name] for name in ("alerts", "incidents")}


async def test_a_repeat_is_answered_as_the_first_was_and_does_nothing(
    guarded: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = taken_in(guarded, monkeypatch)
    first = await github(guarded)
    assert first.status == 202 and first.body["accepted"] == 1
    stored = await kept(guarded)
    guarded.clock.at += 2 * MINUTE
    for forged in ("1", "2"):  # the id is not signed: another one is no other delivery
        again = await github(guarded, delivery=forged)
        assert (again.status, again.body) == (first.status, first.body)
    assert len(seen) == 1 and await kept(guarded) == stored
    assert guarded.app.hooks.repeats.count == 2
    other = await github(guarded, RUN.replace(b'"id": 7', b'"id": 8'))
    assert other.status == 202 and len(seen) == 2


async def test_a_repeat_is_known_after_a_restart_and_for_a_day(
    guarded: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await github(guarded)
    seen = taken_in(guarded, monkeypatch)
    guarded.app.hooks.repeats._known.clear()  # what a restart forgets
    again = await github(guarded)
    assert (again.status, again.body) == (first.status, first.body) and not seen
    guarded.clock.at += DAY + MINUTE
    assert (await github(guarded)).status == 202 and len(seen) == 1


async def test_what_failed_is_taken_in_when_its_sender_tries_again(
    guarded: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 2xx means that it is on disk: only then a repeat is dropped."""
    real, failures = guarded.app.door.intake, [Busy("full"), RuntimeError("a fault")]

    async def intake(source: Source, alerts: tuple[AlertReading, ...]) -> Any:
        if failures:
            raise failures.pop(0)
        return await real(source, alerts)

    monkeypatch.setattr(guarded.app.door, "intake", intake)
    assert [(await github(guarded)).status for _ in range(3)] == [503, 500, 202]
    assert (await guarded.stored())["incidents"] == 1


async def test_two_of_the_same_at_once_are_one(
    guarded: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guarded.token("github", "gh")
    seen = taken_in(guarded, monkeypatch)
    answers = await asyncio.gather(*(github(guarded) for _ in range(5)))
    assert len(seen) == 1 and len({a.text for a in answers}) == 1


async def test_what_was_overheard_is_refused_once_its_time_is_over(guarded: Station) -> None:
    body = json.dumps({"text": "disk full on db-1"}).encode()
    headers = slack_headers(body, guarded.clock.now())
    first = await guarded.post("slack", body, headers=headers)
    assert first.status < 300
    again = await guarded.post("slack", body, headers=headers)
    assert (again.status, again.text) == (first.status, first.text)
    guarded.clock.at += 6 * MINUTE
    late = await guarded.post("slack", body, headers=headers)
    assert (late.status, late.body["where"]) == (401, "x-slack-request-timestamp")


async def test_the_same_words_of_two_sources_are_two(
    guarded: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    await github(guarded)
    seen = taken_in(guarded, monkeypatch)
    made = hmac.new(b"s3cret", RUN, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={made}", "X-GitHub-Event": "workflow_run"}
    other = await guarded.post("github", RUN, source="gh2", headers=headers)
    assert other.status == 202 and [one.name for one in seen] == ["gh2"]


async def test_a_source_of_any_tool_can_ask_for_a_secret(guarded: Station) -> None:
    body = {"title": "pump 7 is hot", "status": "firing"}
    refused = await guarded.post("webhook", body, source="pumps")
    assert (refused.status, refused.body["where"]) == (401, "Authorization")
    right = {"Authorization": "Bearer s3cret"}
    for _ in range(2):  # a sent secret proves no repeat: alike bodies may both be meant
        assert (await guarded.post("webhook", body, source="pumps", headers=right)).status == 202
    assert guarded.app.hooks.repeats.count == 0
    for headers in (right, {"Authorization": "Bearer"}, {}):
        shut = await guarded.post("webhook", body, source="empty", headers=headers)
        assert (shut.status, shut.body["where"]) == (401, "secret")


async def test_unsigned_intake_neither_reads_nor_writes_for_repeats(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("looked for a repeat")

    monkeypatch.setattr(station.app.hooks.repeats, "once", never)
    assert (await station.post("github", RUN)).status == 202


async def test_what_is_known_is_bounded(guarded: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.repeats.MOST", 3)
    for number in range(6):
        await github(guarded, RUN.replace(b'"id": 7', f'"id": {number}'.encode()))
    assert len(guarded.app.hooks.repeats._known) == 3
    seen = taken_in(guarded, monkeypatch)
    await github(guarded, RUN.replace(b'"id": 7', b'"id": 0'))
    assert not seen  # the store knows it
