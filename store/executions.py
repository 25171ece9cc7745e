"""What was run: asked for, under way, ended, and with what result; by people and by itself."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from sqlalchemy import func, select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.tables import EXECUTION_OUTPUTS, EXECUTIONS

SERIES = "executions"
ASKED, RUNNING, WAITING, CANCELING = "asked", "running", "waiting", "canceling"
DONE, FAILED, CANCELED, UNKNOWN = "done", "failed", "canceled", "unknown"
"""``waiting``: for an answer of a person. ``unknown``: it was begun and what came of it could not
be found out; it is not begun again by itself."""
OPEN = (ASKED, RUNNING, WAITING, CANCELING)
_COLUMNS = frozenset({
    "id", "state", "action", "system", "remote", "automation", "resource_id", "incident_id",
    "asked_at", "ended_at",
})  # fmt: skip
TAIL = 6
"""So many of the last lines it printed stand on its card."""
KEPT = 1024 * 1024
"""So many bytes of what it printed are kept, so many days."""
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Ran:
    """A step of a workflow: ``state`` as an execution's, ``took`` in ms where it has begun."""

    name: str
    state: str
    depth: int = 0
    began_at: Instant | None = None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of an action.

    ``action`` is the offer's name, ``via`` who does it (``remote``, ``http``, ``resource``),
    ``system`` the runner's, source's or provider's name, ``ref`` its name there, ``remote`` its id
    there. ``by`` is the handle of who asked, "" for nobody; ``automation`` is the rule that did,
    ``approved_by`` the second person. ``params`` are as they go out, those named in ``secret`` are
    shown to nobody. ``says`` is the deed in words, ``why`` the reason of a machine; ``outcome`` is
    what came of it in a line, ``code`` the exit state in words (``exit 1``, ``timeout``). ``tail``
    are the last lines it printed, ``steps`` those of a workflow. ``lost_at`` is since when its
    system does not answer. ``again_of`` is the one it repeats, ``elsewhere`` says that it was
    begun there and not by us; ``dry`` that it only says what would be done; ``undo`` is the action
    that takes it back. ``extra`` is what an
    HTTP action posts beside."""

    id: int
    state: str
    action: str
    system: str
    by: str
    asked_at: Instant
    via: str = "resource"
    ref: str = ""
    remote: str = ""
    automation: str = ""
    resource_id: int | None = None
    incident_id: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    secret: tuple[str, ...] = ()
    says: str = ""
    why: str = ""
    outcome: str = ""
    code: str = ""
    tail: tuple[str, ...] = ()
    steps: tuple[Ran, ...] = ()
    url: str = ""
    approved_by: str = ""
    again_of: int = 0
    elsewhere: bool = False
    dry: bool = False
    undo: str = ""
    began_at: Instant | None = None
    deadline_at: Instant | None = None
    lost_at: Instant | None = None
    ended_at: Instant | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.state not in OPEN


_SEALED = tuple(each.name for each in fields(Execution) if each.name not in _COLUMNS)


def new(tx: Tx) -> int:
    """The number of the next one."""
    return upkeep.number(tx, SERIES)


def add(tx: Tx, one: Execution) -> None:
    """Keep a new one."""
    row = (
        one.id, one.state, one.action, one.system, one.remote, one.automation, one.resource_id,
        one.incident_id, one.asked_at, one.ended_at, _sealed(tx, one),
    )  # fmt: skip
    tx.insert(EXECUTIONS, [row])


def save(tx: Tx, one: Execution, **changed: Any) -> Execution:
    """It is otherwise from now on."""
    one = replace(one, **changed)
    row = {
        "state": one.state, "remote": one.remote, "ended_at": one.ended_at,
        "incident_id": one.incident_id, "sealed": _sealed(tx, one),
    }  # fmt: skip
    tx.conn.execute(EXECUTIONS.update().where(EXECUTIONS.c.id == one.id).values(**row))
    return one


def get(tx: Tx, number: int) -> Execution | None:
    """One by its number."""
    row = tx.conn.execute(select(EXECUTIONS).where(EXECUTIONS.c.id == number)).first()
    return _execution(tx, row) if row is not None else None


def by_remote(tx: Tx, system: str, remote: str) -> Execution | None:
    """The one that a runner calls so."""
    mine = (EXECUTIONS.c.remote == remote) & (EXECUTIONS.c.system == system)
    row = tx.conn.execute(select(EXECUTIONS).where(mine)).first()
    return _execution(tx, row) if row is not None else None


def last(
    tx: Tx,
    *,
    resource: int | None = None,
    incident: int | None = None,
    action: str = "",
    automation: str = "",
    states: Iterable[str] = (),
    since: Instant = 0,
    before: int = 0,
    most: int = 20,
) -> list[Execution]:
    """The newest, of all or of those that are meant."""
    c = EXECUTIONS.c
    chosen = select(EXECUTIONS).order_by(c.id.desc()).limit(most)
    for column, value in (
        (c.resource_id, resource), (c.incident_id, incident), (c.action, action or None),
        (c.automation, automation or None),
    ):  # fmt: skip
        if value is not None:
            chosen = chosen.where(column == value)
    if wanted := tuple(states):
        chosen = chosen.where(c.state.in_(wanted))
    if before:
        chosen = chosen.where(c.id < before)
    if since:
        chosen = chosen.where(c.asked_at >= since)
    return [_execution(tx, row) for row in tx.conn.execute(chosen)]


def counts(tx: Tx, since: Instant) -> dict[str, int]:
    """How often each action was run about an incident and went well since an instant."""
    c = EXECUTIONS.c
    mine = (c.asked_at >= since) & c.incident_id.is_not(None) & (c.state == DONE)
    chosen = select(c.action, func.count()).where(mine).group_by(c.action)
    return {str(action): int(many) for action, many in tx.conn.execute(chosen)}


def still_open(tx: Tx, most: int = 1000) -> list[Execution]:
    """Those of which more is to come, the oldest first."""
    mine = EXECUTIONS.c.state.in_(OPEN)
    chosen = select(EXECUTIONS).where(mine).order_by(EXECUTIONS.c.id).limit(most)
    return [_execution(tx, row) for row in tx.conn.execute(chosen)]


def counted(tx: Tx) -> dict[str, int]:
    """How many there are in each state."""
    c = EXECUTIONS.c
    rows = tx.conn.execute(select(c.state, func.count()).group_by(c.state))
    return {str(row[0]): int(row[1]) for row in rows}


def packed(text: str) -> str:
    """What is kept of a text; made beside the transaction, as it takes its time."""
    return zlib.compress(text.encode()[-KEPT:], 6).hex()


def keep_packed(tx: Tx, number: int, text: str) -> None:
    """Keep all it printed, as people may read it and packed before; what was kept is replaced."""
    sealed = tx.ring.seal("execution_outputs", number, {"text": text})
    mine = EXECUTION_OUTPUTS.c.execution_id == number
    if tx.conn.execute(EXECUTION_OUTPUTS.update().where(mine).values(sealed=sealed)).rowcount == 0:
        tx.insert(EXECUTION_OUTPUTS, [(number, sealed)])


def forget_outputs(tx: Tx, before: Instant, most: int = 100) -> int:
    """Let go of what was printed by those that ended before an instant; how many at once."""
    old = select(EXECUTIONS.c.id).where(EXECUTIONS.c.ended_at < before)
    mine = EXECUTION_OUTPUTS.c.execution_id
    some = tx.conn.execute(select(mine).where(mine.in_(old)).limit(most)).scalars().all()
    if some:
        tx.conn.execute(EXECUTION_OUTPUTS.delete().where(mine.in_(some)))
    return len(some)


def output(tx: Tx, number: int) -> str:
    """All that was kept of what it printed."""
    mine = EXECUTION_OUTPUTS.c.execution_id == number
    row = tx.conn.execute(select(EXECUTION_OUTPUTS).where(mine)).first()
    if row is None:
        return ""
    packed = bytes.fromhex(tx.ring.open("execution_outputs", number, row.sealed)["text"])
    return zlib.decompress(packed).decode("utf-8", "replace")


def _sealed(tx: Tx, one: Execution) -> bytes:
    doc = {name: value for name in _SEALED if (value := getattr(one, name))}
    if one.steps:
        doc["steps"] = [asdict(step) for step in one.steps]
    return tx.ring.seal("executions", one.id, doc)


def _execution(tx: Tx, row: Any) -> Execution:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    doc = tx.ring.open("executions", row.id, row.sealed)
    steps = tuple(Ran(**each) for each in doc.pop("steps", ()))
    one = Execution(**columns, **{"by": "", **doc})
    return replace(one, steps=steps, secret=tuple(one.secret), tail=tuple(one.tail))
