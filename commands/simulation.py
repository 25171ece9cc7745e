"""The engine under a virtual clock, in a database of its own in memory: what would happen if.

Door, intake, timers and rules are those that page people; only the clock, the database and the
missing outbox are other. Dated cases and ``simulate`` are both played here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Table, func, select

from commands import outgoing
from commands.context import Ctx, Done, Rulebook
from commands.door import Door
from commands.intake import Accepted
from commands.night import Event
from store import access, definitions, incidents, paged, timeline, timers
from store.crypto import Ring
from store.db import Reader, Tx, sqlite_writer_engine
from store.ids import Ids
from store.lanes import BatchFn, Lane
from store.migrate import upgrade
from store.model import Actor, AlertReading, Definitions, Incident, Instant
from store.tables import TIMERS
from store.writer import Writer

T = TypeVar("T")
Rows = Mapping[Table, Iterable[tuple[Any, ...]]]
"""Rows of a real database that a simulation begins with: linked accounts, maintenance, turns."""

_MEMORY = "sqlite://"
_BATCH = 20


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        """The instant it was moved to."""
        return self.at


class _Reader(Reader):
    """Reads on the simulation's one connection."""

    def __init__(self, conn: Connection, ring: Ring, ids: Ids) -> None:
        self._conn, self._ring, self._ids, self._hot = conn, ring, ids, {}

    async def read(self, fn: Callable[[Tx], T]) -> T:
        try:
            return fn(Tx(self._conn, self._ring, self._ids, hot=self._hot))
        finally:
            self._conn.rollback()

    async def close(self) -> None:
        """The connection belongs to the simulation."""


class _Writer:
    """Writes at once, in the caller's thread."""

    waiting = 0

    def __init__(self, conn: Connection, ring: Ring, ids: Ids) -> None:
        self._conn, self._ring, self._ids = conn, ring, ids
        self._hot: dict[str, Any] = {}

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to end."""

    def submit(self, fn: BatchFn, item: Any, lane: Lane, weight: int = 1) -> asyncio.Future[Any]:
        """Run one item in a transaction of its own."""
        done = asyncio.get_running_loop().create_future()
        tx = Tx(self._conn, self._ring, self._ids, hot=self._hot)
        try:
            with self._conn.begin():
                (result,) = fn(tx, [item])
            for call in tx.after:
                call()
        except Exception as error:  # noqa: BLE001  it is the caller's to hear
            done.set_exception(error)
        else:
            done.set_result(result)
        return done


@cache
def _empty() -> bytes:
    """A database without rows, made once."""
    engine = sqlite_writer_engine(_MEMORY)
    with engine.connect() as conn:
        with conn.begin():
            upgrade(conn)
        image: bytes = _driver(conn).serialize()
    engine.dispose()
    return image


def _driver(conn: Connection) -> Any:
    return conn.connection.dbapi_connection


@asynccontextmanager
async def simulation(
    at: Instant,
    known: Definitions,
    rules: Rulebook,
    *,
    ring: Ring | None = None,
    rows: Rows | None = None,
) -> AsyncIterator[Simulation]:
    """A simulation that begins at an instant with these definitions in force.

    ``rows`` are taken over from the database whose ``ring`` is given.
    """
    engine = sqlite_writer_engine(_MEMORY)
    try:
        with engine.connect() as conn:
            _driver(conn).deserialize(_empty())
            ring, ids, clock = ring or Ring([bytes(32)]), Ids(0), Clock(at)
            door = Door(clock, _Reader(conn, ring, ids), rules)
            door.attach(cast(Writer, _Writer(conn, ring, ids)))
            found = Simulation(door, clock)
            await door.system(lambda ctx: _fill(ctx, rows or {}))
            await found.put(known)
            await door.open()
            yield found
    finally:
        engine.dispose()


def _fill(ctx: Ctx, rows: Rows) -> None:
    for table, some in rows.items():
        ctx.tx.insert(table, list(some))


def _put(ctx: Ctx, known: Definitions) -> None:
    """What is defined, and who is away; what calendars say is read from their rows."""
    definitions.apply(ctx.tx, ctx.now, "simulation", known)
    away = {
        (definitions.AWAY, str(each.id)): definitions.row_of(each) for each in known.away if each.id
    }
    if away:
        definitions.put(ctx.tx, ctx.now, "simulation", away)


class Simulation:
    """A door of its own and a clock that is moved."""

    def __init__(self, door: Door, clock: Clock) -> None:
        self.door, self._clock = door, clock

    @property
    def now(self) -> Instant:
        """The instant it has come to."""
        return self._clock.at

    async def put(self, known: Definitions) -> None:
        """Other definitions are in force from now on."""
        await self.door.system(lambda ctx: _put(ctx, known))
        await self.door.reload()

    async def hears(self, source: str, integration: str, *alerts: AlertReading) -> Accepted:
        """A monitor says something."""
        found = await self.door.system(
            lambda ctx: access.source(ctx.tx, ctx.now, source, integration)
        )
        return await self.door.intake(found, alerts)

    async def does(self, verb: str, args: Mapping[str, Any], actor: Actor) -> Done:
        """Somebody uses a verb; raises the CommandErrors."""
        return await self.door.do(verb, args, actor)

    async def next_of(self, incident_id: int) -> Instant | None:
        """When something happens to an incident by itself."""
        mine = select(func.min(TIMERS.c.due_at)).where(TIMERS.c.incident_id == incident_id)
        found: Instant | None = await self.door.reader.read(
            lambda tx: tx.conn.execute(mine).scalar()
        )
        return found

    async def until(self, end: Instant) -> None:
        """Everything that is due up to an instant happens at its time."""
        while (due := await self.door.reader.read(timers.next_due)) is not None and due <= end:
            self.move(due)
            while await self.door.system(lambda ctx: outgoing.fire_due(ctx, _BATCH)) >= _BATCH:
                pass
        self.move(end)

    def move(self, at: Instant) -> None:
        """The clock goes on, and never back."""
        self._clock.at = max(self._clock.at, at)

    async def incident(self, incident_id: int) -> Incident:
        """How an incident stands now."""
        found = await self.door.reader.read(lambda tx: incidents.get(tx, incident_id))
        assert found is not None
        return found

    async def events(self, incident_id: int) -> list[Event]:
        """Everything that was decided about an incident, in the order of time."""
        found = await self.door.reader.read(lambda tx: list(_events(tx, incident_id)))
        return sorted(found, key=lambda event: event.at)


def _events(tx: Tx, incident_id: int) -> Iterator[Event]:
    for line in timeline.of_incident(tx, incident_id):
        if line.kind != "page":
            yield Event(line.at, line.kind, line.say, line.why, detail=line.detail)
    for page in paged.pages(tx, incident_id):
        yield Event(
            page.asked_at,
            "page",
            why=page.why,
            person=page.person,
            via=page.via,
            step=page.step,
            loop=page.loop,
            by=page.asked_by,
            after=page.after,
        )


def rows_of(tx: Tx, *tables: Table) -> dict[Table, list[tuple[Any, ...]]]:
    """All rows of tables, as a simulation takes them over."""
    return {table: [tuple(row) for row in tx.conn.execute(select(table))] for table in tables}
