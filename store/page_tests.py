"""Tests of a person's contacts: when each was rung, and from which an answer came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.model import MINUTE
from store.outbox import DROPPED, FAILED, PENDING, SENDING
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
    answers: Mapping[str, Instant] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Nobody waits for an answer any more, or all answered."""
        return self.ended_at is not None or all(w.state == "works" for w in self.ways)


def begin(tx: Tx, now: Instant, person: str, by: str, vias: list[str]) -> int:
    """A new test; its number, which people see in addresses only."""
    row_id = tx.ids.next(now)
    kept = {"vias": vias, "answers": {}, "errors": {}}
    sealed = tx.ring.seal("page_tests", row_id, kept)
    tx.insert(PAGE_TESTS, [(row_id, person, by, now, None, sealed)])
    return row_id


def get(tx: Tx, test_id: int) -> PageTest | None:
    """A test as it stands."""
    row = tx.conn.execute(select(PAGE_TESTS).where(PAGE_TESTS.c.id == test_id)).first()
    return _test(tx, row) if row is not None else None


def running(tx: Tx, person: str, since: Instant) -> PageTest | None:
    """The test of a person's contacts that began after an instant and is not over."""
    mine = (PAGE_TESTS.c.person == person) & PAGE_TESTS.c.ended_at.is_(None)
    query = select(PAGE_TESTS).where(mine & (PAGE_TESTS.c.at > since)).order_by(PAGE_TESTS.c.id)
    found = [_test(tx, row) for row in tx.conn.execute(query)]
    return next((t for t in reversed(found) if not t.over), None)


def answered(tx: Tx, now: Instant, test_id: int, via: str) -> None:
    """An answer came from a contact; the first one counts."""
    _change(tx, test_id, "answers", via, now)


def refused(tx: Tx, test_id: int, via: str, error: str) -> None:
    """A provider said no."""
    _change(tx, test_id, "errors", via, error[:200])


def end(tx: Tx, now: Instant, test_id: int) -> None:
    """The silent ones are told; answers still count for the contact."""
    tx.conn.execute(PAGE_TESTS.update().where(PAGE_TESTS.c.id == test_id).values(ended_at=now))


def _change(tx: Tx, test_id: int, part: str, via: str, value: Any) -> None:
    query = select(PAGE_TESTS).where(PAGE_TESTS.c.id == test_id).with_for_update()
    row = tx.conn.execute(query).first()
    if row is None:
        return
    kept = tx.ring.open("page_tests", row.id, row.sealed)
    if via in kept["vias"] and via not in kept[part]:
        kept[part][via] = value
        sealed = tx.ring.seal("page_tests", row.id, kept)
        tx.conn.execute(PAGE_TESTS.update().where(PAGE_TESTS.c.id == row.id).values(sealed=sealed))


def _test(tx: Tx, row: Any) -> PageTest:
    kept = tx.ring.open("page_tests", row.id, row.sealed)
    about = select(OUTBOX.c.place, OUTBOX.c.state, OUTBOX.c.sent_at).where(
        OUTBOX.c.about == f"{KIND}:{row.id}"
    )
    sends = {r.place.partition(":")[0]: (r.state, r.sent_at) for r in tx.conn.execute(about)}
    ways = tuple(_way(via, kept, sends.get(via)) for via in kept["vias"])
    return PageTest(row.id, row.person, row.by, row.at, row.ended_at, ways, kept["answers"])


def _way(via: str, kept: Mapping[str, Any], send: tuple[str, Instant | None] | None) -> Way:
    """A card that is drawn anew is pending once more, but was sent."""
    if via in kept["answers"]:
        return Way(via, "works", kept["answers"][via])
    state, sent_at = send or (PENDING, None)
    if via in kept["errors"] or state in (FAILED, DROPPED):
        return Way(via, "refused", None, kept["errors"].get(via, ""))
    if sent_at is None and state in (PENDING, SENDING):
        return Way(via, "waiting")
    return Way(via, "rung", sent_at)
