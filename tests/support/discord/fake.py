"""FakeDiscord: the stand-in as one object that is started, watched, disturbed and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from store.clock import SystemClock
from tests.support.discord import access, wire
from tests.support.discord.connection import Session
from tests.support.discord.delivery import Delivery
from tests.support.discord.faults import Fault, Faults
from tests.support.discord.front import Front, Request
from tests.support.discord.gateway import Gateway
from tests.support.discord.limits import Limits
from tests.support.discord.model import CATEGORY, TEXT, Channel, Guild, Message, Role, User
from tests.support.discord.openapi import Contract
from tests.support.discord.people import People
from tests.support.discord.state import State
from tests.support.discord.text import buttons, options, visible_text
from tests.support.discord.viewer import Viewer

TOKEN = "stand-in.bot.token"


class FakeDiscord(People):
    """A strict stand-in of Discord on 127.0.0.1.

    clock: seconds since 1970, for ids, expiry and rate limits (a frozen clock is fine: limits
    also run on the machine's time, so that a client that honestly waits is not stuck).
    speed: how many of the stand-in's seconds pass in one of the client's, e.g. 20 makes a client
    that waits out a rate limit wait a twentieth of it.
    rate_limits=False lets everything through. patience: real seconds people wait for an answer.
    heartbeat_interval: seconds. openapi: Discord's OpenAPI document, to check bodies against.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Callable[[], float] | None = None,
        speed: float = 1.0,
        token: str = TOKEN,
        rate_limits: bool = True,
        invalid_limit: int = 10_000,
        heartbeat_interval: float = 41.25,
        patience: float = 8.0,
        enabled_intents: Iterable[str] = (),
        openapi: Path | None = None,
    ) -> None:
        self.port = port
        self.patience = patience
        self.state = State(clock or _fast_clock(speed), speed, token)
        self.state.enabled_intents = set(enabled_intents)
        self.gateway = Gateway(self.state, heartbeat_interval)
        self.delivery = Delivery(self.state, self.gateway)
        self.limits = Limits(self.state, on=rate_limits, invalid_limit=invalid_limit)
        self.faults = Faults()
        contract = Contract(openapi) if openapi else None
        self.front = Front(self.state, self.limits, self.faults, contract)
        self.viewer = Viewer(self)
        self._runner: web.AppRunner | None = None

    # -- life ------------------------------------------------------------------------------

    async def start(self) -> Self:
        """Listens; the addresses are known from here on."""
        app = web.Application(client_max_size=26 * 1024 * 1024)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        self.front.add_to(app)
        self.viewer.add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.state.base = f"http://127.0.0.1:{self.port}"
        return self

    async def stop(self) -> None:
        """Lets go of everything that hangs and closes."""
        self.faults.clear()
        self.viewer.stop()
        if self._runner is not None:
            await self.gateway.cut(code=1001)
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    # -- addresses and what is there ---------------------------------------------------------

    @property
    def url(self) -> str:
        """The viewer's address; Asset.BASE too."""
        return self.state.base

    @property
    def api_base(self) -> str:
        """discord.http.Route.BASE."""
        return f"{self.state.base}/api/v10"

    @property
    def gateway_url(self) -> str:
        """discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.state.token

    @property
    def bot(self) -> User:
        """The bot's user."""
        return self.state.bot

    @property
    def application_id(self) -> int:
        """The application's id."""
        return self.state.application_id

    @property
    def guild_id(self) -> int:
        """The guild's id."""
        return self.state.guild_id

    @property
    def public_key(self) -> str:
        """The key (hex) that HTTP interactions are signed with."""
        return self.state.public_key

    @property
    def violations(self) -> list[str]:
        """Everything a correct client never does; tests assert that it is empty."""
        return self.state.violations

    @property
    def requests(self) -> list[Request]:
        """Every REST request and how it was answered."""
        return self.front.log

    @property
    def sessions(self) -> list[Session]:
        """The gateway sessions that are connected now, oldest first."""
        return self.gateway.live

    @property
    def channels(self) -> list[Channel]:
        """The guild's text channels."""
        return [c for c in self.state.channels.values() if c.type == TEXT]

    # -- seeding -----------------------------------------------------------------------------

    def add_user(self, name: str, *, dms_open: bool = True, in_guild: bool = True) -> User:
        """A person, e.g. Ana with the username ana."""
        username = name.lower().replace(" ", ".")
        user = User(self.state.seed(1), username, name, dms_open=dms_open, in_guild=in_guild)
        self.state.users[user.id] = user
        return user

    def add_guild(self, name: str, *members: User, joined: bool = True) -> Guild:
        """One more server with these people; `joined=False`: the bot is not there yet."""
        state = self.state
        made = Guild(state.seed(2), name, joined=joined, member_ids={u.id for u in members})
        state.guilds[made.id] = made
        state.roles[made.id] = Role(made.id, "@everyone", False, 0, 0, guild_id=made.id)
        if joined:
            state.emit("GUILD_CREATE", self.gateway.guild_create(made))
        return made

    def bot_joins(self, guild: Guild) -> None:
        """Somebody invites the bot."""
        guild.joined = True
        self.state.emit("GUILD_CREATE", self.gateway.guild_create(guild))

    def bot_kicked(self, guild: Guild) -> None:
        """Somebody removes the bot; its commands there are gone as well."""
        guild.joined = False
        self.state.commands.pop(guild.id, None)
        self.state.emit("GUILD_DELETE", {"id": str(guild.id)})

    def guild_outage(self, guild: Guild, on: bool) -> None:
        """Discord has an outage of one server, or it is over."""
        guild.available = not on
        if on:
            self.state.emit("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})
        else:
            self.state.emit("GUILD_CREATE", self.gateway.guild_create(guild))

    def add_channel(
        self, name: str, *, deny: Iterable[str] = (), guild: Guild | None = None,
        category: bool = False,
    ) -> Channel:  # fmt: skip
        """A text channel; `deny` what the bot may not there (view, send, threads, manage, pin)."""
        where = (guild or self.state.home).id
        kind = CATEGORY if category else TEXT
        made = Channel(self.state.seed(4), name, kind, where, deny=set(deny))
        made.created_at = made.active_at = self.state.clock()
        made.position = len(self.channels)
        self.state.channels[made.id] = made
        self.state.emit("CHANNEL_CREATE", wire.channel_json(self.state, made), made)
        return made

    def add_role(
        self, name: str, *members: User, mentionable: bool = True, guild: Guild | None = None
    ) -> Role:
        """A role below the bot's own."""
        where = guild or self.state.home
        made = Role(self.state.seed(5), name, mentionable, guild_id=where.id)
        self.state.roles[made.id] = made
        for user in members:
            user.roles.append(made.id)
        body = {"guild_id": str(where.id), "role": wire.role_json(made)}
        self.state.emit("GUILD_ROLE_CREATE", body)
        return made

    # -- looking -----------------------------------------------------------------------------

    def channel(self, name: str) -> Channel:
        """A channel or thread by its name; the newest where several have it."""
        return [c for c in self.state.channels.values() if c.name == name.removeprefix("#")][-1]

    def user(self, name: str) -> User:
        """A person by name."""
        return next(u for u in self.state.users.values() if u.name == name and not u.bot)

    def dms(self, user: User) -> Channel:
        """The direct conversation between this person and the bot."""
        return self.state.dm_with(user)

    def sees(self, user: User, channel: Channel) -> list[Message]:
        """The messages this person sees in a channel; none where the channel is hidden."""
        if not access.sees(self.state, channel, user):
            return []
        return [m for m in channel.messages if m.ephemeral_to in (None, user)]

    def visible_text(self, message: Message) -> str:
        """The words of a message as people read them."""
        return visible_text(self.state, message)

    def buttons(self, message: Message) -> list[str]:
        """The labels of its buttons; disabled ones in parentheses."""
        return buttons(message)

    def options(self, message: Message) -> list[str]:
        """The labels of its select options."""
        return options(message)

    def notified(self, user: User) -> list[Message]:
        """The messages that made this person's phone ring (mentions, and DMs), oldest first."""
        every = [*self.state.messages.values()]
        every += [m for c in self.state.channels.values() for m in c.deleted]
        rung = [
            m for m in every
            if not m.silent and m.author is not user and not m.ephemeral
            and (user in m.mentions or m.channel.recipient is user)
        ]  # fmt: skip
        return sorted(rung, key=lambda m: m.id)

    async def until(self, true: Callable[[], object], timeout: float = 60.0) -> None:
        """Waits until `true()` holds, looking at every change; TimeoutError otherwise."""
        await self.state.until(true, timeout)

    # -- disturbing --------------------------------------------------------------------------

    def fault(
        self, method: str, path: str, kind: str, times: int = 1, *, retry_after: float = 0.05
    ) -> Fault:
        """Plans a failure for the next `times` requests that fit.

        path: after /api/v10, `*` for one segment, e.g. `/channels/*/messages`; `*` alone for any.
        kind: 429, 500, 502, 503, drop_before, drop_after (done, but the answer is lost), hang.
        """
        return self.faults.plan(Fault(method, path, kind, times, retry_after))

    def outage(self, on: bool, kind: str = "drop") -> None:
        """Takes everything away, REST, gateway and people's presses, or gives it back.

        kind: drop (connections break), 503, or html (a wall before the API says 429).
        """
        self.faults.outage = kind if on else ""
        self.gateway.closed = self.delivery.down = on
        if on:
            self.gateway.drop()

    async def set_interactions_url(self, url: str | None) -> list[str]:
        """Interactions go to this URL from now on, signed; what is wrong with it, if anything."""
        problems = await self.delivery.check_endpoint(url) if url else []
        if not problems:
            self.state.interactions_url = url
        return problems


def _fast_clock(speed: float) -> Callable[[], float]:
    wall = SystemClock()
    if speed == 1.0:
        return lambda: wall.now() / 1000
    start, base = time.monotonic(), wall.now() / 1000
    return lambda: base + (time.monotonic() - start) * speed
