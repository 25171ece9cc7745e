"""The heartbeat addresses of Opsgenie and Grafana OnCall, for the heartbeats of here.

Opsgenie's name a heartbeat, OnCall's belong to an integration: here to the heartbeat that is called
as the intake source of the token is. Either has to be made first, with ``heartbeat-add``.
"""

from __future__ import annotations

import time
from functools import partial
from uuid import uuid4

from aiohttp import web

from bot.web.dropins import ONCALL, took
from bot.web.hooks import Hooks, answer
from commands import heartbeats as heard
from commands.door import Door
from commands.errors import Busy
from store import heartbeats
from store.writer import Lane


class DropinBeats:
    """Pings by GET and POST, with and without a slash at the end, Opsgenie's by PUT and PATCH too;
    nothing of a body is looked at."""

    def __init__(self, hooks: Hooks, door: Door) -> None:
        self._hooks, self._door = hooks, door

    def routes(self) -> list[web.RouteDef]:
        """Each a signal that all is well."""
        opsgenie = "/v2/heartbeats/{name}/ping"
        oncall = "/integrations/v1/{kind}/{token}/heartbeat"
        found = []
        for end in ("", "/"):
            found += [web.get(oncall + end, self.oncall), web.post(oncall + end, self.oncall)]
            found.append(web.get(opsgenie + end, self.opsgenie))
            found += [
                web.route(method, opsgenie + end, self.opsgenie)
                for method in ("POST", "PUT", "PATCH")
            ]
        return found

    async def opsgenie(self, request: web.Request) -> web.Response:
        """``PONG``, or 404 where there is no such heartbeat."""
        began, name = time.monotonic(), request.match_info["name"][:100]
        header = request.headers.get("Authorization", "")
        key = header[8:].strip() if header[:8].lower() == "geniekey" else ""
        key = key or request.query.get("apiKey", "")
        if not key or await self._hooks.source(request, key, "opsgenie_api", "opsgenie") is None:
            return _says(401, "Could not authenticate", began)
        try:
            if not await self._ping(name):
                return _says(404, f"Heartbeat with name [{name}] does not exist", began)
        except Busy as busy:
            return _says(503, busy.error, began, busy.retry_after)
        return _says(202, "", began)

    async def oncall(self, request: web.Request) -> web.Response:
        """The heartbeat of the token's own source."""
        kind = request.match_info["kind"]
        names = (ONCALL.get(kind, kind), "webhook")
        source = await self._hooks.source(request, request.match_info["token"], *names)
        if source is None:
            return web.Response(text="The key is unknown, or not one for this.", status=401)
        try:
            if await self._ping(source.name):
                return web.Response(text="Ok.")
        except Busy as busy:
            head = {"Retry-After": str(busy.retry_after)}
            return web.Response(text=busy.error, status=503, headers=head)
        make = f"There is no heartbeat {source.name}. Make it: heartbeat-add {source.name} every 5m"
        return web.Response(text=make, status=404)

    async def _ping(self, name: str) -> bool:
        beat = await self._door.reader.read(lambda tx: heartbeats.named(tx, name))
        if beat is None:
            return False
        ping = partial(heard.ping, beat_id=beat.id, signal="")
        taken: bool = await self._door.system(ping, lane=Lane.INTAKE)
        return taken


def _says(status: int, error: str, began: float, later: int = 0) -> web.Response:
    said = {"took": took(began), "requestId": str(uuid4())}
    head = {"Retry-After": str(later)} if later else {}
    if error:
        return answer(status, {"message": error, **said}, head)
    return answer(status, {"result": "PONG - Heartbeat received", **said})
