"""A night at db-3 to draw cards of, and a small catalog as the verbs will declare it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bot.cards import text
from bot.cards.incident import card
from bot.cards.model import Actions, Card, Note, Span
from commands.registry import Button, Field, Verb
from store.model import (
    Alert,
    AlertStatus,
    AlertType,
    Definitions,
    Incident,
    IncidentDetail,
    IncidentStatus,
    Link,
    NextUp,
    Page,
    Person,
    Policy,
    Rule,
    Severity,
    Step,
    Team,
    TimelineEntry,
)

MINUTE = 60_000
BASE = "https://pv.example.eu"
OPENED = 1_795_313_340_000  # 22 Nov 2026 02:09:00 UTC, 03:09 in Berlin
NOW = OPENED + 2 * MINUTE


def at(minutes: float) -> int:
    """An instant, in minutes after the incident opened."""
    return OPENED + int(minutes * MINUTE)


PEOPLE = {
    p.handle: p
    for p in (
        Person("ana", "Ana Petrova", "Europe/Berlin", "ana@example.eu", rules=(Rule(0, "email"),)),
        Person("omar", "Omar Haddad", "Europe/Athens", "omar@example.eu"),
        Person("mei", "Mei Lin", "Asia/Singapore", "mei@example.eu"),
        Person("anac", "Ana Costa", "Europe/London", "anac@example.eu"),
    )
}
TEAMS = {
    "db": Team("db", ("ana", "omar"), oncall="ana", lead="omar"),
    "web": Team("web", ("anac", "mei"), oncall="anac"),
}
POLICY = Policy(
    "db-primary", (Step(("oncall:db",)), Step(("lead:db",)), Step(("team:db",))), repeat=1
)
DEFINITIONS = Definitions(1, PEOPLE, TEAMS, (), {"db-primary": POLICY})

INCIDENT = Incident(
    id=1842,
    status=IncidentStatus.TRIGGERED,
    severity=Severity.CRITICAL,
    title="Disk 94 % full on db-3",
    source="alertmanager",
    type=AlertType.METRIC,
    route="db",
    team="db",
    service="postgres-main",
    resource="db-3",
    value="/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min",
    labels={
        "alertname": "DiskFull",
        "severity": "critical",
        "instance": "db-3",
        "env": "prod",
        "region": "eu-west-1",
    },
    links=(
        Link("Alertmanager", "https://am.example.eu"),
        Link("Dashboard", "https://grafana.example.eu/d/x"),
        Link("Runbook", "https://wiki.example.eu/rb/disk"),
    ),
    tags=(),
    opened_at=OPENED,
    updated_at=OPENED,
    rev=7,
    alerts_total=3,
    alerts_firing=3,
    last_alert_at=OPENED,
    policy="db-primary",
    policy_version_id=1,
    step=0,
    paged=("ana",),
    asking=("ana",),
    next=NextUp("page", at(5), ("omar",), 1),
)


def page(person: str, step: int = 0, minutes: float = 0, state: str = "sent", **more: Any) -> Page:
    """A page that was asked for so many minutes after the opening."""
    sent = at(minutes) if state in ("sent", "delivered", "unanswered") else None
    via = more.pop("via", "email")
    return Page(1, 1842, person, via, step, state, at(minutes), sent, **more)


def entry(kind: str, minutes: float, actor: str = "", **detail: Any) -> TimelineEntry:
    """One line of the timeline."""
    return TimelineEntry(1, 1842, at(minutes), kind, actor, "slack", "", "", detail)


def alert(number: int = 1, **more: Any) -> Alert:
    """One alert of the incident."""
    base = Alert(
        number, 1842, "alertmanager", f"k{number}", AlertStatus.FIRING, Severity.CRITICAL,
        AlertType.METRIC, OPENED, None, OPENED, OPENED, 1, "Disk 94 % full on db-3", "critical",
        "The volume fills up.\nWAL is not archived.", "db-3", dict(INCIDENT.labels), (),
    )  # fmt: skip
    return replace(base, **more)


@dataclass
class Night:
    """An incident's detail, put together in the words of a test."""

    pages: tuple[Page, ...] = (page("ana"),)
    timeline: tuple[TimelineEntry, ...] = (entry("opened", 0),)
    alerts: tuple[Alert, ...] = (alert(1), alert(2), alert(3))
    fields: dict[str, Any] = field(default_factory=dict)

    def detail(self) -> IncidentDetail:
        """The detail a query would answer with."""
        incident = replace(INCIDENT, **self.fields)
        return IncidentDetail(incident, self.alerts, self.timeline, self.pages)

    def card(self, now: int = NOW, *, threads: bool = True) -> Card:
        """Its card."""
        return card(self.detail(), DEFINITIONS, BASE, now=now, threads=threads)


def new(**fields: Any) -> Night:
    """New, Ana is asked, Omar is next."""
    return Night(fields=fields)


def escalating(**fields: Any) -> Night:
    """Nobody answered; Omar is asked, the team is next."""
    changes = {
        "step": 1,
        "rev": 8,
        "updated_at": at(5),
        "paged": ("ana", "omar"),
        "asking": ("omar",),
    }
    nxt = NextUp("page", at(10), ("ana", "omar"), 2)
    pages = (page("ana"), page("omar", 1, 5))
    steps = (entry("opened", 0), entry("step", 0), entry("step", 5))
    return Night(pages, steps, fields={**changes, "next": nxt, **fields})


def taken(**fields: Any) -> Night:
    """Ana has it."""
    changes: dict[str, Any] = {
        "status": IncidentStatus.ACKNOWLEDGED, "holder": "ana", "holder_since": at(3),
        "holder_from": "discord", "acknowledged_at": at(3), "next": None,
        "rev": 8, "updated_at": at(3), "asking": (),
    }  # fmt: skip
    return Night(
        timeline=(entry("opened", 0), entry("ack", 3, "ana")), fields={**changes, **fields}
    )


def resolved(**fields: Any) -> Night:
    """Ana resolved it and said how."""
    over: dict[str, Any] = {
        "status": IncidentStatus.RESOLVED, "resolved_at": at(22), "resolved_by": "ana",
        "summary": "rotate-wal removed 612 GB of old WAL; archive target was full",
        "alerts_firing": 0, "rev": 9, "updated_at": at(22), "paged": ("ana", "omar"),
    }  # fmt: skip
    return taken(**{**over, **fields})


def said(spans: tuple[Span, ...]) -> str:
    """Spans as Berlin reads them."""
    return text.line(spans, "Europe/Berlin", now=NOW)


def heard(note: Note) -> list[str]:
    """A note's lines as Berlin reads them."""
    return text.note(note, "Europe/Berlin", now=NOW)


def read(drawn: Card) -> list[str]:
    """A card's lines as Berlin reads them."""
    return text.lines(drawn, "Europe/Berlin", now=NOW)


def labels(actions: Actions) -> str:
    """``[Note…]* [Assign…]! … ⋯ Why?`` as the design of cards writes it."""
    shown = " ".join(
        f"[{p.label}]{'*' * p.primary}{'!' * (p.confirm is not None)}" for p in actions.buttons
    )
    return f"{shown} ⋯ {' | '.join(p.label for p in actions.more)}"


def _run() -> None:
    """Nothing: the catalog of these tests only names its verbs."""


def verb(name: str, does: str, *buttons: Button, fields: tuple[Field, ...] = ()) -> Verb:
    """A verb that stands in the catalog and does nothing."""
    return Verb(
        name, "incident", f"incident:{name}", does, dict, _run, False, fields, buttons,
        example=f"{name} 1842",
    )  # fmt: skip


OPEN = ("new", "acknowledged")
NUMBER = Field("incident", "incident", "The incident's number")
HOW = Field(
    "how", "choice", "What should happen?", False,
    (("when_clear", "Resolve when the last alert clears"), ("silence", "Resolve now and silence"),
     ("now", "Resolve now")), "firing", "when_clear",
)  # fmt: skip

CATALOG = {
    v.name: v
    for v in (
        verb("ack", "Take it: every page stops.", Button("Acknowledge", "ack", ("new",)),
             fields=(Field("incident", "incidents", "Numbers"),)),
        verb("take-over", "You have it instead.",
             Button("Take over", "late", ("acknowledged",), asks=True)),
        verb("unack", "Give it back: paging resumes.",
             Button("Give back", "more", ("acknowledged",), asks=True),
             fields=(NUMBER, Field("text", "words", "Why", False))),
        verb("assign", "Ask somebody to take it.", Button("Assign…", "assign", OPEN),
             fields=(NUMBER, Field("who", "who", "Person or team"),
                     Field("note", "text", "Note", False))),
        verb("escalate", "Page the next step now.",
             Button("Escalate", "escalate", OPEN, asks=True), fields=(NUMBER,)),
        verb("resolve", "Say that it is over.", Button("Resolve…", "resolve", OPEN),
             fields=(NUMBER, HOW, Field("text", "text", "Summary", False))),
        verb("reopen", "Open it again: the last holder is paged first.",
             Button("Reopen", "assign", ("resolved",), asks=True), fields=(NUMBER,)),
        verb("note", "Write on the timeline.",
             Button("Note…", "ack", ("acknowledged", "resolved")),
             Button("Note…", "more", ("new",)),
             fields=(NUMBER, Field("text", "text", "Note"))),
        verb("snooze", "Stop paging for a while.", Button("Snooze…", "more", OPEN, order=10),
             fields=(NUMBER, Field("until", "when", "Until"))),
        verb("merge", "Put it into another incident.", Button("Merge…", "more", OPEN, order=20),
             fields=(NUMBER, Field("into", "incident", "Into"))),
        verb("tag", "Add tags.", fields=(NUMBER, Field("tags", "words", "Tags"))),
        verb("why", "Route, grouping, pages: why it is as it is.",
             Button("Why?", "more", (*OPEN, "resolved"), order=90), fields=(NUMBER,)),
        verb("why-me", "Why you.", fields=(NUMBER,)),
    )
}  # fmt: skip
