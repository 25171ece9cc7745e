"""StatusCake: one test a post, as a form; ``Token`` is the account's and no identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="statuscake",
    title="StatusCake",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://www.statuscake.com/kb/knowledge-base/how-to-use-the-web-hook-url/",
)

_SECRET = ("Token", "token")


SECRET_IS_SENT = True


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless the body holds the account's Token, where one is set as secret."""
    known = _sign.secrets(secrets)
    if known:
        body = _read.folded(_uptime.fields(request))
        _sign.told(_read.first(body, "token"), known, "Token")


def read(request: Request) -> Reading:
    """The one test of a post."""
    sent = _uptime.fields(request)
    body = _read.folded(sent)
    name, place = _read.first(body, "name", "testname"), _read.first(body, "url", "websiteurl")
    if not name and not place:
        raise Malformed("there is no Name and no URL in it", "Name")
    code = _read.first(body, "statuscode")
    said = _read.first(body, "status")
    down = f"HTTP {code}" if code.isdecimal() and code != "0" else ""
    tags = _read.words(body.get("tags"))
    alert = _uptime.check(
        said,
        _read.first(body, "testid") or f"{name} {place}",
        name or place,
        reason=_read.first(body, "reason", "error", "message") or down,
        place=place or _read.first(body, "ip"),
        labels={**_read.flat(sent, _SECRET), "Tags": ", ".join(tags)},
        links=(("Checked", place),),
    )
    return Reading((alert,))
