"""A StackStorm that listens, and a runner that leads to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from integrations import stackstorm
from tests.support.stackstorm import StackStorm

Connect = Callable[..., Any]


@pytest.fixture
async def st2() -> AsyncIterator[StackStorm]:
    async with StackStorm() as made:
        yield made


@pytest.fixture
async def connect(st2: StackStorm) -> AsyncIterator[Connect]:
    """Makes runners; ``connect(api_key="", user=…)`` changes a setting."""
    made: list[Any] = []

    def one(**more: Any) -> Any:
        settings = {name: value for name, value in st2.settings(**more).items() if value}
        made.append(stackstorm.runner("st2", settings))
        return made[-1]

    yield one
    for each in made:
        await each.close()


@pytest.fixture
def runner(connect: Connect) -> Any:
    return connect()
