"""What automations did, and what they did not and why: one row for each time one was called for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.tables import AUTOMATION_RUNS

SERIES = "automation_runs"
RUNNING, WAITING, APPROVAL, SUGGESTED = "running", "waiting", "approval", "suggested"
"""Under way: an action runs, a time passes, a second person is asked, a person may start it."""
HELPED, UNHELPED, FAILED, DONE, HELD, STOPPED = (
    "helped", "unhelped", "failed", "done", "held", "stopped",
)  # fmt: skip
"""Over: the trouble went away, it did not, an action failed, there was nothing to help or a person
solved it, it was not begun, it was ended in between."""
OPEN = (RUNNING, WAITING, APPROVAL)
RAN = (*OPEN, HELPED, UNHELPED, FAILED, DONE, STOPPED)
"""Those that count for limits."""
_TABLE = "automation_runs"
_COLUMNS = frozenset({"id", "automation", "state", "incident_id", "execution_id", "at"})


@dataclass(frozen=True, slots=True)
class AutomationRun:
    """One time that an automation was called for.

    ``key`` tells the occasion from every other, ``scope`` what it was about (for cool-downs);
    ``why`` is why it ran, or not. ``step`` is where in its list it is, ``digest`` the settings it
    was begun under, ``mark`` tells its latest timer from earlier ones. ``done`` are the numbers of
    its executions, ``execution_id`` the one that runs. ``result`` is what the last one said,
    ``deeds`` what was done in words, ``saves`` the minutes the actions spare when they help.
    ``would`` is what it suggests to run, in words;
    ``chain`` are the automations that led to it, ``by`` the person who started it, ``approval`` the
    number of what a second person is asked. ``outcome`` is how it ended, in words."""

    id: int
    automation: str
    state: str
    incident_id: int | None
    execution_id: int | None
    at: Instant
    key: str = ""
    event: str = ""
    scope: str = ""
    why: str = ""
    step: int = 0
    digest: str = ""
    mark: int = 0
    until: Instant = 0
    resource_id: int = 0
    done: tuple[int, ...] = ()
    deeds: tuple[str, ...] = ()
    would: str = ""
    result: str = ""
    saves: int = 0
    chain: tuple[str, ...] = ()
    by: str = ""
    approved_by: str = ""
    approval: int = 0
    outcome: str = ""
    ended_at: Instant = 0
    values: Mapping[str, str] = field(default_factory=dict)


def new(tx: Tx) -> int:
    """The number of the next one."""
    return upkeep.number(tx, SERIES)


def add(tx: Tx, one: AutomationRun) -> None:
    """Keep a new one."""
    row = (
        one.id, one.automation, one.state, one.incident_id, one.execution_id, one.at,
        _sealed(tx, one),
    )  # fmt: skip
    tx.insert(AUTOMATION_RUNS, [row])


def save(tx: Tx, one: AutomationRun, **changed: Any) -> AutomationRun:
    """It is otherwise from now on."""
    one = replace(one, **changed)
    row = {"state": one.state, "execution_id": one.execution_id, "sealed": _sealed(tx, one)}
    tx.conn.execute(AUTOMATION_RUNS.update().where(AUTOMATION_RUNS.c.id == one.id).values(**row))
    return one


def get(tx: Tx, number: int) -> AutomationRun | None:
    """One by its number."""
    row = tx.conn.execute(select(AUTOMATION_RUNS).where(AUTOMATION_RUNS.c.id == number)).first()
    return _run(tx, row) if row is not None else None


def of_execution(tx: Tx, number: int) -> AutomationRun | None:
    """The one that waits for an execution."""
    mine = AUTOMATION_RUNS.c.execution_id == number
    row = tx.conn.execute(select(AUTOMATION_RUNS).where(mine)).first()
    return _run(tx, row) if row is not None else None


def last(
    tx: Tx,
    automation: str = "",
    *,
    since: Instant = 0,
    incident: int | None = None,
    states: Iterable[str] = (),
    most: int = 200,
) -> list[AutomationRun]:
    """The newest first, of one automation, about one incident, in some states."""
    c = AUTOMATION_RUNS.c
    chosen = select(AUTOMATION_RUNS).order_by(c.id.desc()).limit(most)
    if automation:
        chosen = chosen.where(c.automation == automation)
    if since:
        chosen = chosen.where(c.at >= since)
    if incident is not None:
        chosen = chosen.where(c.incident_id == incident)
    if wanted := tuple(states):
        chosen = chosen.where(c.state.in_(wanted))
    return [_run(tx, row) for row in tx.conn.execute(chosen)]


def page(tx: Tx, since: Instant, before: int, most: int = 500) -> list[AutomationRun]:
    """Those since an instant with numbers below ``before`` (0: all), the newest first."""
    c = AUTOMATION_RUNS.c
    chosen = select(AUTOMATION_RUNS).where(c.at >= since).order_by(c.id.desc()).limit(most)
    if before:
        chosen = chosen.where(c.id < before)
    return [_run(tx, row) for row in tx.conn.execute(chosen)]


def _sealed(tx: Tx, one: AutomationRun) -> bytes:
    doc = {k: v for k, v in asdict(one).items() if v and k not in _COLUMNS}
    return tx.ring.seal(_TABLE, one.id, doc)


def _run(tx: Tx, row: Any) -> AutomationRun:
    columns = {name: getattr(row, name) for name in _COLUMNS}
    doc = tx.ring.open(_TABLE, row.id, row.sealed)
    one = AutomationRun(**columns, **doc)
    return replace(one, done=tuple(one.done), deeds=tuple(one.deeds), chain=tuple(one.chain))
