"""What waits for somebody else: for the word of a second person, or for a favour that was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.tables import APPROVALS

SERIES = "approvals"
WAITS, APPROVED, DENIED, EXPIRED = "waits", "approved", "denied", "expired"
WITHDRAWN = "withdrawn"
DRAFT, WISH, GRANTED = "draft", "wish", "granted"
"""A denied press that somebody may be asked about, one that somebody was asked about, one that was
done for who asked."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A command that its ``asker`` may not run alone, or not at all. ``rule`` says who decides
    (``team:db``, ``role:admin``, ``@ana``), ``to`` are their handles; ``says`` is the deed in words
    (``run failover about #1842``), ``why`` what the asker or who denied it said. ``asker`` is ""
    for what asks by itself. ``more`` is of a run alone: ``run`` is what will be run, to the letter,
    ``word`` what must be typed, ``dangerous`` and ``undo`` are words, ``dry`` the execution that
    tried it, ``talk`` what asker and approvers said as (handle, words), ``execution`` what it
    became."""

    id: int
    state: str
    verb: str
    asker: str
    incident: int | None
    asked_at: Instant
    expires_at: Instant
    decided_by: str | None = None
    decided_at: Instant | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""
    to: tuple[str, ...] = ()
    says: str = ""
    why: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether it is decided, one way or the other."""
        return self.state not in (WAITS, WISH, DRAFT)


def new(tx: Tx) -> int:
    """The number of the next one."""
    return upkeep.number(tx, SERIES)


def add(tx: Tx, one: Approval) -> None:
    """Keep a new one."""
    tx.saw("approval", one.id, lambda: None, _told(one))
    row = (
        one.id, one.state, one.verb, one.asker, one.incident, one.asked_at, one.expires_at,
        one.decided_by, one.decided_at, _sealed(tx, one),
    )  # fmt: skip
    tx.insert(APPROVALS, [row])


def save(tx: Tx, one: Approval) -> None:
    """Write what changed of one."""
    tx.saw("approval", one.id, lambda: _told(get(tx, one.id)), _told(one))
    changed = {
        "state": one.state, "expires_at": one.expires_at, "decided_by": one.decided_by,
        "decided_at": one.decided_at, "sealed": _sealed(tx, one),
    }  # fmt: skip
    tx.conn.execute(APPROVALS.update().where(APPROVALS.c.id == one.id).values(**changed))


def get(tx: Tx, number: int, *, for_change: bool = False) -> Approval | None:
    """One by its number."""
    wanted = select(APPROVALS).where(APPROVALS.c.id == number)
    if for_change:
        wanted = wanted.with_for_update()
    row = tx.conn.execute(wanted).first()
    return _approval(tx, row) if row is not None else None


def waiting(tx: Tx) -> list[Approval]:
    """Those that wait for a second person, the oldest first."""
    mine = select(APPROVALS).where(APPROVALS.c.state == WAITS).order_by(APPROVALS.c.id)
    return [_approval(tx, r) for r in tx.conn.execute(mine)]


def forget(tx: Tx, before: Instant) -> None:
    """Drop drafts that nobody used, asked for before an instant."""
    old = (APPROVALS.c.state == DRAFT) & (APPROVALS.c.asked_at < before)
    tx.conn.execute(APPROVALS.delete().where(old))


def forget_asker(tx: Tx, asker: str) -> None:
    """Drop all that somebody asked for; the record tells that they did."""
    tx.conn.execute(APPROVALS.delete().where(APPROVALS.c.asker == asker))


def _told(one: Approval | None) -> Mapping[str, Any]:
    """What the record keeps of a change: not what is run, which may hold secrets."""
    if one is None:
        return {}
    return {
        "state": one.state, "rule": one.rule, "asker": one.asker, "says": one.says,
        "decided_by": one.decided_by, "decided_at": one.decided_at, "why": one.why,
        "expires_at": one.expires_at, "execution": one.more.get("execution"),
        "dry run": one.more.get("dry", {}).get("execution"), "again": one.more.get("again"),
    }  # fmt: skip


def _sealed(tx: Tx, one: Approval) -> bytes:
    rest = {
        "args": dict(one.args), "rule": one.rule, "to": list(one.to), "says": one.says,
        "why": one.why, **({"more": dict(one.more)} if one.more else {}),
    }  # fmt: skip
    return tx.ring.seal("approvals", one.id, rest)


def _approval(tx: Tx, r: Any) -> Approval:
    rest = tx.ring.open("approvals", r.id, r.sealed)
    return Approval(
        r.id, r.state, r.verb, r.asker, r.incident_id, r.asked_at, r.expires_at, r.decided_by,
        r.decided_at, rest["args"], rest["rule"], tuple(rest["to"]), rest["says"], rest["why"],
        rest.get("more", {}),
    )  # fmt: skip
