"""Who the bot is, what it may do, and the direct conversations it has with people."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.slack.api import Api

OPEN_DM = "conversations.open"
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})


@dataclass(frozen=True, slots=True)
class Application:
    """The bot as Slack knows it, and the scopes of its token where Slack names them."""

    team: str
    team_name: str
    enterprise: str
    user: str
    name: str
    bot: str
    scopes: frozenset[str] | None
    whole: bool = False
    """Installed for a whole organization."""

    def spans(self, organization: str) -> bool:
        """Whether what happens anywhere in that organization is for it."""
        return self.whole and self.enterprise == organization

    @property
    def reads(self) -> bool:
        """Whether the words of threads and direct messages may be read."""
        return self.scopes is None or self.scopes >= HISTORY


def scopes_in(header: str) -> frozenset[str]:
    """The scopes that an answer's header names."""
    return frozenset(re.findall(r"[\w:.]+", header))


@dataclass(slots=True)
class Places:
    """Looks places up once."""

    api: Api
    _dms: dict[str, str] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)

    async def application(self) -> Application:
        """Asks who we are; Misconfigured where the token is refused."""
        said, headers = await self.api.answered("auth.test")
        scopes = headers.get("x-oauth-scopes")
        return Application(
            team=str(said.get("team_id") or ""), team_name=str(said.get("team") or "Slack"),
            enterprise=str(said.get("enterprise_id") or ""), user=str(said.get("user_id") or ""),
            name=str(said.get("user") or "pixelview"), bot=str(said.get("bot_id") or ""),
            scopes=None if scopes is None else scopes_in(scopes),
            whole=said.get("is_enterprise_install") is True,
        )  # fmt: skip

    def talks_to(self, account: str) -> bool:
        """Whether the conversation with this person (or that conversation) is known already."""
        return account in self._dms or account.startswith("D")

    def known(self, channel: str) -> str:
        """The id of a channel or of a person's conversation where it is known, else what was
        given: Slack takes ``#name`` too."""
        return self._dms.get(channel) or self._named.get(channel) or channel

    def called(self, name: str, id: str) -> None:
        """The id of a channel that was named."""
        if name != id:
            self._named[name] = id
            self.api.same(name, id)

    async def dm(self, account: str, *, anew: bool = False) -> str:
        """The direct conversation with a person; opened ``anew`` to see that it still can be."""
        if anew or account not in self._dms:
            said = await self.api.call(OPEN_DM, users=account)
            self._dms[account] = str(said["channel"]["id"])
            self.api.same(account, self._dms[account])
        return self._dms[account]
