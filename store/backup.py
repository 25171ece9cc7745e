"""A backup is made and restored: every table of one snapshot, opened, in a form of its own.

What is sealed in the database is opened by the ring and sealed by the backup's own key, so a backup
needs no other key than that one, moves between SQLite and PostgreSQL, and a row that does not open
is found when it is made. The secrets of lookups and of the audit come along, the keys do not.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData, Table, func, inspect, select, text

from store import keyring, upkeep
from store.backup_file import BadBackup, Writing
from store.clock import MINUTE, Instant
from store.columns import METADATA
from store.crypto import Damaged, Ring
from store.db import Tx
from store.migrate import HEAD
from store.model import Severity
from store.rotation import after_key, row_name
from store.tables import META, OUTBOX, TIMERS

PAGE, BYTES = 500, 8 << 20
RAW, WORDS = "raw", "words"
_LEFT_OUT = {"leases", "alembic_version"}
"""Who does what is of the process that runs, not of what is kept."""
RESTORED = "backups.restored"
GRACE = 2 * MINUTE


@dataclass(slots=True)
class Made:
    """What is in a backup: rows by table; rows that did not open, as they are."""

    at: Instant
    head: str = HEAD
    rows: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.rows.total()


# ---- making ------------------------------------------------------------------------------------


def tables() -> list[Table]:
    """The tables of a backup."""
    return [table for table in METADATA.sorted_tables if table.name not in _LEFT_OUT]


def begin(out: Writing, ring: Ring, now: Instant) -> Made:
    """Write what the whole is about."""
    own = [base64.b64encode(secret).decode() for secret in ring.own]
    out.record(["backup", {"at": now, "head": HEAD, "own": own}])
    return Made(now)


def page(tx: Tx, out: Writing, made: Made, table: Table, after: Sequence[Any]) -> Sequence[Any]:
    """Write the next rows of a table; the key of the last, nothing at its end."""
    keys = list(table.primary_key.columns)
    if not after:
        sealed = [_plain(c.name) for c in table.columns if c.info.get("sealed")]
        columns = [_plain(c.name) for c in table.columns]
        out.record(["table", _plain(table.name), columns, [_plain(k.name) for k in keys], sealed])
    rows = select(table).order_by(*keys).limit(_size(tx, table, after))
    if after:
        rows = rows.where(after_key(table, after))
    found = tx.conn.execute(rows).all()
    if found:
        out.record(["rows", [_opened(tx.ring, table, row, made) for row in found]])
        made.rows[_plain(table.name)] += len(found)
        return [found[-1]._mapping[key] for key in keys]
    return ()


def _plain(name: str) -> str:
    """A name as nothing but a text."""
    return "".join(name)


def _size(tx: Tx, table: Table, after: Sequence[Any]) -> int:
    """How many rows together stay within bounds: few where they are large."""
    large = [c for c in table.columns if c.info.get("sealed")]
    if not large:
        return PAGE
    keys = list(table.primary_key.columns)
    sizes = select(sum((func.coalesce(func.length(c), 0) for c in large[1:]),
                       func.coalesce(func.length(large[0]), 0)))  # fmt: skip
    sizes = sizes.order_by(*keys).limit(PAGE)
    if after:
        sizes = sizes.where(after_key(table, after))
    taken = count = 0
    for size in tx.conn.execute(sizes).scalars():
        taken += size
        if count and taken > BYTES:
            break
        count += 1
    return max(1, count)


def _opened(ring: Ring, table: Table, row: Any, made: Made) -> list[Any]:
    name = row_name([row._mapping[key] for key in table.primary_key.columns])
    values = []
    for column, value in zip(table.columns, row, strict=True):
        plain = bytes(value) if isinstance(value, (bytes, memoryview)) else value
        if plain is not None and column.info.get("sealed"):
            try:
                plain = ring.open_text(table.name, name, plain)
            except Damaged:
                made.damaged.append(f"{table.name} {name}")
                plain = [RAW, plain]
        values.append(plain)
    if table is META:
        words = keyring.sealed_words(row.key, row.value, ring)
        values = values if words is None else [row.key, [WORDS, words]]
    return values


def finish(out: Writing, made: Made) -> None:
    """Write the end, which says what must have come before."""
    out.record(["end", dict(made.rows), made.damaged])
    out.end()


# ---- restoring ---------------------------------------------------------------------------------


def is_empty(tx: Tx) -> bool:
    """Whether a database holds nothing that a restore would run over."""
    here = inspect(tx.conn).get_table_names()
    kept = [t for t in tables() if t.name in here and t.name not in ("meta", "counters")]
    return not any(tx.conn.execute(select(text("1")).select_from(t).limit(1)).first() for t in kept)


def clear(tx: Tx) -> None:
    """Remove every row that migrations or anybody else put there."""
    here = MetaData()
    here.reflect(tx.conn)
    for table in reversed(here.sorted_tables):
        if table.name != "alembic_version":
            tx.conn.execute(table.delete())


def head_of(records: Iterator[Any]) -> tuple[Made, tuple[bytes, bytes]]:
    """What a backup is about, and the secrets of its database's own."""
    first: list[Any] = next(records, [])
    if len(first) != 2 or first[0] != "backup":
        raise BadBackup("it does not begin as a backup does")
    said = first[1]
    index, audit = map(base64.b64decode, said["own"])
    return Made(said["at"], said["head"]), (index, audit)


def rows_into(
    tx: Tx, records: Iterator[Any], made: Made, told: Callable[[Made], Any] = lambda _: None
) -> Made:
    """Write all rows, sealed by this ring; BadBackup where the end does not fit. The tables are
    looked up in the database, which has the schema of the backup."""
    here: _Into | None = None
    for record in records:
        if record[0] == "table":
            here = _Into(tx, *record[1:])
        elif record[0] == "rows" and here is not None:
            here.rows(record[1], made)
            told(made)
        elif record[0] == "end":
            if record[1] != dict(made.rows):
                raise BadBackup("it holds other rows than its end says")
            if next(records, None) is not None:
                raise BadBackup("something follows its end")
            made.damaged = list(record[2])
            return made
        else:
            raise BadBackup(f"it holds a record that is not known: {record[0]}")
    raise BadBackup("it has no end")


class _Into:
    """The rows of one table."""

    def __init__(
        self, tx: Tx, name: str, columns: list[str], keys: list[str], sealed: list[str]
    ) -> None:
        self._tx, self._name, self._columns = tx, name, columns
        self._keys, self._sealed = [columns.index(k) for k in keys], set(sealed)
        self._table = Table(name, MetaData(), autoload_with=tx.conn)
        strange = set(columns) - set(self._table.columns.keys())
        if strange:
            raise BadBackup(f"its table {name} has columns that are not known: {sorted(strange)}")

    def rows(self, found: list[list[Any]], made: Made) -> None:
        """Write some."""
        kept = [row for row in found if not self._of_the_keys(row)]
        if kept:
            self._tx.conn.execute(self._table.insert(), [self._row(row) for row in kept])
        made.rows[self._name] += len(found)

    def _of_the_keys(self, row: list[Any]) -> bool:
        """The keys' own words are those of the ring that seals now."""
        return self._name == META.name and str(row[0]).startswith("keys.")

    def _row(self, row: list[Any]) -> dict[str, Any]:
        name = row_name([row[i] for i in self._keys])
        return {c: self._value(c, name, v) for c, v in zip(self._columns, row, strict=True)}

    def _value(self, column: str, name: str, value: Any) -> Any:
        if isinstance(value, list):
            kind, given = value
            if kind == RAW:
                return given
            return base64.b64encode(self._tx.ring.seal_text("meta", name, given)).decode()
        if value is not None and column in self._sealed:
            return self._tx.ring.seal_text(self._name, name, value)
        return value


def settle(tx: Tx, now: Instant, made_at: Instant) -> dict[str, int]:
    """What is true after a restore: the ring's keys hold; what waited to be said then is old news
    (the self-audit asks again where nobody would be asked any more), and what is not critical is
    due again after ``GRACE``, so that monitors can say first what is over. How many there were."""
    keyring.announce(tx, tx.ring, now)
    keyring.keep_own(tx, tx.ring)
    upkeep.set_meta(tx, keyring.WRITES, str(tx.ring.writes))
    tx.conn.execute(META.delete().where(META.c.key == RESTORED))
    upkeep.set_meta(tx, RESTORED, f"{made_at}:{now}")
    waits = OUTBOX.c.state.in_(("pending", "sending", "uncertain")) & (OUTBOX.c.kind == "say")
    said = tx.conn.execute(OUTBOX.update().where(waits).values(state="dropped")).rowcount
    late = (TIMERS.c.due_at < now + GRACE) & (TIMERS.c.rank != Severity.CRITICAL.rank)
    held = tx.conn.execute(TIMERS.update().where(late).values(due_at=now + GRACE)).rowcount
    return {"dropped": said, "held": held}
