"""One moto server for a session, seeded once; a front of one's own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from integrations import aws
from integrations.base import Connector
from tests.support.aws.front import Front, before
from tests.support.aws.moto import running
from tests.support.aws.seed import REGIONS, Seeded, seed

Opener = Callable[..., Connector]


@pytest.fixture(scope="session")
def seeded() -> Iterator[Seeded]:
    """The moto server with a hundred things in it."""
    with running() as address:
        yield seed(address)


@pytest.fixture
async def front(seeded: Seeded) -> AsyncIterator[Front]:
    """Stands before the moto server."""
    async with before(seeded.address) as made:
        yield made


@pytest.fixture
async def opened(front: Front) -> AsyncIterator[Opener]:
    """Opens a connector that asks the front; closed after the test."""
    made: list[Connector] = []

    def open_one(**more: Any) -> Connector:
        settings = {
            "access_key": "testing", "secret_key": "testing", "endpoint_url": front.address,
            "regions": list(REGIONS), "rate": 500, "pricing_api": False, **more,
        }  # fmt: skip
        made.append(aws.inventory("aws-test", settings))
        return made[-1]

    yield open_one
    for each in made:
        await each.close()
