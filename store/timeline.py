"""The timeline: one sealed row per thing that happened to an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from store.clock import Instant
from store.db import Tx
from store.model import TimelineEntry
from store.tables import TIMELINE


def row(
    tx: Tx,
    incident_id: int,
    at: Instant,
    kind: str,
    actor: str,
    surface: str,
    say: str,
    why: str = "",
    detail: Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """The values of one line, for ``Tx.insert``."""
    row_id = tx.ids.next(at)
    sealed: dict[str, Any] = {"actor": actor, "surface": surface, "say": say}
    if why:
        sealed["why"] = why
    if detail:
        sealed["detail"] = dict(detail)
    return (row_id, incident_id, at, kind, tx.ring.seal("timeline", row_id, sealed))


def add(
    tx: Tx,
    incident_id: int,
    at: Instant,
    kind: str,
    actor: str,
    surface: str,
    say: str,
    why: str = "",
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Write one line; its id."""
    made = row(tx, incident_id, at, kind, actor, surface, say, why, detail)
    tx.insert(TIMELINE, [made])
    return int(made[0])


def rewrite(tx: Tx, entry: TimelineEntry, say: str, detail: Mapping[str, Any]) -> None:
    """A line says something else from now on: words that were edited or taken back."""
    sealed: dict[str, Any] = {"actor": entry.actor, "surface": entry.surface, "say": say}
    if entry.why:
        sealed["why"] = entry.why
    sealed["detail"] = {**entry.detail, **detail}
    tx.conn.execute(
        TIMELINE.update()
        .where(TIMELINE.c.id == entry.id)
        .values(sealed=tx.ring.seal("timeline", entry.id, sealed))
    )


def from_row(tx: Tx, found: Any) -> TimelineEntry:
    """The entry of one row."""
    d = tx.ring.open("timeline", found.id, found.sealed)
    return TimelineEntry(
        id=found.id,
        incident_id=found.incident_id,
        at=found.at,
        kind=found.kind,
        actor=d["actor"],
        surface=d["surface"],
        say=d["say"],
        why=d.get("why", ""),
        detail=d.get("detail", {}),
    )


def of_incident(tx: Tx, incident_id: int, limit: int = 1000) -> list[TimelineEntry]:
    """The newest ``limit`` lines of an incident, oldest first."""
    found = tx.run("timeline of", _of_incident, b_incident=incident_id, b_limit=limit).all()
    return [from_row(tx, r) for r in reversed(found)]


def of_people(tx: Tx, incident_id: int, limit: int = 200) -> list[TimelineEntry]:
    """The same without what the alerts said, of which there may be hundreds."""
    found = tx.run("timeline of people", _of_people, b_incident=incident_id, b_limit=limit).all()
    return [from_row(tx, r) for r in reversed(found)]


def _of_incident() -> Any:
    mine = select(TIMELINE).where(TIMELINE.c.incident_id == bindparam("b_incident"))
    return mine.order_by(TIMELINE.c.id.desc()).limit(bindparam("b_limit"))


def _of_people() -> Any:
    return _of_incident().where(
        (TIMELINE.c.kind != "alert") & (TIMELINE.c.kind != "alert_resolved")
    )


def get(tx: Tx, entry_id: int) -> TimelineEntry | None:
    """One line by its id."""
    found = tx.conn.execute(select(TIMELINE).where(TIMELINE.c.id == entry_id)).first()
    return from_row(tx, found) if found else None
