"""Questions that workflows wait for: what is asked, of whom, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.tables import INQUIRIES

SERIES = "inquiries"
WAITS, SENDING, ANSWERED = "waits", "sending", "answered"
ELSEWHERE, EXPIRED, OVER = "elsewhere", "expired", "over"
"""``sending``: somebody answered and it is on its way. ``elsewhere``: it was answered there, or its
run is over; ``over``: its run ended without an answer."""
OPEN = (WAITS, SENDING)
_COLUMNS = frozenset({
    "id", "state", "system", "remote", "execution_id", "incident_id", "asked_at", "expires_at",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question. ``remote`` is its id there, ``parent`` the outermost execution it belongs to;
    ``schema`` is that of the answer. ``users`` and ``roles`` are those it names there, ``to`` the
    handles it was told to here. ``answer`` is what was sent (kept until it
    was taken), ``says`` the same in words; ``error`` is what was wrong with the last one."""

    id: int
    state: str
    system: str
    remote: str
    asked_at: Instant
    execution_id: int | None = None
    incident_id: int | None = None
    expires_at: Instant | None = None
    parent: str = ""
    text: str = ""
    route: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    by: str = ""
    surface: str = ""
    decided_at: Instant | None = None
    error: str = ""

    @property
    def over(self) -> bool:
        """Whether nobody can answer it any more."""
        return self.state not in OPEN


def add(tx: Tx, one: Inquiry) -> Inquiry:
    """Keep a new one, by the next number; as it is kept."""
    one = replace(one, id=upkeep.number(tx, SERIES))
    tx.saw("question", one.id, lambda: None, _told(one))
    row = (
        one.id, one.state, one.system, one.remote, one.execution_id, one.incident_id, one.asked_at,
        one.expires_at, _sealed(tx, one),
    )  # fmt: skip
    tx.insert(INQUIRIES, [row])
    return one


def save(tx: Tx, one: Inquiry, **changed: Any) -> Inquiry:
    """It is otherwise from now on."""
    one = replace(one, **changed)
    tx.saw("question", one.id, lambda: _told(get(tx, one.id)), _told(one))
    row = {
        "state": one.state, "execution_id": one.execution_id, "incident_id": one.incident_id,
        "expires_at": one.expires_at, "sealed": _sealed(tx, one),
    }  # fmt: skip
    tx.conn.execute(INQUIRIES.update().where(INQUIRIES.c.id == one.id).values(**row))
    return one


def get(tx: Tx, number: int, *, for_change: bool = False) -> Inquiry | None:
    """One by its number."""
    wanted = select(INQUIRIES).where(INQUIRIES.c.id == number)
    row = tx.conn.execute(wanted.with_for_update() if for_change else wanted).first()
    return _inquiry(tx, row) if row is not None else None


def of_system(tx: Tx, system: str, remotes: list[str]) -> list[Inquiry]:
    """Those of a system that are open here, and those with these ids."""
    c = INQUIRIES.c
    mine = (c.system == system) & (c.state.in_(OPEN) | c.remote.in_(remotes))
    return [_inquiry(tx, row) for row in tx.conn.execute(select(INQUIRIES).where(mine))]


def waiting(tx: Tx, *, incident: int | None = None, most: int = 200) -> list[Inquiry]:
    """Those that wait for an answer, the oldest first."""
    c = INQUIRIES.c
    mine = select(INQUIRIES).where(c.state.in_(OPEN)).order_by(c.id).limit(most)
    if incident is not None:
        mine = mine.where(c.incident_id == incident)
    return [_inquiry(tx, row) for row in tx.conn.execute(mine)]


def of_execution(tx: Tx, number: int) -> list[Inquiry]:
    """The questions of an execution, the oldest first."""
    c = INQUIRIES.c
    mine = select(INQUIRIES).where(c.execution_id == number).order_by(c.id)
    return [_inquiry(tx, row) for row in tx.conn.execute(mine)]


def _told(one: Inquiry | None) -> Mapping[str, Any]:
    """What the record keeps of a change: the answer in words, without its secrets."""
    if one is None:
        return {}
    return {"state": one.state, "system": one.system, "by": one.by, "answer": one.says}


def _sealed(tx: Tx, one: Inquiry) -> bytes:
    doc = {k: v for k, v in asdict(one).items() if v and k not in _COLUMNS}
    return tx.ring.seal("inquiries", one.id, doc)


def _inquiry(tx: Tx, row: Any) -> Inquiry:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    one = Inquiry(**columns, **tx.ring.open("inquiries", row.id, row.sealed))
    return replace(one, users=tuple(one.users), roles=tuple(one.roles), to=tuple(one.to))
