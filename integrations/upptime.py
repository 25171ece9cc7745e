"""Upptime: a site is down, slow or back up, told in one sentence by its custom webhook."""

from __future__ import annotations

import re

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="upptime",
    title="Upptime",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://upptime.js.org/docs/notifications",
)

_SENTENCE = re.compile(
    r"\W{0,20}(?P<name>.{1,200}?)\s*(?:\((?P<url>https?://[^)\s]+)\))?\s+(?:is|has|experiences?)\s+"
    r"(?P<said>.{1,200})",
    re.DOTALL,
)


def read(request: Request) -> Reading:
    """The one sentence of a body."""
    body = _read.fields(request)
    inside = _read.part(body, "data") or body
    told = _read.first(inside, "message", "text", "content", "title")
    if not told:
        raise Malformed("there is no message in it", "data.message")
    found = _SENTENCE.match(told[:1_000].replace("*", "").replace("`", ""))
    words = (found["said"] if found else told).casefold()
    over = any(word in words for word in ("back up", "up again", "resolved", "performance has imp"))
    slow = "degraded" in words or "slow" in words
    name = (found["name"] if found else told).strip()
    said = "up" if over else "degraded" if slow else "down"
    quiet = not over and not slow and "down" not in words
    alert = _uptime.check(
        said,
        name,
        name,
        status=_read.INFO if quiet else None,
        place=(found["url"] or "" if found else "") or _read.first(inside, "url"),
        description=told,
    )
    return Reading((alert,))
