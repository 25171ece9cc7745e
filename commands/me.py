"""``me``: what is mine now, on one page: my incidents, who is on call, my shifts, covers that are
wanted, and how I am reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commands.context import Offer, View
from commands.errors import Invalid
from commands.mine import Mine, Reach, Turn, mine
from commands.registry import query
from commands.rota import say
from commands.rules.range import zone_word
from commands.told import Told
from commands.words import date, local, surface_name
from store.model import DAY, Definitions, Instant
from store.model.cover import Cover
from store.model.oncall import Schedule, Shift

_NO_END = 190 * DAY


@dataclass(frozen=True, slots=True)
class Me:
    """Arguments of ``me``: none."""


OFFERS = (
    Offer("Declare…", "cmd:declare:0:0"),
    Offer("Cover…", "cmd:cover:0:0"),
    Offer("Test my pages", "cmd:test-page:0:0"),
)


@query("me", group="oncall", permission="self", args=Me, example="me")
async def me(view: View, args: Me) -> Told:
    """What is yours: incidents, who is on call, your shifts, covers wanted, contacts."""
    person = view.definitions.people.get(view.actor.id)
    if person is None:
        raise Invalid("This is about a person, and you are none: ask with who or shifts.", "me")
    known, rules, now = view.definitions, view.rules, view.now
    found = await view.read(lambda tx: mine(tx, known, rules, now, person))
    return Told(tuple(lines(found, known)), facts(found), offers=OFFERS)


def lines(found: Mine, known: Definitions) -> Iterator[str]:
    """The same in sentences, times on the person's clock."""
    zone, now = found.person.zone, found.now
    yield from _incident_lines(found)
    for turn in found.duties:
        yield f"On call for {turn.what}: {_on(turn, known, zone, now) or 'nobody'}."
    shifts = " · ".join(shift_words(*one, zone, now) for one in found.shifts)
    if shifts:
        yield f"Your shifts, {zone_word(zone)} time: {shifts}."
    elif not found.on:
        yield "No shift of yours is in sight."
    for cover in found.covers:
        yield f"Cover wanted: {cover_words(cover, known, zone, now)}."
    ways = ", ".join(f"{surface_name(r.via)}{_mark(r)}" for r in found.reach)
    yield f"You are reached by {ways}." if ways else "No contact of yours is known."
    for rule in found.rules:
        yield f"{'' if rule.startswith('Important') else 'Pages come: '}{rule}."
    for quiet in found.quiet:
        yield f"Quiet {quiet}; critical never waits."


def _incident_lines(found: Mine) -> Iterator[str]:
    if not found.incidents:
        yield "Nothing open is yours."
    for one in found.incidents:
        held = "you have it" if one.holder == found.person.handle else "you are asked"
        yield f"#{one.id} {one.title} · {one.severity}, {held}"
    if found.more:
        yield f"And {found.more} more: list who=me"


def _on(turn: Turn, known: Definitions, zone: str, now: Instant) -> str:
    return ", ".join(
        f"{known.name_of(on.person)}{f' until {local(end, zone, now)}' if end else ''}"
        for on, end in turn.on
    )


def shift_words(schedule: Schedule, shift: Shift, zone: str, now: Instant) -> str:
    """``primary Mon 30 Nov 08:00 – Mon 7 Dec 08:00``, on the person's clock."""
    if shift.end - max(shift.start, now) >= _NO_END:
        return f"{schedule.name} with no end in sight"
    if shift.start <= now:
        return f"{schedule.name} now, until {date(shift.end, zone).rpartition(' ')[0]}"
    return f"{schedule.name} {say.span(shift.start, shift.end, zone, now)}"


def cover_words(cover: Cover, known: Definitions, zone: str, now: Instant) -> str:
    """``Ana, primary, Sat 28 Nov 08:00–20:00 Berlin``."""
    schedule = known.schedules.get(cover.schedule)
    where = schedule.zone if schedule else "UTC"
    when = say.both(cover.start, cover.end, where, zone, now)
    return f"{known.name_of(cover.person)}, {cover.schedule}, {when}"


def _mark(reach: Reach) -> str:
    if reach.trouble:
        return f" ⚠️ {reach.trouble}"
    return " ✅" if reach.worked_at else ""


def facts(found: Mine) -> dict[str, object]:
    """The same for programs."""
    return {
        "person": found.person.handle,
        "incidents": [str(i.id) for i in found.incidents],
        "on_call": [t.what for t in found.on],
        "shifts": [
            {"schedule": s.name, "starts_at": shift.start, "ends_at": shift.end}
            for s, shift in found.shifts
        ],
        "covers": [str(c.id) for c in found.covers],
        "contacts": [
            {"via": r.via, "worked_at": r.worked_at, "trouble": r.trouble} for r in found.reach
        ],
    }
