"""A simulated night in words: minute by minute who is paged how and why, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from commands.night import Event, Played
from commands.told import Told
from commands.words import bare_clock, date, duration, moment, surface_name
from store.clock import iso
from store.model import HOUR, Incident, IncidentStatus, Instant

MOST = 30
"""Lines that a chat gets."""

_STEP = re.compile(r"; (step \d+|fallback) of .*$")
_QUIET = ("page_sent", "alert", "linked", "send_failed")


def told(played: Played) -> Told:
    """The whole night."""
    story = _Story(played)
    return Told((*story.head(), *story.night(), *story.end()), facts(played))


def short(found: Told) -> Told:
    """The beginning and the end, for a chat."""
    left = len(found.lines) - MOST
    if left <= 1:
        return found
    more = f"… {left} more lines: pv simulate on the command line, with the same words"
    return replace(found, lines=(*found.lines[: MOST - 2], more, *found.lines[-2:]))


def facts(played: Played) -> dict[str, Any]:
    """The night for programs."""
    asked, pages = played.question, [e for e in played.events if e.kind == "page"]
    return {
        "at": iso(asked.at),
        "severity": str(asked.alert.severity),
        "labels": dict(asked.alert.labels),
        "route": played.incident.route,
        "team": played.incident.team,
        "policy": played.incident.policy,
        "version": played.known.version_id,
        "paged": list(dict.fromkeys(e.person for e in pages)),
        "status": str(played.incident.status),
        "ended": iso(played.ended),
        "events": [_plain(e) for e in played.events if e.kind not in _QUIET],
    }


def _plain(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {"at": iso(event.at), "event": event.kind, "why": event.why}
    if event.kind != "page":
        return {**found, "say": event.say}
    who = {"person": event.person, "via": event.via, "asked_by": event.by, "after": event.after}
    return {**found, **who, "step": event.step, "loop": event.loop}


class _Story:
    def __init__(self, played: Played) -> None:
        self._played, self._asked = played, played.question
        self._known, self._zone = played.known, played.question.zone
        self._said: tuple[Any, ...] = ()

    def head(self) -> Iterator[str]:
        asked = self._asked
        labels = ", ".join(f"{k}={v}" for k, v in sorted(asked.alert.labels.items()))
        of = f" with {labels}" if labels else ""
        when = date(asked.at, self._zone, year=True)
        yield f"If a {asked.alert.severity} alert{of} fired {when}. Nothing is sent."
        if twice := _other_occurrence(asked.at, self._zone):
            yield twice

    def night(self) -> Iterator[str]:
        for at, some in groupby(self._played.events, lambda e: e.at):
            events = [e for e in some if e.kind not in _QUIET]
            pages = [e for e in events if e.kind == "page"]
            groups = groupby(pages, lambda e: (e.person, e.step, e.loop, e.by, e.after))
            said = [self._line(e) for e in events if e.kind != "page"]
            said += [f"→ {self._page(list(group))}" for _, group in groups]
            for line in said:
                yield f"{self._clock(at)}  {line}"

    def _line(self, event: Event) -> str:
        if event.kind == "opened":
            return f"It opens. {event.why} {self._policy()}"
        return f"{event.say} {event.why}".strip()

    def _policy(self) -> str:
        incident = self._played.incident
        team = f"team {incident.team}" if incident.team else "no team"
        return f"Policy {incident.policy or 'default'}, {team}."

    def _page(self, pages: list[Event]) -> str:
        first = pages[0]
        person = self._known.people.get(first.person)
        name = person.name if person else first.person
        ways = " and ".join(dict.fromkeys(surface_name(e.via) for e in pages))
        there = self._there(first.at, person.zone) if person else ""
        why = _STEP.sub("", first.why.removeprefix(f"{name} is "))
        rule = f"{duration(first.after * 60_000)} after that began: " if first.after else ""
        return f"{name} by {ways}{there} · {rule}{why}"

    def _there(self, at: Instant, zone: str) -> str:
        same = moment(at, zone).utcoffset() == moment(at, self._zone).utcoffset()
        return "" if same else f" ({bare_clock(at, zone)} there)"

    def _clock(self, at: Instant) -> str:
        """``03:14``; the zone where it is another one, the day where a new one begins."""
        wall = moment(at, self._zone)
        said = (wall.date(), wall.tzname())
        before, self._said = self._said, said
        if not before or before[0] != said[0]:
            return date(at, self._zone)
        clock = f"{wall:%H:%M}" if wall.second == 0 else f"{wall:%H:%M:%S}"
        return clock if before[1] == said[1] else f"{clock} {said[1]} (clocks changed)"

    def end(self) -> Iterator[str]:
        played, pages = self._played, [e for e in self._played.events if e.kind == "page"]
        if not pages:
            yield "NOBODY would be paged."
        else:
            people = list(dict.fromkeys(e.person for e in pages))
            names = ", ".join(map(self._known.name_of, people))
            wait = pages[0].at - self._asked.at
            first = f"the first {duration(wait)} after it fired" if wait else "the first at once"
            count = f"{len(pages)} page{'s' if len(pages) != 1 else ''}"
            yield f"{count} to {names}; {first}."
        yield self._stands(played.incident)

    def _stands(self, incident: Incident) -> str:
        span = duration(self._played.ended - self._asked.at)
        if incident.status is IncidentStatus.ACKNOWLEDGED:
            return f"{self._known.name_of(incident.holder)} has it; looked at {span}."
        following = incident.next
        if following is not None and following.at is not None and following.kind != "nothing":
            who = " and ".join(map(self._known.name_of, following.who)) or "nobody yet"
            clock = self._clock(following.at)
            return f"Looked at {span}. Next {clock}: {who} {following.why}".strip()
        why = f": {following.why}" if following is not None and following.why else ""
        return f"After {span} nobody is asked any more{why}."


def _other_occurrence(at: Instant, zone: str) -> str:
    """A sentence where the wall clock shows that time twice."""
    wall = moment(at, zone).replace(tzinfo=None)
    for shift in (HOUR // 2, HOUR):
        for other, word in ((at + shift, "first"), (at - shift, "second")):
            then = moment(other, zone)
            if then.replace(tzinfo=None) == wall:
                name = moment(at, zone).tzname()
                return f"{wall:%H:%M} comes twice that night; this is the {word} one, in {name}."
    return ""
