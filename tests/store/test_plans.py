"""What is asked thousands of times a minute finds its rows by the index that has the fewest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from store import paged
from store.db import Tx
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A house on SQLite, whose choice of an index is looked at."""
    found = await World.build(f"sqlite:///{tmp_path}/w.db", tmp_path)
    yield found
    await found.end()


@pytest.mark.parametrize("asked", [paged._asked_at, paged._went_to])
async def test_pages_of_an_incident_are_found_by_the_incident(
    world: World, asked: Callable[[], Any]
) -> None:
    text = str(
        asked().compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    )
    given = tuple("x" for _ in range(text.count("?")))

    def plan(tx: Tx) -> str:
        rows = tx.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)
        return " ".join(str(row) for row in rows)

    said = await world.app.reader.read(plan)
    assert "ix_outbox_incident" in said and "ix_outbox_pages" not in said
