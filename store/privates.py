"""Private incidents as rows: that one is private, and whom it is shown to."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from store.db import Tx
from store.model import Incident
from store.tables import PRIVATE_INCIDENTS as TABLE
from store.veil import NOBODY


def keep(tx: Tx, incident: Incident) -> None:
    """A private incident is shown to whoever is on it from now on."""
    people = (incident.holder, incident.assignee, *incident.asking, *incident.paged)
    show_to(tx, incident.id, (*filter(None, people), *incident.people))


def show_to(tx: Tx, incident_id: int, people: Iterable[str]) -> None:
    """An incident is private, and these see it: handles, and teams as ``team:db``."""
    everybody = dict.fromkeys((NOBODY, *people))
    tx.insert_new(TABLE, [(incident_id, who) for who in everybody])


def forget(tx: Tx, incident_id: int) -> None:
    """An incident is private no more."""
    tx.conn.execute(TABLE.delete().where(TABLE.c.incident_id == incident_id))


def people_of(tx: Tx, incident_id: int) -> list[str]:
    """Whom a private incident is shown to."""
    mine = (TABLE.c.incident_id == incident_id) & (TABLE.c.who != NOBODY)
    return list(tx.conn.execute(select(TABLE.c.who).where(mine).order_by(TABLE.c.who)).scalars())


def among(tx: Tx, ids: Iterable[int]) -> frozenset[int]:
    """Those of some incidents that are private."""
    chosen = select(TABLE.c.incident_id).where(TABLE.c.who == NOBODY)
    return frozenset(tx.conn.execute(chosen.where(TABLE.c.incident_id.in_(list(ids)))).scalars())
