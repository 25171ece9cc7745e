"""Alert rules are tried in a whole PixelView, on each engine where the database decides."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.engines import AGAIN, migrated_url
from tests.support.world import YAML, World

Built = Callable[[str], Awaitable[World]]


@pytest.fixture(params=AGAIN)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Built]:
    """Builds a world whose file has these lines more."""
    made: list[World] = []

    async def build(more: str) -> World:
        url = migrated_url(request.param, tmp_path)
        made.append(await World.build(url, tmp_path, YAML + more))
        return made[-1]

    yield build
    for world in made:
        await world.end()
