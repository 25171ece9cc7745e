"""Resources: written as their connectors tell of them, found by number, by name and by what hangs
on what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import bindparam, func, select

from store.clock import Instant
from store.crypto import Ring
from store.db import Tx
from store.inventory import ephemeral
from store.inventory.pieces import pieces
from store.inventory_tables import ALERT_RESOURCES, INCIDENT_BELOW
from store.model import DAY
from store.model.known import (
    Belonging,
    Known,
    ResourceChange,
    folded,
    strong_names,
    weak_names,
    words,
)
from store.model.resource import Health, Resource
from store.tables import (
    INCIDENT_RESOURCES,
    RESOURCE_CHANGES,
    RESOURCE_NAMES,
    RESOURCE_PARENTS,
    RESOURCES,
)

KEPT = 30 * DAY
"""So long a resource that is gone, and what changed of one, is remembered."""
_TABLE, _CHANGES = "resources", "resource_changes"
_HISTORY = (
    "name", "state", "health", "type", "region", "zone", "account", "group", "size", "tags",
    "addresses", "parents",
)  # fmt: skip
Mark = tuple[int, int]
"""How far what was written has been read."""
_NOBODYS = Belonging()
_PLAIN = Resource("", "", "")
_FIELDS = tuple(field.name for field in fields(Resource))
_ALWAYS, _MAPS = frozenset({"key", "kind", "name"}), frozenset({"size", "tags", "facts"})


@dataclass(frozen=True, slots=True)
class Told:
    """A resource as it was told of, and whose it is."""

    resource: Resource
    belongs: Belonging = _NOBODYS


@dataclass(frozen=True, slots=True)
class Put:
    """What came of writing some: the numbers of new and of changed ones."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()


def part_hash(tx: Tx, source: str, part: str) -> bytes:
    """A part of a source, as rows know it."""
    return tx.ring.blind("inventory part", source, part)


def name_hash(tx: Tx, name: str) -> bytes:
    """A name of a resource, as rows know it."""
    return tx.ring.blind("resource", folded(name))


# writing


def put(
    tx: Tx, source: str, part: str, items: Sequence[Told], now: Instant, *, first: bool = False
) -> Put:
    """Write what was told of some resources of a part; those that are as they were cost a look.

    ``first`` says that the part was never told whole before: then nothing "appeared". What another
    source tells of is its alone as long as it is there: no key takes it over.
    """
    by_hash = {name_hash(tx, one.resource.key): one for one in items}
    there = _rows(tx, by_hash)
    home, seq = part_hash(tx, source, part), tx.ids.next(now)
    new: list[tuple[Any, ...]] = []
    changed: list[int] = []
    named: list[tuple[int, Resource]] = []
    history: list[ResourceChange] = []
    for key, one in by_hash.items():
        text = json.dumps(_doc(one), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest, row = tx.ring.blind("resource digest", text), there.get(key)
        if row is None:
            number = tx.ids.next(now)
            new.append((
                number, key, source, home, one.resource.kind, str(one.resource.health), digest,
                seq, now, now, None, tx.ring.seal_text(_TABLE, number, text.encode()),
            ))  # fmt: skip
            named.append((number, one.resource))
            history += _came(number, one.resource, now, first)
        elif row.source != source and row.gone_at is None:
            continue
        elif row.digest != digest or row.gone_at is not None or row.part_hash != home:
            before = _known(tx, row)
            _rewrite(tx, row.id, source, home, one, digest, seq, now, text)
            changed.append(row.id)
            back = row.gone_at is not None
            if back or _names_of(before.resource) != _names_of(one.resource):
                named.append((row.id, one.resource))
            history += _became(before, one.resource, now)
    tx.insert(RESOURCES, new)
    _name(tx, named, {row[0] for row in new})
    keep_changes(tx, history)
    return Put(tuple(row[0] for row in new), tuple(changed))


def drop(tx: Tx, source: str, keys: Iterable[str], now: Instant) -> list[int]:
    """Some of a source are gone, by their keys; the numbers of those that were there."""
    rows = _rows(tx, (name_hash(tx, key) for key in keys)).values()
    mine = (row.id for row in rows if row.source == source and row.gone_at is None)
    return end(tx, list(mine), now)


def drop_source(tx: Tx, source: str, now: Instant, most: int = 200, why: str = "") -> list[int]:
    """A source is not looked at any more: what is known of it is gone, ``most`` at once."""
    there = (RESOURCES.c.source == source) & RESOURCES.c.gone_at.is_(None)
    found = tx.conn.execute(select(RESOURCES.c.id).where(there).limit(most)).scalars()
    return end(tx, list(found), now, why)


def end(tx: Tx, numbers: Sequence[int], now: Instant, why: str = "") -> list[int]:
    """Some are gone, by their numbers; which. What comes and goes leaves nothing behind."""
    seq, passing = tx.ids.next(now), set(ephemeral.passing(tx, numbers))
    for some in pieces(numbers):
        mine = RESOURCES.update().where(RESOURCES.c.id.in_(some))
        tx.conn.execute(mine.values(gone_at=now, changed_at=now, seq=seq))
    ephemeral.strip(tx, passing)
    kept = (number for number in numbers if number not in passing)
    keep_changes(tx, [ResourceChange(number, now, "gone", after=why) for number in kept])
    return list(numbers)


def keep_changes(tx: Tx, changes: Sequence[ResourceChange]) -> None:
    """Remember what became otherwise."""
    rows = []
    for one in changes:
        number = tx.ids.next(one.at)
        doc = {k: v for k, v in asdict(one).items() if v and k not in ("resource_id", "at")}
        rows.append((number, one.resource_id, one.at, tx.ring.seal(_CHANGES, number, doc)))
    tx.insert(RESOURCE_CHANGES, rows)


def forget(tx: Tx, now: Instant, most: int = 500) -> int:
    """Drop what is gone, or changed, longer than is kept; how many resources were dropped."""
    tx.conn.execute(RESOURCE_CHANGES.delete().where(RESOURCE_CHANGES.c.at < now - KEPT))
    old = select(RESOURCES.c.id).where(RESOURCES.c.gone_at < now - KEPT).limit(most)
    return erase(tx, list(tx.conn.execute(old).scalars()))


def let_pass(tx: Tx, now: Instant, most: int = 500) -> int:
    """Drop the rows of what came and went, once everybody has heard that it is gone."""
    old = (RESOURCES.c.gone_at < now - ephemeral.LINGERS) & ephemeral.nobodys()
    return erase(tx, list(tx.conn.execute(select(RESOURCES.c.id).where(old).limit(most)).scalars()))


def erase(tx: Tx, numbers: Sequence[int]) -> int:
    """Drop some with everything that is known of them."""
    ephemeral.strip(tx, numbers)
    for some in pieces(numbers):
        for table in (INCIDENT_RESOURCES, ALERT_RESOURCES, INCIDENT_BELOW):
            tx.conn.execute(table.delete().where(table.c.resource_id.in_(some)))
        tx.conn.execute(RESOURCES.delete().where(RESOURCES.c.id.in_(some)))
    return len(numbers)


def _rewrite(
    tx: Tx, number: int, source: str, home: bytes, one: Told, digest: bytes, seq: int,
    now: Instant, text: str,
) -> None:  # fmt: skip
    tx.many("rewrite resource", _rewriting, [{
        "b_id": number, "source": source, "part_hash": home, "kind": one.resource.kind,
        "health": str(one.resource.health), "digest": digest, "seq": seq, "changed_at": now,
        "gone_at": None, "sealed": tx.ring.seal_text(_TABLE, number, text.encode()),
    }])  # fmt: skip


def _rewriting() -> Any:
    names = ("source", "part_hash", "kind", "health", "digest", "seq", "changed_at", "gone_at",
             "sealed")  # fmt: skip
    mine = RESOURCES.update().where(RESOURCES.c.id == bindparam("b_id"))
    return mine.values({name: bindparam(name) for name in names})


def _name(tx: Tx, named: Sequence[tuple[int, Resource]], new: set[int]) -> None:
    old = [number for number, _ in named if number not in new]
    for some in pieces(old):
        tx.conn.execute(RESOURCE_NAMES.delete().where(RESOURCE_NAMES.c.resource_id.in_(some)))
        tx.conn.execute(RESOURCE_PARENTS.delete().where(RESOURCE_PARENTS.c.child_id.in_(some)))
    names: list[tuple[Any, ...]] = []
    parents: list[tuple[Any, ...]] = []
    for number, resource in named:
        strong = {name_hash(tx, name) for name in strong_names(resource)}
        weak = {name_hash(tx, name) for name in weak_names(resource)} - strong
        names += [(one, number, 1) for one in strong] + [(one, number, 0) for one in weak]
        parents += [(number, one) for one in {name_hash(tx, p) for p in resource.parents if p}]
    tx.insert(RESOURCE_NAMES, names)
    tx.insert(RESOURCE_PARENTS, parents)


def _names_of(resource: Resource) -> tuple[Any, ...]:
    return resource.key, resource.name, resource.ids, resource.addresses, resource.parents


def _came(number: int, one: Resource, now: Instant, first: bool) -> Iterator[ResourceChange]:
    if one.kind in ephemeral.KINDS:
        return
    if one.created_at is not None and now - DAY < one.created_at <= now:
        yield ResourceChange(number, one.created_at, "created", after=one.type)
    elif not first:
        yield ResourceChange(number, now, "appeared", after=one.type)


def _became(before: Known, one: Resource, now: Instant) -> Iterator[ResourceChange]:
    if one.kind in ephemeral.KINDS:
        return
    if before.gone_at is not None:
        yield ResourceChange(before.id, now, "appeared", after=one.type)
        return
    for name in _HISTORY:
        was, is_now = words(getattr(before.resource, name)), words(getattr(one, name))
        if was != is_now:
            yield ResourceChange(before.id, now, name, was[:500], is_now[:500])


# reading


def get(tx: Tx, number: int) -> Known | None:
    """The resource of a number, gone or not."""
    row = tx.conn.execute(select(RESOURCES).where(RESOURCES.c.id == number)).first()
    return _known(tx, row) if row is not None else None


def known(tx: Tx, key: str) -> Known | None:
    """The resource of a key, gone or not."""
    row = _rows(tx, [name_hash(tx, key)])
    return next((_known(tx, one) for one in row.values()), None)


def by_keys(tx: Tx, keys: Iterable[str]) -> dict[str, Known]:
    """The resources that have these keys and are there; what is only called so is none of them."""
    asked = {name_hash(tx, key): key for key in keys}
    rows = _rows(tx, asked).values()
    return {asked[row.key_hash]: _known(tx, row) for row in rows if row.gone_at is None}


def teams(tx: Tx, numbers: Iterable[int]) -> dict[int, str]:
    """The team of each of some, and nothing else of them."""
    found: dict[int, str] = {}
    for some in pieces(numbers):
        chosen = select(RESOURCES.c.id, RESOURCES.c.sealed).where(RESOURCES.c.id.in_(some))
        for number, sealed in tx.conn.execute(chosen):
            found[number] = tx.ring.open(_TABLE, number, sealed).get("belongs", {}).get("team", "")
    return found


def many(tx: Tx, numbers: Iterable[int]) -> dict[int, Known]:
    """The resources of some numbers, gone or not."""
    found: dict[int, Known] = {}
    for some in pieces(numbers):
        rows = tx.conn.execute(select(RESOURCES).where(RESOURCES.c.id.in_(some)))
        found.update((row.id, _known(tx, row)) for row in rows)
    return found


def by_names(tx: Tx, names: Iterable[str]) -> dict[str, list[tuple[int, bool]]]:
    """For each name that something has which is there: the numbers, and whether the name is a
    strong one."""
    asked = {name_hash(tx, name): name for name in names if name}
    found: dict[str, list[tuple[int, bool]]] = {}
    both = RESOURCE_NAMES.join(RESOURCES, RESOURCES.c.id == RESOURCE_NAMES.c.resource_id)
    chosen = select(RESOURCE_NAMES).select_from(both).where(RESOURCES.c.gone_at.is_(None))
    for some in pieces(asked):
        for row in tx.conn.execute(chosen.where(RESOURCE_NAMES.c.name_hash.in_(some))):
            found.setdefault(asked[row.name_hash], []).append((row.resource_id, bool(row.strong)))
    return found


def changes(
    tx: Tx, number: int, since: Instant = 0, until: Instant | None = None, most: int = 100
) -> list[ResourceChange]:
    """What became otherwise of a resource, the newest first."""
    return changes_of(tx, [number], since, until, most)


def changes_of(
    tx: Tx, numbers: Iterable[int], since: Instant = 0, until: Instant | None = None,
    most: int = 100,
) -> list[ResourceChange]:  # fmt: skip
    """What became otherwise of some resources, the newest first."""
    found: list[ResourceChange] = []
    newest = select(RESOURCE_CHANGES).order_by(RESOURCE_CHANGES.c.at.desc()).limit(most)
    newest = newest.where(RESOURCE_CHANGES.c.at >= since)
    if until is not None:
        newest = newest.where(RESOURCE_CHANGES.c.at <= until)
    for some in pieces(numbers):
        rows = tx.conn.execute(newest.where(RESOURCE_CHANGES.c.resource_id.in_(some)))
        found += [
            ResourceChange(row.resource_id, row.at, **tx.ring.open(_CHANGES, row.id, row.sealed))
            for row in rows
        ]
    return sorted(found, key=lambda one: -one.at)[:most]


def since(tx: Tx, mark: Mark, most: int) -> list[Any]:
    """The rows written after a mark, in order; ``opened`` says what they hold."""
    seq, number = mark
    after = (RESOURCES.c.seq > seq) | (RESOURCES.c.id > number)
    later = select(RESOURCES).where((RESOURCES.c.seq >= seq) & after)
    return list(tx.conn.execute(later.order_by(RESOURCES.c.seq, RESOURCES.c.id).limit(most)))


def opened(ring: Ring, rows: Sequence[Any]) -> list[Known]:
    """What rows hold; work for a thread, where they are many."""
    return [_opened(ring, row) for row in rows]


def counts(tx: Tx) -> list[tuple[str, str, str, int]]:
    """How many there are of each source, kind and health."""
    by = (RESOURCES.c.source, RESOURCES.c.kind, RESOURCES.c.health)
    there = select(*by, func.count()).where(RESOURCES.c.gone_at.is_(None)).group_by(*by)
    return [(row[0], row[1], row[2], row[3]) for row in tx.conn.execute(there.order_by(*by))]


# rows


def _rows(tx: Tx, hashes: Iterable[bytes]) -> dict[bytes, Any]:
    found: dict[bytes, Any] = {}
    for some in pieces(hashes):
        rows = tx.conn.execute(select(RESOURCES).where(RESOURCES.c.key_hash.in_(some)))
        found.update((row.key_hash, row) for row in rows)
    return found


def _doc(one: Told) -> dict[str, Any]:
    resource = {}
    for name in _FIELDS:
        value = getattr(one.resource, name)
        if value or name in _ALWAYS:
            resource[name] = dict(value) if name in _MAPS else value
    belongs = {name: value for name, value in asdict(one.belongs).items() if value}
    return {**resource, "belongs": belongs} if belongs else resource


def _known(tx: Tx, row: Any) -> Known:
    return _opened(tx.ring, row)


def _opened(ring: Ring, row: Any) -> Known:
    d = ring.open(_TABLE, row.id, row.sealed)
    belongs = Belonging(**d.pop("belongs")) if "belongs" in d else _NOBODYS
    lists = {name: tuple(d[name]) for name in ("ids", "addresses", "parents") if name in d}
    made = Resource(**{**d, **lists, "health": Health(d.get("health", "ok"))})
    return Known(
        row.id, row.source, made, belongs, row.first_at, row.changed_at, row.gone_at
    )  # fmt: skip
