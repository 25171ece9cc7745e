"""Findings: a row for each that a part tells, with what people said about its rule and resource."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.inventory.pieces import pieces
from store.inventory.resources import name_hash, part_hash
from store.model import DAY
from store.model.finding import FindingState, Found, Place
from store.model.resource import Finding
from store.tables import FINDINGS

KEPT = 60 * DAY
"""So long those that are gone, and what was said about them, are remembered."""
PAGE = 200
_TABLE = "findings"
_SAID = ("by", "reason", "ticket")


@dataclass(frozen=True, slots=True)
class Told:
    """What a part tells: ``rule`` is the name we have for it."""

    rule: str
    finding: Finding
    place: Place


def put(
    tx: Tx, source: str, part: str, items: Sequence[Told], now: Instant, *, complete: bool
) -> tuple[int, int]:
    """Write what a part found; ``complete``: what it does not name is gone. How many are new, and
    how many went."""
    hashes = {tx.ring.blind("finding", source, part, one.finding.key): one for one in items}
    there = {row.key_hash: row for row in _rows(tx, FINDINGS.c.key_hash, hashes)}
    new = {key: one for key, one in hashes.items() if key not in there}
    _add(tx, source, part, new, now)
    same: list[int] = []
    for key, row in there.items():
        before, one = _found(tx, row), hashes[key]
        after = replace(before, rule=one.rule, finding=one.finding, place=one.place, seen_at=now,
                        gone_at=None)  # fmt: skip
        if replace(after, seen_at=before.seen_at) == before:
            same.append(row.id)
        else:
            save(tx, after)
    _seen(tx, same, now)
    gone = sweep(tx, source, part, (one.finding.key for one in items), now) if complete else 0
    return len(new), gone


def sweep(tx: Tx, source: str, part: str, keys: Iterable[str], now: Instant) -> int:
    """A part was told whole: what has none of these keys is gone; how many went."""
    kept = {tx.ring.blind("finding", source, part, key) for key in keys}
    gone = _not_among(tx, source, part, kept)
    for some in pieces(gone):
        tx.conn.execute(FINDINGS.update().where(FINDINGS.c.id.in_(some)).values(gone_at=now))
    return len(gone)


def _add(tx: Tx, source: str, part: str, new: Mapping[bytes, Told], now: Instant) -> None:
    if not new:
        return
    said = _said_of(tx, {name_hash(tx, one.finding.resource) for one in new.values()})
    home, rows = part_hash(tx, source, part), []
    numbers = upkeep.numbers(tx, "findings", len(new))
    for number, (key, one) in zip(numbers, new.items(), strict=True):
        about = name_hash(tx, one.finding.resource)
        since = one.finding.since
        found = Found(number, source, part, one.rule, one.finding, one.place,
                      min(since, now) if since else now, now)  # fmt: skip
        if (before := said.get((one.rule, about))) is not None:
            found = replace(found, state=before.state, until=before.until, by=before.by,
                            reason=before.reason, ticket=before.ticket)  # fmt: skip
        rows.append((
            number, key, source, home, about, one.rule, str(found.state), found.until,
            found.first_at, now, None, tx.ring.seal(_TABLE, number, _doc(found)),
        ))  # fmt: skip
    tx.insert(FINDINGS, rows)


def _said_of(tx: Tx, resources: Iterable[bytes]) -> dict[tuple[str, bytes], Found]:
    """What was said before about the rules of some resources."""
    f = FINDINGS.c
    found = {}
    for some in pieces(resources):
        wanted = f.resource_hash.in_(some) & (f.state != str(FindingState.OPEN))
        for row in tx.conn.execute(select(FINDINGS).where(wanted)):
            found[row.rule, row.resource_hash] = _found(tx, row)
    return found


def save(tx: Tx, one: Found) -> None:
    """Write one as it is now."""
    tx.many("rewrite finding", _rewriting, [{
        "b_id": one.number, "rule": one.rule, "state": str(one.state), "until": one.until,
        "resource_hash": name_hash(tx, one.finding.resource), "first_at": one.first_at,
        "seen_at": one.seen_at, "gone_at": one.gone_at,
        "sealed": tx.ring.seal(_TABLE, one.number, _doc(one)),
    }])  # fmt: skip


def _rewriting() -> Any:
    names = ("rule", "state", "until", "resource_hash", "first_at", "seen_at", "gone_at", "sealed")
    mine = FINDINGS.update().where(FINDINGS.c.id == bindparam("b_id"))
    return mine.values({name: bindparam(name) for name in names})


def _seen(tx: Tx, numbers: Sequence[int], now: Instant) -> None:
    for some in pieces(numbers):
        tx.conn.execute(FINDINGS.update().where(FINDINGS.c.id.in_(some)).values(seen_at=now))


def _not_among(tx: Tx, source: str, part: str, kept: Container[bytes]) -> list[int]:
    f = FINDINGS.c
    mine = (f.source == source) & (f.part_hash == part_hash(tx, source, part))
    rows = tx.conn.execute(select(f.id, f.key_hash).where(mine & f.gone_at.is_(None)))
    return [row.id for row in rows if row.key_hash not in kept]


def forget(tx: Tx, now: Instant) -> None:
    """Drop those that are gone for long."""
    tx.conn.execute(delete(FINDINGS).where(FINDINGS.c.gone_at < now - KEPT))


# reading


def get(tx: Tx, number: int) -> Found | None:
    """The finding of a number, gone or not."""
    row = tx.conn.execute(select(FINDINGS).where(FINDINGS.c.id == number)).first()
    return None if row is None else _found(tx, row)


def there(tx: Tx, *, rule: str = "", source: str = "", gone: bool = False) -> list[Found]:
    """What was found and is there still, in the order it was found in."""
    f = FINDINGS.c
    wanted: Any = f.gone_at.is_(None) if not gone else f.id > 0
    if rule:
        wanted &= f.rule == rule
    if source:
        wanted &= f.source == source
    rows = tx.conn.execute(select(FINDINGS).where(wanted).order_by(f.id))
    return [_found(tx, row) for row in rows]


def page(tx: Tx, after: int, most: int = PAGE) -> list[Found]:
    """Some of what is there still, those that come after a number."""
    f = FINDINGS.c
    wanted = f.gone_at.is_(None) & (f.id > after)
    rows = tx.conn.execute(select(FINDINGS).where(wanted).order_by(f.id).limit(most))
    return [_found(tx, row) for row in rows]


def about(tx: Tx, resources: Iterable[str]) -> list[Found]:
    """What was found about some resources and is there still, by their keys."""
    hashes = {name_hash(tx, key) for key in resources}
    rows = _rows(tx, FINDINGS.c.resource_hash, hashes)
    return [_found(tx, row) for row in sorted(rows, key=lambda r: r.id) if row.gone_at is None]


def _rows(tx: Tx, column: Any, values: Iterable[bytes]) -> list[Any]:
    found: list[Any] = []
    for some in pieces(values):
        found += tx.conn.execute(select(FINDINGS).where(column.in_(some))).all()
    return found


def _doc(one: Found) -> dict[str, Any]:
    finding = {k: v for k, v in asdict(one.finding).items() if v not in ("", None)}
    place = {k: v for k, v in asdict(one.place).items() if v}
    said = {k: v for k in _SAID if (v := getattr(one, k))}
    return {"part": one.part, "finding": finding, "place": place, **said}


def _found(tx: Tx, row: Any) -> Found:
    d: dict[str, Any] = tx.ring.open(_TABLE, row.id, row.sealed)
    return Found(
        row.id, row.source, d["part"], row.rule, Finding(**d["finding"]), Place(**d["place"]),
        row.first_at, row.seen_at, row.gone_at, FindingState(row.state), row.until,
        **{k: d[k] for k in _SAID if k in d},
    )  # fmt: skip
