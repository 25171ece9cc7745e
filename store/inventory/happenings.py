"""What happened to resources: events of clusters, calls of APIs. Those with the same key on one day
are one row, counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import bindparam, select

from store.clock import Instant
from store.db import Tx
from store.inventory.pieces import pieces
from store.inventory.resources import name_hash
from store.model import DAY, MINUTE
from store.model.resource import Happening
from store.tables import HAPPENINGS

LOOKED_AT = 20_000
"""So many rows are unsealed for one search."""
APART = 10 * MINUTE
"""The same change is another one after so long."""
_AT_ONCE = 500
_TABLE = "happenings"
_OWN = ("key", "reason", "text", "resource", "who", "change", "labels")


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened on a day: ``count`` times from ``first_at`` to ``at``."""

    source: str
    key: str
    first_at: Instant
    at: Instant
    count: int
    warning: bool
    reason: str
    text: str = ""
    resource: str = ""
    who: str = ""
    change: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """Where it happened: a namespace, or the like of other providers."""
        return self.labels.get("namespace") or self.labels.get("account") or ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty where it does not matter. ``words`` must all be somewhere in it."""

    since: Instant
    until: Instant
    words: tuple[str, ...] = ()
    reason: str = ""
    namespace: str = ""
    source: str = ""
    resources: tuple[str, ...] = ()
    warnings: bool = False

    def fits(self, one: Happened) -> bool:
        """Whether it is what is looked for."""
        if self.reason and self.reason.casefold() != one.reason.casefold():
            return False
        if self.namespace and self.namespace.casefold() != one.namespace.casefold():
            return False
        if not self.words:
            return True
        parts = (one.reason, one.text, one.resource, one.who, *one.labels.values())
        text = "\n".join(parts).casefold()
        return all(word.casefold() in text for word in self.words)


def put(tx: Tx, source: str, items: Sequence[Happening], now: Instant) -> list[Happening]:
    """Write down what happened; those that were not known yet, and changes that came again after a
    while. One that is told again and is no later than before is known; a later one adds its count
    to it."""
    news = {_hash(tx, source, one): one for one in _summed(items)}
    known = _known(tx, news)
    fresh, rows, grown = [], [], []
    for key, one in news.items():
        row = known.get(key)
        if row is None:
            number = tx.ids.next(now)
            about = name_hash(tx, one.resource) if one.resource else None
            rows.append((
                number, key, source, about, one.at, one.at, max(1, one.count), int(one.warning),
                tx.ring.seal(_TABLE, number, _doc(one)),
            ))  # fmt: skip
            fresh.append(one)
        elif one.at > row.at:
            if one.change and one.at - row.at >= APART:
                fresh.append(one)
            grown.append({
                "b_id": row.id, "at": one.at, "count": row.count + max(1, one.count),
                "warning": int(one.warning), "sealed": tx.ring.seal(_TABLE, row.id, _doc(one)),
            })  # fmt: skip
    tx.insert(HAPPENINGS, rows)
    tx.many("grow happening", _growing, grown)
    return fresh


def _summed(items: Iterable[Happening]) -> Iterator[Happening]:
    """Those of one key and day as one, the last one's words."""
    found: dict[tuple[str, int], Happening] = {}
    for one in items:
        place = (one.key, one.at // DAY)
        before = found.get(place)
        if before is None:
            found[place] = one
            continue
        late = max(before, one, key=lambda each: each.at)
        values = {name: getattr(late, name) for name in Happening.__dataclass_fields__}
        found[place] = Happening(**{**values, "count": before.count + one.count})
    yield from found.values()


def _growing() -> Any:
    mine = HAPPENINGS.update().where(HAPPENINGS.c.id == bindparam("b_id"))
    return mine.values({n: bindparam(n) for n in ("at", "count", "warning", "sealed")})


def _hash(tx: Tx, source: str, one: Happening) -> bytes:
    return tx.ring.blind("happening", source, one.key, str(one.at // DAY))


def _known(tx: Tx, hashes: Iterable[bytes]) -> dict[bytes, Any]:
    found: dict[bytes, Any] = {}
    wanted = (HAPPENINGS.c.id, HAPPENINGS.c.key_hash, HAPPENINGS.c.at, HAPPENINGS.c.count)
    for some in pieces(hashes):
        rows = tx.conn.execute(select(*wanted).where(HAPPENINGS.c.key_hash.in_(some)))
        found.update((row.key_hash, row) for row in rows)
    return found


def forget(tx: Tx, before: Instant, most: int = 2_000) -> int:
    """Drop the oldest, ``most`` at once, of those that were last seen before an instant."""
    old = select(HAPPENINGS.c.id).where(HAPPENINGS.c.at < before).limit(most)
    numbers = list(tx.conn.execute(old).scalars())
    for some in pieces(numbers):
        tx.conn.execute(HAPPENINGS.delete().where(HAPPENINGS.c.id.in_(some)))
    return len(numbers)


# reading


def search(tx: Tx, wanted: Wanted, most: int = 50) -> list[Happened]:
    """What fits, the newest first."""
    found = []
    for one in _newest(tx, wanted):
        if wanted.fits(one):
            found.append(one)
            if len(found) >= most:
                break
    return found


def top(tx: Tx, wanted: Wanted) -> Counter[tuple[int, str, str]]:
    """How often each (day, namespace, reason) was, of what fits; days count from 1970."""
    found: Counter[tuple[int, str, str]] = Counter()
    for one in _newest(tx, wanted):
        if wanted.fits(one):
            found[one.at // DAY, one.namespace, one.reason] += one.count
    return found


def _newest(tx: Tx, wanted: Wanted) -> Iterator[Happened]:
    """Page by page, so many that a search stays short."""
    there: Any = HAPPENINGS.c.at.between(wanted.since, wanted.until)
    if wanted.source:
        there &= HAPPENINGS.c.source == wanted.source
    if wanted.warnings:
        there &= HAPPENINGS.c.warning == 1
    if wanted.resources:
        there &= HAPPENINGS.c.resource_hash.in_([name_hash(tx, r) for r in wanted.resources])
    order = (HAPPENINGS.c.at.desc(), HAPPENINGS.c.id.desc())
    for first in range(0, LOOKED_AT, _AT_ONCE):
        asked = select(HAPPENINGS).where(there).order_by(*order).limit(_AT_ONCE).offset(first)
        rows = tx.conn.execute(asked).all()
        yield from (_happened(tx, row) for row in rows)
        if len(rows) < _AT_ONCE:
            return


def _doc(one: Happening) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name in _OWN and value}


def _happened(tx: Tx, row: Any) -> Happened:
    doc = {"key": "", "reason": "", **tx.ring.open(_TABLE, row.id, row.sealed)}
    return Happened(
        row.source, first_at=row.first_at, at=row.at, count=row.count, warning=bool(row.warning),
        **doc,
    )  # fmt: skip
