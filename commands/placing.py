"""Where an alert belongs: how bad it is, its route and its group, by routes, settings and rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands.context import Ctx
from commands.rules import alert_rules, routing
from commands.rules.filters import Values
from commands.rules.grouping import group_of, window_of
from store.model import Alert, AlertReading, Instant, Route

_FOREVER = 1 << 62


@dataclass(slots=True)
class Place:
    """The route of an alert and why, the parts of its group and why, and for how long that takes
    alerts in, in milliseconds."""

    route: Route
    routed: str
    parts: tuple[str, ...]
    said: str
    window: Instant

    @property
    def joined(self) -> str:
        """Why an alert joins an incident that is there."""
        if self.window >= _FOREVER:
            return f"{self.said}."
        return f"Grouped because {self.said}, within {self.window // 60_000} min."

    def together(self, why: str) -> Place:
        """The same where everything is one incident for as long as that is open."""
        return replace(self, said=why.rstrip("."), window=_FOREVER)


class Placing:
    """Decides by the definitions of one batch. ``judges``: some rule says how bad alerts are."""

    def __init__(self, ctx: Ctx) -> None:
        self._routes, self._grouping = ctx.definitions.routes, ctx.rules.grouping
        self.book = alert_rules.book(ctx.definitions.alert_rules)
        self.judges = self.book.says("severity")
        self._groups = self.book.says("group_by") or self.book.says("group_window")

    def judged(self, reading: AlertReading, source: str) -> tuple[AlertReading, str]:
        """The alert as a severity rule wants it, and why."""
        return alert_rules.judged(self.book, reading, self.values(reading, source))

    def values(self, reading: AlertReading | Alert, source: str) -> Values:
        """The alert as filters look at it."""
        return alert_rules.values_of(
            reading, source, lambda: routing.choose(self._routes, reading, source)[0]
        )

    def place(self, reading: AlertReading, source: str) -> Place:
        """Where it belongs."""
        route, routed = routing.choose(self._routes, reading, source)
        if not self._groups:
            parts, said = group_of(reading, source, route, self._grouping)
            return Place(route, routed, parts, said, window_of(route, self._grouping))
        values = alert_rules.values_of(reading, source, lambda: route)
        by, within = (self.book.rule(name, values) for name in ("group_by", "group_window"))
        group_by = by.group_by if by else None
        parts, said = group_of(reading, source, route, self._grouping, group_by)
        if by is not None:
            parts, said = (*parts, f"rule={by.name}"), f"{said} by rule {by.name}"
        window = window_of(route, self._grouping, within.group_window if within else None)
        return Place(route, routed, parts, said, window)


def severity_why(reading: AlertReading, judged: str) -> str:
    """Why an alert is as bad as it is; ``judged`` is why by a rule."""
    if judged:
        return judged
    if reading.severity_raw:
        return f"{reading.severity.capitalize()} because the monitor says {reading.severity_raw}."
    return f"{reading.severity.capitalize()} because the monitor names no severity."
