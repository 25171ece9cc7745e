"""Why an incident is as it is, and why somebody was paged or was not: in words, from the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from commands import calendars, posting
from commands.context import View
from commands.errors import Invalid, NotFound
from commands.oncall import zone_of
from commands.queries import EVERY, READ, Show, detail
from commands.registry import Button, arg, query
from commands.rules import escalation
from commands.why_person import STATES, Asking, about
from commands.words import answered_from, local, surface_name
from store import definitions as versions
from store import outbox, runs
from store.db import Tx
from store.model import Definitions, Incident, IncidentDetail, IncidentStatus, Person, Policy

_OF = re.compile(r"(?:[Ss]tep \d+|fallback) of (\S+?)(?: skipped)?[.;]?(?: |$)")
_NOT_ASKED = (
    "skip", "page_failed", "page_held", "page_throttled", "quiet", "maintenance", "delay", "held",
    "flapping",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Why:
    """Arguments of ``why``."""

    incident: int = arg("incident", "The incident's number, such as 1842.")
    who: str = arg("person", "Only about this person: why they were paged, or were not.",
                   default="")  # fmt: skip


@query(
    "why",
    group="incident",
    permission=READ,
    args=Why,
    example="why 1842 @omar",
    buttons=(Button("Why? Who was paged?", "more", EVERY, order=9),),
)
async def why(view: View, args: Why) -> list[str]:
    """Why is it here, who was paged and why; of a person, why they were or were not."""
    if args.who:
        return await _of_person(view, args.incident, _person(view, args.who))
    found, asked = await view.read(lambda tx: _gathered(tx, args.incident))
    shown = await view.read(lambda tx: _shown(tx, args.incident))
    return _lines(view, found, asked, shown)


@query(
    "why-me", group="incident", permission="self", args=Show, listed=False, example="why-me 1842"
)  # fmt: skip
async def why_me(view: View, args: Show) -> list[str]:
    """Why you were paged, or were not."""
    person = view.definitions.people.get(view.actor.id)
    if person is not None:
        return await _of_person(view, args.incident, person)
    found, asked = await view.read(lambda tx: _gathered(tx, args.incident))
    return _lines(view, found, asked)


def _person(view: View, who: str) -> Person:
    name = who.removeprefix("@")
    name = view.actor.id if name == "me" else name
    people = view.definitions.people
    low = name.casefold()
    fits = [p for p in people.values() if low in (p.name.casefold(), p.first_name.casefold())]
    if name in people or len(fits) == 1:
        return people.get(name) or fits[0]
    known = " · ".join(f"{p.name} ({p.handle})" for p in fits or people.values())
    raise Invalid(f"{'Which' if fits else 'I do not know'} {name}? {known}", "who")


def _gathered(tx: Tx, number: int) -> tuple[IncidentDetail, list[Any]]:
    found = detail(tx, number)
    if found is None:
        raise NotFound(f"There is no incident #{number}.")
    return found, runs.of_incident(tx, number)


# ---- of everybody ------------------------------------------------------------------------------


def _shown(tx: Tx, number: int) -> frozenset[str]:
    """The channels in which its card stands."""
    return frozenset(row.place for row in outbox.places(tx, number))


def _lines(
    view: View, found: IncidentDetail, asked: list[Any], shown: frozenset[str] | None = None
) -> list[str]:
    kinds = ("opened", "reopen", "severity")
    lines = [e.why for e in found.timeline if e.kind in kinds and e.why][-3:]
    for run in asked[-6:]:
        pages = [p for p in found.pages if p.person == run.person and p.step == run.step]
        said = (f"{surface_name(p.via)} {STATES.get(p.state, p.state)}" for p in pages)
        states = ", ".join(said) or "nothing sent yet"
        lines.append(f"{view.definitions.name_of(run.person)}: {run.why}. {states}.")
    lines += [f"{e.say} {e.why}" for e in found.timeline if e.kind in _NOT_ASKED][-3:]
    if found.incident.status is IncidentStatus.ACKNOWLEDGED and found.incident.holder:
        holder = view.definitions.name_of(found.incident.holder)
        place = answered_from(found.incident.holder_from or "")
        lines.append(f"{holder} has it, answered {place}; {_still(view, found.incident)}.")
    lines += _hidden(view, found.incident)
    lines += _not_posted(view, found.incident, shown)
    return lines or ["Nothing was decided yet."]


def _hidden(view: View, incident: Incident) -> list[str]:
    """The silence that hides it, by its number."""
    hush, until = incident.hush, incident.silenced_until
    if hush is None or until is None or until <= view.now:
        return []
    by, when = view.definitions.name_of(hush.by), local(until, zone_of(view), view.now)
    why = f": {hush.text}" if hush.text else ""
    return [f"Silence {hush.id} of {by}'s hides it until {when}{why}. What it is: silences"]


def _not_posted(view: View, incident: Incident, shown: frozenset[str] | None) -> list[str]:
    """The channels of its route that do not show it, and by which rule."""
    if shown is None or not view.definitions.channels:
        return []
    found = posting.verdicts(view.definitions, incident, view.now)
    return [
        f"Not posted in {place.partition(':')[2]}: {verdict.why}."
        for place, verdict in found.items()
        if verdict.why and place not in shown
    ]


def _still(view: View, incident: Incident) -> str:
    """Who is asked though somebody has it, and who will be."""
    asked = [f"{view.definitions.name_of(h)} is still asked" for h in incident.asking]
    nxt = incident.next
    if nxt is not None and nxt.kind == "page" and nxt.step is not None:
        names = " and ".join(view.definitions.name_of(h) for h in nxt.who) or "nobody yet"
        asked.append(f"step {nxt.step + 1} pages {names} {nxt.why}".strip())
    return " and ".join(asked) or "nobody else is asked"


# ---- of one person -----------------------------------------------------------------------------


async def _of_person(view: View, number: int, person: Person) -> list[str]:
    def gather(tx: Tx) -> tuple[IncidentDetail, list[Asking], Policy]:
        found, asked = _gathered(tx, number)
        pinned = _pinned(tx, view, found.incident)
        policy = escalation.policy_of(pinned, found.incident.policy)
        return found, list(_askings(tx, found, asked, pinned)), policy

    found, askings, policy = await view.read(gather)
    return list(about(person, found, askings, policy, view.definitions, zone_of(view), view.now))


_Step = tuple[int, int, str, str]
"""Step, pass, who asks, the policy's name."""


def _askings(
    tx: Tx, found: IncidentDetail, asked: list[Any], pinned: Definitions
) -> Iterator[Asking]:
    """Each time a step asked somebody or was skipped, with what was defined then."""
    known: dict[int | None, Definitions] = {}
    times: dict[_Step, tuple[int, list[str]]] = {}
    for run in asked:
        key = (run.step, run.loop, run.asked_by, _policy_in(run.why, found.incident))
        times.setdefault(key, (run.started_at, []))[1].append(run.person)
    skipped: dict[_Step, tuple[int, str]] = {}
    for e in found.timeline:
        if e.kind == "skip" and "step" in e.detail:
            policy = _policy_in(e.say, found.incident)
            key = (e.detail["step"], e.detail["loop"], runs.STEP, policy)
            skipped[key] = (e.at, f"{e.say} {e.why}")
    for key in sorted({*times, *skipped}, key=lambda k: (k[1], k[0], k[2])):
        at, people = times.get(key) or (skipped[key][0], [])
        version = versions.version_at(tx, at)
        if version not in known:
            known[version] = calendars.load(tx, at, version)
        words = "" if key in times else skipped[key][1]
        of = escalation.policy_of(pinned, key[3])
        yield Asking(*key[:3], at, tuple(people), known[version], of, words)


def _policy_in(words: str, incident: Incident) -> str:
    """The policy a reason names: an incident may go on under another one."""
    named = _OF.search(words)
    return named[1] if named else incident.policy or ""


def _pinned(tx: Tx, view: View, incident: Incident) -> Definitions:
    version = incident.policy_version_id
    if version is None or version == view.definitions.version_id:
        return view.definitions
    return versions.load(tx, version)
