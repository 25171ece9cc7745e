"""Whether people are there: do-not-disturb, a huddle, away; asked at most once a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.abilities import Absence
from bot.latest import Latest
from bot.slack.api import Api, MissingScope
from integrations.base import IntegrationError

DND, PRESENCE, INFO = "dnd.info", "users.getPresence", "users.info"
KNOWN_FOR = 60.0
_HUDDLE = "in_a_huddle"


class Presence:
    """Looks people up. ``now_s`` is the clock in seconds."""

    def __init__(self, api: Api, now_s: Callable[[], float]) -> None:
        self._api, self._now = api, now_s
        self.wanted: Callable[[], bool] = lambda: True
        self._absent: Latest[str, tuple[float, Absence | None]] = Latest(5_000)
        self._refused: set[str] = set()

    async def of(self, account: str) -> Absence | None:
        """What keeps somebody from answering; None where nothing does, or Slack does not tell."""
        known = self._absent.get(account)
        if known is not None and self._now() - known[0] < KNOWN_FOR:
            return known[1]
        found = await self._disturbed(account) or await self._elsewhere(account)
        self._absent[account] = (self._now(), found)
        return found

    async def _disturbed(self, account: str) -> Absence | None:
        if not self.wanted():
            return None
        said = await self._ask(DND, account)
        start, end = (said.get(f"next_dnd_{edge}_ts") or 0 for edge in ("start", "end"))
        if said.get("dnd_enabled") and start <= self._now() < end:
            return Absence("do not disturb", int(end) * 1000, quiet=True)
        return None

    async def _elsewhere(self, account: str) -> Absence | None:
        profile = ((await self._ask(INFO, account)).get("user") or {}).get("profile") or {}
        if profile.get("huddle_state") == _HUDDLE:
            return Absence("in a huddle")
        away = (await self._ask(PRESENCE, account)).get("presence") == "away"
        return Absence("away") if away else None

    async def _ask(self, method: str, account: str) -> dict[str, Any]:
        """Slack's answer, nothing where it gives none; a method without its scope is not asked
        again."""
        if method in self._refused:
            return {}
        try:
            return await self._api.call(method, user=account)
        except MissingScope:
            self._refused.add(method)
        except IntegrationError:
            pass
        return {}
