"""The one writer: lanes, batches that gather while the last one commits, bisected on failure."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from store.crypto import Ring
from store.db import Tx, sqlite_writer_engine
from store.ids import Ids

log = logging.getLogger("pixelview.store")

BATCH = 128
CHECKPOINT_BYTES = 4 << 20


class Lane(IntEnum):
    """Presses first; timers and intake in turn, so that a storm starves neither; bulk last."""

    URGENT = 0
    TIMER = 1
    INTAKE = 2
    BULK = 3


class Full(Exception):
    """The queue is full; nothing was taken."""


BatchFn = Callable[[Tx, list[Any]], list[Any]]


@dataclass(slots=True, eq=False)
class Job:
    """Something to write: items of one ``fn`` share a commit; ``done`` gets the item's result."""

    fn: BatchFn
    item: Any
    done: asyncio.Future[Any]


class Committed(Protocol):
    """Told on the event loop after a commit: what to wake, and which incidents changed."""

    def __call__(self, wake: set[str], changed: dict[int, int]) -> None: ...


class Queue:
    """The lanes, bounded: at most ``limit`` jobs wait."""

    def __init__(self, limit: int = 4096) -> None:
        self._lanes: tuple[deque[Job], ...] = tuple(deque() for _ in Lane)
        self._limit = limit
        self._last = Lane.BULK

    def put(self, job: Job, lane: Lane) -> None:
        """Queue a job, or Full (an urgent one is always taken)."""
        if lane is not Lane.URGENT and len(self._lanes[lane]) >= self._limit:
            raise Full(f"{len(self._lanes[lane])} requests wait to be written")
        self._lanes[lane].append(job)

    def take(self) -> list[Job]:
        """The next batch: one urgent job, else up to 128 jobs of one function."""
        lane = self._next_lane()
        if lane is None:
            return []
        jobs = self._lanes[lane]
        batch = [jobs.popleft()]
        if lane is not Lane.URGENT:
            while jobs and len(batch) < BATCH and jobs[0].fn == batch[0].fn:
                batch.append(jobs.popleft())
        return batch

    def _next_lane(self) -> Lane | None:
        waiting = [lane for lane in Lane if self._lanes[lane]]
        if not waiting or waiting[0] is Lane.URGENT:
            return Lane.URGENT if waiting else None
        if waiting[0] is Lane.TIMER and self._last is Lane.TIMER and len(waiting) > 1:
            waiting.pop(0)
        self._last = waiting[0]
        return waiting[0]

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes)


Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


def _settle(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


class SqliteWriter:
    """One thread, one connection; a second thread checkpoints so that no commit waits for it."""

    def __init__(self, url: str, ring: Ring, ids: Ids, committed: Committed) -> None:
        self._engine = sqlite_writer_engine(url)
        self._wal = Path(f"{self._engine.url.database}-wal")
        self._ring, self._ids, self._committed = ring, ids, committed
        self._queue = Queue()
        self._wanted = threading.Condition()
        self._stopping = threading.Event()
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

    def submit(self, fn: BatchFn, item: Any, lane: Lane) -> asyncio.Future[Any]:
        """Queue one item; the future is done once it is on disk."""
        done = asyncio.get_running_loop().create_future()
        with self._wanted:
            self._queue.put(Job(fn, item, done), lane)
            self._wanted.notify()
        return done

    @property
    def waiting(self) -> int:
        """Jobs not yet taken."""
        return len(self._queue)

    def _next(self) -> list[Job]:
        with self._wanted:
            while not self._queue and not self._stopping.is_set():
                self._wanted.wait()
            return self._queue.take()

    def _write(self) -> None:
        with self._engine.connect() as conn:
            while batch := self._next():
                self._commit(conn, batch)

    def _commit(self, conn: Any, batch: list[Job]) -> None:
        tx = Tx(conn, self._ring, self._ids, hot=self._hot)
        try:
            with conn.begin():
                results = batch[0].fn(tx, [job.item for job in batch])
            for call in tx.after:
                call()
        except BaseException as error:  # noqa: BLE001  a batch fails alone, the writer goes on
            self._failed(conn, batch, error)
            return
        outcomes: list[Outcome] = [
            (job.done, result, None) for job, result in zip(batch, results, strict=True)
        ]
        self._tell(outcomes, tx)

    def _failed(self, conn: Any, batch: list[Job], error: BaseException) -> None:
        if len(batch) == 1:
            if isinstance(error, OperationalError):
                log.error("a write failed: %s", error)
            self._tell([(batch[0].done, None, error)], None)
            return
        log.warning(
            "a batch of %d failed (%s), trying its halves", len(batch), type(error).__name__
        )
        half = len(batch) // 2
        self._commit(conn, batch[:half])
        self._commit(conn, batch[half:])

    def _tell(self, outcomes: list[Outcome], tx: Tx | None) -> None:
        assert self._loop is not None
        wake, changed = (tx.wake, tx.changed) if tx else (set(), {})

        def on_loop() -> None:
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
                    raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


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

    def submit(self, fn: BatchFn, item: Any, lane: Lane) -> asyncio.Future[Any]:
        """Queue one item; the future is done once it is on disk."""
        done = asyncio.get_running_loop().create_future()
        self._queue.put(Job(fn, item, done), lane)
        self._wanted.set()
        return done

    @property
    def waiting(self) -> int:
        """Jobs not yet taken."""
        return len(self._queue)

    async def _write(self) -> None:
        while True:
            batch = self._queue.take()
            if batch:
                await self._commit(batch)
            elif self._stopping:
                return
            else:
                self._wanted.clear()
                await self._wanted.wait()

    async def _commit(self, batch: list[Job]) -> None:
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
            await self._failed(batch, error)
            return
        _settle([(job.done, result, None) for job, result in zip(batch, results, strict=True)])
        if txs[0].wake or txs[0].changed:
            self._committed(txs[0].wake, txs[0].changed)

    async def _failed(self, batch: list[Job], error: BaseException) -> None:
        if len(batch) == 1:
            _settle([(batch[0].done, None, error)])
            return
        log.warning(
            "a batch of %d failed (%s), trying its halves", len(batch), type(error).__name__
        )
        half = len(batch) // 2
        await self._commit(batch[:half])
        await self._commit(batch[half:])


Writer = SqliteWriter | PostgresWriter
