"""Whatever comes as a mail: read or refused, the same each time, in bounded time."""

# ruff: noqa: E501  (mails stand as they come)
from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations import email
from integrations.base import Reading, Request
from tests.inbox.mails import NAGIOS, PAIRS, TRUENAS, ZABBIX, mail
from tests.integrations.test_fuzz import is_sound, outcome

M = 1 << 20
_HEADERS = (
    "Subject", "From", "To", "Date", "Message-ID", "References", "In-Reply-To", "Content-Type",
    "Content-Transfer-Encoding", "Auto-Submitted", "Precedence", "X-Priority", "Importance",
    "Content-Disposition", "Return-Path", "X-PixelView", "",
)  # fmt: skip
_VALUES = (
    "db-3 is DOWN", "[FIRING:1] x (y)", "=?utf-8?B?8J+UtA==?= Down", "=?idna?Q?a?=", "=?x?b?%%%?=",
    "multipart/mixed; boundary=b", 'multipart/mixed; boundary="', "text/plain; charset=punycode",
    "text/html; charset*=''x", "base64", "quoted-printable", "<a@b>", "((((", "\u202e\u200b", "\x00",
    "UPS a on battery", "Cron <root@a> x", "Re: Fwd: Re:", "[", "]: [", "1", "high", "auto-replied",
    "attachment; filename*=utf-8''%F0%9F%94%B4", "Thu, 99 Foo 2026 99:99:99 +9999",
    "OSSEC Notification - a - Alert level 99", "ZFS x for pool y on z", "TrueNAS a: Alerts",
)  # fmt: skip
_PIECES = ("--b\n", "--b--\n", "Host: db-3\n", "State: UP\n", "<p>", "<!--", "</style>", "&#x110000;",
           "> quoted wrote:\n", "https://[::1\n", "* a\n", "New alerts:\n", "\n-- \n", "=3D=\n", "QUJD\n",
           "Rule: 1 -> \"x\"\n")  # fmt: skip

values = st.one_of(st.sampled_from(_VALUES), st.text(max_size=30))
headers = st.lists(st.tuples(st.sampled_from(_HEADERS), values), max_size=8)
bodies = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=20)), max_size=12)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Something that looks like a mail, more or less."""
    lines = [f"{name}: {value}" for name, value in draw(headers)]
    text = (
        "\n".join(lines) + draw(st.sampled_from(("\n\n", "\r\n\r\n", "\n"))) + "".join(draw(bodies))
    )
    return text.encode(draw(st.sampled_from(("utf-8", "utf-16", "latin-1"))), "replace")


@settings(max_examples=400, deadline=2_000)
@given(raw=st.one_of(mails(), st.binary(max_size=300)))
def test_any_mail_is_read_or_refused_and_read_alike_again(raw: bytes) -> None:
    first = outcome(email, Request(raw, "message/rfc822"))
    if isinstance(first, Reading):
        for alert in first.alerts:
            is_sound(alert)
    assert outcome(email, Request(raw, "message/rfc822")) == first


def bent(raw: bytes, rng: random.Random) -> bytes:
    """A mail with some of its bytes lost, doubled, replaced or moved."""
    made = bytearray(raw)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(made) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            del made[at : at + rng.randrange(1, 40)]
        elif kind == 1:
            made[at:at] = made[at : at + rng.randrange(1, 60)]
        elif kind == 2:
            made[at : at + 1] = bytes([rng.randrange(256)])
        else:
            made[at:at] = rng.choice(_PIECES + _VALUES).encode()
    return bytes(made)


def test_real_mails_bent_in_every_way_are_read_or_refused() -> None:
    rng = random.Random(20_261_126)
    whole = [mail(pair.problem, pair.text, html="<b>x</b>") for pair in PAIRS]
    whole += [mail("TrueNAS a: Alerts", TRUENAS), mail("x", ZABBIX), mail("y", NAGIOS)]
    for raw in whole * 25:
        request = Request(bent(raw, rng), "message/rfc822")
        first = outcome(email, request)
        if isinstance(first, Reading):
            for alert in first.alerts:
                is_sound(alert)
        assert outcome(email, request) == first


def nested(depth: int) -> bytes:
    """Multiparts in multiparts."""
    parts = (
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return b"Subject: x\n" + b"".join(parts) + b"Content-Type: text/plain\n\nhello"


_HTML = b"Subject: x\nContent-Type: text/html\n\n"
_MIXED = b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
SLOW = {
    "a mebibyte of headers": b"Subject: x\n" + b"X-A: b\n" * (M // 7) + b"\nhi",
    "one header": b"Subject: " + b"a " * (M // 2),
    "a folded header": b"Subject: a\n" + b" b\n" * (M // 3) + b"\n\nx",
    "nested parts": nested(5_000),
    "the same boundary inside": _MIXED + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 20_000,
    "many parts": _MIXED + b"--b\n\nx\n" * (M // 8),
    "dashes": _MIXED + b"\n--" * (M // 3),
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * (M // 14) + b"\n\nx",
    "a slow charset": b"Subject: x\nContent-Type: text/plain; charset=punycode\n\n" + b"a-" * (M // 2),
    "a slow name": b"Subject: =?idna?q?" + b"a" * 4_000 + b"?=\n\nx",
    "utf-7": b"Subject: x\nContent-Type: text/plain; charset=utf-7\n\n" + b"+" * M,
    "zeros": b"Subject: x\0y\n\n" + b"\0" * M,
    "open styles": _HTML + b"<style>" * (M // 7),
    "open tags": _HTML + b"<" * M,
    "open links": _HTML + b"<a href=http://x.y " * (M // 19),
    "open comments": _HTML + b"<!--" * (M // 4),
    "entities": _HTML + b"&amp" * (M // 4),
    "base64": b"Subject: x\nContent-Transfer-Encoding: base64\n\n" + b"QUJD" * (M // 4),
    "quoted": b"Subject: x\nContent-Transfer-Encoding: quoted-printable\n\n" + b"=41" * (M // 3),
    "fields": b"Subject: x\n\n" + b"a: b\n" * (M // 5),
    "addresses": b"Subject: x\n\n" + b"http://a.b/c " * (M // 13),
    "parameters": b"Subject: x\nContent-Type: a/b;" + b' a="b\\";' * 120_000 + b"\n\nx",
    "a sender": b"From: " + b"(" * M + b"\nSubject: x\n\nx",
    "a subject of ons": b"Subject: [A] " + b" on a-1 is" * 400 + b"\n\nx",
    "a subject of brackets": b"Subject: " + b"[(" * 2_000 + b"\n\nx",
    "a subject of numbers": b"Subject: " + b"1" * 4_000 + b"\n\nx",
    "a list": b"Subject: TrueNAS a: Alerts\n\nNew alerts:\n" + b"* a b\n* c-1\n" * (M // 12),
    "signatures": b"Subject: x\n\n" + b"\n-- \n" * (M // 5),
    "an answer": b"Subject: Re: x\nIn-Reply-To: <a@b>\n\n" + b"a wrote " * (M // 8),
    "returns": b"Subject: x\r\r\r" + b"\r" * M,
}  # fmt: skip


@pytest.mark.parametrize("name", list(SLOW))
def test_a_mebibyte_of_anything_takes_bounded_time(name: str) -> None:
    began = time.process_time()
    outcome(email, Request(SLOW[name], "message/rfc822"))
    assert time.process_time() - began < 5, "far more than any honest mail takes"
