"""What others may read of incidents: the status page as it is set up, and what is published."""

from __future__ import annotations

from dataclasses import dataclass

from store.clock import Instant

DEGRADED, OUTAGE = "degraded", "outage"
PHASES = ("investigating", "identified", "monitoring", "resolved")
INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = PHASES


@dataclass(frozen=True, slots=True)
class Automatic:
    """An incident that fits a component and is at least this bad for ``after`` minutes is published
    by itself, with these words and never the monitor's."""

    severity: str = "critical"
    after: int = 5
    title: str = ""
    text: str = ""
    impact: str = OUTAGE


@dataclass(frozen=True, slots=True)
class Component:
    """One part that people know by its name; ``match`` is the filter of what concerns it."""

    name: str
    match: str = ""
    text: str = ""
    publish: Automatic | None = None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The page as ``pixelview.yaml`` sets it up. ``maintenance`` says what is shown of announced
    windows: their ``times``, also their ``text``, or nothing (``off``)."""

    title: str
    public: bool = False
    components: tuple[Component, ...] = ()
    zone: str = "UTC"
    text: str = ""
    maintenance: str = "times"


@dataclass(frozen=True, slots=True)
class Post:
    """An incident as others may read of it. ``hidden``: it was taken back; ``rule``: no person
    published it."""

    incident: int
    at: Instant
    title: str
    impact: str = DEGRADED
    components: tuple[str, ...] = ()
    by: str = ""
    rule: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What was published of an incident at an instant, and how far it was."""

    id: int
    incident: int
    at: Instant
    phase: str
    text: str
