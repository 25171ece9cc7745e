"""Every repository is tried on both engines, in real transactions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from store.crypto import Ring
from store.db import Reader, Tx, is_sqlite, sqlite_writer_engine
from store.ids import Ids
from store.tables import ANCHORS, AUDIT, META
from tests.support.engines import ENGINES, migrated_url

T = TypeVar("T")

NOW = 1_795_313_340_000
"""2026-11-22T02:09:00Z."""

SECRET = bytes(range(32))


class Base:
    """A database; ``do`` runs a function in one transaction and commits."""

    def __init__(self, url: str, ring: Ring | None = None, ids: Ids | None = None) -> None:
        self.url = url
        self.ring, self.ids = ring or Ring([SECRET]), ids or Ids()
        self.wake: set[str] = set()
        self._hot: dict[str, Any] = {}
        self._reader = Reader(url, self.ring, self.ids)
        self._writer = sqlite_writer_engine(url) if is_sqlite(url) else None

    def with_ring(self, ring: Ring) -> Base:
        """The same database seen with other keys."""
        return Base(self.url, ring, self.ids)

    async def do(self, fn: Callable[[Tx], T]) -> T:
        """The function's result, once it is on disk."""

        def run(conn: Any) -> T:
            tx = Tx(conn, self.ring, self.ids, hot=self._hot)
            result = fn(tx)
            self.wake = tx.wake
            return result

        if self._writer is not None:
            with self._writer.begin() as conn:
                return run(conn)
        async with self._reader.engine.begin() as aconn:
            return await aconn.run_sync(run)

    @property
    def reader(self) -> Reader:
        """The reader of snapshots."""
        return self._reader

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """The function's result on a snapshot."""
        return await self._reader.read(fn)

    async def sql(self, text: str) -> None:
        """Change rows behind the repositories' back, as an intruder would."""
        for statement in text.split("; "):
            await self.do(lambda tx, s=statement: tx.conn.exec_driver_sql(s))  # type: ignore[misc]

    async def would(self, text: str, look: Callable[[Tx], T]) -> T:
        """What is seen after ``sql``; then the record is put back as it was."""
        there = await self.do(
            lambda tx: [(t, tx.conn.execute(select(t)).all()) for t in (AUDIT, ANCHORS, META)]
        )

        def put_back(tx: Tx) -> None:
            for table, rows in there:
                tx.conn.execute(table.delete())
                tx.insert(table, [tuple(row) for row in rows])

        await self.sql(text)
        try:
            return await self.read(look)
        finally:
            await self.do(put_back)

    async def close(self) -> None:
        """Give every connection back."""
        await self._reader.close()
        if self._writer is not None:
            self._writer.dispose()


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without rows on one of the engines."""
    return migrated_url(request.param, tmp_path)


@pytest.fixture
async def base(url: str) -> AsyncIterator[Base]:
    """That database, opened."""
    made = Base(url)
    yield made
    await made.close()
