"""Leases, idempotency keys, changes, silences and meta words."""

from __future__ import annotations

import asyncio

import pytest

from store import upkeep
from store.model import DAY, HOUR
from tests.store.conftest import NOW, Base

LIFE = 3_000


async def take(base: Base, holder: str, at: int = NOW) -> int | None:
    """Try to take the lease."""
    return await base.do(lambda tx: upkeep.take_lease(tx, "serve", holder, at, LIFE))


async def test_a_second_holder_is_refused_while_the_lease_lives(base: Base) -> None:
    assert await take(base, "a") == 1
    assert await take(base, "b", NOW + LIFE - 1) is None
    assert await take(base, "a", NOW + LIFE - 1) == 1


async def test_a_takeover_after_the_end_has_a_higher_term(base: Base) -> None:
    assert await take(base, "a") == 1
    assert await take(base, "b", NOW + LIFE) == 2
    assert await take(base, "a", NOW + LIFE + 1) is None
    assert await take(base, "a", NOW + 2 * LIFE) == 3


async def test_a_lease_given_back_is_free_at_once(base: Base) -> None:
    await take(base, "a")
    await base.do(lambda tx: upkeep.drop_lease(tx, "serve", "b"))
    assert await take(base, "b") is None
    await base.do(lambda tx: upkeep.drop_lease(tx, "serve", "a"))
    assert await take(base, "b") == 2


async def test_leases_of_other_names_are_other_leases(base: Base) -> None:
    await take(base, "a")
    assert await base.do(lambda tx: upkeep.take_lease(tx, "gateway", "b", NOW, LIFE)) == 1


async def test_of_several_at_once_one_gets_the_lease(base: Base) -> None:
    terms = await asyncio.gather(*(take(base, f"p{n}") for n in range(5)))
    assert [t for t in terms if t is not None] == [1]


async def test_a_result_is_remembered_with_its_key(base: Base) -> None:
    await base.do(lambda tx: upkeep.remember(tx, NOW, "k", {"a": 1}, {"say": "done"}))
    assert await base.do(lambda tx: upkeep.remembered(tx, NOW, "k", {"a": 1})) == {"say": "done"}
    assert await base.do(lambda tx: upkeep.remembered(tx, NOW, "other", {"a": 1})) is None


async def test_a_key_with_other_arguments_is_reused(base: Base) -> None:
    await base.do(lambda tx: upkeep.remember(tx, NOW, "k", {"a": 1}, {}))
    with pytest.raises(upkeep.KeyReused):
        await base.do(lambda tx: upkeep.remembered(tx, NOW, "k", {"a": 2}))


async def test_a_key_is_kept_for_a_day(base: Base) -> None:
    await base.do(lambda tx: upkeep.remember(tx, NOW, "k", {}, {"n": 1}))
    await base.do(lambda tx: upkeep.forget_old(tx, NOW + DAY))
    assert await base.do(lambda tx: upkeep.remembered(tx, NOW + DAY, "k", {})) == {"n": 1}
    assert await base.do(lambda tx: upkeep.remembered(tx, NOW + DAY + 1, "k", {})) is None
    await base.do(lambda tx: upkeep.remember(tx, NOW + DAY + 1, "k", {"b": 2}, {"n": 2}))
    await base.do(lambda tx: upkeep.forget_old(tx, NOW + 3 * DAY))
    assert await base.do(lambda tx: upkeep.remembered(tx, NOW + DAY + 1, "k", {"b": 2})) is None


async def test_changes_are_read_in_order_and_forgotten_after_an_hour(base: Base) -> None:
    from store.tables import CHANGES

    for number in (1, 2, 3):
        await base.do(
            lambda tx, n=number: tx.insert(CHANGES, [(n, n * 10, n, NOW + n * HOUR)])  # type: ignore[misc]
        )
    assert await base.read(upkeep.newest_change) == 3
    assert await base.read(lambda tx: upkeep.changes_since(tx, 1)) == [(2, 20, 2), (3, 30, 3)]
    await base.do(lambda tx: upkeep.forget_old(tx, NOW + 3 * HOUR + 1))
    assert await base.read(lambda tx: upkeep.changes_since(tx, 0)) == [(3, 30, 3)]


async def test_a_word_about_the_database_is_written_over(base: Base) -> None:
    assert await base.read(lambda tx: upkeep.meta(tx, "k")) is None
    await base.do(lambda tx: upkeep.set_meta(tx, "k", "one"))
    await base.do(lambda tx: upkeep.set_meta(tx, "k", "two"))
    assert await base.read(lambda tx: upkeep.meta(tx, "k")) == "two"
