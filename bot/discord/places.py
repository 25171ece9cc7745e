"""Where to write: channel names to ids, people to their direct conversations, and what is known of
the application itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.discord.rest import Rest
from integrations.base import Misconfigured

APPLICATION = "GET /oauth2/applications/@me"
GUILDS = "GET /users/@me/guilds"
CHANNELS = "GET /guilds/{guild}/channels"
OPEN_DM = "POST /users/@me/channels"
_TEXT, _NEWS = 0, 5
_CONTENT_FLAGS = (1 << 18) | (1 << 19)
_LOOK_AGAIN = 5.0


@dataclass(frozen=True, slots=True)
class Application:
    """The bot as Discord knows it; ``reads`` says that the message content intent is enabled."""

    id: str
    name: str
    reads: bool


@dataclass(slots=True)
class Places:
    """Looks places up once and again where a name is new."""

    rest: Rest
    now_s: Callable[[], float]
    guild: str = ""
    _channels: dict[str, str] = field(default_factory=dict)
    _dms: dict[str, str] = field(default_factory=dict)
    _looked_at: float = float("-inf")

    async def application(self) -> Application:
        """Asks who we are; Misconfigured where the token is refused."""
        said = await self.rest.call(APPLICATION)
        reads = bool(int(said.get("flags") or 0) & _CONTENT_FLAGS)
        return Application(str(said["id"]), str(said["name"]), reads)

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

    async def dm(self, account: str) -> str:
        """The direct conversation with a person."""
        if account not in self._dms:
            said = await self.rest.call(OPEN_DM, {"recipient_id": account})
            self._dms[account] = str(said["id"])
        return self._dms[account]

    async def home(self) -> str:
        """The guild: the one that is set, or the only one the bot is in."""
        if not self.guild:
            guilds = await self.rest.call(GUILDS)
            if len(guilds) != 1:
                many = "no server" if not guilds else f"{len(guilds)} servers"
                raise Misconfigured(
                    f"The bot is in {many}: invite it, and name the one by its id", "discord.guild"
                )
            self.guild = str(guilds[0]["id"])
        return self.guild

    async def _look(self) -> None:
        found = await self.rest.call(CHANNELS, guild=await self.home())
        self._looked_at = self.now_s()
        self._channels = {
            _named(c["name"]): str(c["id"]) for c in found if c["type"] in (_TEXT, _NEWS)
        }


def _named(channel: str) -> str:
    return channel.strip().removeprefix("#").casefold()
