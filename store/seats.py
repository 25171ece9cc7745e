"""Where SQLite is read: a few connections, each with a thread in which a whole read runs.

A read of several statements goes to the thread and back once. Through SQLAlchemy's own adapter of
aiosqlite each statement goes there four times, and what is done with its rows holds the event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from typing import TypeVar

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.engine import create_engine, make_url
from sqlalchemy.pool import SingletonThreadPool

from store.pragmas import pragmas

T = TypeVar("T")
SEATS = 6
"""So many reads at once; more wait their turn."""


class Seats:
    """Read-only use of one SQLite file. What is cancelled runs on to its end in its thread."""

    def __init__(self, url: str) -> None:
        self._path = make_url(url).database or ":memory:"
        self._raw: dict[int, sqlite3.Connection] = {}
        self._all: list[aiosqlite.Connection] = []
        self._free: list[aiosqlite.Connection] = []
        self._turn = asyncio.Semaphore(SEATS)
        self._engine = create_engine(
            "sqlite+pysqlite://",
            creator=lambda: self._raw[threading.get_ident()],
            poolclass=SingletonThreadPool,
            pool_size=SEATS + 1,
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", pragmas)
        event.listen(self._engine, "begin", _begin)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """The function's result on a snapshot of the last commit."""

        def there() -> T:
            with self._engine.connect() as conn:
                return fn(conn)

        async with self._turn:
            seat = self._free.pop() if self._free else await self._opened()
            try:
                return await seat._execute(there)  # type: ignore[no-any-return, no-untyped-call]
            finally:
                self._free.append(seat)

    async def _opened(self) -> aiosqlite.Connection:
        def connect() -> sqlite3.Connection:
            made = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, cached_statements=512
            )
            self._raw[threading.get_ident()] = made
            return made

        seat = aiosqlite.Connection(connect, 64)
        seat._thread.daemon = True
        self._all.append(seat)
        return await seat

    async def close(self) -> None:
        """Let every thread end."""
        for seat in self._all:
            await seat.close()
        self._all, self._free = [], []
        self._engine.dispose()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
