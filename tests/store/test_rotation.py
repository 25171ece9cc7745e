"""Sealing anew goes on after it was cut off, beside whoever writes, and one process does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.cli.operator import door_of
from commands import keys, rotating
from store import audit, keyring, rotation, timeline
from store.crypto import Ring, WrongKey
from store.db import Tx, is_sqlite
from store.key_sources import written
from store.tables import TIMELINE
from tests.store.conftest import NOW, SECRET, Base
from tests.store.test_keyring import OTHER, left
from tests.support.engines import migrated_url
from tests.support.world import World

ROWS = 8


async def begun(base: Base) -> None:
    """Rows that the first key seals, and a wish that another does."""
    ring = base.ring
    await base.do(lambda tx: keyring.announce(tx, ring, NOW))
    for n in range(ROWS):
        await base.do(lambda tx, n=n: timeline.add(tx, 1, NOW, "note", "ana", "web", str(n)))  # type: ignore[misc]
    ring.take({1: OTHER})
    ring.write_with(1)
    await base.do(lambda tx: rotation.begin(tx, 1, NOW, "ana"))


async def pages(base: Base, most: int = 1_000) -> rotation.State:
    """So many pages, each from what is on record, as a process does that has just started."""
    for _ in range(most):
        known = await base.do(lambda tx: rotation.page(tx, state_of(tx)))
        if known.table == rotation.WORDS:
            break
    return known


def state_of(tx: Tx) -> rotation.State:
    """How far it is."""
    known = rotation.state(tx)
    assert known is not None
    return known


async def test_what_was_cut_off_goes_on_where_it_was(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "ROWS", 3)
    await begun(base)
    while not (await pages(base, 1)).resealed:
        pass
    half = await base.read(left)
    assert 0 < half[1] < ROWS
    again = base.with_ring(Ring({0: SECRET, 1: OTHER}))
    done = await pages(again)
    assert (done.resealed, done.bad) == (ROWS, 0), "no row was sealed twice, none was left"
    assert set(await again.read(left)) == {1}
    said = await again.read(lambda tx: [e.say for e in timeline.of_incident(tx, 1)])
    assert said == [str(n) for n in range(ROWS)]
    await again.close()


async def test_a_page_whose_transaction_is_lost_is_done_again(base: Base) -> None:
    await begun(base)

    def lost(tx: Tx) -> None:
        while rotation.page(tx, state_of(tx)).table != rotation.WORDS:
            pass
        raise KeyError("the machine is off")

    with pytest.raises(KeyError):
        await base.do(lost)
    assert (await base.read(left))[0] == ROWS and (await base.read(state_of)).resealed == 0
    assert (await pages(base)).resealed == ROWS


async def test_what_somebody_writes_meanwhile_stays_and_is_sealed_by_the_next_round(
    url: str,
) -> None:
    """On SQLite one writes at a time; on PostgreSQL a row in somebody's hands is left to them."""
    if is_sqlite(url):
        pytest.skip("one process writes at a time")
    base = Base(url)
    await begun(base)
    old = Ring([SECRET])
    async with base._reader.engine.begin() as theirs:
        row = await theirs.run_sync(
            lambda conn: conn.execute(select(TIMELINE.c.id).order_by(TIMELINE.c.id).limit(1)).one()
        )
        newer = old.seal("timeline", row.id, {"actor": "ana", "surface": "web", "say": "newer"})
        mine = TIMELINE.update().where(TIMELINE.c.id == row.id)
        await theirs.execute(mine.values(sealed=newer))
        assert (await pages(base)).resealed == ROWS - 1
    assert (await base.read(left)) == {0: 1, 1: ROWS - 1}
    await base.do(lambda tx: rotation.save(tx, rotation.another_round(state_of(tx))))
    await pages(base)
    assert set(await base.read(left)) == {1}
    first = await base.read(lambda tx: tx.conn.execute(select(TIMELINE).order_by("id")).first())
    assert first is not None
    assert base.ring.open("timeline", first.id, bytes(first.sealed))["say"] == "newer"
    await base.close()


# ---- processes -------------------------------------------------------------------------------


async def with_two_keys(tmp_path: Path) -> World:
    """A PixelView whose file holds a second key, taken over and not in use."""
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path)
    await world.fires()
    file = tmp_path / "pixelview.key"
    secret = world.app.ring.secret(0)
    file.write_text(f"{written(0, secret)}\n{written(1, OTHER)}\n")
    return world


async def test_one_process_does_it_and_another_goes_on_when_that_one_died(tmp_path: Path) -> None:
    world = await with_two_keys(tmp_path)
    await world.app.keys.refresh()
    door = world.door
    await door.system(lambda ctx: keys.begin(ctx, 1))
    await door.system(lambda ctx: keyring.let_go(ctx.tx, world.app.me))
    assert await door.system(lambda ctx: keys.advance(ctx, "one")) is not None
    assert await door.system(lambda ctx: keys.page(ctx, "one", 9)) is not None
    assert await door.system(lambda ctx: keys.advance(ctx, "two")) is None
    assert await door.system(lambda ctx: keys.page(ctx, "two", 9)) is None
    world.clock.at += keys.LEASE_LIFE + keyring.LIFE + 1
    done = await rotating.work(door, "two", rest=0.0)
    assert done is not None and done.ended is not None and done.bad == 0
    assert await door.system(lambda ctx: keys.page(ctx, "one", 9)) is None
    assert set(await world.app.reader.read(left)) == {1}
    (page,) = await world.app.reader.read(
        lambda tx: list(audit.search(tx, audit.Sought(verb="keys.rotated")))
    )
    assert page.entries[0].detail["key"] == 1
    await world.end()


async def test_a_command_of_the_machine_writes_with_the_key_of_now_or_not_at_all(
    tmp_path: Path,
) -> None:
    world = await with_two_keys(tmp_path)
    async with door_of(world.app.settings) as both:
        await world.door.system(lambda ctx: keyring.advance(ctx.tx, 1, ctx.now + keyring.LIFE * 9))
        assert both.reader.ring.writes == 0
        number = await both.system(lambda ctx: timeline_row(ctx.tx))
        head = select(func.substr(TIMELINE.c.sealed, 1, 2)).where(TIMELINE.c.id == number)
        assert await both.reader.read(lambda tx: tx.conn.execute(head).scalar()) == b"\x01\x01"
        both.reader.ring.write_with(0)
        both.reader.ring.drop(1)
        with pytest.raises(WrongKey, match="once more"):
            await both.system(lambda ctx: timeline_row(ctx.tx))
    await world.end()


def timeline_row(tx: Tx) -> int:
    """A line of a timeline; its number."""
    timeline.add(tx, 77, NOW, "note", "ana", "cli", "by hand")
    newest = select(func.max(TIMELINE.c.id)).where(TIMELINE.c.incident_id == 77)
    return int(tx.conn.execute(newest).scalar_one())


async def test_a_key_that_a_start_meets_is_on_record(tmp_path: Path) -> None:
    world = await with_two_keys(tmp_path)
    await world.die()
    again = await world.again()
    pages_ = await again.app.reader.read(
        lambda tx: list(audit.search(tx, audit.Sought(verb="keys.add")))
    )
    (entry,) = [entry for page in pages_ for entry in page.entries]
    assert entry.detail["key"] == 1 and entry.detail["from"] == "file"
    assert (await again.app.reader.read(audit.verify))[2] == []
    await again.end()
