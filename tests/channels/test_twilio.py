"""Twilio: what is asked of its REST API, what its errors mean, and whom we believe to be Twilio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import twilio as module
from integrations.base import (
    Answered,
    Delivered,
    Malformed,
    Misconfigured,
    Pager,
    Permanent,
    Request,
    Transient,
)
from integrations.twilio.hooks import called, read, verify
from tests.channels.messages import message
from tests.support.twilio import FakeTwilio
from tests.support.twilio.fake import signature

ANA = "+4915112345678"
CALLBACK = "https://pv.example.eu/callback/twilio"
DEFAULTS = {s.name: s.default for s in module.MANIFEST.settings}


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    """A Twilio that takes nothing the real one would not."""
    async with FakeTwilio() as made:
        yield made
        assert made.violations == []


def settings(twilio: FakeTwilio, **more: Any) -> dict[str, Any]:
    return {
        **DEFAULTS,
        "account_sid": twilio.sid,
        "auth_token": twilio.token,
        "sms_from": "+15005550006",
        "base_url": twilio.url,
        "callback": CALLBACK,
        **more,
    }


async def page(twilio: FakeTwilio, to: str = ANA, channel: str = "sms", **more: Any) -> str:
    pagers = module.connect(settings(twilio, **more))
    try:
        return await pagers[channel].page(to, message())
    finally:
        await pagers["sms"].close()


def test_both_channels_are_pagers() -> None:
    pagers = module.connect(
        DEFAULTS | {"account_sid": "AC1", "auth_token": "t", "sms_from": "+15005550006"}
    )
    assert set(pagers) == set(module.MANIFEST.channels) == {"sms", "voice"}
    assert all(isinstance(p, Pager) for p in pagers.values())


async def test_an_sms_carries_the_short_form_and_where_to_report(twilio: FakeTwilio) -> None:
    sid = await page(twilio)
    (sent,) = twilio.messages
    assert (sent.sid, sent.to, sent.body) == (sid, ANA, message().short)
    assert sent.callback == f"{CALLBACK}/status?key=77"


async def test_a_messaging_service_may_stand_for_the_number(twilio: FakeTwilio) -> None:
    twilio.services.add("MG1")
    assert await page(twilio, sms_from=None, messaging_service_sid="MG1")
    with pytest.raises(Misconfigured) as found:
        await page(twilio, sms_from=None, messaging_service_sid="MG2")
    assert found.value.setting == "twilio.messaging_service_sid"


async def test_a_call_reads_the_spoken_form_twice_and_waits_for_a_key(twilio: FakeTwilio) -> None:
    await page(twilio, channel="voice")
    (call,) = twilio.calls
    assert call.twiml.count(message().spoken) == 2
    assert call.twiml.count("<Gather ") == 2 and "No key was pressed" in call.twiml
    assert call.callback == f"{CALLBACK}/called?key=77"


async def test_without_a_way_back_a_call_is_only_read(twilio: FakeTwilio) -> None:
    await page(twilio, channel="voice", callback="")
    (call,) = twilio.calls
    assert "<Gather" not in call.twiml and call.callback == ""


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (21610, Permanent, "Twilio 21610: the recipient answered STOP"),
        (21211, Permanent, "Twilio 21211: that is not a telephone number"),
        (21614, Permanent, "Twilio 21614: that number can't get SMS"),
        (99999, Permanent, "Twilio 99999: something new"),
        (21408, Misconfigured, "Twilio 21408: the account may not send to that country"),
        (21606, Misconfigured, "Twilio 21606"),
        (20429, Transient, "Twilio 20429"),
        (21611, Transient, "Twilio 21611"),
    ],
)
async def test_each_error_is_a_no_a_later_or_a_setting(
    twilio: FakeTwilio, code: int, error: type[Exception], words: str
) -> None:
    twilio.refuse(ANA, code, "something new")
    with pytest.raises(error, match=words):
        await page(twilio)


async def test_a_wrong_token_names_the_setting(twilio: FakeTwilio) -> None:
    with pytest.raises(Misconfigured) as found:
        await page(twilio, auth_token="wrong")
    assert found.value.setting == "twilio.auth_token"


async def test_a_limit_says_how_long_to_wait(twilio: FakeTwilio) -> None:
    twilio.answer_next(429, {"code": 20429, "message": "Too Many Requests"}, {"Retry-After": "7"})
    with pytest.raises(Transient) as found:
        await page(twilio)
    assert found.value.retry_after == 7 and not found.value.uncertain


async def test_a_lost_answer_may_have_been_a_page(twilio: FakeTwilio) -> None:
    twilio.lose_answers = 1
    with pytest.raises(Transient) as found:
        await page(twilio)
    assert found.value.uncertain and len(twilio.messages) == 1


async def test_no_connection_is_certainly_no_page(twilio: FakeTwilio) -> None:
    with pytest.raises(Transient) as found:
        await page(twilio, base_url="http://127.0.0.1:9")
    assert not found.value.uncertain


async def test_a_number_that_is_none_is_not_even_asked_for(twilio: FakeTwilio) -> None:
    with pytest.raises(Permanent, match="telephone number"):
        await page(twilio, to="0151 123")
    assert twilio.asked == 0


async def test_a_telephone_that_rings_stops_when_somebody_has_it(twilio: FakeTwilio) -> None:
    voice: Any = module.connect(settings(twilio))["voice"]
    sid = await voice.page(ANA, message())
    await voice.follow(ANA, sid, message(), "acknowledged")
    assert twilio.calls[0].state == "ended by us"
    await voice.follow(ANA, sid, message(), "resolved")  # it is over: nothing to stop
    await voice.close()


async def test_that_it_is_over_is_told_once_and_an_ack_wakes_nobody(twilio: FakeTwilio) -> None:
    sms: Any = module.connect(settings(twilio))["sms"]
    await sms.follow(ANA, "SM1", message(), "acknowledged")
    await sms.follow(ANA, "SM1", message(short=""), "resolved")
    assert twilio.messages == []
    await sms.follow(ANA, "SM1", message(short="OK 1842"), "resolved")
    assert [m.body for m in twilio.messages] == ["OK 1842"]
    await sms.close()


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({"account_sid": "SK1"}, "account_sid"),
        ({"sms_from": None}, "sms_from"),
        ({"messaging_service_sid": "XX"}, "messaging_service_sid"),
        ({"voice_from": "030 123"}, "voice_from"),
        ({"ring": 2}, "ring"),
    ],
)
def test_a_setting_that_can_not_work_is_named(given: dict[str, Any], setting: str) -> None:
    base = DEFAULTS | {"account_sid": "AC1", "auth_token": "t", "sms_from": "+15005550006"}
    module.check(base)
    with pytest.raises(Misconfigured) as found:
        module.check(base | given)
    assert found.value.setting == setting


# what comes back


@pytest.mark.parametrize(
    ("text", "verb", "incident", "words"),
    [
        ("1", "ack", 0, ""),
        (" 2 ", "escalate", 0, ""),
        ("3.", "resolve", 0, ""),
        ("1845", "ack", 1845, ""),
        ("#1842", "ack", 1842, ""),
        ("1 1842", "ack", 1842, ""),
        ("Ack 1842", "ack", 1842, ""),
        ("ESCALATE", "escalate", 0, ""),
        ("3 1842 cleaned old WAL", "resolve", 1842, "cleaned old WAL"),
        ("resolve: cleaned old WAL", "resolve", 0, "cleaned old WAL"),
        ("STOP", "stop", 0, ""),
        ("start", "start", 0, ""),
        ("HELP", "help", 0, ""),
        ("ok thanks", "", 0, "ok thanks"),
        ("1842 who is on it?", "", 0, "1842 who is on it?"),
        ("12x", "", 0, "12x"),
        ("", "", 0, ""),
        ("💤", "", 0, "💤"),
        ("9" * 40, "", 0, "9" * 40),
    ],
)
def test_a_reply_is_read(text: str, verb: str, incident: int, words: str) -> None:
    assert read(text) == (verb, incident, words)


def request(path: str, form: dict[str, str], **more: Any) -> Request:
    from urllib.parse import urlencode

    url = f"{CALLBACK}/{path}"
    return Request(
        body=urlencode(form).encode(),
        **{
            "content_type": "application/x-www-form-urlencoded",
            "url": url,
            "path": path.partition("?")[0],
            "query": {"key": "77"} if "?" in path else {},
            "headers": {"x-twilio-signature": signature("token", url, form)},
            "settings": {"auth_token": "token"},
            **more,
        },
    )


FORM = {"MessageSid": "SM1", "From": ANA, "Body": "1 & ü", "Empty": ""}
SECRETS = {"auth_token": "token"}


def test_what_twilio_signed_is_believed() -> None:
    verify(request("sms", FORM), SECRETS)
    verify(request("status?key=77", FORM), SECRETS)


def test_an_address_is_the_same_with_its_usual_port() -> None:
    with_port = CALLBACK.replace(".eu", ".eu:443")
    for told, ours in ((with_port, CALLBACK), (CALLBACK, with_port)):
        signed = {"x-twilio-signature": signature("token", f"{told}/sms", FORM)}
        verify(request("sms", FORM, url=f"{ours}/sms", headers=signed), SECRETS)


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {}},
        {"headers": {"x-twilio-signature": "nonsense"}},
        {"headers": {"x-twilio-signature": signature("other", f"{CALLBACK}/sms", FORM)}},
        {"headers": {"x-twilio-signature": signature("token", f"{CALLBACK}/key", FORM)}},
        {"body": b"MessageSid=SM1&From=%2B4915112345678&Body=2+%26+%C3%BC&Empty="},
        {"body": b"MessageSid=SM1&From=%2B4915112345678&Body=1+%26+%C3%BC&Empty=&More=1"},
    ],
)
def test_whatever_it_did_not_sign_is_refused(more: dict[str, Any]) -> None:
    body = more.pop("body", None)
    asked = request("sms", FORM, **more)
    if body:
        from dataclasses import replace

        asked = replace(asked, body=body)
    with pytest.raises(Malformed) as found:
        verify(asked, SECRETS)
    assert found.value.status == 403


def one(path: str, **form: str) -> Answered | Delivered | None:
    return next(iter(called(request(path, form)).events), None)


def test_the_fate_of_a_message_is_told() -> None:
    assert one("status?key=77", MessageSid="SM1", MessageStatus="sent") is None
    told = one("status?key=77", MessageSid="SM1", MessageStatus="delivered")
    assert told == Delivered("SM1", "delivered", "", "77")
    told = one("status?key=77", MessageSid="SM1", MessageStatus="undelivered", ErrorCode="30005")
    assert told == Delivered("SM1", "failed", "Twilio 30005: there is no such number", "77")


def test_the_fate_of_a_call_is_told() -> None:
    def fate(status: str, **more: str) -> str | None:
        told = one("called?key=77", CallSid="CA1", CallStatus=status, **more)
        return told.state if isinstance(told, Delivered) else None

    assert [fate(s) for s in ("ringing", "canceled")] == [None, None]
    assert [fate(s) for s in ("busy", "no-answer")] == ["unanswered"] * 2
    assert fate("failed") == "failed"
    assert fate("completed") == "delivered"
    assert fate("completed", AnsweredBy="machine_start") == "unanswered"


def test_a_key_is_an_answer_to_the_page_that_rang() -> None:
    for digit, verb in {"1": "ack", "2": "escalate", "9": "repeat", "7": "repeat"}.items():
        told = one("key?key=77", CallSid="CA1", Digits=digit)
        assert isinstance(told, Answered)
        assert (told.verb, told.key, told.sender, told.channel) == (verb, "77", "", "voice")


def test_other_paths_and_bodies_are_refused() -> None:
    with pytest.raises(Malformed) as found:
        called(request("nonsense", {}))
    assert found.value.status == 404
    with pytest.raises(Malformed) as found:
        called(request("sms", {}, content_type="application/json"))
    assert found.value.status == 415


FIELDS_SEEN = ("Body", "From", "To", "MessageSid", "MessageStatus", "ErrorCode", "CallStatus",
               "CallSid", "Digits", "Direction", "AnsweredBy", "OptOutType")  # fmt: skip


@given(
    st.sampled_from(["sms", "status", "called", "key", "voice", "sms/", ""]),
    st.dictionaries(st.sampled_from(FIELDS_SEEN), st.text(max_size=40), max_size=8),
)
def test_whatever_the_fields_say_it_is_read_or_refused(path: str, form: dict[str, str]) -> None:
    try:
        events = called(request(path, form)).events
    except Malformed:
        return
    assert len(events) <= 1
    assert all(0 <= e.incident < 10**15 for e in events if isinstance(e, Answered))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    from dataclasses import replace

    asked = replace(request("sms", {}), body=body)
    for look in (called, lambda r: verify(r, SECRETS)):
        try:
            look(asked)
        except Malformed:
            continue
