"""Migrations from nothing make exactly the tables of the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect

from store.db import is_sqlite, postgresql_engine, sqlite_writer_engine
from store.migrate import HEAD, upgrade
from store.tables import METADATA
from tests.store.conftest import Base
from tests.support.engines import ENGINES, fresh_url


def shape(conn: Connection) -> dict[str, Any]:
    """What the database says of its tables."""
    seen = inspect(conn)
    return {
        name: {
            "columns": {
                c["name"]: (c["type"].as_generic().__class__.__name__, c["nullable"])
                for c in seen.get_columns(name)
            },
            "primary": tuple(seen.get_pk_constraint(name)["constrained_columns"]),
            "indexes": {
                i["name"]: tuple(i["column_names"])
                for i in seen.get_indexes(name)
                if not i.get("duplicates_constraint")
            },
            "unique": sorted(tuple(u["column_names"]) for u in seen.get_unique_constraints(name)),
        }
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


@pytest.mark.parametrize("engine", ENGINES)
async def test_the_migrations_make_what_the_code_declares(engine: str, tmp_path: Path) -> None:
    folders = [tmp_path / "migrated", tmp_path / "declared"]
    shapes = []
    makers: tuple[Callable[[Connection], None], ...] = (upgrade, METADATA.create_all)
    for folder, make in zip(folders, makers, strict=True):
        folder.mkdir()
        url = fresh_url(engine, folder)
        if is_sqlite(url):
            writer = sqlite_writer_engine(url)
            with writer.begin() as conn:
                make(conn)
                shapes.append(shape(conn))
            writer.dispose()
        else:
            pg = postgresql_engine(url)
            async with pg.begin() as aconn:
                await aconn.run_sync(make)
                shapes.append(await aconn.run_sync(shape))
            await pg.dispose()
    assert shapes[0] == shapes[1]
    assert set(shapes[0]) == set(METADATA.tables)


async def test_a_second_upgrade_changes_nothing(base: Base) -> None:
    before = await base.do(lambda tx: shape(tx.conn))
    await base.do(lambda tx: upgrade(tx.conn))
    assert await base.do(lambda tx: shape(tx.conn)) == before
    at = await base.read(
        lambda tx: tx.conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    )
    assert at == HEAD
