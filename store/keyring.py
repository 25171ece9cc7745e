"""What the database knows of its keys: their numbers, which one writes, and who holds which.

The keys themselves are never in it. The secrets of lookups and of the audit are, sealed by the
ring, so that any key can be retired once nothing is sealed by it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from store import audit, upkeep
from store.clock import Instant
from store.crypto import IDS, Damaged, Ring, WrongKey
from store.db import Tx
from store.key_sources import Found, KeySource, by_number
from store.model import Actor
from store.tables import AUDIT, CONFIG_VERSIONS, META

OWN, WRITES = "keys.own", "keys.writes"
_KEY, _HELD = "keys.key.", "keys.held."
STARTS = "starts"
_SYSTEM = Actor("system", "pixelview", "PixelView", "system", ("admin",))
LIFE = 30_000
"""Milliseconds for which a process counts as running after its last word."""


class NotHeld(Exception):
    """Some process that runs can't read a key yet."""


@dataclass(frozen=True, slots=True)
class Known:
    """One key as the database knows it: when it came, its check, when it was removed."""

    number: int
    made: Instant
    check: str
    gone: Instant | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that runs: the keys it can read, and the one it writes with."""

    name: str
    has: tuple[int, ...]
    writes: int


def _of(tx: Tx, prefix: str) -> list[tuple[str, Any]]:
    found = select(META).where(META.c.key.startswith(prefix, autoescape=True)).order_by(META.c.key)
    return [(r.key.removeprefix(prefix), json.loads(r.value)) for r in tx.conn.execute(found)]


def known(tx: Tx) -> list[Known]:
    """The keys by age, the oldest first; also those that were removed."""
    found = [
        Known(int(n), said["made"], said["check"], said.get("gone")) for n, said in _of(tx, _KEY)
    ]
    return sorted(found, key=lambda key: (key.made, key.number))


def _live(tx: Tx) -> dict[int, Known]:
    return {key.number: key for key in known(tx) if key.gone is None}


def _remember(tx: Tx, key: Known) -> None:
    said = {"made": key.made, "check": key.check} | ({"gone": key.gone} if key.gone else {})
    upkeep.set_meta(tx, f"{_KEY}{key.number}", json.dumps(said))


# ---- a database is opened ----------------------------------------------------------------------


def unlock(tx: Tx, found: Found | None, source: KeySource, now: Instant) -> Ring:
    """The ring of this database; a first key is made where nothing is sealed yet.

    MissingKey and WrongKey say what is not right, and nothing is written then (the transaction is
    to be rolled back).
    """
    sealed = upkeep.holds_sealed_rows(tx) or bool(known(tx))
    if found is None:
        found = source.make(may_create=not sealed)
    ring = Ring(_usable(tx, found))
    kept = upkeep.meta(tx, OWN)
    if kept is not None:
        ring.keep_own(*_opened(ring, kept))
    elif sealed:
        _prove(tx, ring)
    else:
        ring.keep_own(os.urandom(32), os.urandom(32))
    _write_with(tx, ring)
    new = announce(tx, ring, now)
    if sealed:
        _on_record(Tx(tx.conn, ring, tx.ids), new, source, now)
    if kept is None:
        keep_own(tx, ring)
    return ring


def _on_record(tx: Tx, new: list[int], source: KeySource, now: Instant) -> None:
    """Keys that a start found and the database did not know; in a chain of its own, which one start
    at a time writes."""
    for number in new:
        detail = {"key": number, "from": source.kind}
        audit.append(tx, STARTS, now, _SYSTEM, "keys.add", "ok", None, detail)


def _usable(tx: Tx, found: Found) -> dict[int, bytes]:
    """The keys by number without those that were removed; WrongKey where one is another."""
    all_known = known(tx)
    gone = {key.check for key in all_known if key.gone is not None}
    live = {key.number: key.check for key in all_known if key.gone is None}
    given = by_number(found, {check: number for number, check in live.items()})
    held: dict[int, bytes] = {}
    for number, secret in given.items():
        check = Ring({number: secret}).check(number)
        if live.get(number, check) != check:
            raise WrongKey(
                f"key {number} is not the one that this database knows by that number; "
                "nothing was changed"
            )
        if check not in gone:
            held[number] = secret
    if not held:
        raise WrongKey("every key that is here was removed from this database; nothing was changed")
    return held


def _opened(ring: Ring, kept: str) -> tuple[bytes, bytes]:
    blob = base64.b64decode(kept)
    try:
        index, audit = ring.open("meta", OWN, blob)
    except Damaged:
        have = ", ".join(map(str, ring.numbers))
        raise WrongKey(
            f"the keys that are here (number {have}) do not open this database: its newest rows "
            f"are sealed by key {blob[1]}; nothing was changed"
        ) from None
    return base64.b64decode(index), base64.b64decode(audit)


def keep_own(tx: Tx, ring: Ring) -> None:
    """Keep the secrets of lookups and of the audit, sealed."""
    words = [base64.b64encode(secret).decode() for secret in ring.own]
    upkeep.set_meta(tx, OWN, base64.b64encode(ring.seal("meta", OWN, words)).decode())


def _prove(tx: Tx, ring: Ring) -> None:
    """A database that knows no keys yet is opened by one row of it."""
    named = select(CONFIG_VERSIONS).order_by(CONFIG_VERSIONS.c.id.desc()).limit(1)
    last = select(AUDIT).where(AUDIT.c.sealed.is_not(None)).order_by(AUDIT.c.at.desc()).limit(1)
    try:
        if row := tx.conn.execute(named).first():
            ring.open("config_versions", row.id, row.sealed)
        if row := tx.conn.execute(last).first():
            ring.open("audit", f"{row.writer}.{row.seq}", row.sealed)
    except Damaged as error:
        raise WrongKey(
            f"the keys that are here do not open this database ({error}); nothing was changed"
        ) from None


def _write_with(tx: Tx, ring: Ring) -> None:
    wanted = upkeep.meta(tx, WRITES)
    if wanted is None:
        upkeep.set_meta(tx, WRITES, str(ring.writes))
    elif int(wanted) not in ring.numbers:
        raise WrongKey(f"this database is written with key {wanted}, which is not here")
    else:
        ring.write_with(int(wanted))


def announce(tx: Tx, ring: Ring, now: Instant) -> list[int]:
    """Make keys known that the database has not seen; their numbers."""
    live = _live(tx)
    new = [number for number in ring.numbers if number not in live]
    for number in new:
        _remember(tx, Known(number, now, ring.check(number)))
    return new


# ---- while processes run -----------------------------------------------------------------------


def take(tx: Tx, ring: Ring, found: Found, now: Instant) -> list[int]:
    """A process that runs takes over keys that were added where its keys come from, and drops
    those that were removed; the numbers of the new ones."""
    given = _usable(tx, found)
    ring.take(given)
    new = announce(tx, ring, now) if given.keys() - _live(tx).keys() else []
    follow(tx, ring)
    return new


def follow(tx: Tx, ring: Ring) -> bool:
    """Write with the key that the database says; False where this process does not hold it."""
    live = _live(tx)
    wanted = int(upkeep.meta(tx, WRITES) or ring.writes)
    if wanted not in ring.numbers:
        return False
    if wanted != ring.writes:
        ring.write_with(wanted)
    for number in ring.numbers:
        if number not in live and number != wanted:
            ring.drop(number)
    return True


def hold(tx: Tx, me: str, ring: Ring, now: Instant) -> None:
    """This process runs, and holds these keys."""
    said = {"has": list(ring.numbers), "writes": ring.writes, "until": now + LIFE}
    key = _held(tx, me)
    name = base64.b64encode(ring.seal("meta", key, me)).decode()
    upkeep.set_meta(tx, key, json.dumps({**said, "name": name}))
    for mark, other in _of(tx, _HELD):
        if other["until"] < now - LIFE:
            tx.conn.execute(META.delete().where(META.c.key == f"{_HELD}{mark}"))


def _held(tx: Tx, me: str) -> str:
    """A process is named by its machine: not in clear."""
    return f"{_HELD}{tx.ring.blind('holder', me).hex()}"


def _name(tx: Tx, mark: str, said: dict[str, Any]) -> str:
    try:
        found: str = tx.ring.open("meta", f"{_HELD}{mark}", base64.b64decode(said["name"]))
    except (Damaged, KeyError):
        return mark
    return found


def let_go(tx: Tx, me: str) -> None:
    """This process ends."""
    tx.conn.execute(META.delete().where(META.c.key == _held(tx, me)))


def holders(tx: Tx, now: Instant) -> list[Holder]:
    """The processes that run."""
    return [
        Holder(_name(tx, mark, said), tuple(said["has"]), said["writes"])
        for mark, said in _of(tx, _HELD)
        if said["until"] >= now
    ]


def newest(tx: Tx) -> int:
    """The number of the key that came last."""
    live = [key for key in known(tx) if key.gone is None]
    return live[-1].number


def writes(tx: Tx) -> int | None:
    """The number of the key that rows are written with."""
    found = upkeep.meta(tx, WRITES)
    return None if found is None else int(found)


def advance(tx: Tx, to: int, now: Instant) -> None:
    """Rows are written with this key from now on; NotHeld names processes that can't read it."""
    lacking = [holder.name for holder in holders(tx, now) if to not in holder.has]
    if lacking:
        raise NotHeld(", ".join(lacking))
    upkeep.set_meta(tx, WRITES, str(to))


def all_write(tx: Tx, to: int, now: Instant) -> bool:
    """Whether every process that runs writes with this key."""
    return all(holder.writes == to for holder in holders(tx, now))


def next_number(tx: Tx, held: Mapping[int, bytes] | None = None) -> int:
    """The number for a new key: above the newest, going round after 255, of no key that lives."""
    live = _live(tx).keys() | (held or {}).keys()
    latest = known(tx)[-1].number if known(tx) else max(live, default=-1)
    order = [(latest + step) % IDS for step in range(1, IDS + 1)]
    free = [number for number in order if number not in live]
    if not free:
        raise ValueError("there are 256 keys; remove some first")
    return free[0]


def gone(tx: Tx, number: int, now: Instant) -> None:
    """A key is removed: nobody takes it up again, even where it still stands."""
    key = _live(tx)[number]
    _remember(tx, Known(number, key.made, key.check, now))


def sealed_words(key: str, value: str, ring: Ring) -> bytes | None:
    """The text sealed in a META value; None where that stands in clear."""
    try:
        return ring.open_text("meta", key, base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError, Damaged):
        return None


def seals(value: str) -> int | None:
    """The number of the key that sealed a META value; None where that stands in clear."""
    try:
        blob = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return blob[1] if len(blob) > 30 and blob[0] == 1 else None
