"""Drills on record: incidents that are exercises, until when they run, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.oncall_tables import DRILLS


@dataclass(frozen=True, slots=True)
class Drill:
    """One exercise of ``policy`` under a team. ``by`` is who asked for it (``plan`` where nobody
    did), ``places`` the channels its result goes to; ``score`` is there once it has ended."""

    id: int
    incident_id: int
    policy: str
    team: str | None
    at: Instant
    ends_at: Instant
    by: str
    severity: str
    steps: int
    places: tuple[str, ...] = ()
    ended_at: Instant | None = None
    score: Mapping[str, Any] = field(default_factory=dict)


_SEALED = ("by", "severity", "steps", "places")


def start(tx: Tx, drill: Drill) -> None:
    """Put a drill on record."""
    said = {name: getattr(drill, name) for name in _SEALED}
    sealed = tx.ring.seal("drills", drill.id, said)
    d = drill
    row = (d.id, d.incident_id, d.policy, d.team, d.at, d.ends_at, None, sealed)
    tx.insert(DRILLS, [row])


def end(tx: Tx, drill: Drill, now: Instant, score: Mapping[str, Any]) -> None:
    """A drill is over, with this score."""
    said = {**{name: getattr(drill, name) for name in _SEALED}, "score": dict(score)}
    sealed = tx.ring.seal("drills", drill.id, said)
    tx.conn.execute(
        DRILLS.update().where(DRILLS.c.id == drill.id).values(ended_at=now, sealed=sealed)
    )


def running(tx: Tx) -> list[Drill]:
    """Those that have not ended."""
    return _found(tx, select(DRILLS).where(DRILLS.c.ended_at.is_(None)))


def get(tx: Tx, drill_id: int) -> Drill | None:
    """One drill, or None."""
    return next(iter(_found(tx, select(DRILLS).where(DRILLS.c.id == drill_id))), None)


def recent(tx: Tx, limit: int) -> list[Drill]:
    """The latest drills, the newest first."""
    return _found(tx, select(DRILLS).order_by(DRILLS.c.id.desc()).limit(limit))


def among(tx: Tx, incident_ids: Iterable[int]) -> set[int]:
    """Those of the incidents that are drills."""
    mine = select(DRILLS.c.incident_id).where(DRILLS.c.incident_id.in_(list(incident_ids)))
    return set(tx.conn.execute(mine).scalars())


def _found(tx: Tx, chosen: Any) -> list[Drill]:
    return [_drill(tx, row) for row in tx.conn.execute(chosen)]


def _drill(tx: Tx, row: Any) -> Drill:
    said = tx.ring.open("drills", row.id, row.sealed)
    return Drill(
        row.id,
        row.incident_id,
        row.policy,
        row.team,
        row.at,
        row.ends_at,
        ended_at=row.ended_at,
        **{**said, "places": tuple(said["places"])},
    )
