"""Which route takes an alert: the first that matches, in the order written."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from store.model import Alert, AlertReading, Route


def field(reading: AlertReading | Alert, source: str, name: str) -> str:
    """A label by name, or one of the alert's own: source, type, severity, resource, title."""
    own = {
        "source": source,
        "type": str(reading.type),
        "severity": str(reading.severity),
        "resource": reading.resource or "",
        "title": reading.title,
    }
    return own[name] if name in own else reading.labels.get(name, "")


def matches(
    match: Mapping[str, tuple[str, ...]], reading: AlertReading | Alert, source: str
) -> str | None:
    """Why a route's ``match`` fits, or None: every field must fit one of its globs."""
    reasons = []
    for name, globs in match.items():
        value = field(reading, source, name)
        if not any(fnmatchcase(value, glob) for glob in globs):
            return None
        reasons.append(f"{name}={value}")
    return " and ".join(reasons) or "it takes everything"


def choose(
    routes: tuple[Route, ...], reading: AlertReading | Alert, source: str
) -> tuple[Route, str]:
    """The route of an alert and why; where none fits, the built-in ``default`` without people."""
    for route in routes:
        why = matches(route.match, reading, source)
        if why is not None:
            return route, f"Route {route.name} because {why}."
    return Route("default"), "No route matches: the built-in default route."
