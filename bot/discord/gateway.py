"""The gateway: discord.py's client as a watched task that is started again when it dies."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord
import yarl

from bot.latest import Latest
from bot.settings import DiscordSettings
from integrations.base import IntegrationError, Misconfigured

log = logging.getLogger("pixelview.discord")

PAUSE, LONGEST_PAUSE, MOST_DOUBLINGS = 1.0, 120.0, 7
PUBLIC_API = "https://discord.com/api/v10"

Pause = Callable[[float], Awaitable[None]]


class Ears(Protocol):
    """Who is told what came over the gateway."""

    async def interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A press, a command, a form."""
        ...

    async def message(self, message: discord.Message, me: discord.abc.User) -> None:
        """Somebody wrote."""
        ...


class Gateway:
    """One connection. ``up`` says whether it stands, ``words`` why it does not; with ``watches``
    it hears whether members are there, and keeps it in ``presences``."""

    def __init__(self, settings: DiscordSettings, ears: Ears, pause: Pause = asyncio.sleep) -> None:
        self._settings, self._ears, self._pause = settings, ears, pause
        self.up = False
        self.words = "not connected yet"
        self.refused = self.watches = False
        self.presences: Latest[str, str] = Latest(20_000)
        self.connected = asyncio.Event()
        self._tries = 0

    async def keep(self, reads: Callable[[], Awaitable[bool]]) -> None:
        """Connect, and again whenever it ends; ``reads`` says whether to ask for the words of
        messages; Misconfigured from it ends the trying: somebody must change a setting first."""
        point_at(self._settings)
        while True:
            try:
                await self._once(await reads() and not self.refused)
                problem = "Discord ended the connection"
            except discord.PrivilegedIntentsRequired:
                self.refused = True
                log.warning("Discord refuses the message content intent; going on without it")
                continue
            except Misconfigured as error:
                self.down(str(error))
                return
            except IntegrationError as error:
                problem = str(error)
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
                log.warning("the connection to Discord ended: %s", problem, exc_info=error)
            self.down(problem)
            await self._pause(min(LONGEST_PAUSE, PAUSE * 2**self._tries))
            self._tries = min(self._tries + 1, MOST_DOUBLINGS)

    async def _once(self, content: bool) -> None:
        self.presences.clear()
        client = _Client(self, content, self.watches and not self.refused)
        try:
            await client.login(self._settings.bot_token)
            await client.connect(reconnect=True)
        finally:
            await client.close()

    def rose(self) -> None:
        """It stands."""
        self.up, self.words, self._tries = True, "", 0
        self.connected.set()

    def down(self, words: str) -> None:
        """It fell, or could not be made."""
        self.up, self.words = False, words

    @property
    def ears(self) -> Ears:
        """Who listens."""
        return self._ears


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
        )  # fmt: skip
        self._gateway = gateway

    async def on_connect(self) -> None:
        self._gateway.rose()

    async def on_resumed(self) -> None:
        self._gateway.rose()

    async def on_disconnect(self) -> None:
        self._gateway.down("Discord's gateway does not answer, trying again")

    async def on_raw_presence_update(self, update: discord.RawPresenceUpdateEvent) -> None:
        self._gateway.presences[str(update.user_id)] = str(update.client_status.status)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        await self._gateway.ears.interaction(interaction)

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None:
            await self._gateway.ears.message(message, self.user)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.error("while hearing %s", event_method, exc_info=sys.exc_info())


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
