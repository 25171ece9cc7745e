"""The first steps as a page: each with how it stands, what to do, and its button."""

from __future__ import annotations

from aiohttp import web

from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway
from bot.web.session import Visit
from commands.registry import CATALOG
from commands.told import Told
from store.model import MINUTE


class SetupPage:
    """``/setup``: the same steps as ``setup`` tells in chat."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Its address."""
        return [web.get("/setup", gate.signed(self.page))]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """The steps as they stand for whoever looks."""
        told: Told = await self._door.ask("setup", {}, visit.actor)
        steps = told.facts["steps"]
        return await self._frames.page(
            request,
            visit,
            "setup.html",
            here="setup",
            steps=steps,
            done=told.ok,
            first=next((s["key"] for s in steps if not s["done"]), ""),
            forms=[v for v in (s["verb"] for s in steps) if v and _asks(v)],
            keys={s["key"]: f"{visit.actor.id}:{s['key']}:{visit.now // MINUTE}" for s in steps},
        )


def _asks(verb: str) -> bool:
    return any(field.required for field in CATALOG[verb].fields)
