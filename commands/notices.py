"""Cards about something else than an incident: in a team's channels, and to one person by the first
way that reaches them."""

from __future__ import annotations

from collections.abc import Iterable

from commands import pages
from commands.context import Ctx
from commands.rules import routing
from commands.threads import readers
from store import access, outbox, page_tests
from store.model import AlertReading, AlertStatus, Definitions, Severity
from store.model.chats import chat_of
from store.outbox import Row

NEWS = 24
"""Where such a card stands in the queue: after every page and every card of an open incident."""
TELL, THREAD = "tell", "thread"
BELOW, AT_ONCE = 19, 15
"""Where a card in a thread stands in the queue, and where what people wait for does."""
_CHATS = ("slack", "discord")


def post(ctx: Ctx, about: str, places: Iterable[str], rank: int = NEWS) -> None:
    """Show a card in channels (``slack:#ops``); where it stands already it is drawn anew."""
    for place in dict.fromkeys(places):
        outbox.show(ctx.tx, ctx.now, about, place, rank, {}, "card")


def tell(
    ctx: Ctx, about: str, handle: str, rank: int = NEWS, incident: int = 0, *, without: str = ""
) -> bool:
    """Show a card to one person: by chat where they have one, else by their other contacts, the
    next where one refuses. False when no contact is known. ``incident`` is the one that words
    below it and answers to it are about; by ``without`` nothing arrives, so that the person's
    rules are not all that is tried."""
    person = ctx.definitions.people.get(handle)
    if person is None:
        return False
    known = dict.fromkeys(rule.via for rule in pages.rules_of(ctx, person, False))
    if without:
        mail = ("email",) if person.email else ()
        every = dict.fromkeys((*known, *access.surfaces_of(ctx.tx, handle), *mail))
        known = {via: None for via in every if chat_of(via) != without}
    ways = [*(v for v in _CHATS if v in known), *(v for v in known if v not in _CHATS)]
    return _next_way(ctx, about, handle, ways, rank, incident)


def _next_way(ctx: Ctx, about: str, handle: str, ways: list[str], rank: int, incident: int) -> bool:
    if not ways:
        return False
    content = {"person": handle, "via": ways[0], "ways": ways[1:]}
    place = f"{ways[0]}:@{handle}"
    outbox.show(ctx.tx, ctx.now, about, place, rank, content, TELL, incident)
    return True


def below(ctx: Ctx, about: str, incident: int, rank: int = BELOW) -> None:
    """Show a card in the thread of each card of an incident, edited in place later; it waits until
    the incident's own stands."""
    for place in readers(ctx, incident, "ran"):
        outbox.show(ctx.tx, ctx.now, about, place, rank, {}, THREAD, incident)


def stale(ctx: Ctx, about: str, *, at_once: bool = False) -> None:
    """Every card about it is drawn anew, wherever it stands: where it stands in a thread as often
    as that may be edited, ``at_once`` where people wait for it."""
    if at_once:
        outbox.stale_about(ctx.tx, ctx.now, about, rank=AT_ONCE)
    else:
        outbox.stale_about(ctx.tx, ctx.now, about, pace=True)


def say(ctx: Ctx, about: str, places: Iterable[str], content: dict[str, object]) -> None:
    """Say something in the thread of a card in channels; worded when it is sent."""
    for place in places:
        outbox.say(ctx.tx, ctx.now, "note", 0, place, NEWS, content, about=about)


def refused(ctx: Ctx, row: Row) -> None:
    """A way to tell somebody was refused: the next one."""
    if row.purpose.startswith(TELL) and row.about:
        if row.about.startswith(f"{page_tests.KIND}:"):
            stale(ctx, row.about)
        _next_way(
            ctx,
            row.about,
            row.content["person"],
            list(row.content["ways"]),
            row.rank,
            row.incident_id,
        )


def channels_of(definitions: Definitions, team: str | None) -> tuple[str, ...]:
    """The channels a team's cards go to, by its routes; without a team all channels."""
    routes = [r for r in definitions.routes if team is None or r.team == team]
    return tuple(dict.fromkeys(place for route in routes for place in route.channels))


def teams_of(definitions: Definitions, schedule: str) -> tuple[str, ...]:
    """The teams whose duty a schedule holds."""
    held = f"schedule:{schedule}"
    return tuple(sorted(t.name for t in definitions.teams.values() if t.oncall == held))


def channels_of_schedule(definitions: Definitions, schedule: str) -> tuple[str, ...]:
    """The channels of the teams whose duty a schedule holds."""
    teams = teams_of(definitions, schedule)
    return tuple(dict.fromkeys(c for team in teams for c in channels_of(definitions, team)))


def channels_of_source(known: Definitions, source: str) -> tuple[str, ...]:
    """Where those look who own an intake source: the channels of the route its alerts go, else of
    that route's team, else all."""
    silent = AlertReading("", AlertStatus.INFO, Severity.INFO, "")
    route, _ = routing.choose(known.routes, silent, source)
    named = (r for r in known.routes if source in r.match.get("source", ()))
    route = next(named, route)
    team = channels_of(known, route.team) if route.team else ()
    return route.channels or team or channels_of(known, None)
