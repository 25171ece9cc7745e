"""The audit: one chain of rows per writer, all chains anchored into one, every edit visible."""

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
from store.tables import ANCHORS, AUDIT

_ZERO = bytes(32)


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
    head = tx.run("audit head", _head, b_writer=writer).first()
    seq, prev = (head.seq + 1, head.mac) if head else (1, _ZERO)
    who = f"{actor.kind}:{actor.id}"
    detail = {**detail, "name": actor.name, "surface": actor.surface, "address": actor.address}
    salt = os.urandom(16)
    digest = hashlib.sha256(salt + msgspec.json.encode(detail, order="sorted")).digest()
    mac = _mac(tx, prev, writer, seq, at, who, verb, outcome, incident_id, digest.hex())
    sealed = tx.ring.seal("audit", f"{writer}.{seq}", detail)
    row = (writer, seq, at, who, verb, outcome, incident_id, digest, salt, sealed, prev, mac)
    tx.insert(AUDIT, [row])
    return seq


def _head() -> Any:
    mine = AUDIT.c.writer == bindparam("b_writer")
    return select(AUDIT.c.seq, AUDIT.c.mac).where(mine).order_by(AUDIT.c.seq.desc()).limit(1)


def anchor(tx: Tx, at: Instant) -> bool:
    """Write the heads of all chains into the chain of anchors; False when nothing is new."""
    heads = _heads(tx)
    text = json.dumps(heads, sort_keys=True)
    last = tx.conn.execute(select(ANCHORS).order_by(ANCHORS.c.seq.desc()).limit(1)).first()
    if not heads or (last and last.heads == text):
        return False
    seq, prev = (last.seq + 1, last.mac) if last else (1, _ZERO)
    tx.insert(ANCHORS, [(seq, at, text, prev, _mac(tx, prev, seq, at, text))])
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
    macs: dict[tuple[str, int], str] = {}
    flaws: list[Flaw] = []
    rows = 0
    for row, found in _rows(tx):
        rows += 1
        flaws += found
        macs[row.writer, row.seq] = row.mac.hex()
    anchors, found = _anchors(tx, macs)
    return rows, anchors, flaws + found


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


def _anchors(tx: Tx, macs: dict[tuple[str, int], str]) -> tuple[int, list[Flaw]]:
    flaws: list[Flaw] = []
    seq, prev, count = 0, _ZERO, 0
    for row in tx.conn.execute(select(ANCHORS).order_by(ANCHORS.c.seq)):
        count += 1
        where = f"anchor {row.seq}"
        if row.seq != seq + 1 or row.prev != prev:
            flaws.append(Flaw(where, "anchors before it are missing or were reordered"))
        if _mac(tx, row.prev, row.seq, row.at, row.heads) != row.mac:
            flaws.append(Flaw(where, "was edited: its MAC does not fit"))
        else:
            flaws += [
                Flaw(
                    where,
                    f"names audit {writer} {head[0]}, which is not there (truncated or replaced)",
                )
                for writer, head in json.loads(row.heads).items()
                if macs.get((writer, head[0])) != head[1]
            ]
        seq, prev = row.seq, row.mac
    return count, flaws
