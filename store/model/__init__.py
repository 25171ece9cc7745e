"""The frozen nouns of PixelView, in the field's own words; standard library only.

Every instant is an ``int``: milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from store.model.about import About as About
from store.model.about import Lost as Lost
from store.model.change import Before as Before
from store.model.change import Change as Change
from store.model.escalation import AlertCount as AlertCount
from store.model.escalation import Hours as Hours
from store.model.escalation import Policy as Policy
from store.model.escalation import Quiet as Quiet
from store.model.escalation import Step as Step
from store.model.fixed import Fixed as Fixed
from store.model.hush import Hush as Hush
from store.model.known import Known as Known
from store.model.people import Definitions as Definitions
from store.model.people import Person as Person
from store.model.people import Route as Route
from store.model.people import Rule as Rule
from store.model.people import Team as Team
from store.model.posting import ChannelRule as ChannelRule
from store.model.room import Room as Room
from store.model.room import Together as Together
from store.model.rules import NEVER as NEVER
from store.model.rules import AlertRule as AlertRule
from store.model.rules import Flapping as Flapping

Instant = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Severity(StrEnum):
    """PagerDuty's Common Event Format; ``rank`` 0 is the most urgent."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical … 3 for info."""
        return _RANKS[self]


_RANKS = {s: i for i, s in enumerate(Severity)}


class AlertStatus(StrEnum):
    """What a monitor says of one alert."""

    FIRING = "firing"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    INFO = "info"


class IncidentStatus(StrEnum):
    """Shown to people as New, In progress, Resolved."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AlertType(StrEnum):
    """What kind of thing the alert is about."""

    HOST = "host"
    SERVICE = "service"
    METRIC = "metric"
    LOG = "log"
    UPTIME = "uptime"
    HEARTBEAT = "heartbeat"
    CI = "ci"
    CLOUD = "cloud"
    KUBERNETES = "kubernetes"
    OPENSTACK = "openstack"
    SECURITY = "security"
    CHANGE = "change"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Link:
    """A named http(s) address: Runbook, Dashboard, Source …"""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class AlertReading:
    """One alert as an integration read it from one request.

    ``key`` identifies the alert within its intake source. ``starts_at`` is None
    where the sender names no start; ``severity_raw`` is the sender's own word. ``by`` is who
    acknowledged it in the monitor, as the monitor calls them, ``unacknowledged`` that such an
    acknowledgement was taken back. ``about`` is no integration's: what it was found to be about.
    """

    key: str
    status: AlertStatus
    severity: Severity
    title: str
    type: AlertType = AlertType.CUSTOM
    severity_raw: str | None = None
    description: str = ""
    resource: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    starts_at: int | None = None
    ends_at: int | None = None
    by: str = ""
    unacknowledged: bool = False
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing a monitor said, within the incident that holds it. ``flips`` are the instants at
    which it changed its state, packed; ``about`` the resources it is about."""

    id: int
    incident_id: int
    source: str
    key: str
    status: AlertStatus
    severity: Severity
    type: AlertType
    starts_at: int
    ends_at: int | None
    first_at: int
    last_at: int
    count: int
    title: str
    severity_raw: str | None
    description: str
    resource: str | None
    labels: Mapping[str, str]
    links: tuple[Link, ...]
    flips: bytes = b""
    about: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NextUp:
    """What happens by itself, and when; ``who`` are handles of people.

    ``kind``: ``page`` (step of the policy), ``asks_again`` (the end of an ack's lease),
    ``check_in`` (its holder was asked and did not answer yet), ``back_to_paging`` (the end of an
    assignment), ``unsnooze``, ``resolves``, ``waits`` (a rule holds it for the reason in ``why``,
    looked at again at ``at``), ``nothing`` (with the reason in ``why``).
    """

    kind: str
    at: int | None = None
    who: tuple[str, ...] = ()
    step: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """What people work on. ``rev`` grows when status, holder, step or severity change.

    ``holder`` and ``assignee`` are person handles (assignee also ``team:<name>``).
    ``step`` is the last step reached, counted from 0; -1 before the first.
    ``holder_from`` is the surface the ack came from. ``asking`` are those the current step or
    assignment pages, ``paged`` all who were paged since it opened; ``generation`` tells timers of
    an earlier life from those of this one. ``hush`` is the silence by a filter that hides it,
    ``maintenance`` the one that it stands for, or that keeps its card back. ``held_by`` is the
    alert rule for which nobody is asked, ``under`` the parent that holds it; ``calm`` are the
    minutes that what flaps must stay as it is, where a person said so. A ``private`` one is shown
    to whoever is on it and to ``people`` (handles, and ``team:<name>``) alone.
    """

    id: int
    status: IncidentStatus
    severity: Severity
    title: str
    source: str
    type: AlertType
    route: str
    team: str | None
    service: str | None
    resource: str | None
    value: str
    labels: Mapping[str, str]
    links: tuple[Link, ...]
    tags: tuple[str, ...]
    opened_at: int
    updated_at: int
    rev: int
    alerts_total: int
    alerts_firing: int
    last_alert_at: int
    policy: str | None = None
    policy_version_id: int | None = None
    step: int = -1
    loop: int = 0
    generation: int = 1
    holder: str | None = None
    holder_since: int | None = None
    holder_from: str | None = None
    assignee: str | None = None
    acknowledged_at: int | None = None
    resolved_at: int | None = None
    resolved_by: str | None = None
    summary: str = ""
    snoozed_until: int | None = None
    silenced_until: int | None = None
    hush: Hush | None = None
    resolve_when_clear: bool = False
    previous_id: int | None = None
    merged_into: int | None = None
    paged: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    next: NextUp | None = None
    notes: int = 0
    held_by: str = ""
    under: int | None = None
    flapping_since: int | None = None
    calm: int = 0
    maintenance: str = ""
    private: bool = False
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of an incident's history: what happened, who did it, where from, and why.

    ``kind``: opened, alert, resolved_alert, severity, page, page_failed, step, ack, unack,
    assign, escalate, resolve, reopen, snooze, silence, note, tag, merge, denied, linked …
    ``say`` is the sentence people read; ``why`` the stored reason.
    """

    id: int
    incident_id: int
    at: int
    kind: str
    actor: str
    surface: str
    say: str
    why: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, from where.

    ``kind``: ``person`` (``id`` is the handle), ``token``, ``integration``, ``system``,
    ``stranger`` (a chat account that belongs to no person; may change nothing).
    ``address`` is the peer address or the external account id, for the audit. ``roles`` hold
    everywhere, ``grants`` are (team, role) and hold in that team alone. ``scope`` are the only
    permissions a token has of its role's; empty where it has them all.
    """

    kind: str
    id: str
    name: str
    surface: str
    roles: tuple[str, ...] = ()
    address: str = ""
    grants: tuple[tuple[str, str], ...] = ()
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timer:
    """A thing that is due at an instant. ``generation`` makes a stale firing recognisable."""

    id: int
    kind: str
    incident_id: int | None
    generation: int
    due_at: int
    rank: int
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One message to one person, as the record keeps it.

    ``state``: pending, sending, sent, delivered or unanswered (the provider said so later),
    uncertain, failed, dropped; ``why`` names the step or rule
    that asked for it, ``error`` the provider's no. ``asked_by`` is ``step``, ``fallback`` or
    ``person`` (outside the policy); ``after`` are minutes since that began to ask.
    """

    id: int
    incident_id: int
    person: str
    via: str
    step: int
    state: str
    asked_at: int
    sent_at: int | None = None
    why: str = ""
    error: str = ""
    loop: int = 0
    asked_by: str = "step"
    after: int = 0


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """Everything one incident page shows: alerts by severity, timeline and pages by time.

    ``earlier`` is the incident that the same alert opened the last time, ``seen`` how many there
    were before this one. ``changed`` is what was changed in the hour before it was opened.
    ``held`` are some of the incidents that it holds, ``held_total`` how many there are. ``rooms``
    are its open war rooms that everybody may see; ``together`` is all of
    that, where the whole incident is shown. ``about`` are the resources it is about, ``lost`` is
    what hung on one that fell, ``fixed`` what was run before ``earlier`` was over.
    """

    incident: Incident
    alerts: tuple[Alert, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    pages: tuple[Page, ...] = ()
    earlier: Incident | None = None
    seen: int = 0
    changed: tuple[Before, ...] = ()
    held: tuple[Incident, ...] = ()
    held_total: int = 0
    rooms: tuple[Room, ...] = ()
    together: Together | None = None
    about: tuple[Known, ...] = ()
    lost: Lost | None = None
    fixed: Fixed | None = None


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Incidents that share a value of what a list is grouped by, an empty one where they have
    none: how many, how many of them nobody has, and the worst."""

    value: str
    total: int
    nobody: int
    worst: Incident

    def plus(self, other: IncidentGroup) -> IncidentGroup:
        """Both together."""
        worst = min(self.worst, other.worst, key=_how_bad)
        both = (self.total + other.total, self.nobody + other.nobody)
        return IncidentGroup(self.value, *both, worst)


def _how_bad(i: Incident) -> tuple[object, ...]:
    """The worst first: open, severe, in nobody's hands, old."""
    over = i.status is IncidentStatus.RESOLVED
    return over, i.severity.rank, i.holder is not None, i.opened_at, i.id


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of incidents; ``next`` is the cursor of the following page or None.

    Of a list that somebody asked for, ``words`` ask for the same, ``said`` is how people say it
    (both without what is meant by itself), ``group`` is what it is grouped
    by, ``groups`` are all there are, and ``whole`` says that these count every incident. Where
    nothing fits, ``without`` are how many are open without the filter, and ``hint`` is what may
    have been meant.
    """

    incidents: tuple[Incident, ...]
    next: str | None = None
    total: int | None = None
    words: str | None = None
    said: str = ""
    group: str = ""
    groups: tuple[IncidentGroup, ...] = ()
    whole: bool = True
    without: int | None = None
    hint: str = ""
