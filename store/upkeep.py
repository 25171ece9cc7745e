"""Small tables with one job each: idempotency keys, changes, leases, meta."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from store.clock import DAY, Instant
from store.db import Tx
from store.tables import (
    AUDIT,
    CHANGES,
    CONFIG_VERSIONS,
    COUNTERS,
    IDEMPOTENCY,
    INCIDENTS,
    LEASES,
    META,
    SOURCES,
)


class KeyReused(Exception):
    """The same idempotency key came with other arguments."""


def _args_hash(tx: Tx, args: Mapping[str, Any]) -> bytes:
    """Keyed: from a plain hash a short argument could be guessed."""
    return tx.ring.mac(b"args:" + msgspec.json.encode(args, order="deterministic"))


def remembered(tx: Tx, now: Instant, key: str, args: Mapping[str, Any]) -> Any | None:
    """The result stored under a key within 24 h; KeyReused when its arguments were others."""
    hashed = tx.ring.blind("once", key)
    row = tx.conn.execute(select(IDEMPOTENCY).where(IDEMPOTENCY.c.key == hashed)).first()
    if row is None:
        return None
    if row.at < now - DAY:
        tx.conn.execute(IDEMPOTENCY.delete().where(IDEMPOTENCY.c.key == hashed))
        return None
    if row.args != _args_hash(tx, args):
        raise KeyReused(key)
    return tx.ring.open("idempotency", hashed.hex(), row.sealed)


def remember(tx: Tx, now: Instant, key: str, args: Mapping[str, Any], result: Any) -> None:
    """Keep a result under its key."""
    hashed = tx.ring.blind("once", key)
    sealed = tx.ring.seal("idempotency", hashed.hex(), result)
    tx.insert(IDEMPOTENCY, [(hashed, _args_hash(tx, args), now, sealed)])


def is_done(tx: Tx, now: Instant, key: str) -> bool:
    """Whether something that has no result was done within a day; changes nothing."""
    hashed = tx.ring.blind("once", key)
    at = tx.conn.execute(select(IDEMPOTENCY.c.at).where(IDEMPOTENCY.c.key == hashed)).scalar()
    return at is not None and at >= now - DAY


def done(tx: Tx, now: Instant, key: str) -> None:
    """Something that has no result is done; said again it changes nothing."""
    hashed = tx.ring.blind("once", key)
    sealed = tx.ring.seal("idempotency", hashed.hex(), True)
    tx.insert_new(IDEMPOTENCY, [(hashed, _args_hash(tx, {}), now, sealed)])


def forget_old(tx: Tx, now: Instant) -> None:
    """Drop keys and changes older than a day."""
    tx.conn.execute(IDEMPOTENCY.delete().where(IDEMPOTENCY.c.at < now - DAY))
    tx.conn.execute(CHANGES.delete().where(CHANGES.c.at < now - DAY // 24))


def changes_since(tx: Tx, after: int) -> list[tuple[int, int, int]]:
    """(id, incident, rev) of changes with an id above ``after``."""
    rows = tx.conn.execute(
        select(CHANGES).where(CHANGES.c.id > after).order_by(CHANGES.c.id).limit(5000)
    )
    return [(r.id, r.incident_id, r.rev) for r in rows]


def newest_change(tx: Tx) -> int:
    """The id of the newest change, 0 in an empty table."""
    return int(tx.conn.execute(select(func.max(CHANGES.c.id))).scalar() or 0)


def take_lease(tx: Tx, name: str, holder: str, now: Instant, life: int) -> int | None:
    """Take or renew a lease for ``life`` ms; its term (the fencing token), None if it is held."""
    holder = _holder(tx, holder)
    tx.insert_new(LEASES, [(name, holder, 1, now + life)])
    mine = select(LEASES).where(LEASES.c.name == name).with_for_update()
    row = tx.conn.execute(mine).one()
    if row.holder != holder and row.until > now:
        return None
    term = int(row.term) if row.holder == holder else int(row.term) + 1
    tx.conn.execute(
        LEASES.update()
        .where(LEASES.c.name == name)
        .values(holder=holder, term=term, until=now + life)
    )
    return term


@dataclass(frozen=True, slots=True)
class Fence:
    """What a holder writes behind: the lease with the term it was given."""

    name: str
    holder: str
    term: int


def holds(tx: Tx, fence: Fence) -> bool:
    """Whether the lease is still the holder's, in the term it was given."""
    row = tx.run("fence", _fence, b_name=fence.name).first()
    return row is not None and (row.holder, row.term) == (_holder(tx, fence.holder), fence.term)


def _holder(tx: Tx, holder: str) -> str:
    """Who holds a lease is told from others, and not named: it is a machine's name."""
    return tx.ring.blind("holder", holder).hex()


def _fence() -> Any:
    return select(LEASES.c.holder, LEASES.c.term).where(LEASES.c.name == bindparam("b_name"))


def drop_lease(tx: Tx, name: str, holder: str) -> None:
    """Give a lease back."""
    mine = (LEASES.c.name == name) & (LEASES.c.holder == _holder(tx, holder))
    tx.conn.execute(LEASES.update().where(mine).values(until=0))


def meta(tx: Tx, key: str) -> str | None:
    """One remembered word about the database itself."""
    found: str | None = tx.conn.execute(select(META.c.value).where(META.c.key == key)).scalar()
    return found


def set_meta(tx: Tx, key: str, value: str) -> None:
    """Remember one word about the database itself."""
    tx.conn.execute(META.delete().where(META.c.key == key))
    tx.insert(META, [(key, value)])


def words(tx: Tx, key: str) -> Any | None:
    """What was remembered sealed; what stood in clear before is read as well."""
    kept = meta(tx, key)
    if kept is None or kept.startswith("{"):
        return kept if kept is None else msgspec.json.decode(kept)
    return tx.ring.open("meta", key, base64.b64decode(kept))


def set_words(tx: Tx, key: str, value: Any) -> None:
    """Remember sealed what people or other systems said."""
    set_meta(tx, key, base64.b64encode(tx.ring.seal("meta", key, value)).decode())


def number(tx: Tx, series: str) -> int:
    """The next number of a series that people call things by."""
    return numbers(tx, series, 1)[0]


def numbers(tx: Tx, series: str, count: int) -> range:
    """The next numbers of a series."""
    taken = (
        COUNTERS.update()
        .where(COUNTERS.c.name == bindparam("b_name"))
        .values(next=COUNTERS.c.next + bindparam("b_count"))
        .returning(COUNTERS.c.next)
    )
    given = {"b_name": series, "b_count": count}
    following = int(tx.conn.execute(taken, given).scalar_one())
    return range(following - count, following)


def holds_sealed_rows(tx: Tx) -> bool:
    """Whether a new key would be a mistake."""
    kept = (CONFIG_VERSIONS.c.id, AUDIT.c.seq, SOURCES.c.id, INCIDENTS.c.id)
    return any(tx.conn.execute(select(column).limit(1)).first() for column in kept)
