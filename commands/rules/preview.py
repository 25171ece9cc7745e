"""What a change of definitions would do: who is on call then, whom it touches, where nobody would
be asked any more. Pure, by the functions that page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from commands.rules.oncall import stretches
from commands.rules.oncall.coverage import Coverage
from commands.rules.oncall.spans import Spans, union, without
from commands.rules.reach import Contacts, Hole, places
from store.model import Definitions, Instant, Severity
from store.model.oncall import Schedule


@dataclass(frozen=True, slots=True)
class Turned:
    """From ``start`` to ``end`` a schedule has other people on call than it had."""

    schedule: str
    start: Instant
    end: Instant
    before: tuple[str, ...]
    after: tuple[str, ...]


def turned(before: Definitions, after: Definitions, start: Instant, end: Instant) -> list[Turned]:
    """Each stretch in which somebody else is on call, by schedule, in order."""
    names = dict.fromkeys((*before.schedules, *after.schedules))
    found = []
    for name in names:
        old, new = before.schedules.get(name), after.schedules.get(name)
        if old != new:
            found += list(_turned(name, old, new, start, end))
    return found


def _turned(
    name: str, old: Schedule | None, new: Schedule | None, start: Instant, end: Instant
) -> Iterator[Turned]:
    tracks: list[list[tuple[Instant, tuple[str, ...]]]] = [
        [(s.start, s.people) for s in stretches(one, start, end)] if one else [(start, ())]
        for one in (old, new)
    ]
    edges = sorted({at for track in tracks for at, _ in track})
    held: Turned | None = None
    for n, at in enumerate(edges):
        until = edges[n + 1] if n + 1 < len(edges) else end
        was, now = (_at(track, at) for track in tracks)
        if held and (was == now or (held.before, held.after) != (was, now)):
            yield held
            held = None
        if was != now:
            held = Turned(name, held.start if held else at, until, was, now)
    if held:
        yield held


def _at(track: list[tuple[Instant, tuple[str, ...]]], at: Instant) -> tuple[str, ...]:
    return next((people for since, people in reversed(track) if since <= at), ())


def touched(before: Definitions, after: Definitions, spans: list[Turned]) -> list[str]:
    """The handles of people for whom something changes: their own definition, their teams, their
    turns, policies that ask them by name."""
    found = dict.fromkeys(who for span in spans for who in (*span.before, *span.after))
    handles = (*before.people, *after.people)
    found.update(dict.fromkeys(h for h in handles if before.people.get(h) != after.people.get(h)))
    for name in dict.fromkeys((*before.teams, *after.teams)):
        old, new = before.teams.get(name), after.teams.get(name)
        if old != new:
            both = [t for t in (old, new) if t is not None]
            duties = {h for t in both for h in (t.lead, t.oncall, t.manager, *t.duties.values())}
            members = {h for t in both for h in t.members} | duties
            members = {h for h in members if h in handles}
            found.update(dict.fromkeys(sorted(h for h in members if h)))
    for name in dict.fromkeys((*before.policies, *after.policies)):
        one, other = before.policies.get(name), after.policies.get(name)
        if one != other:
            asked = {t for p in (one, other) if p for s in p.steps for t in s.targets}
            named = (t.removeprefix("person:") for t in sorted(asked) if t.startswith("person:"))
            found.update(dict.fromkeys(named))
    return list(found)


def new_holes(
    before: Definitions, after: Definitions, start: Instant, end: Instant, contacts: Contacts
) -> list[Hole]:
    """When nobody would be asked who would have been asked before the change."""
    old: dict[tuple[str, str | None, Severity], Spans] = {}
    for hole in _holes(before, start, end, contacts):
        for severity in hole.severities:
            spans = old.setdefault((hole.place.policy.name, hole.place.team, severity), [])
            spans.append((hole.start, hole.end))
    found = []
    for hole in _holes(after, start, end, contacts):
        if hole.intended is None:
            name, team = hole.place.policy.name, hole.place.team
            held = (old.get((name, team, severity), []) for severity in hole.severities)
            left = (without([(hole.start, hole.end)], union(spans)) for spans in held)
            new = union(span for spans in left for span in spans)
            found += [replace(hole, start=since, end=until) for since, until in new]
    return found


def _holes(known: Definitions, start: Instant, end: Instant, contacts: Contacts) -> Iterator[Hole]:
    look = Coverage(known, start, end, contacts)
    for place in places(known):
        yield from look.holes(place)
