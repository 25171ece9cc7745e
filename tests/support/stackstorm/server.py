"""The three services over HTTP on loopback: on one port behind the prefixes of StackStorm's nginx,
and each on a port of its own. What breaks a rule of the real one is a violation, and fails the test
at the end; what goes wrong is switched by the test."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.support.stackstorm import api, inquiries, registering
from tests.support.stackstorm.acts import Script, asked, carried_out, does
from tests.support.stackstorm.shapes import FINAL, Fields
from tests.support.stackstorm.streams import Streams
from tests.support.stackstorm.world import Execution, World

KEY = "key-of-pixelview"
SERVICE = web.AppKey("service", str)
Handler = Callable[["StackStorm", web.Request], Awaitable[web.StreamResponse]]
ROUTES: dict[str, Handler] = {**api.ROUTES, **inquiries.ROUTES, **registering.ROUTES}


@dataclass
class Fault:
    """What happens to requests whose ``METHOD /path`` begins so. ``status`` 0 lets them pass after
    ``wait`` seconds, -1 does them and loses the answer, -2 hangs until it is lifted."""

    start: str
    status: int
    times: int
    wait: float = 0.0
    body: str = ""


class StackStorm:
    """The stand-in: ``async with StackStorm() as st2``. ``world`` is what it has, ``asked`` every
    request as (method, path, query, body); ``violations`` must be empty at the end."""

    def __init__(self, *, heartbeat: float = 25.0, tls: ssl.SSLContext | None = None) -> None:
        self.world = World()
        self.streams = Streams(heartbeat)
        self.world.events = self.streams.tell
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.violations: list[str] = []
        self.faults: list[Fault] = []
        self.scripts: dict[str, Script] = {}
        self.url = self.auth_url = self.api_url = self.stream_url = ""
        self.twice = False
        """Whether a test runs the same mark twice on purpose."""
        self.most_page = 100
        self._tls = tls
        self._lifted = asyncio.Event()
        self._runners: list[web.AppRunner] = []
        self._ports: list[int] = []
        self._began: dict[str, asyncio.Event] = {}
        self.action("core.local", {"cmd": {"type": "string", "required": True,
                    "description": "Arbitrary Linux command to be executed on the local host."},
                    "sudo": {"immutable": True}})  # fmt: skip
        self.action("core.ask", runner="inquirer", script=asked)
        self.action("core.noop", runner="local-shell-cmd")

    # ---- what a test says ------------------------------------------------------------------------

    def action(
        self, ref: str, params: Fields | None = None, *, script: Script | None = None, **more: Any
    ) -> None:
        """Register an action and what it does; by itself it succeeds at once."""
        self.world.action(ref, params, **more)
        self.scripts[ref] = script or does("done")

    def settings(self, **more: Any) -> Fields:
        """Settings of one system that lead here, with the API key."""
        return {"url": self.url, "api_key": KEY, **more}

    @property
    def executions(self) -> list[Execution]:
        """All of them, oldest first."""
        return list(self.world.executions.values())

    def last(self, ref: str = "") -> Execution:
        """The newest execution, of an action."""
        return next(e for e in reversed(self.executions) if ref in ("", e.ref))

    async def began(self, ref: str) -> Execution:
        """Wait until an execution of an action was asked for; the newest."""
        if not any(each.ref == ref for each in self.executions):
            await self._began.setdefault(ref, asyncio.Event()).wait()
        return self.last(ref)

    def go(self, one: Execution | None = None) -> None:
        """The script that waits goes on."""
        (one or self.last()).go.set()

    def end(self, one: Execution, status: str = "succeeded", result: Any = None) -> None:
        """End an execution from outside: ``abandoned``, ``timeout``, ``failed`` …"""
        if one.task is not None:
            one.task.cancel()
        self.world.turn(one, status, result)

    def start(self, ref: str, *, parameters: Fields | None = None, context: Fields | None = None,
              user: str = "stanley", **more: Any) -> Execution:  # fmt: skip
        """Somebody else starts one: a rule, a person there."""
        one = self.world.start(ref, parameters or {}, {"user": user, **(context or {})}, **more)
        self.carry_out(one)
        return one

    def fault(self, start: str = "", status: int = 503, times: int = 1_000_000, *,
              wait: float = 0.0, body: str = "") -> Fault:  # fmt: skip
        """From now on requests whose ``METHOD /path`` begins so are answered with a status."""
        made = Fault(start, status, times, wait, body)
        self.faults.append(made)
        return made

    def lose_answer(self, start: str, times: int = 1) -> Fault:
        """It is done, and the answer is lost."""
        return self.fault(start, -1, times)

    def hang(self, start: str = "", times: int = 1_000_000) -> Fault:
        """There is no answer at all, until ``heal``."""
        return self.fault(start, -2, times)

    def heal(self) -> None:
        """Nothing is wrong any more."""
        self.faults.clear()
        self._lifted.set()
        self._lifted = asyncio.Event()

    def expire_tokens(self) -> None:
        """No token that was given out is worth anything any more."""
        self.world.tokens = {k: (u, self.world.now()) for k, (u, _) in self.world.tokens.items()}

    def break_stream(self) -> None:
        """Every stream ends here; whoever connects again is served."""
        self.streams.break_all()

    def deafen(self) -> None:
        """Streams stay open and say nothing more, until ``hear``."""
        self.streams.silent = True

    def hear(self) -> None:
        """Streams speak again; what happened meanwhile is lost."""
        self.streams.silent = False

    async def down(self) -> None:
        """Nobody listens any more; what runs goes on."""
        self.streams.break_all()
        for each in self._runners:
            await each.cleanup()
        self._runners.clear()

    async def up(self) -> None:
        """Listen, at the same ports as before."""
        ports = self._ports or [0, 0, 0, 0]
        self._ports = []
        for port, service in zip(ports, ("", "auth", "api", "stream"), strict=True):
            app = web.Application(client_max_size=64 << 20)
            app[SERVICE] = service
            app.router.add_route("*", "/{path:.*}", self._answer)
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True,
                                   shutdown_timeout=0.05)  # fmt: skip
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=self._tls)
            await site.start()
            self._runners.append(runner)
            self._ports.append(runner.addresses[0][1])
        scheme = "https" if self._tls else "http"
        urls = [f"{scheme}://127.0.0.1:{port}" for port in self._ports]
        self.url, self.auth_url, self.api_url, self.stream_url = urls

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, kind: Any, error: Any, where: Any) -> None:
        self.heal()
        running = [each.task for each in self.executions if each.task is not None]
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.down()
        if kind is None:
            assert not self.violations, "\n".join(self.violations)

    # ---- running ---------------------------------------------------------------------------------

    def carry_out(self, one: Execution) -> None:
        """Let a runner take it."""
        script = self.scripts.get(one.ref, does("done"))
        one.task = asyncio.create_task(carried_out(self.world, one, script, self.carry_out))
        self._began.setdefault(one.ref, asyncio.Event()).set()

    def cancel(self, one: Execution, by: str) -> None:
        """As the real one: canceled at once where nothing runs. What runs is canceling until what
        it started is over: workflows below are canceled too, a command below runs to its end, a
        question below stays."""
        one.context["cancelled_by"] = by
        said = {"message": "Action canceled by user.", "user": by}
        if one.task is not None:
            one.task.cancel()
        if one.status != "running" and not one.parent:
            self.world.turn(one, "canceled", said)
            return
        self.world.turn(one, "canceling", said)
        below = [each for each in self.executions if each.parent == one.id]
        active = [each for each in below if each.status not in FINAL]
        for each in active:
            if each.action["runner_type"] == "orquesta":
                self.cancel(each, by)
        one.task = asyncio.create_task(self._canceled(one, active))

    async def _canceled(self, one: Execution, active: list[Execution]) -> None:
        for each in active:
            await each.over.wait()
        self.world.turn(one, "canceled")

    # ---- every request ---------------------------------------------------------------------------

    def wrong(self, what: str) -> None:
        """A rule was broken."""
        self.violations.append(what)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = self._placed(request.app[SERVICE], "/" + request.match_info["path"])
        body = await self._body(request)
        self.asked.append((request.method, path, dict(request.query), body))
        if "st2-api-key" in request.query or "x-auth-token" in request.query:
            self.wrong(f"a secret stands in the address: {request.method} {path}")
        fault = self._fault(f"{request.method} {path}")
        if fault is not None:
            if fault.wait:
                await asyncio.sleep(fault.wait)
            if fault.status == -2:
                await self._lifted.wait()
            if fault.status > 0:
                return web.Response(status=fault.status, text=fault.body or '{"faultstring": "no"}')
        answer = await self._served(request, path)
        if fault is not None and fault.status == -1 and request.transport is not None:
            request.transport.abort()
        return answer

    def _fault(self, what: str) -> Fault | None:
        for each in self.faults:
            if what.startswith(each.start) and each.times > 0:
                each.times -= 1
                return each
        return None

    def _placed(self, service: str, path: str) -> str:
        """The path as the services know it, without prefixes and version: ``auth:/tokens``."""
        if not service:
            service, _, rest = path.lstrip("/").partition("/")
            path = "/" + rest
        path = path.removesuffix("/") or "/"
        if path == "/v1" or path.startswith("/v1/"):
            path = path.removeprefix("/v1") or "/"
        elif service != "auth" and path != "/":
            return "?" + path
        return path if service == "api" else f"{service}:{path}"

    async def _body(self, request: web.Request) -> Any:
        raw = await request.read()
        if request.method in ("POST", "PUT") and raw:
            kind = request.headers.get("Content-Type", "")
            if kind.partition(";")[0] not in ("application/json", "text/plain"):
                self.wrong(f"{request.method} {request.path} has the content type {kind!r}")
            if kind.startswith("application/json"):
                try:
                    return json.loads(raw)
                except ValueError:
                    self.wrong(f"{request.method} {request.path} has no JSON")
        return raw.decode("utf-8", "replace") if raw else None

    async def _served(self, request: web.Request, path: str) -> web.StreamResponse:
        if path == "auth:/tokens" and request.method == "POST":
            return self._token(request)
        headers = request.headers
        token, key = headers.get("X-Auth-Token", ""), headers.get("St2-Api-Key", "")
        if token and key:
            self.wrong(f"{request.method} {path} has a token and a key")
        user, said = self.world.who(token, key)
        if not user:
            return api.error(401, said)
        request[api.USER] = user
        if path == "stream:/stream":
            return await self.streams.serve(request)
        if path.startswith("stream:/executions/") and path.endswith("/output"):
            return await self.streams.output(request, self.world.executions.get(path.split("/")[2]))
        handler = next((h for start, h in ROUTES.items() if api.meant(request, path, start)), None)
        if handler is None:
            return api.error(404, "The resource could not be found.")
        request[api.PATH] = path.strip("/").split("/")
        return await handler(self, request)

    def _token(self, request: web.Request) -> web.Response:
        scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(coded or b"").decode().partition(":")
        if scheme != "Basic" or self.world.users.get(user) != password:
            return api.error(401, "Invalid or missing credentials")
        body = self.asked[-1][3] or {}
        if extra := set(body) - {"ttl", "user", "metadata"}:
            self.wrong(f"POST /tokens has {extra}")
        ttl = body.get("ttl", 86_400)
        if ttl > 86_400:
            return api.error(400, f"TTL specified {ttl} is greater than max allowed 86400.")
        return web.json_response(self.world.token(user, ttl), status=201)
