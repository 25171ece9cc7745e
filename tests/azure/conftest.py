"""A stand-in of Azure and connectors to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from integrations.azure.connector import Azure
from tests.support.azure.server import CLIENT, SECRET, TENANT, FakeAzure
from tests.support.told import Waiting
from tests.support.world import ObedientClock

Make = Callable[..., Azure]


@pytest.fixture
def clock() -> ObedientClock:
    """Stands still."""
    return ObedientClock()


@pytest.fixture
def waiting(clock: ObedientClock) -> Waiting:
    """How long the connector waited."""
    return Waiting(clock)


@pytest.fixture
async def azure(clock: ObedientClock) -> AsyncIterator[FakeAzure]:
    """The stand-in; what it would not have taken fails the test."""
    async with FakeAzure(clock) as fake:
        yield fake
        assert not fake.violations


@pytest.fixture
async def make(azure: FakeAzure, clock: ObedientClock, waiting: Waiting) -> AsyncIterator[Make]:
    """Makes connectors to it."""
    made: list[Azure] = []

    def connector(**more: Any) -> Azure:
        made.append(connect(azure, clock, waiting, **more))
        return made[-1]

    yield connector
    for each in made:
        await each.close()


def connect(azure: FakeAzure, clock: ObedientClock, waiting: Waiting, **more: Any) -> Azure:
    """A connector to the stand-in."""
    settings = {
        "tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "login_url": azure.url,
        "management_url": azure.url, "imds_url": azure.url,
        "metrics_url": f"{azure.url}/metrics/{{region}}", **more,
    }  # fmt: skip
    return Azure("azure-prod", settings, clock, waiting)
