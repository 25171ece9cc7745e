"""Keys: numbers that stay, a wrong one changes nothing, and sealing anew loses no newer value."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from store import keyring, rotation, timeline, upkeep
from store.crypto import MissingKey, Ring, WrongKey
from store.db import Tx
from store.key_sources import BadKeys, KeySource, by_number, parse, written
from store.rotation import Place, State, count_page
from store.tables import TIMELINE
from tests.store.conftest import NOW, SECRET, Base

OTHER = bytes(reversed(range(32)))


def source(tmp_path: Path, *keys: tuple[int, bytes]) -> KeySource:
    """A key file."""
    path = tmp_path / "pixelview.key"
    path.write_text("\n".join(written(*key) for key in keys))
    path.chmod(0o600)
    return KeySource(file=path)


def left(tx: Tx) -> dict[int, int]:
    """How many rows each key seals."""
    found: dict[int, int] = {}
    at: Place | None = Place()
    while at is not None:
        part, at = count_page(tx, at, 3)
        for number, rows in part.items():
            found[number] = found.get(number, 0) + rows
    return found


def walk(tx: Tx) -> State:
    """Every page of one round."""
    known = rotation.begin(tx, 1, NOW, "ana")
    while known.table != rotation.WORDS:
        known = rotation.page(tx, known)
    return known


def test_a_key_keeps_its_number_when_those_before_it_are_gone() -> None:
    secret = base64.b64encode(OTHER).decode()
    assert by_number(parse(f"7:{secret}", "x")) == {7: OTHER}
    assert by_number(parse(f"# new\n{secret}", "x"), {Ring({0: OTHER}).check(0): 3}) == {3: OTHER}


@pytest.mark.parametrize("text", ["", "x", "AAAA", "300:" + base64.b64encode(SECRET).decode()])
def test_what_is_no_key_is_told_and_not_shown(text: str) -> None:
    with pytest.raises(BadKeys) as told:
        parse(text, "the file")
    assert base64.b64encode(SECRET).decode() not in str(told.value)


def test_a_key_file_that_others_may_read_is_refused_unless_told_so(tmp_path: Path) -> None:
    keys = source(tmp_path, (0, SECRET))
    keys.file.chmod(0o640)
    with pytest.raises(BadKeys, match="chmod 600"):
        keys.read()
    assert KeySource(file=keys.file, shared=True).read() == [(0, SECRET)]


def test_a_command_prints_the_keys_and_its_failures_say_nothing_of_them() -> None:
    say = f"print('{written(4, SECRET)}')"
    assert KeySource(command=(sys.executable, "-c", say)).read() == [(4, SECRET)]
    failing = KeySource(command=(sys.executable, "-c", f"{say}; raise SystemExit(3)"))
    with pytest.raises(BadKeys, match="ended with 3") as told:
        failing.read()
    assert base64.b64encode(SECRET).decode() not in str(told.value)
    with pytest.raises(BadKeys, match="can't be run"):
        KeySource(command=("/nowhere/at/all",)).read()


async def test_a_wrong_key_is_told_and_nothing_is_written(base: Base, tmp_path: Path) -> None:
    right = source(tmp_path, (0, SECRET))
    await base.do(lambda tx: keyring.unlock(tx, right.read(), right, NOW))
    wrong = source(tmp_path, (0, OTHER))
    with pytest.raises(WrongKey, match="key 0 is not the one"):
        await base.do(lambda tx: keyring.unlock(tx, wrong.read(), wrong, NOW))
    strange = source(tmp_path, (9, OTHER))
    with pytest.raises(WrongKey, match="do not open"):
        await base.do(lambda tx: keyring.unlock(tx, strange.read(), strange, NOW))
    assert [key.number for key in await base.read(keyring.known)] == [0]


async def test_a_database_from_before_keeps_its_lookups_and_its_audit(
    base: Base, tmp_path: Path
) -> None:
    await base.do(
        lambda tx: upkeep.set_meta(
            tx, "keys.key.0", f'{{"made":1,"check":"{Ring([SECRET]).check(0)}"}}'
        )
    )
    keys = source(tmp_path, (0, SECRET))
    ring = await base.do(lambda tx: keyring.unlock(tx, keys.read(), keys, NOW))
    assert ring.own == Ring([SECRET]).own
    both = source(tmp_path, (0, SECRET), (1, OTHER))
    again = await base.do(lambda tx: keyring.unlock(tx, both.read(), both, NOW))
    assert (again.own, again.writes) == (ring.own, 0)


async def test_sealing_anew_leaves_nothing_to_the_old_key_which_can_go(
    base: Base, tmp_path: Path
) -> None:
    both = source(tmp_path, (0, SECRET))
    ring = await base.do(lambda tx: keyring.unlock(tx, both.read(), both, NOW))
    turned = base.with_ring(ring)
    for say in map(str, range(7)):
        await turned.do(lambda tx, s=say: timeline.add(tx, 1, NOW, "note", "ana", "web", s))  # type: ignore[misc]
    await turned.do(lambda tx: keyring.take(tx, ring, [(0, SECRET), (1, OTHER)], NOW))
    assert ring.writes == 0
    await turned.do(lambda tx: keyring.advance(tx, 1, NOW))
    await turned.do(lambda tx: keyring.follow(tx, ring))
    done = await turned.do(walk)
    assert done.bad == 0 and set(await turned.read(left)) == {1}
    await turned.do(lambda tx: keyring.gone(tx, 0, NOW))
    only = source(tmp_path, (1, OTHER))
    alone = await turned.do(lambda tx: keyring.unlock(tx, only.read(), only, NOW))
    assert alone.own == ring.own
    last = turned.with_ring(alone)
    said = await last.read(lambda tx: [e.say for e in timeline.of_incident(tx, 1)])
    assert said == list("0123456")
    removed = source(tmp_path, (0, SECRET))
    with pytest.raises(WrongKey, match="was removed"):
        await turned.do(lambda tx: keyring.unlock(tx, removed.read(), removed, NOW))
    await last.close()
    await turned.close()


async def test_a_row_that_changed_since_it_was_read_is_not_written_over(base: Base) -> None:
    ring = Ring([SECRET])
    turned = base.with_ring(ring)
    await turned.do(lambda tx: timeline.add(tx, 1, NOW, "note", "ana", "web", "old"))
    row = await turned.read(lambda tx: tx.conn.execute(select(TIMELINE)).one())
    newer = ring.seal("timeline", row.id, {"newer": True})
    await turned.do(lambda tx: tx.conn.execute(TIMELINE.update().values(sealed=newer)))
    stale = {"b_key0": row.id, "b_old": row.sealed, "b_new": b"lost"}
    await turned.do(
        lambda tx: tx.many("w", lambda: rotation._write(TIMELINE, TIMELINE.c.sealed), [stale])
    )
    assert (
        await turned.read(lambda tx: tx.conn.execute(select(TIMELINE.c.sealed)).scalar()) == newer
    )
    await turned.close()


async def test_no_key_is_written_with_that_a_running_process_lacks(base: Base) -> None:
    ring = Ring({0: SECRET, 1: OTHER})
    await base.do(lambda tx: keyring.hold(tx, "here", ring, NOW))
    await base.do(lambda tx: keyring.hold(tx, "there", Ring([SECRET]), NOW))
    with pytest.raises(keyring.NotHeld, match="there"):
        await base.do(lambda tx: keyring.advance(tx, 1, NOW))
    await base.do(lambda tx: keyring.advance(tx, 1, NOW + keyring.LIFE + 1))


async def test_a_missing_key_of_a_sealed_database_is_never_made_anew(
    base: Base, tmp_path: Path
) -> None:
    keys = source(tmp_path, (0, SECRET))
    await base.do(lambda tx: keyring.unlock(tx, keys.read(), keys, NOW))
    keys.file.unlink()
    with pytest.raises(MissingKey, match="is not there"):
        await base.do(lambda tx: keyring.unlock(tx, keys.read(), keys, NOW))
    assert not keys.file.exists()
