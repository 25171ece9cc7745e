"""TrueNAS: new alerts and cleared ones in one text, as its alert services write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrations import _chat, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="truenas",
    title="TrueNAS",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.truenas.com/docs/scale/scaletutorials/toptoolbar/alerts/",
)

_HOST = re.compile(r"TrueNAS\s*@\s*([^\s*<]{1,200})", re.IGNORECASE)
_HEADS = re.compile(
    r"^\W*(?:(new|current)\s+alerts?|the following alerts? (?:has|have) been (cleared))\W*$",
    re.IGNORECASE,
)
_LINE = re.compile(r"^\s*[*•-]\s+(.+)$")
_MOST = 200


def read(request: Request) -> Reading:
    """The alerts that are new or over; those that stand as before are not told again."""
    body = _read.fields(request)
    text = _read.first(body, "text", "message", "content", "body", "description")
    if not text:
        if not _read.first(body, "title", "subject"):
            raise Malformed("there is no text in it", "text")
        return Reading((_chat.message(body),))
    found = tuple(_alerts(text))
    return Reading(found or (_chat.message(body),))


def _alerts(text: str) -> Iterator[AlertReading]:
    named = _HOST.search(text[:1_000])
    place = named[1].strip() if named else ""
    status: AlertStatus | None = None
    told: list[str] = []
    for line in text.splitlines()[:_MOST]:
        if head := _HEADS.match(line[:200]):
            status = _read.RESOLVED if head[2] else _read.FIRING
            status = None if (head[1] or "").casefold() == "current" and told else status
        elif status is not None and (item := _LINE.match(line[:2_000])):
            told.append(item[1])
            yield _read.alert(
                status,
                f"{place} {item[1]}".strip(),
                _read.on(item[1].strip(" *"), place),
                type=AlertType.HOST,
                resource=place,
            )
