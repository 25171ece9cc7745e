"""One answer to a press, a form or a typed line: as a page, or as a part for a script."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.web.frame import Frames
from bot.web.saying import Said
from bot.web.session import HEADERS, Visit


class Replies:
    """Sends what ``Acts`` said."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    async def send(self, request: web.Request, visit: Visit, said: Said, back: str) -> web.Response:
        """A script gets JSON; a browser without one gets a page, or goes back where it was."""
        if visit.part:
            return web.json_response(
                self._part(said, visit, back), status=said.status, headers=HEADERS
            )
        if said.done or said.go:
            headers = {**HEADERS, "Location": said.go or back}
            return web.Response(status=303, headers=headers)
        return await self._frames.page(
            request, visit, "sheet.html", status=said.status, said=said, back=back
        )

    def _part(self, said: Said, visit: Visit, back: str) -> dict[str, Any]:
        if said.go:
            return {"go": said.go}
        if said.done:
            return {"say": said.say}
        html = self._frames.fragment("_sheet.html", said=said, visit=visit, back=back)
        return {"title": said.title, "html": html}
