"""What a chat may do beside cards: say who is there, open a conversation, keep groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from store.model import Instant


@dataclass(frozen=True, slots=True)
class Absence:
    """Why somebody may not answer there: ``words`` (away, do not disturb), until when, and whether
    what is sent makes no sound (``quiet``)."""

    words: str
    until: Instant | None = None
    quiet: bool = False


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
class KeepsGroups(Protocol):
    """Can make a user group hold exactly some people."""

    async def keep_group(self, group: str, accounts: Sequence[str], others: Sequence[str]) -> None:
        """Exactly ``accounts`` are in it from now on, nobody where there are none. ``others`` may
        have been in it before. Raises the integration errors."""
        ...
