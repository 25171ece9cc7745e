"""Asks an iCal address, bounded in size and time, and never one inside our own network unless that
is allowed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx

from bot.calendars.settings import CalendarSettings
from integrations._http import unfold
from integrations._outside import Barred, Outside
from integrations.base import Malformed

_MOVES = 5
_ANYWHERE = ("0.0.0.0/0", "::/0")
_WORLD = Outside()


class NoAnswer(Exception):
    """The calendar was not given; the text says why and holds no address."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the ``body``, None where it is what it was before. ``marks`` make the next
    request ask for changes alone."""

    body: bytes | None
    marks: Mapping[str, str] = field(default_factory=dict)


async def fetch(
    url: str,
    settings: CalendarSettings,
    marks: Mapping[str, str] | None = None,
    outside: Outside = _WORLD,
) -> Fetched:
    """One calendar; NoAnswer says why there is none."""
    own = settings.private_addresses
    guard = outside.also(_ANYWHERE) if own else outside
    try:
        async with (
            asyncio.timeout(settings.timeout),
            guard.client(insecure=own, timeout=settings.timeout) as client,
        ):
            return await _follow(client, url, settings, dict(marks or {}))
    except TimeoutError:
        raise NoAnswer(f"no answer within {settings.timeout} s") from None
    except Barred as error:
        raise NoAnswer(str(error)) from None
    except httpx.InvalidURL:
        raise NoAnswer("its address is none") from None
    except httpx.HTTPError as error:
        raise NoAnswer(f"no answer: {type(error).__name__}") from None


async def _follow(
    client: httpx.AsyncClient, url: str, settings: CalendarSettings, marks: dict[str, str]
) -> Fetched:
    headers = {"Accept": "text/calendar, */*;q=0.1", "User-Agent": "PixelView"}
    headers |= {"Accept-Encoding": "gzip", **marks}
    for _ in range(_MOVES):
        async with client.stream("GET", url, headers=headers) as answer:
            if answer.has_redirect_location:
                url = urljoin(url, answer.headers["Location"])
                continue
            return await _read(answer, settings)
    raise NoAnswer("it moves on and on")


async def _read(answer: httpx.Response, settings: CalendarSettings) -> Fetched:
    if answer.status_code == httpx.codes.NOT_MODIFIED:
        return Fetched(None)
    if answer.status_code != httpx.codes.OK:
        raise NoAnswer(f"it answered {answer.status_code}")
    raw = bytearray()
    async for piece in answer.aiter_raw():
        raw += piece
        if len(raw) > settings.max_size:
            raise NoAnswer(f"it is longer than {settings.max_size} bytes")
    try:
        body = unfold(bytes(raw), answer.headers.get("Content-Encoding", ""), settings.max_size)
    except Malformed as error:
        raise NoAnswer(f"it can't be unpacked: {error}") from None
    asked = (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))
    return Fetched(body, {ask: answer.headers[got] for got, ask in asked if got in answer.headers})
