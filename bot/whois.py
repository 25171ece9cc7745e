"""Who is there: what chats say of people now, for answers about who is on call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from bot.abilities import TellsPresence
from bot.cards.model import Surface
from commands.context import Absent
from commands.door import Door
from commands.people import Identity
from commands.words import surface_name

PATIENCE = 1.5
"""Seconds; an answer about who is on call waits no longer for it."""


class WhoIsThere:
    """Asks the chats in which people have an account that is known."""

    def __init__(self, door: Door, identity: Identity, surfaces: Mapping[str, Surface]) -> None:
        self._door, self._identity, self._surfaces = door, identity, surfaces

    async def __call__(self, handles: Iterable[str]) -> Mapping[str, Absent]:
        """Handle → what keeps them, for those that a chat says something of."""
        wanted = list(dict.fromkeys(handles))
        try:
            async with asyncio.timeout(PATIENCE):
                found = await asyncio.gather(*map(self._one, wanted))
        except TimeoutError:
            return {}
        return {h: absent for h, absent in zip(wanted, found, strict=True) if absent is not None}

    async def _one(self, handle: str) -> Absent | None:
        person = self._door.definitions().people.get(handle)
        for name, surface in sorted(self._surfaces.items()):
            account = self._identity.account_of(person, name) if person is not None else None
            if account is None or not isinstance(surface, TellsPresence):
                continue
            absent = await surface.available(account)
            if absent is not None:
                return Absent(f"{absent.words} in {surface_name(name)}", absent.until)
        return None
