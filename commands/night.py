"""The nouns of a simulated night: what is asked, what the engine decided, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from store.model import AlertReading, Definitions, Incident, Instant


@dataclass(frozen=True, slots=True)
class Event:
    """One thing the engine decided. ``kind`` is ``page`` or a kind of the timeline; ``by`` says
    who asked for a page (``step``, ``fallback``, ``person``), ``after`` the rule's minutes."""

    at: Instant
    kind: str
    say: str = ""
    why: str = ""
    person: str = ""
    via: str = ""
    step: int = 0
    loop: int = 0
    by: str = ""
    after: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is simulated: an alert, when it fires, how long to look, and who answers when."""

    alert: AlertReading
    source: str
    at: Instant
    zone: str
    until: Instant | None = None
    ack_at: Instant | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """What the engine did: every event, and how the incident stands at the end."""

    question: Question
    events: tuple[Event, ...]
    incident: Incident
    known: Definitions
    ended: Instant
