"""A pad that also makes rooms, as a chat does: it remembers channels, who is in them, links, pins,
what was told, what was archived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.abilities import RoomMade
from bot.cards.model import Note, Sent
from tests.support.world import Pad, words


@dataclass
class Channel:
    """A channel as the chat has it."""

    name: str
    private: bool
    topic: str
    people: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    archived: bool = False
    asked_by: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


class RoomPad(Pad):
    """``refuse`` may name ``room``, ``thread``, ``invite``, ``bookmark``, ``pin``, ``tell``,
    ``close``; ``strangers`` are accounts that can't be invited; ``below`` makes threads as Slack
    does, and ``hang`` may name ``make``, ``invite``, ``bookmark``, ``pin``, ``close``: that is done
    and never ends."""

    def __init__(self, name: str = "slack", *, below: bool = True) -> None:
        super().__init__(name)
        self.rooms: dict[str, Channel] = {}
        self.strangers: set[str] = set()
        self.below = below

    async def _step(self, what: str, channel: str) -> None:
        self.rooms[channel].calls.append(what)
        await self._maybe_hang(what)

    async def make_room(
        self, name: str, *, private: bool, topic: str, again: bool = False
    ) -> RoomMade:
        """A channel with a free name; one that was begun before is found by its topic."""
        self._maybe_refuse("room")
        assert len(name) <= 80
        assert name == name.lower()
        for known, room in self.rooms.items():
            if again and room.topic == topic and not room.archived:
                return RoomMade(known, room.name, f"https://chat.example.eu/{known}")
        taken = {room.name for room in self.rooms.values()}
        free = next(n for n in (name, *(f"{name}-{i}" for i in range(2, 99))) if n not in taken)
        channel = f"C{len(self.rooms) + 1}{self.name[0].upper()}"
        self.rooms[channel] = Channel(free, private, topic)
        await self._step("make", channel)
        return RoomMade(channel, free, f"https://chat.example.eu/{channel}")

    async def make_thread(self, sent: Sent, name: str, *, again: bool = False) -> RoomMade:
        """The card's own thread, or a private one beside it."""
        self._maybe_refuse("thread")
        channel = f"{sent.channel}/{sent.message}" if self.below else f"T{len(self.rooms) + 1}"
        self.rooms.setdefault(channel, Channel(name, not self.below, ""))
        return RoomMade(channel, name, f"https://chat.example.eu/{channel}", below=self.below)

    async def invite(self, channel: str, accounts: Sequence[str], *, by: str = "") -> Sequence[str]:
        """Take people in."""
        self._maybe_refuse("invite")
        self.rooms[channel].asked_by.append(by)
        here = self.rooms[channel].people
        here += [a for a in accounts if a not in self.strangers and a not in here]
        await self._step("invite", channel)
        return [a for a in accounts if a in self.strangers]

    async def bookmark(self, channel: str, links: Sequence[tuple[str, str]]) -> None:
        """Links at the top."""
        self._maybe_refuse("bookmark")
        here = self.rooms[channel].links
        here += [link for link in links if link not in here]
        await self._step("bookmark", channel)

    async def pin(self, sent: Sent) -> None:
        """Pin a message of the room."""
        self._maybe_refuse("pin")
        here = self.rooms[sent.channel].pins
        here += [] if sent.message in here else [sent.message]
        await self._step("pin", sent.channel)

    async def tell(self, channel: str, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Words in the room itself."""
        self._maybe_refuse("tell")
        room = self.rooms[channel]
        assert not room.archived, "nobody writes in an archived room"
        room.told.append(words(note))
        room.notes.append(note)
        return Sent(channel, self._id())

    async def close_room(self, channel: str) -> None:
        """Archive it."""
        self._maybe_refuse("close")
        self.rooms[channel].archived = True
        await self._step("close", channel)

    # looking

    @property
    def room(self) -> Channel:
        """The only room there is."""
        (one,) = self.rooms.values()
        return one
