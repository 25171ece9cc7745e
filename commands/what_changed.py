"""What was changed: before an incident, and when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from commands.context import View
from commands.errors import Invalid
from commands.inventory import before as nearby
from commands.oncall import READ, zone_of
from commands.registry import arg, query
from commands.rules import what_changed as rules
from commands.told import Told
from commands.words import local
from store import what_changed
from store.clock import iso
from store.db import Tx
from store.inventory import resources
from store.model import HOUR, Before, Change, Incident, Instant

LONGEST = 30 * 24
MOST = 20
_LOOKED_AT, _NAMED = 1_000, 5


def before(tx: Tx, incident: Incident) -> tuple[Before, ...]:
    """What was changed in the hour before an incident was opened, as its card shows it: of the
    resource it is about, of what that stands on, of its service."""
    opened = incident.opened_at
    said = rules.before(what_changed.between(tx, opened - rules.WINDOW, opened), incident)
    near = nearby.of_incident(tx, incident, rules.WINDOW)
    return rules.nearest(near, said) if near else said


@dataclass(frozen=True, slots=True)
class Changes:
    """Arguments of ``what-changed``."""

    what: str = arg("text", "A service, host, project or other words; all changes.", default="")
    hours: int = arg("number", "How far back.", default=24)


@query(
    "what-changed",
    group="incident",
    permission=READ,
    args=Changes,
    example="what-changed checkout",
)
async def what_was_changed(view: View, args: Changes) -> Told:
    """What was deployed, released or switched lately, the newest first."""
    if not 1 <= args.hours <= LONGEST:
        raise Invalid(f"hours is 1 to {LONGEST}.", "hours")
    since = view.now - args.hours * HOUR
    found: list[Change] = await view.read(
        lambda tx: what_changed.between(tx, since, view.now, _LOOKED_AT)
    )
    fit = [change for change in found if rules.matches(change, args.what.split())]
    if args.what.strip():
        near = await view.read(lambda tx: _of_resource(tx, args.what.strip(), since, view.now))
        fit = sorted((*fit, *near), key=lambda change: -change.at)
    zone = zone_of(view)
    lines = [_line(change, local(change.at, zone, view.now)) for change in fit[:MOST]]
    if not fit:
        about = f" with {args.what}" if args.what else ""
        lines = [f"Nothing was changed{about} in the last {args.hours} h, as far as is known here."]
    elif len(fit) > MOST:
        lines.append(f"{len(fit) - MOST} more.")
    return Told(tuple(lines), {"since": iso(since), "changes": [_fact(one) for one in fit[:100]]})


def _of_resource(tx: Tx, name: str, since: Instant, until: Instant) -> list[Change]:
    """What became otherwise of the resources that are called so, and of what they stand on."""
    numbers = [n for found in resources.by_names(tx, [name]).values() for n, _ in found]
    some = nearby.of_resources(tx, numbers[:_NAMED], since, until) if numbers else []
    return [one.change for one in some]


def _line(change: Change, when: str) -> str:
    link = f" {change.links[0].url}" if change.links else ""
    return f"{when}: {change.title} ({change.source}){link}"


def _fact(change: Change) -> dict[str, object]:
    return {
        "id": str(change.id), "at": iso(change.at), "source": change.source,
        "title": change.title, "resource": change.resource, "labels": dict(change.labels),
        "url": change.links[0].url if change.links else None,
    }  # fmt: skip
