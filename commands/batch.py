"""The rows of one group commit: collected while intake decides, then written table by table."""

from __future__ import annotations

from typing import Any

from commands import posting
from commands.automation import happened
from commands.context import Ctx
from commands.opening import Terms
from store import alerts, hot, incidents, outbox, privates, timers
from store.access import Source
from store.hot import WORDS, Opening
from store.inventory_tables import ALERT_RESOURCES, INCIDENT_BELOW
from store.model import About, AlertReading, Instant, Route
from store.tables import (
    ALERTS,
    CHANGES,
    INCIDENT_RESOURCES,
    INCIDENTS,
    LABELS,
    OUTBOX,
    TIMELINE,
    TIMERS,
)

Row = tuple[Any, ...]
_IDS = 32


class Batch:
    """Collects rows; ``flush`` writes them, so that what comes next finds them in the database."""

    def __init__(self, ctx: Ctx) -> None:
        self._ctx, self._tx = ctx, ctx.tx
        self._wanted = ctx.rules.indexed_labels
        self._clear()

    def _clear(self) -> None:
        self._alerts: list[Row] = []
        self._seen: dict[int, dict[str, object]] = {}
        self._retired: list[dict[str, object]] = []
        self._told: set[int] = set()
        self._opened: dict[int, Opening] = {}
        self._ungrouped: list[dict[str, object]] = []
        self._counted: set[int] = set()
        self._still: set[int] = set()
        self._lines: list[Row] = []
        self._timers: list[Row] = []
        self._cards: list[Row] = []
        self._labels: set[tuple[bytes, int]] = set()
        self._about: set[tuple[int, int]] = set()
        self._said: set[tuple[int, int]] = set()
        self._fallen: set[tuple[int, int, int]] = set()
        self._ids: list[int] = []

    def _id(self) -> int:
        if not self._ids:
            self._ids = self._tx.ids.many(self._ctx.now, _IDS)
            self._ids.reverse()
        return self._ids.pop()

    # collecting

    def opened(self, new: Opening, route: Route, terms: Terms | None = None) -> None:
        """An incident, the timer of its first step and its cards, unless its terms are others."""
        tx = self._tx
        self._opened[new.id] = new
        if terms is not None and terms.silenced_until is not None:
            until = terms.silenced_until
            self._timers.append(hot.unsilence_row(self._id(), new.id, until, new.rank))
        elif terms is None or terms.first_step:
            self._timers.append(hot.first_step_row(self._id(), new.id, new.at, new.rank))
        shown = route.channels if terms is None or terms.shown else ()
        if shown and self._ctx.definitions.channels:
            shown = posting.at_open(self._ctx, new, route, shown)
        for place in shown:
            self._cards.append(outbox.view_row(tx, new.at, new.id, place, 10 + new.rank))
        if terms is not None and terms.private:
            privates.show_to(tx, new.id, ())
        self.labelled(new.id, new.reading)

    def ungrouped(self, incident_id: int) -> None:
        """An incident takes no more alerts in; one that is not written yet is written first."""
        if incident_id in self._opened:
            self.flush()
        self._ungrouped.append({"b_id": incident_id})

    def counted(self, incident_id: int) -> None:
        """An incident's counters changed."""
        self._counted.add(incident_id)

    def still(self, incident_id: int) -> None:
        """The same, of an incident whose cards hold still: no view of it is stale."""
        self._still.add(incident_id)

    def timer(self, kind: str, incident_id: int, due_at: Instant, rank: int) -> None:
        """Something of an incident is due."""
        self._timers.append(
            timers.row(self._tx, self._ctx.now, kind, incident_id, 1, due_at, rank)
        )  # fmt: skip

    def alert(
        self,
        source: Source,
        reading: AlertReading,
        key: bytes,
        rank: int,
        starts: Instant,
        incident_id: int | None,
        at: Instant,
        flips: bytes = b"",
    ) -> int:
        """A new alert; its row's id."""
        row_id = self._id()
        self._alerts.append(
            hot.alert_row(
                self._tx, row_id, incident_id, source.id, source.name, key, reading, WORDS[rank],
                starts, at, flips,
            )
        )  # fmt: skip
        if incident_id is None:
            self._told.add(row_id)
        return row_id

    def retired(self, alert_id: int) -> None:
        """An older alert of a key that has a newer one from now on."""
        if alert_id in self._told:
            self.flush()
        self._retired.append({"b_id": alert_id})

    def seen(
        self,
        alert_id: int,
        firing: bool,
        rank: int,
        starts: Instant,
        ends: Instant | None,
        at: Instant,
        count: int,
        flips: bytes | None = None,
    ) -> None:
        """An alert was heard again; of several times in one batch the last one counts."""
        self._seen[alert_id] = {
            "b_status": "firing" if firing else "resolved", "b_severity": WORDS[rank],
            "b_starts": starts, "b_ends": ends, "b_last": at, "b_count": count,
            "b_flips": flips or None, "b_id": alert_id,
        }  # fmt: skip

    def line(
        self, incident_id: int, source: Source, at: Instant, kind: str, say: str, why: str = ""
    ) -> None:
        """A line of an incident's timeline in the monitor's name."""
        row_id = self._id()
        words = {"actor": source.name, "surface": source.integration, "say": say}
        if why:
            words["why"] = why
        sealed = self._tx.ring.seal("timeline", row_id, words)
        self._lines.append((row_id, incident_id, at, kind, sealed))

    def labelled(self, incident_id: int, reading: AlertReading) -> None:
        """The blind index of an alert's labels."""
        blind, wanted = self._tx.ring.blind, self._wanted
        for name, value in reading.labels.items():
            if name in wanted:
                self._labels.add((blind("label", name, value), incident_id))

    def about(self, incident_id: int, alert_id: int, found: About) -> None:
        """The resources that an alert and its incident are about, and the one that fell."""
        self._about.update((incident_id, one) for one in found.ids)
        self._said.update((alert_id, one) for one in found.ids[:1])
        if found.fell:
            self._fallen.add((incident_id, found.ids[0], found.ids[0]))

    # writing

    def flush(self) -> None:
        """Write what was collected, each table sorted where several writers could meet."""
        tx = self._tx
        tx.many("retire", alerts.retire_statement, _by_id(self._retired))
        tx.many("ungroup", hot.ungroup_statement, _by_id(self._ungrouped))
        self._write_incidents()
        if self._ctx.draft.shared:
            self._alerts.sort(key=_live_key)
        tx.insert(ALERTS, self._alerts)
        tx.many("seen", alerts.update_statement, [self._seen[i] for i in sorted(self._seen)])
        tx.insert(TIMELINE, self._lines)
        tx.insert(TIMERS, self._timers)
        tx.insert(OUTBOX, self._cards)
        tx.insert_new(LABELS, sorted(self._labels))
        tx.insert_new(INCIDENT_RESOURCES, sorted(self._about))
        tx.insert_new(ALERT_RESOURCES, sorted(self._said))
        tx.insert_new(INCIDENT_BELOW, sorted(self._fallen))
        if self._timers:
            tx.wake.add("ticker")
        if self._cards:
            tx.wake.add("outbox")
        self._clear()

    def _write_incidents(self) -> None:
        tx, ctx = self._tx, self._ctx
        known, now = ctx.draft.incidents, ctx.now
        rows = []
        for new in self._opened.values():
            k = known[new.id]
            rows.append(hot.incident_row(tx, new, k.total, k.firing, k.last_at, k.rev))
        if ctx.draft.shared:
            rows.sort(key=_group_open)
        tx.insert(INCIDENTS, rows)
        if len(ctx.rules.automations) and self._opened:
            happened.opened(ctx, self._opened)
        counted = self._counted - self._opened.keys()
        still = self._still - self._opened.keys() - counted
        self._write_counts(sorted(counted | still), still)
        touched = [*self._opened, *(i for i in self._counted if i not in self._opened)]
        if not touched:
            return
        ids = tx.ids.many(now, len(touched))
        revs = [known[i].rev for i in touched]
        tx.insert(CHANGES, [(a, i, rev, now) for a, i, rev in zip(ids, touched, revs, strict=True)])
        changed = dict(zip(touched, revs, strict=True))
        tx.changed.update(changed)
        ctx.touched.update(changed)
        tx.wake.add("changes")

    def _write_counts(self, joined: list[int], still: set[int]) -> None:
        if not joined:
            return
        tx, now = self._tx, self._ctx.now
        known = [self._ctx.draft.incidents[i] for i in joined]
        counts: list[dict[str, object]] = [
            {
                "b_total": k.total, "b_firing": k.firing, "b_last": k.last_at, "b_updated": now,
                "b_severity": WORDS[k.rank], "b_rev": k.rev, "b_id": k.id,
            }
            for k in known
        ]  # fmt: skip
        tx.many("count", incidents.count_update, counts)
        stale: list[dict[str, object]] = [
            {"b_incident": k.id, "b_rank": 20 + k.rank, "b_asked": now}
            for k in known
            if k.id not in still
        ]
        if stale:
            tx.many("stale", outbox.stale_statement, stale)
            tx.wake.add("outbox")


def _by_id(rows: list[dict[str, object]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["b_id"])


def _live_key(row: Row) -> bytes:
    return bytes(row[3])


def _group_open(row: Row) -> bytes:
    return bytes(row[17])
