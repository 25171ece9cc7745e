"""What was changed, as sources said it: kept for a month, looked at when something breaks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.model import DAY, HOUR, AlertReading, Change, Link
from store.tables import WHAT_CHANGED

KEPT = 30 * DAY
SAME = HOUR
"""The end of a deployment comes within this of its start, under the same key."""


def keep(tx: Tx, source_id: int, source: str, reading: AlertReading, now: Instant) -> None:
    """Remember a change. The same key within an hour is the same change, which goes on to be as
    it was said last and stays where it began."""
    key = tx.ring.blind("change", str(source_id), reading.key)
    at = min(reading.starts_at or now, now)
    near = (WHAT_CHANGED.c.at >= at - SAME) & (WHAT_CHANGED.c.at <= at + SAME)
    known = tx.conn.execute(
        select(WHAT_CHANGED.c.id)
        .where((WHAT_CHANGED.c.key_hash == key) & near)
        .order_by(WHAT_CHANGED.c.id.desc())
        .limit(1)
    ).scalar()
    row_id = known if known is not None else tx.ids.next(now)
    sealed = tx.ring.seal("what_changed", row_id, _doc(reading, source))
    if known is None:
        tx.insert(WHAT_CHANGED, [(row_id, key, at, sealed)])
        return
    mine = WHAT_CHANGED.update().where(WHAT_CHANGED.c.id == known)
    tx.conn.execute(mine.values(sealed=sealed))


def between(tx: Tx, since: Instant, until: Instant, most: int = 100) -> list[Change]:
    """The newest changes from ``since`` to ``until``, both included, the newest first."""
    there = WHAT_CHANGED.c.at.between(since, until)
    newest = (WHAT_CHANGED.c.at.desc(), WHAT_CHANGED.c.id.desc())
    rows = tx.conn.execute(select(WHAT_CHANGED).where(there).order_by(*newest).limit(most))
    return [_change(tx, row) for row in rows]


def forget(tx: Tx, now: Instant) -> None:
    """Drop what is older than is kept."""
    tx.conn.execute(WHAT_CHANGED.delete().where(WHAT_CHANGED.c.at < now - KEPT))


def _doc(reading: AlertReading, source: str) -> dict[str, Any]:
    doc: dict[str, Any] = {"source": source, "key": reading.key, "title": reading.title}
    parts = {
        "description": reading.description, "resource": reading.resource,
        "labels": reading.labels, "links": reading.links,
    }  # fmt: skip
    return doc | {name: part for name, part in parts.items() if part}


def _change(tx: Tx, row: Any) -> Change:
    d = tx.ring.open("what_changed", row.id, row.sealed)
    return Change(
        id=row.id,
        at=row.at,
        source=d["source"],
        key=d["key"],
        title=d["title"],
        description=d.get("description", ""),
        resource=d.get("resource"),
        labels=d.get("labels", {}),
        links=tuple(Link(**link) for link in d.get("links", ())),
    )
