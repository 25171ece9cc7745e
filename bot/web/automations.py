"""What runs by itself: how each automation stands, what it solved, and the switches."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.cards import words
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway
from bot.web.session import Visit, fresh_key
from commands import rights
from commands.automation.automations import READ, told
from commands.automation.switching import ACT, WRITE
from commands.errors import CommandError

HERE = "automations"


class AutomationPages:
    """Their address."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """For who is signed in."""
        return [web.get(f"/{HERE}", gate.signed(self.page))]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """All of them; with ``name`` one in words, with ``try`` on what was."""
        listed = await self._door.ask("automations", {}, visit.actor)
        report = await self._door.ask("automation-report", {"days": "30d"}, visit.actor)
        chosen = words.clean(request.query.get("name", ""))[:80]
        since = words.clean(request.query.get("try", ""))[:20]
        one, trial, wrong = [], [], ""
        try:
            if chosen and since:
                asked = {"name": chosen, "since": since}
                trial = list((await self._door.ask("automation-try", asked, visit.actor)).lines)
            elif chosen:
                found = await self._door.ask("automation", {"name": chosen}, visit.actor)
                one = list(found.lines)
        except CommandError as error:
            wrong = error.error
        rules = self._door.rules.automations
        rows = [_row(fact, rules.get(fact["name"])) for fact in listed.facts["automations"]]
        stopped = listed.lines[0].removeprefix("⛔ ") if listed.facts["stopped"] else ""
        return await self._frames.page(
            request, visit, "automations.html", here=HERE, status=404 if wrong else 200,
            rows=rows, suggested=listed.facts["suggested"], stopped=words.clean(stopped),
            whole=report.facts["whole"],
            counted=report.lines[-1], chosen=chosen, one=one, trial=trial, wrong=words.clean(wrong),
            may_switch=self._may(visit, WRITE), may_stop=self._may(visit, ACT), key=fresh_key(),
            nothing=listed.lines[0] if not rows else "", back=request.path_qs,
        )  # fmt: skip

    def _may(self, visit: Visit, permission: str) -> bool:
        return bool(rights.may_somewhere(self._door.definitions(), visit.actor, permission))


def _row(fact: dict[str, Any], rule: Any) -> dict[str, Any]:
    """One as the page draws it: what it does in a line."""
    return {**fact, "when": next(iter(told(rule)), "") if rule is not None else ""}


__all__ = ["READ", "AutomationPages"]
