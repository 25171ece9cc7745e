"""What is sealed opens in its own row alone, with a key of the ring."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from store import incidents, timeline, upkeep
from store.crypto import Damaged, MissingKey, Ring, load_ring
from store.model import Link, NextUp
from store.tables import INCIDENTS, TIMELINE
from tests.store.conftest import NOW, SECRET, Base
from tests.store.nouns import add, incident

OTHER = bytes(reversed(range(32)))


async def two_lines(base: Base) -> None:
    """Two lines of one timeline."""
    for say in ("first secret", "second secret"):
        await base.do(
            lambda tx, s=say: timeline.add(tx, 1, NOW, "note", "ana", "slack", s)  # type: ignore[misc]
        )


async def test_nothing_a_stranger_typed_stands_in_clear(base: Base) -> None:
    await two_lines(base)
    await base.do(lambda tx: add(tx, incident(title="secret title", value="secret value")))
    lines = await base.read(lambda tx: tx.conn.execute(select(TIMELINE)).all())
    rows = await base.read(lambda tx: tx.conn.execute(select(INCIDENTS)).all())
    assert b"secret" not in b"".join(map(repr_bytes, [*lines, *rows]))


def repr_bytes(row: object) -> bytes:
    """Everything a row holds."""
    return b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in row)  # type: ignore[attr-defined]


async def test_a_blob_moved_to_another_row_does_not_open(base: Base) -> None:
    await two_lines(base)
    await base.sql(
        "UPDATE timeline SET sealed = (SELECT sealed FROM timeline t ORDER BY id LIMIT 1)"
    )
    with pytest.raises(Damaged, match="timeline"):
        await base.read(lambda tx: timeline.of_incident(tx, 1))


async def test_a_blob_moved_to_another_table_does_not_open() -> None:
    ring = Ring([SECRET])
    with pytest.raises(Damaged):
        ring.open("alerts", 7, ring.seal("incidents", 7, {"a": 1}))


async def test_an_edited_blob_does_not_open(base: Base) -> None:
    await base.do(lambda tx: add(tx, incident()))
    row = await base.read(lambda tx: tx.conn.execute(select(INCIDENTS.c.sealed)).scalar_one())
    for at in (0, 1, 5, 20, len(row) - 1):
        wrong = bytearray(row)
        wrong[at] ^= 1
        await base.do(
            lambda tx, w=bytes(wrong): tx.conn.execute(INCIDENTS.update().values(sealed=w))  # type: ignore[misc]
        )
        with pytest.raises(Damaged):
            await base.read(lambda tx: incidents.get(tx, 1))


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x02" + bytes(40), b"\x01\x09" + bytes(40)])
async def test_what_was_never_sealed_does_not_open(blob: bytes) -> None:
    with pytest.raises(Damaged):
        Ring([SECRET]).open("incidents", 1, blob)


async def test_every_field_of_an_incident_comes_back(base: Base) -> None:
    full = incident(
        links=(Link("Runbook", "https://wiki.example/disk"),),
        tags=("network",),
        labels={"team": "db", "ünïcode": "\u202e"},
        holder="ana",
        holder_since=NOW,
        holder_from="slack",
        assignee="omar",
        acknowledged_at=NOW,
        snoozed_until=NOW + 1,
        silenced_until=NOW + 2,
        resolve_when_clear=True,
        paged=("ana", "omar"),
        asking=("omar",),
        next=NextUp("page", NOW, ("omar",), 1, "because"),
        notes=3,
        step=1,
        loop=2,
        generation=5,
        policy="p",
        policy_version_id=1,
        previous_id=9,
        summary="WAL",
    )
    await base.do(lambda tx: add(tx, full))
    assert await base.read(lambda tx: incidents.get(tx, 1)) == full
    await base.do(lambda tx: incidents.save(tx, full))
    assert await base.read(lambda tx: incidents.get(tx, 1)) == full


async def test_a_new_key_seals_what_comes_and_the_old_one_still_opens(base: Base) -> None:
    await two_lines(base)
    turned = base.with_ring(Ring([SECRET, OTHER]))
    await turned.do(lambda tx: timeline.add(tx, 1, NOW, "note", "ana", "slack", "third"))
    said = await turned.read(lambda tx: [e.say for e in timeline.of_incident(tx, 1)])
    assert said == ["first secret", "second secret", "third"]
    await turned.close()
    with pytest.raises(Damaged):
        await base.read(lambda tx: timeline.of_incident(tx, 1))


async def test_a_new_key_changes_no_lookup_and_no_audit_mac() -> None:
    one, two = Ring([SECRET]), Ring([SECRET, OTHER])
    assert one.blind("alert", "1", "k") == two.blind("alert", "1", "k")
    assert one.mac(b"row") == two.mac(b"row")


async def test_another_key_opens_nothing(base: Base) -> None:
    await two_lines(base)
    stranger = base.with_ring(Ring([OTHER]))
    with pytest.raises(Damaged):
        await stranger.read(lambda tx: timeline.of_incident(tx, 1))
    await stranger.close()


async def test_parts_of_a_lookup_are_not_run_together() -> None:
    ring = Ring([SECRET])
    assert ring.blind("label", "a", "bc") != ring.blind("label", "ab", "c")
    assert ring.blind("label", "a") != ring.blind("group", "a")


async def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pixelview.key"
    first = load_ring(None, path, may_create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    again = load_ring(None, path, may_create=False)
    assert first.mac(b"x") == again.mac(b"x")


async def test_a_lost_key_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(MissingKey, match=r"pixelview\.key is not there"):
        load_ring(None, tmp_path / "pixelview.key", may_create=False)
    assert not (tmp_path / "pixelview.key").exists()


async def test_keys_from_the_environment_stand_before_the_file(tmp_path: Path) -> None:
    text = ",".join(base64.b64encode(k).decode() for k in (SECRET, OTHER))
    ring = load_ring(text, tmp_path / "none", may_create=False)
    assert ring.open("t", 1, Ring([SECRET]).seal("t", 1, "old")) == "old"
    with pytest.raises(ValueError, match="32 bytes"):
        load_ring(base64.b64encode(os.urandom(16)).decode(), tmp_path / "none", may_create=False)


async def test_only_a_database_without_sealed_rows_may_get_a_new_key(base: Base) -> None:
    assert await base.read(upkeep.holds_sealed_rows) is False
    await base.do(lambda tx: add(tx, incident()))
    assert await base.read(upkeep.holds_sealed_rows) is True
