"""Tells the systems that run actions what happened to incidents: looked for after each commit, one
event after the other for each incident, until it is taken."""

from __future__ import annotations

from commands.automation import events_out
from commands.door import Door
from commands.outgoing import Landed
from commands.rules import both_ways
from integrations.base import Misconfigured, Transient
from store.outbox import Row

SOON, LATE = 1.0, 60.0
"""Seconds until one is looked at again while another before it waits, at first and at most."""


class Events:
    """What the settings say of each system says what it is told."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def look(self) -> None:
        """Queue what happened since the last look."""
        kinds = both_ways.listening(self._door.rules.offers.runners)
        if not kinds:
            return
        more = await self._door.reader.read(lambda tx: events_out.anything(tx, kinds))
        while more:
            more = await self._door.system(events_out.queue)

    async def tell(self, row: Row) -> Landed | None:
        """Tell one; None where nobody may be told any more. It may arrive twice, with the same
        mark."""
        ready = await self._door.reader.read(lambda tx: events_out.ready(tx, row))
        if ready is None:
            return None
        if not ready:
            age = (self._door.clock.now() - row.asked_at) / 1000
            raise Transient("what happened before is told first", min(max(SOON, age / 4), LATE))
        name = row.place.partition(":")[2]
        port = self._door.automation
        runner = port.runner(name) if port is not None else None
        if runner is None:
            raise Misconfigured(f"{name} is not in the settings", "stackstorm")
        try:
            await runner.tell(row.content, str(row.content["delivery"]))
        except Transient as error:
            raise Transient(str(error), error.retry_after) from error
        return Landed("", "")
