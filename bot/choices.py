"""What could be meant by the letters typed so far into a field: incidents, people, teams, times …;
for autocomplete and for menus that are asked while somebody types."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot import action_choices, nouns, resource_choices
from bot.cards import forms
from commands import registry
from commands.automation.offers import Offer
from commands.door import Door
from commands.errors import CommandError
from commands.natural import KINDS as TIMES
from commands.natural import is_ours, read_as, understood
from commands.registry import Field, Verb
from commands.rules.permission import ROLES
from commands.rules.range import zone_word
from commands.rules.when import BadTime
from commands.words import bare_clock, date
from store.model import Actor, Definitions, Incident, Instant, Listing, Severity

MOST = 25
Choices = list[tuple[str, str]]
"""(value, label) pairs."""

_INCIDENTS = ("incident", "incidents")
_LABELS = ("service", "source")
_COMPLETED = ("list", "view", "filter", "name", *_LABELS)
_WORDS = ("word", "words", "named", "name")
_BEGIN_WITH: Mapping[str, tuple[str, ...]] = {
    "when": ("1h", "4h", "tomorrow 9am", "monday 9am"),
    "moment": ("now", "tomorrow 9am", "monday 9am", "2h ago"),
    "range": ("tomorrow", "sat 08:00-20:00", "weekend", "next week"),
}


def noun(field: Field) -> str:
    """What a field's choices are: its kind, or the name of what a word names; empty where nothing
    can be proposed."""
    if field.kind in (*_KINDS, *TIMES, *_INCIDENTS, "list", "view", "filter", "noun"):
        return field.kind
    if (field.kind, field.name) in resource_choices.NOUNS:
        return resource_choices.NOUNS[field.kind, field.name]
    if (field.kind, field.name) in action_choices.NOUNS:
        return action_choices.NOUNS[field.kind, field.name]
    named = field.kind in _WORDS and field.name in (*_NAMES, *_LABELS)
    return field.name if named or (field.kind, field.name) == ("name", "name") else ""


def proposes(field: Field) -> bool:
    """Whether a field has choices to propose while somebody types."""
    return bool(field.choices) or bool(noun(field))


async def suggest(door: Door, verb: Verb, field: Field, text: str, actor: Actor) -> Choices:
    """Up to 25 (value, label) pairs for an argument."""
    what, known = noun(field), door.definitions()
    if what in _INCIDENTS:
        return await _incidents(door, verb, text, actor)
    if what in TIMES:
        return await _times(known, what, text, door.clock.now(), actor)
    if what == "noun":
        asked = known, door.clock.now(), known.people.get(actor.id)
        sight = door.sight(actor)
        numbered = await sight.read(door.reader, lambda tx: nouns.listed(tx, verb.about, asked))
        return [(v, n) for v, n in numbered if text.casefold().lstrip("#") in n.casefold()]
    if what in _COMPLETED:
        return await _completed(door, what, text, actor)
    if what in action_choices.NOUNS.values():
        return action_choices.suggested(door, text, actor)
    if what in resource_choices.NOUNS.values():
        return await resource_choices.suggested(door, what, text, actor)
    low = text.casefold().lstrip("#@").strip()
    options = field.choices or _options(what, _Known(known, door.rules.offers))
    return [(v, n) for v, n in options if low in n.casefold() or low in v.casefold()][:MOST]


async def _incidents(door: Door, verb: Verb, text: str, actor: Actor) -> Choices:
    """Those it can be about: open ones, or resolved ones for what opens them again; any one by its
    number."""
    over = any(b.when == ("resolved",) for b in verb.buttons)
    typed = text.casefold().lstrip("#").strip()
    asked = {"limit": MOST} | ({"status": "resolved"} if over else {})
    if not typed.isdecimal():
        listing: Listing = await door.ask("list", {**asked, "q": typed}, actor)
        return _titled(listing.incidents)[:MOST]
    every: Listing = await door.ask("list", {**asked, "limit": 500}, actor)
    found = _titled(i for i in every.incidents if str(i.id).startswith(typed))
    if typed not in dict(found) and 0 < int(typed) < 10**15:
        with suppress(CommandError):
            shown = await door.ask("show", {"incident": typed}, actor)
            found = [*_titled([shown.incident]), *found]
    return found[:MOST]


def _titled(found: Iterable[Incident]) -> Choices:
    return [(str(i.id), f"#{i.id} {i.title}"[:100]) for i in found]


async def _completed(door: Door, kind: str, text: str, actor: Actor) -> Choices:
    """The words of a list, a view's name, or the values there are of a label."""
    label = f"{kind}=" if kind in _LABELS else ""
    asked = {"text": f"{label}{text}", "kind": "view" if kind in ("view", "name") else "list"}
    told = await door.ask("completions", asked, actor)
    found = [line.removeprefix(label) for line in told.lines if line.startswith(label)]
    return [(line, line) for line in found if line][:MOST]


# ---- times -------------------------------------------------------------------------------------


async def _times(known: Definitions, kind: str, text: str, now: Instant, actor: Actor) -> Choices:
    """What the words mean, said back; proposals where nothing is typed yet."""
    person = known.people.get(actor.id)
    zone = person.zone if person else "UTC"
    typed = " ".join(text.split())
    lines = [typed] if typed else list(_BEGIN_WITH[kind])
    found: Choices = []
    for line in lines:
        found += await asyncio.to_thread(_echo, known, kind, line, now, zone)
    if typed and not found:
        begun = (b for b in _BEGIN_WITH[kind] if b.startswith(typed.casefold()))
        for line in begun:
            found += _echo(known, kind, line, now, zone)
    return found


def _echo(known: Definitions, kind: str, text: str, now: Instant, zone: str) -> Choices:
    """``sat 20:00 → Sat 28 Nov 20:00 Berlin, 19:00 London``; one for each that may be meant."""
    try:
        ours = text if is_ours(kind, text) else understood(kind, text, now, zone)
        shown = read_as(kind, ours, now, zone) if ours else None
    except BadTime as error:
        if not error.choices:
            return []
        return [e for choice in error.choices for e in _echo(known, kind, choice, now, zone)]
    if shown is None:
        return []
    said = _without_zone(date(shown.start, zone))
    if shown.end is not None:
        said += f" to {_without_zone(date(shown.end, zone))}"
    there = f" {zone_word(zone)}{_elsewhere(known, shown.start, zone)}"
    return [(text[:100], f"{text} → {said}{there}"[:100])]


def _without_zone(said: str) -> str:
    return said.rpartition(" ")[0]


def _elsewhere(known: Definitions, at: Instant, zone: str) -> str:
    """The same instant on the clock of the schedules, where that shows another time."""
    zones = [s.zone for s in known.schedules.values()]
    most = max(set(zones), key=zones.count) if zones else zone
    clock = bare_clock(at, most)
    return "" if clock == bare_clock(at, zone) else f", {clock} {zone_word(most)}"


# ---- names -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """Where names come from."""

    definitions: Definitions
    actions: Iterable[Offer]


def _options(what: str, known: _Known) -> Iterable[tuple[str, str]]:
    found = _KINDS.get(what) or _NAMES.get(what)
    return found(known) if found is not None else ()


def _people(known: _Known) -> Choices:
    return [(h, p.name) for h, p in known.definitions.people.items()]


def _teams(known: _Known) -> Choices:
    return [(f"team:{n}", f"team {n}") for n in known.definitions.teams]


def _schedules(known: _Known) -> Choices:
    return [(f"schedule:{n}", f"schedule {n}") for n in known.definitions.schedules]


def _same(names: Iterable[str]) -> Choices:
    return [(n, n) for n in dict.fromkeys(names) if n]


def _entitled(one: Offer) -> str:
    return f"{one.name}: {one.title}"[:100] if one.title else one.name


def _named(name: str) -> Callable[[_Known], Choices]:
    return lambda known: list(forms.named(name, known.definitions))


def _channels(known: _Known) -> Choices:
    return _same(c for r in known.definitions.routes for c in r.channels)


def _verbs(known: _Known) -> Choices:
    listed = [v for v in registry.CATALOG.values() if v.listed]
    groups = dict.fromkeys(v.group for v in listed)
    verbs = [(v.name, f"{v.name}: {v.help}"[:100]) for v in listed]
    return [*verbs, *((g, f"{g}: all commands of this group") for g in groups)]


_KINDS: Mapping[str, Callable[[_Known], Choices]] = {
    "person": _people,
    "who": lambda known: [*_people(known), *_teams(known)],
    "duty": lambda known: [*_teams(known), *_schedules(known), *_people(known)],
    "schedule": lambda known: list(forms.schedules(known.definitions)),
}
_NAMES: Mapping[str, Callable[[_Known], Choices]] = {
    **{n: _named(n) for n in ("team", "policy", "rule")},
    "channel": _channels,
    "role": lambda known: _same(ROLES),
    "action": lambda known: [(o.name, _entitled(o)) for o in known.actions],
    "severity": lambda known: _same(str(s) for s in Severity),
    "verb": _verbs,
}
