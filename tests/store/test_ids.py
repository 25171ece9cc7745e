"""Ids grow with time and never repeat; incidents are counted 1, 2, 3."""

from __future__ import annotations

from store.db import Tx, is_sqlite
from store.hot import take_numbers
from store.ids import Ids, numbers
from tests.store.conftest import NOW, Base


def test_ids_grow_whatever_the_clock_does() -> None:
    ids = Ids(7)
    made = [ids.next(NOW) for _ in range(5000)]
    made += [ids.next(NOW - 60_000), ids.next(NOW + 1), ids.next(0)]
    assert made == sorted(set(made))
    assert all(0 < i < 1 << 63 for i in made)


def test_ids_of_two_processes_never_meet() -> None:
    one, two = Ids(1), Ids(2)
    first = {one.next(NOW + n // 3000) for n in range(9000)}
    second = {two.next(NOW + n // 3000) for n in range(9000)}
    assert not first & second


async def test_incidents_are_numbered_from_one_without_a_gap(base: Base) -> None:
    def take(tx: Tx, count: int) -> list[int]:
        if is_sqlite(base.url):
            return list(take_numbers(tx, "incidents", count))
        return numbers(tx.conn, "incidents", count)

    assert await base.do(lambda tx: take(tx, 2)) == [1, 2]
    assert await base.do(lambda tx: take(tx, 1)) == [3]
