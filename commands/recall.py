"""What intake knows before it decides: keys and groups from memory, and from the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from commands.context import Ctx
from commands.memory import key_of, open_of
from commands.opening import PROVIDERS, Standing
from commands.placing import Placing
from store import alerts, hot
from store.faults import Raced
from store.ids import numbers
from store.model import AlertReading, AlertStatus

if TYPE_CHECKING:
    from commands.intake import Arrived


class Recall:
    """The past of one batch's keys, looked up all at once.

    ``past`` holds the latest row of each key whose incident is not open.
    """

    def __init__(self, ctx: Ctx, arrived: Sequence[Arrived], placing: Placing) -> None:
        self._ctx, self._tx, self._placing = ctx, ctx.tx, placing
        self.past: dict[bytes, Any] = {}
        self._hash: dict[tuple[int, str], bytes] = {}
        self._numbers: list[int] = []
        self._hash_keys(arrived)
        self._wanted = min(len(self._hash), 128)
        if ctx.draft.shared:
            self._look_up_shared(arrived)
        else:
            self._look_up()

    def _hash_keys(self, arrived: Sequence[Arrived]) -> None:
        blind, hashes = self._tx.ring.blind, self._hash
        for a in arrived:
            number = a.source.id
            word = str(number)
            for reading in a.alerts:
                hashes[number, reading.key] = blind("alert", word, reading.key)

    def key(self, a: Arrived, reading: AlertReading) -> bytes:
        """The keyed hash of an alert's key within its source."""
        return self._hash[a.source.id, reading.key]

    def _look_up(self) -> None:
        """Alone on the database, memory holds every key of an open incident."""
        known = self._ctx.draft.key
        unknown = [key for key in self._hash.values() if known(key) is None]
        found = hot.on_record(self._tx, unknown) if unknown else []
        if found:
            self._remember(alerts.live(self._tx, found))

    def _remember(self, rows: Iterable[Any]) -> None:
        self.past.update({bytes(r.live_key): r for r in rows})

    # with other writers on the same database

    def _look_up_shared(self, arrived: Sequence[Arrived]) -> None:
        """Lock what these alerts are about, always incidents by id and then alerts by key."""
        tx, draft = self._tx, self._ctx.draft
        keys = sorted(set(self._hash.values()))
        owners = hot.incidents_of(tx, keys)
        locked = {r.id: r for r in hot.lock_incidents(tx, owners, self._groups(arrived))}
        hot.lock_alerts(tx, keys)
        for row in locked.values():
            if row.status != "resolved":
                draft.put(open_of(row))
        for row in alerts.live(tx, keys) if keys else ():
            if row.incident_id is not None and row.incident_id not in locked:
                raise Raced("an alert moved to another incident while it was looked up")
            if row.istatus is None or row.istatus == "resolved":
                self._remember([row])
            else:
                draft.keys[bytes(row.live_key)] = key_of(row)
        draft.silenced = hot.silenced(tx, keys, self._ctx.now)

    def _groups(self, arrived: Sequence[Arrived]) -> list[bytes]:
        """The groups that they may join, each as usual and under the terms of this moment."""
        blind, placing, standing = self._tx.ring.blind, self._placing, Standing(self._ctx)
        found = set()
        for a in arrived:
            name = a.source.name
            for reading in a.alerts:
                if reading.status in (AlertStatus.FIRING, AlertStatus.ACKNOWLEDGED):
                    ruled = placing.judged(reading, name)[0] if placing.judges else reading
                    place = placing.place(ruled, name)
                    found.add(blind("group", *place.parts))
                    terms = standing.terms(ruled, name, place.route, a.at) if PROVIDERS else None
                    if terms is not None:
                        found.add(blind("group", *terms.parts(place.parts)))
        return sorted(found)

    # after a resolve in this batch

    def forget(self, incident_id: int) -> None:
        """An incident is resolved: its keys are of the past, also for the rest of this batch."""
        tx, keys = self._tx, self._ctx.draft.keys
        for key in [k for k, s in keys.items() if s.incident_id == incident_id]:
            del keys[key]
        if mine := alerts.keys_of(tx, incident_id):
            self._remember(alerts.live(tx, mine))

    # numbers of new incidents

    def number(self) -> int:
        """The next incident's number."""
        if not self._numbers:
            self._numbers = self._take()
            self._numbers.reverse()
        return self._numbers.pop()

    def _take(self) -> list[int]:
        if self._ctx.draft.shared:
            return numbers(self._tx.conn, "incidents", self._wanted)
        return list(hot.take_numbers(self._tx, "incidents", self._wanted))

    def give_back(self) -> None:
        """Numbers taken and not used; on PostgreSQL they leave a gap."""
        if self._numbers and not self._ctx.draft.shared:
            hot.take_numbers(self._tx, "incidents", -len(self._numbers))
