"""The role of whoever is on call (``@oncall-db``): given to some members, taken from others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.discord.places import Places
from bot.discord.rest import Refused, Rest
from bot.latest import Latest
from integrations.base import Misconfigured, Permanent

ROLES = "GET /guilds/{guild}/roles"
GIVE = "PUT /guilds/{guild}/members/{user}/roles/{role}"
TAKE = "DELETE /guilds/{guild}/members/{user}/roles/{role}"
KNOWN_FOR = 60.0
UNKNOWN_MEMBER, UNKNOWN_ROLE = 10007, 10011


class Roles:
    """What was done in the last minute is not done again: a change of many members goes on where
    Discord's limit ended it. ``now_s`` is the clock in seconds."""

    def __init__(self, rest: Rest, places: Places, now_s: Callable[[], float]) -> None:
        self._rest, self._places, self._now = rest, places, now_s
        self._done: Latest[tuple[str, str], tuple[float, bool]] = Latest(5_000)
        self._named: dict[str, str] = {}
        self._looked_at = float("-inf")

    async def keep(self, name: str, accounts: Sequence[str], others: Sequence[str]) -> None:
        """Give a role to these members and take it from the others. Raises the integration
        errors; who is not in the server is told last."""
        guild = await self._places.home()
        role = await self._find(guild, name)
        absent: list[str] = []
        for account, has in (*((a, True) for a in accounts), *((o, False) for o in others)):
            try:
                await self._set(guild, name, role, account, has)
            except Refused as error:
                if error.code != UNKNOWN_MEMBER:
                    self._looked_at = float("-inf")
                    raise
                if has:
                    absent.append(account)
        if absent:
            raise Permanent(f"Not in the server, so without @{name}: {', '.join(absent)}")

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

    async def _find(self, guild: str, name: str) -> str:
        low = name.removeprefix("@").casefold()
        if self._now() - self._looked_at >= KNOWN_FOR:
            found = await self._rest.call(ROLES, guild=guild)
            self._named = {str(r["name"]).removeprefix("@").casefold(): str(r["id"]) for r in found}
            self._looked_at = self._now()
        role = low if low in self._named.values() else self._named.get(low)
        if role is None:
            self._looked_at = float("-inf")
            raise Misconfigured(f"There is no role @{low} in Discord: make it", "usergroup")
        return role
