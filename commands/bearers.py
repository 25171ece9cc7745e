"""Who brings a token: what it opens, from where it may come, and when it was last used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address, ip_network

from commands.acting import actor_of
from commands.context import Ctx
from commands.door import Door
from store import audit, tokens
from store.clock import MINUTE, SECOND, Instant
from store.model import Actor
from store.secret import could_be, hashed
from store.tokens import Token, Use
from store.writer import Lane

_TOKEN_LIFE = 5 * SECOND
_KNOWN = 2_000
_TOLD = 10 * MINUTE


class Bearers:
    """The part of an identity that knows tokens. A token is looked up by the hash of its secret;
    what is found is remembered for 5 s, so a revoked one ends everywhere within that."""

    _door: Door

    def __init__(self) -> None:
        self._tokens: dict[bytes, tuple[Instant, Token | None]] = {}
        self._uses: dict[tuple[int, int], Use] = {}
        self._told: dict[int, Instant] = {}

    async def token(self, secret: str, address: str = "") -> Token | None:
        """What a token opens, used from this address; None where it opens nothing, or nothing
        from there."""
        found = await self._whose(secret)
        if found is None:
            return None
        now = self._door.clock.now()
        if found.ended:
            self._uses[found.id, 0] = Use(_coarse(now), address, vain=True)
            return None
        if found.networks and not within(address, found.networks):
            await self._refused(found, address, now)
            return None
        self._uses[found.id, found.secret] = Use(_coarse(now), address)
        return found

    async def _whose(self, secret: str) -> Token | None:
        if not could_be(secret):
            return None
        now, key = self._door.clock.now(), hashed(secret)
        known = self._tokens.get(key)
        if known is not None and now < known[0]:
            return known[1]
        found = await self._door.reader.read(lambda tx: tokens.whose(tx, secret, now))
        if len(self._tokens) >= _KNOWN:
            self._tokens.clear()
        until = now + _TOKEN_LIFE
        if found is not None and found.expires_at is not None and found.expires_at > now:
            until = min(until, found.expires_at)
        self._tokens[key] = (until, found)
        return found

    async def bearer(self, secret: str, surface: str = "api", address: str = "") -> Actor | None:
        """The actor of an API token with a role, or the person whose own it is."""
        token = await self.token(secret, address)
        if token is None or token.role is None:
            return None
        if token.person:
            person = self._door.definitions().people.get(token.person)
            acts = actor_of(person, surface, address) if person else None
            return replace(acts, scope=token.scope) if acts else None
        everywhere = () if token.teams else (token.role,)
        return Actor(
            "token", f"token:{token.name}", token.name, surface, everywhere, address,
            grants=tuple((team, token.role) for team in token.teams), scope=token.scope,
        )  # fmt: skip

    async def keep_uses(self) -> None:
        """Write down when tokens were last used: once in a while, not with each request."""
        uses, self._uses = self._uses, {}
        if uses:
            await self._door.system(lambda ctx: tokens.keep_uses(ctx.tx, uses), lane=Lane.BULK)

    async def _refused(self, token: Token, address: str, now: Instant) -> None:
        """A good token from where it may not be used: on record, once in ten minutes."""
        if now - self._told.get(token.id, -_TOLD) < _TOLD:
            return
        self._told[token.id] = now
        actor = Actor("token", f"token:{token.name}", token.name, "http", (), address)
        detail = {"why": "not from this address", "from": list(token.networks)}
        writer = self._door.writer_name

        def note(ctx: Ctx) -> None:
            audit.append(ctx.tx, writer, ctx.now, actor, "token.use", "denied", None, detail)

        await self._door.system(note)


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether an address is in one of these networks; one that is not known is in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ip_network(network, strict=False) for network in networks)


def _coarse(now: Instant) -> Instant:
    return now - now % MINUTE
