"""Retention with proof: what is removed of a chain leaves a stub under a MAC, so that the record
says how many rows were removed, when, and which, and never has a silent hole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, select

from store.audit.chain import ZERO, mac_of, writers
from store.clock import Instant
from store.db import Tx
from store.tables import ANCHORS as ANCHOR_ROWS
from store.tables import AUDIT, AUDIT_REMOVED

ANCHORS = "@anchors"
"""The chain of anchors, among the writers."""


class Broken(Exception):
    """What is old enough to be removed was tampered with, so it stays."""


@dataclass(frozen=True, slots=True)
class Stub:
    """Rows ``first`` to ``last`` of a chain were removed at an instant; ``row_mac`` is the MAC of
    the last of them, ``digest`` SHA-256 over all their MACs, ``mac`` the stub's own."""

    writer: str
    first: int
    last: int
    at: Instant
    row_mac: bytes
    digest: bytes
    mac: bytes

    @property
    def count(self) -> int:
        """How many rows it stands for."""
        return self.last - self.first + 1


def stubs(tx: Tx) -> Iterator[Stub]:
    """Every stub, chain by chain in order."""
    every = select(AUDIT_REMOVED).order_by(AUDIT_REMOVED.c.writer, AUDIT_REMOVED.c.last)
    for row in tx.conn.execute(every):
        yield Stub(
            row.writer, row.first, row.last, row.at,
            bytes(row.row_mac), bytes(row.digest), bytes(row.mac),
        )  # fmt: skip


def last_of(tx: Tx, writer: str) -> Stub | None:
    """The last stub of a chain, or None."""
    mine = select(AUDIT_REMOVED).where(AUDIT_REMOVED.c.writer == writer)
    row = tx.conn.execute(mine.order_by(AUDIT_REMOVED.c.last.desc()).limit(1)).first()
    return None if row is None else Stub(*row)


def is_sealed(tx: Tx, stub: Stub) -> bool:
    """Whether a stub is as it was written."""
    return _seal(tx, stub) == stub.mac


def _seal(tx: Tx, stub: Stub) -> bytes:
    said = (stub.writer, stub.first, stub.last, stub.at, stub.row_mac.hex(), stub.digest.hex())
    return mac_of(tx, ZERO, "removed", *said)


def remove(tx: Tx, now: Instant, before: Instant, most: int) -> Stub | None:
    """Remove at most ``most`` rows of one chain that are older than ``before``; its stub, None
    where nothing is old enough. Broken where these rows do not verify: evidence is not thrown
    away."""
    for writer in (*writers(tx), ANCHORS):
        rows = _old(tx, writer, before, most)
        if rows:
            stub = _stub(tx, now, writer, rows)
            tx.insert(AUDIT_REMOVED, [_values(stub)])
            _delete(tx, writer, stub.last)
            return stub
    return None


def _values(stub: Stub) -> tuple[Any, ...]:
    return (
        stub.writer, stub.first, stub.last, stub.at, stub.row_mac, stub.digest, stub.mac
    )  # fmt: skip


def _old(tx: Tx, writer: str, before: Instant, most: int) -> list[Any]:
    """The first rows of a chain, as far as all of them are old."""
    table = _table(writer)
    first = select(table).order_by(table.c.seq).limit(most)
    if table is AUDIT:
        first = first.where(AUDIT.c.writer == writer)
    rows: list[Any] = []
    for row in tx.conn.execute(first):
        if row.at >= before:
            break
        rows.append(row)
    return rows


def _table(writer: str) -> Table:
    return ANCHOR_ROWS if writer == ANCHORS else AUDIT


def _stub(tx: Tx, now: Instant, writer: str, rows: list[Any]) -> Stub:
    """The stub for rows that follow what was removed before, each as it was written."""
    before = last_of(tx, writer)
    seq, prev = (before.last, before.row_mac) if before else (0, ZERO)
    macs = hashlib.sha256()
    for row in rows:
        if (row.seq, bytes(row.prev)) != (seq + 1, prev) or _mac(tx, writer, row) != row.mac:
            raise Broken(f"{writer} {row.seq}")
        seq, prev = row.seq, bytes(row.mac)
        macs.update(prev)
    bare = Stub(writer, rows[0].seq, seq, now, prev, macs.digest(), b"")
    return replace(bare, mac=_seal(tx, bare))


def _mac(tx: Tx, writer: str, row: Any) -> bytes:
    if writer == ANCHORS:
        return mac_of(tx, bytes(row.prev), row.seq, row.at, row.heads)
    said = (row.writer, row.seq, row.at, row.actor, row.verb, row.outcome, row.incident_id)
    return mac_of(tx, bytes(row.prev), *said, row.digest.hex())


def _delete(tx: Tx, writer: str, last: int) -> None:
    table = _table(writer)
    old = table.c.seq <= last
    if table is AUDIT:
        old = old & (AUDIT.c.writer == writer)
    tx.conn.execute(table.delete().where(old))
