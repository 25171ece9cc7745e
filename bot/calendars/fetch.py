"""Asks an iCal address, bounded in size and time, and never one inside our own network unless that
is allowed: the name is looked up first, and what was looked at is what is connected to.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urljoin, urlsplit

import httpx

from bot.calendars.settings import CalendarSettings
from integrations._http import unfold
from integrations.base import Malformed

_MOVES = 5
_NAT64 = IPv6Network("64:ff9b::/96")

# They log whole addresses, and that of a calendar is as good as a password.
for _noisy in ("httpx", "httpcore"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class NoAnswer(Exception):
    """The calendar was not given; the text says why and holds no address."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the ``body``, None where it is what it was before. ``marks`` make the next
    request ask for changes alone."""

    body: bytes | None
    marks: Mapping[str, str] = field(default_factory=dict)


async def fetch(
    url: str, settings: CalendarSettings, marks: Mapping[str, str] | None = None
) -> Fetched:
    """One calendar; NoAnswer says why there is none."""
    try:
        async with (
            asyncio.timeout(settings.timeout),
            httpx.AsyncClient(timeout=settings.timeout, follow_redirects=False) as client,
        ):
            return await _follow(client, url, settings, dict(marks or {}))
    except TimeoutError:
        raise NoAnswer(f"no answer within {settings.timeout} s") from None
    except httpx.InvalidURL:
        raise NoAnswer("its address is none") from None
    except httpx.HTTPError as error:
        raise NoAnswer(f"no answer: {type(error).__name__}") from None


async def _follow(
    client: httpx.AsyncClient, url: str, settings: CalendarSettings, marks: dict[str, str]
) -> Fetched:
    for _ in range(_MOVES):
        async with _ask(client, url, await _checked(url, settings), marks) as answer:
            if answer.has_redirect_location:
                url = urljoin(url, answer.headers["Location"])
                continue
            return await _read(answer, settings)
    raise NoAnswer("it moves on and on")


def _ask(
    client: httpx.AsyncClient, url: str, address: str, marks: dict[str, str]
) -> AbstractAsyncContextManager[httpx.Response]:
    """A request to the address that was checked, under the name that was asked for."""
    wanted = httpx.URL(url)
    headers = {"Host": wanted.netloc.decode(), "Accept": "text/calendar, */*;q=0.1", **marks}
    headers |= {"User-Agent": "PixelView", "Accept-Encoding": "gzip"}
    more = {"sni_hostname": wanted.host} if wanted.scheme == "https" else {}
    target = wanted.copy_with(host=address)
    return client.stream("GET", target, headers=headers, extensions=more)


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


# ---- whom we talk to ----------------------------------------------------------------------------


async def _checked(url: str, settings: CalendarSettings) -> str:
    """The IP address to connect to; NoAnswer where it is one that must not be asked."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise NoAnswer("its address is none")
    if parts.scheme == "http" and not settings.private_addresses:
        raise NoAnswer("only https is asked (calendars: private_addresses)")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoAnswer("its host is not known") from None
    addresses = [str(each[4][0]) for each in found]
    if not settings.private_addresses and not all(map(is_public, addresses)):
        raise NoAnswer("its host is in a private network (calendars: private_addresses)")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the world, also behind IPv6's ways to write an IPv4 one."""
    found = ip_address(address.partition("%")[0])
    inner: IPv4Address | IPv6Address | None = None
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFF_FFFF)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)
