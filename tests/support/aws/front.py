"""A front before moto: it answers calls that moto does not have, or answers too well, in the wire
protocol of the service, refuses what it is told to refuse, and hands on the rest."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_TOLD = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request as AWS would see it."""

    service: str
    operation: str
    region: str
    key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of AWS; ``html`` is what a gateway says instead."""

    status: int
    code: str
    html: bool = False


Answer = Callable[[Call], dict[str, Any] | str | None]


@dataclass(slots=True)
class Front:
    """``answers`` by ``service:Operation``: a mapping is JSON, a text XML, None leaves it to moto.
    ``refusals`` are said one after the other, then no more; ``always`` for ever."""

    moto: str
    address: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    edits: dict[str, Callable[[str], str]] = field(default_factory=dict)
    refusals: dict[str, list[Refusal]] = field(default_factory=dict)
    always: dict[str, Refusal] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    expired: set[str] = field(default_factory=set)
    keys: Counter[str] = field(default_factory=Counter)

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request."""
        raw = await request.read()
        call = read(request, raw)
        name = f"{call.service}:{call.operation}"
        self.seen[name] += 1
        self.keys[call.key] += 1
        if call.key in self.expired:
            return refused(request, call, Refusal(400, "ExpiredToken"))
        if waiting := self.refusals.get(name):
            return refused(request, call, waiting.pop(0))
        if name in self.always:
            return refused(request, call, self.always[name])
        if (answer := self.answers.get(name)) and (found := answer(call)) is not None:
            return said(request, found)
        return await self._moto(request, raw, self.edits.get(name))

    async def _moto(
        self, request: web.Request, raw: bytes, edit: Callable[[str], str] | None
    ) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() != "host"}
        headers.pop("Accept-Encoding", None)
        url = f"{self.moto}{request.raw_path}"
        async with (
            aiohttp.ClientSession(auto_decompress=True) as session,
            session.request(
                request.method, url, data=raw, headers=headers, allow_redirects=False
            ) as answer,
        ):
            body = await answer.read()
            if edit is not None:
                body = edit(body.decode()).encode()
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _TOLD}
            return web.Response(status=answer.status, body=body, headers=kept)


def read(request: web.Request, raw: bytes) -> Call:
    """The service by the signature's scope, the operation by the protocol."""
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    key, region, service = scope.groups() if scope else ("", "", "")
    target = request.headers.get("X-Amz-Target", "")
    text = raw.decode("utf-8", "replace")
    body: dict[str, Any] = {}
    if target or text.startswith("{"):
        body = json.loads(text or "{}")
        operation = target.rpartition(".")[2] or request.path.strip("/")
    elif "/operation/" in request.path:
        operation = request.path.rpartition("/")[2]
    elif "Action=" in text:
        body = {name: values[0] for name, values in parse_qs(text).items()}
        operation = body.get("Action", "")
    else:
        operation = f"{request.method} {request.path}"
    return Call(service, operation, region, key, body)


def said(request: web.Request, answer: dict[str, Any] | str) -> web.Response:
    """An answer of ours."""
    if isinstance(answer, str):
        return web.Response(text=answer, content_type="text/xml")
    kind = request.headers.get("Content-Type") or "application/x-amz-json-1.1"
    return web.Response(body=json.dumps(answer).encode(), headers={"Content-Type": kind})


def refused(request: web.Request, call: Call, refusal: Refusal) -> web.Response:
    """An error as the service's protocol says it."""
    status, code = refusal.status, refusal.code
    if refusal.html:
        return web.Response(status=status, text="<html>no</html>", content_type="text/html")
    if call.service == "ec2":
        text = (f"<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error>"
                "</Errors><RequestID>1</RequestID></Response>")  # fmt: skip
        return web.Response(status=status, text=text, content_type="text/xml")
    if "Action" in call.body or call.operation.startswith("GET "):
        text = (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message>"
                "</Error><RequestId>1</RequestId></ErrorResponse>")  # fmt: skip
        return web.Response(status=status, text=text, content_type="text/xml")
    return web.json_response({"__type": code, "message": "no"}, status=status)


@asynccontextmanager
async def before(moto: str) -> AsyncIterator[Front]:
    """A front before a moto server, on a port of its own."""
    front = Front(moto)
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", front.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    front.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield front
    finally:
        await runner.cleanup()
