"""Whoever has an account that belongs to nobody here: sees nothing, changes nothing, is told how to
link it, and that is on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from bot.cards import answers
from bot.cards.model import Account, Answer, Private
from bot.latest import Latest
from commands.context import Ctx
from commands.door import Door
from commands.errors import Denied
from commands.people import Identity
from commands.registry import CATALOG, Verb
from commands.rules.permission import ANYONE
from store import audit
from store.clock import MINUTE
from store.model import Actor

TRIES, WITHIN = 5, 10 * MINUTE
"""Wrong codes of one account, and how long it then waits."""


class Strangers:
    """The part of a desk that turns those away whom nobody knows."""

    _door: Door
    _identity: Identity
    _link_of: Callable[[Account], str | None]

    def __init__(self) -> None:
        self._wrong: Latest[tuple[str, str], list[int]] = Latest(5_000)

    async def _away(
        self, actor: Actor, account: Account | None, name: str, incident: int | None = None
    ) -> Answer | None:
        """The answer to somebody unknown; None for everybody else, and for the few commands that
        anyone may use."""
        if actor.kind != "stranger":
            return None
        verb = CATALOG.get(name)
        if verb is not None and verb.permission == ANYONE:
            if account is None or not self._tried_too_often(account):
                return None
            return Private(note=answers.too_many_codes(WITHIN // MINUTE))
        if verb is not None:
            about = {"incident": incident} if incident is not None else {}
            with suppress(Denied):
                await self._door.allow(verb, actor, about)
        return self._unknown(account)

    def _unknown(self, account: Account | None) -> Private:
        link = self._link_of(account) if account is not None else None
        return Private(note=answers.unlinked(link, self._identity.who_can("access.write")))

    def _tried_too_often(self, account: Account) -> bool:
        tries = self._wrong.get((account.surface, account.id), [])
        since = self._door.clock.now() - WITHIN
        return sum(at > since for at in tries) >= TRIES

    async def _wrong_code(
        self, actor: Actor, account: Account, verb: Verb, args: Mapping[str, Any]
    ) -> None:
        """A code that is none, on record: whoever guesses is seen, and has few tries."""
        if not args.get("what"):
            return
        now, key = self._door.clock.now(), (account.surface, account.id)
        self._wrong[key] = [*self._wrong.get(key, [])[-TRIES:], now]
        writer, name = self._door.writer_name, verb.name

        def note(ctx: Ctx) -> None:
            detail = {"why": "wrong code"}
            audit.append(ctx.tx, writer, ctx.now, actor, name, "denied", None, detail)

        await self._door.system(note)
