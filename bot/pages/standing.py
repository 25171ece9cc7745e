"""How a person's contacts stand: which there are, when each last worked, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.pages.pagers import Pagers
from commands.door import Door
from commands.testing import ways
from commands.words import headed
from store import contacts, pushes
from store.db import Tx
from store.model import Person
from store.model.contact import Contact


@dataclass(frozen=True, slots=True)
class Standing:
    """One contact: the channel as people call it, the address as far as it may be shown, when it
    last worked, and what is wrong with it."""

    via: str
    name: str
    address: str
    worked_at: int | None = None
    trouble: str = ""


class Standings:
    """Looks contacts up for their owner."""

    def __init__(self, door: Door, pagers: Pagers) -> None:
        self._door, self._pagers = door, pagers

    async def of(self, handle: str) -> list[Standing]:
        """Every contact of a person, chats first."""
        person = self._door.definitions().people.get(handle)
        if person is None:
            return []
        return await self._door.reader.read(lambda tx: self._of(tx, person))

    def _of(self, tx: Tx, person: Person) -> list[Standing]:
        known = contacts.of_person(tx, person.handle)
        return [
            self._one(tx, person, via, [c for c in known if c.via == via])
            for via in ways(tx, self._door.rules, person)
        ]

    def _one(self, tx: Tx, person: Person, via: str, known: list[Contact]) -> Standing:
        address = self._shown(tx, person, via)
        at = max((c.worked_at for c in known if c.worked_at), default=None)
        failing = next((c for c in known if c.failing), None)
        trouble = ""
        if failing is not None:
            trouble = "wants no messages" if failing.refused else failing.error or "did not arrive"
        return Standing(via, headed(via), address, at, trouble)

    def _shown(self, tx: Tx, person: Person, via: str) -> str:
        """An address for its owner's eyes; of a secret one only that it is there."""
        if via == "email":
            return person.email or ""
        if via == pushes.VIA:
            number = len(pushes.of_person(tx, person.handle))
            return f"{number} {'device' if number == 1 else 'devices'}"
        address = person.contacts.get(via, "")
        if address.startswith("+"):
            return address
        return self._pagers.keeps(via, address) if via in self._pagers.channels else ""
