"""Tests of a person's contacts: when each was rung, and from which an answer came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from store import contacts, upkeep
from store.clock import Instant
from store.db import Tx
from store.model import MINUTE
from store.outbox import DROPPED, FAILED, PENDING, SENDING, Row, from_row
from store.tables import OUTBOX, PAGE_TESTS

PATIENCE = 5 * MINUTE
"""After this a contact that did not answer counts as silent."""

KIND = "test"


@dataclass(frozen=True, slots=True)
class Way:
    """One contact in a test. ``state``: waiting (not sent yet), rung, refused or works."""

    via: str
    state: str
    at: Instant | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class PageTest:
    """One test; ``over`` once the silent ones were told."""

    id: int
    person: str
    by: str
    at: Instant
    ended_at: Instant | None
    ways: tuple[Way, ...]

    @property
    def over(self) -> bool:
        """Nobody waits for an answer any more, or all answered."""
        return self.ended_at is not None or all(w.state == "works" for w in self.ways)


def begin(tx: Tx, now: Instant, person: str, by: str, vias: list[str]) -> int:
    """A new test; its number, which people see in addresses only."""
    row_id = upkeep.number(tx, "page_tests")
    sealed = tx.ring.seal("page_tests", row_id, {"vias": vias, "answers": {}})
    tx.insert(PAGE_TESTS, [(row_id, person, by, now, None, sealed)])
    return row_id


def get(tx: Tx, test_id: int) -> PageTest | None:
    """A test as it stands."""
    row = tx.conn.execute(select(PAGE_TESTS).where(PAGE_TESTS.c.id == test_id)).first()
    return _test(tx, row) if row is not None else None


def newest(tx: Tx, person: str, since: Instant) -> PageTest | None:
    """The last test of a person's contacts that began after an instant."""
    mine = (PAGE_TESTS.c.person == person) & (PAGE_TESTS.c.at > since)
    query = select(PAGE_TESTS).where(mine).order_by(PAGE_TESTS.c.at.desc()).limit(1)
    row = tx.conn.execute(query).first()
    return _test(tx, row) if row is not None else None


def since(tx: Tx, person: str, at: Instant) -> list[PageTest]:
    """Every test of a person's contacts that began after an instant."""
    mine = (PAGE_TESTS.c.person == person) & (PAGE_TESTS.c.at > at)
    return [_test(tx, row) for row in tx.conn.execute(select(PAGE_TESTS).where(mine))]


def last_rung(tx: Tx, person: str, latest: int = 5) -> dict[str, Instant]:
    """Of the latest tests of a person, when each contact was rung the last time and gave no
    answer; nothing of one that answered since."""
    mine = select(PAGE_TESTS).where(PAGE_TESTS.c.person == person)
    found: dict[str, Instant] = {}
    known: set[str] = set()
    for row in tx.conn.execute(mine.order_by(PAGE_TESTS.c.at.desc()).limit(latest)):
        for way in _test(tx, row).ways:
            if way.state == "rung" and way.via not in known:
                found[way.via] = row.at  # its card is sent anew when the test ends
            known |= {way.via} if way.state in ("rung", "works") else set()
    return found


def about(test_id: int) -> str:
    """What its cards are about."""
    return f"{KIND}:{test_id}"


def place(tx: Tx, test: PageTest, via: str) -> Row | None:
    """The page of a test by one channel, as the outbox keeps it."""
    key = f"{about(test.id)}/{via}:@{test.person}"
    row = tx.conn.execute(select(OUTBOX).where(OUTBOX.c.view_key == key)).first()
    return from_row(tx, row) if row is not None else None


def ringing(tx: Tx, via: str, since: Instant) -> list[Row]:
    """Pages of tests by a channel that have a receipt and no answer yet."""
    query = select(PAGE_TESTS).where(PAGE_TESTS.c.at > since)
    tests = [_test(tx, row) for row in tx.conn.execute(query)]
    rung = [t for t in tests if any(w.via == via and w.state == "rung" for w in t.ways)]
    rows = [row for t in rung if (row := place(tx, t, via)) is not None]
    return [row for row in rows if row.message and row.message != "told"]


def answered(tx: Tx, now: Instant, test_id: int, via: str) -> None:
    """An answer came by a channel; the first one counts."""
    query = select(PAGE_TESTS).where(PAGE_TESTS.c.id == test_id).with_for_update()
    row = tx.conn.execute(query).first()
    kept = tx.ring.open("page_tests", row.id, row.sealed) if row is not None else None
    if row is None or kept is None or via not in kept["vias"] or via in kept["answers"]:
        return
    kept["answers"][via] = now
    sealed = tx.ring.seal("page_tests", row.id, kept)
    tx.conn.execute(PAGE_TESTS.update().where(PAGE_TESTS.c.id == row.id).values(sealed=sealed))


def end(tx: Tx, now: Instant, test_id: int) -> None:
    """The silent ones are told; answers still count for the contact."""
    tx.conn.execute(PAGE_TESTS.update().where(PAGE_TESTS.c.id == test_id).values(ended_at=now))


def _test(tx: Tx, row: Any) -> PageTest:
    kept = tx.ring.open("page_tests", row.id, row.sealed)
    vias = kept["vias"]
    places = [f"{about(row.id)}/{via}:@{row.person}" for via in vias]
    query = select(OUTBOX.c.place, OUTBOX.c.state, OUTBOX.c.sent_at).where(
        OUTBOX.c.view_key.in_(places)
    )
    sends = {r.place.partition(":")[0]: (r.state, r.sent_at) for r in tx.conn.execute(query)}
    known = [c for c in contacts.of_person(tx, row.person) if (c.failed_at or 0) >= row.at]
    errors = {c.via: c.error for c in known}
    ways = tuple(
        _way(via, kept["answers"].get(via), errors.get(via, ""), sends.get(via)) for via in vias
    )
    return PageTest(row.id, row.person, row.by, row.at, row.ended_at, ways)


def _way(
    via: str, answer: Instant | None, error: str, send: tuple[str, Instant | None] | None
) -> Way:
    """A card that is drawn anew is pending once more, but was sent."""
    if answer is not None:
        return Way(via, "works", answer)
    state, sent_at = send or (PENDING, None)
    if state in (FAILED, DROPPED):
        return Way(via, "refused", None, error)
    if sent_at is None and state in (PENDING, SENDING):
        return Way(via, "waiting")
    return Way(via, "rung", sent_at)
