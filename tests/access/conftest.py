"""A PixelView on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView on a database of its own."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path)
    yield made
    await made.end()
