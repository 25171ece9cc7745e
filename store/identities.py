"""Linked accounts: which account in a chat is which person, since when and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.tables import IDENTITIES

_CHANGED = "access.accounts"
NOBODY = ""
"""The person of an account that was let go: its e-mail address links it to nobody by itself."""


@dataclass(frozen=True, slots=True)
class Linked:
    """An account that belongs to a person; ``how``: ``e-mail``, ``console``, ``code`` …"""

    person: str
    surface: str
    account: str
    at: Instant
    how: str


def link_account(tx: Tx, now: Instant, person: str, surface: str, account: str, how: str) -> None:
    """Remember that a chat account is a person, whoever it was before."""
    hashed_account = tx.ring.blind("account", surface, account)
    mine = (IDENTITIES.c.surface == surface) & (IDENTITIES.c.account_hash == hashed_account)
    linked = {"person": person, "linked_at": now, "how": how}
    _bump(tx)
    if tx.conn.execute(IDENTITIES.update().where(mine).values(**linked)).rowcount:
        return
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("identities", row_id, {"account": account})
    tx.insert(IDENTITIES, [(row_id, person, surface, hashed_account, now, how, sealed)])


def let_go(tx: Tx, now: Instant, surface: str, account: str) -> None:
    """The account is nobody's from now on, and is not found by its e-mail address again."""
    link_account(tx, now, NOBODY, surface, account, "unlinked")


def whose_account(tx: Tx, surface: str, account: str) -> Linked | None:
    """To whom an account was linked; None where it never was, or was let go since."""
    hashed_account = tx.ring.blind("account", surface, account)
    mine = (IDENTITIES.c.surface == surface) & (IDENTITIES.c.account_hash == hashed_account)
    row = tx.conn.execute(select(IDENTITIES).where(mine)).first()
    return _linked(tx, row) if row is not None and row.person != NOBODY else None


def was_let_go(tx: Tx, surface: str, account: str) -> bool:
    """Whether an account was somebody's and is nobody's by an admin's or its owner's will."""
    hashed_account = tx.ring.blind("account", surface, account)
    mine = (IDENTITIES.c.surface == surface) & (IDENTITIES.c.account_hash == hashed_account)
    return tx.conn.execute(select(IDENTITIES.c.person).where(mine)).scalar() == NOBODY


def linked_to(tx: Tx, person: str) -> list[Linked]:
    """The accounts that were linked to a person, the oldest first."""
    mine = select(IDENTITIES).where(IDENTITIES.c.person == person).order_by(IDENTITIES.c.linked_at)
    return [_linked(tx, row) for row in tx.conn.execute(mine)]


def surfaces_of(tx: Tx, person: str) -> list[str]:
    """The surfaces on which an account was linked to a person."""
    return list(tx.run("surfaces of", _surfaces_of, b_person=person).scalars())


def _surfaces_of() -> Any:
    """Where words reach somebody: not at what they only sign in by."""
    theirs = (IDENTITIES.c.person == bindparam("b_person")) & ~IDENTITIES.c.surface.startswith(
        "oidc:", autoescape=True
    )
    mine = select(IDENTITIES.c.surface).where(theirs)
    return mine.order_by(IDENTITIES.c.id)


def account_on(tx: Tx, person: str, surface: str) -> str | None:
    """The account on a surface that was linked to a person last."""
    mine = (IDENTITIES.c.person == person) & (IDENTITIES.c.surface == surface)
    row = tx.conn.execute(
        select(IDENTITIES).where(mine).order_by(IDENTITIES.c.linked_at.desc()).limit(1)
    ).first()
    return str(tx.ring.open("identities", row.id, row.sealed)["account"]) if row else None


def accounts(tx: Tx) -> list[tuple[str, str, str]]:
    """All linked accounts: (person, surface, account); the person is "" where it was let go."""
    return [
        (r.person, r.surface, tx.ring.open("identities", r.id, r.sealed)["account"])
        for r in tx.conn.execute(select(IDENTITIES).order_by(IDENTITIES.c.id))
    ]


def accounts_changed(tx: Tx) -> int:
    """A number that is another one after each change of what is linked."""
    return int(upkeep.meta(tx, _CHANGED) or 0)


def _bump(tx: Tx) -> None:
    upkeep.set_meta(tx, _CHANGED, str(accounts_changed(tx) + 1))


def _linked(tx: Tx, r: Any) -> Linked:
    account = tx.ring.open("identities", r.id, r.sealed)["account"]
    return Linked(r.person, r.surface, str(account), r.linked_at, r.how)
