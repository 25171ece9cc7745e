"""Row ids made in the process: ordered by time, unique between processes, known before the insert."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from sqlalchemy import Connection, text

from store.clock import Instant
from store.tables import COUNTERS

_EPOCH = 1_704_067_200_000  # 2024-01-01


class Ids:
    """63-bit ids: 41 bits of milliseconds since 2024, 10 bits of this process, 12 bits of sequence."""

    def __init__(self, process: int | None = None) -> None:
        self._process = (
            process if process is not None else os.getpid() ^ int.from_bytes(os.urandom(2))
        ) & 0x3FF
        self._last = 0
        self._lock = threading.Lock()

    def next(self, now: Instant) -> int:
        """The next id; later calls give larger ones within this process, whatever the clock does."""
        with self._lock:
            floor = (max(now - _EPOCH, 0) << 22) | (self._process << 12)
            if floor > self._last:
                self._last = floor
            elif self._last & 0xFFF == 0xFFF:
                self._last = (((self._last >> 22) + 1) << 22) | (self._process << 12)
            else:
                self._last += 1
            return self._last


def numbers(conn: Connection, name: str, count: int) -> Sequence[int]:
    """The next ``count`` small numbers of a series (incidents: 1, 2, 3 …) inside a transaction."""
    if conn.dialect.name == "postgresql":
        rows = conn.execute(
            text(f"SELECT nextval('{name}_seq') FROM generate_series(1, :n)"), {"n": count}
        )
        return [r[0] for r in rows]
    row = conn.execute(
        COUNTERS.update()
        .where(COUNTERS.c.name == name)
        .values(next=COUNTERS.c.next + count)
        .returning(COUNTERS.c.next)
    ).scalar_one()
    return range(row - count, row)


def give_back(conn: Connection, name: str, count: int) -> None:
    """Numbers taken last in this transaction and not used; PostgreSQL leaves a gap instead."""
    if count and conn.dialect.name != "postgresql":
        conn.execute(
            COUNTERS.update().where(COUNTERS.c.name == name).values(next=COUNTERS.c.next - count)
        )
