"""Where the cards of incidents stand and what is said below them: by the rules of channels, asked
only where there are any."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from commands.context import Ctx
from commands.rules import filters
from commands.rules import posting as rules
from commands.rules.posting import Book, Fate, Verdict
from store import maintenance, outbox, upkeep
from store.db import Tx
from store.hot import Opening
from store.model import Definitions, Incident, Instant, Route, Severity
from store.model.maintenance import Behaviour
from store.model.posting import ChannelRule
from store.tables import OUTBOX

NEW_CARD = 10
"""A card that is put up later is as urgent as one of a new incident, by its severity."""
HERE = "here"
BY_HAND = "manual"
"""The route of what people open by hand where their team has none."""


def book_of(known: Definitions) -> Book:
    """The channel rules in force."""
    return rules.book(known.channels)


# ---- cards -------------------------------------------------------------------------------------


def at_open(ctx: Ctx, new: Opening, route: Route, places: Iterable[str]) -> tuple[str, ...]:
    """The channels that show a new incident at once."""
    book, severity = book_of(ctx.definitions), tuple(Severity)[new.rank]
    values = filters.of_alert(new.reading, new.source, route.name, route.team)
    shown = tuple(
        place for place in places if book.verdict(place, values, severity, new.at).fate is Fate.CARD
    )
    for place in shown:
        say_here(ctx, book.rule(place), place, new.id, severity, "opened")
    return shown


def verdicts(
    known: Definitions, incident: Incident, at: Instant, also: Collection[str] = ()
) -> dict[str, Verdict]:
    """What becomes of an incident in each channel that its route sends it to."""
    book, values = book_of(known), filters.of_incident(incident)
    happened = rules.happened(incident) | set(also)
    return {
        place: book.verdict(place, values, incident.severity, at, happened)
        for place in places_of(known, incident)
    }


def places_of(known: Definitions, incident: Incident) -> tuple[str, ...]:
    """The channels that an incident's route sends it to."""
    route = next((r for r in known.routes if r.name == incident.route), None)
    if route is not None:
        return tuple(dict.fromkeys(route.channels))
    if incident.route != BY_HAND:
        return ()
    return tuple(dict.fromkeys(place for r in known.routes for place in r.channels))


def wanted(ctx: Ctx, incident: Incident, places: Iterable[str]) -> list[str]:
    """Those of some channels that show an incident now."""
    if not ctx.definitions.channels:
        return list(places)
    book, values = book_of(ctx.definitions), filters.of_incident(incident)
    happened = rules.happened(incident)
    return [
        place
        for place in places
        if book.verdict(place, values, incident.severity, ctx.now, happened).fate is Fate.CARD
    ]


def look(ctx: Ctx, incident: Incident, also: Collection[str] = ()) -> None:
    """An incident changed (``also`` are events that its record does not say): where a channel wants
    it now its card is put up."""
    if not ctx.definitions.channels or not may_show(ctx.tx, incident):
        return
    if any(rule.here is not None for rule in ctx.definitions.channels):
        outbox.stale_about(ctx.tx, ctx.now, f"{HERE}:{incident.id}")
    found = verdicts(ctx.definitions, incident, ctx.now, also)
    wanted = [place for place, verdict in found.items() if verdict.fate is Fate.CARD]
    put_up(ctx, incident, [p for p in wanted if book_of(ctx.definitions).rule(p) is not None])


def worse(ctx: Ctx, incident: Incident) -> None:
    """An incident is worse than before: where a channel wants it now its card is put up, and a rule
    may call all who are there."""
    look(ctx, incident)
    book = book_of(ctx.definitions)
    if not book or not may_show(ctx.tx, incident):
        return
    for row in outbox.places(ctx.tx, incident.id):
        say_here(ctx, book.rule(row.place), row.place, incident.id, incident.severity, "opened")


def may_show(tx: Tx, incident: Incident) -> bool:
    """Whether an incident has cards at all: what a rule or a maintenance keeps back has none."""
    if incident.held_by or incident.private or incident.merged_into is not None:
        return False
    if not incident.maintenance:
        return True
    one = maintenance.of_key(tx, incident.maintenance)
    return one is None or one.behaviour is not Behaviour.NO_CARDS


def put_up(ctx: Ctx, incident: Incident, places: Iterable[str]) -> None:
    """Its cards in channels, where they do not stand yet."""
    there = {row.place for row in outbox.places(ctx.tx, incident.id)}
    rank = NEW_CARD + incident.severity.rank
    rows = [
        outbox.view_row(ctx.tx, ctx.now, incident.id, place, rank)
        for place in dict.fromkeys(places)
        if place not in there
    ]
    if rows:
        ctx.tx.insert(OUTBOX, rows)
        ctx.tx.wake.add("outbox")


# ---- words -------------------------------------------------------------------------------------


def about_to_say(ctx: Ctx, incident: Incident, what: str) -> None:
    """Something is told in the threads of an incident: the first event that a channel wants brings
    its card, and where everybody was asked in vain a rule may call all who are there."""
    if not ctx.definitions.channels:
        return
    event = rules.event_of(what)
    if event is not None:
        look(ctx, incident, (event,))
    if what == "exhausted":
        book = book_of(ctx.definitions)
        for row in outbox.places(ctx.tx, incident.id):
            rule = book.rule(row.place)
            say_here(ctx, rule, row.place, incident.id, incident.severity, "nobody")


def tells(ctx: Ctx, place: str, what: str) -> bool:
    """Whether a channel wants that message in its threads."""
    return not ctx.definitions.channels or book_of(ctx.definitions).tells(place, what)


# ---- @here -------------------------------------------------------------------------------------


def say_here(
    ctx: Ctx, rule: ChannelRule | None, place: str, incident: int, severity: Severity, when: str
) -> None:
    """Call all who are there, once an incident, where a rule says so and its day has some left."""
    here = rule.here if rule is not None else None
    if rule is None or here is None or here.when != when:
        return
    if severity.rank > Severity(here.severity).rank or not _spend(ctx, rule, incident):
        return
    about, rank = f"{HERE}:{incident}", NEW_CARD + severity.rank
    outbox.show(ctx.tx, ctx.now, about, place, rank, {"when": when}, "card")


def _spend(ctx: Ctx, rule: ChannelRule, incident: int) -> bool:
    """One of the day's ``@here`` in a channel; False where none is left or it had one."""
    key = f"here {rule.name}"
    day = datetime.fromtimestamp(ctx.now / 1000, UTC).astimezone(ZoneInfo(rule.zone))
    kept = json.loads(upkeep.meta(ctx.tx, key) or "{}")
    today = f"{day:%Y-%m-%d}"
    called = list(kept.get("of", ())) if kept.get("day") == today else []
    per_day = rule.here.per_day if rule.here is not None else 0
    if incident in called or len(called) >= per_day:
        return False
    upkeep.set_meta(ctx.tx, key, json.dumps({"day": today, "of": [*called, incident]}))
    return True
