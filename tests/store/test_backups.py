"""Backups: whole or not at all, on either engine, opened by their own key alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.backing_up import prune
from commands import backups as by_themselves
from commands.context import Ctx
from store import (
    audit,
    backup,
    backups,
    incidents,
    keyring,
    outbox,
    runs,
    timeline,
    timers,
    upkeep,
)
from store.backup_file import CHUNK, MAGIC, BackupKey, BadBackup, Writing, reading
from store.clock import DAY, HOUR
from store.crypto import Ring
from store.model import Actor, Severity
from store.tables import METADATA, OUTBOX, RUNS, TIMERS
from tests.store.conftest import NOW, SECRET, Base
from tests.store.nouns import add, incident
from tests.support.engines import fresh_url, migrated_url
from tests.support.world import YAML, World

pytestmark = pytest.mark.broad

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


# restored


async def test_after_a_restore_old_news_is_not_told_and_monitors_have_time_to_say_what_is_over(
    base: Base,
) -> None:
    await base.do(lambda tx: outbox.say(tx, NOW, "note", 1, "slack:#ops", 1, {"say": "x"}))
    for rank in (Severity.CRITICAL.rank, Severity.WARNING.rank):
        await base.do(lambda tx, r=rank: timers.add(tx, NOW, "step", 1, 1, NOW + 5, r))  # type: ignore[misc]
    later = NOW + 7 * HOUR
    off = await base.do(lambda tx: backup.settle(tx, later, NOW))
    assert off == {"dropped": 1, "held": 1}
    rows = select(TIMERS.c.rank, TIMERS.c.due_at)
    due = {r.rank: r.due_at for r in await base.read(lambda tx: tx.conn.execute(rows).all())}
    assert due == {Severity.CRITICAL.rank: NOW + 5, Severity.WARNING.rank: later + backup.GRACE}
    states = await base.read(lambda tx: tx.conn.execute(select(OUTBOX.c.state)).scalars().all())
    assert states == ["dropped"]
    assert await base.read(lambda tx: upkeep.meta(tx, backup.RESTORED)) == f"{NOW}:{later}"
    assert await base.read(keyring.writes) == base.ring.writes


async def test_what_runs_said_in_clear_is_sealed(base: Base) -> None:
    number = await base.do(lambda tx: runs.start(tx, NOW, 1, "ana", 0, 0, "by step 1"))
    plain = {"sealed": None, "why": "by step 1", "stopped_why": "Omar has it"}
    await base.do(lambda tx: tx.conn.execute(RUNS.update().values(plain)))
    await base.do(runs.seal_words)
    row = await base.read(lambda tx: tx.conn.execute(select(RUNS)).one())
    assert (row.why, row.stopped_why) == ("", None) and b"step" not in bytes(row.sealed)
    run = await base.read(lambda tx: runs.get(tx, number))
    assert (run.why, run.stopped_why) == ("by step 1", "Omar has it")


@pytest.mark.slow
async def test_a_backup_of_an_older_schema_is_brought_to_the_one_of_now(tmp_path: Path) -> None:
    base = Base(migrated_url("sqlite", tmp_path))
    await some_rows(base)
    await base.do(lambda tx: runs.start(tx, NOW, 1, "ana", 0, 0, "step 1: db"))
    path = older(await taken(base, tmp_path), tmp_path / "old.pvb")
    url, ring = new_url(tmp_path), Ring([SECRET])
    made, _ = await backups.restore(url, ring, path, OWN, NOW)
    assert made.head == "0018"
    new = Base(url, ring)
    found = await new.read(lambda tx: incidents.get(tx, 1))
    assert found is not None and found.title == "the title"
    assert (await new.read(audit.verify))[2] == []
    await new.do(runs.seal_words)
    (run,) = await new.read(lambda tx: runs.of_incident(tx, 1))
    assert (run.why, run.stopped_why) == ("step 1: db", "acknowledged")
    row = await new.read(lambda tx: tx.conn.execute(select(RUNS)).one())
    assert (row.why, row.stopped_why) == ("", None) and row.sealed is not None
    await new.close()


async def taken(base: Base, tmp_path: Path) -> Path:
    """A backup of a database, which is closed then."""
    path = tmp_path / "one.pvb"
    await backups.make(base.url, base.ring, path, OWN, NOW)
    await base.close()
    return path


def new_url(tmp_path: Path) -> str:
    """Where nothing is yet."""
    (tmp_path / "new").mkdir()
    return fresh_url("sqlite", tmp_path / "new")


def older(path: Path, into: Path) -> Path:
    """The same as the version with the eighteenth schema would have written it: fewer tables, and
    what runs say in columns of their own."""
    with into.open("wb") as file:
        out, here = Writing(file, OWN), ""
        for record in reading(path, OWN):
            here = record[1] if record[0] == "table" else here
            if record[0] in ("backup", "end") or here not in _SINCE:
                out.record(_as_then(record, here))
        out.end()
    return into


def _as_then(record: list[Any], here: str) -> list[Any]:
    kind, said = record[0], record[1]
    if kind == "backup":
        return [kind, {**said, "head": "0018"}]
    if kind == "end":
        return [kind, {name: n for name, n in said.items() if name not in _SINCE}, record[2]]
    if here == "runs" and kind == "table":
        return [kind, here, [c for c in record[2] if c != "sealed"], record[3], []]
    return [kind, [_told(row) for row in said]] if here == "runs" else record


_SINCE = {
    table.name for table in METADATA.sorted_tables
} - {"incidents", "timeline", "audit", "meta", "runs", "anchors"}  # fmt: skip
_STOPPED = [c.name for c in RUNS.c].index("stopped_why")
_WHY = [c.name for c in RUNS.c].index("why")


def _told(row: list[Any]) -> list[Any]:
    *plain, sealed = row
    plain[_WHY], plain[_STOPPED] = json.loads(sealed)["why"], "acknowledged"
    return plain


# by themselves


def test_only_the_newest_that_were_made_by_themselves_are_kept(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"pixelview-2026030{day}T010000Z.pvb").touch()
    (tmp_path / "before-the-move.pvb").touch()
    assert prune(tmp_path, 2) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "before-the-move.pvb", "pixelview-20260304T010000Z.pvb", "pixelview-20260305T010000Z.pvb",
    ]  # fmt: skip


async def test_one_is_due_after_its_time_after_a_failure_sooner_and_one_process_makes_it(
    tmp_path: Path,
) -> None:
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path)

    async def due(me: str = "one") -> bool:
        return await world.door.system(lambda ctx: by_themselves.due(ctx, me, DAY))

    async def went(**how: Any) -> None:
        def keep(ctx: Ctx) -> None:
            by_themselves.keep(ctx, by_themselves.Last(**how))
            upkeep.drop_lease(ctx.tx, by_themselves.LEASE, "one")

        await world.door.system(keep)

    began = world.clock.at
    assert await due() and not await due("another")
    await went(at=began)
    assert not await due("another")
    world.clock.at += DAY
    assert await due()
    await went(at=began, failed_at=world.clock.at, error="no room")
    assert not await due()
    world.clock.at += HOUR
    assert await due("another")
    await world.end()


@pytest.mark.slow
async def test_the_service_makes_one_by_itself_in_a_process_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    yaml = f"{YAML}\nbackups: {{every: 1d, keep: 1, to: {folder}}}\n"
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    await world.fires()
    for _ in range(2):
        await world.app.backups.look()
        world.clock.at += DAY
    assert world.app.backups.last.error == "" and world.app.backups.last.rows > 5
    (file,) = folder.iterdir()
    made, wrong = await backups.verify(file, BackupKey(world.app.ring), NOW)
    assert (made.total, wrong) == (world.app.backups.last.rows, [])
    await world.end()
