"""Rows of the record are added here: each names the one before it under a MAC, each chain has its
head under a MAC of its own, and all heads are anchored into one chain of anchors."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from store.clock import Instant
from store.db import Tx
from store.model import Actor
from store.tables import ANCHORS, AUDIT, META

ZERO = bytes(32)
STRANGER = "stranger"
HEAD, ANCHORED = "audit.head.", "audit.anchors"
SALT = "@salt"
"""Where the salt stands among what is sealed: in clear, beside its digest, a short detail could be
guessed."""


def mac_of(tx: Tx, prev: bytes, *parts: object) -> bytes:
    """The MAC over what a row says and the MAC of the row before it."""
    return tx.ring.mac(prev + "\x1f".join(map(str, parts)).encode())


def digest_of(salt: bytes, detail: Any) -> bytes:
    """What the MAC covers of a detail: a salted digest, so that the detail can be erased."""
    return hashlib.sha256(salt + canonical(detail)).digest()


def named(tx: Tx, kind: str, who: str) -> str:
    """Who stands beside the detail: a handle; of a chat account that is nobody's only a keyed hash,
    the account itself is sealed with the rest."""
    surface, colon, account = who.partition(":")
    if kind != STRANGER or not colon:
        return f"{kind}:{who}"
    return f"{kind}:{surface}:{tx.ring.blind(STRANGER, surface, account).hex()}"


def opened(tx: Tx, row: Any) -> tuple[bytes | None, Any]:
    """The salt and the detail of a row; Damaged where it does not open. A row of before has its
    salt beside it until ``salting.seal_salts`` went over it."""
    detail = tx.ring.open("audit", f"{row.writer}.{row.seq}", bytes(row.sealed or b""))
    if row.salt is not None:
        return bytes(row.salt), detail
    salt = detail.pop(SALT, None)
    return None if salt is None else bytes.fromhex(salt), detail


def canonical(detail: Any) -> bytes:
    """A detail as JSON in the one form that its digest is made of."""
    return msgspec.json.encode(detail, order="sorted")


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
    who = named(tx, actor.kind, actor.id)
    detail = {**detail, "name": actor.name, "surface": actor.surface, "address": actor.address}
    if who != f"{actor.kind}:{actor.id}":
        detail["account"] = actor.id
    salt = os.urandom(16)
    digest = digest_of(salt, detail)
    mac = mac_of(tx, prev, writer, seq, at, who, verb, outcome, incident_id, digest.hex())
    sealed = tx.ring.seal("audit", f"{writer}.{seq}", {**detail, SALT: salt.hex()})
    row = (writer, seq, at, who, verb, outcome, incident_id, digest, None, sealed, prev, mac)
    tx.insert(AUDIT, [row])
    mark(tx, HEAD + writer, seq, mac)
    tx.recorded += 1
    return seq


def _end(tx: Tx, writer: str) -> tuple[int, bytes]:
    """Where a chain goes on: after its head, also when somebody cut rows off before it."""
    last = tx.run("audit end", _last_row, b_writer=writer).first()
    seq, mac = (last.seq, bytes(last.mac)) if last else (0, ZERO)
    value = tx.run("audit head", _value, b_key=HEAD + writer).scalar()
    head = read_mark(tx, HEAD + writer, value) if value else None
    return head if head is not None and head[0] > seq else (seq, mac)


def _last_row() -> Any:
    mine = AUDIT.c.writer == bindparam("b_writer")
    return select(AUDIT.c.seq, AUDIT.c.mac).where(mine).order_by(AUDIT.c.seq.desc()).limit(1)


def _value() -> Any:
    return select(META.c.value).where(META.c.key == bindparam("b_key"))


def mark(tx: Tx, key: str, seq: int, mac: bytes) -> None:
    """Remember the head of a chain."""
    value = f"{seq}:{mac.hex()}:{mac_of(tx, ZERO, key, seq, mac.hex()).hex()}"
    if not tx.run("audit mark", _move_mark, b_key=key, b_value=value).rowcount:
        tx.insert(META, [(key, value)])


def _move_mark() -> Any:
    mine = META.c.key == bindparam("b_key")
    return META.update().where(mine).values(value=bindparam("b_value"))


def read_mark(tx: Tx, key: str, value: str) -> tuple[int, bytes] | None:
    """A chain's head as it was remembered; None when that was edited."""
    seq, _, rest = value.partition(":")
    mac, _, seal = rest.partition(":")
    if not seq.isdecimal() or mac_of(tx, ZERO, key, int(seq), mac).hex() != seal:
        return None
    return int(seq), bytes.fromhex(mac)


def marks(tx: Tx) -> dict[str, tuple[int, bytes] | None]:
    """The remembered heads of all chains by key; None for one that was edited."""
    chains = META.c.key.startswith(HEAD, autoescape=True) | (META.c.key == ANCHORED)
    kept = tx.conn.execute(select(META).where(chains).order_by(META.c.key))
    return {row.key: read_mark(tx, row.key, row.value) for row in kept}


def writers(tx: Tx) -> list[str]:
    """Every writer that has rows, or had: by its first row or its remembered head."""
    found = {key.removeprefix(HEAD) for key in marks(tx) if key != ANCHORED}
    name: str | None = ""
    while name is not None:
        name = tx.run("audit next writer", _next_writer, b_after=name).scalar()
        found.update(() if name is None else (name,))
    return sorted(found)


def _next_writer() -> Any:
    return select(func.min(AUDIT.c.writer)).where(AUDIT.c.writer > bindparam("b_after"))


def anchor(tx: Tx, at: Instant) -> bool:
    """Write the heads of all chains into the chain of anchors; False when nothing is new."""
    heads = {name: _end(tx, name) for name in writers(tx)}
    text = json.dumps({name: [seq, mac.hex()] for name, (seq, mac) in heads.items()})
    last = last_anchor(tx)
    if not heads or (last and last.heads == text):
        return False
    seq, prev = _anchors_end(tx, last)
    mac = mac_of(tx, prev, seq + 1, at, text)
    tx.insert(ANCHORS, [(seq + 1, at, text, prev, mac)])
    mark(tx, ANCHORED, seq + 1, mac)
    return True


def last_anchor(tx: Tx) -> Any:
    """The newest anchor as its row, or None."""
    return tx.conn.execute(select(ANCHORS).order_by(ANCHORS.c.seq.desc()).limit(1)).first()


def _anchors_end(tx: Tx, last: Any) -> tuple[int, bytes]:
    """Where the anchors go on: after their head, also when somebody cut some off before it."""
    seq, mac = (last.seq, bytes(last.mac)) if last else (0, ZERO)
    value = tx.run("audit head", _value, b_key=ANCHORED).scalar()
    head = read_mark(tx, ANCHORED, value) if value else None
    return head if head is not None and head[0] > seq else (seq, mac)


def anchor_at(tx: Tx, seq: int) -> tuple[int, Instant, bytes, dict[str, list[Any]]] | None:
    """An anchor by its number: number, instant, MAC, and writer → [newest row, its MAC]."""
    row = tx.conn.execute(select(ANCHORS).where(ANCHORS.c.seq == seq)).first()
    return None if row is None else (row.seq, row.at, bytes(row.mac), json.loads(row.heads))
