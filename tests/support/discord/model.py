"""The nouns the stand-in remembers: people, channels, messages and what became of them.
Tests read these directly, so every name here is a public one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

JSON = dict[str, Any]

EPHEMERAL = 1 << 6
LOADING = 1 << 7
HAS_THREAD = 1 << 5
SUPPRESS_EMBEDS = 1 << 2
SILENT = 1 << 12
COMPONENTS_V2 = 1 << 15

TEXT, DM, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 4, 11, 12
ALL = (1 << 53) - 1


def iso(at: float) -> str:
    """Seconds since 1970 as Discord writes instants."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


@dataclass(eq=False)
class User:
    """A person (or the bot). `dms_open=False` makes a DM to them fail with 50007."""

    id: int
    username: str
    name: str
    bot: bool = False
    dms_open: bool = True
    in_guild: bool = True
    roles: list[int] = field(default_factory=list)
    status: str = "offline"

    @property
    def mention(self) -> str:
        """How a message names this person."""
        return f"<@{self.id}>"

    def __repr__(self) -> str:
        return f"<User {self.name}>"


@dataclass(eq=False)
class Guild:
    """A server. `permissions` are the bot's there; `joined` says that it is in it, `available`
    that Discord has no outage there; `member_ids` is None in the first guild, whose people say
    `in_guild` themselves."""

    id: int
    name: str
    permissions: int = ALL
    joined: bool = True
    available: bool = True
    member_ids: set[int] | None = None


@dataclass(eq=False)
class Role:
    """A guild role; `mentionable` decides whether `<@&id>` notifies its members. `guild_id` is 0
    in the first guild."""

    id: int
    name: str
    mentionable: bool = True
    permissions: int = 0
    position: int = 1
    color: int = 0
    guild_id: int = 0


@dataclass(eq=False)
class Attachment:
    """An uploaded file."""

    id: int
    filename: str
    data: bytes
    content_type: str
    description: str | None = None


@dataclass(frozen=True)
class Edit:
    """What a message said before an edit, and when it was edited."""

    at: float
    content: str
    embeds: list[JSON]
    components: list[JSON]
    flags: int


@dataclass(eq=False)
class Channel:
    """A text channel, a thread or a direct conversation.

    `deny` holds what the bot may not do here: any of view, send, threads, manage, pin.
    `messages` has everything that is there now, ephemeral ones too; `deleted` what was removed.
    """

    id: int
    name: str
    type: int = TEXT
    guild_id: int | None = None
    parent: Channel | None = None
    topic: str | None = None
    position: int = 0
    recipient: User | None = None
    owner_id: int = 0
    archived: bool = False
    locked: bool = False
    auto_archive: int = 4320
    archive_at: float = 0.0
    created_at: float = 0.0
    active_at: float = 0.0
    member_ids: list[int] = field(default_factory=list)
    overwrites: list[JSON] = field(default_factory=list)
    deny: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)
    pins: list[Message] = field(default_factory=list)

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread of another channel."""
        return self.type in (PUBLIC_THREAD, PRIVATE_THREAD)

    @property
    def public(self) -> list[Message]:
        """The messages everybody in the channel sees."""
        return [m for m in self.messages if not m.ephemeral]

    @property
    def mention(self) -> str:
        """How a message names this channel."""
        return f"<#{self.id}>"

    def __repr__(self) -> str:
        return f"<Channel {self.name}>"


@dataclass(eq=False)
class Message:
    """One message as it stands now.

    `mentions` are the people who were notified when it was created; an edit never notifies
    anybody, but `edit_mentions` names whom an edit left mentioned by default allowances.
    `push` is the line on a lock screen: empty for silent and for Components V2 messages.
    """

    id: int
    channel: Channel
    author: User
    created_at: float
    content: str = ""
    embeds: list[JSON] = field(default_factory=list)
    components: list[JSON] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str | int | None = None
    mentions: list[User] = field(default_factory=list)
    mention_everyone: bool = False
    mention_roles: list[int] = field(default_factory=list)
    highlights: list[User] = field(default_factory=list)
    edit_mentions: list[User] = field(default_factory=list)
    push: str = ""
    edits: list[Edit] = field(default_factory=list)
    edited_at: float | None = None
    thread: Channel | None = None
    ephemeral_to: User | None = None
    attachments: list[Attachment] = field(default_factory=list)
    reactions: dict[str, list[User]] = field(default_factory=dict)
    pinned: bool = False
    reference: JSON | None = None
    interaction: JSON | None = None
    webhook_id: int | None = None
    from_application: bool = False
    is_deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        """Whether only `ephemeral_to` sees it."""
        return self.ephemeral_to is not None

    @property
    def is_v2(self) -> bool:
        """Whether it is made of Components V2."""
        return bool(self.flags & COMPONENTS_V2)

    @property
    def silent(self) -> bool:
        """Whether it was posted without a push."""
        return bool(self.flags & SILENT)

    def __repr__(self) -> str:
        return f"<Message {self.id} by {self.author.name}: {self.content[:60]!r}>"
