"""The HTTP server: hooks, API, health, metrics, and whatever routes the surfaces bring."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bot.web.doorstep import KEPT, Doorstep, QuietLog, Site
from bot.web.peer import PROXIES, Proxies
from bot.web.safety import Safety, in_time

log = logging.getLogger("pixelview.web")

LINGER = 2.0
"""Seconds a refused sender may go on sending, so that it reads why; aiohttp waits them out even
where the sender has gone."""

MACHINES = ("/in/", "/beat/", "/api/", "/callback/", "/v2/", "/generic/", "/integrations/")
"""Where no browser comes by."""
ANY_NAME = (*MACHINES, "/healthz", "/readyz", "/metrics")
"""What is asked for under whatever name leads here: a token counts there, or nothing is secret."""
SAFETY: web.AppKey[Safety] = web.AppKey("safety", Safety)
STEP: web.AppKey[Doorstep] = web.AppKey("step", Doorstep)

Middleware = Callable[
    [web.Request, Callable[[web.Request], Awaitable[web.StreamResponse]]],
    Awaitable[web.StreamResponse],
]


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Machines get JSON, nobody gets a stack trace."""
    step, connection = request.app[STEP], request.protocol
    step.heard(connection)
    try:
        return await _answer(request, handler)
    finally:
        step.answered(connection)


async def _answer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    machine = request.path.startswith(MACHINES)
    safety = request.app[SAFETY]
    if not safety.knows(request) and not request.path.startswith(ANY_NAME):
        return safety.stranger()
    try:
        return await in_time(request, handler)
    except web.HTTPException as error:
        if machine and error.status >= 400:
            body = {"error": error.reason, "where": "path" if error.status == 404 else "request"}
            return web.json_response(body, status=error.status, headers=_kept(error))
        raise
    except Exception as error:
        if isinstance(error, ConnectionError) and _has_left(request):
            raise
        log.exception("%s %s", request.method, _where(request))
        body = {"error": "A fault of ours; it is in the log.", "where": "server"}
        return web.json_response(body, status=500)


def _has_left(request: web.Request) -> bool:
    """Whether nobody is there any more to be answered."""
    return request.transport is None or request.transport.is_closing()


def _where(request: web.Request) -> str:
    """The path without what stands in it: a path may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "an unknown path"


def _kept(error: web.HTTPException) -> dict[str, str]:
    allow = error.headers.get("Allow")
    return {"Allow": allow} if allow else {}


def application(
    routes: Iterable[web.AbstractRouteDef],
    max_body: int,
    *,
    safety: Safety | None = None,
    proxies: Proxies | None = None,
) -> web.Application:
    """The application with its routes; bodies over ``max_body`` bytes are refused as they come."""
    app = web.Application(client_max_size=max_body, middlewares=[_plain_errors])
    app[SAFETY], app[PROXIES] = safety or Safety(), proxies or Proxies()
    app[STEP] = Doorstep()
    app.on_response_prepare.append(app[SAFETY].on_prepare)
    app.add_routes(routes)
    return app


async def serve(
    app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None
) -> tuple[web.AppRunner, int]:
    """Listen; the runner and the port (for 0: the one that was free)."""
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        handler_cancellation=False,
        lingering_time=LINGER,
        keepalive_timeout=KEPT,
        logger=QuietLog(app[STEP]),
    )
    await runner.setup()
    site = Site(runner, app[STEP], host, port, backlog=1024, ssl_context=tls)
    await site.start()
    server = site._server
    sockets: list[socket.socket] = list(getattr(server, "sockets", []))
    return runner, sockets[0].getsockname()[1] if sockets else port


async def redirect(url: str, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen for plain HTTP and lead browsers to ``url``. A machine is refused: it has sent its
    token in the open, and would take a redirect for success."""

    async def lead(request: web.Request) -> web.Response:
        if request.method not in ("GET", "HEAD") or request.path.startswith(MACHINES):
            said = {"error": f"Only HTTPS is spoken here: {url}", "where": "scheme"}
            return web.json_response(said, status=403)
        return web.Response(status=308, headers={"Location": url.rstrip("/") + request.path_qs})

    return await serve(application([web.route("*", "/{rest:.*}", lead)], 1024), host, port)
