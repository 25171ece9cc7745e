"""Whatever people, monitors, time and crashes do in whatever order: what always holds."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from commands.errors import CommandError
from commands.rules import silencing
from integrations.base import Permanent
from store import audit, incidents, maintenance, runs, silences, timers
from store.db import Tx
from store.model import AlertStatus, AlertType, Incident, IncidentStatus, Severity
from store.model.escalation import ACKNOWLEDGED as ANYBODY
from store.model.maintenance import Behaviour
from store.tables import ALERTS, INCIDENTS, TIMERS
from tests.support.engines import migrated_url
from tests.support.world import YAML, World, alert

TRIGGERED, ACKNOWLEDGED, RESOLVED = IncidentStatus
SEVERITIES = st.sampled_from(["critical", "error", "warning"])
SERVICES = st.sampled_from(["postgres-main", "checkout"])
KEYS = st.sampled_from(["a", "b", "c"])
PEOPLE = st.sampled_from(["ana", "omar"])
SPANS = st.sampled_from(["5m", "1h"])
SILENCED = st.sampled_from(
    ["service=checkout", "service=post* critical", "team:db severity=error,warning"]
)

SLEEPS = 'slack: U0OMAR, quiet: [{from: "03:00", to: "09:00"}, {from: "12:00", to: "13:00"}]}'

RULES = """
rules:
  - {name: soft, match: "severity=error route=rest", severity: warning}
  - {name: later, match: "warning service=checkout", delay: 3}
  - {name: children, match: "type:service", under: "type:host", equal: [cluster], criticals: true}
  - {name: shots, match: "type:ci", resolve_after: 9}
grouping:
  flapping: {changes: 3, within: 30, calm: 2}
"""
"""Rules of every kind: some put off, some hold under a parent, some end what is silent."""

HOUSE = (
    YAML.replace("slack: U0OMAR}", SLEEPS)
    + """
paging:
  ack_lease: {critical: 30, error: 20, warning: 60}
  throttles: {slack: [6/15m], email: [4/15m]}
  bundle: {slack: 3, email: 2}
policies:
  default:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: [{round_robin: [omar, ana]}], delay: 5, severity: [critical, error]}
      - {targets: [lead], delay: 5, until: resolved}
    repeat: 1
    fallback: [team]
  each:
    steps:
      - {targets: [team], delay: 5, multi_ack: true}
      - {targets: [lead], delay: 5, hours: {zone: Europe/Berlin, start: "09:00", end: "21:00"}}
      - {targets: ["channel:slack:#all"], delay: 5, alerts: {more_than: 1}}
      - {targets: [policy:default]}
"""
)
HOUSE += RULES
"""Steps of every kind; people who sleep, limits of their contacts, acks that end."""


def counted(tx: Tx, incident_id: int, status: str | None = None) -> int:
    """How many alerts an incident has."""
    mine = ALERTS.c.incident_id == incident_id
    if status is not None:
        mine &= ALERTS.c.status == status
    return int(tx.conn.execute(select(func.count()).where(mine)).scalar_one())


class Night(RuleBasedStateMachine):
    """A night on call, badly slept."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.revs: dict[int, int] = {}
        self.world: World

    def do(self, coro: Any) -> Any:
        """Run something to its end; a refusal is an answer, not a fault."""
        try:
            return self.runner.run(coro)
        except CommandError:
            return None

    def see(self, fn: Any) -> Any:
        """Read a snapshot."""
        return self.runner.run(self.world.app.reader.read(fn))

    @initialize()
    def begin(self) -> None:
        """An empty house."""
        path = Path(self.folder.name)
        self.world = self.runner.run(World.build(migrated_url("sqlite", path), path, HOUSE))

    def teardown(self) -> None:
        """The record is whole at the end of the night."""
        if hasattr(self, "world"):
            assert self.see(audit.verify)[2] == []
            self.runner.run(self.world.end())
        self.runner.close()
        self.folder.cleanup()

    def pick(self, which: int, *among: IncidentStatus) -> int:
        """One of the incidents, if there is any."""
        ids = self.see(lambda tx: tx.conn.execute(
            select(INCIDENTS.c.id).where(INCIDENTS.c.status.in_(among or list(IncidentStatus)))
        ).scalars().all())  # fmt: skip
        return int(sorted(ids)[which % len(ids)]) if ids else 1

    # monitors

    @rule(key=KEYS, service=SERVICES, severity=SEVERITIES, dated=st.booleans())
    def fires(self, key: str, service: str, severity: str, dated: bool) -> None:
        """An alert fires, or goes on firing."""
        starts = self.world.clock.at if dated else None
        labels = {"service": service}
        one = alert(f"{service}/{key}", severity=severity, labels=labels, starts_at=starts)
        self.do(self.world.hears(one))

    @rule(key=KEYS, service=SERVICES)
    def clears(self, key: str, service: str) -> None:
        """An alert is over."""
        one = alert(f"{service}/{key}", status=AlertStatus.RESOLVED, labels={"service": service})
        self.do(self.world.hears(one))

    @rule(said=st.lists(st.tuples(KEYS, st.sampled_from(list(AlertStatus))), max_size=5))
    def says_much(self, said: list[tuple[str, AlertStatus]]) -> None:
        """Several alerts in one body, of whatever status."""
        self.do(self.world.hears(*(alert(f"postgres-main/{k}", status=s) for k, s in said)))

    @rule(
        down=st.booleans(),
        kind=st.sampled_from([AlertType.HOST, AlertType.SERVICE, AlertType.CI]),
        severity=SEVERITIES,
        key=KEYS,
    )
    def ruled(self, down: bool, kind: AlertType, severity: str, key: str) -> None:
        """Something that rules speak of fires, or is over: a parent, a child, a one-shot."""
        labels = {"service": f"{kind}", "cluster": "one", "team": "db" if key == "a" else "web"}
        status = AlertStatus.FIRING if down else AlertStatus.RESOLVED
        one = alert(f"{kind}/{key}", status=status, severity=severity, type=kind, labels=labels)
        self.do(self.world.hears(one))

    @rule(key=KEYS)
    def flaps(self, key: str) -> None:
        """An alert comes and goes."""
        for _ in range(2):
            self.do(self.world.hears(alert(f"checkout/{key}", severity="warning")))
            self.do(self.world.hears(alert(f"checkout/{key}", status=AlertStatus.RESOLVED)))

    # people

    @rule(who=PEOPLE, which=st.integers(0, 5))
    def waits_until_it_is_calm(self, who: str, which: int) -> None:
        """Somebody has enough of it."""
        self.do(self.world.does(who, "calm", self.pick(which, TRIGGERED), stays="15"))

    @rule(who=PEOPLE, which=st.integers(0, 5), take=st.booleans())
    def acks(self, who: str, which: int, take: bool) -> None:
        """Somebody has it."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "ack", number, take=take))

    @rule(who=PEOPLE, which=st.integers(0, 5))
    def says(self, who: str, which: int) -> None:
        """Somebody says something about it."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "note", number, text="looking"))

    @rule(who=PEOPLE, which=st.integers(0, 5))
    def gives_back(self, who: str, which: int) -> None:
        """Nobody has it."""
        self.do(self.world.does(who, "unack", self.pick(which, ACKNOWLEDGED)))

    @rule(
        who=PEOPLE,
        which=st.integers(0, 5),
        how=st.sampled_from(["", "when_clear", "silence_1h", "now"]),
    )
    def resolves(self, who: str, which: int, how: str) -> None:
        """Somebody says it is over."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "resolve", number, how=how))

    @rule(who=PEOPLE, which=st.integers(0, 5))
    def reopens(self, who: str, which: int) -> None:
        """Somebody says it is not over."""
        self.do(self.world.does(who, "reopen", self.pick(which, RESOLVED)))

    @rule(who=PEOPLE, which=st.integers(0, 5), step=st.sampled_from([None, 0, 1]))
    def escalates(self, who: str, which: int, step: int | None) -> None:
        """Somebody wants more."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "escalate", number, step=step))

    @rule(who=PEOPLE, which=st.integers(0, 5), policy=st.sampled_from(["default", "each"]))
    def hands_over(self, who: str, which: int, policy: str) -> None:
        """Somebody wants others to be asked."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "escalate", number, policy=policy))

    @rule(who=PEOPLE, which=st.integers(0, 5), to=SEVERITIES)
    def judges(self, who: str, which: int, to: str) -> None:
        """Somebody says how bad it is."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "severity", number, to=to))

    @rule(
        what=st.sampled_from(["all", "team:db", "service:checkout", "warning"]),
        span=SPANS,
        behaviour=st.sampled_from([str(b) for b in Behaviour]),
        repeat=st.sampled_from(["", "daily"]),
    )
    def works_on(self, what: str, span: str, behaviour: str, repeat: str) -> None:
        """A maintenance begins, or its end is moved."""
        given: dict[str, Any] = {
            "what": what,
            "when": span,
            "behaviour": behaviour,
            "repeat": repeat,
        }
        self.do(self.world.does("ana", "maintenance", None, **given))

    @rule(which=st.integers(1, 4), verb=st.sampled_from(["end", "skip", "extend", "start"]))
    def works_otherwise(self, which: int, verb: str) -> None:
        """A maintenance ends, is left out, goes on for longer, begins early."""
        more: dict[str, Any] = {"until": "20m"} if verb == "extend" else {}
        self.do(self.world.does("ana", f"{verb}-maintenance", None, maintenance=which, **more))

    @rule(who=PEOPLE, which=st.integers(0, 5), whom=st.sampled_from(["ana", "omar", "team:db"]))
    def assigns(self, who: str, which: int, whom: str) -> None:
        """Somebody asks somebody."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "assign", number, who=whom))

    @rule(
        who=PEOPLE, which=st.integers(0, 5), verb=st.sampled_from(["snooze", "silence"]), span=SPANS
    )
    def hushes(self, who: str, which: int, verb: str, span: str) -> None:
        """Somebody wants to sleep."""
        number = self.pick(which, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, verb, number, until=span))

    @rule(who=PEOPLE, what=SILENCED, span=SPANS)
    def silences_what_fits(self, who: str, what: str, span: str) -> None:
        """Somebody wants all that is like it to be quiet."""
        given: dict[str, Any] = {
            "what": what,
            "until": span,
            "text": "load test",
            "no_preview": True,
        }
        self.do(self.world.does(who, "silence", **given))

    @rule(who=PEOPLE, number=st.integers(1, 4), longer=st.booleans())
    def changes_a_silence(self, who: str, number: int, longer: bool) -> None:
        """A silence lasts longer, or is over."""
        if longer:
            self.do(self.world.does(who, "silence-extend", silence=number, until="1h"))
        else:
            self.do(self.world.does(who, "silence-end", silence=number))

    @rule(who=PEOPLE, one=st.integers(0, 5), other=st.integers(0, 5))
    def merges(self, who: str, one: int, other: int) -> None:
        """Two are one."""
        child = self.pick(one, TRIGGERED, ACKNOWLEDGED)
        into = self.pick(other, TRIGGERED, ACKNOWLEDGED)
        self.do(self.world.does(who, "merge", child, into=into))

    # time and faults

    @rule(minutes=st.sampled_from([1, 4, 6, 16, 70]))
    def time_passes(self, minutes: int) -> None:
        """Everything that is due on the way happens."""
        self.do(self.world.advance(minutes=minutes))

    @rule(refused=st.booleans())
    def nothing_gets_through(self, refused: bool) -> None:
        """Chat and mail refuse pages, or take them again."""
        self.world.pad.refuse = {"page": Permanent("account_inactive")} if refused else {}
        self.world.mail.refuse = refused

    @precondition(lambda self: len(self.revs) > 0)
    @rule()
    def the_process_dies(self) -> None:
        """And starts again."""
        self.runner.run(self.world.die())
        self.world = self.runner.run(self.world.again())
        self.do(self.world.settle())

    # what always holds

    @invariant()
    def somebody_is_asked_or_the_record_says_why_not(self) -> None:
        """Promise 2."""
        for incident, due in self.see(open_ones):
            runs_of = self.see(lambda tx, n=incident.id: runs.open_of(tx, n))
            if incident.status is ACKNOWLEDGED:
                assert incident.holder is not None
                assert not due or min(due) > self.world.clock.at
                still = {r.person for r in runs_of if r.until != ANYBODY}
                assert set(incident.asking) - still <= {incident.assignee}, (incident, still)
                awake = not incident.snoozed_until and not incident.silenced_until
                if awake and incident.assignee is None:
                    assert self.see(lambda tx, n=incident.id: ends(tx, n)), incident
                continue
            assert incident.holder is None and not incident.resolve_when_clear
            asleep = incident.snoozed_until or 0
            silent = incident.silenced_until or 0
            if due:
                assert incident.next is not None and incident.next.kind != "nothing", incident
                assert min(due) > self.world.clock.at
                if incident.next.at is not None and not (asleep and silent):
                    assert incident.next.at in due, (incident.next, due)
            else:
                assert incident.next is not None and incident.next.kind == "nothing"
                assert incident.next.why in ("everybody was asked", "nobody could be reached")
                assert not asleep and not silent

    @invariant()
    def nothing_critical_is_hidden_without_the_word(self) -> None:
        """And what hides something is a silence that holds."""
        for incident, _ in self.see(open_ones):
            hush = incident.hush
            if hush is None or (incident.silenced_until or 0) <= self.world.clock.at:
                continue
            one = self.see(lambda tx, n=hush.id: silences.get(tx, n))
            assert one is not None and one.what, incident
            if incident.status is ACKNOWLEDGED:
                continue
            assert one.in_force(self.world.clock.at) and one.until == incident.silenced_until
            loud = incident.severity is Severity.CRITICAL
            assert not loud or silencing.read(one.what).with_criticals, incident

    @invariant()
    def what_a_maintenance_keeps_back_is_let_go_with_it(self) -> None:
        """No card is kept back, and nothing stands for all, once it is over."""
        on = self.see(lambda tx: {o.key for o in maintenance.in_force(tx, self.world.clock.at)})
        for incident, _ in self.see(open_ones):
            assert not incident.maintenance or incident.maintenance in on, (incident, on)

    @invariant()
    def counters_are_the_rows(self) -> None:
        """And what is held in memory is what is on disk."""
        for incident, _ in self.see(open_ones):
            number = incident.id
            rows = self.see(lambda tx, n=number: (counted(tx, n), counted(tx, n, "firing")))
            assert rows == (incident.alerts_total, incident.alerts_firing)
        self.see(self.memory_fits)

    def memory_fits(self, tx: Tx) -> None:
        """Open groups and keys are known, and no others."""
        memory = self.world.door.memory
        rows = tx.conn.execute(select(INCIDENTS).where(INCIDENTS.c.status != "resolved")).all()
        assert set(memory.incidents) == {r.id for r in rows}
        for r in rows:
            known = memory.incidents[r.id]
            assert (known.total, known.firing) == (r.alerts_total, r.alerts_firing)
            assert (known.rev, known.group) == (r.rev, r.group_open)
            assert list(Severity)[known.rank] == r.severity
        assert memory.groups == {r.group_open: r.id for r in rows if r.group_open is not None}
        live = ALERTS.join(INCIDENTS, INCIDENTS.c.id == ALERTS.c.incident_id)
        keys = tx.conn.execute(
            select(ALERTS.c.live_key, ALERTS.c.id, ALERTS.c.incident_id, ALERTS.c.status)
            .select_from(live)
            .where((INCIDENTS.c.status != "resolved") & ALERTS.c.live_key.is_not(None))
        ).all()
        found = {k: (s.alert_id, s.incident_id, s.firing) for k, s in memory.keys.items()}
        assert found == {k: (i, n, status == "firing") for k, i, n, status in keys}

    @invariant()
    def what_is_resolved_asks_nobody(self) -> None:
        """No timer is left but the end of a silence, and no page waits."""

        def left(tx: Tx) -> list[str]:
            both = TIMERS.join(INCIDENTS, INCIDENTS.c.id == TIMERS.c.incident_id)
            over = select(TIMERS.c.kind).select_from(both).where(INCIDENTS.c.status == "resolved")
            return list(tx.conn.execute(over).scalars())

        assert set(self.see(left)) <= {timers.UNSILENCE}

    @invariant()
    def revs_only_grow(self) -> None:
        """A card's rev never goes back."""
        rows = self.see(lambda tx: tx.conn.execute(select(INCIDENTS.c.id, INCIDENTS.c.rev)).all())
        for number, rev in rows:
            assert rev >= self.revs.get(number, 1)
            self.revs[number] = rev


def ends(tx: Tx, incident_id: int) -> bool:
    """Whether the ack of an incident ends some day."""
    return any(timers.first(tx, incident_id, k) for k in (timers.CHECK_IN, timers.NO_ANSWER))


def open_ones(tx: Tx) -> list[tuple[Incident, list[int]]]:
    """Open incidents with the instants of their timers, but for rules of people."""
    found = []
    for incident in incidents.page(
        tx, incidents.Wanted(statuses=("triggered", "acknowledged")), 99
    ):
        skip = [*timers.PERSONAL, *timers.ASIDE]
        skip += [] if incident.silenced_until else [timers.UNSILENCE]
        mine = (TIMERS.c.incident_id == incident.id) & TIMERS.c.kind.not_in(skip)
        found.append(
            (incident, list(tx.conn.execute(select(TIMERS.c.due_at).where(mine)).scalars()))
        )
    return found


TestNight = Night.TestCase
TestNight.settings = settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
