"""Row ids made in the process: ordered by time, unique between processes, known in advance."""

from __future__ import annotations

import os
import threading

from sqlalchemy import Connection, func, select

from store.clock import Instant

_EPOCH = 1_704_067_200_000  # 2024-01-01


class Ids:
    """63-bit ids: 41 bits of milliseconds since 2024, 10 of this process, 12 of sequence."""

    def __init__(self, process: int | None = None) -> None:
        self._process = (
            process if process is not None else os.getpid() ^ int.from_bytes(os.urandom(2))
        ) & 0x3FF
        self._last = 0
        self._lock = threading.Lock()

    def next(self, now: Instant) -> int:
        """The next id; later calls give larger ones in this process, whatever the clock does."""
        return self.many(now, 1)[0]

    def many(self, now: Instant, count: int) -> list[int]:
        """The next ``count`` ids, in order."""
        floor = (max(now - _EPOCH, 0) << 22) | (self._process << 12)
        made = []
        with self._lock:
            last = self._last
            for _ in range(count):
                if floor > last:
                    last = floor
                elif last & 0xFFF == 0xFFF:
                    last = (((last >> 22) + 1) << 22) | (self._process << 12)
                else:
                    last += 1
                made.append(last)
            self._last = last
        return made


def first(at: Instant) -> int:
    """No id that was made from an instant on is smaller."""
    return max(at - _EPOCH, 0) << 22


def numbers(conn: Connection, name: str, count: int) -> list[int]:
    """The next ``count`` small numbers of a series (incidents: 1, 2, 3 …) on PostgreSQL."""
    series = select(func.nextval(f"{name}_seq")).select_from(func.generate_series(1, count))
    return [int(number) for number in conn.execute(series).scalars()]
