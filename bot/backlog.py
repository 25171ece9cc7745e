"""What waits to be shown: how much, since when, and where a storm card has to speak for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from commands import storming
from commands.door import Door
from commands.words import duration
from store import backlog, outbox, storms
from store.backlog import Queue
from store.clock import SECOND, Instant
from store.ids import first
from store.outbox import Row

LOOKS = SECOND // 2
"""Between two looks at storms, while there is one."""
COUNTS = 2 * SECOND
LATE = 10 * SECOND
"""A card that waits longer is told to whoever looks."""


class Backlog:
    """Looks at storms, and knows how far behind the cards are."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._seen: dict[int, storming.Seen] | None = None
        self._looked: Instant = 0
        self._counted: Instant = 0
        self.queues: Mapping[str, Queue] = {}

    async def look(self, rows: Sequence[Row], *, more: bool) -> None:
        """After each look at the outbox: what it found, and whether there is more."""
        now, rules = self._door.clock.now(), self._door.rules.storms
        if (rows or self.queues) and now - self._counted >= COUNTS:
            self._counted = now
            self.queues = await self._door.reader.read(backlog.cards)
        # A clock that stands still is a simulated one: nothing is waited for there.
        if rules is None or 0 < now - self._looked < LOOKS:
            return
        self._looked, since = now, now - rules.window
        crowded = await self._crowded(rows, since, rules.waiting, more=more)
        if crowded or self._seen or self._seen is None:
            before = self._seen or {}
            look = storming.look
            self._seen = await self._door.system(lambda ctx: look(ctx, crowded, before))

    def speaks_for(self, row: Row) -> bool:
        """Whether a storm card speaks for a card that is not posted yet."""
        if not self._seen or not _new(row) or row.rank <= storming.NEW_CARD:
            return False
        below = row.purpose.startswith(storms.REPLY)
        return not below and any(seen.place == row.place for seen in self._seen.values())

    async def _crowded(
        self, rows: Sequence[Row], since: Instant, most: int, *, more: bool
    ) -> Collection[str]:
        """The places where more new cards wait than a channel can take."""
        found: Mapping[str, int] = {}
        if more:
            found = await self._door.reader.read(lambda tx: backlog.unposted(tx, since))
        elif len(rows) > most:
            oldest = first(since)
            found = Counter(r.place for r in rows if _new(r) and r.id >= oldest)
        return [place for place, count in found.items() if count > most]

    @property
    def waiting(self) -> int:
        """How many cards wait."""
        return sum(queue.count for queue in self.queues.values())

    @property
    def behind(self) -> Instant:
        """For how long the oldest of them waits, in ms."""
        oldest = min((queue.since for queue in self.queues.values()), default=None)
        return max(0, self._door.clock.now() - oldest) if oldest is not None else 0

    def words(self) -> str:
        """``Cards are 40 s behind, 55 wait``; empty where they are not."""
        if self.behind < LATE:
            return ""
        return f"Cards are {duration(self.behind)} behind, {self.waiting} wait"


def _new(row: Row) -> bool:
    mine = row.kind == outbox.VIEW and row.about is None and not row.message
    return mine and row.rank < storming.SINGLE
