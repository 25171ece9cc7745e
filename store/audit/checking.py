"""Whether the record is whole: every row edited, removed, inserted, reordered or cut is found, in
pages, so that a million rows take no more memory than a thousand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import LargeBinary, Table, cast, func, select
from sqlalchemy.exc import DBAPIError

from store.audit import chain, erasing, removed
from store.audit.chain import ANCHORED, HEAD, ZERO, mac_of
from store.clock import Instant
from store.crypto import Damaged
from store.db import Tx
from store.tables import ANCHORS, AUDIT

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something the verification found: where, and what is wrong with it."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Posted:
    """An anchor as it was posted outside the database: its number and its MAC in hex."""

    seq: int
    mac: str


@dataclass(slots=True)
class Report:
    """What a verification read and found. ``removed`` is what retention took, in words; ``agreed``
    how many anchors from outside are in the chain as they were posted; ``erased`` are rows without
    their detail, ``named`` those that an erasure on record names."""

    rows: int = 0
    anchors: int = 0
    erased: set[tuple[str, int]] = field(default_factory=set)
    named: set[tuple[str, int]] = field(default_factory=set)
    agreed: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    removed: list[removed.Stub] = field(default_factory=list)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)
    """Of an export: chain, first and last row that are not in it (it may have been filtered)."""

    def bad(self, where: str, what: str) -> None:
        """Something is wrong."""
        self.flaws.append(Flaw(where, what))


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a verification begins in a chain: after this row, which has this MAC."""

    seq: int = 0
    mac: bytes = ZERO


def verify(tx: Tx) -> tuple[int, int, list[Flaw]]:
    """Rows and anchors read, and every flaw: edited, removed, inserted, reordered or truncated."""
    report = examine(tx)
    return report.rows, report.anchors, report.flaws


def examine(tx: Tx, since: Instant = 0, outside: Iterable[Posted] = ()) -> Report:
    """Check every row, anchor and head on one snapshot; from ``since`` on, only what came after the
    last anchor before it. ``outside`` are anchors as they were posted elsewhere."""
    _one_snapshot(tx)
    report = Report()
    stubs = _stubs(tx, report)
    first = _last_anchor_before(tx, since) if since else None
    heads = json.loads(first.heads) if first is not None else {}
    anchored = _anchors(tx, report, stubs, first)
    ends: dict[str, _Start] = {ANCHORED: anchored}
    for writer in chain.writers(tx):
        start = _start(heads.get(writer), stubs.get(writer))
        ends[HEAD + writer] = _chain(tx, report, writer, start)
    _erased_by_us(report)
    _heads_fit(tx, report, ends)
    for posted in outside:
        _as_posted(tx, report, posted, stubs.get(removed.ANCHORS))
    return report


def _one_snapshot(tx: Tx) -> None:
    """What is written meanwhile is not seen: heads and rows are of one instant. On SQLite every
    read is of one."""
    if tx.conn.dialect.name == "postgresql" and not tx.conn.in_nested_transaction():
        tx.conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _stubs(tx: Tx, report: Report) -> dict[str, removed.Stub]:
    """The last stub of each chain; they must be unbroken and under their MAC."""
    last: dict[str, removed.Stub] = {}
    for stub in removed.stubs(tx):
        before = last.get(stub.writer)
        where = f"{_named(stub.writer)} {stub.first} to {stub.last}"
        if not removed.is_sealed(tx, stub):
            report.bad(where, "the proof of what retention removed was edited")
            continue
        if stub.first != (before.last + 1 if before else 1):
            report.bad(where, "a proof of what retention removed before it is missing")
        last[stub.writer] = stub
        report.removed.append(stub)
    return last


def _named(writer: str) -> str:
    return "anchors" if writer == removed.ANCHORS else f"audit {writer}"


def _start(head: list[Any] | None, stub: removed.Stub | None) -> _Start:
    """After what an anchor named or what retention removed, whichever is later."""
    named = _Start(head[0], bytes.fromhex(head[1])) if head else _Start()
    gone = _Start(stub.last, stub.row_mac) if stub else _Start()
    return named if named.seq > gone.seq else gone


def _last_anchor_before(tx: Tx, since: Instant) -> Any:
    before = select(ANCHORS).where(ANCHORS.c.at <= since).order_by(ANCHORS.c.seq.desc())
    return tx.conn.execute(before.limit(1)).first()


# ---- rows --------------------------------------------------------------------------------------


def _chain(tx: Tx, report: Report, writer: str, start: _Start) -> _Start:
    """Check one chain from a place on; where it ends."""
    seq, prev = start.seq, start.mac
    try:
        for row in _rows(tx, writer, start.seq):
            report.rows += 1
            _check(tx, report, row, seq + 1, prev)
            seq, prev = row.seq, bytes(row.mac or b"")
    except DBAPIError as error:
        report.bad(f"audit {writer} after {seq}", f"can't be read: {error.orig}")
    return _Start(seq, prev)


def _as_bytes(table: Table) -> list[Any]:
    """The columns; what an intruder wrote as text into a column of bytes is bytes all the same."""
    return [
        cast(c, LargeBinary).label(c.name) if isinstance(c.type, LargeBinary) else c
        for c in table.c
    ]


def _rows(tx: Tx, writer: str, after: int) -> Iterator[Any]:
    mine = select(*_as_bytes(AUDIT)).where(AUDIT.c.writer == writer)
    mine = mine.order_by(AUDIT.c.seq).limit(_PAGE)
    while True:
        found = tx.conn.execute(mine.where(AUDIT.c.seq > after)).all()
        yield from found
        if len(found) < _PAGE:
            return
        after = found[-1].seq


def _check(tx: Tx, report: Report, row: Any, expected: int, prev: bytes) -> None:
    where = f"audit {row.writer} {row.seq}"
    if row.seq != expected:
        report.bad(where, f"rows from {expected} on are missing before it")
    elif row.prev != prev:
        report.bad(where, "does not follow the row before it (inserted or reordered)")
    said = (row.writer, row.seq, row.at, row.actor, row.verb, row.outcome, row.incident_id)
    if mac_of(tx, bytes(row.prev or b""), *said, bytes(row.digest or b"").hex()) != row.mac:
        report.bad(where, "was edited: its MAC does not fit")
    if row.sealed is None and row.salt is None:
        report.erased.add((row.writer, row.seq))
    elif (detail := _detail(tx, row)) is None:
        report.bad(where, "its detail was edited")
    elif row.verb == erasing.VERB:
        for writer, rows in detail["rows"].items():
            report.named.update((writer, seq) for seq in rows)


def _detail(tx: Tx, row: Any) -> Any:
    """What was sealed, where it is what the row's digest covers."""
    try:
        salt, detail = chain.opened(tx, row)
    except Damaged:
        return None
    return detail if chain.digest_of(salt or b"", detail) == row.digest else None


def _erased_by_us(report: Report) -> None:
    """A detail that is gone must be named by an erasure that is on record."""
    for writer, seq in sorted(report.erased - report.named):
        report.bad(f"audit {writer} {seq}", "its detail is gone, and no erasure on record names it")


# ---- anchors -----------------------------------------------------------------------------------


def _anchors(tx: Tx, report: Report, stubs: dict[str, removed.Stub], first: Any) -> _Start:
    """Check the anchors in order, and that every row they name is there; where they end."""
    gone = stubs.get(removed.ANCHORS)
    start = _Start(gone.last, gone.row_mac) if gone else _Start()
    if first is not None and first.seq > start.seq:
        start = _Start(first.seq - 1, bytes(first.prev))
    seq, prev = start.seq, start.mac
    for page in _anchor_pages(tx, seq):
        named: dict[str, dict[int, str]] = {}
        for row in page:
            report.anchors += 1
            where = f"anchor {row.seq}"
            if row.seq != seq + 1 or row.prev != prev:
                report.bad(where, "anchors before it are missing or were reordered")
            if mac_of(tx, bytes(row.prev or b""), row.seq, row.at, row.heads) != row.mac:
                report.bad(where, "was edited: its MAC does not fit")
            else:
                for writer, (number, mac) in json.loads(row.heads).items():
                    named.setdefault(writer, {})[number] = mac
            seq, prev = row.seq, bytes(row.mac)
        _named_rows_are_there(tx, report, named, stubs)
    return _Start(seq, prev)


def _anchor_pages(tx: Tx, after: int) -> Iterator[list[Any]]:
    while True:
        later = select(*_as_bytes(ANCHORS)).where(ANCHORS.c.seq > after).order_by(ANCHORS.c.seq)
        page = list(tx.conn.execute(later.limit(_PAGE // 2)))
        if not page:
            return
        yield page
        after = page[-1].seq


def _named_rows_are_there(
    tx: Tx,
    report: Report,
    named: dict[str, dict[int, str]],
    stubs: dict[str, removed.Stub],
) -> None:
    for writer, rows in named.items():
        stub = stubs.get(writer)
        wanted = {n: mac for n, mac in rows.items() if stub is None or n > stub.last}
        if stub is not None and rows.get(stub.last, stub.row_mac.hex()) != stub.row_mac.hex():
            where = f"audit {writer} {stub.last}"
            report.bad(where, "an anchor names another row than was removed")
        mine = (AUDIT.c.writer == writer) & AUDIT.c.seq.in_(wanted)
        there = tx.conn.execute(select(AUDIT.c.seq, AUDIT.c.mac).where(mine)) if wanted else ()
        found = {row.seq: row.mac.hex() for row in there}
        for number, mac in wanted.items():
            if found.get(number) != mac:
                what = "an anchor names it and it is not there (cut or replaced)"
                report.bad(f"audit {writer} {number}", what)


def _heads_fit(tx: Tx, report: Report, ends: dict[str, _Start]) -> None:
    """Every chain must end where its remembered head is."""
    heads = chain.marks(tx)
    for key in sorted(ends.keys() | heads.keys()):
        end = ends.get(key, _Start())
        if key == ANCHORED and key not in heads and not end.seq:
            continue
        where = "anchors" if key == ANCHORED else f"audit {key.removeprefix(HEAD)}"
        head = heads.get(key)
        if head is None:
            report.bad(where, "its head is missing or was edited")
        elif head != (end.seq, end.mac):
            report.bad(where, f"ends at {end.seq}, not where its head says (cut or replaced)")


def _as_posted(tx: Tx, report: Report, posted: Posted, gone: removed.Stub | None) -> None:
    """An anchor that somebody has outside must be in the chain as it was posted."""
    where = f"anchor {posted.seq}"
    one = select(ANCHORS.c.mac).where(ANCHORS.c.seq == posted.seq)
    mac = tx.conn.execute(one).scalar()
    if mac is None and gone is not None and posted.seq <= gone.last:
        if posted.seq == gone.last and posted.mac != gone.row_mac.hex():
            report.bad(where, "was removed by retention, and was another than the one posted")
        return
    if mac is None:
        last = tx.conn.execute(select(func.max(ANCHORS.c.seq))).scalar() or 0
        what = f"was posted and is not here: the record ends at anchor {last} (cut or rolled back)"
        report.bad(where, what)
    elif mac.hex() != posted.mac:
        report.bad(where, "is another than the one posted (the record was replaced)")
    else:
        report.agreed += 1
