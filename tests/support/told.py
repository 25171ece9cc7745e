"""What a connector tells, gathered; and time that passes while it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from integrations.base import Connector, Item
from store.model import SECOND
from tests.support.world import ObedientClock

T = TypeVar("T")


class Waiting:
    """Stands in for sleep: the clock goes forward, and how long is written down."""

    def __init__(self, clock: ObedientClock) -> None:
        self._clock = clock
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """So much time has passed."""
        self.waits.append(seconds)
        self._clock.at += int(seconds * SECOND)


async def told(connector: Connector, part: str, cursor: str = "") -> list[Item]:
    """Everything that a sync of a part tells."""
    found: list[Item] = []
    async for each in connector.sync(part, cursor):
        found += each if isinstance(each, Sequence) else [each]
    return found


def only(kind: type[T], items: Sequence[Any]) -> list[T]:
    """Those of a kind."""
    return [each for each in items if isinstance(each, kind)]
