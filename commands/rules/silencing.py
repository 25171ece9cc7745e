"""What the filter of a silence means: what it hides, and that criticals are hidden by their word
alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from commands.rules import filters
from commands.rules.filters import BadFilter, Filter, Term, Values
from store.model import Severity

CRITICAL = str(Severity.CRITICAL)
_NOT_OF_ALERTS = {
    "who": "Who has an incident is not known of an alert",
    "tag": "Alerts have no tags",
    "status": "A silence hides what fires",
}
_TRY = "Say what: host=staging-2, service=checkout, team:db."
_HOSTS = ("host", "hostname", "host_name", "node", "nodename", "instance")
_PLACES = ("service", "job", "namespace")


@dataclass(frozen=True, slots=True)
class Matcher:
    """Hides what fits ``filter``, criticals only ``with_criticals``."""

    filter: Filter
    with_criticals: bool

    def hides(self, severity: Severity, values: Values) -> bool:
        """Whether something of that severity with these values is hidden."""
        if severity is Severity.CRITICAL and not self.with_criticals:
            return False
        return self.filter.fits(values)

    def __str__(self) -> str:
        return f"{self.filter} {CRITICAL}" if self._says_it_alone else str(self.filter)

    @property
    def _says_it_alone(self) -> bool:
        term = self.filter.of("severity")
        return self.with_criticals and (term is None or CRITICAL not in term.globs)


def read(text: str) -> Matcher:
    """The matcher that words mean: a filter, where ``critical`` alone means criticals too.

    BadFilter where it would hide everything, or asks what is not known of an alert.
    """
    found = filters.read(text)
    for term in found.terms:
        if why := _NOT_OF_ALERTS.get(term.name):
            raise BadFilter(f"{why}. {_TRY}")
    said = [t for t in found.terms if t.name == "severity" and not t.but and CRITICAL in t.globs]
    rest = tuple(t for t in found.terms if t not in said or t.globs != (CRITICAL,))
    bare = replace(found, terms=rest)
    if not bare.words and all(map(_fits_all, bare.terms)):
        raise BadFilter(f"That would silence everything. {_TRY}")
    return Matcher(bare, bool(said))


def _fits_all(term: Term) -> bool:
    return not term.but and any(set(glob) <= {"*"} for glob in term.globs)


def of_labels(labels: Mapping[str, str], service: str | None, resource: str | None) -> str:
    """The filter that a form begins with: where something is, by its host and service."""
    host = next((labels[n] for n in _HOSTS if labels.get(n)), None)
    place = next((n for n in _PLACES if labels.get(n)), None)
    said: list[tuple[str, str]] = []
    if host or resource:
        said.append(("host" if host else "resource", host or resource or ""))
    if place or service:
        said.append((place or "service", labels[place] if place else service or ""))
    return str(Filter(tuple(Term(name, (_plain(value),)) for name, value in said)))


def _plain(value: str) -> str:
    """A value as a glob that fits it alone, where it can be one: commas part alternatives."""
    escaped = "".join(f"[{c}]" if c in "*?[" else c for c in value.casefold())
    return escaped.replace(",", "?")
