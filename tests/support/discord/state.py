"""Everything the stand-in knows at one moment, its clock, its ids and its list of complaints.
Routes, gateway, people and viewer all work on this one object."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.discord.errors import ApiError, Unavailable
from tests.support.discord.model import ALL, DM, JSON, Channel, Guild, Message, Role, User

if TYPE_CHECKING:
    from tests.support.discord.interactions import Interaction

EPOCH_MS = 1_420_070_400_000
Listener = Callable[[str, JSON, Channel | None, Message | None], None]


class Elapsed:
    """Seconds gone by for rate limits: whichever ran further, the given clock or the machine's.

    A test's frozen clock then neither deadlocks a client that honestly waits nor needs waiting
    when the test moves the clock on.
    """

    def __init__(self, clock: Callable[[], float], speed: float) -> None:
        self._clock, self._speed = clock, speed
        self._last = (clock(), time.monotonic())
        self._total = 0.0

    def __call__(self) -> float:
        wall, real = self._clock(), time.monotonic()
        step = max(wall - self._last[0], (real - self._last[1]) * self._speed, 0.0)
        self._last = (wall, real)
        self._total += step
        return self._total


class State:
    """The one truth behind every surface of the stand-in."""

    def __init__(self, clock: Callable[[], float], speed: float, token: str) -> None:
        self.clock = clock
        self.speed = speed
        self.elapsed = Elapsed(clock, speed)
        self.token = token
        self.violations: list[str] = []
        self.users: dict[int, User] = {}
        self.roles: dict[int, Role] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.commands: dict[int | None, list[JSON]] = {None: []}
        self.command_creates: list[float] = []
        self.interactions: dict[str, Interaction] = {}
        self.nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.enabled_intents: set[str] = set()
        self.public_key = ""
        self.interactions_url: str | None = None
        self.listeners: list[Listener] = []
        self.base = ""
        self.old_edit_every = 60.0
        self.sessions_left = 1000
        self.no_commands = False
        self.refuses_v2 = False
        self.renames: dict[int, list[float]] = {}
        self.rev = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._last_id = 0
        self._seeds: dict[int, int] = {}
        self.application_id = self.seed(9)
        self.guild_id = self.seed(2)
        self.home = Guild(self.guild_id, "Pixel Works")
        self.guilds = {self.guild_id: self.home}
        self.bot = User(self.application_id, "pixelview", "PixelView", bot=True)
        self.users[self.bot.id] = self.bot
        everyone = Role(self.guild_id, "@everyone", False, ALL, 0)
        self.roles[everyone.id] = everyone
        mine = Role(self.seed(5), "PixelView", False, ALL, 10)
        self.roles[mine.id] = mine
        self.bot.roles.append(mine.id)

    def seed(self, kind: int) -> int:
        """The next id of a kind of seeded noun: the same in every run."""
        self._seeds[kind] = self._seeds.get(kind, 0) + 1
        return kind * 100_000_000_000_000_000 + 11_111_111_111_111_110 + self._seeds[kind]

    def new_id(self) -> int:
        """A snowflake of now: later ones are greater, equal clocks give equal ids."""
        self._last_id = max((int(self.clock() * 1000) - EPOCH_MS) << 22, self._last_id + 1)
        return self._last_id

    def complain(self, words: str) -> None:
        """Notes something a correct client never does."""
        self.violations.append(words)

    # -- finding -------------------------------------------------------------------------

    def channel(self, channel_id: int) -> Channel:
        """The channel, or 10003; 50001 where the bot may not look."""
        found = self.channels.get(channel_id)
        if found is None:
            raise ApiError(10003)
        guild = self.guilds[found.guild_id] if found.guild_id else self.home
        if "view" in found.deny or (found.guild_id and not guild.joined):
            raise ApiError(50001)
        if found.guild_id and not guild.available:
            raise Unavailable
        return found

    def message(self, channel: Channel, message_id: int) -> Message:
        """The message as the bot's token sees it (ephemeral ones are unknown to it), or 10008."""
        found = self.messages.get(message_id)
        if found is None or found.channel is not channel or found.ephemeral:
            raise ApiError(10008)
        return found

    def user(self, user_id: int) -> User:
        """The person, or 10013."""
        if user_id not in self.users:
            raise ApiError(10013)
        return self.users[user_id]

    @property
    def guild_name(self) -> str:
        """The first guild's name."""
        return self.home.name

    @property
    def invited(self) -> bool:
        """Whether the bot is in the first guild."""
        return self.home.joined

    @invited.setter
    def invited(self, there: bool) -> None:
        self.home.joined = there

    def guild(self, guild_id: int) -> Guild:
        """A guild the bot is in, or 10004, or 50001 where it was removed."""
        found = self.guilds.get(guild_id)
        if found is None:
            raise ApiError(10004)
        if not found.joined:
            raise ApiError(50001)
        return found

    def members(self, guild_id: int) -> list[User]:
        """Who is in a guild."""
        ids = self.guilds[guild_id].member_ids
        if ids is None:
            return [u for u in self.users.values() if u.in_guild]
        return [u for u in self.users.values() if u.id in ids or u is self.bot]

    def member(self, user_id: int, guild_id: int = 0) -> User:
        """The guild member, or 10007."""
        user = self.users.get(user_id)
        if user is None or user not in self.members(guild_id or self.guild_id):
            raise ApiError(10007)
        return user

    def roles_of(self, guild_id: int) -> list[Role]:
        """The roles of a guild."""
        return [r for r in self.roles.values() if (r.guild_id or self.guild_id) == guild_id]

    def dm_with(self, user: User) -> Channel:
        """The direct conversation of the bot with this person, made when there is none."""
        for channel in self.channels.values():
            if channel.type == DM and channel.recipient is user:
                return channel
        made = Channel(self.seed(4), user.name, DM, recipient=user, created_at=self.clock())
        self.channels[made.id] = made
        return made

    def threads(self) -> list[Channel]:
        """Every thread of the guild."""
        return [c for c in self.channels.values() if c.is_thread]

    def archived(self, channel: Channel) -> bool:
        """Whether a thread is archived, by somebody or by having been quiet for too long."""
        if not channel.is_thread:
            return False
        quiet = self.clock() - channel.active_at
        if not channel.archived and quiet > channel.auto_archive * 60:
            channel.archived = True
            channel.archive_at = channel.active_at + channel.auto_archive * 60
        return channel.archived

    # -- changing ------------------------------------------------------------------------

    def emit(
        self,
        event: str,
        payload: JSON,
        channel: Channel | None = None,
        message: Message | None = None,
    ) -> None:
        """Tells every listener (the gateway) about an event."""
        for listener in self.listeners:
            listener(event, payload, channel, message)
        self.touch()

    def touch(self) -> None:
        """Something changed: whoever waits for a change looks again."""
        self.rev += 1
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def changed(self, timeout: float) -> bool:
        """Waits for the next change, at most `timeout` real seconds; False when none came."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await asyncio.wait_for(waiter, timeout)
        except TimeoutError:
            return False
        return True

    async def until(self, true: Callable[[], object], timeout: float = 60.0) -> None:
        """Waits until `true()` holds, looking again at every change; TimeoutError otherwise."""
        deadline = time.monotonic() + timeout
        while not true():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("what was waited for did not come")
            await self.changed(min(left, 0.25))
