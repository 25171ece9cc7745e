"""Rules of escalation are told on both engines where they touch the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import AGAIN, migrated_url
from tests.support.world import World


@pytest.fixture(params=AGAIN)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without rows on one of the engines."""
    return migrated_url(request.param, tmp_path)


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView on that database."""
    made = await World.build(url, tmp_path)
    yield made
    await made.end()
