"""What was said of each automation since the settings did: on, off, tripped; and the switch that
stops them all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.tables import AUTOMATIONS

ALL = "*"
"""The name under which all of them are stopped."""
AS_SET, ON, OFF, TRIPPED, STOPPED = "", "on", "off", "tripped", "stopped"
_TABLE = "automations"
_COLUMNS = ("name", "state", "changed_at")


@dataclass(frozen=True, slots=True)
class Switch:
    """How one stands. ``by`` is who said so ("" for itself), ``why`` their words; ``until`` is when
    one that tripped tries once, ``trying`` the run that does; ``since`` is the instant before which
    runs say nothing for the breaker; ``looked_at`` how far its schedule was looked through."""

    name: str
    state: str = AS_SET
    changed_at: Instant = 0
    by: str = ""
    why: str = ""
    until: Instant = 0
    trying: int = 0
    since: Instant = 0
    looked_at: Instant = 0


def every(tx: Tx) -> dict[str, Switch]:
    """All of which something was said, by name."""
    return {row.name: _switch(tx, row) for row in tx.conn.execute(select(AUTOMATIONS))}


def get(tx: Tx, name: str) -> Switch:
    """How one stands."""
    row = tx.conn.execute(select(AUTOMATIONS).where(AUTOMATIONS.c.name == name)).first()
    return _switch(tx, row) if row is not None else Switch(name)


def stopped(tx: Tx) -> Switch | None:
    """Who stopped everything, since when and why; None where nobody did."""
    found = get(tx, ALL)
    return found if found.state == STOPPED else None


def save(tx: Tx, one: Switch) -> None:
    """It stands so from now on."""
    doc = {k: v for k, v in asdict(one).items() if v and k not in _COLUMNS}
    sealed = tx.ring.seal(_TABLE, one.name, doc)
    mine = AUTOMATIONS.c.name == one.name
    row = {"state": one.state, "changed_at": one.changed_at, "sealed": sealed}
    if tx.conn.execute(AUTOMATIONS.update().where(mine).values(**row)).rowcount == 0:
        tx.insert(AUTOMATIONS, [(one.name, one.state, one.changed_at, sealed)])


def _switch(tx: Tx, row: Any) -> Switch:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    return Switch(**columns, **tx.ring.open(_TABLE, row.name, row.sealed))
