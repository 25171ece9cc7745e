"""Storms and the incidents in them; cards that are not posted because the storm card speaks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, and_, bindparam, case, cast, func, select

from store import incidents, outbox
from store.clock import Instant
from store.db import Tx
from store.ids import first
from store.model import Incident, IncidentStatus, Severity
from store.model.storm import Counts, Storm
from store.outbox import FAILED, FOLDED, PENDING, SENDING, VIEW
from store.storm_tables import STORM_INCIDENTS, STORMS
from store.tables import INCIDENTS, OUTBOX
from store.upkeep import number

ABOUT = "storm"
REPLY = "reply"
"""The purpose of a card that stands below the storm card."""
_PLAIN = ("id", "place", "began_at", "last_at", "ended_at", "rev", "total", "seen")
_SEALED = ("first_at", "split", "ended_by", "hosts", "services", "sources", "labels")
_RESOLVED, _NEW = str(IncidentStatus.RESOLVED), str(IncidentStatus.TRIGGERED)
_CRITICAL = str(Severity.CRITICAL)
_RANK = case({str(s): s.rank for s in Severity}, value=INCIDENTS.c.severity, else_=9)


@dataclass(frozen=True, slots=True)
class Came:
    """The card of a new incident, as a storm sees it."""

    row_id: int
    incident_id: int
    place: str
    posted: bool
    critical: bool


def about(storm: Storm) -> str:
    """What its card is about."""
    return f"{ABOUT}:{storm.id}"


# the storms


def begin(tx: Tx, now: Instant, place: str, since: Instant) -> Storm | None:
    """A storm at a place, with what came since an instant; None where there is one already."""
    if at(tx, place) is not None:
        return None
    made = Storm(number(tx, "storms"), place, now, now, now, first(since))
    tx.insert_new(STORMS, [_values(tx, made)])
    kept = at(tx, place)
    return made if kept is not None and kept.id == made.id else None


def _values(tx: Tx, storm: Storm) -> tuple[Any, ...]:
    sealed = tx.ring.seal("storms", storm.id, {name: _plain(storm, name) for name in _SEALED})
    place = storm.place if storm.ended_at is None else None
    return (*(getattr(storm, name) for name in _PLAIN), place, sealed)


def _plain(storm: Storm, name: str) -> Any:
    value = getattr(storm, name)
    return dict(value) if isinstance(value, dict) else value


def save(tx: Tx, storm: Storm) -> None:
    """Write a storm that changed."""
    names = (*_PLAIN, "open_place", "sealed")
    row = dict(zip(names, _values(tx, storm), strict=True))
    tx.conn.execute(STORMS.update().where(STORMS.c.id == row.pop("id")).values(**row))


def on(tx: Tx, *, for_change: bool = False) -> list[Storm]:
    """The storms that are not over."""
    chosen = select(STORMS).where(STORMS.c.open_place.is_not(None)).order_by(STORMS.c.id)
    if for_change:
        chosen = chosen.with_for_update()
    return [_storm(tx, r) for r in tx.conn.execute(chosen)]


def at(tx: Tx, place: str) -> Storm | None:
    """The storm at a place that is not over."""
    row = tx.conn.execute(select(STORMS).where(STORMS.c.open_place == place)).first()
    return _storm(tx, row) if row else None


def get(tx: Tx, storm_id: int, *, for_change: bool = False) -> Storm | None:
    """One storm, or None."""
    chosen = select(STORMS).where(STORMS.c.id == storm_id)
    row = tx.conn.execute(chosen.with_for_update() if for_change else chosen).first()
    return _storm(tx, row) if row else None


def last(tx: Tx, place: str) -> Storm | None:
    """The latest storm at a place, over or not."""
    chosen = select(STORMS).where(STORMS.c.place == place).order_by(STORMS.c.id.desc()).limit(1)
    row = tx.conn.execute(chosen).first()
    return _storm(tx, row) if row else None


def of_incident(tx: Tx, incident_id: int) -> Storm | None:
    """The largest storm an incident is in that is not over."""
    chosen = (
        select(STORMS)
        .join(STORM_INCIDENTS, STORM_INCIDENTS.c.storm_id == STORMS.c.id)
        .where(STORM_INCIDENTS.c.incident_id == incident_id)
        .where(STORMS.c.open_place.is_not(None))
        .order_by(STORMS.c.total.desc(), STORMS.c.id)
        .limit(1)
    )
    row = tx.conn.execute(chosen).first()
    return _storm(tx, row) if row else None


def _storm(tx: Tx, row: Any) -> Storm:
    kept = tx.ring.open("storms", row.id, row.sealed)
    return Storm(**{name: getattr(row, name) for name in _PLAIN}, **kept)


# what is in them


def came(tx: Tx, since: int, places: Collection[str]) -> list[Came]:
    """Cards of incidents that were asked for after a row, at some places, in order."""
    chosen = (
        select(
            OUTBOX.c.id, OUTBOX.c.incident_id, OUTBOX.c.place, OUTBOX.c.message, OUTBOX.c.state,
            INCIDENTS.c.severity,
        )
        .join(INCIDENTS, INCIDENTS.c.id == OUTBOX.c.incident_id)
        .where((OUTBOX.c.id > since) & (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None))
        .where(OUTBOX.c.place.in_(places))
        .order_by(OUTBOX.c.id)
    )  # fmt: skip
    return [
        Came(
            r.id, r.incident_id, r.place, bool(r.message) or r.state == SENDING,
            r.severity == _CRITICAL,
        )
        for r in tx.conn.execute(chosen)
    ]  # fmt: skip


def take_in(tx: Tx, storm: Storm, ids: Iterable[int]) -> set[int]:
    """Put incidents into a storm; those that are new in it."""
    wanted = set(ids)
    there = select(STORM_INCIDENTS.c.incident_id).where(STORM_INCIDENTS.c.storm_id == storm.id)
    known = set(tx.conn.execute(there.where(STORM_INCIDENTS.c.incident_id.in_(wanted))).scalars())
    new = sorted(wanted - known)
    tx.insert_new(STORM_INCIDENTS, [(storm.id, each) for each in new])
    return set(new)


def fold(tx: Tx, storm: Storm, rank: int) -> None:
    """Its cards that wait to be posted and are less urgent than that are not posted: the storm card
    speaks for them."""
    mine = select(STORM_INCIDENTS.c.incident_id).where(STORM_INCIDENTS.c.storm_id == storm.id)
    waits = (OUTBOX.c.state == PENDING) & (OUTBOX.c.kind == VIEW) & OUTBOX.c.about.is_(None)
    waits &= (OUTBOX.c.place == storm.place) & (OUTBOX.c.rank > rank) & OUTBOX.c.message.is_(None)
    waits &= OUTBOX.c.incident_id.in_(mine) & OUTBOX.c.purpose.not_like(f"{REPLY}%")
    tx.conn.execute(OUTBOX.update().where(waits).values(state=FOLDED))


def hasten(tx: Tx, rows: Sequence[int], rank: int) -> None:
    """Cards that wait to be posted are as urgent as that."""
    if rows:
        late = OUTBOX.c.id.in_(rows) & (OUTBOX.c.state == PENDING) & (OUTBOX.c.rank > rank)
        tx.conn.execute(OUTBOX.update().where(late).values(rank=rank))


def unfold(tx: Tx, now: Instant, storm: Storm, incident_id: int, rank: int) -> None:
    """The card of an incident at the place of a storm is posted after all."""
    mine = OUTBOX.c.view_key == f"{incident_id}/{storm.place}"
    tx.conn.execute(
        OUTBOX.update()
        .where(mine & (OUTBOX.c.state == FOLDED))
        .values(state=PENDING, rank=rank, asked_at=now, due_at=now)
    )
    tx.wake.add("outbox")


def acted(tx: Tx, now: Instant, incident_id: int, rank: int) -> None:
    """Somebody did something about an incident: its cards that are not posted, because they are
    folded or wait in a storm, are posted below the storm cards of their places."""
    found = tx.run("storm acted", _acted, b_incident=incident_id, b_rank=rank, b_now=now)
    if found.rowcount:
        tx.wake.add("outbox")


def _acted() -> Any:
    mine = (OUTBOX.c.incident_id == bindparam("b_incident")) & (OUTBOX.c.kind == VIEW)
    mine &= OUTBOX.c.message.is_(None) & OUTBOX.c.about.is_(None)
    stormy = select(STORMS.c.open_place).where(STORMS.c.open_place.is_not(None))
    waits = (OUTBOX.c.state == PENDING) & OUTBOX.c.place.in_(stormy)
    values = {"state": PENDING, "purpose": REPLY, "rank": bindparam("b_rank")}
    return (
        OUTBOX.update()
        .where(mine & ((OUTBOX.c.state == FOLDED) | waits))
        .values(**values, asked_at=bindparam("b_now"), due_at=bindparam("b_now"))
    )


def heard_again(tx: Tx, now: Instant, incident_id: int) -> None:
    """An incident is back after the storm it was folded in: its cards are posted after all."""
    tx.run("storm over", _heard_again, b_incident=incident_id, b_now=now)


def _heard_again() -> Any:
    stormy = select(STORMS.c.open_place).where(STORMS.c.open_place.is_not(None))
    mine = (OUTBOX.c.incident_id == bindparam("b_incident")) & (OUTBOX.c.state == FOLDED)
    values = {"state": PENDING, "asked_at": bindparam("b_now"), "due_at": bindparam("b_now")}
    return OUTBOX.update().where(mine & OUTBOX.c.place.not_in(stormy)).values(**values)


def _members(storm: Storm) -> Any:
    return (STORM_INCIDENTS.c.storm_id == storm.id) & (
        STORM_INCIDENTS.c.incident_id == INCIDENTS.c.id
    )


def counts(tx: Tx, storm: Storm) -> Counts:
    """How many of its incidents are open, with nobody, over."""
    rows = tx.conn.execute(
        select(INCIDENTS.c.severity, INCIDENTS.c.status, func.count())
        .select_from(STORM_INCIDENTS.join(INCIDENTS, _members(storm)))
        .group_by(INCIDENTS.c.severity, INCIDENTS.c.status)
    )
    found, nobody, over = dict[str, int](), dict[str, int](), 0
    for severity, status, many in rows:
        if status == _RESOLVED:
            over += many
            continue
        found[severity] = found.get(severity, 0) + many
        if status == _NEW:
            nobody[severity] = nobody.get(severity, 0) + many
    return Counts(found, nobody, over)


def worst(tx: Tx, storm: Storm, most: int, skip: int = 0) -> list[Incident]:
    """Its open incidents by severity, those that nobody has first, then the oldest."""
    chosen = (
        select(INCIDENTS)
        .select_from(STORM_INCIDENTS.join(INCIDENTS, _members(storm)))
        .where(INCIDENTS.c.status != _RESOLVED)
        .order_by(_RANK, INCIDENTS.c.status != _NEW, INCIDENTS.c.id)
        .limit(most)
        .offset(skip)
    )
    return [incidents.from_row(tx, r) for r in tx.conn.execute(chosen)]


def unclaimed(tx: Tx, storm: Storm, most: int) -> list[int]:
    """Numbers of its critical incidents that nobody has, the oldest first."""
    mine = _members(storm) & (INCIDENTS.c.status == _NEW) & (INCIDENTS.c.severity == _CRITICAL)
    chosen = select(INCIDENTS.c.id).select_from(STORM_INCIDENTS.join(INCIDENTS, mine))
    return list(tx.conn.execute(chosen.order_by(INCIDENTS.c.id).limit(most)).scalars())


def still_open(tx: Tx, storm: Storm, most: int) -> list[int]:
    """Numbers of its open incidents, the oldest first."""
    mine = _members(storm) & (INCIDENTS.c.status != _RESOLVED)
    chosen = select(INCIDENTS.c.id).select_from(STORM_INCIDENTS.join(INCIDENTS, mine))
    return list(tx.conn.execute(chosen.order_by(INCIDENTS.c.id).limit(most)).scalars())


def _key(storm: Storm) -> Any:
    return cast(INCIDENTS.c.id, String) + f"/{storm.place}"


def unseen(tx: Tx, storm: Storm) -> list[Incident]:
    """Its critical incidents that nobody has and whose card at its place is not posted yet, the
    oldest first."""
    mine = _members(storm) & (INCIDENTS.c.status == _NEW) & (INCIDENTS.c.severity == _CRITICAL)
    chosen = (
        select(INCIDENTS)
        .select_from(
            STORM_INCIDENTS.join(INCIDENTS, mine).join(OUTBOX, OUTBOX.c.view_key == _key(storm))
        )
        .where(OUTBOX.c.message.is_(None))
        .order_by(INCIDENTS.c.id)
        .limit(20)
    )
    return [incidents.from_row(tx, r) for r in tx.conn.execute(chosen)]


def grown(tx: Tx, storm: Storm) -> list[int]:
    """Numbers of its incidents that became critical after their cards were folded."""
    mine = _members(storm) & (INCIDENTS.c.status != _RESOLVED)
    chosen = (
        select(INCIDENTS.c.id)
        .select_from(
            STORM_INCIDENTS.join(INCIDENTS, mine & (INCIDENTS.c.severity == _CRITICAL)).join(
                OUTBOX, OUTBOX.c.view_key == _key(storm)
            )
        )
        .where(OUTBOX.c.state == FOLDED)
    )
    return list(tx.conn.execute(chosen).scalars())


def folded(tx: Tx, storm: Storm, most: int) -> list[tuple[int, int]]:
    """(row, rank of its severity) of cards at its place that are folded and whose incidents are
    open, worst first."""
    chosen = (
        select(OUTBOX.c.id, _RANK)
        .select_from(
            STORM_INCIDENTS.join(
                INCIDENTS, and_(_members(storm), INCIDENTS.c.status != _RESOLVED)
            ).join(OUTBOX, OUTBOX.c.view_key == _key(storm))
        )
        .where(OUTBOX.c.state == FOLDED)
        .order_by(_RANK, INCIDENTS.c.status != _NEW, INCIDENTS.c.id)
        .limit(most)
    )
    return [(r[0], r[1]) for r in tx.conn.execute(chosen)]


def hidden(tx: Tx, storm: Storm) -> int:
    """How many of its open incidents have no card at its place."""
    mine = _members(storm) & (INCIDENTS.c.status != _RESOLVED)
    chosen = select(func.count()).select_from(
        STORM_INCIDENTS.join(INCIDENTS, mine).join(OUTBOX, OUTBOX.c.view_key == _key(storm))
    )
    return int(tx.conn.execute(chosen.where(OUTBOX.c.state == FOLDED)).scalar_one())


def post(tx: Tx, now: Instant, rows: Iterable[tuple[int, int]]) -> None:
    """These folded cards are posted: (row, rank)."""
    for row_id, rank in rows:
        waits = (OUTBOX.c.id == row_id) & (OUTBOX.c.state == FOLDED)
        tx.conn.execute(
            OUTBOX.update().where(waits).values(state=PENDING, rank=rank, asked_at=now, due_at=now)
        )
    tx.wake.add("outbox")


# the card of a storm


def redraw(tx: Tx, now: Instant, storm: Storm, pause: int, rank: int) -> None:
    """Its card is stale: drawn ``pause`` ms after it was drawn last."""
    due = func.coalesce(OUTBOX.c.sent_at, 0) + pause
    tx.conn.execute(
        OUTBOX.update()
        .where((OUTBOX.c.about == about(storm)) & (OUTBOX.c.kind == VIEW))
        .where(OUTBOX.c.state != FAILED)
        .values(
            generation=OUTBOX.c.generation + 1,
            state=case((OUTBOX.c.state == SENDING, SENDING), else_=PENDING),
            asked_at=case((OUTBOX.c.state == PENDING, OUTBOX.c.asked_at), else_=now),
            rank=rank,
            due_at=case((due > now, due), else_=now),
        )
    )
    tx.wake.add("outbox")


def card(tx: Tx, place: str) -> outbox.Row | None:
    """The card of the latest storm at a place."""
    found = last(tx, place)
    return outbox.parent(tx, about(found), place) if found is not None else None
