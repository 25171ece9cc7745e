"""What keeps a chat, or one channel of it, from working until somebody changes something."""

from __future__ import annotations

from dataclasses import dataclass

from store.model import Instant
from store.model.chats import chat_of


@dataclass(frozen=True, slots=True)
class Trouble:
    """``place`` is a surface (``slack``) or a channel of it (``slack:#ops``), ``what`` a short name
    (``bot_token``, ``channel``), ``words`` what the platform said. ``told`` are handles."""

    id: int
    place: str
    what: str
    since: Instant
    over_at: Instant | None
    words: str
    told: tuple[str, ...] = ()

    @property
    def surface(self) -> str:
        """The surface it is about."""
        return self.place.partition(":")[0]

    @property
    def channel(self) -> str:
        """The channel it is about, "" where it is about all of them."""
        return self.place.partition(":")[2]

    @property
    def chat(self) -> str:
        """The chat of the surface."""
        return chat_of(self.surface)
