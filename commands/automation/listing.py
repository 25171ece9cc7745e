"""``executions``, ``execution`` and ``output``: what was run, what came of it, what it printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commands import belongs, rights
from commands.automation import telling
from commands.automation.offers import RESOURCE
from commands.context import View
from commands.errors import NotFound
from commands.inventory import offered
from commands.registry import arg, query
from commands.rules.permission import ACTION as RIGHT
from commands.told import Told
from commands.words import duration
from integrations.base import IntegrationError
from store import executions, incidents
from store.clock import iso
from store.db import Tx
from store.executions import DONE, OPEN, Execution
from store.model import Definitions, Incident

MOST, _SOUGHT = 20, 500
LINES, _WIDE = 200, 400
LOGS = "inventory.logs"


@dataclass(frozen=True, slots=True)
class Listed:
    """Arguments of ``executions``."""

    incident: int = arg("incident", "Of one incident.", default=0)
    resource: str = arg("name", "Of one resource, by its number or name.", default="")
    action: str = arg("named", "Of one action.", default="")
    state: str = arg("named", "open, done, failed, canceled, unknown.", default="")
    who: str = arg("named", "What one person had run, by their handle.", default="")
    automation: str = arg("named", "What one automation ran.", default="")
    before: int = arg("number", "Those before the execution of this number.", default=0)


@query(
    "executions", group="auto", permission="inventory.read", args=Listed, example="executions",
)  # fmt: skip
async def listed(view: View, args: Listed) -> Told:
    """What was run lately, and what came of it."""
    number = None
    if args.resource:
        number = (await view.read(lambda tx: offered.called(tx, args.resource))).id
    offer = view.rules.offers.get(args.action) if args.action else None
    name = offer.name if offer is not None else args.action
    states = OPEN if args.state == "open" else (args.state,) if args.state else ()

    def read(tx: Tx) -> list[Execution]:
        found = executions.last(
            tx, resource=number, incident=args.incident or None, action=name, states=states,
            automation=args.automation, before=args.before, most=_SOUGHT if args.who else MOST,
        )  # fmt: skip
        who = args.who.removeprefix("@")
        return [one for one in found if not who or one.by == who][:MOST]

    found = await view.read(read)
    lines = tuple(_line(one, view) for one in found)
    facts = {"executions": [fact(one) for one in found]}
    return Found(lines or ("Nothing like that was run yet.",), facts, found=tuple(found))


def _line(one: Execution, view: View) -> str:
    ago = duration(max(view.now - one.asked_at, 0))
    return f"{one.id} · {ago} ago · {named(one, view.definitions)} · {telling.said(one)[:300]}"


def named(one: Execution, known: Definitions) -> str:
    """Who had it run: a person, an automation, what runs it itself."""
    return known.name_of(one.by) if one.by else one.automation or one.system or one.action


def fact(one: Execution) -> dict[str, Any]:
    """An execution for programs; secrets are not in it."""
    shown = {k: v for k, v in one.params.items() if k not in one.secret}
    return {
        "execution": one.id, "state": one.state, "action": one.action, "source": one.system,
        "by": one.by, "asked_at": iso(one.asked_at), "resource": one.resource_id,
        "incident": one.incident_id, "says": one.says, "outcome": one.outcome,
        "ended_at": iso(one.ended_at) if one.ended_at else None, "via": one.via,
        "code": one.code, "params": shown, "automation": one.automation, "why": one.why,
        "approved_by": one.approved_by, "again_of": one.again_of, "dry": one.dry,
        "remote": one.remote, "url": one.url,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found(Told):
    """An answer that is several executions, the newest first."""

    found: tuple[Execution, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown(Told):
    """An answer that is one execution, with the incident it is about."""

    one: Execution | None = None
    incident: Incident | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """Arguments of ``execution`` and ``output``."""

    execution: int = arg("noun", "The number of what was run.")


@query(
    "execution", group="auto", permission="inventory.read", args=Which, about="execution",
    example="execution 12",
)  # fmt: skip
async def one_of(view: View, args: Which) -> Told:
    """One execution: who had it run and why, its steps, its last lines, what came of it."""
    one = await get(view, args.execution)
    who = named(one, view.definitions)
    lines = [telling.said(one), f"{who} had it run {_ago(one.asked_at, view)}."]
    lines += [one.why] if one.why else []
    if one.approved_by:
        lines.append(f"Approved by {view.definitions.name_of(one.approved_by)}.")
    if one.incident_id:
        lines.append(f"About #{one.incident_id}.")
    if one.ended_at and one.began_at:
        lines.append(f"It took {duration(max(one.ended_at - one.began_at, 0))}.")
    lines += [one.code] if one.code and one.state != DONE else []
    lines += [f"{'  ' * s.depth}{telling.GLYPH.get(s.state, '…')} {s.name}" for s in one.steps]
    lines += [f"  {line}" for line in one.tail]
    lines += [one.url] if one.url else []
    about = one.incident_id or 0
    incident = await view.read(lambda tx: incidents.get(tx, about)) if about else None
    return Shown(tuple(lines), fact(one), one=one, incident=incident)


def _ago(at: int, view: View) -> str:
    return f"{duration(max(view.now - at, 0))} ago"


@query(
    "output", group="auto", permission="self", args=Which, about="execution", audited=True,
    example="output 12",
)  # fmt: skip
async def output(view: View, args: Which) -> Told:
    """What an execution printed, secrets left out; only you see it."""
    one = await get(view, args.execution)
    teams = await view.read(lambda tx: teams_of(tx, one))
    may_run = rights.may(view.definitions, view.actor, f"{RIGHT}{one.action}", teams)
    if may_run is None:
        rights.require(view.definitions, view.actor, LOGS, teams, view.now)
    text = await _text(view, one)
    if not text:
        return Told(("It printed nothing.",), {"execution": one.id, "text": ""})
    lines = text.splitlines()
    cut = len(lines) > LINES
    shown = tuple(line[:_WIDE] for line in lines[-LINES:])
    head = f"The last {LINES} of {len(lines)} lines" if cut else "All it printed"
    return Told((f"{head}, secrets left out:", *shown), {"execution": one.id, "text": text})


async def _text(view: View, one: Execution) -> str:
    """What is printed just now, else what was kept."""
    if not one.over and one.via != RESOURCE and view.automation is not None:
        try:
            found = await view.automation.output(one)
        except IntegrationError:
            found = ""
        if found:
            return found
    return await view.read(lambda tx: executions.output(tx, one.id)) or "\n".join(one.tail)


async def get(view: View, number: int) -> Execution:
    """An execution that whoever asks may see."""
    one = await view.read(lambda tx: executions.get(tx, number))
    if one is None:
        raise NotFound(f"There is no execution {number}.")
    return one


def teams_of(tx: Tx, one: Execution) -> tuple[str, ...]:
    """Whom an execution concerns."""
    return belongs.of_incident(tx, one.incident_id) if one.incident_id else ()
