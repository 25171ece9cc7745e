"""What people had done to resources: asked for, under way, ended, and with what result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.tables import EXECUTIONS

SERIES = "executions"
ASKED, RUNNING, DONE, FAILED, UNKNOWN = "asked", "running", "done", "failed", "unknown"
"""``unknown``: it was begun and no answer came; it is not begun again by itself."""
_COLUMNS = frozenset({"id", "state", "resource_id", "incident_id", "asked_at", "ended_at"})


@dataclass(frozen=True, slots=True)
class Execution:
    """An action on a resource. ``by`` is a handle, ``says`` the deed in words, ``outcome`` what
    came of it in words."""

    id: int
    state: str
    action: str
    source: str
    by: str
    asked_at: Instant
    resource_id: int | None = None
    incident_id: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    outcome: str = ""
    ended_at: Instant | None = None


def new(tx: Tx) -> int:
    """The number of the next one."""
    return upkeep.number(tx, SERIES)


def add(tx: Tx, one: Execution) -> None:
    """Keep a new one."""
    row = (
        one.id, one.state, one.resource_id, one.incident_id, one.asked_at, one.ended_at,
        _sealed(tx, one),
    )  # fmt: skip
    tx.insert(EXECUTIONS, [row])


def became(
    tx: Tx, one: Execution, state: str, outcome: str = "", ended_at: Instant | None = None
) -> Execution:
    """It is in another state from now on."""
    one = replace(one, state=state, outcome=outcome, ended_at=ended_at)
    changed = {"state": state, "ended_at": ended_at, "sealed": _sealed(tx, one)}
    tx.conn.execute(EXECUTIONS.update().where(EXECUTIONS.c.id == one.id).values(**changed))
    return one


def get(tx: Tx, number: int) -> Execution | None:
    """One by its number."""
    row = tx.conn.execute(select(EXECUTIONS).where(EXECUTIONS.c.id == number)).first()
    return _execution(tx, row) if row is not None else None


def last(tx: Tx, *, resource: int | None = None, most: int = 20) -> list[Execution]:
    """The newest, of one resource or of all."""
    chosen = select(EXECUTIONS).order_by(EXECUTIONS.c.id.desc()).limit(most)
    if resource is not None:
        chosen = chosen.where(EXECUTIONS.c.resource_id == resource)
    return [_execution(tx, row) for row in tx.conn.execute(chosen)]


def _sealed(tx: Tx, one: Execution) -> bytes:
    doc = {k: v for k, v in asdict(one).items() if v and k not in _COLUMNS}
    return tx.ring.seal("executions", one.id, doc)


def _execution(tx: Tx, row: Any) -> Execution:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    return Execution(**columns, **tx.ring.open("executions", row.id, row.sealed))
