"""User groups (``@oncall-db``): made to hold exactly some people; an empty one is disabled, for
Slack keeps no group without members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.slack.api import Api, Refused
from integrations.base import Misconfigured

LIST, UPDATE = "usergroups.list", "usergroups.users.update"
MEMBERS = "usergroups.users.list"
ENABLE, DISABLE = "usergroups.enable", "usergroups.disable"
KNOWN_FOR = 60.0
_WHY = {
    "permission_denied": "a workspace setting keeps apps from changing user groups: let everybody, "
    "or this app, manage them",
    "plan_upgrade_required": "user groups need a paid plan of Slack",
    "paid_teams_only": "user groups need a paid plan of Slack",
}


@dataclass(slots=True)
class Group:
    """A user group as Slack has it."""

    id: str
    handle: str
    enabled: bool
    users: set[str]


class Groups:
    """Looks groups up once in a while. ``now_s`` is the clock in seconds."""

    def __init__(self, api: Api, now_s: Callable[[], float]) -> None:
        self._api, self._now = api, now_s
        self._known: list[Group] = []
        self._looked_at = float("-inf")

    async def keep(self, name: str, accounts: Sequence[str]) -> None:
        """Make a group hold exactly these accounts. Raises the integration errors."""
        try:
            await self._keep(await self._find(name), accounts)
        except Refused as error:
            self._looked_at = float("-inf")
            if error.code in _WHY:
                said = f"Slack says {error.code} of @{name}: {_WHY[error.code]}"
                raise Misconfigured(said, "teams.usergroup") from error
            raise
        except Exception:
            self._looked_at = float("-inf")
            raise

    async def of(
        self, accounts: Sequence[str], groups: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        """Account → those of the groups it is in; a group that is gone or disabled has nobody.
        Raises the integration errors."""
        await self._look()
        found: dict[str, tuple[str, ...]] = dict.fromkeys(accounts, ())
        for name in groups:
            low = name.removeprefix("@").casefold()
            group = next((g for g in self._known if low in (g.handle, g.id.casefold())), None)
            if group is None or not group.enabled:
                continue
            said = await self._api.call(MEMBERS, usergroup=group.id)
            for user in said["users"]:
                if str(user) in found:
                    found[str(user)] = (*found[str(user)], name)
        return found

    async def _keep(self, group: Group, accounts: Sequence[str]) -> None:
        wanted = set(accounts)
        if not wanted:
            if group.enabled:
                await self._api.call(DISABLE, usergroup=group.id)
                group.enabled = False
            return
        if not group.enabled:
            await self._api.call(ENABLE, usergroup=group.id)
            group.enabled = True
        if group.users != wanted:
            await self._api.call(UPDATE, usergroup=group.id, users=",".join(sorted(wanted)))
            group.users = wanted

    async def _find(self, name: str) -> Group:
        if self._now() - self._looked_at >= KNOWN_FOR:
            await self._look()
        low = name.removeprefix("@").casefold()
        found = next((g for g in self._known if low in (g.handle, g.id.casefold())), None)
        if found is None:
            raise Misconfigured(f"There is no user group @{name} in Slack: make it", "usergroup")
        return found

    async def _look(self) -> None:
        said = await self._api.call(LIST, include_disabled="true", include_users="true")
        self._known = [
            Group(
                str(g["id"]),
                str(g["handle"]).casefold(),
                not g.get("date_delete"),
                {str(u) for u in g.get("users") or ()},
            )
            for g in said["usergroups"]
        ]
        self._looked_at = self._now()
