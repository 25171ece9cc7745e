"""Senders that sign, and senders that send a shared secret: who is let in, and what is a repeat."""

from __future__ import annotations

from typing import Any

import pytest

import integrations
from integrations import _proof
from integrations.base import Malformed, Misconfigured, Receiver, Request
from tests.integrations.signers import NOW, SIGNERS, Headers, Signer, of_hex, private

OLD, NEW, OTHER = ("whsec_b2xkLW9sZC1vbGQ=", "whsec_bmV3LW5ldy1uZXc=", "whsec_b3RoZXItb3RoZXI=")
each = pytest.mark.parametrize("signer", SIGNERS, ids=str)


def known(signer: Signer, word: str) -> str:
    """The secret as the settings have it."""
    return signer.known(word)


def spoken(signer: Signer, word: str) -> str:
    """The secret as the sender has it."""
    return word if signer.setting == "public_key" else known(signer, word)


def asked(signer: Signer, headers: Headers, body: bytes | None = None, word: str = NEW) -> Request:
    """What comes in, now."""
    sent = signer.body(spoken(signer, word)) if body is None else body
    return Request(sent, headers=headers, received_at=NOW * 1000)


def settings(signer: Signer, *words: str) -> dict[str, Any]:
    """The settings of the source."""
    return {signer.setting: [known(signer, w) for w in words], **signer.more}


def verify(signer: Signer, request: Request, given: dict[str, Any]) -> str:
    """The mark of a delivery; Malformed where it is refused."""
    return _proof.check_of(integrations.load(signer.tool))(request, given) or ""


def signed(signer: Signer, word: str = NEW, at: int = NOW) -> Headers:
    """What the sender sends with its body."""
    return signer.sign(spoken(signer, word), signer.body(spoken(signer, word)), at)


def refused(signer: Signer, request: Request, given: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as error:
        verify(signer, request, given)
    assert error.value.status == 401


@each
def test_with_a_secret_its_sender_is_let_in_and_nobody_else(signer: Signer) -> None:
    right = asked(signer, signed(signer))
    one, two = settings(signer, NEW), settings(signer, OLD, NEW)
    verify(signer, right, one)
    verify(signer, right, two)
    verify(signer, asked(signer, signed(signer, OLD), word=OLD), two)
    verify(signer, right, {**one, signer.setting: known(signer, NEW)})
    refused(signer, asked(signer, signed(signer, OTHER), word=OTHER), two)
    nothing = b'{"a": 1}' if signer.in_body else None
    refused(signer, asked(signer, {}, nothing), two)
    for name, value in signed(signer).items():
        for wrong in ("", value[:-2], "\ud800", "=" * 5000, ","):
            refused(signer, asked(signer, {**signed(signer), name: wrong}), one)
    if not signer.sent:
        refused(signer, asked(signer, signed(signer), b'{"a": 2}'), one)


@each
def test_an_empty_secret_lets_nobody_in(signer: Signer) -> None:
    empty: tuple[Any, ...] = ("", "  ", None, [], [""], ["", None])
    for value in empty:
        given = {**signer.more, signer.setting: value}
        refused(signer, asked(signer, signed(signer)), given)
        refused(signer, asked(signer, {}), given)
        assert _proof.empty(given) == signer.setting
        with_nothing = signer.sign("", signer.body(""), NOW)
        refused(signer, asked(signer, with_nothing, signer.body("")), given)


@each
def test_where_no_secret_is_set_none_is_asked_for(signer: Signer) -> None:
    assert verify(signer, asked(signer, {}), {}) == ""


@pytest.mark.parametrize("signer", [s for s in SIGNERS if s.timed], ids=str)
def test_a_signature_of_another_time_is_refused_although_it_is_right(signer: Signer) -> None:
    """What was overheard can't be sent again later, where the tool signs the time as well."""
    given = settings(signer, NEW)
    for away in (-299, 299):
        verify(signer, asked(signer, signed(signer, at=NOW + away)), given)
    for away in (-302, 302):
        with pytest.raises(Malformed, match="too old"):
            verify(signer, asked(signer, signed(signer, at=NOW + away)), given)


@each
def test_what_is_signed_again_is_known_as_a_repeat_and_nothing_else(signer: Signer) -> None:
    given = settings(signer, OLD, NEW)
    mark = verify(signer, asked(signer, signed(signer)), given)
    assert bool(mark) == signer.repeats
    if not signer.repeats:
        return
    more = {**signed(signer), "x-github-delivery": "forged", "idempotency-key": "forged"}
    assert verify(signer, asked(signer, more), given) == mark
    other = b'{"a": 2}'
    again = signer.sign(spoken(signer, NEW), other, NOW)
    has_an_id = any(name.endswith("-id") for name in again)
    assert (verify(signer, asked(signer, again, other), given) == mark) == has_an_id


def test_every_tool_that_proves_itself_is_in_the_table() -> None:
    """Certificates of AWS and the callbacks of Twilio have tests of their own."""
    own = {name for name in integrations.names() if isinstance(integrations.load(name), Receiver)
           and _proof.has_own(integrations.load(name))}  # fmt: skip
    assert own - {signer.tool for signer in SIGNERS} <= {"aws_sns"}


def test_every_receiver_can_be_given_a_secret() -> None:
    """Either its manifest names one, or those of every source are looked at."""
    for name in integrations.names():
        receiver = integrations.load(name)
        if not isinstance(receiver, Receiver) or name == "aws_sns":
            continue
        own = {setting.name for setting in receiver.MANIFEST.settings}
        assert own & set(_proof._SECRETS) or not _proof.has_own(receiver), name
        assert _proof.kind(receiver, {"secret": "s3cret"}) != _proof.TOKEN, name
        assert _proof.kind(receiver, {}) == _proof.TOKEN


@pytest.mark.parametrize("wrong", [
    {"signature": "X-Own", "secret": "a"}, {"signature": {}, "secret": "a"},
    {"signature": {"header": "X-Own"}}, {"secret_header": "X-Own"},
    {"signature": {"header": "X-Own", "algorithm": "md5"}, "secret": "a"},
    {"signature": {"header": "X-Own", "encoding": "rot13"}, "secret": "a"},
    {"signature": {"header": "X-Own", "heder": "x"}, "secret": "a"},
])  # fmt: skip
def test_settings_that_can_not_work_let_nobody_in(wrong: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        _proof.verify(Request(b"{}", headers={"x-own": "a", "authorization": "a"}), wrong)


def test_a_secret_under_its_common_name_counts_where_the_tool_calls_it_otherwise() -> None:
    for tool in ("sentry", "slack", "signalfx", "discord", "pagerduty"):
        receiver = integrations.load(tool)
        with pytest.raises(Malformed):
            _proof.check_of(receiver)(Request(b"{}", received_at=NOW * 1000), {"secret": "a"})


def test_a_signature_that_was_published_by_the_tool_fits() -> None:
    """From the documentation of Slack and of Svix."""
    body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"  # noqa: E501
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    slack = _proof.check_of(integrations.load("slack"))
    request = Request(body, headers=headers, received_at=1531420618_000)
    assert slack(request, {"signing_secret": "8f742231b10e8888abcd99yyyzzz85a5"})
    headers = {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "svix-timestamp": "1614265330",
        "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }  # fmt: skip
    request = Request(b'{"test": 2432232314}', headers=headers, received_at=1614265330_000)
    svix = _proof.check_of(integrations.load("incidentio"))
    assert svix(request, {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})


def test_a_key_of_discord_that_is_none_lets_nobody_in() -> None:
    body, at = b"{}", str(NOW)
    headers = {"x-signature-timestamp": at,
               "x-signature-ed25519": private("a").sign(at.encode() + body).hex()}  # fmt: skip
    with pytest.raises(Malformed):
        _proof.check_of(integrations.load("discord"))(
            Request(body, headers=headers, received_at=NOW * 1000), {"public_key": "zz"}
        )


def test_only_a_signature_in_the_right_form_counts() -> None:
    """A right MAC without the tool's prefix, or another algorithm's, is none."""
    verify_github = _proof.check_of(integrations.load("github"))
    for sign in (of_hex("x-hub-signature-256"), of_hex("x-hub-signature-256", "sha1=", "sha1"),
                 of_hex("x-hub-signature", "sha256=")):  # fmt: skip
        with pytest.raises(Malformed):
            verify_github(Request(b"{}", headers=sign("s", b"{}", NOW)), {"secret": "s"})
