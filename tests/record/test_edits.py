"""No column of no row of the record can be changed, and no row taken, put in or moved, unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from sqlalchemy import select

from store import audit
from store.crypto import Ring
from store.db import Tx
from store.model import Actor
from store.tables import ANCHORS, AUDIT, META
from tests.store.conftest import NOW, Base
from tests.support.engines import migrated_url

ANA = Actor("person", "ana", "Ana Petrova", "slack", ("admin",), "U0ANA")
ROWS = 6


@pytest.fixture
async def base(tmp_path: Path) -> AsyncIterator[Base]:
    """A database with two chains of six rows and three anchors."""
    made = Base(migrated_url("sqlite", tmp_path))
    await made.do(_fill)
    yield made
    await made.close()


def _fill(tx: Tx) -> None:
    for n in range(1, ROWS + 1):
        for writer in ("main", "other"):
            audit.append(tx, writer, NOW + n, ANA, "ack", "ok", n, {"n": n, "of": writer})
        if n % 2 == 0:
            audit.anchor(tx, NOW + n)


async def flaws(base: Base) -> list[str]:
    """What the verification says."""
    _, _, found = await base.read(audit.verify)
    return [f"{f.where}: {f.what}" for f in found]


async def test_what_nobody_touched_verifies(base: Base) -> None:
    assert await base.read(audit.verify) == (2 * ROWS, 3, [])


async def unseen(base: Base, edits: Iterable[str], word: str) -> list[str]:
    """Edits of which no flaw has the word; each is tried on the untouched record."""
    missed = []
    for edit in edits:
        _, _, found = await base.would(edit, audit.verify)
        if not any(word in f"{f.where}: {f.what}" for f in found):
            missed.append(edit)
    assert await flaws(base) == []
    return missed


EDITED = {
    "writer": "'third'",
    "seq": "seq + 100",
    "at": "at + 1",
    "actor": "'person:omar'",
    "verb": "'note'",
    "outcome": "'denied'",
    "incident_id": "NULL",
    "digest": "zeroblob(32)",
    "salt": "zeroblob(16)",
    "sealed": "substr(sealed, 1, length(sealed) - 1) || x'00'",
    "prev": "zeroblob(31) || x'01'",
    "mac": "zeroblob(32)",
}


def test_every_column_of_a_row_is_among_the_edits() -> None:
    assert set(EDITED) == {column.name for column in AUDIT.c}


async def test_a_changed_column_shows(base: Base) -> None:
    edits = [
        f"UPDATE audit SET {column} = {value} WHERE writer = 'main' AND seq = {seq}"
        for column, value in EDITED.items()
        for seq in (1, 3, ROWS)
    ]
    assert not await unseen(base, edits, "main")


ANCHOR_EDITED = {
    "seq": "seq + 100",
    "at": "at + 1",
    "heads": "'{}'",
    "prev": "zeroblob(31) || x'01'",
    "mac": "zeroblob(32)",
}


def test_every_column_of_an_anchor_is_among_the_edits() -> None:
    assert set(ANCHOR_EDITED) == {column.name for column in ANCHORS.c}


async def test_a_changed_column_of_an_anchor_shows(base: Base) -> None:
    edits = [
        f"UPDATE anchors SET {column} = {value} WHERE seq = {seq}"
        for column, value in ANCHOR_EDITED.items()
        for seq in (1, 2, 3)
    ]
    assert not await unseen(base, edits, "anchor")


async def test_a_removed_row_shows(base: Base) -> None:
    rows = [f"DELETE FROM audit WHERE writer = 'main' AND seq = {seq}" for seq in (1, 3, ROWS)]
    assert not await unseen(base, rows, "main")


async def test_a_removed_anchor_shows(base: Base) -> None:
    anchors = [f"DELETE FROM anchors WHERE seq = {seq}" for seq in (1, 2, 3)]
    assert not await unseen(base, anchors, "anchor")


async def test_a_removed_chain_shows_also_without_its_head(base: Base) -> None:
    await base.sql("DELETE FROM audit WHERE writer = 'other'")
    assert any("other" in flaw for flaw in await flaws(base))
    await base.sql("DELETE FROM meta WHERE key = 'audit.head.other'")
    assert any("audit other 2: an anchor names it" in flaw for flaw in await flaws(base))


async def test_a_tail_cut_together_with_the_anchors_that_name_it_shows(base: Base) -> None:
    await base.sql("DELETE FROM audit WHERE seq > 2; DELETE FROM anchors WHERE seq > 1")
    assert {flaw.split(":")[0] for flaw in await flaws(base)} == {
        "anchors", "audit main", "audit other",
    }  # fmt: skip


async def test_heads_of_an_earlier_day_do_not_hide_a_cut_tail(base: Base) -> None:
    """Head marks can be put back as they were; the anchors still name what is gone."""
    await base.sql("DELETE FROM meta WHERE key LIKE 'audit%'")
    await base.do(lambda tx: _marks_as_of(tx, 4))
    await base.sql("DELETE FROM audit WHERE seq > 4")
    assert any("audit main 6: an anchor names it" in flaw for flaw in await flaws(base))


async def test_a_head_of_an_earlier_day_shows_where_the_rows_are_still_there(base: Base) -> None:
    await base.sql("DELETE FROM meta WHERE key = 'audit.head.main'")
    await base.do(lambda tx: _marks_as_of(tx, 4))
    assert any("audit main: ends at 6" in flaw for flaw in await flaws(base))


def _marks_as_of(tx: Tx, seq: int) -> None:
    """Put heads into the database as they were written at that row; an intruder who copied them
    then has them."""
    from store.audit import chain

    tx.conn.execute(META.delete().where(META.c.key.startswith("audit.head.")))
    for row in tx.conn.execute(select(AUDIT).where(AUDIT.c.seq == seq)).all():
        chain.mark(tx, f"audit.head.{row.writer}", seq, row.mac)


async def test_reordered_rows_show(base: Base) -> None:
    for step in ("seq = -1 WHERE seq = 3", "seq = 3 WHERE seq = 4", "seq = 4 WHERE seq = -1"):
        await base.sql(f"UPDATE audit SET {step} AND writer = 'main'")
    found = await flaws(base)
    assert any("audit main 3" in f for f in found) and any("audit main 4" in f for f in found)


async def test_rows_swapped_between_chains_show(base: Base) -> None:
    for old, new in (("main", "x"), ("other", "main"), ("x", "other")):
        await base.sql(f"UPDATE audit SET writer = '{new}' WHERE writer = '{old}' AND seq = 3")
    found = await flaws(base)
    assert any("audit main 3" in f for f in found) and any("audit other 3" in f for f in found)


async def test_details_swapped_between_rows_show(base: Base) -> None:
    await base.do(_swap_details)
    found = await flaws(base)
    assert "audit main 2: its detail was edited" in found
    assert "audit main 3: its detail was edited" in found


def _swap_details(tx: Tx) -> None:
    two, three = (
        tx.conn.execute(select(AUDIT).where((AUDIT.c.writer == "main") & (AUDIT.c.seq == n))).one()
        for n in (2, 3)
    )
    for row, given in ((two, three), (three, two)):
        mine = (AUDIT.c.writer == "main") & (AUDIT.c.seq == row.seq)
        values = {"sealed": given.sealed, "salt": given.salt, "digest": given.digest}
        tx.conn.execute(AUDIT.update().where(mine).values(**values))


async def test_a_detail_sealed_anew_for_another_row_shows(base: Base) -> None:
    """The sealing key alone puts no other detail in: the digest is under the MAC."""

    def put(tx: Tx) -> None:
        sealed = tx.ring.seal("audit", "main.3", {"n": 99})
        mine = (AUDIT.c.writer == "main") & (AUDIT.c.seq == 3)
        tx.conn.execute(AUDIT.update().where(mine).values(sealed=sealed))

    await base.do(put)
    assert "audit main 3: its detail was edited" in await flaws(base)


async def test_a_row_of_another_database_shows(base: Base, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    there = Base(migrated_url("sqlite", tmp_path / "there"), Ring([bytes(range(1, 33))]))
    await there.do(_fill)
    foreign = await there.read(
        lambda tx: tx.conn.execute(
            select(AUDIT).where((AUDIT.c.writer == "main") & (AUDIT.c.seq == 3))
        ).one()
    )
    await there.close()
    await base.sql("DELETE FROM audit WHERE writer = 'main' AND seq = 3")
    await base.do(lambda tx: tx.insert(AUDIT, [tuple(foreign)]))
    assert "audit main 3: was edited: its MAC does not fit" in await flaws(base)


async def test_the_last_row_said_twice_shows(base: Base) -> None:
    columns = ", ".join(c.name for c in AUDIT.c)
    copied = columns.replace("seq", "7").replace("prev", "mac")
    where = "writer = 'main' AND seq = 6"
    await base.sql(f"INSERT INTO audit ({columns}) SELECT {copied} FROM audit WHERE {where}")
    found = await flaws(base)
    assert any("audit main 7: was edited" in f for f in found)


async def test_anchors_cut_before_the_next_one_leave_their_gap(base: Base) -> None:
    await base.sql("DELETE FROM anchors WHERE seq = 3")
    await base.do(lambda tx: audit.append(tx, "main", NOW + 9, ANA, "ack", "ok", 1, {}))
    await base.do(lambda tx: audit.anchor(tx, NOW + 9))
    assert "anchor 4: anchors before it are missing or were reordered" in await flaws(base)


# erased


async def test_what_was_erased_on_record_leaves_the_chain_whole(base: Base) -> None:
    rows = [("main", 3), ("other", 4), ("main", 99)]
    assert await base.do(lambda tx: audit.erase(tx, "main", NOW + 9, ANA, rows, "asked for")) == 2
    assert await flaws(base) == []
    report = await base.read(audit.examine)
    assert report.erased == {("main", 3), ("other", 4)}
    left = await base.read(
        lambda tx: tx.conn.execute(select(AUDIT.c.seq).where(AUDIT.c.sealed.is_(None))).all()
    )
    assert sorted(r.seq for r in left) == [3, 4]


async def test_a_detail_that_is_gone_without_an_erasure_on_record_shows(base: Base) -> None:
    await base.sql("UPDATE audit SET sealed = NULL, salt = NULL WHERE seq = 3 AND writer = 'main'")
    assert await flaws(base) == [
        "audit main 3: its detail is gone, and no erasure on record names it"
    ]


async def test_an_erasure_on_record_can_not_be_erased(base: Base) -> None:
    await base.do(lambda tx: audit.erase(tx, "main", NOW + 9, ANA, [("main", 3)]))
    assert await base.do(lambda tx: audit.erase(tx, "main", NOW + 9, ANA, [("main", 7)])) == 0
    await base.sql("UPDATE audit SET sealed = NULL, salt = NULL WHERE seq = 7 AND writer = 'main'")
    assert len(await flaws(base)) == 2


# from a day on, and against what was posted outside


async def test_from_a_day_on_only_what_came_after_the_anchor_before_it_is_read(base: Base) -> None:
    report = await base.read(lambda tx: audit.examine(tx, since=NOW + 4))
    assert (report.rows, report.anchors, report.flaws) == (4, 2, [])
    await base.sql("UPDATE audit SET verb = 'x' WHERE seq = 1")
    assert not (await base.read(lambda tx: audit.examine(tx, since=NOW + 4))).flaws
    await base.sql("UPDATE audit SET verb = 'x' WHERE seq = 5")
    assert len((await base.read(lambda tx: audit.examine(tx, since=NOW + 4))).flaws) == 2


async def posted(base: Base) -> list[audit.Posted]:
    """The anchors as somebody outside has them."""
    rows = await base.read(lambda tx: tx.conn.execute(select(ANCHORS)).all())
    return [audit.Posted(r.seq, r.mac.hex()) for r in rows]


async def test_a_whole_database_put_back_shows_against_what_was_posted(base: Base) -> None:
    """Rows, anchors and heads all as of an earlier day: only what is outside can tell."""
    outside = await posted(base)
    report = await base.read(lambda tx: audit.examine(tx, outside=outside))
    assert (report.agreed, report.flaws) == (3, [])
    await base.sql("DELETE FROM audit WHERE seq > 4; DELETE FROM anchors WHERE seq > 2")
    await base.do(_heads_as_of_the_second_anchor)
    assert await flaws(base) == []
    report = await base.read(lambda tx: audit.examine(tx, outside=outside))
    assert [f.where for f in report.flaws] == ["anchor 3"]
    assert "the record ends at anchor 2 (cut or rolled back)" in report.flaws[0].what


def _heads_as_of_the_second_anchor(tx: Tx) -> None:
    from store.audit import chain

    _marks_as_of(tx, 4)
    row = tx.conn.execute(select(ANCHORS).where(ANCHORS.c.seq == 2)).one()
    tx.conn.execute(META.delete().where(META.c.key == chain.ANCHORED))
    chain.mark(tx, chain.ANCHORED, 2, row.mac)


async def test_a_record_that_was_written_anew_shows_against_what_was_posted(base: Base) -> None:
    outside = [audit.Posted(2, "00" * 32)]
    report = await base.read(lambda tx: audit.examine(tx, outside=outside))
    assert "is another than the one posted" in report.flaws[0].what
