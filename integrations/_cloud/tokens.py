"""Access tokens: asked for once for each audience, renewed before they end, and when refused."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from integrations.base import Transient
from store.clock import Clock
from store.model import MINUTE, SECOND, Instant

EARLY = 5 * MINUTE
"""So long before its end a token is renewed; half its life where that is shorter."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the instants between which it is good."""

    text: str
    since: Instant
    until: Instant

    @property
    def renew_at(self) -> Instant:
        """When it is time for the next one."""
        return max(self.until - EARLY, (self.since + self.until) // 2)


def lasting(text: str, seconds: object, now: Instant) -> Token:
    """A token that its issuer says is good for so long; an hour where it does not say."""
    try:
        life = float(str(seconds))
    except ValueError:
        life = 3600.0
    return Token(text, now, now + int(max(life, 1.0) * SECOND))


class Tokens:
    """``fetch`` gets a new one for an audience. Many may ask at once, one of them fetches."""

    def __init__(self, fetch: Callable[[str], Awaitable[Token]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._held: dict[str, Token] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, audience: str, refused: str = "") -> str:
        """A token for it; another one than the ``refused``."""
        async with self._locks[audience]:
            held = self._held.get(audience)
            if held is None or held.text == refused:
                held = self._held[audience] = await self._fetch(audience)
            elif self._clock.now() >= held.renew_at:
                held = await self._renewed(audience, held)
            return held.text

    async def _renewed(self, audience: str, held: Token) -> Token:
        """The next one; the one that is still good where nobody answers now."""
        try:
            self._held[audience] = await self._fetch(audience)
        except Transient:
            if self._clock.now() >= held.until:
                raise
        return self._held[audience]
