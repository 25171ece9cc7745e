"""Alerts find the resource they are about before they are taken in, so that routes, rules, groups
and filters see whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from commands.inventory import toll
from commands.rules import falling, inheriting, matching
from commands.rules.clues import OURS, Clue, clues
from commands.rules.inventory import InventoryRules
from store.db import Tx
from store.inventory import about, resources, ties
from store.model import About, AlertReading, AlertStatus, AlertType
from store.model.known import Known

_CANDIDATES = 200


def asked(reading: AlertReading) -> bool:
    """Whether it matters what a reading is about: what is over is found by its key."""
    gone = reading.status in (AlertStatus.RESOLVED, AlertStatus.INFO)
    return not gone and reading.type is not AlertType.CHANGE


class _Look(NamedTuple):
    reading: AlertReading
    clues: list[Clue]


def matched(
    tx: Tx, rules: InventoryRules, source: str, readings: Sequence[AlertReading]
) -> tuple[AlertReading, ...]:
    """The readings with what they are about, and with what they have from it: one look for the
    names of all, one for the resources, one for each height above them."""
    if not rules.sources:
        return tuple(readings)
    looks = {i: _Look(r, clues(r)) for i, r in enumerate(readings) if asked(r)}
    found = resources.by_names(tx, {c.name for look in looks.values() for c in look.clues})
    if not found:
        return tuple(map(bare, readings))
    known = resources.many(tx, list(_candidates(looks.values(), found)))
    found = _meant(rules, source, found, known)
    chosen = {
        i: matching.choose(look.reading, source, look.clues, found, known)
        for i, look in looks.items()
    }
    above = _belongs_to(tx, [m.known.id for m in chosen.values() if m.known is not None])
    out = list(map(bare, readings))
    for i, match in chosen.items():
        one = match.known
        over = above.get(one.id, []) if one is not None else []
        told = _told(tx, rules, readings[i], match, over)
        on = matching.carrier(one, looks[i].clues, found, known) if one is not None else None
        if on is not None and told.about is not None:
            told = replace(told, about=replace(told.about, ids=(*told.about.ids, on.id)))
        out[i] = told
    return tuple(out)


def _candidates(
    looks: Iterable[_Look], found: dict[str, list[tuple[int, bool]]]
) -> Iterator[int]:  # fmt: skip
    seen: set[int] = set()
    for look in looks:
        for clue in look.clues:
            for number, _ in found.get(clue.name, [])[:_CANDIDATES]:
                if number not in seen:
                    seen.add(number)
                    yield number


def _meant(
    rules: InventoryRules, source: str, found: dict[str, list[tuple[int, bool]]],
    known: Mapping[int, Known],
) -> dict[str, list[tuple[int, bool]]]:  # fmt: skip
    """Without what strangers called so: their things are meant by their ids, or by their own."""
    theirs = {name for name, one in rules.sources.items() if one.strangers and name != source}
    if not theirs:
        return found
    return {
        name: [
            (number, strong) for number, strong in some
            if strong or (one := known.get(number)) is None or one.source not in theirs
        ]
        for name, some in found.items()
    }  # fmt: skip


def _belongs_to(tx: Tx, numbers: list[int]) -> dict[int, list[Known]]:
    """What each belongs to, the nearest first: namespaces, projects, clusters, but not the machines
    that carry it."""
    if not numbers:
        return {}
    up = about.climbed(tx, numbers, inheriting.CARRIERS)
    known = resources.many(tx, {one for some in up.values() for one in some})
    return {n: [known[one] for one in some if one in known] for n, some in up.items()}


def _told(
    tx: Tx, rules: InventoryRules, reading: AlertReading, match: matching.Match, above: list[Known]
) -> AlertReading:
    one = match.known
    if one is None:
        said = f"What it is about is not known: {match.why}." if match.why else ""
        return replace(bare(reading), about=About(said=said) if said else None)
    of_source = rules.sources.get(one.source)
    provider = of_source.kind if of_source is not None else ""
    labels, from_it = inheriting.inherited(reading.labels, one, above, provider)
    if not rules.inherit:
        labels, from_it = {}, ""
    r = one.resource
    kind, by = r.kind.replace("_", " "), match.why.partition(" ")[0]
    named = "" if by == OURS else f", found by its {by.replace('_', ' ')}"
    said = f"About {kind} {r.name} of {one.source}{named}{': ' if from_it else ''}{from_it}."
    word = falling.fell(reading, one) if rules.gather else ""
    carries = r.kind in falling.PARENTS
    found = About((one.id,), said, word, _title(tx, one, word), carries, r.name)
    return replace(bare(reading), labels={**bare(reading).labels, **labels}, about=found)


def _title(tx: Tx, one: Known, word: str) -> str:
    """What is lost with it, where anything is."""
    if not word:
        return ""
    found = toll.of(tx, ties.descendants(tx, one.id, toll.BELOW))
    return found.title(one.resource.name, word) if found.numbers else ""


def bare(reading: AlertReading) -> AlertReading:
    """Without the name that is for the machine alone."""
    if OURS not in reading.labels:
        return reading
    labels = {name: value for name, value in reading.labels.items() if name != OURS}
    return replace(reading, labels=labels)
