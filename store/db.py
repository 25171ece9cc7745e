"""The database: one writer with lanes and group commit, many readers, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine, create_engine, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.crypto import Ring
from store.ids import Ids
from store.pg_tls import connecting
from store.pragmas import pragmas
from store.seats import Seats

T = TypeVar("T")


# Most rows one SQLite statement takes; fewer go in powers of two, so that few statements are
# prepared and the driver lets go of the interpreter once a statement, not once a row.
_AT_ONCE = 128


class Found(Protocol):
    """What ``Tx.run`` found: rows with the columns' names, all of them fetched or about to be."""

    def __iter__(self) -> Iterator[Any]: ...

    def all(self) -> Sequence[Any]:
        """Every row."""
        ...

    def first(self) -> Any:
        """The first row, or None."""
        ...

    def scalar(self) -> Any:
        """The first row's first value, or None."""
        ...

    def scalar_one(self) -> Any:
        """The only row's first value."""
        ...

    def scalars(self) -> Iterable[Any]:
        """Every row's first value."""
        ...

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        ...


class Rows:
    """Rows straight from the driver: an eighth of the work of a whole result."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Every row."""
        return self._rows

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """The first row's first value, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The only row's first value."""
        ((value, *_),) = self._rows
        return value

    def scalars(self) -> list[Any]:
        """Every row's first value."""
        return [row[0] for row in self._rows]


_COMPILED: dict[tuple[str, str], tuple[str, tuple[str, ...], dict[str, Any]]] = {}
_INSERTS: dict[tuple[str, str], str | dict[int, str]] = {}
_ROWS: dict[str, Callable[[Iterable[Any]], Any]] = {}
"""Statements by engine and name, and what their rows are made by: a name means one statement."""


@dataclass(slots=True)
class Tx:
    """What repositories work with: one connection inside a transaction or a snapshot.

    ``after`` are called in the writer once the commit is on disk; ``wake`` names what the event
    loop should look at then: ticker, outbox, changes. ``veil`` says that
    somebody sees but a part of it. ``definitions`` are those that this
    transaction put in force, None where it left them alone; ``recorded`` counts the rows it added
    to the audit, and ``diff`` collects what nouns were before and after, where that is wanted.
    """

    conn: Connection
    ring: Ring
    ids: Ids
    after: list[Callable[[], None]] = field(default_factory=list)
    wake: set[str] = field(default_factory=set)
    changed: dict[int, int] = field(default_factory=dict)
    hot: dict[str, Any] = field(default_factory=dict)
    cursor: Any = None
    veil: Any = None
    definitions: Any = None
    recorded: int = 0
    diff: Any = None

    def saw(self, kind: str, name: object, before: Callable[[], Any], after: Any) -> None:
        """A noun is about to be written, where before and after are wanted; ``before`` reads it,
        and ``after`` is None where it goes."""
        if self.diff is not None:
            self.diff.saw(kind, name, before, after)

    def seen(self, columns: dict[str, Any]) -> dict[str, Any]:
        """Those of a row's columns that read otherwise for whoever sees but a part."""
        return {}

    def insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows given in column order: compiled once, straight to the driver."""
        if rows:
            self._insert(f"insert {table.name}", lambda _: table.insert(), table, rows)

    def insert_new(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows given in column order; those whose primary key is there are left out."""
        if rows:
            self._insert(
                f"insert new {table.name}",
                lambda dialect: dialect.insert(table).on_conflict_do_nothing(),
                table,
                rows,
            )

    def _insert(
        self,
        name: str,
        statement: Callable[[Any], Any],
        table: Table,
        rows: Sequence[tuple[Any, ...]],
    ) -> None:
        engine = self.conn.dialect.name
        sql = _INSERTS.get((engine, name))
        if sql is None:
            postgres = engine == "postgresql"
            made = statement(postgresql if postgres else sqlite)
            sql = str(made.compile(dialect=self.conn.dialect))
            sql = sql if postgres else _in_powers(sql, len(table.columns))
            _INSERTS[engine, name] = sql
        if isinstance(sql, str):
            self.conn.exec_driver_sql(sql, list(rows))
        else:
            self._insert_together(sql, rows)

    def _insert_together(self, sql: dict[int, str], rows: Sequence[tuple[Any, ...]]) -> None:
        execute, first, left = self.driver().execute, 0, len(rows)
        while left:
            size = _AT_ONCE if left >= _AT_ONCE else 1 << left.bit_length() - 1
            some = rows[first : first + size] if size < len(rows) else rows
            execute(sql[size], tuple(chain.from_iterable(some)))
            first, left = first + size, left - size

    def driver(self) -> Any:
        """The SQLite driver's own cursor of this transaction."""
        if self.cursor is None:
            self.cursor = self.conn.connection.cursor()
        return self.cursor

    def run(self, name: str, statement: Callable[[], Any], **values: Any) -> Found:
        """Run a statement once with bound names, compiled once and kept under ``name``."""
        sql, order, fixed = self._compiled(name, statement)
        bound = tuple(values[n] if n in values else fixed[n] for n in order)
        if self.conn.dialect.name == "postgresql":
            return self.conn.exec_driver_sql(sql, bound)
        cursor = self.driver()
        cursor.execute(sql, bound)
        if cursor.description is None:
            return Rows([], cursor.rowcount)
        made = _ROWS.get(sql)
        if made is None:
            names = [column[0] for column in cursor.description]
            row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
            made = _ROWS[sql] = row._make
        return Rows([made(row) for row in cursor.fetchall()], cursor.rowcount)

    def _compiled(
        self, name: str, statement: Callable[[], Any]
    ) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        key = (self.conn.dialect.name, name)
        if key not in _COMPILED:
            compiled = statement().compile(dialect=self.conn.dialect)
            _COMPILED[key] = (str(compiled), tuple(compiled.positiontup), dict(compiled.params))
        return _COMPILED[key]

    def many(self, name: str, statement: Callable[[], Any], rows: list[dict[str, Any]]) -> None:
        """Run a statement for many rows of bound names, compiled once and kept under ``name``."""
        if not rows:
            return
        sql, order, fixed = self._compiled(name, statement)
        values = [tuple(row[n] if n in row else fixed[n] for n in order) for row in rows]
        self.conn.exec_driver_sql(sql, values)


def _in_powers(sql: str, columns: int) -> dict[int, str]:
    """An INSERT of one row as INSERTs of 1, 2, 4 … rows."""
    one = f"({', '.join('?' * columns)})"
    head, found, tail = sql.partition(one)
    assert found, sql
    sizes = [1 << power for power in range(_AT_ONCE.bit_length())]
    return {size: head + ", ".join([one] * size) + tail for size in sizes}


def is_sqlite(url: str) -> bool:
    """Whether a database URL names SQLite."""
    return make_url(url).get_backend_name() == "sqlite"


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def sqlite_writer_engine(url: str) -> Engine:
    """The engine of the one writer thread; every transaction takes the write lock at once."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite+pysqlite"),
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": 512,
        },
        hide_parameters=True,
    )
    event.listen(engine, "connect", pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def postgresql_engine(url: str) -> AsyncEngine:
    """The engine of readers and writer on PostgreSQL: asyncpg."""
    plain, told = connecting(url)
    return create_async_engine(
        plain.set(drivername="postgresql+asyncpg"), connect_args=told, pool_size=8, max_overflow=8,
        hide_parameters=True,
    )  # fmt: skip


class Reader:
    """Snapshots for queries: each ``read`` runs a synchronous function over one connection; on
    SQLite in a thread, on PostgreSQL on the event loop, which goes on at each statement."""

    def __init__(self, url: str, ring: Ring, ids: Ids) -> None:
        self.sqlite = is_sqlite(url)
        self._seats = Seats(url) if self.sqlite else None
        self._engine = None if self.sqlite else postgresql_engine(url)
        self.ring = ring
        self._ids = ids
        self._hot: dict[str, Any] = {}

    @property
    def engine(self) -> AsyncEngine:
        """That of PostgreSQL."""
        assert self._engine is not None, "SQLite has none"
        return self._engine

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """The function's result on a snapshot of the last commit."""

        def on_connection(conn: Connection) -> T:
            return fn(Tx(conn, self.ring, self._ids, hot=self._hot))

        if self._seats is not None:
            return await self._seats.read(on_connection)
        async with self.engine.connect() as conn:
            return await conn.run_sync(on_connection)

    async def close(self) -> None:
        """Give every connection back."""
        if self._seats is not None:
            await self._seats.close()
        else:
            await self.engine.dispose()
