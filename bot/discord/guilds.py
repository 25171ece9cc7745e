"""The servers (guilds) the bot is in: which is home, what it may do there, which are missing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.discord.rest import Rest
from bot.settings import DiscordSettings
from integrations.base import IntegrationError, Misconfigured

GUILDS = "GET /users/@me/guilds"
MORE = "GET /users/@me/guilds?after={after}"
PAGE = 200
ADMINISTRATOR, MANAGE_CHANNELS, MANAGE_ROLES = 1 << 3, 1 << 4, 1 << 28
# View Channel, Send Messages, Embed Links, Read Message History, Create Public Threads, Send
# Messages in Threads.
NEEDED = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 35 | 1 << 38
# Manage Channels, Manage Roles, Create Private Threads, Manage Threads, Pin Messages.
FOR_ROOMS = MANAGE_CHANNELS | MANAGE_ROLES | 1 << 34 | 1 << 36 | 1 << 51
_NOT_A_NAME = re.compile(r"[^\w]+")


def invite(application: str, permissions: int = NEEDED) -> str:
    """Where whoever manages a server invites the bot, with what it needs there."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application}"
        f"&scope=bot+applications.commands&permissions={permissions}"
    )


@dataclass(frozen=True, slots=True)
class Guild:
    """One server the bot is in; ``permissions`` are the bot's there, None where not told."""

    id: str
    name: str
    permissions: int | None = None

    def may(self, bits: int) -> bool:
        """Whether the bot has all of these there; not told means that trying will tell."""
        has = self.permissions
        return has is None or bool(has & ADMINISTRATOR) or has & bits == bits

    def own(self, bits: int) -> int:
        """Those of these that the bot has, for it can give no others."""
        return bits if self.may(bits) or self.permissions is None else bits & self.permissions

    def called(self, word: str) -> bool:
        """Whether people mean it by this word: its id, or its name as one word."""
        return word == self.id or word.casefold() == _NOT_A_NAME.sub("-", self.name.casefold())


class Guilds:
    """Asked once, and again where one that is looked for is not among them; the gateway says when
    one is joined or left."""

    def __init__(self, rest: Rest, settings: DiscordSettings) -> None:
        self._rest = rest
        self._home, self._named = settings.home, settings.guilds
        self._there: dict[str, Guild] | None = None
        self.application = ""
        self.outages: set[str] = set()

    @property
    def wanted(self) -> list[str]:
        """The ids that the settings name; none where the bot serves whatever it is in."""
        return list(dict.fromkeys(filter(None, (self._home, *self._named.values()))))

    @property
    def present(self) -> frozenset[str] | None:
        """The ids of the servers the bot is known to be in; None while that is not known."""
        return None if self._there is None else frozenset(self._there)

    async def all(self, *, anew: bool = False) -> dict[str, Guild]:
        """Every server the bot is in, by id."""
        if self._there is None or anew:
            self._there = await self._ask()
        return self._there

    async def _ask(self) -> dict[str, Guild]:
        page = await self._rest.call(GUILDS)
        found = {str(g["id"]): _guild(g) for g in page}
        while len(page) >= PAGE:
            page = await self._rest.call(MORE, after=str(page[-1]["id"]))
            found |= {str(g["id"]): _guild(g) for g in page}
        return found

    async def home(self) -> Guild:
        """The server of places without a name: the one that is set, or the only one the bot is in;
        Misconfigured where it is not there."""
        guild = self._known_home(await self.all()) or self._known_home(await self.all(anew=True))
        if guild is None:
            raise Misconfigured(self._away(), "discord.guild")
        return guild

    async def named(self, word: str) -> Guild:
        """The server that a place names before its slash, home where it names none."""
        if not word:
            return await self.home()
        for anew in (False, True):
            if found := self._called(await self.all(anew=anew), word):
                return found
        known = ", ".join((*self._named, *(g.name for g in (self._there or {}).values())))
        said = f"The bot is in no server {word} (it knows: {known or 'none'}); invite it, "
        raise Misconfigured(said + invite(self.application), "discord.guilds")

    def _called(self, there: dict[str, Guild], word: str) -> Guild | None:
        if word in self._named:
            return there.get(self._named[word])
        return next((g for g in there.values() if g.called(word)), None)

    def _known_home(self, there: dict[str, Guild]) -> Guild | None:
        if self._home:
            return there.get(self._home)
        return next(iter(there.values())) if len(there) == 1 else None

    def _away(self) -> str:
        there = self._there or {}
        if self._home or not there:
            where = f"not in the server {self._home}" if there else "in no server"
            return f"The bot is {where}: invite it, {invite(self.application)}"
        return f"The bot is in {len(there)} servers: name the one for cards by its id"

    # what changes while it runs

    def joined(self, guild: str) -> bool:
        """The bot was invited somewhere, or a server is back; False where that is known."""
        back = guild in self.outages
        self.outages.discard(guild)
        new = self._there is not None and guild not in self._there
        if new:
            self._there = None
        return new or back

    def left(self, guild: str) -> None:
        """The bot was removed from there."""
        self.outages.discard(guild)
        if self._there is not None:
            self._there.pop(guild, None)

    async def look(self) -> str:
        """Whether every server that is wanted is there, in words; "" where all is well."""
        try:
            await self.all(anew=True)
        except IntegrationError as error:
            return str(error)
        return self.words()

    @property
    def lacking(self) -> str:
        """The servers that somebody must let the bot into, in words; "" where none."""
        if self._there is None:
            return ""
        said = [] if self._known_home(self._there) else [self._away()]
        for name, guild in self._named.items():
            if guild not in self._there and guild != self._home:
                said.append(
                    f"The bot is not in the server {name} ({guild}): invite it, "
                    f"{invite(self.application)}"
                )
        return ". ".join(said)

    def words(self) -> str:
        """What is wrong with the servers as far as it is known; "" where nothing is."""
        there = self._there or {}
        away = [there[g].name for g in sorted(self.outages & there.keys())]
        said = [f"Discord says that the server {name} is away for now" for name in away]
        return ". ".join(filter(None, (self.lacking, *said)))


def _guild(said: dict[str, object]) -> Guild:
    told = str(said.get("permissions") or "")
    return Guild(
        str(said["id"]), str(said.get("name") or said["id"]),
        int(told) if told.isdecimal() else None,
    )  # fmt: skip
