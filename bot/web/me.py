"""The page about oneself: one's contacts and when each last worked, the devices that take pushes,
the numbers our pages come from. And the worker and manifest that make the console installable."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bot.cards import words
from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.look import Look
from bot.web.session import HEADERS, Visit, fresh_key
from commands.mine import Reach
from integrations.base import Permanent
from store.model import Actor

_LONGEST = 2_000
_NAME = 60
_WORKER_POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"


class Own(Protocol):
    """The browsers of people that take pushes."""

    async def public_key(self) -> str:
        """What a browser subscribes with."""
        ...

    async def add(self, actor: Actor, address: str, name: str) -> int:
        """A browser of the actor's takes pushes from now on; Permanent where it can't."""
        ...

    async def remove(self, actor: Actor, device_id: int) -> bool:
        """It takes no more."""
        ...

    async def of(self, handle: str) -> Sequence[Any]:
        """The devices of a person: id, since, name."""
        ...


class Me:
    """What somebody sees and changes of how they are reached."""

    def __init__(
        self,
        frames: Frames,
        look: Look,
        own: Own,
        contacts: Callable[[str], Awaitable[Sequence[Reach]]],
        contact_card: Callable[[], str],
        senders: Sequence[str],
    ) -> None:
        self._frames, self._look, self._own = frames, look, own
        self._contacts, self._contact_card, self._senders = contacts, contact_card, senders
        self._worker = (Path(__file__).parent / "static" / "sw.js").read_bytes()

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses."""
        return [
            web.get("/me", gate.signed(self.page)),
            web.get("/me/key", gate.signed(self.key)),
            web.post("/me/devices", gate.signed(self.add)),
            web.post("/me/devices/{id}/remove", gate.signed(self.remove)),
            web.get("/contact.vcf", gate.signed(self.contact)),
            web.get("/sw.js", self.worker),
            web.get("/manifest.webmanifest", self.manifest),
        ]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """Contacts, devices, our numbers."""
        handle = visit.person.handle if visit.person else ""
        return await self._frames.page(
            request,
            visit,
            "me.html",
            here="me",
            contacts=await self._contacts(handle) if handle else (),
            devices=await self._own.of(handle) if handle else (),
            senders=self._senders,
            key=fresh_key(),
        )

    async def key(self, request: web.Request, visit: Visit) -> web.Response:
        """The key a browser subscribes with."""
        return web.json_response({"key": await self._own.public_key()}, headers=HEADERS)

    async def add(self, request: web.Request, visit: Visit) -> web.Response:
        """This browser takes pushes for whoever is signed in."""
        values = await form(request)
        address = values.get("address", "")
        name = words.cut(words.clean(values.get("name", "")), _NAME) or "A browser"
        if visit.person is None or not 0 < len(address) <= _LONGEST:
            return _said(422, "That is no subscription of a browser.")
        try:
            await self._own.add(visit.actor, address, name)
        except Permanent as error:
            return _said(422, f"{str(error).capitalize()}.")
        return web.json_response({"say": f"{name} rings from now on."}, headers=HEADERS)

    async def remove(self, request: web.Request, visit: Visit) -> web.Response:
        """A device takes no more pushes."""
        number = request.match_info["id"]
        if number.isascii() and number.isdecimal() and len(number) < 20:
            await self._own.remove(visit.actor, int(number))
        return web.Response(status=303, headers={**HEADERS, "Location": "/me"})

    async def contact(self, request: web.Request, visit: Visit) -> web.Response:
        """Our numbers as a contact card."""
        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="pixelview.vcf"'}
        return web.Response(
            text=self._contact_card(), content_type="text/vcard", charset="utf-8", headers=headers
        )

    async def worker(self, request: web.Request) -> web.Response:
        """The service worker; at the root, so that all of the console is its own."""
        headers = {
            "Content-Security-Policy": _WORKER_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        }
        return web.Response(
            body=self._worker, content_type="text/javascript", charset="utf-8", headers=headers
        )

    async def manifest(self, request: web.Request) -> web.Response:
        """What a telephone needs to put the console on its home screen."""
        icons = [
            {
                "src": self._look.static.url(f"icon-{size}.png"),
                "type": "image/png",
                "sizes": f"{size}x{size}",
                "purpose": purpose,
            }
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ]
        body = {
            "name": "PixelView",
            "short_name": "PixelView",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#0e1116",
            "theme_color": "#0e1116",
            "icons": icons,
        }
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
        return web.Response(
            text=json.dumps(body), content_type="application/manifest+json", headers=headers
        )


def _said(status: int, words: str) -> web.Response:
    body = {"title": "Not done", "html": f"<p>{words}</p>"}
    return web.json_response(body, status=status, headers=HEADERS)
