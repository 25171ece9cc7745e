"""What alert rules say of an alert: of those that fit, the first that says something of a matter
decides it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from commands.rules import filters, hours
from commands.rules.filters import Filter, Values
from commands.rules.grouping import Grouping
from store.model import Alert, AlertReading, AlertRule, AlertStatus, Flapping, Route, Severity

BY_HAND = frozenset(("manual", "drill"))
"""Sources of what people open themselves: no rule is about that."""

Routed = Callable[[], Route]
"""The route of an alert, where a filter asks for it."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What holds a child: ``under`` is the filter of its parent, ``equal`` the labels that both
    have alike."""

    rule: AlertRule
    match: Filter
    under: Filter

    def child(self, values: Values, severity: Severity) -> tuple[str, ...] | None:
        """The values that a parent must have too; None where an alert is no child. What fits both
        filters is a parent and never its own child."""
        if severity is Severity.CRITICAL and not self.rule.criticals:
            return None
        if not self.match.fits(values) or self.under.fits(values):
            return None
        return self._equal(values)

    def parent(self, values: Values) -> tuple[str, ...] | None:
        """The values that its children have too; None where an alert is no parent."""
        return self._equal(values) if self.under.fits(values) else None

    def _equal(self, values: Values) -> tuple[str, ...] | None:
        found = [next(filter(None, values(name)), "") for name in self.rule.equal]
        return tuple(v.casefold() for v in found) if all(found) else None


class Book:
    """The alert rules in force, ready to be asked."""

    def __init__(self, rules: tuple[AlertRule, ...]) -> None:
        self._rules = [(rule, filters.read(rule.match)) for rule in rules]
        self._saying: dict[str, list[tuple[AlertRule, Filter]]] = {}
        self.parents = tuple(
            Parent(rule, match, filters.read(rule.under))
            for rule, match in self._rules
            if rule.under
        )

    def __bool__(self) -> bool:
        return bool(self._rules)

    def says(self, name: str) -> bool:
        """Whether any rule says something of a matter: ``delay``, ``severity`` …"""
        return bool(self._of(name))

    def rule(self, name: str, values: Values) -> AlertRule | None:
        """The rule that decides a matter for an alert."""
        return next((rule for rule, match in self._of(name) if match.fits(values)), None)

    def fitting(self, values: Values) -> list[AlertRule]:
        """Every rule that fits an alert."""
        return [rule for rule, match in self._rules if match.fits(values)]

    def _of(self, name: str) -> list[tuple[AlertRule, Filter]]:
        if name not in self._saying:
            said = [one for one in self._rules if getattr(one[0], name) is not None]
            self._saying[name] = said
        return self._saying[name]


@lru_cache(maxsize=8)
def book(rules: tuple[AlertRule, ...]) -> Book:
    """The rules of a version of the definitions."""
    return Book(rules)


def values_of(reading: AlertReading | Alert, source: str, routed: Routed) -> Values:
    """The values of an alert on its way; the route is looked for when a filter asks."""
    known: list[Values] = []
    bare = filters.of_alert(reading, source)

    def values(name: str) -> Any:
        if name not in ("route", "team"):
            return bare(name)
        if not known:
            route = routed()
            known.append(filters.of_alert(reading, source, route.name, route.team))
        return known[0](name)

    return values


def judged(found: Book, reading: AlertReading, values: Values) -> tuple[AlertReading, str]:
    """The alert as a severity rule wants it, and why; what is over is over, however bad."""
    if reading.status in (AlertStatus.RESOLVED, AlertStatus.INFO):
        return reading, ""
    rule = found.rule("severity", values)
    if rule is None or rule.severity is None:
        return reading, ""
    said = reading.severity_raw or reading.severity
    why = f"{rule.severity.capitalize()} because rule {rule.name} says so; the monitor: {said}."
    return replace(reading, severity=Severity(rule.severity)), why


def delay(found: Book, values: Values) -> int:
    """After how many minutes an alert's first page comes."""
    rule = found.rule("delay", values)
    return (rule.delay or 0) if rule is not None else 0


def hours_of(found: Book, values: Values, severity: Severity) -> AlertRule | None:
    """The rule that keeps an alert's first page within hours; of a critical one only where it says
    so."""
    rule = found.rule("hours", values)
    if rule is None or rule.hours is None:
        return None
    return rule if rule.criticals or severity != Severity.CRITICAL else None


def kept_quiet(found: Book, values: Values, severity: Severity) -> AlertRule | None:
    """The rule that keeps an alert quiet; a critical one only where it says so."""
    rule = found.rule("quiet", values)
    if rule is None or not rule.quiet:
        return None
    return rule if rule.criticals or severity != Severity.CRITICAL else None


def named(found: Book, values: Values) -> list[str]:
    """Every rule that fits an alert, in words."""
    return [f"{rule.name}: {said(rule)}" for rule in found.fitting(values)]


def flapping(found: Book, values: Values, grouping: Grouping) -> tuple[Flapping, str]:
    """When an alert flaps, and the words for whose rule that is."""
    rule = found.rule("flapping", values)
    if rule is None or rule.flapping is None:
        return grouping.flapping, ""
    return rule.flapping, f"Rule {rule.name}. "


# words


def said(rule: AlertRule) -> str:
    """A rule in a few words: ``warning host=staging-* · first page after 5 min``."""
    return " · ".join((rule.match.strip() or "every alert", *effects(rule)))


def effects(rule: AlertRule) -> Iterator[str]:
    """What a rule does, one by one."""
    if rule.severity is not None:
        yield f"counts as {rule.severity}"
    if rule.delay is not None:
        yield f"first page after {rule.delay} min" if rule.delay else "first page at once"
    if rule.hours is not None:
        yield f"first page {hours.words(rule.hours).strip()}"
    if rule.group_by is not None:
        yield f"one incident for each {', '.join(rule.group_by) or 'route'}"
    if rule.private:
        yield "is private"
    if rule.group_window is not None:
        yield f"joins for {rule.group_window} min"
    if rule.resolve_after is not None:
        yield f"over after {rule.resolve_after} min without a word"
    if rule.under is not None:
        alike = f" with the same {', '.join(rule.equal)}" if rule.equal else ""
        yield f"held while {rule.under} fires{alike}"
    if rule.flapping is not None:
        yield _flaps(rule.flapping)
    if rule.quiet is not None:
        yield "kept, nobody is paged" if rule.quiet else "never kept quiet"


def _flaps(one: Flapping) -> str:
    if not one.changes:
        return "never flaps"
    return f"flaps after {one.changes} changes in {one.within} min, until {one.calm} min calm"
