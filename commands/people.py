"""Who is speaking: sessions, API tokens, and chat accounts that belong to people."""

from __future__ import annotations

from commands.accounts import Accounts
from commands.acting import actor_of
from commands.bearers import Bearers
from commands.context import Ctx
from commands.door import SYSTEM, Door
from store import access, audit
from store.clock import SECOND
from store.model import Actor, Person

__all__ = ["Identity", "actor_of"]

_TOUCH = 60 * SECOND


class Identity(Accounts, Bearers):
    """Finds out who speaks; secrets are looked up by hash, never compared."""

    def __init__(self, door: Door) -> None:
        self._door = door
        Accounts.__init__(self)
        Bearers.__init__(self)

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

    def _note(
        self, ctx: Ctx, actor: Actor, verb: str, outcome: str, detail: dict[str, str]
    ) -> None:
        audit.append(
            ctx.tx, self._door.writer_name, ctx.now, actor, verb, outcome, None, dict(detail)
        )
