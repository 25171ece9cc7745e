"""The HTTP server: hooks, API, health, metrics, and whatever routes the surfaces bring."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

log = logging.getLogger("pixelview.web")

LINGER = 2.0
"""Seconds a refused sender may go on sending, so that it reads why; aiohttp waits them out even
where the sender has gone."""

MACHINES = ("/in/", "/beat/", "/api/", "/callback/", "/v2/", "/generic/", "/integrations/")
"""Where no browser comes by."""

Middleware = Callable[
    [web.Request, Callable[[web.Request], Awaitable[web.StreamResponse]]],
    Awaitable[web.StreamResponse],
]


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Machines get JSON, nobody gets a stack trace."""
    machine = request.path.startswith(MACHINES)
    try:
        return await handler(request)
    except web.HTTPException as error:
        if machine and error.status >= 400:
            body = {"error": error.reason, "where": "path" if error.status == 404 else "request"}
            return web.json_response(body, status=error.status, headers=_kept(error))
        raise
    except Exception:
        log.exception("%s %s", request.method, _where(request))
        body = {"error": "A fault of ours; it is in the log.", "where": "server"}
        return web.json_response(body, status=500)


def _where(request: web.Request) -> str:
    """The path without what stands in it: a path may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "an unknown path"


def _kept(error: web.HTTPException) -> dict[str, str]:
    allow = error.headers.get("Allow")
    return {"Allow": allow} if allow else {}


def application(routes: Iterable[web.AbstractRouteDef], max_body: int) -> web.Application:
    """The application with its routes; bodies over ``max_body`` bytes are refused as they come."""
    app = web.Application(client_max_size=max_body, middlewares=[_plain_errors])
    app.add_routes(routes)
    return app


async def serve(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen; the runner and the port (for 0: the one that was free)."""
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        handler_cancellation=False,
        lingering_time=LINGER,
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=1024)
    await site.start()
    server = site._server
    sockets: list[socket.socket] = list(getattr(server, "sockets", []))
    return runner, sockets[0].getsockname()[1] if sockets else port
