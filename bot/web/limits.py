"""How often somebody may ask: each token, each address that signs in, and who comes with wrong
secrets, who waits longer each time.

A good token always gets through, however many wrong ones its address sent: behind one address there
may be many monitors. Of intake nothing is lost: what is refused is told when to come again.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

from aiohttp import web

from bot.latest import Latest
from bot.web import peer
from bot.web.server import MACHINES
from bot.web.session import HEADERS

MOST = 20_000
"""Addresses and tokens that are remembered, those that came last; each takes some 200 bytes."""
BURST = 0.5
"""What may come at once, of what may come in a minute."""
FORGOTTEN = 3.0
"""After so many times the longest wait an address begins anew."""

STRICT = ("/signin", "/link/", "/updates/")
"""Where people come in: each look at a link counts, whether it is good or not. Links that answer a
page (``/l/``) are signed, and must work for a whole office in a storm."""
WAITS = "/signin/code"
"""A page that looks again by itself."""

API, INTAKE, SIGN_IN, FAILURES = "api", "intake", "sign_in", "failures"
KINDS = (API, INTAKE, SIGN_IN, FAILURES)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Wanted(Protocol):
    """The settings, each a minute; 0 is without limit."""

    @property
    def api(self) -> int:
        """For each token of a program."""
        ...

    @property
    def intake(self) -> int:
        """For each token of a monitor."""
        ...

    @property
    def sign_in(self) -> int:
        """For each address that signs in or opens a link."""
        ...

    @property
    def failures(self) -> int:
        """Wrong tokens and links of an address that cost it nothing."""
        ...

    @property
    def longest(self) -> int:
        """Seconds an address waits at most."""
        ...


class Buckets:
    """A token bucket for each key: full at the start, ``a_minute`` drops come back in a minute."""

    def __init__(self, a_minute: int) -> None:
        self._rate = a_minute / 60
        self._most = max(1.0, a_minute * BURST)
        self._levels: Latest[object, tuple[float, float]] = Latest(MOST)

    def take(self, key: object, now: float) -> float:
        """Take a drop; 0 where there was one, else the seconds until there is."""
        if self._rate <= 0:
            return 0.0
        level, at = self._levels.get(key) or (self._most, now)
        level = min(self._most, level + max(0.0, now - at) * self._rate)
        if level < 1:
            self._levels[key] = level, now
            return (1 - level) / self._rate
        self._levels[key] = level - 1, now
        return 0.0


@dataclass(slots=True)
class _Wrong:
    """What an address did wrong."""

    count: int = 0
    last: float = 0.0
    until: float = 0.0


class Failures:
    """Who comes with wrong secrets waits: not for the first ``free``, then 1 s, 2 s, 4 s …"""

    def __init__(self, free: int, longest: float) -> None:
        self._free, self._longest = free, longest
        self._known: Latest[object, _Wrong] = Latest(MOST)

    def waits(self, key: object, now: float) -> float:
        """Seconds until an address is listened to again."""
        known = self._known.get(key)
        return max(0.0, known.until - now) if known is not None else 0.0

    def note(self, key: object, now: float) -> float:
        """One more; the seconds it waits from now on."""
        if self._free <= 0:
            return 0.0
        known = self._known.get(key)
        if known is None or now - known.last > max(60.0, self._longest * FORGOTTEN):
            known = _Wrong()
        if now < known.until:  # who does not wait waits no longer for it
            return known.until - now
        known.count += 1
        known.last = now
        over = known.count - self._free
        if over > 0:
            known.until = now + min(self._longest, 2.0 ** min(over - 1, 30))
        self._known[key] = known
        return max(0.0, known.until - now)


def network(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that one household or machine has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


class Limits:
    """Counts what comes. ``now_s`` are seconds of a clock that never goes back."""

    def __init__(self, wanted: Wanted, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now = now_s
        self._buckets = {
            API: Buckets(wanted.api), INTAKE: Buckets(wanted.intake),
            SIGN_IN: Buckets(wanted.sign_in),
        }  # fmt: skip
        self.wrong = Failures(wanted.failures, wanted.longest)
        self.refused: Counter[str] = Counter()

    def take(self, kind: str, key: object) -> int:
        """0 where it may, else the whole seconds until it may."""
        wait = self._buckets[kind].take(key, self._now())
        if wait > 0:
            self.refused[kind] += 1
        return math.ceil(wait)

    def api(self, key: str) -> int:
        """One request of a token of a program, or of whoever it acts as."""
        return self.take(API, key)

    def intake(self, token_id: int) -> int:
        """One request of a token of a monitor."""
        return self.take(INTAKE, token_id)

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Around every request."""
        strict, machine = _is_strict(request), request.path.startswith(MACHINES)
        if not strict and not machine:
            return await handler(request)
        who = network(peer.address(request))
        if strict and (wait := self.wrong.waits(who, self._now()) or self.take(SIGN_IN, who)):
            return _page(math.ceil(wait))
        try:
            answer = await handler(request)
            status = answer.status
        except web.HTTPException as error:
            if not _is_wrong(error.status, request.path, strict=strict):
                raise
            answer, status = error, error.status
        if _is_wrong(status, request.path, strict=strict):
            wait = self.wrong.note(who, self._now())
            if wait > 0 and machine:
                self.refused[FAILURES] += 1
                return _json(math.ceil(wait))
        if isinstance(answer, web.HTTPException):
            raise answer
        return answer


def _is_strict(request: web.Request) -> bool:
    waits = request.method == "GET" and request.path == WAITS
    return request.path.startswith(STRICT) and not waits


def _is_wrong(status: int, path: str, *, strict: bool) -> bool:
    """Whether an answer says that a secret was wrong."""
    if strict:
        return status in (401, 403, 404, 410)
    return status == 401 or (status == 404 and path.startswith("/beat/"))


def _json(seconds: int) -> web.Response:
    error = f"Too many wrong tokens from this address. Try again in {seconds} s."
    return web.Response(
        text=json.dumps({"error": error, "where": "token"}), status=429,
        content_type="application/json", headers={"Retry-After": str(seconds)},
    )  # fmt: skip


def _page(seconds: int) -> web.Response:
    return web.Response(
        text=f"Too many tries from your address. Try again in {seconds} s.\n", status=429,
        headers={**HEADERS, "Retry-After": str(seconds)},
    )  # fmt: skip
