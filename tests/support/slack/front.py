"""The stand-in's HTTP: Web API calls with their faults, websockets and response URLs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aiohttp import web

from .faults import Fault
from .hooks import use_hook
from .methods import METHODS, Refused, Request
from .methods.files import NotYet, take_bytes
from .model import JSON, Call
from .viewer import add_routes
from .workspace import Workspace

if TYPE_CHECKING:
    from .server import FakeSlack

STRUCTURED = ("blocks", "attachments", "view", "metadata")

__all__ = ["Front"]


class Front:
    """Answers requests on behalf of a stand-in."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.workspace = slack.workspace

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=8 * 2**20)
        app.router.add_route("*", "/api/{method}", self.serve_api)
        app.router.add_get("/link/", self.serve_link)
        app.router.add_post("/hooks/{kind}/{path:.+}", self.serve_hook)
        app.router.add_post("/upload/v1/{file}", self.serve_upload)
        app.router.add_get("/files/{file}", self.serve_file)
        add_routes(app, self.slack)
        return app

    async def serve_link(self, request: web.Request) -> web.StreamResponse:
        """A Socket Mode connection."""
        if self.slack.delivery.outage:
            return hang_up(request)
        app = request.query.get("app_id")
        own = (s for s in self.slack.further if s.workspace.app_id == app)
        return await next(own, self.slack).sockets.serve(request)

    async def serve_hook(self, request: web.Request) -> web.StreamResponse:
        """A response_url."""
        if self.slack.delivery.outage:
            return hang_up(request)
        try:
            body = json.loads(await request.text())
        except ValueError:
            body = None
        path = request.match_info["path"]
        there = (s for s in self.slack.further if path.startswith(f"{s.workspace.team_id}/"))
        slack = next(there, self.slack)
        status, text, events = use_hook(slack.workspace, path, body, slack.url)
        slack.echo(events)
        if status == 200:
            return web.Response(text=text, content_type="text/html")
        return web.json_response({"ok": False, "error": text}, status=status)

    async def serve_upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file; the address itself is the permission."""
        if self.slack.delivery.outage:
            return hang_up(request)
        if fault := self.slack.faults.strike("upload", ""):
            await self.slack.faults.hold(fault)
            return web.Response(status=500)
        name, content = request.match_info["file"], await request.read()
        of = (s.workspace for s in self.slack.further if name in s.workspace.files)
        status, text = take_bytes(next(of, self.workspace), name, content)
        return web.Response(status=status, text=text)

    async def serve_file(self, request: web.Request) -> web.StreamResponse:
        """A file as its viewers see it."""
        file = self.workspace.files.get(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.content, content_type="image/png")

    async def serve_api(self, request: web.Request) -> web.StreamResponse:
        """One Web API call: outage, faults, arguments, token, scopes, rates, then the method."""
        if (other := self.of_token(request)) is not None:
            return await Front(other).serve_api(request)
        if self.slack.delivery.outage:
            return hang_up(request)
        name = request.match_info["method"]
        self.workspace.in_flight += 1
        try:
            args = await arguments(request)
            channel = str(args.get("channel") or "")
            fault = self.slack.faults.strike(name, channel)
            if fault and fault.kind in ("slow", "hang"):
                self.workspace.in_flight -= 1
                await self.slack.faults.hold(fault)
                self.workspace.in_flight += 1
            elif fault and fault.kind != "drop_after":
                return self.broken(request, name, channel, fault)
            answer = self.answer(request, name, args, channel)
            lost = fault is not None and fault.kind == "drop_after"
            self.workspace.calls.append(
                Call(name, args, self.workspace.clock(), None if lost else answer[1])
            )
            return hang_up(request) if lost else respond(self.workspace, *answer)
        finally:
            self.workspace.in_flight -= 1
            self.workspace.changed()

    def of_token(self, request: web.Request) -> FakeSlack | None:
        """The further workspace whose token asks; the app token of a shared app is the first's."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for other in self.slack.further:
            ws = other.workspace
            shared = ws.app_token == self.workspace.app_token
            if token == ws.bot_token or (token == ws.app_token and not shared):
                return other
        return None

    def broken(
        self, request: web.Request, name: str, channel: str, fault: Fault
    ) -> web.StreamResponse:
        """A planned failure that does nothing."""
        if fault.kind == "drop_before":
            return hang_up(request)
        if fault.kind == "429":
            self.slack.rates.block(name, channel if fault.channel else "", fault.retry_after)
            return respond(
                self.workspace, 429, {"ok": False, "error": "ratelimited"}, fault.retry_after
            )
        if fault.kind == "error":
            return respond(self.workspace, 200, {"ok": False, "error": fault.error}, None)
        status = 500 if fault.kind == "500html" else 503
        page = "<!DOCTYPE html><html><body><h1>Server Error</h1></body></html>"
        return web.Response(status=status, text=page, content_type="text/html")

    def answer(
        self, request: web.Request, name: str, args: JSON, channel: str
    ) -> tuple[int, JSON, int | None]:
        """Status, body and Retry-After of a call that got through."""
        method = METHODS.get(name)
        if method is None:
            return 200, {"ok": False, "error": "unknown_method", "req_method": name}, None
        call = Request(self.workspace, name, args, self.slack.url)
        try:
            self.check_token(request, args, method.app_token)
            if method.any_of:
                call.scope(*method.any_of)
            wait = self.slack.rates.take(name, self.workspace.channel_id(channel))
            if wait is not None:
                return 429, {"ok": False, "error": "ratelimited"}, wait
            answer = method.run(call)
        except Refused as refused:
            wrong = refused.error.startswith("invalid_") and refused.error != "invalid_auth"
            if wrong and not isinstance(refused, NotYet):
                self.workspace.violate(f"{name}: {refused.error} {refused.extra.get('errors', '')}")
            return 200, {"ok": False, "error": refused.error, **refused.extra}, None
        self.slack.echo(call.events)
        return 200, answer, None

    def check_token(self, request: web.Request, args: JSON, app_token: bool) -> None:
        """The right kind of token, in the header or as an argument."""
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ") if header else str(args.pop("token", ""))
        if not token:
            raise Refused("not_authed")
        if token not in (self.workspace.bot_token, self.workspace.app_token):
            raise Refused("invalid_auth")
        if token == self.workspace.bot_token and self.workspace.token_refused:
            raise Refused(self.workspace.token_refused)
        if (token == self.workspace.app_token) != app_token:
            raise Refused("not_allowed_token_type")


async def arguments(request: web.Request) -> JSON:
    """Arguments from query, form or JSON; structured ones are decoded."""
    args: JSON = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        args |= body if isinstance(body, dict) else {}
    elif request.method == "POST":
        args |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    for name in STRUCTURED:
        if isinstance(args.get(name), str):
            try:
                args[name] = json.loads(args[name])
            except ValueError:
                args[name] = [{"type": "not JSON"}]
    return args


def respond(workspace: Workspace, status: int, body: JSON, retry_after: int | None) -> web.Response:
    """An API answer with Slack's headers."""
    headers = {"X-OAuth-Scopes": ",".join(sorted(workspace.scopes)), "X-Slack-Req-Id": "stand-in"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return web.json_response(body, status=status, headers=headers)


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
