"""Readers of flat bodies as tables: which fields say what, under the names people give them.

For the tools whose users write the body themselves out of the tool's variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from integrations import _read
from integrations.base import Malformed
from store.model import AlertReading, AlertStatus, AlertType, Severity

Names = tuple[str, ...]

_DEPTH = 4
_MOST = 500


def names(said: str) -> Names:
    """Names as ``leaves`` writes them, separated by spaces, the best first."""
    return tuple(said.split())


def leaves(body: Mapping[str, Any]) -> dict[str, Any]:
    """The scalars of an object under plain names: ``{"rule": {"id": 1}}`` is ``ruleid``.

    Of a list of objects the first is looked into; scalars in a list stand as text with commas. The
    outermost of two alike stays.
    """
    found: dict[str, Any] = {}
    level: list[tuple[str, Mapping[str, Any]]] = [("", body)]
    for _ in range(_DEPTH):
        inside: list[tuple[str, Mapping[str, Any]]] = []
        for path, holder in level:
            for name, value in islice(_read.folded(holder).items(), _MOST):
                inner = value[0] if isinstance(value, list) and value else value
                if isinstance(inner, dict):
                    inside.append((path + name, inner))
                elif isinstance(value, list):
                    found.setdefault(path + name, ", ".join(_read.words(value, 20)))
                else:
                    found.setdefault(path + name, value)
        level = inside[:50]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Where a tool's alert has its parts.

    ``key`` lists groups of names: the first group whose first name says something is the identity,
    its parts joined. ``severities`` are words of the tool that mean something else elsewhere.
    """

    type: AlertType
    key: tuple[Names, ...]
    title: Names
    state: Names = ()
    states: Mapping[str, AlertStatus] = field(default_factory=dict)
    severity: Names = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    resource: Names = ()
    text: Names = ()
    links: tuple[tuple[str, Names], ...] = ()
    starts: Names = ()
    ends: Names = ()
    missing: AlertStatus = _read.FIRING

    def alert(self, body: dict[str, Any], status: AlertStatus | None = None) -> AlertReading:
        """The alert of a body; Malformed where nothing in it can be its title."""
        found = leaves(body)
        said = _read.first(found, *self.state)
        told = bool(said) or status is not None
        status = status or _read.state(said, self.states, self.missing)
        title = self.heading(found)
        resource = _read.first(found, *self.resource)
        if not title:
            title = _read.unexpanded(found) or resource
            if not title:
                raise Malformed(f"there is no title in it: send {self.title[0]}", self.title[0])
            status = status if told or resource else _read.INFO
        word = _read.raw(found, *self.severity)
        return _read.alert(
            status,
            self.identity(found),
            _read.on(title, resource),
            type=self.type,
            word=word,
            severity=self.severities.get(_read.word(word)),
            description=_read.first(found, *self.text),
            resource=resource,
            labels=self.labels(body),
            links=[(name, _read.first(found, *each)) for name, each in self.links],
            starts=_read.first(found, *self.starts) or None,
            ends=_read.first(found, *self.ends) or None,
        )

    def heading(self, found: Mapping[str, Any]) -> str:
        """What people read first."""
        return _read.first(found, *self.title)

    def identity(self, found: Mapping[str, Any]) -> str:
        """The first group that says something, or "" where none does."""
        for group in self.key:
            said = [_read.first(found, name) for name in group]
            if said[0]:
                return " ".join(each for each in said if each)
        return ""

    def labels(self, body: Mapping[str, Any]) -> dict[str, str]:
        """The plain fields beside what is shown elsewhere, and the labels and tags."""
        shown = {*self.title, *self.text, *self.state, *self.ends}
        flat = _read.flat(body)
        kept = {name: said for name, said in flat.items() if _read.plain(name) not in shown}
        for name in ("tags", "Tags", "labels", "dimensions"):
            kept |= _read.tags(body.get(name))
        return kept
