"""An aiohttp handler that reads the body and answers 202 at once: what the ratios are taken to."""

from __future__ import annotations

import sys

from aiohttp import web


async def take(request: web.Request) -> web.Response:
    """Read, and say accepted."""
    await request.read()
    return web.Response(status=202, body=b'{"accepted":1}', content_type="application/json")


def main() -> None:
    """Serve on the port of the first argument until told to stop."""
    app = web.Application()
    app.router.add_post("/in/{integration}", take)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
