"""Where to write: channel names to ids, people to their direct conversations, and what is known of
the application itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.discord.rest import Rest
from integrations.base import IntegrationError, Misconfigured

APPLICATION = "GET /oauth2/applications/@me"
GUILDS = "GET /users/@me/guilds"
CHANNELS = "GET /guilds/{guild}/channels"
OPEN_DM = "POST /users/@me/channels"
_TEXT, _NEWS = 0, 5
_PRESENCE_FLAGS = (1 << 12) | (1 << 13)
_CONTENT_FLAGS = (1 << 18) | (1 << 19)
_LOOK_AGAIN = 5.0
# View Channel, Send Messages, Embed Links, Read Message History, Create Public Threads, Send
# Messages in Threads.
_NEEDED = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 35 | 1 << 38


def invite(application: str) -> str:
    """Where whoever manages a server invites the bot, with what it needs there."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application}"
        f"&scope=bot+applications.commands&permissions={_NEEDED}"
    )


@dataclass(frozen=True, slots=True)
class Application:
    """The bot as Discord knows it; ``reads`` says that the message content intent is enabled,
    ``watches`` that the presence intent is."""

    id: str
    name: str
    reads: bool
    watches: bool = False


@dataclass(slots=True)
class Places:
    """Looks places up once and again where a name is new."""

    rest: Rest
    now_s: Callable[[], float]
    guild: str = ""
    is_home: bool = False
    _application: str = ""
    _channels: dict[str, str] = field(default_factory=dict)
    _dms: dict[str, str] = field(default_factory=dict)
    _looked_at: float = float("-inf")

    async def application(self) -> Application:
        """Asks who we are; Misconfigured where the token is refused."""
        said = await self.rest.call(APPLICATION)
        self._application = str(said["id"])
        flags = int(said.get("flags") or 0)
        reads, watches = bool(flags & _CONTENT_FLAGS), bool(flags & _PRESENCE_FLAGS)
        return Application(str(said["id"]), str(said["name"]), reads, watches)

    def talks_to(self, account: str) -> bool:
        """Whether the conversation with this person (or that conversation) is known already."""
        return account in self._dms or account in self._dms.values()

    def known(self, channel: str) -> str:
        """The id of a channel or of a person's conversation, "" while it is not known."""
        name = channel.strip().removeprefix("<#").removesuffix(">")
        if name.isascii() and name.isdigit():
            return self._dms.get(name, name)
        return self._channels.get(_named(name), "")

    async def channel(self, channel: str) -> str:
        """The id of ``#name``, or of an id as it is; Misconfigured where there is no such one."""
        found = self.known(channel)
        if not found and self.now_s() - self._looked_at >= _LOOK_AGAIN:
            await self._look()
            found = self.known(channel)
        if not found:
            raise Misconfigured(
                f"There is no channel #{_named(channel)} that PixelView can see on Discord: "
                "make it, or give the bot View Channel there", "routes.channels",
            )  # fmt: skip
        return found

    async def dm(self, account: str, *, anew: bool = False) -> str:
        """The direct conversation with a person; asked for ``anew`` to see that it still can be."""
        if anew or account not in self._dms:
            said = await self.rest.call(OPEN_DM, {"recipient_id": account})
            self._dms[account] = str(said["id"])
        return self._dms[account]

    async def home(self) -> str:
        """The guild: the one that is set, or the only one the bot is in; Misconfigured where it is
        not there."""
        if self.is_home:
            return self.guild
        guilds = [str(g["id"]) for g in await self.rest.call(GUILDS)]
        if not guilds or (self.guild and self.guild not in guilds):
            where = f"not in the server {self.guild}" if guilds else "in no server"
            said = f"The bot is {where}: invite it, {invite(self._application)}"
            raise Misconfigured(said, "discord.guild")
        if not self.guild and len(guilds) > 1:
            said = f"The bot is in {len(guilds)} servers: name the one for cards by its id"
            raise Misconfigured(said, "discord.guild")
        self.guild, self.is_home = self.guild or guilds[0], True
        return self.guild

    async def away(self) -> str:
        """Why no channel can be found, in words; "" where the bot is at home."""
        try:
            await self.home()
        except IntegrationError as error:
            return str(error)
        return ""

    async def _look(self) -> None:
        found = await self.rest.call(CHANNELS, guild=await self.home())
        self._looked_at = self.now_s()
        self._channels = {
            _named(c["name"]): str(c["id"]) for c in found if c["type"] in (_TEXT, _NEWS)
        }


def _named(channel: str) -> str:
    return channel.strip().removeprefix("#").casefold()
