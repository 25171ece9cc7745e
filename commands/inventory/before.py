"""What became otherwise of the resource an incident is about, and of what that stands on, in the
hour before: the nearest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commands.rules.inventory_words import kind_said
from store.db import Tx
from store.inventory import about, happenings, resources
from store.inventory.happenings import Happened, Wanted
from store.model import HOUR, MINUTE, Before, Change, Incident, Instant
from store.model.known import Known, ResourceChange

_FAR, _MOST = 40, 60
_SYMPTOM = 2 * MINUTE
"""That something is in another state so shortly before is what is wrong, and not why."""
_NOT_A_CAUSE = ("health", "seen")
_ONCE = ("created", "appeared", "gone")


def of_incident(tx: Tx, incident: Incident, window: Instant = HOUR) -> list[Before]:
    """Changes of its resources and of what they stand on, the nearest first, then what was done,
    then the newest; that a state became another by itself is more often what is wrong than why."""
    numbers = about.of_incident(tx, incident.id)
    if not numbers:
        return []
    return of_resources(tx, numbers, incident.opened_at - window, incident.opened_at)


def of_resources(tx: Tx, numbers: Sequence[int], since: Instant, until: Instant) -> list[Before]:
    """The same for some resources between two instants."""
    up = about.climbed(tx, numbers)
    order = list(dict.fromkeys((*numbers, *(n for some in up.values() for n in some))))[:_FAR]
    far = {number: at for at, number in enumerate(order)}
    known = resources.many(tx, order)
    found = [
        (far[number], late, -each.change.at, at, each)
        for at, (number, late, each) in enumerate(_all(tx, known, order, since, until))
    ]
    return [each for *_, each in sorted(found, key=lambda one: one[:4])]


def _all(
    tx: Tx, known: dict[int, Known], order: Sequence[int], since: Instant, until: Instant
) -> Iterator[tuple[int, bool, Before]]:
    for one in resources.changes_of(tx, order, since, until, _MOST):
        there = known.get(one.resource_id)
        if there is not None and _may_be_why(one, until):
            by_itself = one.what == "state" and not one.who
            yield there.id, by_itself, _before(there, one.at, _words(one), one.who)
    keys = {k.resource.key: k for k in known.values()}
    wanted = Wanted(since, until, resources=tuple(keys))
    for happened in happenings.search(tx, wanted, _MOST):
        there = keys.get(happened.resource)
        if there is not None and happened.change:
            yield there.id, False, _before(there, happened.at, _event(happened), happened.who)


def _may_be_why(change: ResourceChange, until: Instant) -> bool:
    if change.what in _NOT_A_CAUSE:
        return False
    return change.what != "state" or bool(change.who) or change.at <= until - _SYMPTOM


def _words(change: ResourceChange) -> str:
    if change.what in _ONCE:
        word = "first seen" if change.what == "appeared" else change.what
        return f"{word}{f' as {change.after}' if change.after else ''}"
    if change.what == "event":
        return change.after
    if change.what == "parents":
        return "moved"
    return f"{change.what} {change.before or 'nothing'} → {change.after or 'nothing'}"


def _event(happened: Happened) -> str:
    text = happened.text.split("\n", 1)[0]
    return f"{happened.reason}: {text}" if text else happened.reason


def _before(there: Known, at: Instant, said: str, who: str) -> Before:
    r = there.resource
    by = f" by {who}" if who else ""
    title = f"{r.name}: {said}{by}"
    change = Change(0, at, there.source, f"{r.key}:{at}", title, resource=r.name)
    return Before(change, f"{kind_said(r.kind)} {r.name}")
