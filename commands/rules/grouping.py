"""Which incident an alert belongs to: pure decisions on what is known of its key and its group."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from commands.rules.routing import field
from store.model import MINUTE, AlertReading, Flapping, Instant, Route

MAX_ALERTS = 500
_FLAPPING = Flapping()


@dataclass(frozen=True, slots=True)
class Grouping:
    """Settings of grouping; windows in milliseconds.

    Each element of ``group_by`` is a field or fields of which the first that has a value counts.
    """

    group_by: tuple[str, ...] = ("route", "source", "service|resource|namespace|job")
    group_window: int = 5 * MINUTE
    reopen_window: int = 15 * MINUTE
    max_alerts: int = MAX_ALERTS
    flapping: Flapping = _FLAPPING


class Fate(Enum):
    """What a reading means for the incidents."""

    IGNORE = auto()
    COUNT = auto()
    REFIRE = auto()
    RESOLVE = auto()
    REOPEN = auto()
    JOIN = auto()
    OPEN = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an alert's key: its latest state and its incident's."""

    firing: bool
    starts_at: Instant
    incident_open: bool
    incident_resolved_at: Instant | None


def group_of(
    reading: AlertReading,
    source: str,
    route: Route,
    grouping: Grouping,
    group_by: tuple[str, ...] | None = None,
) -> tuple[tuple[str, ...], str]:
    """The group's parts and the words for why: ``service=checkout``. ``group_by`` of an alert rule
    goes before that of the route, and that before the settings'."""
    of_route = route.group_by if route.group_by is not None else grouping.group_by
    names = of_route if group_by is None else group_by
    parts: list[str] = [route.name]
    said: list[str] = []
    for name in names:
        if name == "route":
            continue
        for option in name.split("|"):
            value = field(reading, source, option)
            if value:
                parts.append(f"{option}={value}")
                if option != "source":
                    said.append(f"{option}={value}")
                break
        else:
            parts.append(f"{name}=")
    return tuple(parts), ", ".join(said) or f"source={source}"


def fate_of_firing(
    known: Known | None, starts_at: Instant | None, now: Instant, grouping: Grouping
) -> tuple[Fate, str]:
    """What a firing reading does to the key's own history; OPEN means: look at the group.

    Rules (Alertmanager measured): a firing whose (key, start) was already resolved is late news;
    a repeat only counts; a newer start is the next episode.
    """
    if known is None:
        return Fate.OPEN, "a new alert"
    newer = starts_at is None or starts_at > known.starts_at
    if known.firing and known.incident_open:
        if starts_at is not None and starts_at < known.starts_at:
            return Fate.IGNORE, "older than the firing already known"
        return Fate.COUNT, "still firing"
    if known.firing:
        if starts_at is None or not newer:
            return Fate.COUNT, "still firing after a person resolved the incident"
    elif not newer:
        return Fate.IGNORE, "this firing was already resolved (late news)"
    if known.incident_open:
        return Fate.REFIRE, "fires again while its incident is open"
    ended = known.incident_resolved_at
    if ended is not None and now - ended <= grouping.reopen_window:
        minutes = grouping.reopen_window // MINUTE
        return Fate.REOPEN, f"fires again within {minutes} min of the resolve"
    return Fate.OPEN, "fires again after its incident was resolved"


def fate_of_resolve(
    known: Known | None, starts_at: Instant | None, ends_at: Instant | None
) -> tuple[Fate, str]:
    """What a resolved reading does: idempotent, and never against a newer firing."""
    if known is None:
        return Fate.IGNORE, "resolved, but never seen firing"
    if not known.firing:
        return Fate.IGNORE, "already resolved"
    if starts_at is not None and starts_at < known.starts_at:
        return Fate.IGNORE, "resolves an older firing, a newer one is known"
    if ends_at is not None and ends_at < known.starts_at:
        return Fate.IGNORE, "ended before the known firing began"
    return Fate.RESOLVE, "resolved by the monitor"


def window_of(route: Route, grouping: Grouping, minutes: int | None = None) -> int:
    """For how long after its last alert a group takes alerts in, in milliseconds; ``minutes`` of an
    alert rule go before those of the route, and those before the settings'."""
    own = route.group_window if minutes is None else minutes
    return grouping.group_window if own is None else own * MINUTE


def joins(last_alert_at: Instant, total: int, now: Instant, window: int, most: int) -> bool:
    """Whether an open group still takes alerts in."""
    return now - last_alert_at <= window and total < most
