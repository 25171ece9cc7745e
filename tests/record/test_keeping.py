"""What is too old goes with a proof: the record says what was removed, and still verifies."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from commands import keeping
from commands.context import Ctx
from commands.rules.record import RecordRules
from store import audit
from store.audit import Entry, Sought
from store.model import DAY, HOUR, Actor
from store.tables import AUDIT
from tests.support.engines import migrated_url
from tests.support.world import START, ObedientClock, World

ANA = Actor("person", "ana", "Ana Petrova", "slack", ("admin",), "U0ANA")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView with thirty rows of 150 days ago and five of 50; it keeps them for 100."""
    clock = ObedientClock(START - 150 * DAY)
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path, clock=clock)
    for many, at in ((30, START - 150 * DAY), (5, START - 50 * DAY)):
        clock.at = at
        await made.door.system(lambda ctx, n=many: _write(ctx, n))  # type: ignore[misc]
    clock.at = START
    keeps(made, 100)
    yield made
    await made.end()


def _write(ctx: Ctx, many: int) -> None:
    for n in range(many):
        audit.append(ctx.tx, "main", ctx.now, ANA, "note", "ok", n, {"n": n})
    audit.anchor(ctx.tx, ctx.now)


def keeps(world: World, days: int | None) -> None:
    """For how long the record is kept from now on."""
    rules = RecordRules(days * DAY if days else None)
    world.door.rules = dataclasses.replace(world.door.rules, record=rules)


async def a_week_later(world: World) -> int:
    """The first look puts the change on record, the one a week later removes; how many rows."""
    assert await keeping.run(world.door) == 0
    world.clock.at += keeping.WAIT
    return await keeping.run(world.door)


async def rows(world: World, verb: str) -> list[Entry]:
    """What is on record of a verb, newest first."""
    pages = await world.app.reader.read(lambda tx: list(audit.search(tx, Sought(verb=verb))))
    return [entry for page in pages for entry in page.entries]


async def flaws(world: World) -> list[str]:
    """What the verification says."""
    report = await world.app.reader.read(audit.examine)
    return [f"{f.where}: {f.what}" for f in report.flaws]


async def sql(world: World, statement: str) -> None:
    """Change rows as an intruder would."""
    await world.door.system(lambda ctx: ctx.tx.conn.execute(text(statement)).rowcount)


async def test_what_was_removed_leaves_its_proof_and_the_record_verifies(world: World) -> None:
    before = await world.app.reader.read(
        lambda tx: [r.mac for r in tx.conn.execute(select(AUDIT.c.mac).order_by(AUDIT.c.seq))]
    )
    gone = await a_week_later(world)
    report = await world.app.reader.read(audit.examine)
    assert report.flaws == []
    chains = {stub.writer: stub for stub in report.removed}
    assert set(chains) == {"main", "@anchors"}
    assert gone == sum(stub.count for stub in report.removed)
    main = chains["main"]
    assert main.first == 1 and main.row_mac == before[main.last - 1]
    import hashlib

    assert main.digest == hashlib.sha256(b"".join(before[: main.last])).digest()
    assert len(await rows(world, "note")) == 5
    removed = await rows(world, "audit.removed")
    assert {e.detail["of"] for e in removed} == {"main", "@anchors"}
    assert f"rows of main 1–{main.last} removed by retention" in str(removed[-1].detail["say"])


async def test_rows_go_in_small_portions_and_the_proofs_follow_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 10)
    await a_week_later(world)
    report = await world.app.reader.read(audit.examine)
    mine = [s for s in report.removed if s.writer == "main"]
    assert len(mine) > 1 and [s.first for s in mine[1:]] == [s.last + 1 for s in mine[:-1]]
    assert report.flaws == []


async def test_the_chain_goes_on_after_everything_was_removed(world: World) -> None:
    keeps(world, 100)
    await a_week_later(world)
    world.clock.at += 300 * DAY
    await keeping.run(world.door)
    await world.door.system(lambda ctx: _write(ctx, 2))
    assert await flaws(world) == []


async def test_a_shorter_time_is_on_record_a_week_before_it_counts(world: World) -> None:
    assert await keeping.run(world.door) == 0
    (set_,) = await rows(world, "audit.keep")
    assert set_.detail["changes"] == {"record": {"keep": ["for ever", "100 d"]}}
    world.clock.at += keeping.WAIT - HOUR
    assert await keeping.run(world.door) == 0
    world.clock.at += 2 * HOUR
    assert await keeping.run(world.door) > 0
    keeps(world, 91)
    assert await keeping.run(world.door) == 0
    assert (await rows(world, "audit.keep"))[0].detail["changes"]["record"]["keep"] == [
        "100 d", "91 d",
    ]  # fmt: skip


async def test_a_longer_time_counts_at_once_and_is_on_record(world: World) -> None:
    await keeping.run(world.door)
    keeps(world, None)
    world.clock.at += keeping.WAIT
    assert await keeping.run(world.door) == 0
    assert len(await rows(world, "audit.keep")) == 2 and len(await rows(world, "note")) == 35


async def test_rows_that_were_tampered_with_are_not_removed(world: World) -> None:
    await keeping.run(world.door)
    await sql(world, "UPDATE audit SET verb = 'x' WHERE seq = 9")
    world.clock.at += keeping.WAIT
    assert await keeping.run(world.door) == 0
    (refused,) = await rows(world, "audit.removed")
    assert refused.outcome == "failed" and "main 9" in refused.detail["why"]
    assert await keeping.run(world.door) == 0
    assert len(await rows(world, "audit.removed")) == 1
    assert any("audit main 9: was edited" in flaw for flaw in await flaws(world))


STUBS = {
    "the proof removed": "DELETE FROM audit_removed WHERE writer = 'main'",
    "the proof's end": "UPDATE audit_removed SET last = last + 1 WHERE writer = 'main'",
    "the proof's beginning": "UPDATE audit_removed SET first = 2 WHERE writer = 'main'",
    "the proof's time": "UPDATE audit_removed SET at = at + 1 WHERE writer = 'main'",
    "the proof's row": "UPDATE audit_removed SET row_mac = digest WHERE writer = 'main'",
    "the proof's digest": "UPDATE audit_removed SET digest = row_mac WHERE writer = 'main'",
    "the proof's MAC": "UPDATE audit_removed SET mac = row_mac WHERE writer = 'main'",
    "the proof's chain": "UPDATE audit_removed SET writer = 'other' WHERE writer = 'main'",
    "the anchors' proof": "DELETE FROM audit_removed WHERE writer = '@anchors'",
    "one more row": "DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)",
}


@pytest.mark.parametrize("what", STUBS)
async def test_nobody_can_pass_a_hole_off_as_retention(world: World, what: str) -> None:
    await a_week_later(world)
    await sql(world, STUBS[what])
    assert await flaws(world)
