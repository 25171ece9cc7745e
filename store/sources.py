"""Named intake sources: an alert's identity is (source, key), whichever token brought it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.tables import SOURCES


@dataclass(frozen=True, slots=True)
class Source:
    """A named intake source; an alert's identity is (source, key). ``token_id`` is the token it
    was reached by, 0 where it was by none."""

    id: int
    name: str
    integration: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    token_id: int = 0


def source(tx: Tx, now: Instant, name: str, integration: str) -> Source:
    """The named source, made if need be; ValueError when it belongs to another integration."""
    found = tx.conn.execute(select(SOURCES).where(SOURCES.c.name == name)).first()
    if found is None:
        row_id = tx.ids.next(now)
        tx.insert(SOURCES, [(row_id, name, integration, now, tx.ring.seal("sources", row_id, {}))])
        return Source(row_id, name, integration)
    if found.integration != integration:
        raise ValueError(f"the source {name} belongs to {found.integration}")
    return of_row(tx, found)


def of_row(tx: Tx, row: Any, token_id: int = 0) -> Source:
    """The source of a row of its table."""
    settings = tx.ring.open("sources", row.id, row.sealed)
    return Source(row.id, row.name, row.integration, settings, token_id)


def source_of(tx: Tx, source_id: int) -> Source:
    """The source of that number."""
    return of_row(tx, tx.conn.execute(select(SOURCES).where(SOURCES.c.id == source_id)).one())


def sources(tx: Tx) -> list[Source]:
    """All intake sources, by name."""
    return [of_row(tx, r) for r in tx.conn.execute(select(SOURCES).order_by(SOURCES.c.name))]


def configure_source(tx: Tx, source_id: int, settings: Mapping[str, Any]) -> None:
    """Store a source's settings (mapping and the like)."""
    sealed = tx.ring.seal("sources", source_id, dict(settings))
    tx.conn.execute(SOURCES.update().where(SOURCES.c.id == source_id).values(sealed=sealed))
