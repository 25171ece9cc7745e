"""How a person's contacts stand, for the console: with the addresses that each pager lets show."""

from __future__ import annotations

from dataclasses import replace

from bot.pages.pagers import Pagers
from commands.door import Door
from commands.mine import Reach, reach
from store import pushes
from store.db import Tx
from store.model import Person


class Standings:
    """Looks contacts up for their owner."""

    def __init__(self, door: Door, pagers: Pagers) -> None:
        self._door, self._pagers = door, pagers

    async def of(self, handle: str) -> list[Reach]:
        """Every contact of a person, chats first."""
        person = self._door.definitions().people.get(handle)
        if person is None:
            return []
        return await self._door.reader.read(lambda tx: self._of(tx, person))

    def _of(self, tx: Tx, person: Person) -> list[Reach]:
        found = reach(tx, self._door.rules, person)
        return [replace(each, address=self._shown(tx, person, each)) for each in found]

    def _shown(self, tx: Tx, person: Person, known: Reach) -> str:
        """An address for its owner's eyes; of a secret one only that it is there."""
        if known.via == pushes.VIA:
            number = len(pushes.of_person(tx, person.handle))
            return f"{number} {'device' if number == 1 else 'devices'}"
        address = person.contacts.get(known.via, "")
        if known.address or known.via not in self._pagers.channels:
            return known.address
        return self._pagers.keeps(known.via, address)
