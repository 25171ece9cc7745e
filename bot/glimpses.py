"""Which changes each open console is told of: none of what is hidden from its reader."""

from __future__ import annotations

from commands.door import Door
from store import privates
from store.model import Actor

Batch = list[tuple[int, int]]


class Glimpses:
    """Looks once at each batch for what is private, and only then at who looks."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._last: tuple[Batch, frozenset[int]] = ([], frozenset())

    async def seen(self, actor: Actor, batch: Batch) -> Batch:
        """Those of some changes that somebody may see."""
        if not await self._private(batch):
            return batch
        unseen = (await self._door.hidden_from(actor))[0]
        return [(number, rev) for number, rev in batch if number not in unseen]

    async def _private(self, batch: Batch) -> frozenset[int]:
        if self._last[0] is not batch:
            numbers = [number for number, _ in batch]
            found = await self._door.reader.read(lambda tx: privates.among(tx, numbers))
            self._last = (batch, found)
        return self._last[1]
