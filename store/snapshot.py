"""One snapshot of a database for a long read in pages, and one transaction for a long write; on
both engines, beside whatever runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import create_engine, make_url

from store.db import is_sqlite, postgresql_engine, sqlite_writer_engine

T = TypeVar("T")
Run = Callable[[Callable[[Any], T]], Awaitable[T]]
"""Runs a function over the one connection, off the event loop where that would wait for it."""


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Run[Any]]:
    """Every function sees the same instant; nothing can be written."""
    if is_sqlite(url):
        engine = create_engine(
            make_url(url).set(drivername="sqlite+pysqlite"),
            connect_args={"isolation_level": None, "check_same_thread": False},
        )
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA query_only=ON")
            conn.exec_driver_sql("BEGIN")
            yield lambda fn: asyncio.to_thread(fn, conn)
            conn.exec_driver_sql("ROLLBACK")
            conn.invalidate()
        engine.dispose()
        return
    pg = postgresql_engine(url)
    still = pg.execution_options(isolation_level="REPEATABLE READ")
    async with still.connect() as aconn:
        await aconn.exec_driver_sql("SET TRANSACTION READ ONLY")
        yield aconn.run_sync
    await pg.dispose()


@asynccontextmanager
async def whole(url: str) -> AsyncIterator[Run[Any]]:
    """One transaction: all of it, or nothing where anything raises."""
    if is_sqlite(url):
        engine = sqlite_writer_engine(url)
        try:
            with engine.begin() as conn:
                yield lambda fn: asyncio.to_thread(fn, conn)
        finally:
            engine.dispose()
        return
    pg = postgresql_engine(url)
    try:
        async with pg.begin() as aconn:
            yield aconn.run_sync
    finally:
        await pg.dispose()
