"""Backups: whole or not at all, on either engine, opened by their own key alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from store import audit, backups, incidents, keyring, timeline, upkeep
from store.backup_file import CHUNK, MAGIC, BackupKey, BadBackup, Writing, reading
from store.crypto import Ring
from store.model import Actor
from tests.store.conftest import NOW, SECRET, Base
from tests.store.nouns import add, incident
from tests.support.engines import fresh_url, migrated_url

OWN = BackupKey(own=b"correct horse battery")
WHO = Actor("person", "ana", "Ana", "web", ("admin",))


async def some_rows(base: Base) -> None:
    """An incident, a line, a row of the audit."""
    await base.do(lambda tx: add(tx, incident(title="the title")))
    await base.do(lambda tx: timeline.add(tx, 1, NOW, "note", "ana", "web", "a line"))
    await base.do(lambda tx: audit.append(tx, "main", NOW, WHO, "note", "ok", 1, {"text": "t"}))
    await base.do(lambda tx: keyring.keep_own(tx, base.ring))


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
async def test_what_was_backed_up_comes_back_on_either_engine_under_other_keys(
    base: Base, tmp_path: Path, other: str
) -> None:
    await some_rows(base)
    path = tmp_path / "one.pvb"
    made = await backups.make(base.url, base.ring, path, OWN, NOW)
    assert path.stat().st_mode & 0o777 == 0o600 and b"the title" not in path.read_bytes()
    (tmp_path / "new").mkdir()
    ring = Ring({5: secrets.token_bytes(32)})
    url = fresh_url(other, tmp_path / "new")
    back, _ = await backups.restore(url, ring, path, OWN, NOW + 1000)
    assert back.rows == made.rows
    new = Base(url, ring)
    found = await new.read(lambda tx: incidents.get(tx, 1))
    assert found is not None and found.title == "the title"
    assert (await new.read(audit.verify))[2] == []
    assert await new.read(keyring.writes) == 5
    with pytest.raises(backups.InTheWay, match="not empty"):
        await backups.restore(url, ring, path, OWN, NOW)
    await new.close()


async def test_a_verified_backup_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    base = Base(migrated_url("sqlite", tmp_path))
    await some_rows(base)
    path = tmp_path / "one.pvb"
    await backups.make(base.url, base.ring, path, OWN, NOW)
    assert (await backups.verify(path, OWN, NOW))[1] == []
    await base.sql("UPDATE timeline SET sealed = zeroblob(40)")
    await base.sql("UPDATE audit SET verb = 'other'")
    again = tmp_path / "two.pvb"
    await backups.make(base.url, base.ring, again, OWN, NOW)
    wrong = (await backups.verify(again, OWN, NOW))[1]
    assert any("timeline" in said for said in wrong) and any("edited" in said for said in wrong)
    await base.close()


async def test_nothing_is_written_over_and_no_part_is_left(tmp_path: Path) -> None:
    base = Base(migrated_url("sqlite", tmp_path))
    path = tmp_path / "one.pvb"
    path.write_bytes(b"mine")
    with pytest.raises(backups.InTheWay):
        await backups.make(base.url, base.ring, path, OWN, NOW)
    assert path.read_bytes() == b"mine"
    await backups.make(base.url, base.ring, path, OWN, NOW, force=True)
    assert path.read_bytes().startswith(MAGIC)
    assert not [name for name in os.listdir(tmp_path) if ".part" in name]  # noqa: PTH208
    await base.close()


async def test_half_a_backup_restores_nothing(tmp_path: Path) -> None:
    base = Base(migrated_url("sqlite", tmp_path))
    await some_rows(base)
    path = tmp_path / "one.pvb"
    await backups.make(base.url, base.ring, path, OWN, NOW)
    path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "new").mkdir()
    url = fresh_url("sqlite", tmp_path / "new")
    with pytest.raises(BadBackup):
        await backups.restore(url, Ring([SECRET]), path, OWN, NOW)
    assert not (tmp_path / "new" / "pixelview.db").exists()
    await base.close()


async def test_a_backup_is_not_restored_under_a_running_server(tmp_path: Path) -> None:
    base = Base(migrated_url("sqlite", tmp_path))
    path = tmp_path / "one.pvb"
    await backups.make(base.url, base.ring, path, OWN, NOW)
    await base.do(lambda tx: upkeep.take_lease(tx, "serve", "me", NOW, 3000))
    with pytest.raises(backups.InTheWay, match="server runs"):
        await backups.restore(base.url, base.ring, path, OWN, NOW, force=True)
    await base.close()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of several chunks."""
    path = tmp_path / "large.pvb"
    with path.open("wb") as file:
        out = Writing(file, OWN)
        for _ in range(4):
            out.record(["x", secrets.token_bytes(CHUNK)])
        out.end()
    return path


def test_chunks_that_are_cut_swapped_doubled_or_changed_are_found(large: Path) -> None:
    whole, size = large.read_bytes(), CHUNK + 16
    begins = len(MAGIC) + 4 + int.from_bytes(whole[len(MAGIC) : len(MAGIC) + 4], "big")
    head, body = whole[:begins], whole[begins:]
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    assert len(chunks) > 3 and len(list(reading(large, OWN))) == 4
    changed = bytearray(whole)
    changed[-1] ^= 1
    longer = bytearray(head)
    longer[len(MAGIC) + 8] ^= 1
    for content in (
        head + b"".join(chunks[:-1]),
        head + b"".join([chunks[0], chunks[2], chunks[1], *chunks[3:]]),
        head + b"".join([chunks[0], chunks[0], *chunks[1:]]),
        head + b"".join(chunks[1:]),
        bytes(changed),
        bytes(longer) + body,
        head,
        MAGIC,
        b"",
    ):
        large.write_bytes(content)
        with pytest.raises(BadBackup):
            list(reading(large, OWN))


def test_another_key_opens_no_backup(large: Path) -> None:
    for key in (BackupKey(own=b"another passphrase"), BackupKey(ring=Ring([SECRET]))):
        with pytest.raises(BadBackup):
            list(reading(large, key))
