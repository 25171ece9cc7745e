"""What is wrong with resources: each fault since when, seen when, and whether its alert was made.

``said_at`` is when an alert was last made of it; 0 once it was said to be over: such a row stays
a while, so that the same fault, when it comes back, begins later than the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select

from store.clock import Instant
from store.db import Tx
from store.inventory.pieces import pieces
from store.inventory.resources import name_hash, part_hash
from store.model import DAY, Link, Severity
from store.model.resource import Fault
from store.tables import FAULTS

METRICS = "(metric rules)"
"""The part of faults that metric rules find; no connector calls a part so."""
OVER = 0
KEPT = 8 * DAY
"""So long it is remembered when a fault began that is over."""
_TABLE = "faults"
_PLAIN = Fault("", "", Severity.INFO, "")
_THERE = FAULTS.c.missed_at.is_(None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A fault as it is known. ``missed_at`` is since when it is not seen any more."""

    id: int
    source: str
    part: str
    fault: Fault
    first_at: Instant
    seen_at: Instant
    missed_at: Instant | None = None
    said_at: Instant | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is only remembered."""
        return self.said_at == OVER


def fault_hash(tx: Tx, source: str, key: str) -> bytes:
    """A fault of a source, as rows know it."""
    return tx.ring.blind("fault", source, key)


# writing


def add(tx: Tx, found: Sequence[Standing], now: Instant) -> None:
    """Write new ones; their ids are given here."""
    rows = []
    for one in found:
        number = tx.ids.next(now)
        about = name_hash(tx, one.fault.resource) if one.fault.resource else None
        rows.append((
            number, fault_hash(tx, one.source, one.fault.key), one.source,
            part_hash(tx, one.source, one.part), about, one.first_at, one.seen_at, one.missed_at,
            one.said_at, tx.ring.seal(_TABLE, number, _doc(one)),
        ))  # fmt: skip
    tx.insert(FAULTS, rows)


def rewrite(tx: Tx, found: Sequence[Standing]) -> None:
    """Write some as they are now."""
    rows: list[dict[str, Any]] = [
        {
            "b_id": one.id, "part_hash": part_hash(tx, one.source, one.part),
            "resource_hash": name_hash(tx, one.fault.resource) if one.fault.resource else None,
            "first_at": one.first_at, "seen_at": one.seen_at, "missed_at": one.missed_at,
            "said_at": one.said_at, "sealed": tx.ring.seal(_TABLE, one.id, _doc(one)),
        }
        for one in found
    ]  # fmt: skip
    tx.many("rewrite fault", _rewriting, rows)


def _rewriting() -> Any:
    names = ("part_hash", "resource_hash", "first_at", "seen_at", "missed_at", "said_at", "sealed")
    mine = FAULTS.update().where(FAULTS.c.id == bindparam("b_id"))
    return mine.values({name: bindparam(name) for name in names})


def seen(tx: Tx, numbers: Iterable[int], now: Instant) -> None:
    """Some are still there."""
    _set(tx, numbers, seen_at=now, missed_at=None)


def missed(tx: Tx, numbers: Iterable[int], now: Instant) -> None:
    """Some were not seen any more."""
    _set(tx, numbers, missed_at=now)


def said(tx: Tx, numbers: Iterable[int], at: Instant) -> None:
    """An alert was made of some; ``OVER`` where it was said that they are over."""
    _set(tx, numbers, said_at=at)


def _set(tx: Tx, numbers: Iterable[int], **values: Any) -> None:
    for some in pieces(numbers):
        tx.conn.execute(FAULTS.update().where(FAULTS.c.id.in_(some)).values(**values))


def drop(tx: Tx, numbers: Iterable[int]) -> None:
    """Forget some of which no alert was made."""
    for some in pieces(numbers):
        tx.conn.execute(FAULTS.delete().where(FAULTS.c.id.in_(some)))


def forget(tx: Tx, now: Instant) -> None:
    """Forget those that are over for long."""
    old = (FAULTS.c.said_at == OVER) & (FAULTS.c.missed_at < now - KEPT)
    tx.conn.execute(FAULTS.delete().where(old))


# reading


def by_keys(tx: Tx, source: str, keys: Iterable[str]) -> dict[str, Standing]:
    """Those of a source with these keys."""
    hashes = {fault_hash(tx, source, key): key for key in keys}
    found: dict[str, Standing] = {}
    for some in pieces(hashes):
        for row in tx.conn.execute(select(FAULTS).where(FAULTS.c.key_hash.in_(some))):
            found[hashes[row.key_hash]] = _standing(tx, row)
    return found


def not_among(tx: Tx, source: str, part: str, kept: Iterable[str]) -> list[int]:
    """The numbers of those of a part that are there and have none of these keys."""
    keys = {fault_hash(tx, source, key) for key in kept}
    mine = (FAULTS.c.source == source) & (FAULTS.c.part_hash == part_hash(tx, source, part))
    rows = tx.conn.execute(select(FAULTS.c.id, FAULTS.c.key_hash).where(mine & _THERE))
    return [row.id for row in rows if row.key_hash not in keys]


def of_part(tx: Tx, source: str, part: str | None) -> list[int]:
    """The numbers of all of a part, or of a source, that are not over."""
    mine = FAULTS.c.source == source
    if part is not None:
        mine &= FAULTS.c.part_hash == part_hash(tx, source, part)
    asked = select(FAULTS.c.id).where(mine & FAULTS.c.said_at.is_distinct_from(OVER))
    return list(tx.conn.execute(asked).scalars())


def missing(tx: Tx, source: str, part: str | None = None, most: int = 300) -> list[Standing]:
    """Those that were not seen any more and are not over yet, the first missed first."""
    mine = FAULTS.c.source == source
    if part is not None:
        mine &= FAULTS.c.part_hash == part_hash(tx, source, part)
    open_ = FAULTS.c.missed_at.is_not(None) & FAULTS.c.said_at.is_distinct_from(OVER)
    asked = select(FAULTS).where(mine & open_).order_by(FAULTS.c.missed_at).limit(most)
    return [_standing(tx, row) for row in tx.conn.execute(asked)]


def unsaid(tx: Tx, source: str, most: int = 500) -> list[Standing]:
    """Those that are there and of which no alert was made yet."""
    open_ = (FAULTS.c.source == source) & _THERE & FAULTS.c.said_at.is_(None)
    asked = select(FAULTS).where(open_).order_by(FAULTS.c.first_at).limit(most)
    return [_standing(tx, row) for row in tx.conn.execute(asked)]


def said_before(tx: Tx, source: str, at: Instant, most: int = 200) -> list[Standing]:
    """Those that are there and of which an alert was made before an instant."""
    old = (FAULTS.c.source == source) & (FAULTS.c.said_at > OVER) & (FAULTS.c.said_at <= at)
    asked = select(FAULTS).where(old & _THERE).order_by(FAULTS.c.said_at).limit(most)
    return [_standing(tx, row) for row in tx.conn.execute(asked)]


def about(tx: Tx, resources: Iterable[str], most: int = 100) -> list[Standing]:
    """What is wrong now with some resources, by their keys; the worst first."""
    found: list[Standing] = []
    open_ = FAULTS.c.said_at.is_distinct_from(OVER) & _THERE
    hashes = [name_hash(tx, key) for key in resources]
    for some in pieces(hashes):
        asked = select(FAULTS).where(FAULTS.c.resource_hash.in_(some) & open_).limit(most)
        found += [_standing(tx, row) for row in tx.conn.execute(asked)]
    return sorted(found, key=lambda one: (one.fault.severity.rank, one.first_at))[:most]


def standing(tx: Tx, source: str, part: str) -> dict[str, Instant]:
    """The keys of a part's faults that are there, each with when it began."""
    mine = (FAULTS.c.source == source) & (FAULTS.c.part_hash == part_hash(tx, source, part))
    open_ = FAULTS.c.said_at.is_distinct_from(OVER) & _THERE
    rows = tx.conn.execute(
        select(FAULTS.c.id, FAULTS.c.first_at, FAULTS.c.sealed).where(mine & open_)
    )
    return {tx.ring.open(_TABLE, row.id, row.sealed)["key"]: row.first_at for row in rows}


def there(tx: Tx, source: str | None = None, most: int = 500) -> list[Standing]:
    """What is wrong now, the newest first."""
    open_ = FAULTS.c.said_at.is_distinct_from(OVER) & _THERE
    if source is not None:
        open_ &= FAULTS.c.source == source
    asked = select(FAULTS).where(open_).order_by(FAULTS.c.first_at.desc()).limit(most)
    return [_standing(tx, row) for row in tx.conn.execute(asked)]


def _doc(one: Standing) -> dict[str, Any]:
    f = one.fault
    doc: dict[str, Any] = {
        name: value
        for name, value in asdict(f).items()
        if value != getattr(_PLAIN, name) or name in ("key", "kind", "severity", "title")
    }
    return doc | {"part": one.part}


def _standing(tx: Tx, row: Any) -> Standing:
    d: dict[str, Any] = tx.ring.open(_TABLE, row.id, row.sealed)
    part = d.pop("part", "")
    return Standing(
        row.id, row.source, part, _fault(d), row.first_at, row.seen_at, row.missed_at, row.said_at
    )


def _fault(d: Mapping[str, Any]) -> Fault:
    links = tuple(Link(**link) for link in d.get("links", ()))
    return replace(_PLAIN, **{**d, "severity": Severity(d["severity"]), "links": links})
