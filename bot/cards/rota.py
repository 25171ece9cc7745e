"""Changes of the rota as those hear of them whom they put on call or take off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import msgspec

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Head, Note, Press, Rows, Span, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange
from commands.rota import say
from commands.rules.range import zone_word
from store import definitions, lineage
from store.db import Tx
from store.definitions import ROTA
from store.model import DAY, Definitions, Instant
from store.model.oncall import RotaChange

_MOST = 20


@dataclass(frozen=True, slots=True)
class Changed:
    """What one command changed, and who took it back."""

    changes: tuple[RotaChange, ...]
    back_by: str = ""

    @property
    def first(self) -> RotaChange:
        """The one that all are known by."""
        return self.changes[0]

    @property
    def span(self) -> tuple[Instant, Instant]:
        """From when to when it holds."""
        held = [each for c in self.changes if (each := c.override or c.swap or c.temporary)]
        return min(e.start for e in held), max(e.end for e in held)

    def on(self) -> list[str]:
        """Whom it puts on call."""
        found: list[str] = []
        for c in self.changes:
            if c.override and c.override.add:
                found.append(c.override.add)
            if c.swap and c.swap.to_person:
                found.append(c.swap.to_person)
            if c.temporary:
                found += [p for shift in c.temporary.shifts for p in shift.people]
        return list(dict.fromkeys(found))

    def off(self) -> list[str]:
        """Whom it takes off."""
        found = [c.override.remove for c in self.changes if c.override and c.override.remove]
        found += [c.swap.from_person for c in self.changes if c.swap]
        return list(dict.fromkeys(found))


def read(tx: Tx, name: str) -> Changed | None:
    """A change by its number, also one that was taken back."""
    found: list[RotaChange] = []
    by, number = "", int(name) if name.isdecimal() else 0
    while number and len(found) < _MOST:
        last = lineage.last(tx, ROTA, str(number))
        change = msgspec.convert(last[0], RotaChange) if last else None
        if last is None or change is None or (found and change.batch != found[0].id):
            break
        found.append(change)
        gone = definitions.version(tx, last[1]) if last[1] is not None else None
        by, number = gone.author if gone else by, number + 1
    return Changed(tuple(found), by) if found else None


def dates(start: Instant, end: Instant, zone: str, now: Instant) -> Spans:
    """``Sat 28 Nov 08:00–20:00 Berlin``: what one schedule's clock says."""
    return (own(f"{say.span(start, end, zone, now)} {zone_word(zone)}"),)


def for_you(start: Instant, end: Instant, zone: str) -> Spans:
    """``For you: 07:00–19:00``, on each reader's own clock."""
    first, last = words.moment(start, zone), words.moment(end, zone)
    near = first.date() == last.date() and end - start < DAY
    form = "time" if near else "date"
    said = words.clock if near else words.date
    ends = (Span(said(at, "UTC"), at=at, form=form) for at in (start, end))
    a, b = ends
    return own("For you: "), a, own("–" if near else " – "), b


def zone_of(known: Definitions, schedule: str) -> str:
    """The zone of a schedule; UTC where it is gone."""
    one = known.schedules.get(schedule)
    return one.zone if one else "UTC"


def card(changed: Changed, scene: Scene) -> Card:
    """``🔄 ROTA · Ana replaces Bob on db-primary``, as its reader is in it."""
    first, back = changed.first, changed.back_by
    zone = zone_of(scene.definitions, first.schedule)
    start, end = changed.span
    title, span = _title(changed, scene), dates(start, end, zone, scene.now)
    swapped = len({c.swap for c in changed.changes if c.swap and c.cover}) > 1
    by = scene.definitions.name_of(back or first.by)
    deed = "took it back" if back else "changed it"
    parts: list[Spans] = [
        *([] if swapped else [span, for_you(start, end, zone)]),
        (strange(f"{by} {deed}", 60),),
    ]
    if first.reason and not back:
        parts.append((strange(f'"{first.reason}"', 80),))
    word = "AS BEFORE" if back else "ROTA"
    return Card(
        first.id, 1, words.TAKEN if back else words.NEWS,
        Head("🔄", word, 0, title, scene.link("oncall")),
        State(separated(parts)),
        Actions(() if back else _buttons(changed, scene)),
        (Rows(tuple(_takes(changed, scene))),) if swapped and not back else (),
        (own(f"🔄 {title}"), *(() if swapped else (own(": "), *span))),
    )  # fmt: skip


def _title(changed: Changed, scene: Scene) -> str:
    known, schedule = scene.definitions, words.clean(changed.first.schedule)
    on, off = changed.on(), changed.off()
    both = set(on) & set(off)
    if changed.back_by and both:
        return "Your swap is taken back" if scene.to in both else "A swap is taken back"
    if changed.back_by:
        said = "You are on call again in" if scene.to in off else "As before:"
        return f"{said} {schedule}"
    if changed.first.temporary:
        only = say.names(known, on, scene.to)
        return f"Only {only} in {schedule} for a while"
    if both and len(on) == 2:
        return f"{say.start_of_sentence(say.names(known, on, scene.to))} swapped shifts"
    who = say.start_of_sentence(say.names(known, on, scene.to))
    verb = "stand in" if scene.to in on and len(on) == 1 else "stands in"
    if on and off:
        return f"{who} {verb} for {say.names(known, off, scene.to)} on {schedule}"
    if on:
        is_ = "are" if scene.to in on or len(on) > 1 else "is"
        return f"{who} {is_} on call in {schedule}"
    who = say.start_of_sentence(say.names(known, off, scene.to))
    return f"{who} {'are' if scene.to in off else 'is'} off {schedule}"


def _takes(changed: Changed, scene: Scene) -> Iterator[Spans]:
    """Of a swap, who takes what."""
    for each in changed.changes:
        if each.swap is not None and each.swap.to_person:
            zone = zone_of(scene.definitions, each.schedule)
            who = say.names(scene.definitions, (each.swap.to_person,), scene.to)
            takes = "take" if each.swap.to_person == scene.to else "takes"
            first = f"{say.start_of_sentence(who)} {takes} {words.clean(each.schedule)}"
            when = dates(each.swap.start, each.swap.end, zone, scene.now)
            yield (strange(first, 80), own(", "), *when)


def _buttons(changed: Changed, scene: Scene) -> tuple[Press, ...]:
    if scene.to not in changed.on():
        return (Press("Who is on call", token("who", 0, 0)),)
    return (Press("My shifts", token("shifts", 0, 0)), Press("Cover…", token("cover", 0, 0)))


def _no_note(changed: Changed, scene: Scene) -> Note:
    return Note(())


# ---- what a button of ``who`` is about -----------------------------------------------------------


def number_of(kind: str, name: str) -> int:
    """A number that stands for a person, a team or a schedule in a button's token."""
    return crc32(f"{kind}:{name}".encode()) or 1


def _no_card(noun: int, scene: Scene) -> Card:
    raise LookupError("a duty has no card of its own")


def _number(tx: Tx, name: str) -> int | None:
    return int(name) if name.isdecimal() else None


_FIELDS = {
    "page": {"person": "who", "team": "who", "schedule": "who"},
    "shifts": {"person": "who", "team": "who", "schedule": "who"},
    "who": {"person": "what", "team": "what", "schedule": "what"},
    "override": {"schedule": "what", "team": "what", "person": "who"},
    "cover": {"schedule": "what", "team": "what"},
    "swap": {"person": "who"},
}


def gives(noun: int, scene: Scene, verb: str) -> dict[str, str]:
    """The person, team or schedule that a button stands for, as the verb's argument."""
    known = scene.definitions
    among = {"person": known.people, "team": known.teams, "schedule": known.schedules}
    for kind, field in _FIELDS.get(verb, {}).items():
        for name in among[kind]:
            if number_of(kind, name) == noun:
                bare = kind == "person" or verb in ("override", "cover")
                more = {"days": "7"} if verb == "shifts" else {}
                return {field: name if bare else f"{kind}:{name}", **more}
    return {}


ROTA_CARD = About(read, card, _no_note)
DUTY = About(_number, _no_card, gives=gives)
