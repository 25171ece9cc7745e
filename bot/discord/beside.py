"""What Discord can do beside cards: who is there, conversations, roles, rooms (bot.abilities)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.abilities import Absence, RoomMade
from bot.cards.model import Note, Sent
from bot.discord.life import Life
from bot.discord.memory import Memory
from bot.discord.places import Places
from bot.discord.roles import Roles
from bot.discord.rooms import Rooms

_ABSENT = {
    "dnd": Absence("do not disturb", quiet=True),
    "idle": Absence("away"),
    "offline": Absence("offline"),
}


class Beside:
    """The half of the surface that is no card; the surface makes the parts."""

    _life: Life
    _memory: Memory
    _places: Places
    _roles: Roles
    _rooms: Rooms

    def troubles(self) -> Mapping[str, str]:
        """What has to be changed in Discord or in the settings, by name."""
        return self._life.troubles()

    # who is there

    async def available(self, account: str) -> Absence | None:
        """What keeps a member from answering, where the setting lets Discord tell."""
        return _ABSENT.get(self._life.gateway.presences.get(account, ""))

    async def alive(self) -> None:
        """Whether Discord answers."""
        await self._places.application()

    async def opens(self, account: str) -> None:
        """Open the direct conversation with a member, without a word in it."""
        await self._places.dm(account, anew=True)

    async def keep_group(self, group: str, accounts: Sequence[str], others: Sequence[str]) -> None:
        """Give a role to these members, take it from the others."""
        await self._roles.keep(group, accounts, others)

    async def groups_of(
        self, accounts: Sequence[str], groups: Sequence[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Which of these roles each account has."""
        return await self._roles.of(accounts, groups)

    # rooms

    async def make_room(
        self, name: str, *, private: bool, topic: str, again: bool = False
    ) -> RoomMade:
        """A channel for the people who work on one incident, or a thread."""
        return await self._rooms.make_room(name, private=private, topic=topic, again=again)

    async def make_thread(self, sent: Sent, name: str, *, again: bool = False) -> RoomMade:
        """A private thread beside a card, or the thread below it."""
        return await self._rooms.make_thread(sent, name, again=again)

    async def invite(self, channel: str, accounts: Sequence[str], *, by: str = "") -> Sequence[str]:
        """Take people into a room; who is not in the server is returned."""
        return await self._rooms.invite(channel, accounts, by=by)

    async def bookmark(self, channel: str, links: Sequence[tuple[str, str]]) -> None:
        """Links as a pinned message."""
        await self._rooms.bookmark(channel, links)

    async def pin(self, sent: Sent) -> None:
        """Pin a message."""
        await self._rooms.pin(sent)

    async def tell(self, channel: str, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Words in the room itself."""
        self._memory.questions(note.actions)
        return await self._rooms.tell(channel, note, nonce=nonce, maybe_copy=maybe_copy)

    async def close_room(self, channel: str) -> None:
        """Nobody writes there any more."""
        await self._rooms.close_room(channel)
