"""The audit shows every edit: changed, removed, inserted, reordered and cut rows."""

from __future__ import annotations

from sqlalchemy import select

from store import audit
from store.audit import chain
from store.db import Tx
from store.model import Actor
from store.tables import ANCHORS, AUDIT, META
from tests.store.conftest import NOW, Base

ANA = Actor("person", "ana", "Ana Petrova", "slack", ("admin",), "U0ANA")


async def filled(base: Base, rows: int = 6, writer: str = "main") -> None:
    """Rows in one chain, an anchor after each second one."""
    for n in range(rows):

        def one(tx: Tx, n: int = n) -> None:
            audit.append(tx, writer, NOW + n, ANA, "ack", "ok", n, {"n": n})
            if n % 2:
                audit.anchor(tx, NOW + n)

        await base.do(one)


async def flaws(base: Base) -> list[str]:
    """What the verification says."""
    _, _, found = await base.read(audit.verify)
    return [f"{f.where}: {f.what}" for f in found]


async def test_an_untouched_audit_has_no_flaw(base: Base) -> None:
    assert await base.read(audit.verify) == (0, 0, [])
    await filled(base)
    assert await base.read(audit.verify) == (6, 3, [])


_COPY = "UPDATE audit SET {0} = (SELECT {0} FROM audit a WHERE a.seq = 2) WHERE seq = 3"
EDITS = {
    "the actor": "UPDATE audit SET actor = 'person:omar' WHERE seq = 3",
    "the verb": "UPDATE audit SET verb = 'resolve' WHERE seq = 3",
    "the outcome": "UPDATE audit SET outcome = 'denied' WHERE seq = 3",
    "the time": "UPDATE audit SET at = at + 1 WHERE seq = 3",
    "the incident": "UPDATE audit SET incident_id = 99 WHERE seq = 3",
    "a removed row": "DELETE FROM audit WHERE seq = 3",
    "the first row removed": "DELETE FROM audit WHERE seq = 1",
    "the last row removed": "DELETE FROM audit WHERE seq = 6",
    "the tail removed": "DELETE FROM audit WHERE seq > 3",
    "a whole tail removed": "DELETE FROM audit WHERE seq > 2; DELETE FROM anchors WHERE seq > 1",
    "an anchor removed": "DELETE FROM anchors WHERE seq = 2",
    "the last anchor removed": "DELETE FROM anchors WHERE seq = 3",
    "the first anchor removed": "DELETE FROM anchors WHERE seq = 1",
    "an anchor's time": "UPDATE anchors SET at = at + 1 WHERE seq = 2",
    "all removed": "DELETE FROM audit",
    "all anchors removed": "DELETE FROM anchors",
    "another writer's name": "UPDATE audit SET writer = 'other'",
    "the heads removed": "DELETE FROM meta",
    "the detail": _COPY.format("sealed"),
    "the salt": "UPDATE audit SET salt = digest WHERE seq = 3",
    "the digest": _COPY.format("digest"),
    "the link to the row before": _COPY.format("prev"),
}


async def test_every_edit_shows(base: Base) -> None:
    await filled(base)
    unseen = [what for what, edit in EDITS.items() if not (await base.would(edit, audit.verify))[2]]
    assert not unseen
    assert await base.read(audit.verify) == (6, 3, [])


async def test_reordered_rows_show(base: Base) -> None:
    await filled(base)
    for step in ("seq = -1 WHERE seq = 3", "seq = 3 WHERE seq = 4", "seq = 4 WHERE seq = -1"):
        await base.sql(f"UPDATE audit SET {step}")
    found = await flaws(base)
    assert any("audit main 3" in f for f in found) and any("audit main 4" in f for f in found)


async def test_a_row_inserted_with_a_guessed_mac_shows(base: Base) -> None:
    await filled(base)
    copied = (
        "INSERT INTO audit (writer, seq, at, actor, verb, outcome, incident_id, digest, salt,"
        " sealed, prev, mac) SELECT writer, 7, at, actor, verb, outcome, incident_id, digest, salt,"
        " sealed, mac, mac FROM audit WHERE seq = 6"
    )
    await base.sql(copied)
    found = await flaws(base)
    assert any("audit main 7: was edited" in f for f in found)


async def test_rows_of_another_chain_can_not_take_the_place_of_a_cut_tail(base: Base) -> None:
    await filled(base)
    await filled(base, 3, writer="second")
    await base.sql("DELETE FROM audit WHERE writer = 'second'")
    assert any("second" in f for f in await flaws(base))


async def test_a_chain_goes_on_after_a_cut_so_that_the_gap_stays(base: Base) -> None:
    await filled(base)
    await base.sql("DELETE FROM audit WHERE seq > 4")
    seq = await base.do(lambda tx: audit.append(tx, "main", NOW, ANA, "note", "ok", 1, {}))
    assert seq == 7
    assert any("7: rows from 5 on are missing" in f for f in await flaws(base))


async def test_erasing_what_a_person_said_leaves_the_chain_whole(base: Base) -> None:
    await filled(base)
    assert await base.do(lambda tx: audit.erase(tx, "main", NOW, ANA, [("main", 3)])) == 1
    assert await flaws(base) == []


async def test_each_writer_has_its_own_chain_and_an_anchor_names_them_all(base: Base) -> None:
    await filled(base, 3)
    await filled(base, 2, writer="other")
    heads = await base.read(
        lambda tx: tx.conn.execute(select(ANCHORS.c.heads).order_by(ANCHORS.c.seq.desc())).scalar()
    )
    assert heads is not None and '"main": [3,' in heads and '"other": [2,' in heads
    assert await base.read(audit.verify) == (5, 2, [])


async def test_nothing_new_makes_no_anchor(base: Base) -> None:
    await filled(base, 2)
    assert await base.do(lambda tx: audit.anchor(tx, NOW)) is False


async def test_the_heads_are_not_told_apart_by_another_key(base: Base) -> None:
    await filled(base, 2)
    await base.sql(
        "UPDATE meta SET value = REPLACE(value, '2:', '1:') WHERE key = 'audit.head.main'"
    )
    assert any("head is missing or was edited" in f for f in await flaws(base))
    rows = await base.read(lambda tx: tx.conn.execute(select(META.c.key)).scalars().all())
    assert sorted(rows) == ["audit.anchors", "audit.head.main"]


async def test_the_detail_of_a_row_is_sealed(base: Base) -> None:
    await base.do(
        lambda tx: audit.append(tx, "main", NOW, ANA, "note", "ok", 1, {"text": "secret words"})
    )
    row = await base.read(lambda tx: tx.conn.execute(select(AUDIT)).one())
    assert b"secret" not in row.sealed


async def test_no_salt_stands_beside_its_digest_and_rows_of_before_verify(base: Base) -> None:
    await filled(base)
    salts = "SELECT count(*) FROM audit WHERE salt IS NOT NULL"
    assert await base.read(lambda tx: tx.conn.exec_driver_sql(salts).scalar()) == 0
    before = await base.read(lambda tx: audit.one(tx, "main", 3))
    assert before is not None and before.salt is not None
    assert chain.digest_of(before.salt, dict(before.detail)) == before.digest

    await base.do(_salts_in_clear)
    assert await base.read(lambda tx: audit.one(tx, "main", 3)) == before
    assert await flaws(base) == []
    assert await base.do(audit.seal_salts) == 6
    assert await base.read(lambda tx: tx.conn.exec_driver_sql(salts).scalar()) == 0
    assert await base.read(lambda tx: audit.one(tx, "main", 3)) == before
    assert await flaws(base) == [] and await base.do(audit.seal_salts) == 0


def _salts_in_clear(tx: Tx) -> None:
    """Every row as it was written while its salt stood beside it."""
    for row in tx.conn.execute(select(AUDIT)).all():
        salt, detail = chain.opened(tx, row)
        sealed = tx.ring.seal("audit", f"{row.writer}.{row.seq}", detail)
        mine = (AUDIT.c.writer == row.writer) & (AUDIT.c.seq == row.seq)
        tx.conn.execute(AUDIT.update().where(mine).values(sealed=sealed, salt=salt))


async def test_of_a_row_of_before_the_salt_is_erased_too(base: Base) -> None:
    await filled(base)
    await base.do(_salts_in_clear)
    await base.do(lambda tx: audit.erase(tx, "main", NOW, ANA, [("main", 3)]))
    row = await base.read(lambda tx: tx.conn.execute(select(AUDIT).where(AUDIT.c.seq == 3)).one())
    assert (row.sealed, row.salt) == (None, None) and await flaws(base) == []
