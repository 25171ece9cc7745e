"""Silences that people made in a monitor itself: timeline and card tell of them, no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from commands.context import Ctx
from commands.words import IN_MONITOR, surface_name
from store import incidents, silences, timeline
from store.clock import Instant
from store.db import Tx
from store.model import IncidentStatus, TimelineEntry

KIND = "silenced_there"


@dataclass(frozen=True, slots=True)
class There:
    """What is silent in a monitor of one incident: the one that lasts longest, and of how many of
    its alerts."""

    id: str
    until: Instant
    by: str
    text: str
    alerts: int
    of: int


def told(tx: Tx, incident_id: int, monitor: str) -> TimelineEntry | None:
    """What was told of a monitor's silences last."""
    found = reversed(timeline.of_people(tx, incident_id))
    mine = (e for e in found if e.kind == KIND and e.detail.get("monitor") == monitor)
    return next(mine, None)


def is_news(last: TimelineEntry | None, there: There | None, now: Instant) -> bool:
    """Whether the timeline does not say so yet."""
    if there is None:
        return last is not None and (last.detail.get("until") or 0) > now
    if last is None:
        return True
    said = tuple(last.detail.get(name) for name in ("id", "until", "alerts", "of"))
    return said != (there.id, there.until, there.alerts, there.of)


@dataclass(frozen=True, slots=True)
class Seen:
    """A silence in a monitor, as the timeline of an open incident tells of it."""

    incident: int
    monitor: str
    until: Instant
    by: str
    text: str


def standing(tx: Tx, now: Instant) -> list[Seen]:
    """What is silent in monitors of incidents that are open here."""
    last: dict[tuple[int, str], Seen] = {}
    for entry in silences.told(tx, KIND):
        said, number = entry.detail, entry.incident_id
        monitor, until = str(said.get("monitor")), said.get("until") or 0
        by, text = str(said.get("by") or ""), str(said.get("text") or "")
        last[number, monitor] = Seen(number, monitor, until, by, text)
    return sorted((s for s in last.values() if s.until > now), key=lambda s: s.until)


def seen(ctx: Ctx, monitor: str, found: Mapping[int, There | None]) -> None:
    """Tell of silences that were made, changed or ended there."""
    for number, there in found.items():
        incident = incidents.get(ctx.tx, number)
        if incident is None or incident.status is IncidentStatus.RESOLVED:
            continue
        if not is_news(told(ctx.tx, number, monitor), there, ctx.now):
            continue
        if there is None:
            say = f"The silence in {_called(monitor)} is over."
            ctx.tell(number, KIND, say, "", {"monitor": monitor})
        else:
            ctx.tell(number, KIND, _say(monitor, there), there.text, _detail(monitor, there))
        ctx.save(replace(incident, updated_at=ctx.now))


def _say(monitor: str, there: There) -> str:
    part = "" if there.alerts == there.of else f" {there.alerts} of {there.of} alerts"
    return f"{there.by or 'Somebody'} silenced{part or ' it'} in {_called(monitor)}."


def _called(monitor: str) -> str:
    return surface_name(f"{IN_MONITOR}{monitor}")


def _detail(monitor: str, there: There) -> dict[str, object]:
    return {
        "monitor": monitor, "id": there.id, "until": there.until, "by": there.by,
        "text": there.text, "alerts": there.alerts, "of": there.of,
    }  # fmt: skip
