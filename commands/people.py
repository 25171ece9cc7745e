"""Who is speaking: sessions, API tokens, and chat accounts that belong to people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from commands.context import Ctx
from commands.door import SYSTEM, Door
from commands.rules.permission import allows
from store import access, audit
from store.access import Token
from store.clock import SECOND
from store.db import Tx
from store.model import Actor, Person

_TOKEN_LIFE = 5 * SECOND
_TOUCH = 60 * SECOND


def actor_of(person: Person, surface: str, address: str = "") -> Actor:
    """A person as an actor on a surface."""
    return Actor("person", person.handle, person.name, surface, person.roles, address)


class Identity:
    """Finds out who speaks; secrets are looked up by hash, never compared."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._tokens: dict[str, tuple[int, Token | None]] = {}
        self._accounts: dict[tuple[str, str], str] = {}
        self._unknown: dict[tuple[str, str], int] = {}

    async def open(self) -> None:
        """Load the linked accounts."""
        for person, surface, account in await self._door.reader.read(access.accounts):
            self._accounts[surface, account] = person

    # console

    async def sign_in_link(self, handle: str) -> str:
        """A new one-time secret for a person."""

        def make(ctx: Ctx) -> str:
            self._note(ctx, SYSTEM, "signin.link", "ok", {"person": handle})
            return access.create_session(ctx.tx, ctx.now, handle, "link")

        return await self._door.system(make)

    async def link_person(self, secret: str) -> Person | None:
        """Whose link it is, without using it up."""
        now = self._door.clock.now()
        row = await self._door.reader.read(lambda tx: access.session(tx, secret, "link", now))
        return self._door.definitions().people.get(row.person) if row else None

    async def redeem(self, secret: str, address: str) -> str | None:
        """Turn a one-time link into a session's secret; None when it is used, old or unknown."""

        def use(ctx: Ctx) -> str | None:
            row = access.session(ctx.tx, secret, "link", ctx.now)
            person = self._door.definitions().people.get(row.person) if row else None
            if row is None or person is None or not access.end_session(ctx.tx, row.id, ctx.now):
                self._note(ctx, SYSTEM, "signin", "denied", {"address": address})
                return None
            self._note(ctx, actor_of(person, "web", address), "signin", "ok", {})
            return access.create_session(ctx.tx, ctx.now, row.person, "session")

        return await self._door.system(use)

    async def session(self, secret: str, address: str = "") -> Actor | None:
        """Who a console session belongs to, or None."""
        now = self._door.clock.now()
        row = await self._door.reader.read(lambda tx: access.session(tx, secret, "session", now))
        person = self._door.definitions().people.get(row.person) if row else None
        if row is None or person is None:
            return None
        if now - row.seen_at > _TOUCH:
            await self._door.system(lambda ctx: access.touch_session(ctx.tx, row.id, ctx.now))
        return actor_of(person, "web", address)

    async def sign_out(self, secret: str) -> None:
        """End a session."""

        def end(ctx: Ctx) -> None:
            row = access.session(ctx.tx, secret, "session", ctx.now)
            if row is not None:
                access.end_session(ctx.tx, row.id, ctx.now)
                self._note(ctx, SYSTEM, "signout", "ok", {"person": row.person})

        await self._door.system(end)

    # tokens

    async def token(self, secret: str) -> Token | None:
        """What a token opens; remembered for 5 s, so a revoked one ends within that."""
        now = self._door.clock.now()
        known = self._tokens.get(secret)
        if known is not None and now < known[0]:
            return known[1]
        found = await self._door.reader.read(lambda tx: access.token(tx, secret, now))
        if len(self._tokens) > 1000:
            self._tokens.clear()
        self._tokens[secret] = (now + _TOKEN_LIFE, found)
        return found

    async def bearer(self, secret: str, surface: str = "api", address: str = "") -> Actor | None:
        """The actor of an API token with a role, or the person whose own it is."""
        token = await self.token(secret)
        if token is None or token.role is None:
            return None
        _, of, handle = token.role.partition(access.OF_PERSON)
        if of:
            person = self._door.definitions().people.get(handle)
            return actor_of(person, surface, address) if person else None
        return Actor("token", f"token:{token.name}", token.name, surface, (token.role,), address)

    # chat accounts

    def known(self, surface: str, account: str) -> Person | None:
        """The person an account belongs to: from the definitions, or a link made before."""
        people = self._door.definitions().people
        for person in people.values():
            if person.contacts.get(surface) == account:
                return person
        return people.get(self._accounts.get((surface, account), ""))

    async def account_actor(
        self, surface: str, account: str, name: str, email: Callable[[], Awaitable[str | None]]
    ) -> Actor:
        """Who presses: an unknown account is matched once by the e-mail the platform confirms.

        No person is ever made by a press; who stays unknown is a stranger without any role.
        """
        person = self.known(surface, account)
        if person is None and self._may_ask(surface, account):
            person = await self._by_email(surface, account, await email())
        if person is None:
            return Actor("stranger", f"{surface}:{account}", name, surface, (), account)
        return actor_of(person, surface, account)

    def _may_ask(self, surface: str, account: str) -> bool:
        now = self._door.clock.now()
        again = self._unknown.get((surface, account), 0)
        if now < again:
            return False
        self._unknown[surface, account] = now + 60 * SECOND
        return True

    async def _by_email(self, surface: str, account: str, email: str | None) -> Person | None:
        low = (email or "").casefold()
        people = self._door.definitions().people.values()
        found = [p for p in people if low and p.email and p.email.casefold() == low]
        if len(found) != 1:
            return None
        await self.link(found[0], surface, account, "e-mail")
        return found[0]

    async def link(self, person: Person, surface: str, account: str, how: str) -> None:
        """Remember that an account is a person."""

        def keep(ctx: Ctx) -> None:
            access.link_account(ctx.tx, ctx.now, person.handle, surface, account, how)
            self._note(ctx, actor_of(person, surface, account), "link", "ok", {"how": how})

        await self._door.system(keep)
        self._accounts[surface, account] = person.handle

    def account_of(self, person: Person, surface: str) -> str | None:
        """A person's account on a surface, where it is known."""
        named = person.contacts.get(surface)
        if named:
            return named
        mine = (a for (s, a), h in self._accounts.items() if s == surface and h == person.handle)
        return next(mine, None)

    def who_can(self, permission: str) -> tuple[str, ...]:
        """Names of people who hold a permission."""
        people = self._door.definitions().people.values()
        return tuple(p.name for p in people if allows(p.roles, permission))

    def _note(
        self, ctx: Ctx, actor: Actor, verb: str, outcome: str, detail: dict[str, str]
    ) -> None:
        audit.append(
            ctx.tx, self._door.writer_name, ctx.now, actor, verb, outcome, None, dict(detail)
        )


def list_tokens(tx: Tx) -> list[dict[str, object]]:
    """Tokens as people read them, without any secret."""
    return [
        {
            "name": r.name,
            "opens": r.role or "intake",
            "created_at": r.created_at,
            "expires_at": r.expires_at,
            "revoked_at": r.revoked_at,
            "last_used_at": r.last_used_at,
        }
        for r in access.tokens(tx)
    ]
