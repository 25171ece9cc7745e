"""The running service that intake tests post at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.intake.support import Station
from tests.support.engines import AGAIN, migrated_url


@pytest.fixture(params=AGAIN)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on one of the engines."""
    return migrated_url(request.param, tmp_path)


@pytest.fixture
async def station(tmp_path: Path) -> AsyncIterator[Station]:
    """The service on SQLite."""
    made = await Station.build(migrated_url("sqlite", tmp_path), tmp_path)
    yield made
    await made.end()


@pytest.fixture
async def each_station(url: str, tmp_path: Path) -> AsyncIterator[Station]:
    """The service on each engine."""
    made = await Station.build(url, tmp_path)
    yield made
    await made.end()
