"""Nothing is sent into a closed door: buckets, 429s, lost answers, and budgets before that."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.discord import DiscordSurface
from bot.discord.limits import GLOBAL, REFUSALS, Buckets
from bot.discord.rest import Refused, refusal
from integrations.base import Misconfigured, Transient
from tests.discord_surface.support import Clock, card, taken, words
from tests.support.discord import FakeDiscord

POST = "POST /channels/{channel}/messages"


def headers(limit: int, left: int, after: float, name: str = "") -> dict[str, str]:
    found = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(left)}
    named = {"X-RateLimit-Bucket": name} if name else {}
    return found | {"X-RateLimit-Reset-After": str(after)} | named


def test_until_discord_speaks_one_goes_at_a_time() -> None:
    buckets = Buckets(Clock())
    buckets.take(POST, "1")
    assert 0 < buckets.wait(POST, "1") < 0.1
    assert buckets.wait(POST, "2") == 0
    buckets.landed(POST, "1", headers(2, 1, 5.0))
    assert buckets.wait(POST, "1") == 0


def test_where_discord_names_no_limit_five_in_five_seconds_are_guessed() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    for _ in range(5):
        assert buckets.wait(POST, "1") == 0
        buckets.take(POST, "1")
        buckets.landed(POST, "1", {"Via": "1.1 google"})
    assert buckets.wait(POST, "1") == pytest.approx(5)
    assert buckets.wait(POST, "2") == 0
    clock.at += 5
    assert buckets.wait(POST, "1") == 0


def test_after_a_429_one_goes_until_it_is_answered() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    buckets.take(POST, "1")
    buckets.landed(POST, "1", headers(5, 4, 5.0))
    buckets.hold(POST, "1", 30, everywhere=False)
    assert buckets.wait(POST, "1") == pytest.approx(30)
    clock.at += 30
    assert buckets.wait(POST, "1") == 0
    buckets.take(POST, "1")
    assert buckets.wait(POST, "1") > 0
    buckets.landed(POST, "1", headers(5, 4, 5.0))
    assert buckets.wait(POST, "1") == 0


def test_headers_are_believed_and_flying_requests_count() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    buckets.take(POST, "1")
    buckets.take(POST, "1")
    buckets.landed(POST, "1", headers(3, 1, 2.0))
    assert buckets.wait(POST, "1") == pytest.approx(2)
    clock.at += 2
    assert buckets.wait(POST, "1") == 0


def test_routes_that_name_one_bucket_share_it() -> None:
    buckets = Buckets(Clock())
    for route in ("A", "B"):
        buckets.take(route, "1")
        buckets.landed(route, "1", headers(1, 0, 9.0, "same"))
    assert buckets.wait("A", "1") == buckets.wait("B", "1") == pytest.approx(9)
    assert buckets.wait("A", "2") == 0


def test_no_more_than_fifty_a_second_over_all_channels() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    for n in range(GLOBAL):
        assert buckets.wait(POST, str(n)) == 0
        buckets.take(POST, str(n))
    assert buckets.wait(POST, "new") == pytest.approx(1)
    clock.at += 1
    assert buckets.wait(POST, "new") == 0


def test_a_global_429_holds_everything() -> None:
    buckets = Buckets(Clock())
    buckets.hold(POST, "1", 3, everywhere=True)
    assert buckets.wait("GET /x", "") == pytest.approx(3)


def test_thousands_of_refusals_stop_us_before_the_ban() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    for _ in range(REFUSALS):
        buckets.refused()
    assert buckets.wait(POST, "1") == pytest.approx(600)
    clock.at += 601
    assert buckets.wait(POST, "1") == 0


async def test_a_full_channel_is_not_knocked_at(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    assert surface.budget("post", "#ops") == 0
    for n in range(5):
        await surface.post("#ops", card(), nonce=f"v{n}", maybe_copy=False)
    assert 0 < surface.budget("post", "#ops") <= 5
    before = len(fake.requests)
    with pytest.raises(Transient) as wait:
        await surface.post("#ops", card(), nonce="v5", maybe_copy=False)
    assert wait.value.retry_after == pytest.approx(surface.budget("post", "#ops"), abs=0.1)
    assert not wait.value.uncertain
    assert len(fake.requests) == before
    clock.at += 5.1
    assert surface.budget("post", "#ops") == 0
    await surface.post("#ops", card(), nonce="v5", maybe_copy=False)
    assert len(fake.channel("ops").public) == 6
    assert fake.limits.refusals == 0


async def test_a_storm_at_once_is_spread_and_each_card_comes_once(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    async def send(n: int) -> None:
        sent = None
        while sent is None or sent.half:
            try:
                if sent is None:
                    sent = await surface.post(
                        "#ops", card(f"Host {n}"), nonce=f"v{n}", maybe_copy=False
                    )
                else:
                    sent = await surface.edit(replace(sent, half=False), card(f"Host {n}"))
            except Transient as wait:
                clock.at += (wait.retry_after or 0) + 0.01
                await asyncio.sleep(0.002)

    await asyncio.gather(*(send(n) for n in range(24)))
    messages = fake.channel("ops").public
    assert len(messages) == 24
    assert all(m.is_v2 for m in messages)
    assert fake.limits.refusals == 0


async def test_a_429_is_told_and_waited_out(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.fault("PATCH", "/channels/*/messages/*", "429", retry_after=7)
    with pytest.raises(Transient) as wait:
        await surface.edit(sent, taken())
    assert wait.value.retry_after == pytest.approx(7)
    assert surface.budget("edit", "#ops") == pytest.approx(7)
    assert surface.budget("thread", "#ops") == 0
    with pytest.raises(Transient):
        await surface.edit(sent, taken())
    clock.at += 7.1
    await surface.edit(sent, taken())
    assert fake.limits.refusals == 1


@pytest.mark.parametrize(
    ("kind", "uncertain"), [("500", True), ("502", True), ("drop_before", True)]
)
async def test_failures_on_the_way_can_be_tried_again(
    fake: FakeDiscord, surface: DiscordSurface, kind: str, uncertain: bool
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.fault("PATCH", "/channels/*/messages/*", kind)
    with pytest.raises(Transient) as lost:
        await surface.edit(sent, taken())
    assert lost.value.uncertain is uncertain
    assert await surface.edit(sent, taken()) == sent


async def test_nobody_there_is_certain(fake: FakeDiscord, surface: DiscordSurface) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await surface._rest.close()
    await fake.stop()
    with pytest.raises(Transient, match="can't be reached") as lost:
        await surface.edit(sent, taken())
    assert not lost.value.uncertain


async def test_a_thread_note_whose_answer_was_lost_comes_once(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    at = await surface.say(sent, words("One"), nonce="s1", maybe_copy=False)
    fake.fault("POST", f"/channels/{at.thread}/messages", "drop_after")
    with pytest.raises(Transient):
        await surface.say(at, words("Two"), nonce="s2", maybe_copy=False)
    await surface.say(at, words("Two"), nonce="s2", maybe_copy=True)
    thread = fake.state.channels[int(at.thread)]
    assert [m.content for m in thread.public] == ["One", "Two"]


def test_refusals_say_what_to_do() -> None:
    token = refusal(401, {"message": "401: Unauthorized", "code": 0})
    assert isinstance(token, Misconfigured) and token.setting == "discord.bot_token"
    assert isinstance(refusal(403, {"message": "Missing Access", "code": 50001}), Misconfigured)
    unknown = refusal(404, {"message": "Unknown Message", "code": 10008})
    assert isinstance(unknown, Refused) and unknown.code == 10008
    assert str(refusal(418, None)) == "Discord says HTTP 418 (418)"
