"""A PixelView on SQLite, and its HTTP side on loopback without the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.web.api import Api
from bot.web.server import application, serve
from store import access
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView on a database of its own."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path)
    yield made
    await made.end()


async def token_of(world: World, role: str) -> str:
    """A fresh API token with a role."""
    name = f"{role}-{world.clock.now()}"
    return await world.door.system(
        lambda ctx: access.create_token(ctx.tx, ctx.now, name, role=role)
    )


@pytest.fixture
async def served(world: World) -> AsyncIterator[str]:
    """The address of its hooks, API and health."""
    app = world.app
    routes = [
        *app.hooks.routes(),
        *Api(app.door, app.identity, app.settings.url).routes(),
        *app.health.routes(),
    ]
    runner, port = await serve(application(routes, 1 << 20), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest.fixture
async def api(world: World, served: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a responder's token."""
    headers = {"Authorization": f"Bearer {await token_of(world, 'responder')}"}
    async with httpx.AsyncClient(base_url=served, headers=headers, trust_env=False) as client:
        yield client
