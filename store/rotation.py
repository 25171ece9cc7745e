"""Every row sealed anew with another key, page by page, while everything else goes on.

The walk is over the tables as they are declared: what is marked as sealed is found by itself. A
row is written only where it is as it was read, so no newer value is ever lost; what was locked or
came meanwhile is found by the next round, and the end is a count that finds nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import msgspec
from sqlalchemy import Column, LargeBinary, Table, bindparam, func, select, tuple_, type_coerce

from store import keyring, upkeep
from store.clock import Instant
from store.columns import METADATA
from store.crypto import Damaged
from store.db import Tx
from store.tables import META

STATE = "keys.rotation"
WORDS = "meta"
"""Where a round ends: the sealed ones of the words about the database itself."""
ROWS, BYTES = 200, 4 << 20
"""A page is no more rows than that, and no more bytes but for one large row."""


@dataclass(frozen=True, slots=True)
class State:
    """How far it is. ``after`` is the key of the last row looked at in ``table``; ``done`` of
    ``total`` rows were looked at in this round; ``bad`` do not open, ``damaged`` names some."""

    to: int
    began: Instant
    by: str
    total: int = 0
    table: str = ""
    after: str = ""
    done: int = 0
    resealed: int = 0
    round: int = 1
    damaged: list[str] = field(default_factory=list)
    bad: int = 0
    ended: Instant | None = None

    @property
    def percent(self) -> int:
        """How far it is in full percent; 100 only once the end was proven."""
        if self.ended is not None:
            return 100
        return min(99, 100 * self.done // max(1, self.total))


def sealed_columns() -> list[tuple[Table, Column[bytes]]]:
    """Every column that holds what is sealed, with its table, in the order of the walk."""
    return [
        (table, column)
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.info.get("sealed")
    ]


def row_name(values: Sequence[Any]) -> str:
    """How a row is named where it is sealed: its key, parts joined by a dot, bytes in hex."""
    return ".".join(v.hex() if isinstance(v, bytes) else str(v) for v in values)


def after_key(table: Table, last: Sequence[Any]) -> Any:
    """The rows whose key comes after this one."""
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        return columns[0] > last[0]
    typed = [type_coerce(v, c.type) for v, c in zip(last, columns, strict=True)]
    return tuple_(*columns) > tuple_(*typed)


def state(tx: Tx) -> State | None:
    """How far the last rotation is, None where there was none."""
    kept = upkeep.meta(tx, STATE)
    return None if kept is None else msgspec.json.decode(kept, type=State)


def save(tx: Tx, new: State) -> None:
    """Keep how far it is."""
    upkeep.set_meta(tx, STATE, msgspec.json.encode(asdict(new)).decode())


def begin(tx: Tx, to: int, now: Instant, by: str) -> State:
    """A rotation to a key is wanted; one that is under way to the same key goes on."""
    known = state(tx)
    if known is not None and known.to == to and known.ended is None:
        return known
    new = State(to, now, by)
    save(tx, new)
    return new


def total(tx: Tx) -> int:
    """How many rows the walk will look at."""
    return sum(
        tx.conn.execute(select(func.count()).select_from(table)).scalar_one()
        for table, _ in sealed_columns()
    )


# ---- a page ------------------------------------------------------------------------------------


def page(tx: Tx, now_state: State) -> State:
    """Seal the next page anew; the state after it, kept with it. ``table`` is ``WORDS`` once every
    table was gone through."""
    walk = sealed_columns()
    names = [f"{table.name}.{column.name}" for table, column in walk]
    here = names.index(now_state.table) if now_state.table in names else 0
    last = _unpacked(now_state.after)
    while here < len(walk) and not (heads := _heads(tx, *walk[here], last)):
        here, last = here + 1, []
    if here == len(walk):
        done = now_state.resealed + reseal_meta(tx)
        new = replace(now_state, table=WORDS, after="", resealed=done)
    else:
        taken, bad = _reseal(tx, *walk[here], heads, last, now_state.to)
        new = replace(
            now_state,
            table=names[here],
            after=_packed(heads[-1][:-2]),
            done=now_state.done + len(heads),
            resealed=now_state.resealed + taken,
            damaged=[*now_state.damaged, *bad][:20],
            bad=now_state.bad + len(bad),
        )
    save(tx, new)
    return new


def _heads(tx: Tx, table: Table, column: Column[bytes], last: Sequence[Any]) -> list[Any]:
    """The next rows: key, the first two bytes and the length of what is sealed; a page of them."""
    keys = list(table.primary_key.columns)
    head = func.substr(column, 1, 2, type_=LargeBinary)
    rows = select(*keys, head, func.length(column)).order_by(*keys).limit(ROWS)
    if last:
        rows = rows.where(after_key(table, last))
    found: list[Any] = []
    size = 0
    for row in tx.conn.execute(rows):
        size += row[-1] or 0
        if found and size > BYTES:
            break
        found.append(tuple(row))
    return found


def _reseal(
    tx: Tx, table: Table, column: Column[bytes], heads: list[Any], last: Sequence[Any], to: int
) -> tuple[int, list[str]]:
    """How many rows of a page were sealed anew, and the names of those that don't open."""
    other = [h for h in heads if h[-2] is not None and bytes(h[-2]) != bytes((1, to))]
    if not other:
        return 0, []
    keys = list(table.primary_key.columns)
    span = select(*keys, column).order_by(*keys).limit(len(heads))
    if last:
        span = span.where(after_key(table, last))
    wanted, changed, bad = {h[:-2] for h in other}, [], []
    for row in tx.conn.execute(span.with_for_update(skip_locked=True)):
        name, old = tuple(row[:-1]), row[-1]
        if name not in wanted or old is None or bytes(old[:2]) == bytes((1, to)):
            continue
        try:
            text = tx.ring.open_text(table.name, row_name(name), bytes(old))
        except Damaged:
            bad.append(f"{table.name} {row_name(name)}")
            continue
        new = tx.ring.seal_text(table.name, row_name(name), text)
        changed.append({**_bound(name), "b_old": old, "b_new": new})
    statement = f"reseal {table.name}.{column.name}"
    tx.many(statement, lambda: _write(table, column), changed)
    return len(changed), bad


def _bound(name: Sequence[Any]) -> dict[str, Any]:
    return {f"b_key{i}": value for i, value in enumerate(name)}


def _write(table: Table, column: Column[bytes]) -> Any:
    """Only where it is still what was read."""
    same = column == bindparam("b_old")
    for i, key in enumerate(table.primary_key.columns):
        same &= key == bindparam(f"b_key{i}")
    return table.update().where(same).values({column.name: bindparam("b_new")})


def reseal_meta(tx: Tx) -> int:
    """Seal the words of META anew that are sealed; how many."""
    done = 0
    for row in tx.conn.execute(select(META)).all():
        text = keyring.sealed_words(row.key, row.value, tx.ring)
        if text is None or keyring.seals(row.value) == tx.ring.writes:
            continue
        new = base64.b64encode(tx.ring.seal_text("meta", row.key, text)).decode()
        same = (META.c.key == row.key) & (META.c.value == row.value)
        done += tx.conn.execute(META.update().where(same).values(value=new)).rowcount
    return done


def _packed(values: Sequence[Any]) -> str:
    return base64.b64encode(msgspec.msgpack.encode(list(values))).decode()


def _unpacked(text: str) -> list[Any]:
    found: list[Any] = msgspec.msgpack.decode(base64.b64decode(text)) if text else []
    return found


# ---- who still needs which key -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where counting goes on: which of the sealed columns, after which row."""

    column: int = 0
    after: tuple[Any, ...] = ()


def count_page(tx: Tx, at: Place, size: int = 2_000) -> tuple[dict[int, int], Place | None]:
    """How many rows of one page each key seals (-1: no sealed row), and where the next begins."""
    walk = sealed_columns()
    if at.column == len(walk):
        words = [keyring.seals(value) for value in tx.conn.execute(select(META.c.value)).scalars()]
        return {n: words.count(n) for n in {*words} if n is not None}, None
    table, column = walk[at.column]
    keys = list(table.primary_key.columns)
    head = func.substr(column, 1, 2, type_=LargeBinary)
    rows = select(*keys, head).order_by(*keys).limit(size)
    if at.after:
        rows = rows.where(after_key(table, at.after))
    found = tx.conn.execute(rows).all()
    more = len(found) == size
    following = Place(at.column, tuple(found[-1][:-1])) if more else Place(at.column + 1)
    return _counted([r[-1] for r in found]), following


def _counted(heads: Sequence[bytes | None]) -> dict[int, int]:
    found: dict[int, int] = {}
    for head in heads:
        if head is not None:
            number = head[1] if len(head) == 2 and head[0] == 1 else -1
            found[number] = found.get(number, 0) + 1
    return found


def another_round(known: State) -> State:
    """Once more from the first table: some rows were in somebody's hands."""
    return replace(known, table="", after="", done=0, damaged=[], bad=0, round=known.round + 1)
