"""Which resources an incident is about, and what hung on the one it lost when that fell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from store.db import Tx
from store.inventory.pieces import pieces
from store.inventory_tables import ALERT_RESOURCES, INCIDENT_BELOW
from store.model import AlertStatus, Instant, Severity
from store.tables import (
    ALERTS,
    INCIDENT_RESOURCES,
    INCIDENTS,
    RESOURCE_NAMES,
    RESOURCE_PARENTS,
    RESOURCES,
)

DEEPEST, WIDEST = 10, 500


def put(tx: Tx, rows: Iterable[tuple[int, int]]) -> None:
    """Incidents are about resources: (incident, resource)."""
    tx.insert_new(INCIDENT_RESOURCES, sorted(set(rows)))


def of_incident(tx: Tx, incident_id: int) -> list[int]:
    """The resources that an incident is about."""
    found = tx.run("resources of incident", _of_incident, b_incident=incident_id)
    return [int(row[0]) for row in found]


def _of_incident() -> Any:
    mine = INCIDENT_RESOURCES.c.incident_id == bindparam("b_incident")
    return select(INCIDENT_RESOURCES.c.resource_id).where(mine).limit(100)


def of_incidents(tx: Tx, incident_ids: Iterable[int]) -> dict[int, list[int]]:
    """The resources of several incidents; those without any are left out."""
    found: dict[int, list[int]] = {}
    for some in pieces(incident_ids):
        mine = INCIDENT_RESOURCES.c.incident_id.in_(some)
        for row in tx.conn.execute(select(INCIDENT_RESOURCES).where(mine)):
            found.setdefault(row.incident_id, []).append(row.resource_id)
    return found


def incidents_of(
    tx: Tx, resource_ids: Iterable[int], *, open_only: bool = True, most: int = 100
) -> list[int]:
    """The incidents that are about some resources, the newest first."""
    found: set[int] = set()
    both = INCIDENT_RESOURCES.join(INCIDENTS, INCIDENTS.c.id == INCIDENT_RESOURCES.c.incident_id)
    chosen = select(INCIDENTS.c.id).select_from(both).order_by(INCIDENTS.c.id.desc()).limit(most)
    if open_only:
        chosen = chosen.where(INCIDENTS.c.status != "resolved")
    for some in pieces(resource_ids):
        mine = INCIDENT_RESOURCES.c.resource_id.in_(some)
        found.update(tx.conn.execute(chosen.where(mine)).scalars())
    return sorted(found, reverse=True)[:most]


def move(tx: Tx, incident_id: int, into: int) -> None:
    """What one incident is about, another is about too."""
    put(tx, ((into, one) for one in of_incident(tx, incident_id)))
    mine = select(INCIDENT_BELOW).where(INCIDENT_BELOW.c.incident_id == incident_id)
    rows = [(into, row.resource_id, row.fallen_id) for row in tx.conn.execute(mine)]
    tx.insert_new(INCIDENT_BELOW, rows)


@dataclass(frozen=True, slots=True)
class Said:
    """What alerts of other incidents say of a resource: how bad the worst that fires is, None
    where all of them are over."""

    severity: Severity | None = None
    incident_id: int = 0


def said_of(
    tx: Tx, resource_ids: Iterable[int], since: Instant, but: int
) -> dict[int, Said]:  # fmt: skip
    """What is said of each of some resources by alerts heard since an instant, but those of one
    incident; of which nothing was said are left out."""
    both = ALERT_RESOURCES.join(ALERTS, ALERTS.c.id == ALERT_RESOURCES.c.alert_id)
    all_ = both.join(INCIDENTS, INCIDENTS.c.id == ALERTS.c.incident_id)
    columns = (ALERT_RESOURCES.c.resource_id, ALERTS.c.status, ALERTS.c.severity, INCIDENTS.c.id,
               INCIDENTS.c.status.label("istatus"))  # fmt: skip
    fits = (ALERTS.c.last_at >= since) & (INCIDENTS.c.id != but)
    found: dict[int, Said] = {}
    for some in pieces(resource_ids):
        mine = ALERT_RESOURCES.c.resource_id.in_(some)
        for row in tx.conn.execute(select(*columns).select_from(all_).where(mine & fits)):
            fires = row.status == str(AlertStatus.FIRING) and row.istatus != "resolved"
            one = Said(Severity(row.severity), row.id) if fires else Said()
            before = found.get(row.resource_id)
            if before is None or _worse(one, before):
                found[row.resource_id] = one
    return found


def _worse(one: Said, than: Said) -> bool:
    if one.severity is None or than.severity is None:
        return than.severity is None and one.severity is not None
    return (one.severity.rank, one.incident_id) < (than.severity.rank, than.incident_id)


# what hung on what fell


def fell(tx: Tx, incident_id: int, fallen_id: int, below: Sequence[int]) -> None:
    """A resource fell, and what hung on it then."""
    rows = [(incident_id, one, fallen_id) for one in dict.fromkeys((fallen_id, *below))]
    tx.insert_new(INCIDENT_BELOW, sorted(rows))


def fallen(tx: Tx, incident_id: int) -> list[int]:
    """The resources whose fall an incident is about."""
    rows = tx.run("fallen", _fallen, b_incident=incident_id)
    return [int(row[0]) for row in rows]


def _fallen() -> Any:
    mine = INCIDENT_BELOW.c.incident_id == bindparam("b_incident")
    fell_itself = INCIDENT_BELOW.c.resource_id == INCIDENT_BELOW.c.fallen_id
    return select(INCIDENT_BELOW.c.fallen_id).where(mine & fell_itself)


def below(tx: Tx, incident_id: int) -> list[int]:
    """What hung on what fell, without that itself."""
    rows = tx.run("below", _below, b_incident=incident_id)
    return [int(row[0]) for row in rows]


def _below() -> Any:
    mine = INCIDENT_BELOW.c.incident_id == bindparam("b_incident")
    hung = INCIDENT_BELOW.c.resource_id != INCIDENT_BELOW.c.fallen_id
    chosen = select(INCIDENT_BELOW.c.resource_id).where(mine & hung)
    return chosen.order_by(INCIDENT_BELOW.c.resource_id)


def changed_below(tx: Tx, since: int) -> list[int]:
    """The open incidents of which something that hung on what fell became otherwise since."""
    both = INCIDENT_BELOW.join(INCIDENTS, INCIDENTS.c.id == INCIDENT_BELOW.c.incident_id).join(
        RESOURCES, RESOURCES.c.id == INCIDENT_BELOW.c.resource_id
    )
    fits = (INCIDENTS.c.status != "resolved") & (RESOURCES.c.changed_at >= since)
    chosen = select(INCIDENTS.c.id).select_from(both).where(fits).distinct()
    return sorted(tx.conn.execute(chosen).scalars())


# up, for many at once


def climbed(
    tx: Tx, numbers: Iterable[int], not_beyond: frozenset[str] = frozenset()
) -> dict[int, list[int]]:
    """For each of some resources what it stands on or belongs to, the nearest first: a look for
    each level, however many they are. Kinds of ``not_beyond`` are left out, with all above."""
    first = list(dict.fromkeys(numbers))
    up: dict[int, list[int]] = {}
    level = first
    for _ in range(DEEPEST):
        more = _parents_of(tx, [one for one in level if one not in up], not_beyond)
        up.update({one: more.get(one, []) for one in level if one not in up})
        level = [p for found in more.values() for p in found if p not in up]
        if not level or len(up) > 4 * WIDEST:
            break
    return {one: _walk(one, up) for one in first}


def _walk(number: int, up: dict[int, list[int]]) -> list[int]:
    seen: dict[int, None] = {}
    level = [number]
    while level and len(seen) < WIDEST:
        level = list(dict.fromkeys(p for one in level for p in up.get(one, ())))
        level = [p for p in level if p not in seen and p != number]
        seen.update(dict.fromkeys(level))
    return list(seen)


def _parents_of(
    tx: Tx, numbers: Sequence[int], not_beyond: frozenset[str]
) -> dict[int, list[int]]:  # fmt: skip
    found: dict[int, list[int]] = {}
    all_ = RESOURCE_PARENTS.join(
        RESOURCE_NAMES, RESOURCE_NAMES.c.name_hash == RESOURCE_PARENTS.c.name_hash
    ).join(RESOURCES, RESOURCES.c.id == RESOURCE_NAMES.c.resource_id)
    fits = (RESOURCE_NAMES.c.strong == 1) & RESOURCES.c.gone_at.is_(None)
    columns = (RESOURCE_PARENTS.c.child_id, RESOURCES.c.id, RESOURCES.c.kind)
    chosen = select(*columns).select_from(all_).where(fits).order_by(RESOURCES.c.id)
    for some in pieces(numbers):
        for row in tx.conn.execute(chosen.where(RESOURCE_PARENTS.c.child_id.in_(some))):
            if row.kind not in not_beyond and row.id != row.child_id:
                found.setdefault(row.child_id, []).append(row.id)
    return {child: list(dict.fromkeys(some)) for child, some in found.items()}
