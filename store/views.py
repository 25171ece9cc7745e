"""Saved views: a name for the words of a list, kept for a person, a team or everybody."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.tables import FIRST_VIEWS, VIEWS

EVERYBODY = "*"
TEAM = "team:"


@dataclass(frozen=True, slots=True)
class SavedView:
    """One view. ``owner`` is a person's handle, ``team:<name>`` or ``*``; ``words`` are what
    ``list`` reads; ``by`` is who saved it last."""

    id: int
    owner: str
    name: str
    words: str
    by: str
    made_at: Instant
    changed_at: Instant

    @property
    def team(self) -> str:
        """The team whose view it is, or nothing."""
        return self.owner.removeprefix(TEAM) if self.owner.startswith(TEAM) else ""


def named(tx: Tx, owner: str, name: str) -> SavedView | None:
    """The view that an owner has under a name, whatever its case, to be changed here."""
    mine = (VIEWS.c.owner == owner) & (VIEWS.c.name_hash == _hash(tx, name))
    row = tx.conn.execute(select(VIEWS).where(mine).with_for_update()).first()
    return _view(tx, row) if row is not None else None


def of(tx: Tx, owners: Collection[str]) -> list[SavedView]:
    """Every view of these owners, by name."""
    rows = tx.conn.execute(select(VIEWS).where(VIEWS.c.owner.in_(list(owners))))
    return sorted((_view(tx, row) for row in rows), key=lambda v: (v.name.casefold(), v.id))


def count(tx: Tx, owner: str) -> int:
    """How many views an owner has."""
    found: int = tx.conn.execute(select(func.count()).where(VIEWS.c.owner == owner)).scalar_one()
    return found


def put(tx: Tx, now: Instant, owner: str, name: str, words: str, by: str) -> SavedView:
    """Save a view; one of that name gets these words."""
    there = named(tx, owner, name)
    if there is None:
        made = SavedView(tx.ids.next(now), owner, name, words, by, now, now)
        tx.saw("view", made.id, lambda: None, made)
        tx.insert(VIEWS, [(made.id, owner, _hash(tx, name), now, now, _sealed(tx, made))])
        return made
    changed = dataclasses.replace(there, name=name, words=words, by=by, changed_at=now)
    return _saved(tx, changed)


def rename(tx: Tx, now: Instant, view: SavedView, name: str) -> SavedView:
    """Another name for a view; nothing of that name may be there."""
    return _saved(tx, dataclasses.replace(view, name=name, changed_at=now))


def remove(tx: Tx, view: SavedView) -> None:
    """Forget a view; nobody's Now begins with it any more."""
    tx.saw("view", view.id, lambda: view, None)
    tx.conn.execute(FIRST_VIEWS.delete().where(FIRST_VIEWS.c.view_id == view.id))
    tx.conn.execute(VIEWS.delete().where(VIEWS.c.id == view.id))


def first(tx: Tx, person: str) -> SavedView | None:
    """The view that a person's Now begins with."""
    mine = (FIRST_VIEWS.c.person == person) & (FIRST_VIEWS.c.view_id == VIEWS.c.id)
    row = tx.conn.execute(select(VIEWS).where(mine)).first()
    return _view(tx, row) if row is not None else None


def begin_with(tx: Tx, person: str, view: SavedView | None) -> None:
    """Let a person's Now begin with a view, or with everything."""
    tx.conn.execute(FIRST_VIEWS.delete().where(FIRST_VIEWS.c.person == person))
    if view is not None:
        tx.insert(FIRST_VIEWS, [(person, view.id)])


def _saved(tx: Tx, view: SavedView) -> SavedView:
    tx.saw("view", view.id, lambda: _by_id(tx, view.id), view)
    changed = {
        "name_hash": _hash(tx, view.name),
        "changed_at": view.changed_at,
        "sealed": _sealed(tx, view),
    }
    tx.conn.execute(VIEWS.update().where(VIEWS.c.id == view.id).values(**changed))
    return view


def _hash(tx: Tx, name: str) -> bytes:
    return tx.ring.blind("view", name.casefold())


def _sealed(tx: Tx, view: SavedView) -> bytes:
    said = {"name": view.name, "words": view.words, "by": view.by}
    return tx.ring.seal("views", view.id, said)


def _view(tx: Tx, row: Any) -> SavedView:
    said = tx.ring.open("views", row.id, row.sealed)
    return SavedView(
        row.id, row.owner, said["name"], said["words"], said["by"], row.made_at, row.changed_at
    )


def _by_id(tx: Tx, row_id: int) -> SavedView | None:
    row = tx.conn.execute(select(VIEWS).where(VIEWS.c.id == row_id)).first()
    return _view(tx, row) if row is not None else None
