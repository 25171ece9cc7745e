"""The state of the pretended workspace: who is there, what was posted, what the app did wrong."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .model import JSON, Call, Channel, File, Message, User, UserGroup, View

DEFAULT_SCOPES = (
    "chat:write",
    "commands",
    "users:read",
    "users:read.email",
    "im:write",
    "app_mentions:read",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "im:history",
    "dnd:read",
    "usergroups:read",
    "usergroups:write",
    "channels:manage",
    "groups:write",
    "pins:write",
    "bookmarks:read",
    "bookmarks:write",
)
DEFAULT_EVENTS = (
    "message.channels",
    "message.groups",
    "message.im",
    "app_mention",
    "app_home_opened",
)
DEFAULT_SHORTCUTS = {
    "pv_declare": "Declare an incident",
    "pv_incident": "Make an incident of this",
    "pv_note": "Add to the timeline",
}
TRIGGER_SECONDS = 3.0

__all__ = ["DEFAULT_SCOPES", "Hook", "Trigger", "Workspace"]


@dataclass
class Trigger:
    """Proof that a person just did something; opens one view within three seconds."""

    user: str
    at: float
    view_id: str | None = None
    used: bool = False


@dataclass
class Hook:
    """A response_url: five uses within 30 minutes."""

    channel: str
    user: str
    at: float
    message: Message | None
    uses: int = 0


@dataclass
class Ids:
    """Ids that look like Slack's and come out the same in every run."""

    count: dict[str, int] = field(default_factory=dict)
    mark: str = "PV"

    def next(self, prefix: str) -> str:
        """The next id with this prefix, e.g. ``U0000000A1``."""
        self.count[prefix] = self.count.get(prefix, 0) + 1
        return f"{prefix}0{self.mark}{self.count[prefix]:06d}"


class Workspace:
    """Everything the stand-in remembers; ``clock`` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.real_clock = clock is time.time
        self.ids = Ids()
        self.team_id, self.team_domain, self.team_name = "T0PV000001", "pixel", "Pixel"
        self.app_id, self.bot_id = "A0PV000001", "B0PV000001"
        self.bot_token, self.app_token = "xoxb-stand-in-bot", "xapp-1-stand-in"
        self.signing_secret = "stand-in-signing-secret"
        self.scopes: set[str] = set(DEFAULT_SCOPES)
        self.subscriptions: set[str] = set(DEFAULT_EVENTS)
        self.commands: dict[str, bool] = {"/pv": True}
        self.shortcuts: dict[str, str] = dict(DEFAULT_SHORTCUTS)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.groups_open = True
        self.channels_open = True
        self.names: dict[str, str] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self.files: dict[str, File] = {}
        self.file_refusals = 1
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.link_enabled = True
        self.token_refused = ""
        self.seq = 0
        self.version = 0
        self.in_flight = 0
        self.active_at = time.monotonic()
        self.news = asyncio.Event()
        # Whether the app has nothing left to do, where the test can see into it.
        self.app_rests: Callable[[], bool] = lambda: True
        bot = User(self.ids.next("U"), "pixelview", "PixelView", None, is_bot=True)
        self.users[bot.id] = self.bot = bot
        self.names[bot.id] = bot.real_name

    def violate(self, what: str) -> None:
        """Note something a correct client never does."""
        self.violations.append(what)
        self.changed()

    def changed(self) -> None:
        """Wake everybody who waits for something to happen."""
        self.version += 1
        self.active_at = time.monotonic()
        self.news.set()
        self.news = asyncio.Event()

    async def wait_for(self, ready: Callable[[], object], timeout: float = 60.0) -> None:
        """Wait (real seconds) until ``ready()``; a TimeoutError names what the app did last. A
        machine may stand still for seconds: only what never comes takes as long."""
        end = time.monotonic() + timeout
        while not ready():
            left = end - time.monotonic()
            if left <= 0:
                last = [c.method for c in self.calls[-5:]]
                raise TimeoutError(
                    f"not so within {timeout} s; last calls {last}, violations {self.violations}"
                )
            try:
                await asyncio.wait_for(self.news.wait(), min(left, 0.02))
            except TimeoutError:
                continue

    async def quiet(self, seconds: float = 0.05, at_most: float = 3.0) -> None:
        """Return once the app has asked nothing for ``seconds`` of real time."""
        end = time.monotonic() + at_most
        while time.monotonic() < end:
            rest = seconds - (time.monotonic() - self.active_at)
            if rest <= 0 and not self.in_flight and self.app_rests():
                return
            await asyncio.sleep(max(rest, 0.005))

    async def until(self, at: float) -> None:
        """Wait until the (perhaps simulated) clock has reached ``at``."""
        while self.clock() < at:
            await asyncio.sleep(0.01)

    def next_ts(self) -> str:
        """A new message timestamp: increasing, unique, the same in every run of a clock."""
        self.seq += 1
        return f"{int(self.clock())}.{self.seq * 100 % 1_000_000:06d}"

    def add_user(
        self, name: str, email: str | None = None, tz: str = "Europe/Berlin", id: str | None = None
    ) -> User:
        """A person; ``name`` is the full name, the handle is its first word in lower case."""
        handle = name.split(" ", maxsplit=1)[0].lower()
        user = User(id or self.ids.next("U"), handle, name, email or f"{handle}@example.eu", tz)
        self.users[user.id] = user
        self.names[user.id] = user.first_name
        for channel in self.channels.values():
            if not channel.private and not channel.im_user:
                channel.members.add(user.id)
        self.changed()
        return user

    def add_channel(
        self, name: str, private: bool = False, bot_member: bool = True, id: str | None = None
    ) -> Channel:
        """A channel with every person in it, and the bot unless told otherwise."""
        channel = Channel(id or self.ids.next("C"), name.lstrip("#"), private, created=self.clock())
        channel.members = {u.id for u in self.users.values() if not u.is_bot}
        if bot_member:
            channel.members.add(self.bot.id)
        self.channels[channel.id] = channel
        self.names[channel.id] = channel.name
        self.changed()
        return channel

    def add_group(self, handle: str, *members: User) -> UserGroup:
        """A user group; an empty one is disabled, as Slack keeps it."""
        users = [m.id for m in members]
        made = UserGroup(self.ids.next("S"), handle.lstrip("@"), handle, users, bool(users))
        self.groups[made.id] = made
        self.changed()
        return made

    def user(self, who: User | str) -> User:
        """By object, id, handle, full name or e-mail."""
        if isinstance(who, User):
            return who
        wanted = who.lstrip("@").lower()
        for user in self.users.values():
            if wanted in (
                user.id.lower(),
                user.name,
                user.real_name.lower(),
                (user.email or "").lower(),
            ):
                return user
        raise LookupError(f"nobody called {who} in the workspace")

    def channel(self, where: Channel | str) -> Channel:
        """By object, id or name."""
        if isinstance(where, Channel):
            return where
        for channel in self.channels.values():
            if where.lstrip("#") in (channel.id, channel.name):
                return channel
        raise LookupError(f"no channel {where} in the workspace")

    def channel_id(self, name: str) -> str:
        """The id behind ``#name``; anything else as it is. Limits count by channel, not by name."""
        named = (c.id for c in self.channels.values() if name == f"#{c.name}")
        return next(named, name)

    def dm(self, who: User | str) -> Channel:
        """The direct messages between this person and the bot, opened if need be."""
        user = self.user(who)
        for channel in self.channels.values():
            if channel.im_user == user.id:
                return channel
        channel = Channel(
            self.ids.next("D"),
            user.name,
            True,
            user.id,
            {user.id, self.bot.id},
            created=self.clock(),
        )
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        """A fresh trigger_id for this person."""
        name = f"{len(self.triggers) + 1}.{self.team_id[1:]}.{digest(user, len(self.triggers))}"
        self.triggers[name] = Trigger(user, self.clock(), view_id)
        return name

    def new_hook(self, channel: str, user: str, message: Message | None) -> str:
        """The path of a fresh response_url."""
        path = f"{self.team_id}/{len(self.hooks) + 1}/{digest(channel, user, len(self.hooks))}"
        self.hooks[path] = Hook(channel, user, self.clock(), message)
        return path

    def name_blocks(self, blocks: list[JSON]) -> list[JSON]:
        """The blocks with the ids Slack makes up where the app gave none."""
        self.seq += 1
        named = []
        for i, block in enumerate(blocks):
            copy = {**block, "block_id": block.get("block_id") or digest(self.seq, i)[:5]}
            if "elements" in copy and copy["type"] == "actions":
                copy["elements"] = [
                    self.name_action(e, i, k) for k, e in enumerate(copy["elements"])
                ]
            for key in ("accessory", "element"):
                if isinstance(copy.get(key), dict):
                    copy[key] = self.name_action(copy[key], i, 0)
            named.append(copy)
        return named

    def name_action(self, element: JSON, block: int, place: int) -> JSON:
        """One control with its action_id."""
        if element.get("type") == "image":
            return element
        return {
            **element,
            "action_id": element.get("action_id") or digest(self.seq, block, place)[:5],
        }

    def name_attachments(self, attachments: list[JSON]) -> list[JSON]:
        """Attachments numbered from 1, their blocks named."""
        return [
            {**a, "id": i, **({"blocks": self.name_blocks(a["blocks"])} if a.get("blocks") else {})}
            for i, a in enumerate(attachments, 1)
        ]

    def is_member(self, channel: Channel) -> bool:
        """True where the bot is in the channel."""
        return self.bot.id in channel.members


def digest(*parts: object) -> str:
    """A short name that is the same in every run."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
