"""What waits for a person's word: what a second person must agree to, what a workflow asks, what
an automation suggests."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.session import Visit, fresh_key
from bot.web.waiting import Waiting

HERE = "asked"


class AskedPages:
    """Their addresses."""

    def __init__(self, waiting: Waiting, frames: Frames) -> None:
        self._waiting, self._frames = waiting, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """For who is signed in."""
        return [
            web.get(f"/{HERE}", gate.signed(self.every)),
            web.get(r"/a/{number:\d{1,15}}", gate.signed(self.approval)),
            web.get(r"/q/{number:\d{1,15}}", gate.signed(self.inquiry)),
        ]

    async def every(self, request: web.Request, visit: Visit) -> web.Response:
        """All that waits for this person's word, and what they asked for."""
        return await self._page(request, visit, await self._waiting.every(visit))

    async def approval(self, request: web.Request, visit: Visit) -> web.Response:
        """One that needs a second person."""
        found = await self._waiting.approval(int(request.match_info["number"]), visit)
        return await self._page(request, visit, found, one=True)

    async def inquiry(self, request: web.Request, visit: Visit) -> web.Response:
        """One question of a workflow."""
        found = await self._waiting.inquiry(int(request.match_info["number"]), visit)
        return await self._page(request, visit, found, one=True)

    async def _page(
        self, request: web.Request, visit: Visit, cards: list[dict[str, Any]], *, one: bool = False
    ) -> web.Response:
        return await self._frames.page(
            request, visit, "asked.html", here=HERE, cards=cards, one=one, key=fresh_key(),
            back=request.path_qs, status=404 if one and not cards else 200,
        )  # fmt: skip
