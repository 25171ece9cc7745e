"""Pushover and ntfy alone: loud at night, with receipts and buttons that act."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from integrations import ntfy, pushover
from integrations.base import Answered, Misconfigured, Permanent, Transient
from integrations.ntfy import Ntfy
from integrations.pushover import Pushover
from tests.channels.messages import message
from tests.support.pagers import FakeNtfy, FakePushover


@pytest.fixture
async def over() -> AsyncIterator[FakePushover]:
    async with FakePushover() as fake:
        yield fake


@pytest.fixture
async def pager(over: FakePushover) -> AsyncIterator[Pushover]:
    made = pushover.connect({"token": over.token, "base_url": over.url, "retry": 5})
    yield made
    await made.close()


async def test_a_critical_page_rings_until_it_is_acknowledged(
    over: FakePushover, pager: Pushover
) -> None:
    ana = over.add_user("A")
    receipt = await pager.page(ana, message())
    assert await pager.watch(ana, receipt) == ()
    over.press()
    assert await pager.watch(ana, receipt) == (Answered("ack", sender=ana),)
    assert (over.messages[-1].priority, over.violations) == (2, [])


@pytest.mark.parametrize(
    ("severity", "priority"), [("error", 2), ("warning", 1), ("info", 0), ("unheard of", 0)]
)
async def test_only_what_is_urgent_is_an_emergency(
    over: FakePushover, pager: Pushover, severity: str, priority: int
) -> None:
    receipt = await pager.page(over.add_user("A"), message(severity=severity))
    assert (over.messages[-1].priority, bool(receipt)) == (priority, priority == 2)


async def test_it_stops_ringing_when_somebody_else_has_it(
    over: FakePushover, pager: Pushover
) -> None:
    ana = over.add_user("A")
    receipt = await pager.page(ana, message())
    await pager.follow(ana, receipt, message(), "acknowledged")
    assert over.messages[-1].cancelled
    assert await pager.watch(ana, receipt) is None


async def test_an_expired_emergency_is_not_looked_at_again(
    over: FakePushover, pager: Pushover
) -> None:
    ana = over.add_user("A")
    receipt = await pager.page(ana, message())
    over.messages[-1].expired = True
    assert await pager.watch(ana, receipt) is None
    assert await pager.watch(ana, "r" * 30) is None


async def test_one_device_can_be_named(over: FakePushover, pager: Pushover) -> None:
    await pager.page(f"{over.add_user('A')}/iphone", message())
    assert over.messages[-1].device == "iphone"


async def test_long_words_fit_its_limits(over: FakePushover, pager: Pushover) -> None:
    long = message(text="x" * 5_000, subject="y" * 400, acknowledge="https://e.eu/" + "z" * 600)
    await pager.page(over.add_user("A"), long)
    assert (len(over.messages[-1].text), over.messages[-1].url, over.violations) == (1024, "", [])


async def test_refusals_of_pushover_are_said_in_its_words(
    over: FakePushover, pager: Pushover
) -> None:
    with pytest.raises(Permanent, match="user identifier is invalid"):
        await pager.page("u" + "X" * 29, message())
    wrong = pushover.connect({"token": "a" * 30, "base_url": over.url})
    with pytest.raises(Misconfigured, match="application token is invalid"):
        await wrong.page(over.add_user("A"), message())
    await wrong.close()
    over.answer_next(429)
    with pytest.raises(Transient):
        await pager.page(over.add_user("A"), message())


async def test_a_token_never_stands_in_the_log(
    over: FakePushover, pager: Pushover, caplog: pytest.LogCaptureFixture
) -> None:
    ana = over.add_user("A")
    with caplog.at_level(logging.DEBUG):
        await pager.watch(ana, await pager.page(ana, message()))
    assert over.token not in caplog.text and over.looks == 1


def test_addresses_of_pushover_are_checked() -> None:
    assert pushover.mistake("pushover", "u" + "A" * 29) == ""
    assert pushover.mistake("pushover", "u" + "A" * 29 + "/iphone") == ""
    assert pushover.mistake("pushover", "uA") and pushover.mistake("pushover", "u" + "A" * 29 + "/")
    with pytest.raises(Misconfigured):
        pushover.check({"token": ""})


@pytest.fixture
async def topics() -> AsyncIterator[FakeNtfy]:
    async with FakeNtfy() as fake:
        yield fake


@pytest.fixture
async def bell(topics: FakeNtfy) -> AsyncIterator[Ntfy]:
    made = ntfy.connect({"token": topics.token, "base_url": topics.url})
    yield made
    await made.close()


async def test_a_topic_hears_it_as_loud_as_it_is(topics: FakeNtfy, bell: Ntfy) -> None:
    assert await bell.page("ana-night", message()) == "ntfy00000001"
    shown = topics.messages[-1]
    assert (shown["priority"], shown["tags"]) == (5, ["rotating_light"])
    assert shown["click"] == "https://pv.example.eu/i/1842"
    assert [(a["label"], a["method"]) for a in shown["actions"]] == [
        ("Acknowledge", "POST"), ("Escalate", "POST"),
    ]  # fmt: skip


async def test_what_became_of_it_is_said_quietly_in_the_same_place(
    topics: FakeNtfy, bell: Ntfy
) -> None:
    await bell.page("ana-night", message())
    await bell.follow("ana-night", "x", message(short=""), "acknowledged")
    await bell.follow("ana-night", "x", message(resolved=True), "resolved")
    page, over = topics.messages
    assert (over["priority"], over["tags"]) == (1, ["white_check_mark"])
    assert "actions" not in over and page["sequence_id"] == over["sequence_id"] == "pv-1842"


async def test_a_topic_may_be_written_as_its_address(topics: FakeNtfy, bell: Ntfy) -> None:
    await bell.page(f"{topics.url}/ana-night", message(severity="info", resolved=True))
    assert (topics.messages[-1]["topic"], topics.messages[-1]["priority"]) == ("ana-night", 1)
    with pytest.raises(Permanent, match="another server"):
        await bell.page("https://evil.example/ana-night", message())
    with pytest.raises(Permanent, match="no topic"):
        await bell.page("../v1/account", message())


async def test_refusals_of_ntfy_are_said_in_its_words(topics: FakeNtfy, bell: Ntfy) -> None:
    topics.closed.add("ana-night")
    with pytest.raises(Misconfigured, match="403 forbidden"):
        await bell.page("ana-night", message())
    topics.answer_next(413, {"error": "too large"})
    with pytest.raises(Permanent, match="413 too large"):
        await bell.page("other", message())
    await bell.page("other", message(text="ä" * 9_000))
    assert topics.violations == []


def test_topics_are_checked() -> None:
    assert ntfy.mistake("ntfy", "ana-night") == ""
    assert ntfy.mistake("ntfy", "https://ntfy.sh/ana-night") == ""
    assert ntfy.mistake("ntfy", "ana night") and ntfy.mistake("ntfy", "a/b")
