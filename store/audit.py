"""The audit: one chain of rows per writer, all chains anchored into one, every edit visible.

Beside each chain stands its head under a MAC of its own, so that a cut tail shows too.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from store.clock import Instant
from store.crypto import Damaged
from store.db import Tx
from store.model import Actor
from store.tables import ANCHORS, AUDIT, META

_ZERO = bytes(32)
_HEAD, _ANCHORS = "audit.head.", "audit.anchors"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something the verification found: where, and what is wrong with it."""

    where: str
    what: str


def _mac(tx: Tx, prev: bytes, *parts: object) -> bytes:
    return tx.ring.mac(prev + "\x1f".join(map(str, parts)).encode())


def append(
    tx: Tx,
    writer: str,
    at: Instant,
    actor: Actor,
    verb: str,
    outcome: str,
    incident_id: int | None,
    detail: dict[str, Any],
) -> int:
    """Add one row to the writer's chain, in the transaction of the change it records."""
    seq, prev = _end(tx, writer)
    seq += 1
    who = f"{actor.kind}:{actor.id}"
    detail = {**detail, "name": actor.name, "surface": actor.surface, "address": actor.address}
    salt = os.urandom(16)
    digest = hashlib.sha256(salt + msgspec.json.encode(detail, order="sorted")).digest()
    mac = _mac(tx, prev, writer, seq, at, who, verb, outcome, incident_id, digest.hex())
    sealed = tx.ring.seal("audit", f"{writer}.{seq}", detail)
    row = (writer, seq, at, who, verb, outcome, incident_id, digest, salt, sealed, prev, mac)
    tx.insert(AUDIT, [row])
    _mark(tx, _HEAD + writer, seq, mac)
    return seq


def _end(tx: Tx, writer: str) -> tuple[int, bytes]:
    """Where a chain goes on: after its head, also when somebody cut rows off before it."""
    last = tx.run("audit end", _last_row, b_writer=writer).first()
    seq, mac = (last.seq, bytes(last.mac)) if last else (0, _ZERO)
    value = tx.run("audit head", _value, b_key=_HEAD + writer).scalar()
    head = _read_mark(tx, _HEAD + writer, value) if value else None
    return head if head is not None and head[0] > seq else (seq, mac)


def _last_row() -> Any:
    mine = AUDIT.c.writer == bindparam("b_writer")
    return select(AUDIT.c.seq, AUDIT.c.mac).where(mine).order_by(AUDIT.c.seq.desc()).limit(1)


def _value() -> Any:
    return select(META.c.value).where(META.c.key == bindparam("b_key"))


def _mark(tx: Tx, key: str, seq: int, mac: bytes) -> None:
    """Remember the head of a chain."""
    value = f"{seq}:{mac.hex()}:{_mac(tx, _ZERO, key, seq, mac.hex()).hex()}"
    if not tx.run("audit mark", _move_mark, b_key=key, b_value=value).rowcount:
        tx.insert(META, [(key, value)])


def _move_mark() -> Any:
    mine = META.c.key == bindparam("b_key")
    return META.update().where(mine).values(value=bindparam("b_value"))


def _read_mark(tx: Tx, key: str, value: str) -> tuple[int, bytes] | None:
    """A chain's head as it was remembered; None when that was edited."""
    seq, _, rest = value.partition(":")
    mac, _, seal = rest.partition(":")
    if not seq.isdecimal() or _mac(tx, _ZERO, key, int(seq), mac).hex() != seal:
        return None
    return int(seq), bytes.fromhex(mac)


def anchor(tx: Tx, at: Instant) -> bool:
    """Write the heads of all chains into the chain of anchors; False when nothing is new."""
    heads = _heads(tx)
    text = json.dumps(heads, sort_keys=True)
    last = tx.conn.execute(select(ANCHORS).order_by(ANCHORS.c.seq.desc()).limit(1)).first()
    if not heads or (last and last.heads == text):
        return False
    seq, prev = (last.seq + 1, last.mac) if last else (1, _ZERO)
    mac = _mac(tx, prev, seq, at, text)
    tx.insert(ANCHORS, [(seq, at, text, prev, mac)])
    _mark(tx, _ANCHORS, seq, mac)
    return True


def _heads(tx: Tx) -> dict[str, list[Any]]:
    top = (
        select(AUDIT.c.writer, func.max(AUDIT.c.seq).label("seq"))
        .group_by(AUDIT.c.writer)
        .subquery()
    )
    rows = tx.conn.execute(
        select(AUDIT.c.writer, AUDIT.c.seq, AUDIT.c.mac).join(
            top, (top.c.writer == AUDIT.c.writer) & (top.c.seq == AUDIT.c.seq)
        )
    )
    return {r.writer: [r.seq, r.mac.hex()] for r in rows}


def verify(tx: Tx) -> tuple[int, int, list[Flaw]]:
    """Rows and anchors read, and every flaw: edited, removed, inserted, reordered or truncated."""
    anchors, named, flaws = _anchors(tx)
    ends: dict[str, tuple[int, bytes]] = {}
    rows = 0
    for row, found in _rows(tx):
        rows += 1
        flaws += found
        if named.get((row.writer, row.seq)) == row.mac.hex():
            del named[row.writer, row.seq]
        ends[_HEAD + row.writer] = (row.seq, row.mac)
    flaws += [
        Flaw(f"audit {writer} {seq}", "an anchor names it and it is not there (cut or replaced)")
        for writer, seq in named
    ]
    return rows, anchors, flaws + _heads_fit(tx, ends)


def _heads_fit(tx: Tx, ends: dict[str, tuple[int, bytes]]) -> list[Flaw]:
    """Every chain must end where its remembered head is."""
    last = tx.conn.execute(select(ANCHORS).order_by(ANCHORS.c.seq.desc()).limit(1)).first()
    if last is not None:
        ends = {**ends, _ANCHORS: (last.seq, last.mac)}
    kept = select(META).where(META.c.key.startswith("audit.", autoescape=True))
    heads = {r.key: _read_mark(tx, r.key, r.value) for r in tx.conn.execute(kept)}
    flaws = []
    for key in sorted(ends.keys() | heads.keys()):
        where = "anchors" if key == _ANCHORS else f"audit {key.removeprefix(_HEAD)}"
        if heads.get(key) is None:
            flaws.append(Flaw(where, "its head is missing or was edited"))
        elif ends.get(key) != heads[key]:
            seq = ends.get(key, (0, _ZERO))[0]
            flaws.append(Flaw(where, f"ends at {seq}, not where its head says (cut or replaced)"))
    return flaws


def _rows(tx: Tx) -> Iterator[tuple[Any, list[Flaw]]]:
    writer, seq, prev = "", 0, _ZERO
    last: tuple[str, int] = ("", 0)
    page = select(AUDIT).order_by(AUDIT.c.writer, AUDIT.c.seq).limit(1000)
    while True:
        found = tx.conn.execute(
            page.where(
                (AUDIT.c.writer > last[0]) | ((AUDIT.c.writer == last[0]) & (AUDIT.c.seq > last[1]))
            )
        ).all()
        for row in found:
            if row.writer != writer:
                writer, seq, prev = row.writer, 0, _ZERO
            flaws = _check(tx, row, seq + 1, prev)
            seq, prev = row.seq, row.mac
            last = (row.writer, row.seq)
            yield row, flaws
        if len(found) < 1000:
            return


def _check(tx: Tx, row: Any, expected: int, prev: bytes) -> list[Flaw]:
    where = f"audit {row.writer} {row.seq}"
    flaws = []
    if row.seq != expected:
        flaws.append(Flaw(where, f"rows {expected} to {row.seq - 1} are missing"))
    elif row.prev != prev:
        flaws.append(Flaw(where, "does not follow the row before it (inserted or reordered)"))
    mac = _mac(
        tx,
        row.prev,
        row.writer,
        row.seq,
        row.at,
        row.actor,
        row.verb,
        row.outcome,
        row.incident_id,
        row.digest.hex(),
    )
    if mac != row.mac:
        flaws.append(Flaw(where, "was edited: its MAC does not fit"))
    if row.sealed is not None and not _detail_fits(tx, row):
        flaws.append(Flaw(where, "its detail was edited"))
    return flaws


def _detail_fits(tx: Tx, row: Any) -> bool:
    try:
        detail = tx.ring.open("audit", f"{row.writer}.{row.seq}", row.sealed)
    except Damaged:
        return False
    text = (row.salt or b"") + msgspec.json.encode(detail, order="sorted")
    return bool(hashlib.sha256(text).digest() == row.digest)


def _anchors(tx: Tx) -> tuple[int, dict[tuple[str, int], str], list[Flaw]]:
    """How many anchors there are, the rows they name with their MACs, and the flaws."""
    flaws: list[Flaw] = []
    named: dict[tuple[str, int], str] = {}
    seq, prev, count = 0, _ZERO, 0
    for row in tx.conn.execute(select(ANCHORS).order_by(ANCHORS.c.seq)):
        count += 1
        where = f"anchor {row.seq}"
        if row.seq != seq + 1 or row.prev != prev:
            flaws.append(Flaw(where, "anchors before it are missing or were reordered"))
        if _mac(tx, row.prev, row.seq, row.at, row.heads) != row.mac:
            flaws.append(Flaw(where, "was edited: its MAC does not fit"))
        else:
            heads = json.loads(row.heads)
            named.update({(writer, head[0]): head[1] for writer, head in heads.items()})
        seq, prev = row.seq, row.mac
    return count, named, flaws
