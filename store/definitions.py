"""People, teams, routes, alert rules, policies and schedules as immutable versions; what was in
force then can be read."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.model import Definitions
from store.tables import CONFIG_VERSIONS, DEFINITIONS
from store.thaw import (
    AWAY,
    FILE,
    PEOPLE,
    ROTA,
    STAND_IN,
    WRITTEN,
    Key,
    Row,
    Rows,
    row_of,
    rows_of,
    thawed,
    whole,
)

__all__ = [
    "AWAY", "FILE", "PEOPLE", "ROTA", "WRITTEN", "Key", "Row", "Rows", "Version", "apply", "diff",
    "is_of_file", "load", "loads", "newest", "planned", "put", "row_of", "rows_of", "since",
    "undoing", "version", "version_at", "versions",
]  # fmt: skip

NONE: frozenset[Key] = frozenset()


def newest(tx: Tx) -> int | None:
    """The id of the version in force, or None in an empty database."""
    found: int | None = tx.conn.execute(select(func.max(CONFIG_VERSIONS.c.id))).scalar()
    return found


def version_at(tx: Tx, at: Instant) -> int | None:
    """The id of the version that was in force at an instant, or None before the first."""
    before = select(func.max(CONFIG_VERSIONS.c.id)).where(CONFIG_VERSIONS.c.at <= at)
    found: int | None = tx.conn.execute(before).scalar()
    return found


def since(tx: Tx, at: Instant) -> list[tuple[int, Instant]]:
    """The versions in force from an instant on, each with when it began, the oldest first."""
    first = version_at(tx, at) or 0
    later = select(CONFIG_VERSIONS.c.id, CONFIG_VERSIONS.c.at).where(CONFIG_VERSIONS.c.id >= first)
    return [(row.id, row.at) for row in tx.conn.execute(later.order_by(CONFIG_VERSIONS.c.id))]


def apply(
    tx: Tx, at: Instant, author: str, definitions: Definitions, stand_in: frozenset[Key] = NONE
) -> int | None:
    """Put in force what the file defines; a new version's id where anything differs, else None.

    What people made beside it stays; a name that the file now defines is the file's from here on.
    ``stand_in`` are definitions that fill an empty database where the file says nothing of their
    kind: they are people's to change, and go as they came when the file says something.
    """
    rows = rows_of(definitions)
    new = {key: row for key, row in rows.items() if key not in stand_in}
    changes: dict[Key, Row | None] = {key: new.get(key) for key in planned(tx, new)}
    if newest(tx) is None:
        changes.update({key: {**rows[key], STAND_IN: True} for key in stand_in})
    elif not changes:
        return None
    return put(tx, at, author, changes, FILE, theirs=stand_in)


def is_of_file(tx: Tx, kind: str, name: str) -> bool:
    """Whether the settings file owns a definition."""
    return _owner(tx, kind, name) == FILE


def _owner(tx: Tx, kind: str, name: str) -> str | None:
    """Whose a definition is that is in force; None where there is none."""
    one = (DEFINITIONS.c.kind == kind) & (DEFINITIONS.c.name == name)
    now = select(DEFINITIONS.c.owner).where(one & DEFINITIONS.c.until_version.is_(None))
    found: str | None = tx.conn.execute(now).scalar()
    return found


def planned(tx: Tx, new: Rows) -> dict[Key, str]:
    """What putting the file's rows in force would change: added, removed, changed."""
    version = newest(tx)
    here = _held_at(tx, version) if version is not None else {}
    kinds = {kind for kind, _ in new}
    old = {
        key: row
        for key, (owner, row) in here.items()
        if owner == FILE or key in new or (STAND_IN in row and key[0] in kinds)
    }
    theirs = {key: "changed" for key, (owner, _) in here.items() if owner != FILE and key in new}
    return {**theirs, **diff(old, new)}


def put(
    tx: Tx,
    at: Instant,
    author: str,
    changes: Mapping[Key, Row | None],
    owner: str = PEOPLE,
    theirs: frozenset[Key] = NONE,
) -> int:
    """Write a version in which these definitions are new, other or, by None, gone; its id.
    ``theirs`` are people's, whoever owns the rest."""
    version = (newest(tx) or 0) + 1
    said = []
    for (kind, name), value in sorted(changes.items()):
        one = (DEFINITIONS.c.kind == kind) & (DEFINITIONS.c.name == name)
        tx.saw(kind, name, lambda o=one: _in_force(tx, o), value)  # type: ignore[misc]
        there = tx.conn.execute(
            DEFINITIONS.update()
            .where(one & DEFINITIONS.c.until_version.is_(None))
            .values(until_version=version)
        ).rowcount
        what = "removed" if value is None else "changed" if there else "added"
        said.append(f"{kind} {name}: {what}")
        if value is not None:
            row_id = tx.ids.next(at)
            sealed = tx.ring.seal("definitions", row_id, value)
            whose = PEOPLE if (kind, name) in theirs else owner
            tx.insert(DEFINITIONS, [(row_id, kind, name, version, None, sealed, whose)])
    sealed = tx.ring.seal("config_versions", version, {"diff": said})
    tx.insert(CONFIG_VERSIONS, [(version, at, author, _chained(tx, version, said), sealed)])
    return version


def _in_force(tx: Tx, one: Any) -> Row | None:
    """A definition as it is in force."""
    now = select(DEFINITIONS).where(one & DEFINITIONS.c.until_version.is_(None))
    found = tx.conn.execute(now).first()
    return tx.ring.open("definitions", found.id, found.sealed) if found is not None else None


@dataclasses.dataclass(frozen=True, slots=True)
class Version:
    """One version: when, by whom, and what it changed in words (``team db: changed``)."""

    id: int
    at: Instant
    author: str
    changed: tuple[str, ...]


def versions(tx: Tx, limit: int = 20) -> list[Version]:
    """The newest versions, the latest first."""
    latest = select(CONFIG_VERSIONS).order_by(CONFIG_VERSIONS.c.id.desc()).limit(limit)
    return [_version(tx, row) for row in tx.conn.execute(latest)]


def version(tx: Tx, number: int) -> Version | None:
    """One version, or None."""
    one = select(CONFIG_VERSIONS).where(CONFIG_VERSIONS.c.id == number)
    row = tx.conn.execute(one).first()
    return _version(tx, row) if row is not None else None


def _version(tx: Tx, row: Any) -> Version:
    said = tx.ring.open("config_versions", row.id, row.sealed)["diff"]
    return Version(row.id, row.at, row.author, tuple(said))


def undoing(tx: Tx, number: int) -> dict[Key, Row | None]:
    """What takes a version back: each definition it changed as it was before (None: not there).

    ValueError names the first that is the file's or was changed again since.
    """
    began, ended = DEFINITIONS.c.from_version == number, DEFINITIONS.c.until_version == number
    before: dict[Key, Row | None] = {}
    for r in tx.conn.execute(select(DEFINITIONS).where(began)):
        if r.until_version is not None or r.owner != PEOPLE:
            raise ValueError(f"{r.kind} {r.name}")
        before[r.kind, r.name] = None
    for r in tx.conn.execute(select(DEFINITIONS).where(ended)):
        if r.owner != PEOPLE or ((r.kind, r.name) not in before and _owner(tx, r.kind, r.name)):
            raise ValueError(f"{r.kind} {r.name}")
        before[r.kind, r.name] = tx.ring.open("definitions", r.id, r.sealed)
    return before


def _chained(tx: Tx, version: int, said: list[str]) -> bytes:
    """A fingerprint of a version: of what it changes and of the version before."""
    before = select(CONFIG_VERSIONS.c.digest).where(CONFIG_VERSIONS.c.id == version - 1)
    last = tx.conn.execute(before).scalar() or b""
    return hashlib.sha256(bytes(last) + msgspec.json.encode(said)).digest()


def diff(old: Rows, new: Rows) -> dict[Key, str]:
    """What changes between two sets: (kind, name) → ``added``, ``removed`` or ``changed``."""
    found: dict[Key, str] = {}
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            found[key] = "added"
        elif key not in new:
            found[key] = "removed"
        elif old[key] != new[key]:
            found[key] = "changed"
    return found


def _held_at(tx: Tx, version: int) -> dict[Key, tuple[str, Row]]:
    """Everything in force in a version, with its owner."""
    here = (DEFINITIONS.c.from_version <= version) & (
        DEFINITIONS.c.until_version.is_(None) | (DEFINITIONS.c.until_version > version)
    )
    return {
        (r.kind, r.name): (r.owner, tx.ring.open("definitions", r.id, r.sealed))
        for r in tx.conn.execute(select(DEFINITIONS).where(here))
    }


def load(
    tx: Tx, version: int | None = None, changes: Mapping[Key, Row | None] | None = None
) -> Definitions:
    """The definitions of a version (default: the one in force), with ``changes`` as they would be
    if people made them."""
    version = version if version is not None else newest(tx)
    if version is None:
        return Definitions(0, {}, {}, (), {})
    held = _held_at(tx, version)
    for key, row in (changes or {}).items():
        held.pop(key, None)
        if row is not None:
            held[key] = (PEOPLE, row)
    return whole(version, [thawed(key, *each) for key, each in held.items()])


def loads(tx: Tx, numbers: Sequence[int]) -> list[Definitions]:
    """Several versions: what stays the same from one to the next is read once."""
    if not numbers:
        return []
    first, last = min(numbers), max(numbers)
    ever = (DEFINITIONS.c.from_version <= last) & (
        DEFINITIONS.c.until_version.is_(None) | (DEFINITIONS.c.until_version > first)
    )
    found = [
        (r, thawed((r.kind, r.name), r.owner, tx.ring.open("definitions", r.id, r.sealed)))
        for r in tx.conn.execute(select(DEFINITIONS).where(ever))
    ]
    return [
        whole(
            n,
            [
                one
                for r, one in found
                if r.from_version <= n and (r.until_version is None or r.until_version > n)
            ],
        )
        for n in numbers
    ]
