"""Open keys and groups in memory, kept true by the writer: intake decides without a query.

On PostgreSQL other processes write too. There nothing is kept from one transaction to the next:
each locks what it is about and reads it anew, and the unique indexes decide between two that race.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from store import alerts, silences
from store.clock import Instant
from store.db import Tx
from store.model import Incident, IncidentStatus, Severity
from store.tables import INCIDENTS

_RANK = {str(s): s.rank for s in Severity}


class Key:
    """The latest state of one alert's key."""

    __slots__ = ("alert_id", "count", "firing", "flips", "incident_id", "rank", "starts_at")

    def __init__(
        self,
        alert_id: int,
        incident_id: int,
        firing: bool,
        starts_at: Instant,
        rank: int,
        count: int,
        flips: bytes = b"",
    ) -> None:
        self.alert_id, self.incident_id, self.firing = alert_id, incident_id, firing
        self.starts_at, self.rank, self.count, self.flips = starts_at, rank, count, flips

    def copy(self) -> Key:
        """One that may be changed."""
        return Key(
            self.alert_id, self.incident_id, self.firing, self.starts_at, self.rank, self.count,
            self.flips,
        )  # fmt: skip


class Open:
    """What intake needs of one open incident."""

    __slots__ = ("acknowledged", "firing", "group", "id", "keys", "last_at", "rank", "rev", "total")

    def __init__(
        self,
        incident_id: int,
        group: bytes | None,
        rank: int,
        acknowledged: bool,
        total: int,
        firing: int,
        last_at: Instant,
        rev: int,
    ) -> None:
        self.id, self.group, self.rank, self.acknowledged = incident_id, group, rank, acknowledged
        self.total, self.firing, self.last_at, self.rev = total, firing, last_at, rev
        self.keys: set[bytes] = set()

    def copy(self) -> Open:
        """One that may be changed, without the keys."""
        return Open(
            self.id, self.group, self.rank, self.acknowledged, self.total, self.firing,
            self.last_at, self.rev,
        )  # fmt: skip


def key_of(row: Any) -> Key:
    """The state of a key from its latest alert's row."""
    firing = row.status == "firing"
    rank = _RANK[row.severity]
    flips = bytes(row.flips) if row.flips else b""
    return Key(row.id, row.incident_id, firing, row.starts_at, rank, row.count, flips)


def open_of(row: Any) -> Open:
    """The state of an open incident from its row."""
    return Open(
        row.id, row.group_open, _RANK[row.severity], row.status == "acknowledged",
        row.alerts_total, row.alerts_firing, row.last_alert_at, row.rev,
    )  # fmt: skip


class Memory:
    """Everything open. Only the writer touches it, and only after a commit.

    ``shared`` says that other processes write to the same database: then it stays empty.
    """

    def __init__(self) -> None:
        self.shared = False
        self.keys: dict[bytes, Key] = {}
        self.groups: dict[bytes, int] = {}
        self.incidents: dict[int, Open] = {}
        self.silenced: dict[bytes, Instant] = {}

    def load(self, tx: Tx, now: Instant) -> None:
        """Fill from the database."""
        self.keys, self.groups, self.incidents, self.silenced = {}, {}, {}, {}
        self.shared = tx.conn.dialect.name == "postgresql"
        if self.shared:
            return
        for r in tx.conn.execute(select(INCIDENTS).where(INCIDENTS.c.status != "resolved")):
            self.put(open_of(r))
        for r in alerts.open_keys(tx):
            self.keys[r.live_key] = key_of(r)
            self.incidents[r.incident_id].keys.add(r.live_key)
        self.silenced = silences.silenced(tx, now)

    def put(self, found: Open) -> None:
        """Take in the state of an open incident."""
        old = self.incidents.get(found.id)
        if old is not None and old.group is not None and old.group != found.group:
            self.groups.pop(old.group, None)
        self.incidents[found.id] = found
        if found.group is not None:
            self.groups[found.group] = found.id

    def drop(self, incident_id: int) -> None:
        """An incident is resolved: its keys are looked up in the database from now on."""
        found = self.incidents.pop(incident_id, None)
        if found is None:
            return
        for key in found.keys:
            self.keys.pop(key, None)
        if found.group is not None and self.groups.get(found.group) == incident_id:
            del self.groups[found.group]


class Draft:
    """Memory as one transaction sees it: written over on commit, thrown away on rollback."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.keys: dict[bytes, Key] = {}
        self.incidents: dict[int, Open] = {}
        self.gone: set[int] = set()
        self.groups: dict[bytes, int | None] = {}
        self.silenced: dict[bytes, Instant] = {}

    @property
    def shared(self) -> bool:
        """Whether nothing is known but what this transaction has read."""
        return self._memory.shared

    def key(self, key: bytes) -> Key | None:
        """The key's state."""
        found = self.keys.get(key)
        if found is not None:
            return found
        found = self._memory.keys.get(key)
        return None if found is None or found.incident_id in self.gone else found

    def own_key(self, key: bytes, found: Key) -> Key:
        """A copy of a key's state that may be changed."""
        if key not in self.keys:
            self.keys[key] = found.copy()
        return self.keys[key]

    def incident(self, incident_id: int) -> Open | None:
        """An open incident, as a copy that may be changed."""
        found = self.incidents.get(incident_id)
        if found is None and incident_id not in self.gone:
            base = self._memory.incidents.get(incident_id)
            if base is not None:
                found = self.incidents[incident_id] = base.copy()
        return found

    def group(self, group: bytes) -> Open | None:
        """The incident that has a group."""
        if group in self.groups:
            owner = self.groups[group]
        else:
            owner = self._memory.groups.get(group)
        return self.incident(owner) if owner is not None else None

    def put(self, found: Open) -> None:
        """Take in the state of an open incident."""
        old = self.incidents.get(found.id) or self._memory.incidents.get(found.id)
        if old is not None and old.group is not None and old.group != found.group:
            self.groups[old.group] = None
        self.gone.discard(found.id)
        self.incidents[found.id] = found
        if found.group is not None:
            self.groups[found.group] = found.id

    def ungroup(self, found: Open) -> None:
        """An incident takes no more alerts in."""
        if found.group is not None:
            self.groups[found.group] = None
            found.group = None

    def drop(self, incident_id: int) -> None:
        """An incident is resolved."""
        found = self.incident(incident_id)
        if found is not None:
            self.ungroup(found)
        self.incidents.pop(incident_id, None)
        self.gone.add(incident_id)

    def see(self, incident: Incident, group: bytes | None, keys: Iterable[bytes] = ()) -> None:
        """A verb saved an incident: keep what it says."""
        if incident.status is IncidentStatus.RESOLVED:
            self.drop(incident.id)
            return
        old = self.incident(incident.id)
        found = Open(
            incident.id,
            group if group is not None else (old.group if old else None),
            incident.severity.rank,
            incident.status is IncidentStatus.ACKNOWLEDGED,
            incident.alerts_total,
            incident.alerts_firing,
            incident.last_alert_at,
            incident.rev,
        )
        found.keys = set(keys) | (old.keys if old else set())
        self.put(found)

    def adopt(self, keys: Iterable[bytes], incident_id: int, rows: Iterable[Any]) -> None:
        """Keys belong to another incident from now on."""
        for key in keys:
            self.keys.pop(key, None)
        for r in rows:
            self.keys[r.live_key] = state = key_of(r)
            state.incident_id = incident_id

    def silenced_until(self, key: bytes) -> Instant:
        """Until when a key is silenced; 0 when it is not."""
        return self.silenced.get(key, 0) or self._memory.silenced.get(key, 0)

    def remember_silence(self, keys: Iterable[bytes], until: Mapping[bytes, Instant]) -> None:
        """Until when these keys are silenced from now on, those left out no longer; called once
        that is on disk."""
        if self._memory.shared:
            return
        for key in keys:
            if key in until:
                self._memory.silenced[key] = until[key]
            else:
                self._memory.silenced.pop(key, None)

    def keep(self) -> None:
        """The transaction is on disk."""
        memory = self._memory
        if memory.shared:
            return
        for incident_id in self.gone:
            memory.drop(incident_id)
        for group, owner in self.groups.items():
            if owner is None:
                memory.groups.pop(group, None)
        for found in self.incidents.values():
            base = memory.incidents.get(found.id)
            if base is not None:
                found.keys |= base.keys
            memory.put(found)
        for key, state in self.keys.items():
            home = memory.incidents.get(state.incident_id)
            if home is None:
                memory.keys.pop(key, None)
            else:
                memory.keys[key] = state
                home.keys.add(key)
