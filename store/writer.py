"""The one writer: lanes, batches that gather while the last one commits, bisected on failure."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from store.crypto import Ring
from store.db import Tx, sqlite_writer_engine
from store.faults import broken_storage, raced
from store.ids import Ids
from store.lanes import BatchFn, Full, Job, Lane, Queue, Unwritable

log = logging.getLogger("pixelview.store")

CHECKPOINT, CHECKPOINT_BYTES = "PRAGMA wal_checkpoint(PASSIVE)", 4 << 20
TRIES = 6
"""How often a transaction is run that lost a race against another process."""

__all__ = ["Full", "Lane", "PostgresWriter", "SqliteWriter", "Unwritable", "Writer"]


class Committed(Protocol):
    """Told on the event loop after a commit: what to wake, and which incidents changed."""

    def __call__(self, wake: set[str], changed: dict[int, int]) -> None: ...


Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


def _settle(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


def _say_halves(batch: list[Job], error: BaseException) -> None:
    name = type(error).__name__
    log.warning("a batch of %d failed (%s), trying its halves", len(batch), name)


class SqliteWriter:
    """One thread, one connection; a second thread checkpoints so that no commit waits for it."""

    def __init__(self, url: str, ring: Ring, ids: Ids, committed: Committed) -> None:
        self._engine = sqlite_writer_engine(url)
        self._wal = Path(f"{self._engine.url.database}-wal")
        self._ring, self._ids, self._committed = ring, ids, committed
        self._queue = Queue()
        self._wanted = threading.Condition()
        self._stopping, self._finish = threading.Event(), threading.Event()
        self._hot: dict[str, Any] = {}
        self._threads: list[threading.Thread] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Start the writer's threads."""
        self._loop = asyncio.get_running_loop()
        for name, run in (("writer", self._write), ("checkpoint", self._checkpoint)):
            thread = threading.Thread(target=run, name=f"pixelview-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    async def stop(self) -> None:
        """Write what waits, then end the threads."""
        self._stopping.set()
        with self._wanted:
            self._wanted.notify()
        for thread in self._threads:
            await asyncio.to_thread(thread.join, 30)
        self._engine.dispose()

    def submit(self, fn: BatchFn, item: Any, lane: Lane, weight: int = 1) -> asyncio.Future[Any]:
        """Queue one item; the future is done once it is on disk."""
        assert self._loop is not None
        done = self._loop.create_future()
        with self._wanted:
            self._queue.put(Job(fn, item, done, weight), lane)
            self._wanted.notify()
        return done

    @property
    def waiting(self) -> int:
        """Jobs not yet taken."""
        return len(self._queue)

    def _next(self) -> list[Job]:
        with self._wanted:
            while True:
                ends, now = self._stopping.is_set(), time.monotonic()
                batch = self._queue.take(now, last=ends)
                if batch or ends:
                    return batch
                self._wanted.wait(self._queue.pause(now))

    def _write(self) -> None:
        again = True
        while again:
            try:
                again = self._write_on_one_connection()
            except Exception:
                log.exception("the writer can't open its database")
                self._refuse(self._next(), Unwritable("The database can't be opened."))
                self._stopping.wait(0.2)

    def _write_on_one_connection(self) -> bool:
        """Write until told to stop; True when another connection may fare better."""
        with self._engine.connect() as conn:
            while batch := self._next():
                began = time.monotonic()
                well = self._commit(conn, batch)
                now = time.monotonic()
                self._queue.spent(now - began, now)
                if not well:
                    conn.invalidate()
                    return True
                if self._finish.is_set():
                    self._finish_checkpoint(conn)
        return False

    def _finish_checkpoint(self, conn: Any) -> None:
        """Copy the little that came during the last checkpoint: then the log begins anew.

        While somebody writes no other thread ever sees its end, and the log would only grow.
        """
        self._finish.clear()
        conn.connection.dbapi_connection.execute(CHECKPOINT).fetchall()

    def _commit(self, conn: Any, batch: list[Job]) -> bool:
        """Write a batch and tell; False when the connection is not to be trusted any more."""
        tx = Tx(conn, self._ring, self._ids, hot=self._hot)
        try:
            with conn.begin():
                results = batch[0].fn(tx, [job.item for job in batch])
            for call in tx.after:
                call()
        except BaseException as error:  # noqa: BLE001  a batch fails alone, the writer goes on
            return self._failed(conn, batch, error)
        outcomes: list[Outcome] = [
            (job.done, result, None) for job, result in zip(batch, results, strict=True)
        ]
        self._tell(outcomes, tx)
        return True

    def _failed(self, conn: Any, batch: list[Job], error: BaseException) -> bool:
        if reason := broken_storage(error):
            log.error("the database can't be written: %s", reason)
            self._refuse(batch, Unwritable(f"The database can't be written: {reason}."))
            return False
        if len(batch) == 1:
            self._refuse(batch, error)
            return True
        _say_halves(batch, error)
        half = len(batch) // 2
        if self._commit(conn, batch[:half]):
            return self._commit(conn, batch[half:])
        self._refuse(batch[half:], Unwritable("The database can't be written."))
        return False

    def _refuse(self, batch: list[Job], error: BaseException) -> None:
        self._tell([(job.done, None, error) for job in batch], None)

    def _tell(self, outcomes: list[Outcome], tx: Tx | None) -> None:
        assert self._loop is not None
        wake, changed = (tx.wake, tx.changed) if tx else (set(), {})
        told = time.monotonic()

        def on_loop() -> None:
            self._queue.late(time.monotonic() - told)
            _settle(outcomes)
            if wake or changed:
                self._committed(wake, changed)

        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(on_loop)

    def _checkpoint(self) -> None:
        with self._engine.connect() as conn:
            raw: Any = conn.connection.dbapi_connection
            while not self._stopping.wait(0.5):
                if self._wal.exists() and self._wal.stat().st_size > CHECKPOINT_BYTES:
                    _, frames, copied = raw.execute(CHECKPOINT).fetchone()
                    if frames - copied > 0:
                        self._finish.set()


class PostgresWriter:
    """One task, one connection, the same lanes; repositories run through ``run_sync``."""

    def __init__(self, engine: AsyncEngine, ring: Ring, ids: Ids, committed: Committed) -> None:
        self._engine, self._ring, self._ids, self._committed = engine, ring, ids, committed
        self._queue = Queue()
        self._wanted = asyncio.Event()
        self._stopping = False
        self._hot: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the writer's task."""
        self._task = asyncio.create_task(self._write(), name="pixelview-writer")

    async def stop(self) -> None:
        """Write what waits, then end the task."""
        self._stopping = True
        self._wanted.set()
        if self._task:
            await self._task

    def submit(self, fn: BatchFn, item: Any, lane: Lane, weight: int = 1) -> asyncio.Future[Any]:
        """Queue one item; the future is done once it is on disk."""
        done = asyncio.get_running_loop().create_future()
        self._queue.put(Job(fn, item, done, weight), lane)
        self._wanted.set()
        return done

    @property
    def waiting(self) -> int:
        """Jobs not yet taken."""
        return len(self._queue)

    async def _write(self) -> None:
        while True:
            began = time.monotonic()
            batch = self._queue.take(began, last=self._stopping)
            if batch:
                await self._commit(batch)
                now = time.monotonic()
                self._queue.spent(now - began, now)
            elif self._stopping:
                return
            else:
                await self._wait(self._queue.pause(began))

    async def _wait(self, most: float | None) -> None:
        self._wanted.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most):
                await self._wanted.wait()

    async def _commit(self, batch: list[Job], tries: int = TRIES) -> None:
        txs: list[Tx] = []

        def run(conn: Any) -> list[Any]:
            txs.append(Tx(conn, self._ring, self._ids, hot=self._hot))
            return batch[0].fn(txs[0], [job.item for job in batch])

        try:
            async with self._engine.begin() as conn:
                results = await conn.run_sync(run)
            for call in txs[0].after:
                call()
        except Exception as error:  # noqa: BLE001  a batch fails alone, the writer goes on
            await self._failed(batch, error, tries)
            return
        _settle([(job.done, result, None) for job, result in zip(batch, results, strict=True)])
        if txs[0].wake or txs[0].changed:
            self._committed(txs[0].wake, txs[0].changed)

    async def _failed(self, batch: list[Job], error: Exception, tries: int) -> None:
        if reason := broken_storage(error):
            log.error("the database can't be written: %s", reason)
            self._refuse(batch, Unwritable(f"The database can't be written: {reason}."))
        elif tries > 1 and raced(error):
            await self._commit(batch, tries - 1)
        elif len(batch) == 1:
            self._refuse(batch, error)
        else:
            _say_halves(batch, error)
            half = len(batch) // 2
            await self._commit(batch[:half])
            await self._commit(batch[half:])

    def _refuse(self, batch: list[Job], error: Exception) -> None:
        _settle([(job.done, None, error) for job in batch])


Writer = SqliteWriter | PostgresWriter
