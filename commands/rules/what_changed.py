"""Which changes stand on the card of what broke: those about the same thing, else the latest.

A change is about the same thing where both name it (service, host, application, …), or where the
change's words do. One of another environment is about something else. Where nothing fits, the
latest one is shown as such: what it touched may not be what it named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from store.model import HOUR, Before, Change, Incident

WINDOW = HOUR
SHOWN = 2

_PLACES = (
    "service", "app", "application", "component", "resource", "deployment", "job", "host",
    "hostname", "instance", "node", "pod", "container", "database", "project", "repo",
    "repository", "namespace", "cluster", "statefulset", "daemonset", "workload",
)  # fmt: skip
_ENVIRONMENTS = ("environment", "env", "stage")
_SAME_WORD = {"prod": "production", "prd": "production", "live": "production",
              "stg": "staging", "stage": "staging", "dev": "development"}  # fmt: skip
_WORD = re.compile(r"[\w.-]+")
_SHORTEST = 2


def before(changes: Iterable[Change], incident: Incident) -> tuple[Before, ...]:
    """What to show of the changes of the hour before, given newest first."""
    fit = [change for change in changes if not _elsewhere(change, incident)]
    named = list(_names(incident.labels, incident.resource, incident.service))
    near = [(change, why) for change in fit if (why := _why(change, named))]
    if near:
        more = len(near) - SHOWN
        shown = [Before(change, why) for change, why in near[:SHOWN]]
        last = shown[-1]
        return (*shown[:-1], Before(last.change, last.why, max(more, 0)))
    return (Before(fit[0], "", len(fit) - 1),) if fit else ()


def nearest(near: Sequence[Before], said: Sequence[Before]) -> tuple[Before, ...]:
    """What to show where something of the resource itself, or of what it stands on, changed: that
    first, then what has to do with it otherwise."""
    both = [*near, *(one for one in said if one.why)]
    hidden = len(both) - SHOWN + sum(one.more for one in said if one.why)
    shown = [replace(one, more=0) for one in both[:SHOWN]]
    shown[-1] = replace(shown[-1], more=max(hidden, 0))
    return tuple(shown)


def matches(change: Change, words: Sequence[str]) -> bool:
    """Whether every word stands in what is known of a change."""
    text = " ".join((change.title, change.source, change.resource or "", change.description,
                     *(f"{k}={v}" for k, v in change.labels.items()))).casefold()  # fmt: skip
    return all(word.casefold() in text for word in words)


def _why(change: Change, named: Sequence[tuple[str, str]]) -> str:
    """``service checkout``: the first thing of the incident that the change is about."""
    theirs = {form for _, value in _names(change.labels, change.resource, None)
              for form in _forms(value)}  # fmt: skip
    said = set(_WORD.findall(change.title.casefold()[:500]))
    for name, value in named:
        forms = _forms(value)
        if forms & theirs or forms & said:
            return f"{name} {value}"
    return ""


def _names(
    labels: Mapping[str, str], resource: str | None, service: str | None
) -> Iterator[tuple[str, str]]:
    """What it is about, by the best name first."""
    if service:
        yield "service", service
    if resource:
        yield "resource", resource
    for place in _PLACES:
        if value := labels.get(place):
            yield place, value


def _forms(value: str) -> frozenset[str]:
    """``shop/api`` is also ``api``, ``db-3.example.eu:9100`` also ``db-3``."""
    whole = value.casefold().strip()[:200]
    last = whole.rstrip("/").rpartition("/")[2]
    host = last.partition(":")[0]
    found = {whole, last, host}
    if not host.replace(".", "").isdigit():  # an address has no short form
        found.add(host.partition(".")[0])
    return frozenset(form for form in found if len(form) >= _SHORTEST)


def _elsewhere(change: Change, incident: Incident) -> bool:
    theirs, ours = _environment(change.labels), _environment(incident.labels)
    return bool(theirs and ours and theirs != ours)


def _environment(labels: Mapping[str, str]) -> str:
    said = next((labels[name] for name in _ENVIRONMENTS if labels.get(name)), "")
    folded = said.casefold().strip()
    return _SAME_WORD.get(folded, folded)
