"""What would happen if this fired then: the engine under a virtual clock, told minute by minute."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import narrate
from commands.context import View
from commands.errors import Invalid, NotFound
from commands.night import Question
from commands.oncall import READ, in_force, zone_of
from commands.registry import arg, query
from commands.rules.when import BadTime, read_moment, read_when, zoned
from commands.told import Told
from store.model import (
    DAY,
    AlertReading,
    AlertStatus,
    Definitions,
    Instant,
    Severity,
)

LONGEST = 2 * DAY
_WHOLE = ("cli", "api")
"""Who gets every line; in a chat the first of them."""

_SEVERITIES = tuple((str(s), str(s).capitalize()) for s in Severity)


@dataclass(frozen=True, slots=True)
class Simulate:
    """Arguments of ``simulate``."""

    severity: str = arg("choice", "How bad it is.", choices=_SEVERITIES, default="critical")
    service: str = arg("word", "The alert's service.", default="")
    at: str = arg("moment", "When it fires: 2026-10-25 02:30 Europe/Berlin; now if left out.",
                  default="")  # fmt: skip
    label: str = arg("words", "More labels of the alert, as name=value.", default="")
    until: str = arg("words", "How long to look: 2h, 30m; until nobody else is asked.", default="")
    ack_at: str = arg("words", "When somebody acknowledges: 3m after it fires.", default="")
    by: str = arg("who", "Who acknowledges; the first who is paged if left out.", default="")
    source: str = arg("word", "The intake source, where routes ask for it.", default="simulation")
    title: str = arg("text", "The alert's title.", default="")


@query(
    "simulate",
    group="oncall",
    permission=READ,
    args=Simulate,
    example="simulate critical db --at sun 02:30 --ack-at 12m",
)
async def simulate(view: View, args: Simulate) -> Told:
    """Who would be paged how and why if this fired then; nothing is sent."""
    question = asked(args, view.now, zone_of(view), view.definitions)
    note = ""
    try:
        known = await in_force(view, question.at)
    except NotFound as error:
        note, known = f"{error.error} Played with what is defined now.", view.definitions
    from commands.playing import played, taken_over  # the engine has every verb, this one too

    ring, rows = await view.reader.read(taken_over)
    found = narrate.told(await played(question, known, view.rules, ring, rows))
    found = found if view.actor.surface in _WHOLE else narrate.short(found)
    return replace(found, lines=(note, *found.lines)) if note else found


def asked(args: Simulate, now: Instant, zone: str, known: Definitions) -> Question:
    """The question that words mean to somebody in ``zone``; Invalid says what to type instead."""
    try:
        at = read_moment(args.at, now, zone)
        zone = zoned(args.at, zone)[1]
    except BadTime as error:
        raise Invalid(str(error), "at") from None
    if args.severity not in list(Severity):
        raise Invalid(f"{args.severity} is not a severity: {', '.join(Severity)}.", "severity")
    by = args.by.removeprefix("@")
    if by and by not in known.people:
        raise Invalid(f"I don't know {by}. People: {', '.join(sorted(known.people))}.", "by")
    labels = {**_labels(args.label), **({"service": args.service} if args.service else {})}
    what = args.title or f"Simulated alert{f' of {args.service}' if args.service else ''}"
    severity = Severity(args.severity)
    alert = AlertReading(
        "simulated", AlertStatus.FIRING, severity, what, severity_raw=args.severity, labels=labels
    )
    until, ack = _after(args.until, at, "until"), _after(args.ack_at, at, "ack_at")
    return Question(alert, args.source, at, zone, until, ack, by)


def _labels(text: str) -> dict[str, str]:
    found = {}
    for each in filter(None, (word.strip() for word in text.split(","))):
        name, eq, value = each.partition("=")
        if not (name and eq):
            raise Invalid(f"{each} is not a label: write name=value.", "label")
        found[name] = value
    return found


def _after(text: str, at: Instant, where: str) -> Instant | None:
    """``3m`` after an instant."""
    if not text:
        return None
    try:
        found = read_when(text, at, "UTC")
    except BadTime as error:
        raise Invalid(str(error), where) from None
    if not at <= found <= at + LONGEST:
        raise Invalid(f"{text} is more than {LONGEST // DAY} days.", where)
    return found
