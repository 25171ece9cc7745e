"""Intake: readings become alerts, alerts become incidents, one commit for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from commands import lifecycle, windows
from commands.batch import Batch
from commands.context import Ctx
from commands.memory import Key, Open
from commands.opening import Standing, Terms
from commands.placing import Place, Placing, severity_why
from commands.recall import Recall
from commands.ruled import Ruled
from commands.rules.grouping import Fate, Known, fate_of_firing, fate_of_resolve, joins
from commands.there import Answers, last_line
from integrations.base import OURS
from store import alerts, incidents, what_changed
from store.access import Source
from store.hot import Opening
from store.model import (
    DAY,
    AlertReading,
    AlertStatus,
    AlertType,
    IncidentStatus,
    Instant,
    Severity,
)

FIRING, RESOLVED, ACKNOWLEDGED, INFO = (
    AlertStatus.FIRING,
    AlertStatus.RESOLVED,
    AlertStatus.ACKNOWLEDGED,
    AlertStatus.INFO,
)
_RANK = {str(s): s.rank for s in Severity}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request's alerts, as they wait for the writer."""

    source: Source
    alerts: Sequence[AlertReading]
    at: Instant


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a request: alerts taken in, incidents they belong to, the first firing's."""

    accepted: int
    incidents: tuple[int, ...]
    incident_id: int | None


@dataclass(slots=True)
class One:
    """One alert on its way: the request it came with, its key's hash, its rank, when it began, and
    whose word the rank is where it is not the monitor's."""

    source: Source
    at: Instant
    reading: AlertReading
    key: bytes
    rank: int
    starts: Instant | None
    judged: str = ""


class Intake:
    """One batch of requests in one transaction."""

    def __init__(self, ctx: Ctx) -> None:
        self.ctx, self.draft = ctx, ctx.draft
        self.batch = Batch(ctx)
        self.answers = Answers(ctx, self.batch)
        self.ignored = 0
        self._grouping = ctx.rules.grouping
        self._quiet: dict[int, None] = {}
        self._standing = Standing(ctx)
        self._placing = Placing(ctx)
        self._ruled = Ruled(ctx, self.batch, self._placing)

    def run(self, arrived: list[Arrived]) -> list[Accepted]:
        """Decide every alert in order and write the rest of the rows."""
        self._recall = Recall(self.ctx, arrived, self._placing)
        self._past = self._recall.past
        done = [self._request(a) for a in arrived]
        self.batch.flush()
        self._ruled.settle()
        self._recall.give_back()
        return done

    def _request(self, a: Arrived) -> Accepted:
        found: dict[int, None] = {}
        first: int | None = None
        for reading in a.alerts:
            starts = reading.starts_at
            if starts is not None and starts > a.at + DAY:
                starts = a.at
            key, rank = self._recall.key(a, reading), reading.severity.rank
            one = One(a.source, a.at, reading, key, rank, starts)
            if self._placing.judges:
                one.reading, one.judged = self._placing.judged(reading, a.source.name)
                one.rank = one.reading.severity.rank
            incident_id = self._alert(one)
            if reading.status is ACKNOWLEDGED or reading.unacknowledged:
                self.answers.heard(one, incident_id)
            if incident_id is not None:
                found[incident_id] = None
                if first is None and reading.status is FIRING:
                    first = incident_id
        self._end_quiet()
        return Accepted(len(a.alerts), tuple(found), first)

    def _alert(self, one: One) -> int | None:
        reading, status = one.reading, one.reading.status
        if reading.type is AlertType.CHANGE:
            what_changed.keep(self.ctx.tx, one.source.id, one.source.name, reading, one.at)
            return None
        if status is INFO:
            self._information(one)
            return None
        known = self._known(one.key)
        if status is RESOLVED:
            return self._resolved(one, known)
        fate, why = fate_of_firing(known, one.starts, one.at, self._grouping)
        if fate is Fate.IGNORE:
            self.ignored += 1
            return self._incident_of(one.key)
        if fate is Fate.COUNT:
            return self._again(one)
        if fate is Fate.REFIRE:
            return self._refire(one, why)
        if known is not None and self.draft.silenced_until(one.key) > one.at:
            one.starts = one.starts or one.at
            return self._again(one)
        if fate is Fate.REOPEN:
            reopened = self._reopen(one, why)
            if reopened is not None:
                return reopened
        return self._open_or_join(one)

    # what is known of a key

    def _known(self, key: bytes) -> Known | None:
        state = self.draft.key(key)
        if state is not None:
            is_open = self.draft.incident(state.incident_id) is not None
            return Known(state.firing, state.starts_at, is_open, None)
        row = self._past.get(key)
        if row is None or row.incident_id is None:
            return None
        firing, is_open = row.status == "firing", row.istatus != "resolved"
        return Known(firing, row.starts_at, is_open, row.iresolved_at)

    def _incident_of(self, key: bytes) -> int | None:
        state = self.draft.key(key) or self._past.get(key)
        return state.incident_id if state is not None else None

    # a firing that says nothing of another incident

    def _again(self, one: One) -> int | None:
        """It still fires: counted, and its severity may rise."""
        known = self.draft.key(one.key)
        if known is None:
            return self._again_in_the_past(one)
        state = self.draft.own_key(one.key, known)
        state.count += 1
        state.starts_at = max(one.starts or 0, state.starts_at)
        self._saw(one, state)
        home = self.draft.incident(state.incident_id)
        if home is not None:
            home.last_at = max(home.last_at, one.at)
            if one.rank < state.rank:
                state.rank = one.rank
                self._rises(home, one)
        return state.incident_id

    def _again_in_the_past(self, one: One) -> int:
        """Its incident was resolved by a person, and it only counts."""
        row = self._past[one.key]
        starts, count = max(one.starts or 0, row.starts_at), row.count + 1
        self.batch.seen(row.id, True, one.rank, starts, None, one.at, count, row.flips)
        self._past[one.key] = _later(row, status="firing", count=count, starts_at=starts)
        return int(row.incident_id)

    def _refire(self, one: One, why: str) -> int:
        """It fires again while its incident is open."""
        known = self.draft.key(one.key)
        assert known is not None
        state = self.draft.own_key(one.key, known)
        home = self._home(state)
        state.firing, state.count = True, state.count + 1
        state.starts_at = max(one.starts or one.at, state.starts_at)
        home.firing += 1
        home.last_at = one.at
        if self._ruled.changed(one, state, home.id):
            self.batch.still(home.id)
        else:
            self.batch.counted(home.id)
            self._line(home.id, one, "alert", f"{one.reading.title} fires again.", f"It {why}.")
        self._saw(one, state)
        self._ruled.fired(one, home.id, state.alert_id)
        self._rises(home, one)
        return home.id

    def _reopen(self, one: One, why: str) -> int | None:
        """Reopen the key's incident, unless somebody did so within this very batch."""
        self.batch.flush()
        row = self._past[one.key]
        incident = incidents.get(self.ctx.tx, int(row.incident_id))
        if incident is None or incident.status is not IncidentStatus.RESOLVED:
            return None
        starts = max(one.starts or one.at, row.starts_at)
        flips = self._ruled.flips(one, row.flips, incident.id)
        self.batch.seen(row.id, True, one.rank, starts, None, one.at, row.count + 1, flips)
        self._ruled.fired(one, incident.id, row.id)
        self.batch.flush()
        firing = max(1, alerts.firing(self.ctx.tx, incident.id))
        title, severity = one.reading.title, one.reading.severity
        return lifecycle.reopen(
            self.ctx, incident, f"{title} {why}", firing=firing, severity=severity
        ).id

    # a new alert: which incident takes it

    def _open_or_join(self, one: One) -> int:
        place = self._placing.place(one.reading, one.source.name)
        terms = self._standing.terms(one.reading, one.source.name, place.route, one.at)
        parts = place.parts if terms is None else terms.parts(place.parts)
        group = self.ctx.tx.ring.blind("group", *parts)
        home, most = self.draft.group(group), self._grouping.max_alerts
        if terms is not None and terms.group is not None:
            place = place.together(terms.why)
        if home is not None and joins(home.last_at, home.total, one.at, place.window, most):
            self._ruled.joined(terms)
            return self._join(one, home, place)
        if home is not None:
            self.draft.ungroup(home)
            self.batch.ungrouped(home.id)
        return self._open(one, place, group, terms)

    def _join(self, one: One, home: Open, place: Place) -> int:
        home.total += 1
        home.firing += 1
        home.last_at = one.at
        self.batch.counted(home.id)
        self._new_alert(one, home.id)
        said = (
            place.joined
            if (about := one.reading.about) is None
            else place.joined + f" {about.said}"
        )
        self._line(home.id, one, "alert", f"{one.reading.title} joined.", said)
        self.batch.labelled(home.id, one.reading)
        self._rises(home, one)
        return home.id

    def _open(self, one: One, place: Place, group: bytes, terms: Terms | None) -> int:
        reading, number, route = one.reading, self._recall.number(), place.route
        past = self._past.get(one.key)
        previous = int(past.incident_id) if past is not None and past.incident_id else None
        known = Open(number, group, one.rank, False, 1, 1, one.at, 1)
        self.draft.put(known)
        new = Opening(
            number, reading, one.source.name, route.name, route.team, route.policy,
            self.ctx.definitions.version_id, group, previous, one.at, one.rank, terms,
        )  # fmt: skip
        self.batch.opened(new, route, terms)
        self._ruled.opened(number, terms)
        self._new_alert(one, number)
        say = f"Opened from {one.source.integration}: {reading.title}"
        told = f"{terms.why} " if terms is not None and terms.why and not terms.group else ""
        why = f"{place.routed} Grouped by {place.said}. {told}{severity_why(reading, one.judged)}"
        if reading.about is not None:
            why = f"{why} {reading.about.said}"
        self._line(number, one, "opened", say, why)
        if previous is not None:
            why = "It fired again after the reopen window."
            self._line(number, one, "linked", f"It was #{previous} before.", why)
        return number

    def _new_alert(self, one: One, incident_id: int | None) -> int:
        past, flips = self._past.pop(one.key, None), b""
        if past is not None:
            self.batch.retired(past.id)
            flips = self._ruled.flips(one, past.flips, incident_id)
        starts = one.starts or one.at
        row_id = self.batch.alert(
            one.source, one.reading, one.key, one.rank, starts, incident_id, one.at, flips
        )
        if incident_id is not None:
            self.draft.keys[one.key] = Key(row_id, incident_id, True, starts, one.rank, 1, flips)
            self._ruled.fired(one, incident_id, row_id)
        return row_id

    def _rises(self, home: Open, one: One) -> None:
        """The incident's severity rises by itself and never falls by itself."""
        if one.rank >= home.rank:
            return
        home.rank = one.rank
        home.rev += 1
        self.batch.counted(home.id)
        self.batch.flush()
        incident = incidents.get(self.ctx.tx, home.id)
        if incident is not None:
            lifecycle.worse(self.ctx, incident, one.reading.title)

    def _information(self, one: One) -> None:
        """Mere information is kept and opens nothing; where a monitor is told what people did
        here, what they wrote there is said here."""
        state = self.draft.key(one.key)
        said = last_line(one.reading)
        if state is not None and said and one.source.name in self.ctx.rules.write_back:
            if OURS not in said:
                self.answers.noted(one, state.incident_id, said)
        elif state is None and one.key not in self._past:
            row_id = self._new_alert(one, None)
            self._past[one.key] = SimpleNamespace(id=row_id, incident_id=None, flips=None)

    # resolved by the monitor

    def _resolved(self, one: One, known: Known | None) -> int | None:
        fate, _ = fate_of_resolve(known, one.starts, one.reading.ends_at)
        if fate is Fate.IGNORE:
            self.ignored += 1
            return self._incident_of(one.key)
        ended = min(one.reading.ends_at or one.at, one.at)
        found = self.draft.key(one.key)
        if found is None:
            return self._resolved_in_the_past(one, ended)
        state = self.draft.own_key(one.key, found)
        home = self._home(state)
        state.firing, state.starts_at = False, max(one.starts or 0, state.starts_at)
        home.firing -= 1
        if self._ruled.changed(one, state, home.id):
            self.batch.still(home.id)
        else:
            self.batch.counted(home.id)
            say, why = f"{one.reading.title} is over.", one.reading.description[:300]
            self._line(home.id, one, "alert_resolved", say, why)
        self._saw(one, state, ended)
        self._ruled.over(state.alert_id)
        if home.firing <= 0:
            self._quiet[home.id] = None
        return state.incident_id

    def _resolved_in_the_past(self, one: One, ended: Instant) -> int:
        row, rank = self._past[one.key], _RANK[self._past[one.key].severity]
        starts, flips = max(one.starts or 0, row.starts_at), self._ruled.flips(one, row.flips)
        self.batch.seen(row.id, False, rank, starts, ended, one.at, row.count, flips)
        self._past[one.key] = _later(row, status="resolved", starts_at=starts, flips=flips)
        return int(row.incident_id)

    def _end_quiet(self) -> None:
        """A body is one statement: what it leaves quiet is over, not what it passes on the way."""
        for incident_id in self._quiet:
            home = self.draft.incident(incident_id)
            if home is not None and home.firing <= 0:
                self._last_resolved(home)
        self._quiet.clear()

    def _last_resolved(self, home: Open) -> None:
        self.batch.flush()
        incident = incidents.get(self.ctx.tx, home.id)
        if incident is None or incident.status is IncidentStatus.RESOLVED:
            return
        if not (self._ruled.keeps_open(incident) or windows.keeps_open(self.ctx, incident)):
            lifecycle.resolve(self.ctx, incident, by=None, why="Its last alert is resolved.")
            self._recall.forget(home.id)

    # rows

    def _home(self, state: Key) -> Open:
        home = self.draft.incident(state.incident_id)
        assert home is not None
        return home

    def _saw(self, one: One, state: Key, ends: Instant | None = None) -> None:
        rank = one.rank if state.firing else state.rank
        self.batch.seen(
            state.alert_id, state.firing, rank, state.starts_at, ends, one.at, state.count,
            state.flips,
        )  # fmt: skip

    def _line(self, incident_id: int, one: One, kind: str, say: str, why: str = "") -> None:
        self.batch.line(incident_id, one.source, one.at, kind, say, why)


def _later(row: Any, **changed: object) -> Any:
    """A database row as it will be after this batch."""
    found = dict(row._mapping) if hasattr(row, "_mapping") else dict(vars(row))
    return SimpleNamespace(**{**found, **changed})
