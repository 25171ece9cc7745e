"""Mails that a mail service took and posts to us: Mailgun's routes, SendGrid's inbound parse,
Postmark, CloudMailin. Their fields are written as the mail they came from."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from integrations import _form, _json, _read
from integrations.base import Malformed, Request

_TYPES = ("application/json", _json.FORM, _form.MULTIPART)
_POSTED = re.compile(rb"\s{0,100}(?:\{|--|[\w.%+\[\]-]{1,100}=)")
_WHOLE = ("bodymime", "email", "raw", "rawmessage", "rawemail", "mime")
_TEXTS = ("bodyplain", "textbody", "plain", "text", "strippedtext", "replyplain")
_MARKUP = ("bodyhtml", "htmlbody", "html", "strippedhtml")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,60}")
_HEADERS = 100
_LONGEST = 4_000


def raw(request: Request) -> bytes:
    """The bytes of a mail: the body as it is, unless it is a form or JSON that holds one."""
    if request.content_type not in _TYPES or not _POSTED.match(request.body):
        return request.body
    value = _form.value(request)
    if not isinstance(value, dict):
        raise Malformed(f"expected an object, got {_read.kind(value)}", "body", 422)
    found = _read.folded(value)
    whole = next((found[name] for name in _WHOLE if _is_mail(found.get(name))), None)
    return whole.encode("utf-8", "replace") if whole else _written(found, value)


def _is_mail(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value and ":" in value[:200]


def _written(found: Mapping[str, Any], value: Mapping[str, Any]) -> bytes:
    sender = _read.first(found, "from", "sender")
    subject = _read.first(found, "subject")
    if not sender and not subject:
        raise Malformed("there is neither a sender nor a subject in it", "subject", 422)
    text = next((each for name in _TEXTS if (each := _text(found.get(name)))), "")
    markup = (
        "" if text else next((each for name in _MARKUP if (each := _text(found.get(name)))), "")
    )
    own = {
        "from": sender,
        "to": _read.first(found, "to", "recipient", "originalrecipient"),
        "subject": subject,
        "date": _read.first(found, "date"),
        "message-id": _read.first(found, "messageid"),
    }
    others = {name: said for name, said in _headers(value) if name not in own}
    kind = "html" if markup else "plain"
    lines = [
        *(f"{name}: {_word(said)}" for name, said in {**own, **others}.items() if said),
        f"content-type: text/{kind}; charset=utf-8",
        "content-transfer-encoding: 8bit",
        "",
        text or markup,
    ]
    return "\n".join(lines).encode("utf-8", "replace")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _word(said: str) -> str:
    """A header's value on one line; what is not ASCII as an encoded word."""
    line = " ".join(said[:_LONGEST].split())
    if line.isascii():
        return line
    return f"=?utf-8?b?{base64.b64encode(line.encode('utf-8', 'replace')).decode()}?="


def _headers(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The other headers: pairs, objects with a name, one object, or lines of text."""
    held = value.get("message-headers") or value.get("Headers") or value.get("headers")
    if isinstance(held, str) and held.lstrip()[:1] == "[":
        held = _json.parse_text(held)
    if isinstance(held, str):
        held = [list(line.partition(":")[::2]) for line in held[:64_000].split("\n", 500)]
    pairs = held.items() if isinstance(held, dict) else held if isinstance(held, list) else ()
    for each in islice(pairs, _HEADERS):
        name, said = _pair(each)
        if _NAME.fullmatch(name) and not name.casefold().startswith(("content-", "mime-")):
            yield name.casefold(), said


def _pair(each: Any) -> tuple[str, str]:
    if isinstance(each, dict):
        return _read.first(each, "Name", "name"), _read.first(each, "Value", "value")
    if isinstance(each, (list, tuple)) and len(each) == 2:
        return _read.text(each[0]), _read.text(each[1])
    return "", ""
