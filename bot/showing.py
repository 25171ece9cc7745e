"""What a desk shows somebody beyond an answer: their Home, and a form filled in for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot import home
from bot.cards.model import Account, Answer, Form, Private
from bot.cards.page import Page
from commands.door import Door
from commands.errors import CommandError, NotFound
from commands.mine import mine
from commands.people import Identity
from commands.registry import CATALOG, Verb
from store.model import Actor


class Showing:
    """The part of a desk that opens forms out of messages and draws Home pages."""

    _door: Door
    _identity: Identity
    _url: str
    _link_of: Callable[[Account], str | None]

    async def _actor(self, account: Account) -> Actor:
        raise NotImplementedError

    async def _away(
        self, actor: Actor, account: Account | None, name: str, incident: int | None = None
    ) -> Answer | None:
        raise NotImplementedError

    async def _form(
        self,
        verb: Verb,
        number: int | None,
        actor: Actor,
        given: Mapping[str, Any] | None = None,
        rev: int = 0,
    ) -> Form | Private:
        raise NotImplementedError

    async def _refused(
        self,
        error: CommandError,
        actor: Actor,
        account: Account | None,
        verb: str,
        incident: int | None,
    ) -> Answer:
        raise NotImplementedError

    async def ask(self, verb: str, values: Mapping[str, Any], account: Account) -> Answer:
        """The form of a verb with these fields filled in, or why not."""
        actor = await self._actor(account)
        if (away := await self._away(actor, account, verb)) is not None:
            return away
        found = CATALOG.get(verb)
        try:
            if found is None:
                raise NotFound(f"No command {verb}.")
            return await self._form(found, None, actor, values)
        except CommandError as error:
            return await self._refused(error, actor, account, verb, None)

    async def home(self, account: Account) -> Page:
        """What there is of whoever has this account; how to link it where nobody has."""
        actor = await self._actor(account)
        known = self._door.definitions()
        person = known.people.get(actor.id)
        if person is None:
            able = tuple(self._identity.who_can("access.write"))
            return home.stranger(self._link_of(account), able, self._url)
        try:
            await self._door.allow(CATALOG["me"], actor, {})
        except CommandError as error:
            return home.refused(error, self._url)
        now, rules = self._door.clock.now(), self._door.rules
        sight = self._door.sight(actor)
        found = await sight.read(self._door.reader, lambda tx: mine(tx, known, rules, now, person))
        return home.page(found, known, self._url)
