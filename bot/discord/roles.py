"""The role of whoever is on call (``@oncall-db``, or ``acme/@oncall-db`` in that server): given to
some members, taken from others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.discord.guilds import Guild, Guilds
from bot.discord.rest import Refused, Rest
from bot.latest import Latest
from integrations.base import Misconfigured, Permanent

ROLES = "GET /guilds/{guild}/roles"
MEMBER = "GET /guilds/{guild}/members/{user}"
GIVE = "PUT /guilds/{guild}/members/{user}/roles/{role}"
TAKE = "DELETE /guilds/{guild}/members/{user}/roles/{role}"
KNOWN_FOR = 60.0
UNKNOWN_MEMBER, UNKNOWN_ROLE = 10007, 10011


class Roles:
    """What was done in the last minute is not done again: a change of many members goes on where
    Discord's limit ended it. ``now_s`` is the clock in seconds."""

    def __init__(self, rest: Rest, guilds: Guilds, now_s: Callable[[], float]) -> None:
        self._rest, self._guilds, self._now = rest, guilds, now_s
        self._done: Latest[tuple[str, str], tuple[float, bool]] = Latest(5_000)
        self._named: dict[str, dict[str, str]] = {}
        self._looked_at: dict[str, float] = {}

    async def keep(self, name: str, accounts: Sequence[str], others: Sequence[str]) -> None:
        """Give a role to these members and take it from the others. Raises the integration
        errors; who is not in the server is told last."""
        word, _, name = name.rpartition("/")
        guild = await self._guilds.named(word)
        role = await self._find(guild, name)
        absent: list[str] = []
        for account, has in (*((a, True) for a in accounts), *((o, False) for o in others)):
            try:
                await self._set(guild.id, name, role, account, has)
            except Refused as error:
                if error.code != UNKNOWN_MEMBER:
                    self._looked_at.pop(guild.id, None)
                    if error.code == UNKNOWN_ROLE:
                        raise _no_role(name, guild) from error
                    raise
                if has:
                    absent.append(account)
        if absent:
            raise Permanent(f"Not in the server, so without @{name}: {', '.join(absent)}")

    async def of(
        self, accounts: Sequence[str], groups: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        """Account → those of the roles it has; who is not in the server has none. Asks for single
        members, which needs no privileged intent. Raises the integration errors."""
        found: dict[str, tuple[str, ...]] = dict.fromkeys(accounts, ())
        by_guild: dict[str, tuple[Guild, dict[str, str]]] = {}
        for group in groups:
            word, _, name = group.rpartition("/")
            guild = await self._guilds.named(word)
            try:
                role = await self._find(guild, name)
            except Misconfigured as error:
                if error.setting != "usergroup":
                    raise
                continue
            by_guild.setdefault(guild.id, (guild, {}))[1][role] = group
        for guild, roles in by_guild.values():
            for account in accounts:
                held = await self._member(guild.id, account)
                found[account] += tuple(roles[r] for r in held if r in roles)
        return found

    async def _member(self, guild: str, account: str) -> list[str]:
        try:
            said = await self._rest.call(MEMBER, guild=guild, user=account)
        except Refused as error:
            if error.code == UNKNOWN_MEMBER:
                return []
            raise
        return [str(role) for role in said.get("roles") or ()]

    async def _set(self, guild: str, name: str, role: str, account: str, has: bool) -> None:
        known = self._done.get((role, account))
        if known is not None and known[1] is has and self._now() - known[0] < KNOWN_FOR:
            return
        try:
            route = GIVE if has else TAKE
            await self._rest.call(route, guild=guild, user=account, role=role)
        except Misconfigured as error:
            if error.setting != "discord":
                raise
            raise Misconfigured(
                f"Discord lets PixelView not change the role @{name}: give it Manage Roles, and "
                "put its own role above that one", "teams.usergroup",
            ) from error  # fmt: skip
        self._done[role, account] = (self._now(), has)

    async def _find(self, guild: Guild, name: str) -> str:
        low = name.removeprefix("@").casefold()
        if self._now() - self._looked_at.get(guild.id, float("-inf")) >= KNOWN_FOR:
            found = await self._rest.call(ROLES, guild=guild.id)
            # Of equal names the oldest counts.
            oldest = sorted(found, key=lambda r: int(r["id"]), reverse=True)
            named = {str(r["name"]).removeprefix("@").casefold(): str(r["id"]) for r in oldest}
            self._named[guild.id], self._looked_at[guild.id] = named, self._now()
        there = self._named[guild.id]
        role = low if low in there.values() else there.get(low)
        if role is None:
            self._looked_at.pop(guild.id, None)
            raise _no_role(low, guild)
        return role


def _no_role(name: str, guild: Guild) -> Misconfigured:
    said = f"There is no role @{name.removeprefix('@')} in Discord, server {guild.name}: make it"
    return Misconfigured(said, "usergroup")
