"""PagerDuty alone: what is sent, what is refused, and what its webhooks say."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from integrations import pagerduty
from integrations.base import (
    Answered,
    Called,
    Malformed,
    Misconfigured,
    Permanent,
    Request,
    Transient,
)
from integrations.pagerduty import PagerDuty
from tests.channels.messages import message
from tests.support.pagers import FakePagerDuty, Posted

PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads" / "pagerduty"


@pytest.fixture
async def duty() -> AsyncIterator[FakePagerDuty]:
    async with FakePagerDuty() as fake:
        yield fake


@pytest.fixture
async def pager(duty: FakePagerDuty) -> AsyncIterator[PagerDuty]:
    made = pagerduty.connect(settings(duty))
    yield made
    await made.close()


def settings(duty: FakePagerDuty, **more: Any) -> dict[str, Any]:
    base = {"base_url": duty.url, "api_url": duty.url, "api_token": duty.token}
    return {**base, "routing_key": duty.add_service("d"), **more}


async def test_a_page_triggers_under_the_incidents_key(
    duty: FakePagerDuty, pager: PagerDuty
) -> None:
    ana = duty.add_service("a")
    assert await pager.page(ana, message()) == "pixelview-1842"
    event = duty.alert("pixelview-1842", ana).event
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["summary"].startswith("🔴 #1842 Disk 94 % full")
    assert [link["text"] for link in event["links"]] == ["Open in PixelView", "Acknowledge"]
    assert event["client_url"] == "https://pv.example.eu/i/1842"


async def test_it_is_acknowledged_and_resolved_under_the_same_key(
    duty: FakePagerDuty, pager: PagerDuty
) -> None:
    key = await pager.page("", message())
    alert = duty.alert(key, "d" * 32)
    await pager.follow("", key, message(), "acknowledged")
    assert alert.state == "acknowledged"
    await pager.follow("", key, message(resolved=True), "resolved")
    assert (alert.state, alert.log) == ("resolved", ["trigger", "acknowledge", "resolve"])


async def test_a_copy_opens_no_second_incident(duty: FakePagerDuty, pager: PagerDuty) -> None:
    await pager.page("", message())
    await pager.page("", message(copy=True))
    assert duty.alert("pixelview-1842").log == ["trigger", "trigger"]


async def test_what_nobody_has_any_more_rings_anew(duty: FakePagerDuty, pager: PagerDuty) -> None:
    key = await pager.page("", message())
    await pager.follow("", key, message(), "acknowledged")
    first = duty.alert(key)
    for _ in range(2):
        await pager.page("", message(again="17"))
    assert first.state == "resolved", "what is acknowledged there would stay silent"
    assert (duty.alert(key).state, duty.alert(key).log) == ("triggered", ["trigger", "trigger"])


async def test_a_page_about_no_incident_has_a_key_of_its_own(
    duty: FakePagerDuty, pager: PagerDuty
) -> None:
    assert await pager.page("", message(incident=0, key="test17")) == "pixelview-page-test17"


async def test_what_it_refuses_is_said_in_its_words(duty: FakePagerDuty, pager: PagerDuty) -> None:
    with pytest.raises(Permanent, match="400 Length of 'routing_key' is incorrect"):
        await pager.page("short", message())
    with pytest.raises(Permanent, match="Invalid routing key"):
        await pager.page("x" * 32, message())


async def test_without_a_key_nothing_is_sent(duty: FakePagerDuty) -> None:
    pager = pagerduty.connect({"base_url": duty.url})
    with pytest.raises(Misconfigured) as refused:
        await pager.page("", message())
    assert (refused.value.setting, duty.asked) == ("pagerduty.routing_key", 0)
    await pager.close()


async def test_busy_broken_and_silent_are_told_apart(duty: FakePagerDuty, pager: PagerDuty) -> None:
    duty.answer_next(429, headers={"Retry-After": "7"})
    with pytest.raises(Transient) as busy:
        await pager.page("", message())
    assert (busy.value.retry_after, busy.value.uncertain) == (7, False)
    duty.answer_next(503)
    with pytest.raises(Transient) as broken:
        await pager.page("", message())
    assert (broken.value.retry_after, broken.value.uncertain) == (None, False)
    duty.hang_up_next()
    with pytest.raises(Transient) as silent:
        await pager.page("", message())
    assert silent.value.uncertain


async def test_nobody_listening_is_no_lost_answer() -> None:
    pager = pagerduty.connect({"base_url": "http://127.0.0.1:9", "routing_key": "d" * 32})
    with pytest.raises(Transient, match="can't be reached") as refused:
        await pager.page("", message())
    assert not refused.value.uncertain
    await pager.close()


async def test_it_tells_the_e_mail_address_of_a_user(duty: FakePagerDuty, pager: PagerDuty) -> None:
    duty.add_user("PANA01", "Ana Petrova", "ana@example.eu")
    assert await pager.email("PANA01") == "ana@example.eu"
    assert await pager.email("PNOBODY") is None
    assert await pager.email("../incidents") is None


def heard(posted: Posted, **headers: str) -> Request:
    found = {k.lower(): v for k, v in {**posted.headers, **headers}.items()}
    return Request(posted.body, headers=found)


def test_a_signature_of_ours_is_needed() -> None:
    duty = FakePagerDuty()
    posted = duty.tells("acknowledged", "pixelview-1842", "PANA01")
    ours = {"webhook_secrets": [duty.secrets[0]]}
    pagerduty.verify(heard(posted), ours)
    for headers in ({"X-PagerDuty-Signature": ""}, {"X-PagerDuty-Signature": "v1=" + "0" * 64}):
        with pytest.raises(Malformed) as refused:
            pagerduty.verify(heard(posted, **headers), ours)
        assert refused.value.status == 403
    with pytest.raises(Malformed):
        pagerduty.verify(heard(Posted(posted.body + b" ", posted.headers)), ours)


def test_an_empty_secret_opens_nothing() -> None:
    posted = FakePagerDuty().tells("acknowledged", "pixelview-1842", "PANA01", secret="")
    for nothing in ({}, {"webhook_secrets": ""}, {"webhook_secrets": ["", None]}):
        with pytest.raises(Malformed):
            pagerduty.verify(heard(posted), nothing)


def test_while_a_secret_is_rotated_either_signature_counts() -> None:
    duty = FakePagerDuty()
    duty.secrets = ["old" * 10, "new" * 10]
    posted = duty.tells("resolved", "pixelview-1842", "PANA01")
    assert posted.headers["X-PagerDuty-Signature"].count("v1=") == 2
    pagerduty.verify(heard(posted), {"webhook_secrets": ["new" * 10]})
    pagerduty.verify(heard(posted), {"webhook_secrets": "old" * 10})


@pytest.mark.parametrize(
    ("what", "verb"),
    [("acknowledged", "ack"), ("resolved", "resolve"), ("unacknowledged", "unack"),
     ("reopened", "reopen")],
)  # fmt: skip
def test_what_a_person_does_there_is_done_here(what: str, verb: str) -> None:
    duty = FakePagerDuty()
    duty.add_user("PANA01", "Ana Petrova", "ana@example.eu")
    said = pagerduty.called(heard(duty.tells(what, "pixelview-1842", "PANA01", id="01E")))
    key = "pixelview-1842"
    expected = Answered(verb, "PANA01", 1842, key=key, text="Ana Petrova", id="01E")
    assert said == Called((expected,))


def test_the_answer_to_a_test_names_its_page() -> None:
    said = pagerduty.called(heard(FakePagerDuty().tells("acknowledged", "pixelview-page-9", "P1")))
    assert [(e.incident, e.key) for e in said.events if isinstance(e, Answered)] == [
        (0, "pixelview-page-9")
    ]


@pytest.mark.parametrize(
    "agent",
    [None, {"type": "inbound_integration_reference", "id": "PINT"}, {"type": "service_reference"}],
)
def test_an_echo_of_our_own_events_says_nothing(agent: dict[str, Any] | None) -> None:
    posted = FakePagerDuty().tells("acknowledged", "pixelview-1842", agent=agent)
    assert pagerduty.called(heard(posted)) == Called()


@pytest.mark.parametrize("key", ["", "db-3/disk", "pixelview-", "pixelview-x", "other-1842"])
def test_incidents_of_other_tools_are_left_alone(key: str) -> None:
    posted = FakePagerDuty().tells("acknowledged", key, "P1")
    assert pagerduty.called(heard(posted)) == Called()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"event": 3}', b'{"event": []}'])
def test_what_is_no_webhook_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        pagerduty.called(Request(body))


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the shared payloads are not here")
def test_every_known_webhook_of_version_3_is_read() -> None:
    read = 0
    for path in sorted(PAYLOADS.glob("v3_*.json")):
        body = json.loads(path.read_text())
        body["event"]["data"]["incident_key"] = "pixelview-7"
        said = pagerduty.called(Request(json.dumps(body).encode()))
        kind = body["event"]["event_type"]
        assert bool(said.events) == (kind in pagerduty.VERBS), path.name
        read += 1
    assert read


def test_a_routing_key_has_32_characters() -> None:
    assert pagerduty.mistake("pagerduty", "a" * 32) == ""
    assert "32" in pagerduty.mistake("pagerduty", "a" * 31)
