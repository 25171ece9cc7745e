"""Where one is signed in to the console: the part of the page about oneself, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.cards import words
from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.session import HEADERS, Visit
from commands.door import Door
from commands.errors import CommandError
from commands.rules.browsers import called
from commands.rules.sessions import over
from commands.sessions import by
from store import sessions


@dataclass(frozen=True, slots=True)
class Row:
    """One session as the page shows it; ``here`` is the one that looks."""

    id: int
    browser: str
    address: str
    how: str
    since: int
    seen: int
    here: bool


class SessionPages:
    """``/me/sessions``."""

    def __init__(self, door: Door, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses."""
        return [
            web.get("/me/sessions", gate.signed(self.page)),
            web.post("/me/sessions/others", gate.signed(self.others)),
            web.post("/me/sessions/{id}/end", gate.signed(self.end)),
        ]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """Every session of whoever looks, the own one first."""
        return await self._page(request, visit)

    async def end(self, request: web.Request, visit: Visit) -> web.Response:
        """End one; of oneself alone."""
        number = request.match_info["id"]
        known = number.isascii() and number.isdecimal() and len(number) < 16
        try:
            args = {"session": int(number) if known else 0}
            key = (await form(request)).get("key") or None
            await self._door.do("end-session", args, visit.actor, key=key)
        except CommandError as error:
            return await self._page(request, visit, error.status, wrong=words.clean(error.error))
        return web.Response(status=303, headers={**HEADERS, "Location": "/me/sessions"})

    async def others(self, request: web.Request, visit: Visit) -> web.Response:
        """End every other one."""
        args = {"every": True, "but": visit.session}
        await self._door.do("end-session", args, visit.actor)
        return web.Response(status=303, headers={**HEADERS, "Location": "/me/sessions"})

    async def _page(
        self, request: web.Request, visit: Visit, status: int = 200, **more: Any
    ) -> web.Response:
        found = await self._door.reader.read(lambda tx: sessions.of(tx, visit.actor.id))
        rules = self._door.rules.sessions
        alive = [
            Row(
                s.id, _headed(called(s.agent)), words.clean(s.seen_from or s.address),
                words.clean(by(s.how)), s.created_at, s.seen_at, s.id == visit.session,
            )
            for s in found
            if not over(rules, s.created_at, s.seen_at, s.expires_at, visit.now)
        ]  # fmt: skip
        rows = sorted(alive, key=lambda row: not row.here)
        return await self._frames.page(
            request, visit, "sessions.html", status=status, here="me", sessions=rows, **more
        )


def _headed(text: str) -> str:
    return text[:1].upper() + text[1:]
