"""Bodies that can't be read: kept, told to those whose monitor it is, listed, read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands import lifecycle, notices
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.intake import Arrived, Intake
from commands.oncall import zone_of
from commands.placing import Placing
from commands.registry import arg, command, query
from commands.rules import escalation, routing
from commands.told import Told
from commands.words import local
from integrations.base import Malformed, Misconfigured, Request
from store import alerts, incidents, quarantine, upkeep
from store.access import Source
from store.clock import iso
from store.model import (
    HOUR,
    AlertReading,
    AlertStatus,
    AlertType,
    IncidentStatus,
    Route,
)
from store.quarantine import Held, Refused

ABOUT = "unread"
WRITE = "config.write"
LISTED = 15
_LABEL = "replay"
_FIRING = (AlertStatus.FIRING, AlertStatus.ACKNOWLEDGED)


# ---- what could not be read --------------------------------------------------------------------


def keep(ctx: Ctx, source: Source, refused: Refused) -> int:
    """Keep a body that was refused, and tell the channels of its source, once an hour at most."""
    number = quarantine.add(ctx.tx, ctx.now, source, _hidden(ctx, refused), of=refused.body)
    told = f"told that unread: {source.id}"
    last = upkeep.meta(ctx.tx, told)
    if last is None or ctx.now - int(last) >= HOUR:
        upkeep.set_meta(ctx.tx, told, str(ctx.now))
        about = f"{ABOUT}:{number}:{ctx.now}"
        notices.post(ctx, about, notices.channels_of_source(ctx.definitions, source.name))
    return number


def _hidden(ctx: Ctx, refused: Refused) -> Refused:
    """A body without what looks like a secret; it is read again as it is kept."""
    hide = ctx.rules.redact
    return replace(
        refused, body=hide.body(refused.body), error=hide(refused.error), where=hide(refused.where),
        path=hide(refused.path), headers=hide.deep(refused.headers), query=hide.deep(refused.query),
    )  # fmt: skip


def minute(ctx: Ctx) -> None:
    """Drop what is too old."""
    quarantine.forget(ctx.tx, ctx.now)


# ---- listed ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """Arguments of ``quarantine``."""

    source: str = arg("word", "Only of this source.", default="")


@query(
    "quarantine", group="ops", permission="config.read", args=Listed, example="quarantine",
)  # fmt: skip
async def listed(view: View, args: Listed) -> Told:
    """Bodies of webhooks that could not be read: from whom, why and where."""
    found = await view.read(lambda tx: quarantine.recent(tx, 100, args.source))
    zone = zone_of(view)
    lines = [_line(held, local(held.last_at, zone, view.now)) for held in found[:LISTED]]
    if not lines:
        of = f" from {args.source}" if args.source else ""
        lines = [f"Everything{of} could be read in the last 14 days."]
    else:
        lines.append(f"How one would be read now: replay {found[0].id}")
    return Told(tuple(lines), {"quarantine": [_facts(held) for held in found]})


def _line(held: Held, when: str) -> str:
    often = f", {held.count} times" if held.count > 1 else ""
    what = held.refused
    return f"{held.id}: {when}, {held.source.name}{often}: {what.error} (at {what.where})"


def _facts(held: Held) -> dict[str, Any]:
    what = held.refused
    return {
        "id": held.id, "source": held.source.name, "integration": held.source.integration,
        "first_at": iso(held.at), "last_at": iso(held.last_at), "count": held.count,
        "status": what.status, "error": what.error, "where": what.where,
        "content_type": what.content_type, "bytes": len(what.body),
    }  # fmt: skip


# ---- read again --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replay:
    """Arguments of ``replay``."""

    number: int = arg("number", "The number in the quarantine.")
    live: bool = arg("flag", "Take it in; you hold what it opens, nobody is paged.", default=False)
    page: bool = arg("flag", "Take it in and page as for any other.", default=False)


@command("replay", group="ops", permission=WRITE, args=Replay, example="replay 3")
def replay(ctx: Ctx, args: Replay) -> Done:
    """How a body in quarantine would be read now; live takes it in."""
    held = quarantine.get(ctx.tx, args.number)
    if held is None:
        raise NotFound(f"There is no {args.number} in the quarantine.")
    found = _read(ctx, held)
    if not (args.live or args.page):
        lines = [_would(ctx, held, reading) for reading in found]
        said = lines or ["It would be accepted; it says nothing that is an alert."]
        more = [f"{len(said) - LISTED} more."] if len(said) > LISTED else []
        last = f"To take it in: replay {held.id} live, or replay {held.id} page"
        return Done("\n".join([*said[:LISTED], *more, last]), aloud=True)
    quarantine.remove(ctx.tx, held.id)
    if args.page:
        taken = Intake(ctx).run([Arrived(held.source, found, ctx.now)])[0].incidents
        return Done(f"{_count(found)} taken in{_of(taken)}; paged as for any other.", aloud=True)
    taken, left = _quietly(ctx, held, found)
    say = f"{_count(found[left:])} taken in{_of(taken)}; nobody is paged."
    if left == 1:
        say += " 1 fires in an open incident already and was left as it is."
    elif left:
        say += f" {left} fire in open incidents already and were left as they are."
    return Done(say, aloud=True)


def _read(ctx: Ctx, held: Held) -> tuple[AlertReading, ...]:
    what = held.refused
    if ctx.rules.receiving is None:
        raise Conflict("Nothing can be read again here.")
    request = Request(
        body=what.body, content_type=what.content_type, headers=what.headers, query=what.query,
        received_at=held.last_at, path=what.path,
    )  # fmt: skip
    source = replace(held.source, integration=what.integration or held.source.integration)
    try:
        return ctx.rules.receiving.read(source, request).alerts
    except Malformed as error:
        raise Conflict(f"It still can't be read: {error.error} (at {error.where}).") from None
    except Misconfigured as error:
        say = f"The settings of source {held.source.name}: {error} (at {error.setting})."
        raise Conflict(say) from None


def _would(ctx: Ctx, held: Held, reading: AlertReading) -> str:
    """``firing error: Disk full on db-3, key disk-db-3: would open an incident for team db …``"""
    head = f"{reading.status} {reading.severity}: {reading.title}, key {reading.key[:60]}"
    return f"{head}: {_fate(ctx, held, reading)}"


def _fate(ctx: Ctx, held: Held, reading: AlertReading) -> str:
    there = alerts.open_incident(ctx.tx, held.source.id, reading.key)
    if reading.type is AlertType.CHANGE:
        return "a change; it would stand on what breaks within the hour"
    if reading.status is AlertStatus.INFO:
        return "would be kept and open nothing"
    if there is not None:
        return f"would count in #{there}" if reading.status in _FIRING else f"would end in #{there}"
    if reading.status is AlertStatus.RESOLVED:
        return "would change nothing: it is not known to fire"
    placing = Placing(ctx)
    place = placing.place(placing.judged(reading, held.source.name)[0], held.source.name)
    route, why = place.route, place.routed
    policy = escalation.policy_of(ctx.definitions, route.policy)
    team = f" of team {route.team}" if route.team else ""
    return f"would open or join an incident{team} under policy {policy.name}. {why}"


def _quietly(ctx: Ctx, held: Held, found: tuple[AlertReading, ...]) -> tuple[tuple[int, ...], int]:
    """Take it in so that nobody is paged: what it opens is an incident of its own, and the actor
    has it; what fires in an open one already would only make that worse, and is left out."""
    if ctx.actor.id not in ctx.definitions.people:
        say = f"Whoever replays live has what it opens, so a person must. Or: replay {held.id} page"
        raise Invalid(say, "live")
    taken: dict[int, None] = {}
    left = 0
    for reading in found:
        there = alerts.open_incident(ctx.tx, held.source.id, reading.key)
        if there is not None and reading.status in _FIRING:
            left += 1
            continue
        marked = replace(reading, labels={**reading.labels, _LABEL: str(held.id)})
        route, _ = routing.choose(ctx.definitions.routes, reading, held.source.name)
        own = replace(route, match={}, policy=escalation.NOBODY, group_by=(_LABEL,))
        for number in _hear(ctx, held.source, own, marked):
            taken[number] = None
            _take(ctx, number, held)
    return tuple(taken), left


def _hear(ctx: Ctx, source: Source, route: Route, reading: AlertReading) -> tuple[int, ...]:
    known = replace(ctx.definitions, routes=(route,), alert_rules=())
    arrived = [Arrived(source, (reading,), ctx.now)]
    return Intake(replace(ctx, definitions=known)).run(arrived)[0].incidents


def _take(ctx: Ctx, number: int, held: Held) -> None:
    incident = incidents.for_change(ctx.tx, number)
    if incident is not None and incident.status is IncidentStatus.TRIGGERED:
        why = f"It was replayed from the quarantine (number {held.id}); nobody is paged."
        lifecycle.acknowledge(ctx, incident, why=why)


def _count(found: tuple[AlertReading, ...]) -> str:
    return "1 alert is" if len(found) == 1 else f"{len(found)} alerts are"


def _of(taken: tuple[int, ...]) -> str:
    return f" ({', '.join(f'#{n}' for n in taken[:10])})" if taken else ""


# ---- headers that readers look at --------------------------------------------------------------


def plain(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers a reader may need again, without any that may be a secret."""
    return dict(_plain(headers))


def _plain(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    secret = ("auth", "cookie", "token", "secret", "key", "signature", "password", "credential")
    for name, value in headers.items():
        low = name.lower()
        wanted = low.startswith("x-") or low in ("content-type", "user-agent")
        if wanted and not any(word in low for word in secret):
            yield low, value[:500]
