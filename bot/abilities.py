"""What a chat may do beside cards: say who is there, open a conversation, keep groups and rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.cards.model import Card, Note, Sent
from integrations.base import Permanent
from store.model import Instant


@dataclass(frozen=True, slots=True)
class Absence:
    """Why somebody may not answer there: ``words`` (away, do not disturb), until when, and whether
    what is sent makes no sound (``quiet``)."""

    words: str
    until: Instant | None = None
    quiet: bool = False


GOOD, NOTE, WRONG = "good", "note", "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at before it is needed: ``level`` is good, wrong, or a note (it can
    be better, or can't be known); ``fix`` says what to do."""

    level: str
    what: str
    words: str
    fix: str = ""


class Gone(Permanent):
    """The card that words were to stand below was taken away."""


@runtime_checkable
class TellsTroubles(Protocol):
    """Knows what somebody has to change, there or in the settings, before it works again."""

    def troubles(self) -> Mapping[str, str]:
        """Words for people, by a short name of what is wrong (``bot_token``)."""
        ...


@runtime_checkable
class TellsWhetherAlive(Protocol):
    """Can be asked something that changes nothing."""

    async def alive(self) -> None:
        """Returns when it answers; raises the integration errors."""
        ...


@runtime_checkable
class RepliesWithCards(Protocol):
    """Can post a card below another one."""

    async def reply(self, sent: Sent, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """Post a new card into the thread of what stands at ``sent``, without a sound; raises the
        integration errors."""
        ...


@runtime_checkable
class TellsPresence(Protocol):
    """Knows whether people are there."""

    async def available(self, account: str) -> Absence | None:
        """What keeps them; None where nothing does, or it is not known. Never raises."""
        ...


@runtime_checkable
class OpensMessages(Protocol):
    """Can try whether a person takes direct messages."""

    async def opens(self, account: str) -> None:
        """Open the conversation, without a word in it; raises the integration errors."""
        ...


@runtime_checkable
class HearsDirect(Protocol):
    """Tells words in direct messages from those in threads: each may need a permission of its
    own."""

    @property
    def direct(self) -> bool:
        """Whether words in direct messages can be read."""
        ...


@runtime_checkable
class KeepsGroups(Protocol):
    """Can make a user group hold exactly some people."""

    async def keep_group(self, group: str, accounts: Sequence[str], others: Sequence[str]) -> None:
        """Exactly ``accounts`` are in it from now on, nobody where there are none. ``others`` may
        have been in it before. Raises the integration errors."""
        ...


@runtime_checkable
class TellsGroups(Protocol):
    """Says which groups people are in: user groups, roles."""

    async def groups_of(
        self, accounts: Sequence[str], groups: Sequence[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Account → those of the groups it is in. A group that is not there has nobody in it.
        Raises the integration errors where it can't be told."""
        ...


@dataclass(frozen=True, slots=True)
class RoomMade:
    """A channel that was made: the platform's id, the name it got, an address that opens it.
    ``below`` says that it is the thread of the incident's card, which stands there already."""

    channel: str
    name: str
    url: str
    below: bool = False


@runtime_checkable
class ShowsHome(Protocol):
    """Gives each person a page of their own."""

    def homes(self) -> int:
        """How many people opened theirs within a day."""
        ...

    async def freshen(self) -> None:
        """Draw those anew where something changed. Raises nothing but faults of ours."""
        ...


@runtime_checkable
class KeepsRooms(Protocol):
    """Can make channels for people who work on one incident. Everything raises the integration
    errors, and may be done twice without harm."""

    async def make_room(
        self, name: str, *, private: bool, topic: str, again: bool = False
    ) -> RoomMade:
        """A new channel of that name (lower case, digits and hyphens, at most 80 characters), or of
        the name and the next free number where it is taken; ``topic`` is set once. ``again`` says
        that it was asked for before and no answer is known (the process may have died between):
        a channel of that name that the bot made and that has this topic, or none yet, is it."""
        ...

    async def invite(self, channel: str, accounts: Sequence[str], *, by: str = "") -> Sequence[str]:
        """Take people in; those who can't be (not in this workspace) are returned, not raised.
        ``by`` is the account of who asked: let in like everybody, but not rung for it."""
        ...

    async def bookmark(self, channel: str, links: Sequence[tuple[str, str]]) -> None:
        """Links at the top of the channel, as (title, address)."""
        ...

    async def pin(self, sent: Sent) -> None:
        """Pin a message of the room."""
        ...

    async def tell(self, channel: str, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Words in the room itself, not below a card."""
        ...

    async def close_room(self, channel: str) -> None:
        """Archive it: nobody writes there any more, everybody who was in it can read it."""
        ...


@runtime_checkable
class KeepsThreads(Protocol):
    """Can make a room below a card, where channels are not wanted. ``RoomMade.channel`` is then an
    address that ``post``, ``tell``, ``invite``, ``pin`` and ``close_room`` of this surface take as
    they take a channel: a thread's id (Discord), or ``C0123/1700000000.000100``, the channel and
    the message whose thread it is (Slack). ``invite`` there takes in whom it can and returns the
    others; ``close_room`` closes the thread, or does nothing where a thread can't be closed."""

    async def make_thread(self, sent: Sent, name: str, *, again: bool = False) -> RoomMade:
        """A private thread beside the card ``sent`` where the platform has such (Discord), else
        the thread below that card (Slack: ``below`` is set, and nothing has to be made). ``again``
        as for ``make_room``. Raises the integration errors."""
        ...
