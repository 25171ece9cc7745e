"""The connection to Discord: made, kept, what the bot may use of it, and what is wrong in words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from bot.discord.gateway import Gateway, Pause
from bot.discord.hear import Hear
from bot.discord.places import Application, Places
from bot.discord.registration import Registered, register
from bot.discord.rest import Rest
from bot.running import Running, until_connected
from bot.settings import DiscordSettings
from integrations.base import IntegrationError, Misconfigured, Transient

log = logging.getLogger("pixelview.discord")

SETTING = "bot_token"
ALLOWANCE = "GET /gateway/bot"
SPARE = 5
"""A token whose last start of a session in 24 h is used up is reset by Discord."""
LOOK_AGAIN = 60.0
_PORTAL = "in Discord's Developer Portal"


class Life:
    """Connects, and stays connected; hears from the gateway what becomes of servers, and from the
    requests what Discord refuses."""

    def __init__(
        self, settings: DiscordSettings, rest: Rest, places: Places, hear: Hear, pause: Pause
    ) -> None:
        self._settings, self._rest, self._places, self._hear = settings, rest, places, hear
        self._guilds, self._pause = places.guilds, pause
        self.gateway = Gateway(settings, hear, self, pause)
        self._me: Application | None = None
        self._refused, self._registered, self._trying = "", Registered(), False
        self.running = Running("pixelview-discord")
        self._wrong: asyncio.Future[Misconfigured] | None = None
        rest.refused = self.refused

    # beginning and end

    async def start(self) -> None:
        """Connect; returns when connected, however long Discord is away; Misconfigured where a
        setting must be changed first: then it is looked again each minute whether it was."""
        self._wrong = asyncio.get_running_loop().create_future()
        trying = self.running.begin(self.gateway.keep(self._prepare))
        self.running.begin(self._watch_intents())
        await until_connected(self.gateway.connected, self._wrong, trying)

    async def stop(self) -> None:
        """Disconnect and end every task."""
        await self.running.end()
        await self._hear.stop()
        await self._rest.close()

    async def _prepare(self) -> bool:
        """Before each connection: who we are, the commands, and whether words may be read."""
        try:
            me = self._me = await self._places.application()
        except Misconfigured as error:
            if self._wrong is not None and not self._wrong.done():
                self._wrong.set_result(error)
            raise
        self._refused = ""
        await self._allowed()
        await self._guilds.look()
        await self._register()
        self.gateway.watches = self._settings.presence and me.watches
        reads = self._settings.message_content and me.reads and not self.gateway.refused
        self._hear.threads = reads
        return reads

    async def _watch_intents(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self.look_at_intents()
            except IntegrationError as error:
                log.info("Discord does not say what the bot may hear: %s", error)

    async def look_at_intents(self) -> None:
        """Where somebody switched the right to read words on or off, the connection is made anew:
        what is heard is settled when a session begins."""
        before = self._me
        if before is None or not self._settings.message_content or not self.gateway.up:
            return
        me = await self._places.application()
        if me.reads != before.reads:
            self._me = me
            log.info("the right to read words is %s: connecting anew", "on" if me.reads else "off")
            await self.gateway.anew()

    async def _allowed(self) -> None:
        """Transient where Discord lets the bot begin hardly any more sessions today."""
        try:
            said = await self._rest.call(ALLOWANCE)
        except IntegrationError:
            return
        limit = (said or {}).get("session_start_limit") or {}
        left, after = limit.get("remaining"), float(limit.get("reset_after") or 0) / 1000
        if isinstance(left, int) and left < SPARE and after > 0:
            raise Transient(f"Discord lets the bot connect only {left} more times today", after)

    # how it is

    def health(self) -> tuple[bool, str]:
        """Connected or not, and words for people."""
        if self._refused or not self.gateway.up:
            return False, f"Discord: {self._refused or self.gateway.words}"
        words = [f"Connected to Discord as {self._me.name if self._me else 'PixelView'}"]
        words += self._unread()
        if away := self._guilds.words():
            words.append(away)
        elif self._registered.words:
            words.append(f"slash commands are not registered: {self._registered.words}")
        if held := self._rest.held():
            words.append(held)
        return True, ". ".join(words)

    def _unread(self) -> list[str]:
        """What is not heard for want of an intent."""
        said = []
        if self._settings.message_content and not self._hear.threads:
            off = "the Message Content Intent is off for this bot"
            said.append(f"words in threads stay there (feature threads): {off} {_PORTAL}")
        if self._settings.presence and self._me is not None and not self._me.watches:
            said.append(
                f"who is there is not shown: the Presence Intent is off for this bot {_PORTAL}"
            )
        return said

    def troubles(self) -> Mapping[str, str]:
        """What has to be changed in Discord or in the settings, by name."""
        found = {}
        if self._refused:
            found[SETTING] = self._refused
        if self._guilds.lacking:
            found["guild"] = self._guilds.lacking
        if self._registered.must:
            found["commands"] = f"slash commands are not registered: {self._registered.words}"
        for number, words in enumerate(self._unread()):
            found[f"intent {number}"] = words
        return found

    # what becomes of servers, as the gateway tells

    def joined(self, guild: str) -> None:
        """The bot is in a server that it was not in, or whose outage is over."""
        if self._guilds.joined(guild):
            self._places.forget(guild)
            self.running.begin(self._settle())

    def left(self, guild: str) -> None:
        """Somebody removed the bot."""
        log.warning("the bot was removed from the server %s", guild)
        self._guilds.left(guild)
        self._places.forget(guild)

    def away(self, guild: str) -> None:
        """Discord has an outage of one server."""
        self._guilds.outages.add(guild)

    def changed(self, guild: str) -> None:
        """Channels came, went or got other names."""
        self._places.forget(guild)

    async def _settle(self) -> None:
        await self._guilds.look()
        await self._register()

    async def _register(self) -> None:
        """The slash commands; what only failed for now is tried again each minute."""
        if self._me is None:
            return
        self._registered = await register(self._rest, self._me.id, self._guilds)
        if self._registered.words and not self._registered.must and not self._trying:
            self._trying = True
            self.running.begin(self._until_registered())

    async def _until_registered(self) -> None:
        try:
            while self._registered.words and not self._registered.must and self._me is not None:
                await self._pause(LOOK_AGAIN)
                self._registered = await register(self._rest, self._me.id, self._guilds)
        finally:
            self._trying = False

    # what Discord refuses in the middle of it

    def refused(self, error: Exception) -> None:
        """The token is accepted no more: nothing is asked of Discord until it is again."""
        if isinstance(error, Misconfigured) and error.setting == f"discord.{SETTING}":
            first, self._refused = not self._refused, str(error)
            if first and self.gateway.up:
                self.running.begin(self._until_well())

    async def _until_well(self) -> None:
        """Ask each minute whether it works again."""
        while self._refused and self.gateway.up:
            await self._pause(LOOK_AGAIN)
            try:
                self._me = await self._places.application()
            except IntegrationError as error:
                log.info("Discord does not work yet: %s", error)
                continue
            self._refused = ""
