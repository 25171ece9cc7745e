"""Where to write: channel names to ids, people to their direct conversations, and what is known of
the application itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.discord.guilds import Guild, Guilds
from bot.discord.rest import Rest
from integrations.base import Misconfigured

APPLICATION = "GET /oauth2/applications/@me"
ME = "GET /users/@me"
CHANNELS = "GET /guilds/{guild}/channels"
CHANNEL = "GET /channels/{channel}"
OPEN_DM = "POST /users/@me/channels"
_TEXT, _NEWS = 0, 5
_PRESENCE_FLAGS = (1 << 12) | (1 << 13)
_CONTENT_FLAGS = (1 << 18) | (1 << 19)
_LOOK_AGAIN = 5.0


@dataclass(frozen=True, slots=True)
class Application:
    """The bot as Discord knows it; ``reads`` says that the message content intent is enabled,
    ``watches`` that the presence intent is."""

    id: str
    name: str
    reads: bool
    watches: bool = False


@dataclass(slots=True)
class Names:
    """The channels of one server by name, and when they were looked up."""

    guild: str = ""
    channels: dict[str, str] = field(default_factory=dict)
    looked_at: float = float("-inf")
    stale: bool = False


@dataclass(slots=True)
class Places:
    """Looks places up once and again where a name is new. ``#ops`` is in the home server,
    ``acme/#ops`` in that one."""

    rest: Rest
    now_s: Callable[[], float]
    guilds: Guilds
    _names: dict[str, Names] = field(default_factory=dict)
    _guild_of: dict[str, str] = field(default_factory=dict)
    _dms: dict[str, str] = field(default_factory=dict)
    _me: str = ""

    async def application(self) -> Application:
        """Asks who we are; Misconfigured where the token is refused."""
        said = await self.rest.call(APPLICATION)
        self.guilds.application = str(said["id"])
        flags = int(said.get("flags") or 0)
        reads, watches = bool(flags & _CONTENT_FLAGS), bool(flags & _PRESENCE_FLAGS)
        return Application(str(said["id"]), str(said["name"]), reads, watches)

    async def my_id(self) -> str:
        """The bot's own account."""
        if not self._me:
            self._me = str((await self.rest.call(ME))["id"])
        return self._me

    def talks_to(self, account: str) -> bool:
        """Whether the conversation with this person (or that conversation) is known already."""
        return account in self._dms or account in self._dms.values()

    def known(self, channel: str) -> str:
        """The id of a channel or of a person's conversation, "" while it is not known."""
        guild, name = _split(channel)
        if name.isascii() and name.isdigit():
            return self._dms.get(name, name)
        names = self._names.get(guild)
        return names.channels.get(name, "") if names and not names.stale else ""

    async def channel(self, channel: str) -> str:
        """The id of ``#name``, or of an id as it is; Misconfigured where there is no such one."""
        found = self.known(channel)
        word, name = _split(channel)
        names = self._names.setdefault(word, Names())
        if not found and (names.stale or self.now_s() - names.looked_at >= _LOOK_AGAIN):
            await self._look(names, await self.guilds.named(word))
            found = names.channels.get(name, "")
        if not found:
            where = f" in the server {word}" if word else ""
            raise Misconfigured(
                f"There is no channel #{name} that PixelView can see on Discord{where}: "
                "make it, or give the bot View Channel there", "routes.channels",
            )  # fmt: skip
        return found

    async def instead(self, channel: str, gone: str) -> str:
        """The channel that has this name now, for one that somebody deleted; Misconfigured where
        there is none."""
        found = await self.channel(channel)
        if found == gone:
            raise Misconfigured(
                f"The channel {channel} was deleted on Discord: make it anew, or change the routes",
                "routes.channels",
            )
        return found

    def forget(self, guild: str = "") -> None:
        """Channels came, went or got other names (in one server): look again when one is needed."""
        for names in self._names.values():
            if not guild or names.guild in ("", guild):
                names.stale = True

    async def dm(self, account: str, *, anew: bool = False) -> str:
        """The direct conversation with a person; asked for ``anew`` to see that it still can be."""
        if anew or account not in self._dms:
            said = await self.rest.call(OPEN_DM, {"recipient_id": account})
            self._dms[account] = str(said["id"])
        return self._dms[account]

    async def guild_of(self, channel: str) -> str:
        """The server a channel is in; ``@me`` for a direct conversation."""
        if channel not in self._guild_of:
            said = await self.rest.call(CHANNEL, channel=channel)
            self._guild_of[channel] = str(said.get("guild_id") or "@me")
        return self._guild_of[channel]

    async def _look(self, names: Names, guild: Guild) -> None:
        names.stale = False
        found = await self.rest.call(CHANNELS, guild=guild.id)
        names.guild, names.looked_at = guild.id, self.now_s()
        there = sorted(
            (c for c in found if c.get("type") in (_TEXT, _NEWS)),
            key=lambda c: int(c["id"]), reverse=True,
        )  # fmt: skip
        # Discord lets channels have equal names: the oldest has it.
        names.channels = {str(c["name"]).casefold(): str(c["id"]) for c in there}
        self._guild_of |= {str(c["id"]): guild.id for c in found}


def _split(channel: str) -> tuple[str, str]:
    """``acme/#ops`` as server and name; a channel written as ``<#1>`` is its number."""
    guild, slash, name = channel.strip().rpartition("/")
    name = name.strip().removeprefix("<#").removesuffix(">").removeprefix("#").casefold()
    return (guild.strip(), name) if slash else ("", name)
