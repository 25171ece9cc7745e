"""Brings a message to one person by one way: where a chat has several workspaces, to the first in
which they have an account and that takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.below import landed
from bot.cards.model import Sent, Surface
from commands.outgoing import Landed
from commands.words import surface_name
from integrations.base import IntegrationError, Misconfigured, Permanent, Transient
from store.model import Person
from store.model.chats import chat_of

if TYPE_CHECKING:
    from bot.carry import Accounts

IN = "/"
"""Between the surface and the channel of a message that stands in a further workspace."""

Send = Callable[[Surface, str], Awaitable[Sent]]


class Reach:
    """Knows which surfaces a way means."""

    def __init__(self, surfaces: Mapping[str, Surface], accounts: Accounts) -> None:
        self._surfaces, self._accounts = surfaces, accounts

    def by(self, via: str) -> list[Surface]:
        """The surfaces of a way: the one of that name, then further workspaces; those that work
        come first."""
        found = [s for name, s in self._surfaces.items() if via in (name, chat_of(name))]
        return sorted(found, key=lambda s: (not s.health()[0], s.name != via, s.name))

    async def person(self, via: str, person: Person, send: Send) -> Landed:
        """Send it; raises the integration errors. What may have arrived is not sent elsewhere."""
        able = self.by(via)
        if not able:
            raise Misconfigured(f"{via} is not connected", via)
        refused: list[IntegrationError] = []
        for surface in able:
            try:
                account = await self._accounts.account(person, surface)
                if account is not None:
                    return self._landed(via, surface, await send(surface, account))
            except IntegrationError as error:
                if isinstance(error, Transient) and error.uncertain:
                    raise
                refused.append(error)
        later = (error for error in refused if isinstance(error, Transient))
        nowhere = Permanent(f"{person.name} has no account on {surface_name(via)} that is known")
        raise next(later, refused[0] if refused else nowhere)

    @staticmethod
    def _landed(via: str, surface: Surface, sent: Sent) -> Landed:
        at = landed(sent)
        return at if surface.name == via else replace(at, channel=f"{surface.name}{IN}{at.channel}")

    def at(self, via: str, sent: Sent) -> tuple[Surface | None, Sent]:
        """The surface where a message stands that was brought so, and where it stands there."""
        name, between, channel = sent.channel.partition(IN)
        if between and name in self._surfaces and chat_of(name) == via:
            return self._surfaces[name], replace(sent, channel=channel)
        return self._surfaces.get(via), sent
