"""Intake: readings become alerts, alerts become incidents, one commit for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commands import lifecycle
from commands.context import Ctx
from commands.memory import Key, Open
from commands.rules import routing
from commands.rules.grouping import (
    Fate,
    Known,
    fate_of_firing,
    fate_of_resolve,
    group_of,
    joins,
)
from store import alerts, incidents, outbox, timeline, timers
from store.access import Source
from store.ids import give_back, numbers
from store.model import (
    DAY,
    AlertReading,
    AlertStatus,
    AlertType,
    Incident,
    IncidentStatus,
    Instant,
    NextUp,
    Route,
    Severity,
)
from store.tables import ALERTS, CHANGES, INCIDENTS, LABELS, OUTBOX, TIMELINE, TIMERS

_SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request's alerts, as they wait for the writer."""

    source: Source
    alerts: Sequence[AlertReading]
    at: Instant


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a request: alerts taken in, incidents they belong to, the first firing one's."""

    accepted: int
    incidents: tuple[int, ...]
    incident_id: int | None


class Batch:
    """The rows of one commit, collected, then written table by table."""

    def __init__(self, ctx: Ctx) -> None:
        self._ctx = ctx
        self._tx = ctx.tx
        self._clear()

    def _clear(self) -> None:
        self.new_alerts: dict[int, tuple[object, ...]] = {}
        self.seen: dict[int, dict[str, object]] = {}
        self.retired: list[dict[str, object]] = []
        self.new_incidents: list[tuple[Incident, bytes]] = []
        self.ungrouped: list[int] = []
        self.counted: set[int] = set()
        self.lines: list[tuple[object, ...]] = []
        self.timers: list[tuple[object, ...]] = []
        self.cards: list[tuple[object, ...]] = []
        self.labels: set[tuple[bytes, int]] = set()

    def flush(self) -> None:
        """Write what was collected."""
        tx = self._tx
        if self.retired:
            tx.many("retire", alerts.retire_statement, self.retired)
        if self.ungrouped:
            ids = self.ungrouped
            tx.conn.execute(
                INCIDENTS.update().where(INCIDENTS.c.id.in_(ids)).values(group_open=None)
            )
        self._write_incidents()
        tx.insert(ALERTS, list(self.new_alerts.values()))
        tx.many("seen", alerts.update_statement, list(self.seen.values()))
        tx.insert(TIMELINE, self.lines)
        tx.insert(TIMERS, self.timers)
        tx.insert(OUTBOX, self.cards)
        tx.insert_new(LABELS, list(self.labels))
        if self.timers:
            tx.wake.add("ticker")
        if self.cards:
            tx.wake.add("outbox")
        self._clear()

    def _write_incidents(self) -> None:
        tx, draft, now = self._tx, self._ctx.draft, self._ctx.now
        rows = []
        for incident, group in self.new_incidents:
            known = draft.incidents[incident.id]
            row = incidents.insert_row(tx, incident, group)
            rows.append(_with_counts(row, known))
            self._ctx.touched[incident.id] = known.rev
        tx.insert(INCIDENTS, rows)
        new = {incident.id for incident, _ in self.new_incidents}
        joined = [draft.incidents[i] for i in self.counted - new]
        counts = [
            {
                "b_total": k.total, "b_firing": k.firing, "b_last": k.last_at, "b_updated": now,
                "b_severity": str(_SEVERITIES[k.rank]), "b_rev": k.rev, "b_id": k.id,
            }
            for k in joined
        ]  # fmt: skip
        tx.many("count", incidents.count_update, counts)
        stale = [{"b_incident": k.id, "b_rank": 20 + k.rank, "b_asked": now} for k in joined]
        tx.many("stale", outbox.stale_statement, stale)
        if joined:
            tx.wake.add("outbox")
        for k in joined:
            self._ctx.touched[k.id] = k.rev
        changes = [(tx.ids.next(now), i, draft.incidents[i].rev, now) for i in self.counted | new]
        tx.insert(CHANGES, changes)
        for _, incident_id, rev, _ in changes:
            tx.changed[incident_id] = rev
        if changes:
            tx.wake.add("changes")


_TOTAL = list(INCIDENTS.columns.keys()).index("alerts_total")


def _with_counts(row: tuple[object, ...], known: Open) -> tuple[object, ...]:
    made = list(row)
    made[_TOTAL], made[_TOTAL + 1] = known.total, known.firing
    return tuple(made)


class Intake:
    """One batch of requests in one transaction."""

    def __init__(self, ctx: Ctx) -> None:
        self.ctx = ctx
        self.batch = Batch(ctx)
        self.ignored = 0
        self._numbers: list[int] = []
        self._expected = 1
        self._fresh: dict[int, Incident] = {}
        self._quiet: dict[int, None] = {}

    def run(self, arrived: list[Arrived]) -> list[Accepted]:
        """Decide every alert in order and write the rest of the rows."""
        self._look_up(arrived)
        self._expected = min(sum(len(a.alerts) for a in arrived), 128)
        done = [self._request(a) for a in arrived]
        self.batch.flush()
        give_back(self.ctx.tx.conn, "incidents", len(self._numbers))
        return done

    def _look_up(self, arrived: list[Arrived]) -> None:
        """Bring keys that are not in memory from the database, all at once."""
        draft, blind = self.ctx.draft, self.ctx.tx.ring.blind
        self._hash: dict[tuple[int, str], bytes] = {}
        unknown: set[bytes] = set()
        for a in arrived:
            sid = str(a.source.id)
            for reading in a.alerts:
                key = blind("alert", sid, reading.key)
                self._hash[a.source.id, reading.key] = key
                if draft.key(key) is None:
                    unknown.add(key)
        self._past = {r.live_key: r for r in alerts.live(self.ctx.tx, unknown)} if unknown else {}

    def _request(self, a: Arrived) -> Accepted:
        found: dict[int, None] = {}
        first: int | None = None
        for reading in a.alerts:
            incident_id = self._alert(a, reading)
            if incident_id is not None:
                found[incident_id] = None
                if first is None and reading.status is AlertStatus.FIRING:
                    first = incident_id
        self._end_quiet()
        return Accepted(len(a.alerts), tuple(found), first)

    def _alert(self, a: Arrived, reading: AlertReading) -> int | None:
        key = self._hash[a.source.id, reading.key]
        starts = reading.starts_at
        if starts is not None and starts > a.at + DAY:
            starts = a.at
        if reading.status is AlertStatus.INFO or reading.type is AlertType.CHANGE:
            return self._information(a, reading, key)
        known = self._known(key)
        if reading.status is AlertStatus.RESOLVED:
            return self._resolved(a, reading, key, known, starts)
        fate, why = fate_of_firing(known, starts, a.at, self.ctx.rules.grouping)
        if fate is Fate.REOPEN and self.ctx.draft.silenced_until(key) > a.at:
            return self._again(a, reading, key, starts)
        if fate is Fate.IGNORE:
            self.ignored += 1
            return self._incident_of(key)
        if fate is Fate.COUNT:
            return self._again(a, reading, key, starts)
        if fate is Fate.REFIRE:
            return self._refire(a, reading, key, starts, why)
        if fate is Fate.REOPEN:
            reopened = self._reopen(a, reading, key, starts, why)
            if reopened is not None:
                return reopened
        return self._open_or_join(a, reading, key, starts or a.at, why)

    # what is known of a key

    def _known(self, key: bytes) -> Known | None:
        state = self.ctx.draft.key(key)
        if state is not None:
            return Known(
                state.firing,
                state.starts_at,
                self.ctx.draft.incident(state.incident_id) is not None,
                None,
            )
        row = self._past.get(key)
        if row is None or row.incident_id is None:
            return None
        return Known(
            row.status == "firing", row.starts_at, row.istatus != "resolved", row.iresolved_at
        )

    def _incident_of(self, key: bytes) -> int | None:
        state = self.ctx.draft.key(key)
        if state is not None:
            return state.incident_id
        row = self._past.get(key)
        return row.incident_id if row is not None else None

    # fates

    def _again(
        self, a: Arrived, reading: AlertReading, key: bytes, starts: Instant | None
    ) -> int | None:
        state = self.ctx.draft.key(key)
        if state is None:
            row = self._past[key]
            self._seen(
                row.id,
                "firing",
                reading.severity,
                max(starts or 0, row.starts_at),
                None,
                a.at,
                row.count + 1,
            )
            self._past[key] = _bumped(row, firing=True)
            return int(row.incident_id)
        state = self.ctx.draft.own_key(key, state)
        state.count += 1
        state.starts_at = max(starts or 0, state.starts_at)
        self._seen(
            state.alert_id, "firing", reading.severity, state.starts_at, None, a.at, state.count
        )
        home = self.ctx.draft.incident(state.incident_id)
        if home is not None:
            home.last_at = max(home.last_at, a.at)
            if reading.severity.rank < state.rank:
                state.rank = reading.severity.rank
                self._rises(home, reading)
            if reading.status is AlertStatus.ACKNOWLEDGED:
                self._line(
                    home.id,
                    a,
                    "acknowledged_at_source",
                    f"{a.source.name} says it is acknowledged there.",
                    "",
                )
        return state.incident_id

    def _refire(
        self, a: Arrived, reading: AlertReading, key: bytes, starts: Instant | None, why: str
    ) -> int:
        known = self.ctx.draft.key(key)
        assert known is not None
        state = self.ctx.draft.own_key(key, known)
        home = self.ctx.draft.incident(state.incident_id)
        assert home is not None
        state.firing, state.count, state.starts_at = (
            True,
            state.count + 1,
            max(starts or a.at, state.starts_at),
        )
        home.firing += 1
        home.last_at = a.at
        self.batch.counted.add(home.id)
        self._seen(
            state.alert_id, "firing", reading.severity, state.starts_at, None, a.at, state.count
        )
        self._line(home.id, a, "alert", f"{reading.title} fires again.", f"It {why}.")
        self._rises(home, reading)
        return home.id

    def _reopen(
        self, a: Arrived, reading: AlertReading, key: bytes, starts: Instant | None, why: str
    ) -> int | None:
        """Reopen the key's incident, unless its group has another open one by now."""
        row = self._past.get(key)
        self.batch.flush()
        incident = incidents.get(self.ctx.tx, int(row.incident_id)) if row is not None else None
        if row is None or incident is None or incident.status is not IncidentStatus.RESOLVED:
            return None
        now_starts = max(starts or a.at, row.starts_at)
        self._seen(row.id, "firing", reading.severity, now_starts, None, a.at, row.count + 1)
        self.batch.flush()
        again = lifecycle.reopen(
            self.ctx,
            incident,
            f"{reading.title} {why}",
            firing=max(1, _firing_now(self.ctx, incident.id)),
            severity=reading.severity,
        )
        self._adopt(again)
        self.ctx.draft.keys[key] = Key(
            row.id, again.id, True, now_starts, reading.severity.rank, row.count + 1
        )
        return again.id

    def _adopt(self, incident: Incident) -> None:
        """Take a reopened incident's keys back into memory."""
        tx, draft = self.ctx.tx, self.ctx.draft
        for row in alerts.live(tx, alerts.keys_of(tx, incident.id)):
            if row.live_key not in draft.keys:
                rank = Severity(row.severity).rank
                draft.keys[row.live_key] = Key(
                    row.id, incident.id, row.status == "firing", row.starts_at, rank, row.count
                )

    def _open_or_join(
        self, a: Arrived, reading: AlertReading, key: bytes, starts: Instant, why: str
    ) -> int:
        route, routed = routing.choose(self.ctx.definitions.routes, reading, a.source.name)
        parts, said = group_of(reading, a.source.name, route, self.ctx.rules.grouping)
        group = self.ctx.tx.ring.blind("group", *parts)
        home = self.ctx.draft.group(group)
        past = self._past.get(key)
        if home is not None and joins(home.last_at, home.total, a.at, self.ctx.rules.grouping):
            return self._join(a, reading, key, starts, home, said, past)
        if home is not None:
            self.ctx.draft.ungroup(home)
            self.batch.ungrouped.append(home.id)
            if home.id in self._fresh:
                self.batch.flush()
        previous = int(past.incident_id) if past is not None and past.incident_id else None
        return self._open(a, reading, key, starts, route, group, (routed, said, why), previous)

    def _join(
        self,
        a: Arrived,
        reading: AlertReading,
        key: bytes,
        starts: Instant,
        home: Open,
        said: str,
        past: object,
    ) -> int:
        home.total += 1
        home.firing += 1
        home.last_at = a.at
        self.batch.counted.add(home.id)
        self._new_alert(a, reading, key, starts, home.id, past)
        minutes = self.ctx.rules.grouping.group_window // 60_000
        self._line(
            home.id,
            a,
            "alert",
            f"{reading.title} joined.",
            f"Grouped because {said}, within {minutes} min.",
        )
        self._labels(home.id, reading)
        self._rises(home, reading)
        return home.id

    def _open(
        self,
        a: Arrived,
        reading: AlertReading,
        key: bytes,
        starts: Instant,
        route: Route,
        group: bytes,
        whys: tuple[str, str, str],
        previous: int | None,
    ) -> int:
        incident = self._incident(a, reading, route, previous)
        known = Open(incident.id, group, reading.severity.rank, False, 1, 1, a.at, incident.rev)
        self.ctx.draft.put(known)
        self._fresh[incident.id] = incident
        self.batch.new_incidents.append((incident, group))
        self._new_alert(a, reading, key, starts, incident.id, self._past.get(key))
        routed, said, _ = whys
        why = f"{routed} Grouped by {said}. {_severity_why(reading)}"
        say = f"Opened from {a.source.integration}: {reading.title}"
        self._line(incident.id, a, "opened", say, why)
        if previous is not None:
            self._line(
                incident.id,
                a,
                "linked",
                f"It was #{previous} before.",
                "It fired again after the reopen window.",
            )
        self._labels(incident.id, reading)
        tx = self.ctx.tx
        self.batch.timers.append(
            timers.row(
                tx,
                a.at,
                "step",
                incident.id,
                1,
                a.at,
                reading.severity.rank,
                {"step": 0, "loop": 0},
            )
        )
        for place in route.channels:
            self.batch.cards.append(
                outbox.view_row(tx, a.at, incident.id, place, 10 + reading.severity.rank)
            )
        return incident.id

    def _incident(
        self, a: Arrived, reading: AlertReading, route: Route, previous: int | None
    ) -> Incident:
        labels = reading.labels
        value = reading.description.split("\n", 1)[0].strip()
        return Incident(
            id=self._number(),
            status=IncidentStatus.TRIGGERED,
            severity=reading.severity,
            title=reading.title,
            source=a.source.name,
            type=reading.type,
            route=route.name,
            team=route.team,
            service=labels.get("service"),
            resource=reading.resource,
            value=value[:300] if value != reading.title else "",
            labels=labels,
            links=reading.links,
            tags=(),
            opened_at=a.at,
            updated_at=a.at,
            rev=1,
            alerts_total=1,
            alerts_firing=1,
            last_alert_at=a.at,
            policy=route.policy,
            policy_version_id=self.ctx.definitions.version_id,
            previous_id=previous,
            generation=1,
            next=NextUp("page", a.at),
        )

    def _number(self) -> int:
        if not self._numbers:
            self._numbers = list(numbers(self.ctx.tx.conn, "incidents", self._expected))
            self._numbers.reverse()
        return self._numbers.pop()

    def _resolved(
        self,
        a: Arrived,
        reading: AlertReading,
        key: bytes,
        known: Known | None,
        starts: Instant | None,
    ) -> int | None:
        fate, _ = fate_of_resolve(known, starts, reading.ends_at)
        if fate is Fate.IGNORE:
            self.ignored += 1
            return self._incident_of(key)
        ended = min(reading.ends_at or a.at, a.at)
        state = self.ctx.draft.key(key)
        if state is None:
            row = self._past[key]
            self._seen(
                row.id,
                "resolved",
                Severity(row.severity),
                max(starts or 0, row.starts_at),
                ended,
                a.at,
                row.count,
            )
            self._past[key] = _bumped(row, firing=False)
            return int(row.incident_id)
        state = self.ctx.draft.own_key(key, state)
        state.firing, state.starts_at = False, max(starts or 0, state.starts_at)
        severity = _SEVERITIES[state.rank]
        self._seen(state.alert_id, "resolved", severity, state.starts_at, ended, a.at, state.count)
        home = self.ctx.draft.incident(state.incident_id)
        assert home is not None
        home.firing -= 1
        self.batch.counted.add(home.id)
        self._line(
            home.id, a, "alert_resolved", f"{reading.title} is over.", reading.description[:300]
        )
        if home.firing <= 0:
            self._quiet[home.id] = None
        return state.incident_id

    def _end_quiet(self) -> None:
        """A body is one statement: what it leaves without a firing alert is over, not what it passes."""
        for incident_id in self._quiet:
            home = self.ctx.draft.incident(incident_id)
            if home is not None and home.firing <= 0:
                self._last_resolved(home)
        self._quiet.clear()

    def _last_resolved(self, home: Open) -> None:
        self.batch.flush()
        incident = incidents.get(self.ctx.tx, home.id)
        if incident is not None and incident.status is not IncidentStatus.RESOLVED:
            lifecycle.resolve(self.ctx, incident, by=None, why="Its last alert is resolved.")
            self._forget_keys(home.id)

    def _forget_keys(self, incident_id: int) -> None:
        """Keys of a resolved incident are looked up in the database from now on, also in this batch."""
        draft, tx = self.ctx.draft, self.ctx.tx
        for key in [k for k, s in draft.keys.items() if s.incident_id == incident_id]:
            del draft.keys[key]
        self._past.update({r.live_key: r for r in alerts.live(tx, alerts.keys_of(tx, incident_id))})

    def _information(self, a: Arrived, reading: AlertReading, key: bytes) -> int | None:
        """Changes and mere information are kept and open nothing."""
        if self._known(key) is None and key not in self._past:
            self._new_alert(a, reading, key, reading.starts_at or a.at, None, None)
        return None

    # rows

    def _new_alert(
        self,
        a: Arrived,
        reading: AlertReading,
        key: bytes,
        starts: Instant,
        incident_id: int | None,
        past: object,
    ) -> None:
        tx = self.ctx.tx
        if past is not None:
            self.batch.retired.append({"b_id": past.id})  # type: ignore[attr-defined]
            self._past.pop(key, None)
        row_id = tx.ids.next(a.at)
        sealed = tx.ring.seal("alerts", row_id, alerts.doc(reading, a.source.name))
        status = "firing" if incident_id is not None else str(reading.status)
        self.batch.new_alerts[row_id] = (
            row_id,
            incident_id,
            a.source.id,
            key,
            status,
            str(reading.severity),
            str(reading.type),
            starts,
            reading.ends_at if incident_id is None else None,
            a.at,
            a.at,
            1,
            sealed,
        )
        if incident_id is not None:
            self.ctx.draft.keys[key] = Key(
                row_id, incident_id, True, starts, reading.severity.rank, 1
            )

    def _seen(
        self,
        alert_id: int,
        status: str,
        severity: Severity,
        starts: Instant,
        ends: Instant | None,
        at: Instant,
        count: int,
    ) -> None:
        self.batch.seen[alert_id] = {
            "b_status": status, "b_severity": str(severity), "b_starts": starts, "b_ends": ends,
            "b_last": at, "b_count": count, "b_id": alert_id,
        }  # fmt: skip

    def _line(self, incident_id: int, a: Arrived, kind: str, say: str, why: str) -> None:
        self.batch.lines.append(
            timeline.row(
                self.ctx.tx, incident_id, a.at, kind, a.source.name, a.source.integration, say, why
            )
        )

    def _labels(self, incident_id: int, reading: AlertReading) -> None:
        wanted = self.ctx.rules.indexed_labels
        pairs = [(k, v) for k, v in reading.labels.items() if k in wanted]
        self.batch.labels.update(incidents.label_rows(self.ctx.tx, incident_id, pairs))

    def _rises(self, home: Open, reading: AlertReading) -> None:
        """The incident's severity rises by itself and never falls by itself."""
        if reading.severity.rank >= home.rank:
            return
        home.rank = reading.severity.rank
        home.rev += 1
        self.batch.counted.add(home.id)
        self.batch.flush()
        incident = incidents.get(self.ctx.tx, home.id)
        if incident is not None:
            lifecycle.worse(self.ctx, incident, reading.title)


def _bumped(row: object, *, firing: bool) -> object:
    """A database row as it will be after this batch."""
    from types import SimpleNamespace

    found = dict(row._mapping) if hasattr(row, "_mapping") else dict(vars(row))
    found["status"] = "firing" if firing else "resolved"
    return SimpleNamespace(**found)


def _severity_why(reading: AlertReading) -> str:
    if reading.severity_raw:
        return f"{reading.severity.capitalize()} because the monitor says {reading.severity_raw}."
    return f"{reading.severity.capitalize()} because the monitor names no severity."


def _firing_now(ctx: Ctx, incident_id: int) -> int:
    return sum(1 for a in alerts.of_incident(ctx.tx, incident_id) if a.status is AlertStatus.FIRING)
