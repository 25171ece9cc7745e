"""Quarantine: bodies that could not be read, sealed, once a content, until they are too old."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from store import upkeep
from store.access import Source
from store.access import source_of as _source
from store.clock import DAY, Instant
from store.db import Tx
from store.tables import QUARANTINE, SOURCES

MOST = 1_000
"""Bodies kept of one token; the oldest go first."""
LARGEST = 64 << 20
"""Bytes kept of one token."""
KEPT = 14 * DAY


@dataclass(frozen=True, slots=True)
class Refused:
    """A body as it came, and why it could not be read; headers are those a reader may look at.
    ``integration`` is the reader, which is that of the source but where another tool's own address
    was used."""

    body: bytes
    content_type: str
    error: str
    where: str
    status: int = 400
    path: str = ""
    integration: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """One content in quarantine: how often it came, from when to when."""

    id: int
    source: Source
    at: Instant
    last_at: Instant
    count: int
    refused: Refused


def add(tx: Tx, now: Instant, source: Source, refused: Refused, of: bytes | None = None) -> int:
    """Keep a body; its number. The same content again only counts, with the latest error. ``of`` is
    the body as it came, where another is kept."""
    digest = hashlib.sha256(refused.body if of is None else of).hexdigest()
    body_hash = tx.ring.blind("quarantine", digest, refused.content_type, refused.path)
    mine = (QUARANTINE.c.token_id == source.token_id) & (QUARANTINE.c.body_hash == body_hash)
    known = tx.conn.execute(select(QUARANTINE.c.id).where(mine)).scalar()
    row_id = upkeep.number(tx, "quarantine") if known is None else int(known)
    packed = zlib.compress(refused.body)
    sealed = tx.ring.seal("quarantine", row_id, {**_doc(refused), "body": packed})
    if known is not None:
        changed = {"last_at": now, "count": QUARANTINE.c.count + 1, "sealed": sealed}
        tx.conn.execute(QUARANTINE.update().where(QUARANTINE.c.id == row_id).values(**changed))
        return row_id
    row = (row_id, source.token_id, source.id, body_hash, now, now, 1, len(sealed), sealed)
    tx.insert(QUARANTINE, [row])
    _bound(tx, source.token_id)
    return row_id


def _doc(refused: Refused) -> dict[str, Any]:
    return {
        "content_type": refused.content_type, "error": refused.error, "where": refused.where,
        "status": refused.status, "path": refused.path,
        "integration": refused.integration, "headers": dict(refused.headers),
        "query": dict(refused.query),
    }  # fmt: skip


def _bound(tx: Tx, token_id: int) -> None:
    """No more of one token than is kept: the oldest go."""
    mine = QUARANTINE.c.token_id == token_id
    asked = select(func.count(), func.sum(QUARANTINE.c.size)).where(mine)
    count, size = tx.conn.execute(asked).one()
    if count <= MOST and size <= LARGEST:
        return
    rows = select(QUARANTINE.c.id, QUARANTINE.c.size).where(mine)
    found = tx.conn.execute(rows.order_by(QUARANTINE.c.last_at.desc(), QUARANTINE.c.id.desc()))
    gone, held = [], 0
    for place, row in enumerate(found.all()):
        held += row.size
        if place >= MOST or held > LARGEST:
            gone.append(row.id)
    tx.conn.execute(QUARANTINE.delete().where(QUARANTINE.c.id.in_(gone)))


def recent(tx: Tx, limit: int, source: str = "") -> list[Held]:
    """What came last, the newest first, of one source or of all."""
    joined = QUARANTINE.join(SOURCES, SOURCES.c.id == QUARANTINE.c.source_id)
    asked = select(QUARANTINE, SOURCES.c.name).select_from(joined)
    if source:
        asked = asked.where(SOURCES.c.name == source)
    newest = asked.order_by(QUARANTINE.c.last_at.desc(), QUARANTINE.c.id.desc()).limit(limit)
    return [_held(tx, row) for row in tx.conn.execute(newest).all()]


def get(tx: Tx, row_id: int) -> Held | None:
    """One of them by its number."""
    row = tx.conn.execute(select(QUARANTINE).where(QUARANTINE.c.id == row_id)).first()
    return _held(tx, row) if row is not None else None


def remove(tx: Tx, row_id: int) -> None:
    """It was read after all, or nobody wants it."""
    tx.conn.execute(QUARANTINE.delete().where(QUARANTINE.c.id == row_id))


def forget(tx: Tx, now: Instant) -> None:
    """Drop what is older than is kept."""
    tx.conn.execute(QUARANTINE.delete().where(QUARANTINE.c.last_at < now - KEPT))


def _held(tx: Tx, row: Any) -> Held:
    d = tx.ring.open("quarantine", row.id, row.sealed)
    body = zlib.decompress(base64.b64decode(d.pop("body")))
    source = _source(tx, row.source_id)
    return Held(row.id, source, row.at, row.last_at, row.count, Refused(body=body, **d))
