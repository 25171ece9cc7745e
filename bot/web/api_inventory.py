"""The part of the API that tells of infrastructure: resources in pages, one with all that is known
of it, services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from commands.door import Door
from commands.errors import Invalid, NotFound
from commands.inventory.board import Board
from commands.inventory.rows import Listed
from commands.inventory.search import MOST
from commands.inventory.sheet import Shown
from commands.rules.inventory_words import FIELDS
from store.model import Actor

Handler = Callable[[web.Request, Actor], Awaitable[web.StreamResponse]]
Signed = Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]
USUAL = 100
ASKED = ("q", *FIELDS, "limit", "cursor")


class InventoryApi:
    """``plain`` writes nouns as the API does, ``signed`` lets in who has a token."""

    def __init__(self, door: Door, plain: Callable[[Any], Any], url: str) -> None:
        self._door, self._plain, self._url = door, plain, url.rstrip("/")

    def routes(self, signed: Signed) -> list[web.RouteDef]:
        """Their addresses."""
        return [
            web.get("/api/resources", signed(self.resources)),
            web.get(r"/api/resources/{id:\d{1,20}}", signed(self.resource)),
            web.get("/api/services", signed(self.services)),
        ]

    async def resources(self, request: web.Request, actor: Actor) -> web.Response:
        """A page of those that fit, the worst first."""
        asked = request.query
        for name in asked:
            if name not in ASKED:
                raise Invalid(f"There is no filter {name}; there are {', '.join(ASKED)}.", name)
        limit = _number(asked.get("limit", ""), "limit", USUAL)
        skip = _number(asked.get("cursor", ""), "cursor", 0)
        limit = max(1, min(limit, MOST))
        text = " ".join([asked.get("q", ""), *(f"{n}={asked[n]}" for n in FIELDS if asked.get(n))])
        args = {"find": text, "limit": str(limit), "skip": str(skip)}
        found: Listed = await self._door.ask("inventory", args, actor)
        following = None
        if skip + len(found.rows) < found.total and found.rows:
            cursor = str(skip + len(found.rows))
            following = str(request.rel_url.update_query({"cursor": cursor}))
        body = {"resources": found.facts["resources"], "total": found.total, "next": following}
        return web.json_response(self._plain(body))

    async def resource(self, request: web.Request, actor: Actor) -> web.Response:
        """One, with everything that is known of it."""
        number = request.match_info["id"]
        found = await self._door.ask("resource", {"resource": number.zfill(16)}, actor)
        if not isinstance(found, Shown):
            raise NotFound(f"There is no resource {number}.")
        body = {**found.facts, "console": f"{self._url}/resources/{number}"}
        return web.json_response(self._plain(body))

    async def services(self, request: web.Request, actor: Actor) -> web.Response:
        """Every service, the worst first."""
        found: Board = await self._door.ask("services", {}, actor)
        return web.json_response(self._plain({"services": found.facts["services"]}))


def _number(text: str, where: str, usual: int) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid(f"{text} is not a number.", where)
    return int(text) if text else usual


def paths(responses: Callable[..., dict[str, Any]]) -> Mapping[str, Any]:
    """The same for OpenAPI."""
    words = {"type": "string"}
    parameters = [
        {"name": n, "in": "query", "schema": {"type": "integer"} if n == "limit" else words}
        for n in ASKED
    ]
    number = {"name": "id", "in": "path", "required": True, "schema": words}
    return {
        "/api/resources": {"get": {
            "operationId": "resources", "summary": "Resources that fit, the worst first.",
            "parameters": parameters,
            "responses": responses("resources, total, and next: the next page's URL.", 403, 422),
        }},
        "/api/resources/{id}": {"get": {
            "operationId": "resource_detail",
            "summary": "One resource with all that is known of it.",
            "parameters": [number],
            "responses": responses("The resource: health, parents, incidents, changes, measures.",
                                   403, 404),
        }},
        "/api/services": {"get": {
            "operationId": "service_board",
            "summary": "Each service green, amber or red, and who is on call.",
            "responses": responses("services: state, team, on_call, reasons.", 403),
        }},
    }  # fmt: skip
