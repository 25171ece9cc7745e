"""What Twilio calls us for: a message's fate, a call's fate, a reply, a key; and our answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from integrations.base import Answered, Called, Delivered, Malformed, Outcome, Reply, Request
from integrations.twilio import twiml
from integrations.twilio.api import words

FIELDS = 200
_KEYS = {"1": "ack", "2": "escalate", "9": "repeat"}
_CODES = {"1": "ack", "2": "escalate", "3": "resolve"}
_VERBS = {
    "ack": "ack", "acknowledge": "ack", "a": "ack", "ok": "ack",
    "escalate": "escalate", "esc": "escalate", "e": "escalate",
    "resolve": "resolve", "res": "resolve", "r": "resolve", "close": "resolve",
    **_CODES,
}  # fmt: skip
# Twilio's own words; it answers them itself.
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop", "yes"})
_THEIRS = frozenset({"help", "info"})
_LINE = re.compile(
    r"(?:(?P<word>[a-z]+|[123])(?:[\s:,=]+|$))?#?(?P<number>\d{1,15})?(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_MESSAGE = {"delivered": "delivered", "read": "delivered", "failed": "failed",
            "undelivered": "failed"}  # fmt: skip
_CALL = {"completed": "delivered", "busy": "unanswered", "no-answer": "unanswered",
         "failed": "failed"}  # fmt: skip
_MACHINE = ("machine", "fax")


def _form(request: Request) -> list[tuple[str, str]]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise Malformed("not the form Twilio sends", "content-type", 415)
    try:
        text = request.body.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError as error:
        raise Malformed("not the form Twilio sends", "body") from error


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 403 unless X-Twilio-Signature was made with our token, over the public address
    and every field."""
    told = request.headers.get("x-twilio-signature", "").encode("utf-8", "replace")
    token = str(secrets["auth_token"]).encode()
    fields = "".join(f"{name}{value}" for name, value in sorted(set(_form(request))))
    for url in _spellings(request.url):
        mac = hmac.digest(token, f"{url}{fields}".encode(), hashlib.sha1)
        if hmac.compare_digest(base64.b64encode(mac), told):
            return
    raise Malformed("the signature is not Twilio's", "x-twilio-signature", 403)


def _spellings(url: str) -> Iterator[str]:
    """Twilio signs an address with its usual port or without it."""
    yield url
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    if usual is None:
        return
    if parts.port is None:
        yield url.replace(parts.netloc, f"{parts.netloc}:{usual}", 1)
    elif parts.port == usual:
        yield url.replace(parts.netloc, parts.netloc.rpartition(":")[0], 1)


def called(request: Request) -> Called:
    """What one request says: at ``status`` and ``called`` a page's fate, at ``sms`` a reply, at
    ``key`` a key on a call, at ``voice`` somebody who calls back."""
    read = {"status": _status, "called": _called, "sms": _sms, "key": _key, "voice": _voice}
    kind = read.get(request.path)
    if kind is None:
        raise Malformed("nothing is called back here", "path", 404)
    event = kind(dict(_form(request)), str(request.query.get("key", "")))
    return Called((event,) if event is not None else ())


def _status(form: Mapping[str, str], key: str) -> Delivered | None:
    state = _MESSAGE.get(form.get("MessageStatus") or form.get("SmsStatus") or "")
    if state is None:
        return None
    code = form.get("ErrorCode", "")
    error = words(int(code)) if state == "failed" and code.isdecimal() else ""
    return Delivered(form.get("MessageSid", ""), state, error, key)


def _called(form: Mapping[str, str], key: str) -> Delivered | None:
    """A call that a machine took was not picked up; one that we ended ourselves says nothing."""
    state = _CALL.get(form.get("CallStatus", ""))
    if state is None:
        return None
    if state == "delivered" and form.get("AnsweredBy", "").startswith(_MACHINE):
        return Delivered(form.get("CallSid", ""), "unanswered", "A machine took the call.", key)
    why = {"busy": "The line is busy.", "failed": "The call could not be made."}
    return Delivered(form.get("CallSid", ""), state, why.get(form["CallStatus"], ""), key)


def _sms(form: Mapping[str, str], key: str) -> Answered | None:
    verb, incident, text = read(form.get("Body", ""), form.get("OptOutType", ""))
    if verb == "help":
        return None
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    return Answered(verb, _sender(form), incident, "", text, sid, "sms")


def read(body: str, opted: str = "") -> tuple[str, int, str]:
    """Verb, incident (0: the last one sent) and words of a reply: ``1``, ``3 cleaned it``,
    ``1845``, ``ack 1842``, ``STOP``. A verb "" is none of ours."""
    text = " ".join(body.split())
    low = text.casefold().strip(".!")
    if opted.casefold() == "stop" or low in _STOP:
        return "stop", 0, ""
    if opted.casefold() == "start" or low in _START:
        return "start", 0, ""
    if opted.casefold() == "help" or low in _THEIRS:
        return "help", 0, ""
    found = _LINE.fullmatch(text.strip(".!"))
    word = (found["word"] or "").lower() if found else ""
    number = int(found["number"]) if found and found["number"] else 0
    rest = found["rest"].strip(" :,") if found else ""
    verb = _VERBS.get(word, "" if word else "ack")
    bare = rest and not (number and word) and verb != "resolve"
    if not verb or bare or not (word or number):
        return "", 0, text[:200]
    return verb, number, rest[:500]


def _key(form: Mapping[str, str], key: str) -> Answered | None:
    digit = form.get("Digits", "")
    sid = f"{form.get('CallSid', '')}:{digit}"
    return Answered(
        _KEYS.get(digit, "repeat"), "" if key else _sender(form), 0, key, "", sid, "voice"
    )


def _voice(form: Mapping[str, str], key: str) -> Answered:
    return Answered("repeat", _sender(form), 0, "", "", form.get("CallSid", ""), "voice")


def _sender(form: Mapping[str, str]) -> str:
    """The other side's number: on a call of ours that is whom we called."""
    ours = form.get("Direction", "").startswith("outbound")
    return form.get("To" if ours else "From", "")


def reply(request: Request, outcomes: Sequence[Outcome]) -> Reply:
    """TwiML: an SMS back, or what the voice says next."""
    outcome = outcomes[0] if outcomes else None
    settings = request.settings
    if request.path in ("key", "voice"):
        return Reply(_spoken(outcome, settings), twiml.XML)
    if outcome is not None and outcome.say:
        return Reply(twiml.message(outcome.say), twiml.XML)
    return Reply(twiml.NOTHING, twiml.XML)


def _spoken(outcome: Outcome | None, settings: Mapping[str, Any]) -> str:
    if outcome is None or not outcome.spoken:
        return twiml.goodbye("Goodbye.", settings)
    if outcome.message is not None:
        return twiml.page(outcome.message.spoken, settings, outcome.message.key)
    return twiml.goodbye(outcome.spoken, settings)
