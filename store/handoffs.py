"""Handoffs of schedules, and what was found before the shifts that begin with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.ids import first
from store.model.handoff import COMING, DONE, OFF, Handoff, Preflight, Relief
from store.oncall_tables import HANDOFFS, PREFLIGHTS
from store.tables import INCIDENTS, RUNS

_HANDOFF = ("id", "schedule", "at", "state", "rev")
_PREFLIGHT = ("id", "schedule", "person", "at", "rev", "checked_at")


def get(tx: Tx, handoff_id: int) -> Handoff | None:
    """One handoff, or None."""
    return _one(tx, HANDOFFS.c.id == handoff_id)


def at(tx: Tx, schedule: str, instant: Instant) -> Handoff | None:
    """The handoff of a schedule at an instant, if anything is known of it."""
    return _one(tx, (HANDOFFS.c.schedule == schedule) & (HANDOFFS.c.at == instant))


def open_(tx: Tx, schedule: str, relief: Relief, teams: tuple[str, ...] = ()) -> Handoff:
    """The handoff at an instant, made if there is none; between whom is as it is known now."""
    known = at(tx, schedule, relief.at)
    if known is None:
        made = Handoff(
            _number(tx), schedule, relief.at, COMING, 1, relief.before, relief.after, teams
        )
        tx.insert(HANDOFFS, [_handoff_row(tx, made)])
        return made
    if known.relief == relief and known.state != OFF:
        return known
    state = COMING if known.state == OFF else known.state
    return save(tx, replace(known, before=relief.before, after=relief.after, state=state))


def save(tx: Tx, handoff: Handoff) -> Handoff:
    """Write a changed handoff; with its new rev."""
    new = replace(handoff, rev=handoff.rev + 1)
    values = dict(zip((*_HANDOFF, "sealed"), _handoff_row(tx, new), strict=True))
    tx.conn.execute(HANDOFFS.update().where(HANDOFFS.c.id == new.id).values(**values))
    return new


def coming(tx: Tx, schedule: str) -> list[Handoff]:
    """The handoffs of a schedule that are to come and of which somebody was told."""
    found = tx.run("coming handoffs", _coming, b_schedule=schedule)
    return [_handoff(tx, r) for r in found]


def _coming() -> Any:
    mine = (HANDOFFS.c.schedule == bindparam("b_schedule")) & (HANDOFFS.c.state == COMING)
    return select(HANDOFFS).where(mine)


def recent(tx: Tx, after: Instant) -> list[Handoff]:
    """Handoffs after an instant, those to come too, the nearest to come or the latest first."""
    mine = (HANDOFFS.c.at > after) & (HANDOFFS.c.state != OFF)
    found = select(HANDOFFS).where(mine).order_by(HANDOFFS.c.at.desc())
    return [_handoff(tx, r) for r in tx.conn.execute(found)]


def last_done(tx: Tx, schedule: str, before: Instant) -> Handoff | None:
    """The last handoff that was before an instant."""
    mine = (HANDOFFS.c.schedule == schedule) & (HANDOFFS.c.at < before) & (HANDOFFS.c.state == DONE)
    row = tx.conn.execute(
        select(HANDOFFS).where(mine).order_by(HANDOFFS.c.at.desc()).limit(1)
    ).first()
    return _handoff(tx, row) if row is not None else None


def asked(
    tx: Tx, people: Sequence[str], start: Instant, end: Instant, teams: Sequence[str] = ()
) -> list[tuple[str, Instant]]:
    """Each time one of these people was asked to take an incident (of a team), and when."""
    mine = RUNS.c.person.in_(people) & (RUNS.c.id >= first(start)) & (RUNS.c.started_at >= start)
    chosen = select(RUNS.c.person, RUNS.c.started_at).where(mine & (RUNS.c.started_at < end))
    if teams:
        chosen = chosen.join(INCIDENTS, INCIDENTS.c.id == RUNS.c.incident_id)
        chosen = chosen.where(INCIDENTS.c.team.in_(teams))
    return [(r.person, r.started_at) for r in tx.conn.execute(chosen)]


def _number(tx: Tx) -> int:
    """A number small enough for buttons and for people."""
    return upkeep.number(tx, "shifts")


def _one(tx: Tx, where: Any) -> Handoff | None:
    row = tx.conn.execute(select(HANDOFFS).where(where)).first()
    return _handoff(tx, row) if row is not None else None


def _handoff(tx: Tx, row: Any) -> Handoff:
    known = {n: getattr(row, n) for n in _HANDOFF}
    return msgspec.convert(
        {**tx.ring.open("handoffs", row.id, row.sealed), **known}, Handoff, str_keys=True
    )


def _handoff_row(tx: Tx, handoff: Handoff) -> tuple[Any, ...]:
    return _row(tx, HANDOFFS, _HANDOFF, handoff)


def _row(tx: Tx, table: Table, plain: tuple[str, ...], noun: Any) -> tuple[Any, ...]:
    values = asdict(noun)
    rest = {k: v for k, v in values.items() if k not in plain}
    sealed = tx.ring.seal(table.name, noun.id, msgspec.to_builtins(rest, str_keys=True))
    return (*(values[n] for n in plain), sealed)


# before a shift


def preflight(tx: Tx, preflight_id: int) -> Preflight | None:
    """One pre-flight, or None."""
    return _found(tx, PREFLIGHTS.c.id == preflight_id)


def preflight_of(tx: Tx, schedule: str, person: str, instant: Instant) -> Preflight | None:
    """What was found before a person's shift that begins at an instant."""
    wanted = {"b_schedule": schedule, "b_person": person, "b_at": instant}
    row = tx.run("preflight of", _preflight_of, **wanted).first()
    return _preflight(tx, row) if row is not None else None


def _preflight_of() -> Any:
    mine = (PREFLIGHTS.c.schedule == bindparam("b_schedule")) & (
        PREFLIGHTS.c.person == bindparam("b_person")
    )
    return select(PREFLIGHTS).where(mine & (PREFLIGHTS.c.at == bindparam("b_at")))


def preflights_at(tx: Tx, schedule: str, instant: Instant) -> list[Preflight]:
    """What was found before the shifts that begin at an instant."""
    mine = (PREFLIGHTS.c.schedule == schedule) & (PREFLIGHTS.c.at == instant)
    found = select(PREFLIGHTS).where(mine).order_by(PREFLIGHTS.c.person)
    return [_preflight(tx, r) for r in tx.conn.execute(found)]


def preflights_of(tx: Tx, person: str, after: Instant) -> list[Preflight]:
    """What was found before a person's shifts that begin after an instant, the latest first."""
    mine = (PREFLIGHTS.c.person == person) & (PREFLIGHTS.c.at > after)
    found = select(PREFLIGHTS).where(mine).order_by(PREFLIGHTS.c.at.desc()).limit(50)
    return [_preflight(tx, r) for r in tx.conn.execute(found)]


def preflights_coming(tx: Tx, schedule: str, now: Instant) -> list[Preflight]:
    """What was found before the shifts of a schedule that are to come."""
    found = tx.run("coming preflights", _preflights_coming, b_schedule=schedule, b_now=now)
    return [_preflight(tx, r) for r in found]


def _preflights_coming() -> Any:
    mine = PREFLIGHTS.c.schedule == bindparam("b_schedule")
    return select(PREFLIGHTS).where(mine & (PREFLIGHTS.c.at > bindparam("b_now")))


def begin(tx: Tx, new: Preflight) -> Preflight:
    """Remember that a person's shift is looked at."""
    made = replace(new, id=_number(tx))
    tx.insert(PREFLIGHTS, [_row(tx, PREFLIGHTS, _PREFLIGHT, made)])
    return made


def save_preflight(tx: Tx, found: Preflight) -> Preflight:
    """Write a changed pre-flight; with its new rev."""
    new = replace(found, rev=found.rev + 1)
    values = dict(zip((*_PREFLIGHT, "sealed"), _row(tx, PREFLIGHTS, _PREFLIGHT, new), strict=True))
    tx.conn.execute(PREFLIGHTS.update().where(PREFLIGHTS.c.id == new.id).values(**values))
    return new


def _found(tx: Tx, where: Any) -> Preflight | None:
    row = tx.conn.execute(select(PREFLIGHTS).where(where)).first()
    return _preflight(tx, row) if row is not None else None


def _preflight(tx: Tx, row: Any) -> Preflight:
    known = {n: getattr(row, n) for n in _PREFLIGHT}
    return msgspec.convert({**tx.ring.open("preflights", row.id, row.sealed), **known}, Preflight)
