"""People, teams, routes, policies and schedules as immutable versions; what was in force then can
be read."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.model import Definitions, Hours, Person, Policy, Route, Rule, Step, Team
from store.model.oncall import Schedule
from store.tables import CONFIG_VERSIONS, DEFINITIONS

Rows = dict[tuple[str, str], dict[str, Any]]
"""(kind, name) → the definition as JSON-like values; routes are named in order."""


def rows_of(definitions: Definitions) -> Rows:
    """Definitions as rows, the form that is compared and stored."""
    rows: Rows = {}
    for person in definitions.people.values():
        rows["person", person.handle] = dataclasses.asdict(person)
    for team in definitions.teams.values():
        rows["team", team.name] = dataclasses.asdict(team)
    for policy in definitions.policies.values():
        rows["policy", policy.name] = dataclasses.asdict(policy)
    for schedule in definitions.schedules.values():
        rows["schedule", schedule.name] = dataclasses.asdict(schedule)
    for order, route in enumerate(definitions.routes):
        rows["route", route.name] = {**dataclasses.asdict(route), "order": order}
    return {key: _plain(row) for key, row in rows.items()}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """JSON-like values; what has no order, such as holidays, always in the same one."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row, order="deterministic"))
    return found


def digest(rows: Rows) -> bytes:
    """A fingerprint of a whole set of definitions."""
    flat = {f"{kind}:{name}": value for (kind, name), value in rows.items()}
    return hashlib.sha256(msgspec.json.encode(flat, order="deterministic")).digest()


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


def apply(tx: Tx, at: Instant, author: str, definitions: Definitions) -> int | None:
    """Write a new version if anything differs from the one in force; its id, else None."""
    old_id = newest(tx)
    old = _rows_at(tx, old_id) if old_id is not None else {}
    new = rows_of(definitions)
    if old_id is not None and digest(old) == digest(new):
        return None
    version = (old_id or 0) + 1
    changed = diff(old, new)
    sealed = tx.ring.seal(
        "config_versions", version, {"diff": [f"{k} {n}: {w}" for (k, n), w in changed.items()]}
    )
    tx.insert(CONFIG_VERSIONS, [(version, at, author, digest(new), sealed)])
    for kind, name in changed:
        tx.conn.execute(
            DEFINITIONS.update()
            .where(
                (DEFINITIONS.c.kind == kind)
                & (DEFINITIONS.c.name == name)
                & DEFINITIONS.c.until_version.is_(None)
            )
            .values(until_version=version)
        )
        if (kind, name) in new:
            row_id = tx.ids.next(at)
            value = tx.ring.seal("definitions", row_id, new[kind, name])
            tx.insert(DEFINITIONS, [(row_id, kind, name, version, None, value, "file")])
    return version


def diff(old: Rows, new: Rows) -> dict[tuple[str, str], str]:
    """What changes between two sets: (kind, name) → ``added``, ``removed`` or ``changed``."""
    found: dict[tuple[str, str], str] = {}
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            found[key] = "added"
        elif key not in new:
            found[key] = "removed"
        elif old[key] != new[key]:
            found[key] = "changed"
    return found


def _rows_at(tx: Tx, version: int) -> Rows:
    here = (DEFINITIONS.c.from_version <= version) & (
        DEFINITIONS.c.until_version.is_(None) | (DEFINITIONS.c.until_version > version)
    )
    return {
        (r.kind, r.name): tx.ring.open("definitions", r.id, r.sealed)
        for r in tx.conn.execute(select(DEFINITIONS).where(here))
    }


def load(tx: Tx, version: int | None = None) -> Definitions:
    """The definitions of a version (default: the one in force)."""
    version = version if version is not None else newest(tx)
    if version is None:
        return Definitions(0, {}, {}, (), {})
    return thaw(version, _rows_at(tx, version))


def thaw(version: int, rows: Rows) -> Definitions:
    """Rows as definitions."""
    routes = sorted((v for (k, _), v in rows.items() if k == "route"), key=lambda v: v["order"])
    return Definitions(
        version_id=version,
        people={n: person(v) for (k, n), v in rows.items() if k == "person"},
        teams={n: team(v) for (k, n), v in rows.items() if k == "team"},
        routes=tuple(route(v) for v in routes),
        policies={n: policy(v) for (k, n), v in rows.items() if k == "policy"},
        schedules={
            n: msgspec.convert(v, Schedule) for (k, n), v in rows.items() if k == "schedule"
        },
    )


def person(v: Mapping[str, Any]) -> Person:
    """A person of one row."""
    rules = {k: tuple(Rule(**r) for r in v.get(k, ())) for k in ("rules", "important")}
    return Person(**{**v, **rules, "roles": tuple(v["roles"])})


def team(v: Mapping[str, Any]) -> Team:
    """A team of one row."""
    return Team(**{**v, "members": tuple(v["members"])})


def policy(v: Mapping[str, Any]) -> Policy:
    """A policy of one row."""
    return Policy(v["name"], tuple(map(step, v["steps"])), v["repeat"], tuple(v["fallback"]))


def step(v: Mapping[str, Any]) -> Step:
    """A step of a policy's row."""
    lists = {name: tuple(v[name]) for name in ("targets", "severity")}
    hours = v.get("hours")
    return Step(**{**v, **lists, "hours": _hours(hours) if hours else None})


def _hours(v: Mapping[str, Any]) -> Hours:
    holidays = tuple(date.fromisoformat(day) for day in v["holidays"])
    return Hours(**{**v, "days": tuple(v["days"]), "holidays": holidays})


def route(v: Mapping[str, Any]) -> Route:
    """A route of one row."""
    group_by = v.get("group_by")
    return Route(
        v["name"],
        {k: tuple(p) for k, p in v["match"].items()},
        v.get("team"),
        v.get("policy"),
        tuple(v["channels"]),
        tuple(group_by) if group_by is not None else None,
    )
