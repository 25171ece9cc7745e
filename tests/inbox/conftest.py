"""The running service that mail is sent to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.inbox import post
from tests.intake.support import Station
from tests.support.engines import ENGINES, migrated_url


@pytest.fixture
async def taking(tmp_path: Path) -> AsyncIterator[Station]:
    """The service with its SMTP listener, on SQLite."""
    made = await post.station(migrated_url("sqlite", tmp_path), tmp_path)
    yield made
    await made.end()


@pytest.fixture(params=ENGINES)
async def each_taking(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Station]:
    """The service with its SMTP listener, on each engine."""
    made = await post.station(migrated_url(request.param, tmp_path), tmp_path)
    yield made
    await made.end()
