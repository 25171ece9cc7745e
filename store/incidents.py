"""Incidents as rows: what is queried in columns, the rest sealed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, or_, select

from store import privates
from store.clock import Instant
from store.db import Tx
from store.model import AlertType, Hush, Incident, IncidentStatus, Link, NextUp, Severity
from store.tables import INCIDENTS, LABELS, TIMERS
from store.timers import ASIDE, CHECK_IN, LEASE, NO_ANSWER, UNSILENCE, UNSNOOZE

_COLUMNS = tuple(c.name for c in INCIDENTS.columns)
_PLAIN = tuple(f.name for f in dataclasses.fields(Incident) if f.name in _COLUMNS)
_PICK = itemgetter(*(_COLUMNS.index(name) for name in _PLAIN))
_STATUS = {str(word): word for word in IncidentStatus}
_SEVERITY = {str(word): word for word in Severity}
_TYPE = {str(word): word for word in AlertType}
_SEALED = tuple(f.name for f in dataclasses.fields(Incident) if f.name not in _COLUMNS)


def doc(incident: Incident) -> dict[str, Any]:
    """The part of an incident that is sealed, as a JSON-like value without empty fields."""
    found: dict[str, Any] = {}
    for name in _SEALED:
        value = getattr(incident, name)
        if value is False or value is None or value in ((), ""):
            continue
        found[name] = value
    return found


def values(tx: Tx, incident: Incident) -> dict[str, Any]:
    """Column values of an incident, without the group's two."""
    row = {name: getattr(incident, name) for name in _PLAIN}
    row["sealed"] = tx.ring.seal("incidents", incident.id, doc(incident))
    return row


def from_row(tx: Tx, row: Any) -> Incident:
    """The incident of one row of the whole table; Damaged when the seal does not open."""
    sealed = tx.ring.open("incidents", row.id, row.sealed)
    plain = dict(zip(_PLAIN, _PICK(row), strict=True))
    plain["status"] = _STATUS[plain["status"]]
    plain["severity"] = _SEVERITY[plain["severity"]]
    plain["type"] = _TYPE[plain["type"]]
    if tx.veil is not None:
        plain |= tx.seen(plain)
    return Incident(**plain, **_thaw(sealed))


def _thaw(sealed: dict[str, Any]) -> dict[str, Any]:
    found = {"title": "", "service": None, "resource": None, "value": "", **sealed}
    found["labels"] = found.get("labels", {})
    found["links"] = tuple(Link(**link) for link in found.get("links", ()))
    found["tags"] = tuple(found.get("tags", ()))
    found["paged"] = tuple(found.get("paged", ()))
    found["asking"] = tuple(found.get("asking", ()))
    found["people"] = tuple(found.get("people", ()))
    if nxt := found.get("next"):
        found["next"] = NextUp(**{**nxt, "who": tuple(nxt.get("who", ()))})
    if hush := found.get("hush"):
        found["hush"] = Hush(**hush)
    return found


def get(tx: Tx, incident_id: int) -> Incident | None:
    """One incident, or None."""
    row = tx.run("incident", _by_id, b_id=incident_id).first()
    return from_row(tx, row) if row else None


def _by_id() -> Any:
    return select(INCIDENTS).where(INCIDENTS.c.id == bindparam("b_id"))


def exists(tx: Tx, incident_id: int) -> bool:
    """Whether there is such an incident."""
    return tx.run("incident there", _there, b_id=incident_id).first() is not None


def _there() -> Any:
    return select(INCIDENTS.c.id).where(INCIDENTS.c.id == bindparam("b_id"))


def for_change(tx: Tx, incident_id: int) -> Incident | None:
    """One incident, or None; on PostgreSQL nobody else can change it until this commit."""
    row = tx.run("incident for change", _locked, b_id=incident_id).first()
    return from_row(tx, row) if row else None


def _locked() -> Any:
    return _by_id().with_for_update()


def many(tx: Tx, ids: Sequence[int]) -> dict[int, Incident]:
    """Incidents by id; missing ones are left out."""
    rows = tx.conn.execute(select(INCIDENTS).where(INCIDENTS.c.id.in_(ids)))
    return {row.id: from_row(tx, row) for row in rows}


def earlier(tx: Tx, incident: Incident, most: int = 50) -> tuple[Incident | None, int]:
    """The incident that the same alert opened the last time, and how many there were, up to
    ``most``."""
    if incident.previous_id is None:
        return None, 0
    last, seen = get(tx, incident.previous_id), 0
    step: int | None = incident.previous_id
    while step is not None and seen < most:
        seen += 1
        step = tx.run("previous", _previous, b_id=step).scalar()
    return last, seen if last is not None else 0


def _previous() -> Any:
    return select(INCIDENTS.c.previous_id).where(INCIDENTS.c.id == bindparam("b_id"))


def insert_row(tx: Tx, incident: Incident, group: bytes) -> tuple[Any, ...]:
    """The values of a new incident in column order, for ``Tx.insert``."""
    if incident.private:
        privates.keep(tx, incident)
    row = values(tx, incident)
    row["group_open"] = row["group_hash"] = group
    return tuple(row.get(name) for name in _COLUMNS)


def save(tx: Tx, incident: Incident, *, closes_group: bool = False) -> None:
    """Write an incident that a verb changed."""
    tx.saw("incident", incident.id, lambda: get(tx, incident.id), incident)
    row = values(tx, incident)
    if closes_group or incident.status is IncidentStatus.RESOLVED:
        close = (
            INCIDENTS.update().where(INCIDENTS.c.id == bindparam("b_id")).values(group_open=None)
        )
        tx.run("close group", lambda: close, b_id=incident.id)
    tx.run("save", _save, **{f"b_{name}": value for name, value in row.items()})
    if incident.private:
        privates.keep(tx, incident)


def _save() -> Any:
    names = [n for n in (*_PLAIN, "sealed") if n != "id"]
    return (
        INCIDENTS.update()
        .where(INCIDENTS.c.id == bindparam("b_id"))
        .values(**{name: bindparam(f"b_{name}") for name in names})
    )


def regroup(tx: Tx, incident_id: int) -> bytes | None:
    """Let a reopened incident take alerts in again, unless another one has its group by now."""
    group: bytes | None = tx.conn.execute(
        select(INCIDENTS.c.group_hash).where(INCIDENTS.c.id == incident_id)
    ).scalar_one()
    taken = tx.conn.execute(select(INCIDENTS.c.id).where(INCIDENTS.c.group_open == group)).first()
    if group is None or taken:
        return None
    tx.conn.execute(
        INCIDENTS.update().where(INCIDENTS.c.id == incident_id).values(group_open=group)
    )
    return group


def count_update() -> Any:
    """The hot statement of a joined alert: counters, severity, rev of one incident."""
    return (
        INCIDENTS.update()
        .where(INCIDENTS.c.id == bindparam("b_id"))
        .values(
            alerts_total=bindparam("b_total"),
            alerts_firing=bindparam("b_firing"),
            last_alert_at=bindparam("b_last"),
            updated_at=bindparam("b_updated"),
            severity=bindparam("b_severity"),
            rev=bindparam("b_rev"),
        )
    )


def label_rows(
    tx: Tx, incident_id: int, labels: Iterable[tuple[str, str]]
) -> list[tuple[Any, ...]]:
    """Blind index rows for labels of the allow-list and for tags."""
    return [(tx.ring.blind("label", name, value), incident_id) for name, value in labels]


def index_labels(tx: Tx, incident_id: int, labels: Iterable[tuple[str, str]]) -> None:
    """Add index rows that are not there yet."""
    tx.insert_new(LABELS, label_rows(tx, incident_id, labels))


def drop_label(tx: Tx, incident_id: int, name: str, value: str) -> None:
    """Take one label or tag out of the index."""
    hashed = tx.ring.blind("label", name, value)
    tx.conn.execute(
        LABELS.delete().where((LABELS.c.hash == hashed) & (LABELS.c.incident_id == incident_id))
    )


def share_labels(tx: Tx, incident_id: int, into: int) -> None:
    """Another incident is found by this one's labels and tags too."""
    mine = select(LABELS.c.hash).where(LABELS.c.incident_id == incident_id)
    tx.insert_new(LABELS, [(found, into) for found in tx.conn.execute(mine).scalars()])


Span = tuple[Instant | None, Instant | None]
_CLOCKS_DIFFER = 3_600_000
_rank = case(
    {str(s): s.rank for s in Severity}, value=INCIDENTS.c.severity, else_=len(list(Severity))
)


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What a list asks for. ``indexed`` are (label, value) pairs of the blind index, of ``either``
    each group has one; incidents up to ``unsure`` may have labels that the index does not know.

    ``opened`` and ``resolved`` are spans of time: from an instant on, before another one. ``sort``
    is newest, oldest or worst (and newest); ``before`` is the cursor, the last id of the page
    before, with its severity's rank where the worst come first.
    """

    statuses: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    holder: str | None = None
    nobody: bool = False
    indexed: tuple[tuple[str, str], ...] = ()
    either: tuple[tuple[tuple[str, str], ...], ...] = ()
    unsure: int = 0
    routes: tuple[str, ...] = ()
    opened: Span = (None, None)
    resolved: Span = (None, None)
    sort: str = "newest"
    before: int | None = None
    before_rank: int = 0


def page(tx: Tx, wanted: Wanted, limit: int) -> list[Incident]:
    """Up to ``limit`` incidents, newest first unless it says otherwise, that fit what columns and
    index can say. Source, team and route also fit where only their case differs from lower."""
    chosen = _where(tx, wanted, select(INCIDENTS)).limit(limit)
    return [from_row(tx, row) for row in tx.conn.execute(chosen)]


def numbers(tx: Tx, wanted: Wanted, limit: int) -> list[tuple[int, int]]:
    """The same, but only their numbers and the ranks of their severities."""
    chosen = _where(tx, wanted, select(INCIDENTS.c.id, INCIDENTS.c.severity)).limit(limit)
    return [(row.id, Severity(row.severity).rank) for row in tx.conn.execute(chosen)]


def closed(tx: Tx, ids: Sequence[int]) -> tuple[dict[int, Any], Callable[[Any], Incident]]:
    """Incidents by id as they are stored, and what opens one: opening many takes a while."""
    found = tx.conn.execute(select(INCIDENTS).where(INCIDENTS.c.id.in_(ids)))
    return {row.id: row for row in found}, partial(from_row, tx)


def count(tx: Tx, statuses: Iterable[str]) -> int:
    """How many incidents are in one of these states."""
    there = INCIDENTS.c.status.in_(list(statuses))
    found: int = tx.conn.execute(select(func.count()).where(there)).scalar_one()
    return found


def labelled(tx: Tx, ids: Sequence[int], pairs: Iterable[tuple[str, str]]) -> set[int]:
    """Those of some incidents that have one of these labels, by the index."""
    hashes = [tx.ring.blind("label", name, value) for name, value in pairs]
    chosen = select(LABELS.c.incident_id).where(LABELS.c.hash.in_(hashes))
    return set(tx.conn.execute(chosen.where(LABELS.c.incident_id.in_(list(ids)))).scalars())


def without_timer(tx: Tx, before: Instant, after: int, limit: int) -> list[Incident]:
    """Triggered incidents above an id, without a timer that asks, unchanged since ``before``."""
    asks = (TIMERS.c.incident_id == INCIDENTS.c.id) & TIMERS.c.kind.not_in((UNSILENCE, *ASIDE))
    waits = select(TIMERS.c.id).where(asks).exists()
    chosen = (
        select(INCIDENTS)
        .where((INCIDENTS.c.status == str(IncidentStatus.TRIGGERED)) & (INCIDENTS.c.id > after))
        .where(~waits & (INCIDENTS.c.updated_at < before))
        .order_by(INCIDENTS.c.id)
        .limit(limit)
    )
    return [from_row(tx, row) for row in tx.conn.execute(chosen)]


def unwatched(
    tx: Tx, severities: Iterable[str], before: Instant, after: int, limit: int
) -> list[Incident]:
    """Acknowledged incidents above an id of these severities that have none of the timers that end
    what an ack waits for, unchanged since ``before``."""
    kinds = TIMERS.c.kind.in_((CHECK_IN, NO_ANSWER, LEASE, UNSNOOZE, UNSILENCE))
    waits = select(TIMERS.c.id).where((TIMERS.c.incident_id == INCIDENTS.c.id) & kinds).exists()
    chosen = (
        select(INCIDENTS)
        .where((INCIDENTS.c.status == str(IncidentStatus.ACKNOWLEDGED)) & (INCIDENTS.c.id > after))
        .where(INCIDENTS.c.severity.in_(list(severities)))
        .where(~waits & (INCIDENTS.c.updated_at < before))
        .order_by(INCIDENTS.c.id)
        .limit(limit)
    )
    return [from_row(tx, row) for row in tx.conn.execute(chosen)]


def _where(tx: Tx, wanted: Wanted, chosen: Select[Any]) -> Select[Any]:
    for column, options in (
        (INCIDENTS.c.status, wanted.statuses),
        (INCIDENTS.c.severity, wanted.severities),
        (INCIDENTS.c.type, wanted.types),
    ):
        if options:
            chosen = chosen.where(column.in_(options))
    for column, options in (
        (INCIDENTS.c.source, wanted.sources),
        (INCIDENTS.c.team, wanted.teams),
        (INCIDENTS.c.route, wanted.routes),
    ):
        if options:
            chosen = chosen.where(or_(column.in_(options), func.lower(column).in_(options)))
    if wanted.nobody:
        chosen = chosen.where(INCIDENTS.c.holder.is_(None))
    if wanted.holder:
        mine = (INCIDENTS.c.holder == wanted.holder, INCIDENTS.c.assignee == wanted.holder)
        chosen = chosen.where(or_(*mine))
    for pairs in (*((pair,) for pair in wanted.indexed), *wanted.either):
        hashes = [tx.ring.blind("label", name, value) for name, value in pairs]
        hit = INCIDENTS.c.id.in_(select(LABELS.c.incident_id).where(LABELS.c.hash.in_(hashes)))
        chosen = chosen.where(or_(hit, INCIDENTS.c.id <= wanted.unsure) if wanted.unsure else hit)
    for at, (first, end) in (
        (INCIDENTS.c.opened_at, wanted.opened),
        (INCIDENTS.c.resolved_at, wanted.resolved),
    ):
        chosen = chosen.where(at >= first) if first is not None else chosen
        chosen = chosen.where(at < end) if end is not None else chosen
    if wanted.opened[0] is not None:
        chosen = chosen.where(INCIDENTS.c.id > _older(wanted.opened[0]))
    if wanted.before is not None:
        chosen = chosen.where(_after(wanted, wanted.before))
    order = {
        "oldest": (INCIDENTS.c.id,),
        "worst": (_rank, INCIDENTS.c.id.desc()),
    }.get(wanted.sort, (INCIDENTS.c.id.desc(),))
    return chosen.order_by(*order)


def _older(at: Instant) -> Any:
    """An incident that was opened before; those with smaller numbers were as well."""
    old = INCIDENTS.alias("old")
    found = select(old.c.id).where(old.c.opened_at < at - _CLOCKS_DIFFER)
    return func.coalesce(found.order_by(old.c.id.desc()).limit(1).scalar_subquery(), 0)


def _after(wanted: Wanted, before: int) -> Any:
    """What comes after the page before."""
    if wanted.sort == "oldest":
        return INCIDENTS.c.id > before
    if wanted.sort == "worst":
        same = and_(_rank == wanted.before_rank, INCIDENTS.c.id < before)
        return or_(_rank > wanted.before_rank, same)
    return INCIDENTS.c.id < before
