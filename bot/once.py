"""What a platform brings again is done once: ids of events are kept for a day, restarts or not."""

from __future__ import annotations

import logging
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from commands.door import Door
from commands.errors import CommandError
from store import upkeep

log = logging.getLogger("pixelview")

_EVENT = "event"


class Once(Protocol):
    """Remembers what was done, by the platform's id of it."""

    async def done(self, key: str) -> bool:
        """Whether it was done within a day."""
        ...

    async def keep(self, key: str) -> None:
        """It is done."""
        ...


class Never:
    """Remembers nothing: for surfaces that stand alone."""

    async def done(self, key: str) -> bool:
        """Nothing was."""
        return False

    async def keep(self, key: str) -> None:
        """Forgotten at once."""


class Kept:
    """Remembers in the store, beside the idempotency keys of commands."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def done(self, key: str) -> bool:
        """Whether it was done within a day; a store that does not answer remembers nothing."""
        now = self._door.clock.now()
        try:
            return await self._door.reader.read(
                lambda tx: upkeep.is_done(tx, now, f"{_EVENT}:{key}")
            )
        except (SQLAlchemyError, OSError, TimeoutError):
            log.exception("whether %s was done before", key)
            return False

    async def keep(self, key: str) -> None:
        """It is done; kept twice it is kept once."""
        try:
            await self._door.system(lambda ctx: upkeep.done(ctx.tx, ctx.now, f"{_EVENT}:{key}"))
        except CommandError as error:
            log.warning("%s is done and not kept: %s", key, error)
