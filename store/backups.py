"""Backups whole: made into a file that is never a half one, looked at, restored."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Table, select

from store import audit, backup, migrate
from store.backup import Made
from store.backup_file import BackupKey, BadBackup, Writing, reading
from store.clock import Instant
from store.crypto import Ring
from store.db import Tx
from store.ids import Ids
from store.rotation import Place, count_page
from store.snapshot import snapshot, whole
from store.tables import LEASES

Told = Callable[[Made], Any]
SUFFIX = ".pvb"


class InTheWay(Exception):
    """Something is there already, and nobody said that it may go."""


def _quiet(_: Made) -> None:
    """Tells nobody."""


async def make(
    url: str, ring: Ring, path: Path, key: BackupKey, now: Instant, *,
    force: bool = False, told: Told = _quiet,
) -> Made:  # fmt: skip
    """Back a database up; on disk and read back when this returns, or not there at all."""
    _look_around(path, force=force)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            made = await _written(url, ring, Writing(file, key), now, told)
            file.flush()
            os.fsync(file.fileno())
        if look(part, key).rows != made.rows:
            raise BadBackup("what was written does not read back")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return made


def _look_around(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise InTheWay(f"{path} is there already")
    path.parent.mkdir(parents=True, exist_ok=True)


async def _written(url: str, ring: Ring, out: Writing, now: Instant, told: Told) -> Made:
    made = backup.begin(out, ring, now)
    async with snapshot(url) as run:
        for table in backup.tables():
            after: Sequence[Any] | None = ()
            while after is not None:
                step = _Step(ring, out, made, table, after)
                after = await run(step) or None
                told(made)
    backup.finish(out, made)
    return made


@dataclass(frozen=True, slots=True)
class _Step:
    """The next page of a table."""

    ring: Ring
    out: Writing
    made: Made
    table: Table
    after: Sequence[Any]

    def __call__(self, conn: Any) -> Sequence[Any]:
        tx = Tx(conn, self.ring, Ids(0))
        return backup.page(tx, self.out, self.made, self.table, self.after)


def look(path: Path, key: BackupKey) -> Made:
    """Read a backup from end to end: every chunk, every record, every opened text."""
    records = reading(path, key)
    made, _ = backup.head_of(records)
    name, sealed = "", set[int]()
    for record in records:
        if record[0] == "table":
            name = record[1]
            sealed = {record[2].index(column) for column in record[4]}
        elif record[0] == "rows":
            made.rows[name] += len(record[1])
            _decode(name, record[1], sealed)
        elif record[0] == "end":
            if record[1] != dict(made.rows):
                raise BadBackup("it holds other rows than its end says")
            made.damaged = list(record[2])
            return made
    raise BadBackup("it has no end")


def _decode(name: str, rows: list[list[Any]], sealed: set[int]) -> None:
    try:
        for row in rows:
            for i in sealed:
                if isinstance(row[i], bytes):
                    msgspec.json.decode(row[i])
    except msgspec.DecodeError:
        raise BadBackup(f"a row of {name} holds no words") from None


async def restore(
    url: str, ring: Ring, path: Path, key: BackupKey, now: Instant, *,
    force: bool = False, told: Told = _quiet,
) -> tuple[Made, dict[str, int]]:  # fmt: skip
    """Restore into an empty database, all or nothing; what it held, and what was put off."""
    records = reading(path, key)
    made, own = backup.head_of(records)
    ring.keep_own(*own)

    def fill(conn: Any) -> tuple[Made, dict[str, int]]:
        tx = Tx(conn, ring, Ids(0))
        _make_room(tx, now, force=force)
        try:
            migrate.to(conn, made.head)
        except ValueError as error:
            raise BadBackup(str(error)) from None
        backup.clear(tx)
        backup.rows_into(tx, records, made, told)
        migrate.upgrade(conn)
        return made, backup.settle(tx, now, made.at)

    async with whole(url) as run:
        done: tuple[Made, dict[str, int]] = await run(fill)
        return done


def _make_room(tx: Tx, now: Instant, *, force: bool) -> None:
    if not migrate.made(tx.conn):
        return
    migrate.upgrade(tx.conn)
    if tx.conn.execute(select(LEASES.c.name).where(LEASES.c.until > now).limit(1)).first():
        raise InTheWay("a server runs on this database; stop it first")
    if not force and not backup.is_empty(tx):
        raise InTheWay("the database is not empty; restore into an empty one, or say --force")
    migrate.forget(tx.conn)


async def verify(path: Path, key: BackupKey, now: Instant) -> tuple[Made, list[str]]:
    """Restore it into a scratch database and look: every seal, every count, the whole record of
    the audit. What it holds, and what is wrong with it."""
    ring = Ring([secrets.token_bytes(32)])
    with tempfile.TemporaryDirectory(prefix="pixelview-verify-") as folder:
        url = f"sqlite:///{folder}/scratch.db"
        made, _ = await restore(url, ring, path, key, now)
        async with snapshot(url) as run:
            wrong: list[str] = await run(lambda conn: _wrong(Tx(conn, ring, Ids(0)), made))
    return made, [*(f"{name} did not open when it was made" for name in made.damaged), *wrong]


def _wrong(tx: Tx, made: Made) -> list[str]:
    flaws = [f"{flaw.where}: {flaw.what}" for flaw in audit.verify(tx)[2]]
    strange: int = sum(
        count for part in _parts(tx) for number, count in part.items() if number != tx.ring.writes
    )
    if strange > len(made.damaged):
        flaws.append(f"{strange} rows are not sealed as they should be")
    return flaws


def _parts(tx: Tx) -> Iterator[dict[int, int]]:
    at: Place | None = Place()
    while at is not None:
        part, at = count_page(tx, at)
        yield part
