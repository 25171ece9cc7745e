"""A PixelView whose console and callbacks are served on this machine, for journeys by channel."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from aiohttp import web

from bot.web.console import connect
from bot.web.server import application, serve
from tests.support.pagers import Posted
from tests.support.world import World


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Night:
    """A world and its address."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url

    async def post(self, path: str, posted: Posted) -> int:
        """What a provider sends; the status of the answer."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            answer = await client.post(path, content=posted.body, headers=posted.headers)
        await self.world.settle()
        return answer.status_code

    async def says(self, incident: int) -> list[str]:
        """The sentences of an incident's timeline."""
        return [entry.say for entry in (await self.world.detail(incident)).timeline]


@asynccontextmanager
async def night(tmp_path: Path, yaml: str) -> AsyncIterator[Night]:
    """A PixelView with these settings, under its own address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    database = f"sqlite:///{tmp_path}/pixelview.db"
    world = await World.build(database, tmp_path, f"url: {url}\n{yaml}")
    app: web.Application = application(world.app.callbacks.routes(), 1 << 20)
    connect(app, world.app)
    runner, _ = await serve(app, "127.0.0.1", port)
    try:
        yield Night(world, url)
    finally:
        await runner.cleanup()
        await world.end()
