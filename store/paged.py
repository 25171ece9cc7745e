"""Pages as the outbox keeps them: of an incident, of an address, of a provider's id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, func, select

from store.clock import Instant
from store.db import Tx
from store.ids import first
from store.model import MINUTE, Page
from store.oncall_tables import DRILLS
from store.outbox import DROPPED, FAILED, PENDING, SENDING, UNCERTAIN, WENT, Row, from_row
from store.runs import why_of
from store.tables import INCIDENTS, OUTBOX, RUNS


def pages(tx: Tx, incident_id: int) -> list[Page]:
    """Every page of an incident, in the order they were asked for."""
    return [
        Page(
            r.id,
            r.incident_id,
            r.person,
            r.place.split(":", 1)[0],
            r.step,
            r.state,
            r.asked_at,
            r.sent_at,
            why_of(tx, SimpleNamespace(id=r.run_id, sealed=r.run_sealed, why=r.run_why)),
            _error(tx, r),
            loop=r.loop,
            asked_by=r.asked_by,
            after=(r.asked_at - r.started_at) // MINUTE,
        )
        for r in tx.run("pages", _pages, b_incident=incident_id)
    ]


def _error(tx: Tx, r: Any) -> str:
    if r.state not in (FAILED, UNCERTAIN):
        return ""
    return str(from_row(tx, r).content.get("error", ""))


def note_error(tx: Tx, row: Row, error: str) -> None:
    """Keep the provider's words with a page it refused."""
    keep(tx, replace(row, content={**row.content, "error": error[:200]}))


def keep(tx: Tx, row: Row) -> None:
    """Write what a page is sealed with."""
    sealed = tx.ring.seal("outbox", row.id, row.content)
    tx.conn.execute(OUTBOX.update().where(OUTBOX.c.id == row.id).values(sealed=sealed))


_OF_A_RUN = tuple(RUNS.c[n] for n in ("person", "step", "loop", "asked_by", "started_at"))


def _pages() -> Any:
    mine = OUTBOX.c.incident_id == bindparam("b_incident")
    return (
        select(OUTBOX, *_OF_A_RUN, RUNS.c.why.label("run_why"), RUNS.c.sealed.label("run_sealed"))
        .select_from(OUTBOX.join(RUNS, RUNS.c.id == OUTBOX.c.run_id))
        .where(mine & OUTBOX.c.purpose.startswith("page"))
        .order_by(OUTBOX.c.id)
    )


def _at(incident: Any, place: Any) -> Any:
    """Rows of an incident at a place, looked for among those of the incident: it has few, a place
    may have thousands of pages, and left to itself SQLite goes through these."""
    return (OUTBOX.c.incident_id == incident) & (func.coalesce(OUTBOX.c.place, "") == place)


def asked_at(tx: Tx, now: Instant, incident_id: int, place: str) -> bool:
    """Whether a run that still asks queued the same page at this very instant, not refused yet."""
    found = tx.run("asked at", _asked_at, b_incident=incident_id, b_place=place, b_now=now)
    return found.first() is not None


def _asked_at() -> Any:
    mine = _at(bindparam("b_incident"), bindparam("b_place"))
    mine &= (OUTBOX.c.state != FAILED) & (OUTBOX.c.state != DROPPED)
    return (
        select(OUTBOX.c.id)
        .select_from(OUTBOX.join(RUNS, RUNS.c.id == OUTBOX.c.run_id))
        .where(mine & (OUTBOX.c.asked_at == bindparam("b_now")) & RUNS.c.stopped_at.is_(None))
        .limit(1)
    )


WINDOW = 2 * MINUTE
"""Pages to one contact are collected for so long at most."""
BUNDLED = "page-bundled"
"""The purpose of a page that goes out together with others to the same contact."""


def coming(tx: Tx, place: str, now: Instant) -> Instant | None:
    """When the bundle goes out that the newest page to a contact is part of; None where none is to
    come."""
    newest = tx.run("newest page", _newest, b_place=place).first()
    if newest is None or not newest.purpose.startswith(BUNDLED) or newest.due_at <= now:
        return None
    return int(newest.due_at)


def _newest() -> Any:
    chosen = select(OUTBOX.c.due_at, OUTBOX.c.purpose).where(_to_a_contact())
    return chosen.order_by(OUTBOX.c.id.desc()).limit(1)


def recent(tx: Tx, place: str, since: Instant, most: int) -> list[Instant]:
    """When the newest messages to a contact went or will go, since an instant, looking at ``most``
    pages; each bundle once."""
    oldest = first(since - WINDOW)
    found = tx.run("recent pages", _recent, b_place=place, b_first=oldest, b_most=most)
    single = [r.due_at for r in found if r.due_at >= since and not r.purpose.startswith(BUNDLED)]
    bundles = {r.due_at for r in found if r.due_at >= since and r.purpose.startswith(BUNDLED)}
    return [*single, *bundles]


def _to_a_contact() -> Any:
    mine = (OUTBOX.c.place == bindparam("b_place")) & OUTBOX.c.run_id.is_not(None)
    return mine & (OUTBOX.c.state != FAILED) & (OUTBOX.c.state != DROPPED)


def _recent() -> Any:
    chosen = select(OUTBOX.c.due_at, OUTBOX.c.purpose).where(_to_a_contact())
    newer = chosen.where(OUTBOX.c.id >= bindparam("b_first"))
    return newer.order_by(OUTBOX.c.id.desc()).limit(bindparam("b_most"))


def went_to(tx: Tx, incident_id: int, place: str) -> bool:
    """Whether a page of an incident went or will go to a contact."""
    found = tx.run("went to", _went_to, b_incident=incident_id, b_place=place)
    return found.first() is not None


def _went_to() -> Any:
    mine = _at(bindparam("b_incident"), bindparam("b_place"))
    mine &= OUTBOX.c.run_id.is_not(None) & (OUTBOX.c.state != FAILED) & (OUTBOX.c.state != DROPPED)
    return select(OUTBOX.c.id).where(mine).limit(1)


def due_together(tx: Tx, row: Row, now: Instant) -> list[Row]:
    """The other pages that are due at a bundled page's place, the oldest first."""
    mine = (OUTBOX.c.place == row.place) & (OUTBOX.c.state == PENDING) & (OUTBOX.c.id != row.id)
    mine &= OUTBOX.c.purpose.startswith(BUNDLED) & (OUTBOX.c.due_at <= now)
    mine &= OUTBOX.c.run_id.is_not(None)
    found = tx.conn.execute(
        select(OUTBOX).where(mine).order_by(OUTBOX.c.id).with_for_update(skip_locked=True)
    )
    return [from_row(tx, r) for r in found]


def together(tx: Tx, row: Row) -> list[Row]:
    """All pages of one message that was sent, the oldest first; the page alone where it was."""
    if not row.purpose.startswith(BUNDLED) or not row.message:
        return [row]
    mine = (OUTBOX.c.place == row.place) & (OUTBOX.c.message == row.message)
    mine &= OUTBOX.c.purpose.startswith(BUNDLED)
    found = tx.conn.execute(select(OUTBOX).where(mine).order_by(OUTBOX.c.id))
    return [from_row(tx, r) for r in found]


def sent_pages(tx: Tx, incident_id: int) -> list[Row]:
    """Pages that reached their person and have an id there: they can be edited or followed up."""
    found = tx.conn.execute(
        select(OUTBOX)
        .where(
            (OUTBOX.c.incident_id == incident_id)
            & OUTBOX.c.purpose.startswith("page")
            & OUTBOX.c.state.in_(WENT)
            & (OUTBOX.c.message != "")
        )
        .order_by(OUTBOX.c.id)
    )
    return [from_row(tx, r) for r in found]


def followed_up(tx: Tx, incident_id: int, page: Row) -> bool:
    """Whether it was told since a page, at its place, what became of its incident."""
    mine = _at(incident_id, page.place)
    mine &= OUTBOX.c.purpose.startswith("repage") & (OUTBOX.c.id > page.id)
    return tx.conn.execute(select(OUTBOX.c.id).where(mine).limit(1)).first() is not None


def is_to_a_person(row: Row) -> bool:
    """Whether it goes to one person, not into a thread that speaks of one."""
    return ":@" in row.place and "person" in row.content


def get(tx: Tx, row_id: int) -> Row | None:
    """One page by the id of its row: of an incident, or a card that went to one person."""
    found = tx.conn.execute(select(OUTBOX).where(OUTBOX.c.id == row_id)).first()
    row = from_row(tx, found) if found is not None else None
    return row if row is not None and is_to_a_person(row) else None


def by_provider(tx: Tx, provider_id: str, channels: Collection[str]) -> Row | None:
    """The page that a provider knows by that id, of one of its channels."""
    found = tx.conn.execute(select(OUTBOX).where(OUTBOX.c.message == provider_id))
    rows = [from_row(tx, r) for r in found]
    mine = (r for r in rows if r.place.partition(":")[0] in channels and is_to_a_person(r))
    return next(mine, None)


def last_to(tx: Tx, places: Sequence[str], limit: int = 40) -> list[Row]:
    """The newest pages, and cards about other things, that went to those places of people, the
    newest first. One that is being sent may have arrived, or be answered before we hear of it."""
    personal = OUTBOX.c.run_id.is_not(None) | OUTBOX.c.about.is_not(None)
    arrived = OUTBOX.c.state.in_((*WENT, SENDING, UNCERTAIN))
    mine = OUTBOX.c.place.in_(places) & personal & arrived
    found = tx.conn.execute(select(OUTBOX).where(mine).order_by(OUTBOX.c.id.desc()).limit(limit))
    return [from_row(tx, r) for r in found]


def ringing(tx: Tx, channel: str, since: Instant) -> list[Row]:
    """Pages of a channel about incidents nobody has, sent after an instant, that have a receipt."""
    mine = (OUTBOX.c.place >= f"{channel}:") & (OUTBOX.c.place < f"{channel};")
    mine &= OUTBOX.c.run_id.is_not(None) & OUTBOX.c.state.in_(WENT) & (OUTBOX.c.message != "")
    query = (
        select(OUTBOX)
        .select_from(OUTBOX.join(RUNS, RUNS.c.id == OUTBOX.c.run_id))
        .where(mine & (OUTBOX.c.sent_at > since) & RUNS.c.stopped_at.is_(None))
        .order_by(OUTBOX.c.id)
    )
    return [from_row(tx, r) for r in tx.conn.execute(query)]


def asked_between(
    tx: Tx, start: Instant, end: Instant, team: str | None = None
) -> list[tuple[str, Instant]]:
    """Who was asked when, once for each asking whatever its pages; of one team's incidents. Drills
    are left out."""
    found = select(RUNS.c.person, RUNS.c.started_at).where(
        (RUNS.c.id >= first(start)) & (RUNS.c.started_at >= start) & (RUNS.c.started_at < end)
    )
    found = found.where(RUNS.c.incident_id.not_in(select(DRILLS.c.incident_id)))
    if team is not None:
        found = found.join(INCIDENTS, INCIDENTS.c.id == RUNS.c.incident_id)
        found = found.where(INCIDENTS.c.team == team)
    return [(row.person, row.started_at) for row in tx.conn.execute(found)]
