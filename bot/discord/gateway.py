"""The gateway: discord.py's client as a watched task that is started again when it dies."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import discord
import yarl

from bot import wire
from bot.latest import Latest
from bot.settings import DiscordSettings
from integrations.base import IntegrationError, Misconfigured, Transient

log = logging.getLogger("pixelview.discord")

PAUSE, LONGEST_PAUSE, MOST_DOUBLINGS = 1.0, 120.0, 7
LOOK_AGAIN, LONGEST_HOLD = 60.0, 3600.0
SILENCE = 60.0
"""Seconds without a word from the gateway, heartbeats too, until the connection counts as dead."""
LONGEST_DOWN = 300.0
INTERACTION = "INTERACTION_CREATE"
DISALLOWED = 4014
_CLOSED = {
    4004: "Discord's gateway does not accept the bot's token (4004): set a new discord.bot_token",
    4010: "Discord does not know this shard (4010)",
    4011: "the bot is in so many servers that Discord wants shards (4011)",
    4012: "Discord's gateway does not speak this version any more (4012): update PixelView",
    4013: "Discord's gateway does not know what PixelView asks to hear (4013): update PixelView",
    DISALLOWED: (
        "Discord does not let the bot hear what is switched off in its Developer Portal (4014), "
        "the Message Content Intent or the Presence Intent"
    ),
}
PUBLIC_API = "https://discord.com/api/v10"

Pause = Callable[[float], Awaitable[None]]


class Ears(Protocol):
    """Who is told what came over the gateway."""

    async def interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A press, a command, a form."""
        ...

    async def odd(self, told: Any) -> None:
        """An interaction as it came, which the library can't read."""
        ...

    async def message(self, message: discord.Message, me: discord.abc.User) -> None:
        """Somebody wrote."""
        ...

    async def edited(self, message: discord.Message) -> None:
        """A message was edited, or what it links to was looked up."""
        ...

    async def deleted(self, channel: int, messages: Iterable[int]) -> None:
        """Messages were taken away."""
        ...


class Servers(Protocol):
    """Who is told what becomes of the servers, by their ids."""

    def joined(self, guild: str) -> None:
        """The bot is in one."""
        ...

    def left(self, guild: str) -> None:
        """Somebody removed the bot from one."""
        ...

    def away(self, guild: str) -> None:
        """Discord has an outage of one."""
        ...

    def changed(self, guild: str) -> None:
        """The channels of one changed."""
        ...


class Gateway:
    """One connection. ``up`` says whether it stands, ``words`` why it does not; with ``watches``
    it hears whether members are there, and keeps it in ``presences``."""

    def __init__(
        self, settings: DiscordSettings, ears: Ears, servers: Servers,
        pause: Pause = asyncio.sleep, *, silence: float = SILENCE,
    ) -> None:  # fmt: skip
        self._settings, self.ears, self.servers = settings, ears, servers
        self.base = settings.api_base
        self._pause, self.silence, self.longest_down = pause, silence, LONGEST_DOWN
        self.up = False
        self.words = "not connected yet"
        self.refused = self.watches = False
        self.presences: Latest[str, str] = Latest(20_000)
        self.connected = asyncio.Event()
        self._tries = 0
        self._client: _Client | None = None
        self._odd: set[asyncio.Task[None]] = set()

    async def keep(self, reads: Callable[[], Awaitable[bool]]) -> None:
        """Connect, and again whenever it ends, later each time; ``reads`` says whether to ask for
        the words of messages. Where it says Misconfigured somebody must change a setting first:
        then it is looked again each minute whether that was done."""
        point_at(self._settings)
        while True:
            wait = min(LONGEST_PAUSE, PAUSE * 2**self._tries)
            try:
                await self._once(await reads() and not self.refused)
                problem = "Discord ended the connection"
            except discord.PrivilegedIntentsRequired:
                problem = _CLOSED[DISALLOWED]
                if not self.refused:
                    self.refused = True
                    log.warning("%s; going on without it", problem)
                    continue
            except Exception as error:
                problem, at_least = _problem(error)
                log.warning("not connected to Discord: %s", problem, exc_info=_odd(error))
                wait = max(wait, at_least)
            self.down(problem)
            await self._pause(wait)
            self._tries = min(self._tries + 1, MOST_DOUBLINGS)

    async def _once(self, content: bool) -> None:
        self.presences.clear()
        client = self._client = _Client(self, content, self.watches and not self.refused)
        watch = asyncio.get_running_loop().create_task(self._watch(client))
        try:
            await client.login(self._settings.bot_token)
            await client.connect(reconnect=True)
        finally:
            watch.cancel()
            await client.close()

    async def _watch(self, client: discord.Client) -> None:
        """The library tries to take a session up again where Discord told it to, for ever: what is
        down for minutes is begun anew from the door."""
        seconds = self.longest_down
        missed = 0
        while missed < 2:
            await asyncio.sleep(seconds / 2)
            missed = 0 if self.up else missed + 1
        log.warning("Discord's gateway did not answer for %.0f s: beginning anew", seconds)
        await client.close()

    async def anew(self) -> None:
        """Connect again, asking for what is allowed now."""
        self.refused = False
        if self._client is not None:
            await self._client.close()

    def odd(self, told: Any) -> None:
        """An interaction that discord.py can't read is taken from its JSON."""
        task = asyncio.get_running_loop().create_task(self.ears.odd(told))
        self._odd.add(task)
        task.add_done_callback(self._odd.discard)

    def rose(self) -> None:
        """It stands."""
        self.up, self.words, self._tries = True, "", 0
        self.connected.set()

    def down(self, words: str) -> None:
        """It fell, or could not be made."""
        self.up, self.words = False, words


class _Client(discord.Client):
    """Passes on what we listen to; caches no messages and no members."""

    def __init__(self, gateway: Gateway, content: bool, presences: bool) -> None:
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, message_content=content,
            presences=presences,
        )  # fmt: skip
        super().__init__(
            intents=intents, enable_raw_presences=presences, max_messages=None,
            chunk_guilds_at_startup=False, guild_ready_timeout=0,
            member_cache_flags=discord.MemberCacheFlags.none(),
            heartbeat_timeout=gateway.silence, connector=wire.connector(limit=0),
            proxy=wire.proxy(gateway.base),
        )  # fmt: skip
        self._gateway = gateway
        _guard(self, gateway)

    async def on_connect(self) -> None:
        self._gateway.rose()

    async def on_resumed(self) -> None:
        self._gateway.rose()

    async def on_disconnect(self) -> None:
        self._gateway.down("Discord's gateway does not answer, trying again")

    async def on_raw_presence_update(self, update: discord.RawPresenceUpdateEvent) -> None:
        self._gateway.presences[str(update.user_id)] = str(update.client_status.status)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._gateway.servers.joined(str(guild.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self._gateway.servers.joined(str(guild.id))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self._gateway.servers.left(str(guild.id))

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        self._gateway.servers.away(str(guild.id))

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        self._gateway.servers.changed(str(channel.guild.id))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._gateway.servers.changed(str(channel.guild.id))

    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        self._gateway.servers.changed(str(after.guild.id))

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        await self._gateway.ears.interaction(interaction)

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None:
            await self._gateway.ears.message(message, self.user)

    async def on_raw_message_edit(self, update: discord.RawMessageUpdateEvent) -> None:
        await self._gateway.ears.edited(update.message)

    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        await self._gateway.ears.deleted(gone.channel_id, [gone.message_id])

    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        await self._gateway.ears.deleted(gone.channel_id, sorted(gone.message_ids))

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.error("while hearing %s", event_method, exc_info=sys.exc_info())


def _problem(error: Exception) -> tuple[str, float]:
    """Why a connection ended or could not be made, in words, and how long to wait at least."""
    match error:
        case discord.ConnectionClosed():
            return _CLOSED.get(error.code, f"Discord ended the connection ({error.code})"), 0.0
        case discord.LoginFailure():
            return "Discord does not accept the bot's token", LOOK_AGAIN
        case discord.HTTPException():
            return f"Discord answers {error.status} to the sign-in of the bot", 0.0
        case Misconfigured():
            return str(error), LOOK_AGAIN
        case Transient():
            return str(error), min(LONGEST_HOLD, error.retry_after or 0.0)
        case IntegrationError():
            return str(error), 0.0
    return f"{type(error).__name__}: {error}", 0.0


def _odd(error: Exception) -> Exception | None:
    """The error itself, where its words do not say enough."""
    known = (discord.DiscordException, IntegrationError)
    return None if isinstance(error, known) else error


def _guard(client: discord.Client, gateway: Gateway) -> None:
    """One event that discord.py can't read must not end the connection, as it would by itself:
    what came meanwhile would be lost. An interaction is answered all the same."""
    parsers = getattr(getattr(client, "_connection", None), "parsers", None)
    if not isinstance(parsers, dict):
        return

    def safe(event: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def read(told: Any) -> None:
            try:
                parse(told)
            except Exception:
                log.exception("Discord's %s can't be read", event)
                if event == INTERACTION:
                    gateway.odd(told)

        return read

    for event, parse in list(parsers.items()):
        parsers[event] = safe(event, parse)


def point_at(settings: DiscordSettings) -> None:
    """discord.py keeps its addresses in class attributes; of voice, which is not used, it need not
    warn."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    discord.http.Route.BASE = settings.api_base.rstrip("/")
    if settings.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
    if settings.api_base.rstrip("/") != PUBLIC_API:
        origin = yarl.URL(settings.api_base).origin()
        discord.asset.Asset.BASE = str(origin)
