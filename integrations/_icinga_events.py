"""Icinga 2's event stream, ``POST /v1/events``: one JSON object a line, for as long as it lasts.

An event is a hint: how things stand is asked of the object itself, so that what is in downtime,
flapping or behind what is down opens nothing, and what this ApiUser may not see says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations import _text
from integrations._nagios_commands import Spot
from integrations.base import OURS
from store.model import AlertReading, AlertStatus

TYPES = (
    "StateChange", "AcknowledgementSet", "AcknowledgementCleared", "CommentAdded",
    "DowntimeTriggered", "DowntimeRemoved", "Flapping",
)  # fmt: skip
"""Its permissions are ``events/<type>``, or ``events/*``."""
LOOK = ("DowntimeTriggered", "DowntimeRemoved", "Flapping")
"""After these more may be different than the one object."""
_HARD, _BY_PERSON = 1, 1

Event = Mapping[str, Any]


def parsed(line: str) -> Event:
    """An event; empty where it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def kind(event: Event) -> str:
    """What happened."""
    return str(event.get("type") or "")


def spot(event: Event) -> Spot | None:
    """Which host or service it is about; None where nothing has to be asked of it."""
    if kind(event) == "CommentAdded":
        comment = event.get("comment")
        if not isinstance(comment, dict) or not _is_persons(comment):
            return None
        return _named(comment.get("host_name"), comment.get("service_name"))
    if kind(event) == "StateChange" and event.get("state_type") != _HARD:
        return None
    if kind(event) == "AcknowledgementSet" and str(event.get("comment")).startswith(OURS):
        return None
    return _named(event.get("host"), event.get("service"))


def _named(host: Any, service: Any) -> Spot | None:
    return Spot(str(host), str(service or "")) if host else None


def _is_persons(comment: Mapping[str, Any]) -> bool:
    """Neither Icinga's own words beside an acknowledgement or a downtime, nor ours."""
    said = str(comment.get("text") or "").strip()
    return bool(said) and comment.get("entry_type") == _BY_PERSON and not said.startswith(OURS)


def reading(event: Event, now: AlertReading) -> AlertReading | None:
    """What an event says of an object that stands as ``now`` says."""
    over = now.status is AlertStatus.RESOLVED
    if kind(event) == "StateChange":
        return now
    if kind(event) == "CommentAdded":
        comment = event["comment"]
        words = _said(comment.get("author"), comment.get("text"))
        return replace(now, status=AlertStatus.INFO, description=words, by="", starts_at=None)
    if over:
        return None
    if kind(event) == "AcknowledgementSet":
        author = _text.title(str(event.get("author") or ""), 100)
        words = _said(author, event.get("comment"))
        told = f"{now.description}\n{words}".strip()
        return replace(
            now, status=AlertStatus.ACKNOWLEDGED, by=author, description=told, starts_at=None
        )
    firing = replace(now, status=AlertStatus.FIRING, by="", starts_at=None)
    return replace(firing, unacknowledged=True)


def _said(who: Any, words: Any) -> str:
    return _text.description(f"{who}: {' '.join(str(words or '').split())}")
