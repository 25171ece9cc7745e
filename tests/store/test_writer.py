"""The one writer on both engines: what shares a commit, what fails alone, what is tried again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from store import upkeep
from store.crypto import Ring
from store.db import Reader, Tx, is_sqlite
from store.faults import Raced
from store.ids import Ids
from store.writer import Lane, PostgresWriter, SqliteWriter, Unwritable, Writer
from tests.store.conftest import SECRET, Base


class Desk:
    """A running writer with its reader; ``told`` is what the loop heard of its commits."""

    def __init__(self, url: str) -> None:
        ring, ids = Ring([SECRET]), Ids()
        self.reader = Reader(url, ring, ids)
        self.told: list[tuple[set[str], dict[int, int]]] = []
        self.writer: Writer = (
            SqliteWriter(url, ring, ids, self._heard)
            if is_sqlite(url)
            else PostgresWriter(self.reader.engine, ring, ids, self._heard)
        )

    def _heard(self, wake: set[str], changed: dict[int, int]) -> None:
        self.told.append((wake, changed))

    async def all(self, fn: Any, *items: Any) -> list[Any]:
        """Results or errors of items that are queued together."""
        waits = [self.writer.submit(fn, item, Lane.INTAKE) for item in items]
        return await asyncio.gather(*waits, return_exceptions=True)

    async def word(self, key: str) -> str | None:
        """What is remembered."""
        return await self.reader.read(lambda tx: upkeep.meta(tx, key))


@pytest.fixture
async def desk(base: Base) -> AsyncIterator[Desk]:
    """A writer on each engine."""
    made = Desk(base.url)
    await made.writer.start()
    yield made
    await made.writer.stop()
    await made.reader.close()


def remember(tx: Tx, words: list[str]) -> list[str]:
    """Write each word; ``poison`` can't be written."""
    for word in words:
        if word == "poison":
            raise ValueError(word)
        upkeep.set_meta(tx, word, "kept")
    return [f"{word} done" for word in words]


async def test_a_poisoned_item_sinks_alone(desk: Desk) -> None:
    words = [f"w{n}" for n in range(20)]
    done = await desk.all(remember, *words[:13], "poison", *words[13:])
    assert isinstance(done.pop(13), ValueError)
    assert done == [f"{word} done" for word in words]
    assert [await desk.word(word) for word in words] == ["kept"] * 20
    assert await desk.word("poison") is None


async def test_what_is_decided_is_kept_only_after_the_commit(desk: Desk) -> None:
    kept: list[str] = []

    def decide(tx: Tx, words: list[str]) -> list[None]:
        for word in words:
            tx.after.append(partial(kept.append, word))
        remember(tx, words)
        tx.wake.add("outbox")
        tx.changed[7] = 3
        return [None] * len(words)

    await desk.all(decide, "poison", "good")
    assert kept == ["good"]
    assert desk.told == [({"outbox"}, {7: 3})]


async def test_a_lost_race_is_run_again(base: Base, desk: Desk) -> None:
    if is_sqlite(base.url):
        pytest.skip("alone on its database nobody is faster")
    tries = 0

    def race(tx: Tx, items: list[str]) -> list[int]:
        nonlocal tries
        tries += 1
        remember(tx, items)
        if tries < 3:
            raise Raced("somebody was faster")
        return [tries] * len(items)

    assert await desk.all(race, "a", "b") == [3, 3]
    assert await desk.word("a") == "kept"


async def test_storage_that_is_broken_refuses_all_and_is_opened_anew(
    base: Base, desk: Desk
) -> None:
    if not is_sqlite(base.url):
        pytest.skip("SQLite's disk")
    broken = True

    def onto_disk(tx: Tx, words: list[str]) -> list[str]:
        found = remember(tx, words)
        if broken:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return found

    refused = await desk.all(onto_disk, *"abc")
    assert all(isinstance(one, Unwritable) for one in refused)
    assert "disk is full" in str(refused[0])
    broken = False
    assert await desk.all(onto_disk, *"abc") == ["a done", "b done", "c done"]


async def test_stopping_writes_what_waits(base: Base) -> None:
    desk = Desk(base.url)
    await desk.writer.start()
    waits = [
        desk.writer.submit(remember, f"w{n}", lane)
        for n, lane in enumerate((Lane.BULK, Lane.INTAKE, Lane.TIMER, Lane.URGENT))
    ]
    await desk.writer.stop()
    assert [await one for one in waits] == [f"w{n} done" for n in range(4)]
    await desk.reader.close()
