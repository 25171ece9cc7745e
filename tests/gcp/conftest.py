"""A stand-in of Google Cloud and connectors to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from integrations.gcp.connector import GoogleCloud
from tests.support.gcp.server import FakeGoogle, settings
from tests.support.told import Waiting
from tests.support.world import ObedientClock

Make = Callable[..., GoogleCloud]


@pytest.fixture
def clock() -> ObedientClock:
    """Stands still."""
    return ObedientClock()


@pytest.fixture
def waiting(clock: ObedientClock) -> Waiting:
    """How long the connector waited."""
    return Waiting(clock)


@pytest.fixture
async def google(clock: ObedientClock) -> AsyncIterator[FakeGoogle]:
    """The stand-in; what it would not have taken fails the test."""
    async with FakeGoogle(clock) as fake:
        yield fake
        assert not fake.violations


@pytest.fixture
async def make(
    google: FakeGoogle, clock: ObedientClock, waiting: Waiting
) -> AsyncIterator[Make]:  # fmt: skip
    """Makes connectors to it."""
    made: list[GoogleCloud] = []

    def connector(**more: object) -> GoogleCloud:
        made.append(GoogleCloud("gcp-prod", settings(google, **more), clock, waiting))
        return made[-1]

    yield connector
    for each in made:
        await each.close()
