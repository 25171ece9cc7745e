"""Silences on record: numbered, sealed, in force until they end."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from store import silences
from store.clock import DAY, HOUR
from store.model.silence import Silence, SilenceState
from store.tables import SILENCES
from tests.store.conftest import NOW, Base


def hides(number: int, until: int, **more: object) -> Silence:
    made = Silence(number, "host=staging-2", until, NOW, by="bob", text="load test")
    return replace(made, **more)  # type: ignore[arg-type]


async def test_a_key_is_silenced_until_the_latest_end(base: Base) -> None:
    keys = [b"a" * 16, b"b" * 16]
    first = hides(1, NOW + HOUR, what="", of=1)
    second = hides(2, NOW + 2 * HOUR, what="", of=1)
    await base.do(lambda tx: silences.add(tx, first, keys))
    await base.do(lambda tx: silences.add(tx, second, keys[:1]))
    assert await base.read(lambda tx: silences.silenced(tx, NOW)) == {
        keys[0]: NOW + 2 * HOUR,
        keys[1]: NOW + HOUR,
    }
    assert await base.read(lambda tx: silences.silenced(tx, NOW + HOUR)) == {
        keys[0]: NOW + 2 * HOUR
    }
    await base.do(lambda tx: silences.save(tx, replace(second, until=NOW)))
    assert await base.read(lambda tx: silences.silenced(tx, NOW)) == dict.fromkeys(keys, NOW + HOUR)
    assert await base.read(lambda tx: silences.keys_of(tx, 2)) == keys[:1]


async def test_numbers_are_small_and_taken_once(base: Base) -> None:
    assert [await base.do(silences.number) for _ in range(3)] == [1, 2, 3]


async def test_what_people_wrote_is_sealed_and_comes_back(base: Base) -> None:
    made = hides(7, NOW + HOUR, hid=2, week=31, posts=("slack:#ops",))
    await base.do(lambda tx: silences.add(tx, made))
    assert await base.read(lambda tx: silences.get(tx, 7)) == made
    row = (await base.read(lambda tx: tx.conn.execute(select(SILENCES)).all()))[0]
    assert b"staging" not in row.sealed and b"load" not in row.sealed


async def test_only_filters_that_hold_are_in_force(base: Base) -> None:
    on = hides(1, NOW + HOUR)
    others = (
        hides(2, NOW), hides(3, NOW + HOUR, state=SilenceState.DRAFT),
        hides(4, NOW + HOUR, state=SilenceState.OVER), hides(5, NOW + HOUR, what="", of=9),
    )  # fmt: skip
    for each in (on, *others):
        await base.do(lambda tx, s=each: silences.add(tx, s))  # type: ignore[misc]
    assert await base.do(lambda tx: silences.in_force(tx, NOW)) == (on,)
    held = await base.read(lambda tx: silences.holding(tx, NOW))
    assert [s.id for s in held] == [1, 5]
    assert [s.id for s in await base.read(lambda tx: silences.of_incident(tx, 9, NOW))] == [5]


async def test_a_change_is_seen_by_who_keeps_what_is_in_force(base: Base) -> None:
    on = hides(1, NOW + HOUR)
    await base.do(lambda tx: silences.add(tx, on))
    assert await base.do(lambda tx: silences.in_force(tx, NOW)) == (on,)
    longer = replace(on, until=NOW + DAY, rev=2)
    await base.do(lambda tx: silences.save(tx, longer))
    assert await base.do(lambda tx: silences.in_force(tx, NOW)) == (longer,)


async def test_drafts_of_yesterday_are_forgotten(base: Base) -> None:
    draft = hides(1, NOW + 9 * DAY, state=SilenceState.DRAFT)
    await base.do(lambda tx: silences.add(tx, draft))
    await base.do(lambda tx: silences.forget_drafts(tx, NOW + HOUR))
    assert await base.read(lambda tx: silences.get(tx, 1)) == draft
    await base.do(lambda tx: silences.forget_drafts(tx, NOW + DAY + 1))
    assert await base.read(lambda tx: silences.get(tx, 1)) is None
