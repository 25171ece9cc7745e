"""Rows and look-ups of the hot path, column by column: written thousands of times a second.

The repositories beside it say the same in general; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import bindparam, func, select

from store import alerts
from store.clock import Instant
from store.db import Tx
from store.model import AlertReading, Severity
from store.tables import ALERTS, COUNTERS, INCIDENTS, SILENCED_KEYS
from store.timers import STEP, UNSILENCE

WORDS = tuple(str(s) for s in Severity)
"""Severities by rank, as rows hold them."""

_LOOK_UP = 128
_FIRST_STEP = '{"step": 0, "loop": 0}'


class Terms(Protocol):
    """How an incident opens that does not open as usual."""

    @property
    def silenced_until(self) -> Instant | None:
        """Nobody is asked before."""
        ...

    @property
    def doc(self) -> Mapping[str, Any]:
        """Fields of the incident that are sealed."""
        ...


@dataclass(slots=True)
class Opening:
    """An incident that this transaction opens."""

    id: int
    reading: AlertReading
    source: str
    route: str
    team: str | None
    policy: str | None
    version: int
    group: bytes
    previous: int | None
    at: Instant
    rank: int
    terms: Terms | None = None


def incident_row(
    tx: Tx, new: Opening, total: int, firing: int, last_at: Instant, rev: int
) -> tuple[Any, ...]:
    """The values of a new incident in column order."""
    reading, at = new.reading, new.at
    doc: dict[str, Any] = {"title": reading.title, "next": {"kind": "page", "at": at}}
    labels = reading.labels
    if labels:
        doc["labels"] = labels
        if service := labels.get("service"):
            doc["service"] = service
    value = reading.description.split("\n", 1)[0].strip()
    if value and value != reading.title:
        doc["value"] = value[:300]
    if reading.resource:
        doc["resource"] = reading.resource
    if reading.links:
        doc["links"] = reading.links
    if new.policy:
        doc["policy"] = new.policy
    if new.terms is not None:
        if until := new.terms.silenced_until:
            doc["silenced_until"] = until
            doc["next"] = {"kind": "unsnooze", "at": until, "why": "silenced"}
        doc |= new.terms.doc
    return (
        new.id, "triggered", WORDS[new.rank], str(reading.type), new.source, new.route, new.team,
        None, None, at, at, None, None, last_at, rev, total, firing, new.group, new.group,
        new.version, new.previous, None, tx.ring.seal("incidents", new.id, doc),
    )  # fmt: skip


def alert_row(
    tx: Tx,
    row_id: int,
    incident_id: int | None,
    source_id: int,
    source: str,
    key: bytes,
    reading: AlertReading,
    severity: str,
    starts: Instant,
    at: Instant,
    flips: bytes = b"",
) -> tuple[Any, ...]:
    """The values of a new alert in column order; without an incident it is mere information."""
    sealed = tx.ring.seal("alerts", row_id, alerts.doc(reading, source))
    status, ends = "firing", None
    if incident_id is None:
        status, ends = str(reading.status), reading.ends_at
    return (
        row_id, incident_id, source_id, key, status, severity, str(reading.type), starts, ends,
        at, at, 1, sealed, flips or None,
    )  # fmt: skip


def first_step_row(row_id: int, incident_id: int, at: Instant, rank: int) -> tuple[Any, ...]:
    """The values of the timer that reaches a new incident's first step."""
    return (row_id, STEP, incident_id, None, 1, at, rank, _FIRST_STEP)


def unsilence_row(row_id: int, incident_id: int, until: Instant, rank: int) -> tuple[Any, ...]:
    """The values of the timer that ends the silence a new incident opens under."""
    return (row_id, UNSILENCE, incident_id, None, 1, until, rank, "{}")


def on_record(tx: Tx, keys: Sequence[bytes]) -> list[bytes]:
    """Those of the keys that some alert has, on SQLite."""
    execute, there = tx.driver().execute, []
    for first in range(0, len(keys), _LOOK_UP):
        some = tuple(keys[first : first + _LOOK_UP])
        size = 1 << (len(some) - 1).bit_length()
        padded = some + some[:1] * (size - len(some))
        there += [r[0] for r in execute(_one_of(tx, size), padded)]
    return there


def _one_of(tx: Tx, size: int) -> str:
    name = f"on record {size}"
    if name not in tx.hot:
        marks = ",".join("?" * size)
        tx.hot[name] = f"SELECT live_key FROM alerts WHERE live_key IN ({marks})"  # noqa: S608  # nosec B608
    return str(tx.hot[name])


# with other writers on the same database


def incidents_of(tx: Tx, keys: Sequence[bytes]) -> list[int]:
    """The incidents whose alerts have these keys now."""
    mine = select(ALERTS.c.incident_id).where(
        ALERTS.c.live_key.in_(keys) & ALERTS.c.incident_id.is_not(None)
    )
    return sorted(set(tx.conn.execute(mine).scalars()))


def lock_incidents(tx: Tx, ids: Sequence[int], groups: Sequence[bytes]) -> list[Any]:
    """Rows of these incidents and of those that have these groups, locked until the commit."""
    mine = INCIDENTS.c.id.in_(ids) | INCIDENTS.c.group_open.in_(groups)
    chosen = select(INCIDENTS).where(mine).order_by(INCIDENTS.c.id).with_for_update()
    return list(tx.conn.execute(chosen))


def lock_alerts(tx: Tx, keys: Sequence[bytes]) -> None:
    """The alerts that have these keys, locked until the commit."""
    mine = select(ALERTS.c.id).where(ALERTS.c.live_key.in_(keys))
    tx.conn.execute(mine.order_by(ALERTS.c.live_key).with_for_update())


def silenced(tx: Tx, keys: Sequence[bytes], now: Instant) -> dict[bytes, Instant]:
    """Those of the keys that are silenced now, until when."""
    found = (
        select(SILENCED_KEYS.c.key, func.max(SILENCED_KEYS.c.until))
        .where(SILENCED_KEYS.c.key.in_(keys) & (SILENCED_KEYS.c.until > now))
        .group_by(SILENCED_KEYS.c.key)
    )
    return {bytes(r[0]): r[1] for r in tx.conn.execute(found)}


# hot statements


def ungroup_statement() -> Any:
    """An incident takes no more alerts in."""
    return INCIDENTS.update().where(INCIDENTS.c.id == bindparam("b_id")).values(group_open=None)


def take_numbers(tx: Tx, name: str, count: int) -> Iterable[int]:
    """The next ``count`` small numbers of a series on SQLite; a negative count gives back."""
    next_one = tx.run("numbers", _numbers, b_count=count, b_name=name).scalar_one()
    return range(next_one - count, next_one)


def _numbers() -> Any:
    return (
        COUNTERS.update()
        .where(COUNTERS.c.name == bindparam("b_name"))
        .values(next=COUNTERS.c.next + bindparam("b_count"))
        .returning(COUNTERS.c.next)
    )
