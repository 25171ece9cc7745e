"""Workflows that people put together here: their words, their files, and whether the system that
runs them has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.tables import WORKFLOWS

ASKED, THERE, REFUSED, LEAVING = "asked", "there", "refused", "leaving"
_TABLE = "workflows"
_COLUMNS = ("name", "state", "changed_at")


@dataclass(frozen=True, slots=True)
class MadeHere:
    """One workflow. ``version`` grows with each change, ``by`` is the handle of who made it last;
    ``text`` are the steps as they were typed, ``says`` in words, ``actions`` the offers in it;
    ``files`` is path → text. ``params`` are those of its action, as they are kept of an offer.
    ``error`` is why its system refuses it; ``tried`` the execution that tried it dry."""

    name: str
    state: str
    changed_at: Instant
    system: str = ""
    pack: str = ""
    ref: str = ""
    version: int = 1
    by: str = ""
    title: str = ""
    text: str = ""
    says: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    params: tuple[Mapping[str, Any], ...] = ()
    error: str = ""
    tried: int = 0


def every(tx: Tx) -> list[MadeHere]:
    """All, by name."""
    rows = tx.conn.execute(select(WORKFLOWS).order_by(WORKFLOWS.c.name))
    return [_made(tx, row) for row in rows]


def get(tx: Tx, name: str) -> MadeHere | None:
    """One by its name."""
    row = tx.conn.execute(select(WORKFLOWS).where(WORKFLOWS.c.name == name)).first()
    return _made(tx, row) if row is not None else None


def save(tx: Tx, one: MadeHere) -> None:
    """It is so from now on."""
    doc = {k: v for k, v in asdict(one).items() if v and k not in _COLUMNS}
    sealed = tx.ring.seal(_TABLE, one.name, doc)
    mine = WORKFLOWS.c.name == one.name
    row = {"state": one.state, "changed_at": one.changed_at, "sealed": sealed}
    if tx.conn.execute(WORKFLOWS.update().where(mine).values(**row)).rowcount == 0:
        tx.insert(WORKFLOWS, [(one.name, one.state, one.changed_at, sealed)])


def drop(tx: Tx, name: str) -> None:
    """It is no more."""
    tx.conn.execute(WORKFLOWS.delete().where(WORKFLOWS.c.name == name))


def _made(tx: Tx, row: Any) -> MadeHere:
    doc = tx.ring.open(_TABLE, row.name, row.sealed)
    for name in ("says", "actions", "params"):
        doc[name] = tuple(doc.get(name, ()))
    return MadeHere(row.name, row.state, row.changed_at, **doc)
