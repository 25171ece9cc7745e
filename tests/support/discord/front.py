"""The front door of the REST API: it reads a request, lets faults and limits have their say, runs
the route and answers with Discord's headers and error bodies."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.support.discord import rest_channels, rest_guild, rest_interactions, rest_messages
from tests.support.discord.check_message import check_attachments
from tests.support.discord.errors import CLIENTS_FAULT, ApiError, Unavailable
from tests.support.discord.faults import Fault, Faults
from tests.support.discord.limits import VIA, Bucket, Limits, TooMany
from tests.support.discord.model import Attachment
from tests.support.discord.openapi import Contract
from tests.support.discord.rest import Call, Reply, Route
from tests.support.discord.state import State

PREFIX = "/api/v10"
MAJOR = ("channel", "guild", "webhook", "token")
MOST_BYTES = 25 * 1024 * 1024
ALL = (rest_guild, rest_messages, rest_channels, rest_interactions)


@dataclass(frozen=True)
class Request:
    """One line of the request log: when (server's clock), what, and how it was answered."""

    at: float
    method: str
    path: str
    body: Any
    status: int


class Dropped(Exception):
    """The connection was cut on purpose."""


class Front:
    """Serves the REST routes."""

    def __init__(
        self, state: State, limits: Limits, faults: Faults, contract: Contract | None
    ) -> None:
        self.state, self.limits, self.faults = state, limits, faults
        self.contract = contract
        self.log: list[Request] = []

    def add_to(self, app: web.Application) -> None:
        """Registers every route; whatever is left under the prefix is a complaint."""
        for module in ALL:
            for route in module.routes.all:
                app.router.add_route(route.method, PREFIX + route.path, self._handler(route))
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._unknown)

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            path = request.path.removeprefix(PREFIX)
            try:
                body, files = await self._read(request)
            except ApiError as no:
                return self._refused(request.method, path, None, no)
            try:
                return await self._serve(route, request, path, body, files)
            except Dropped:
                if request.transport is not None:
                    request.transport.abort()
                raise web.HTTPServiceUnavailable from None

        return handle

    async def _serve(
        self, route: Route, request: web.Request, path: str, body: Any, files: list[Attachment]
    ) -> web.StreamResponse:
        method = request.method
        if self.faults.outage == "drop":
            raise Dropped
        if self.faults.outage:
            wall = self.faults.outage == "html"
            status, wait = (429, {"Retry-After": "30"}) if wall else (503, {})
            return self._answer(method, path, body, status, "<html>no way through</html>", wait)
        if self.limits.banned:
            return self._answer(method, path, body, 429, "<html>banned</html>", {})
        params = {k: str(v) for k, v in request.match_info.items()}
        major = ":".join(params[name] for name in MAJOR if name in params)
        key = f"{method} {route.path}|{major}"
        bucket = self.limits.bucket(key, route.limit, route.window)
        fault = self.faults.strike(method, path)
        if fault is not None:
            early = await self._before(fault, bucket, method, path, body)
            if early is not None:
                return early
        allowed = f"Bot {self.state.token}"
        if not route.public and request.headers.get("Authorization") != allowed:
            self.limits.count_invalid()
            said = {"message": "401: Unauthorized", "code": 0}
            return self._answer(method, path, body, 401, said, {})
        try:
            headers = self.limits.take(bucket, f"{method} {path}", exempt=route.exempt)
            if self.contract is not None and body is not None:
                self.state.violations += self.contract.check(method, route.path, body)
            call = Call(self.state, method, path, params, dict(request.query), body, files)
            made = route.handler(call)
        except TooMany as no:
            headers, said = self.limits.refuse(bucket, no)
            return self._answer(method, path, body, 429, said, headers)
        except ApiError as refusal:
            return self._refused(method, path, body, refusal)
        except Unavailable:
            return self._answer(method, path, body, 503, "upstream connect error", headers)
        if fault is not None and fault.kind == "drop_after":
            raise Dropped
        reply = made if isinstance(made, Reply) else Reply(204 if made is None else 200, made)
        return self._answer(method, path, body, reply.status, reply.body, headers)

    async def _before(
        self, fault: Fault, bucket: Bucket, method: str, path: str, body: Any
    ) -> web.StreamResponse | None:
        if fault.kind == "drop_before":
            raise Dropped
        if fault.kind == "hang":
            await fault.released.wait()
        elif fault.kind == "429":
            headers, said = self.limits.refuse(bucket, TooMany(fault.retry_after))
            return self._answer(method, path, body, 429, said, headers)
        elif fault.kind.isdigit():
            words = {"message": f"{fault.kind}: Internal Server Error", "code": 0}
            return self._answer(method, path, body, int(fault.kind), words, {})
        return None

    async def _read(self, request: web.Request) -> tuple[Any, list[Attachment]]:
        if (request.content_length or 0) > MOST_BYTES:
            raise ApiError(40005)
        if request.content_type == "multipart/form-data":
            return await self._read_form(request)
        raw = await request.read()
        if not raw:
            return None, []
        try:
            return json.loads(raw), []
        except ValueError:
            raise ApiError(50109) from None

    async def _read_form(self, request: web.Request) -> tuple[Any, list[Attachment]]:
        form = await request.post()
        given: Any = form.get("payload_json", "null")
        body = json.loads(given)  # str, or bytes where the part names its type
        about = {str(a.get("id")): a for a in (body or {}).get("attachments") or []}
        files, numbers = [], set()
        for name, part in form.items():
            if isinstance(part, web.FileField):
                number = name.removeprefix("files[").removesuffix("]")
                words = about.get(number, {}).get("description")
                data = part.file.read()
                made = (self.state.new_id(), part.filename, data, part.content_type, words)
                files.append(Attachment(*made))
                numbers.add(number)
        check_attachments((body or {}).get("attachments"), numbers)
        return body, files

    def _refused(self, method: str, path: str, body: Any, no: ApiError) -> web.Response:
        if no.code in CLIENTS_FAULT:
            self.state.complain(f"{method} {path}: {no}")
        if no.status in (401, 403):
            self.limits.count_invalid()
        return self._answer(method, path, body, no.status, no.body, {})

    def _answer(
        self, method: str, path: str, body: Any, status: int, said: Any, headers: dict[str, str]
    ) -> web.Response:
        self.log.append(Request(self.state.clock(), method, path, body, status))
        if status == 204:
            return web.Response(status=204, headers=VIA | headers)
        if isinstance(said, str):
            return web.Response(status=status, text=said, content_type="text/html", headers=headers)
        # Without a charset, as Discord sends it: discord.py compares the whole header.
        kind = {"Content-Type": "application/json"}
        return web.Response(status=status, body=json.dumps(said), headers=VIA | kind | headers)

    async def _unknown(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(PREFIX)
        self.state.complain(f"{request.method} {path}: no such route here")
        said = {"message": "404: Not Found", "code": 0}
        return self._answer(request.method, path, None, 404, said, {})
