"""Bodies of any accepted content type as one value: JSON, forms, and JSON inside forms."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

from integrations import _json
from integrations.base import Malformed, Request

MULTIPART = "multipart/form-data"

_FIELDS = 500
# Slack and Travis, Uptime Kuma, New Relic put their JSON into these fields.
_HOLDERS = ("payload", "data", "alert", "deployment", "json")


def value(request: Request) -> Any:
    """JSON as it is, a form as a mapping of its fields; Malformed 415 for other types.

    JSON under a form's content type is JSON. A field such as ``payload`` or ``data``
    that holds a JSON object gives its contents, the other fields beside them.
    """
    if request.content_type == MULTIPART:
        return _unwrapped(dict(_parts(request)))
    if request.content_type == _json.FORM and not _json.looks_like_json(request.body):
        return _unwrapped(_fields(request.body))
    return _json.parse(_json.body(request))


def _fields(body: bytes) -> dict[str, str]:
    if body.count(b"&") >= _FIELDS:
        raise Malformed(f"a form of more than {_FIELDS} fields")
    pairs = [pair.partition(b"=") for pair in body.split(b"&") if pair]
    if not pairs:
        raise Malformed("the form is empty")
    return {_decoded(name): _decoded(value) for name, _, value in pairs}


_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MOST_STRAYS = 1_000


def _decoded(escaped: bytes) -> str:
    """Percent-decoded by the mail library's quoted-printable: Python's own takes a tenth of a
    second for a mebibyte. A percent sign that escapes nothing stays as it is."""
    if b"%" in escaped:
        escaped, strays = _STRAY.subn(b"%25", escaped, count=_MOST_STRAYS + 1)
        if strays > _MOST_STRAYS:
            raise Malformed(f"more than {_MOST_STRAYS} percent signs that escape nothing")
        quoted = escaped.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"=")
        return binascii.a2b_qp(quoted).decode("utf-8", "replace")
    return escaped.replace(b"+", b" ").decode("utf-8", "replace")


def _parts(request: Request) -> Iterator[tuple[str, str]]:
    """Python's mail parser reads multipart; it wants the boundary in a header."""
    header = request.headers.get("content-type", "").encode("ascii", "ignore")
    if b"\r" in header or b"\n" in header:
        raise Malformed("the content type holds a line break", "content-type")
    message: Message = message_from_bytes(b"Content-Type: " + header + b"\r\n\r\n" + request.body)
    parts = message.get_payload()
    if not isinstance(parts, list):
        raise Malformed("not the multipart form its content type says")
    for part in parts[:_FIELDS]:
        if not isinstance(part, Message):
            continue
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            yield name, content.decode("utf-8", "replace")


def _unwrapped(fields: dict[str, str]) -> Any:
    for name in _HOLDERS:
        text = fields.get(name, "")
        if _json.looks_like_json(text[:64].encode("utf-8", "replace")):
            inner = _json.parse_text(text)
            rest = {other: text for other, text in fields.items() if other != name}
            return rest | inner if isinstance(inner, dict) else inner
    return fields
