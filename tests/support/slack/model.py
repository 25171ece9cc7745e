"""The nouns of the Slack stand-in: people, channels, messages, views, and what a person sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]

__all__ = [
    "JSON", "Call", "Channel", "Edit", "File", "Message", "Seen", "User", "UserGroup", "View",
]  # fmt: skip


@dataclass(eq=False)
class User:
    """A member of the workspace; ``tz`` is an IANA name. ``team_id`` names another workspace for
    somebody who is there only through a shared channel. ``active`` is whether the client shows
    them as there, ``dnd`` from when to when (clock seconds) nothing rings, ``huddle`` a call."""

    id: str
    name: str
    real_name: str
    email: str | None
    tz: str = "Europe/Berlin"
    is_bot: bool = False
    deleted: bool = False
    team_id: str = ""
    email_confirmed: bool = True
    active: bool = True
    dnd: tuple[float, float] | None = None
    huddle: bool = False
    guest: str = ""
    """``multi`` or ``single``: a guest of several channels, or of one."""

    @property
    def first_name(self) -> str:
        """What others see in a mention."""
        return self.real_name.split(" ")[0]


@dataclass(eq=False)
class UserGroup:
    """A user group; a disabled one is mentioned by nobody and keeps its last members."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)
    enabled: bool = True


@dataclass(frozen=True)
class Edit:
    """What a message looked like before one edit, and when that edit came (clock seconds)."""

    at: float
    text: str
    blocks: list[JSON]
    attachments: list[JSON]


@dataclass(eq=False)
class Message:
    """One message as everybody (or, ephemeral, only ``ephemeral_to``) sees it now."""

    channel: str
    ts: str
    user: str
    text: str
    at: float
    seq: int
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    from_bot: bool = True
    mentions: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    metadata: JSON | None = None
    reactions: list[str] = field(default_factory=list)
    files: list[JSON] = field(default_factory=list)
    pinned: bool = False
    deleted: bool = False
    broadcast: bool = False
    state: JSON = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ephemeral(self) -> bool:
        """True where only one person sees it."""
        return self.ephemeral_to is not None

    @property
    def all_blocks(self) -> list[JSON]:
        """Top-level blocks, then those of the attachments."""
        return [*self.blocks, *(b for a in self.attachments for b in a.get("blocks", []))]

    @property
    def visible_text(self) -> str:
        """The words a person reads, buttons as ``[Label]``, dates as their fallback."""
        from .text import visible_text

        return visible_text(self)

    @property
    def buttons(self) -> list[str]:
        """Labels of the visible buttons, in order."""
        from .text import button_labels

        return button_labels(self.all_blocks)


@dataclass(eq=False)
class File:
    """One file: its bytes once they came, where it is ``shared``, and how often it will still be
    refused before Slack has looked through it. Until it is shared it is the bot's alone."""

    id: str
    name: str
    length: int
    alt: str = ""
    content: bytes = b""
    title: str = ""
    complete: bool = False
    refusals: int = 1
    shared: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Channel:
    """A channel or, with ``im_user``, the direct messages between that person and the bot."""

    id: str
    name: str
    private: bool = False
    im_user: str | None = None
    members: set[str] = field(default_factory=set)
    archived: bool = False
    created: float = 0.0
    topic: str = ""
    creator: str = ""
    bookmarks: list[JSON] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``channel``, ``group`` or ``im``, as events name it."""
        return "im" if self.im_user else "group" if self.private else "channel"

    @property
    def posted(self) -> list[Message]:
        """What everybody in the channel sees: no ephemeral ones."""
        return [m for m in self.messages if not m.ephemeral]

    def top(self) -> list[Message]:
        """The messages that stand in the channel itself, not in a thread."""
        return [m for m in self.posted if m.thread_ts in (None, m.ts) or m.broadcast]

    def thread(self, ts: str) -> list[Message]:
        """The visible replies under ``ts``, without the parent."""
        return [m for m in self.posted if m.thread_ts == ts and m.ts != ts]

    def find(self, ts: str) -> Message | None:
        """The message with this ``ts``, ephemeral or not."""
        return next((m for m in self.messages if m.ts == ts), None)


@dataclass(eq=False)
class View:
    """A modal or a Home tab as one person has it open; ``typed`` is what they entered so far."""

    id: str
    user: str
    body: JSON
    hash: str
    root_id: str
    previous_id: str | None = None
    typed: dict[str, dict[str, JSON]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    updates: int = 0
    open: bool = True
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def blocks(self) -> list[JSON]:
        """The view's blocks, with generated ids filled in."""
        blocks: list[JSON] = self.body["blocks"]
        return blocks

    @property
    def title(self) -> str:
        """The title in words; empty for a Home tab."""
        return str(self.body.get("title", {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        """As the app set it, or empty."""
        return str(self.body.get("callback_id", ""))

    @property
    def visible_text(self) -> str:
        """The words a person reads in it."""
        from .text import view_text

        return view_text(self)


@dataclass(frozen=True)
class Call:
    """One Web API request as it arrived, and what was answered (None where the answer was lost)."""

    method: str
    args: JSON
    at: float
    answer: JSON | None


@dataclass
class Seen:
    """What a person sees after they did something."""

    acked: bool = False
    error: str | None = None
    body: Any = None
    asked: JSON | None = None
    messages: list[Message] = field(default_factory=list)
    modal: View | None = None
    home: View | None = None
    errors: dict[str, str] = field(default_factory=dict)
    said: Message | None = None

    @property
    def ephemeral(self) -> list[Message]:
        """The new messages only this person sees."""
        return [m for m in self.messages if m.ephemeral]

    @property
    def text(self) -> str:
        """All new words this person sees, one message a paragraph."""
        return "\n\n".join(m.visible_text for m in self.messages)
