"""Actions on resources: asked for, shown before they are done, done once, and told of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands import approvals, belongs, notices, rights
from commands.about import fetch
from commands.automation.offers import HTTP, RESOURCE, Catalogue, Offer
from commands.context import Ctx, Done, View
from commands.errors import Busy, Conflict, Invalid
from commands.inventory import offered as offers
from commands.registry import CATALOG, arg, query
from commands.rules.permission import ACTION as RIGHT
from commands.steps import ACTION
from commands.threads import say_in_threads
from commands.told import Told
from commands.words import duration
from integrations.base import IntegrationError
from store import errands, executions, incidents
from store.clock import iso
from store.db import Tx
from store.executions import ASKED, DONE, FAILED, RUNNING, UNKNOWN, Execution
from store.inventory import resources
from store.model.known import Known

ABOUT = "execution"
MOST = 20
PATIENCE = 2.0
"""Seconds the other side may take to say what it would do; a query has 2.5 in all."""
_GLYPH = {ASKED: "…", RUNNING: "▶️", DONE: "✅", FAILED: "❌", UNKNOWN: "❔"}
LOST = "No answer came. It may have been done: look before it is run again."


def start(ctx: Ctx, args: Any) -> Done:
    """Have an action done to a resource, once; a second person may have to agree first."""
    one = ctx.rules.offers.get(args.action)
    assert one is not None
    on, given = offers.split(args.params)
    incident = fetch(ctx, args.incident).id if args.incident else None
    known = offers.target(ctx.tx, ctx.rules.inventory, one, on, args.incident)
    teams = _teams(ctx.tx, known, args.incident)
    rights.require(ctx.definitions, ctx.actor, f"{RIGHT}{args.action}", teams, ctx.now)
    params = offers.params_of(one, given)
    says = deed(one, known, params)
    if one.needs:
        pinned = replace(args, params=" ".join((f"on={known.id}", *_typed(given))))
        waits = approvals.needed(ctx, CATALOG["run"], pinned, one.needs[0], says)
        if waits is not None:
            return waits
    number = executions.new(ctx.tx)
    executions.add(ctx.tx, Execution(
        number, ASKED, one.name, known.source, ctx.actor.id, ctx.now, RESOURCE, one.ref,
        resource_id=known.id, incident_id=incident, params=params, says=says,
    ))  # fmt: skip
    errands.ask(ctx.tx, ctx.now, f"{ABOUT}:{number}", f"{known.source}:", {"execution": number})
    if incident is not None:
        ctx.tell(incident, ACTION, f"{ctx.actor.name} ran {says}.")
    else:
        ctx.did(ACTION, f"{ctx.actor.name} ran {says}.")
    return Done(f"{says[:1].upper()}{says[1:]}: under way. What comes of it is told to you.")


def _teams(tx: Tx, known: Known, incident: int) -> tuple[str, ...]:
    """Whom it concerns: the team of the incident and that of the resource; what is nobody's, and
    what is run about no incident, concerns all."""
    of = belongs.of_incident(tx, incident) if incident else ()
    return (*of, known.belongs.team) if of and known.belongs.team else ()


def _typed(given: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in given.items())


def deed(one: Offer, known: Known, params: Mapping[str, Any]) -> str:
    """``kubernetes.scale replicas=5 on deployment shop/cart in prod-1``."""
    r = known.resource
    name = f"{r.group}/{r.name}" if r.group and not r.name.startswith(f"{r.group}/") else r.name
    with_ = "".join(f" {key}={value}" for key, value in params.items())
    return f"{one.name}{with_} on {r.kind} {name} in {known.source}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Arguments of ``dry-run``."""

    action: str = arg("word", "The action: kubernetes.restart.")
    params: str = arg("text", "What it is for, and parameters: shop/cart replicas=5.", default="")
    incident: int = arg("incident", "The incident it is about.", default=0)


@query(
    "dry-run", group="infra", permission="action:<action>", args=Asked, audited=True,
    example="dry-run kubernetes.scale shop/cart replicas=5",
)  # fmt: skip
async def dry_run(view: View, args: Asked) -> Told:
    """What an action on a resource would do, step by step; nothing is done."""
    one = view.rules.offers.get(args.action)
    if one is None or one.via != RESOURCE:
        raise Invalid(unknown(view.rules.offers, args.action), "action")
    on, given = offers.split(args.params)
    rules = view.rules.inventory

    def read(tx: Tx) -> tuple[Known, tuple[str, ...]]:
        found = offers.target(tx, rules, one, on, args.incident)
        return found, _teams(tx, found, args.incident)

    known, teams = await view.read(read)
    rights.require(view.definitions, view.actor, f"{RIGHT}{args.action}", teams, view.now)
    params = offers.params_of(one, given)
    if view.infra is None:
        raise Busy("Clusters and clouds are not connected just now; try again.", 5)
    try:
        async with asyncio.timeout(PATIENCE):
            acted = await view.infra.act(known.source, args.action, known.resource, params, True)
    except TimeoutError:
        raise Busy(f"{known.source} did not answer in time; try again.", 5) from None
    except IntegrationError as error:
        raise Conflict(f"{known.source} says: {view.rules.redact(str(error))}") from None
    need = f" It needs a second person: {one.needs[0].by}." if one.needs else ""
    says = deed(one, known, params)
    lines = (f"{says}: nothing is done yet.{need}", *view.rules.redact(acted.text).splitlines())
    facts = {"says": says, "would": list(lines[1:]), "params": params, "resource": known.id}
    return Told(lines, facts)


def unknown(there: Catalogue, name: str) -> str:
    """What to tell who names an action that is not there."""
    names = ", ".join(one.name for one in there) or "none yet"
    return f"There is no action {name}. Actions: {names}."


@dataclass(frozen=True, slots=True)
class Begun:
    """Arguments of ``run-form``."""

    incident: int = arg("incident", "The incident it is about.", default=0)
    params: str = arg("text", "What it is for: on=shop/cart.", default="")


@query(
    "run-form", group="infra", permission="inventory.read", args=Begun, listed=False,
    example="run-form 1842",
)  # fmt: skip
async def run_form(view: View, args: Begun) -> Told:
    """What the form of ``run`` begins with: the actions that fit, and what they are for."""
    on = args.params.split("on=", 1)[-1].split()[0] if "on=" in args.params else ""
    rules = view.rules

    def read(tx: Tx) -> list[Known]:
        if on:
            return offers.all_called(tx, on)
        return offers.of_incident(tx, args.incident) if args.incident else []

    known = await view.read(read)
    fit = {
        one.name: one
        for each in known
        for one in offers.fitting(rules.offers, rules.inventory, each)
    }
    plain = [one.name for one in rules.offers.via(HTTP)] if args.incident else []
    options = [(name, f"{one.title} ({name})") for name, one in fit.items()]
    options += [(name, name) for name in plain]
    facts: dict[str, Any] = {"hints": {"params": _hint(fit.values())}}
    if options:
        facts["choices"] = {"action": options}
    if len(known) == 1 and not on:
        facts["values"] = {"params": f"on={known[0].id}"}
    names = ", ".join(name for name, _ in options)
    return Told((f"What fits: {names}." if names else "No action fits.",), facts)


def _hint(fit: Iterable[Offer]) -> str:
    """``on=… and what the actions take: kubernetes.scale replicas=``."""
    takes = [
        f"{one.name} {' '.join(f'{param.name}=' for param in one.params)}"
        for one in fit
        if one.params
    ]
    more = f" {'; '.join(takes)}." if takes else ""
    return f"What it is for (on=), and parameters.{more} dry-run shows what would be done."


# done outside


def begun(ctx: Ctx, number: int) -> tuple[Execution, Known] | None:
    """It is about to be done; None where it is over, or was begun before and no answer came: that
    is told, and it is not begun again."""
    one = executions.get(ctx.tx, number)
    if one is None or one.state not in (ASKED, RUNNING):
        return None
    known = resources.get(ctx.tx, one.resource_id or 0)
    if one.state == RUNNING:
        _over(ctx, one, UNKNOWN, LOST)
        return None
    if known is None or known.gone_at is not None:
        _over(ctx, one, FAILED, "It is there no more; nothing was done.")
        return None
    return executions.save(ctx.tx, one, state=RUNNING), known


def ended(ctx: Ctx, number: int, state: str, text: str) -> None:
    """What came of it, in words of the other side."""
    one = executions.get(ctx.tx, number)
    if one is not None and one.state == RUNNING:
        _over(ctx, one, state, text)


def _over(ctx: Ctx, one: Execution, state: str, text: str) -> None:
    text = ctx.rules.redact(text)[:2000]
    one = executions.save(ctx.tx, one, state=state, outcome=text, ended_at=ctx.now)
    incident = incidents.get(ctx.tx, one.incident_id) if one.incident_id else None
    if incident is not None:
        ctx.tell(incident.id, ACTION, said(one), f"{ctx.name_of(one.by)} ran it.")
        say_in_threads(ctx, incident, "ran", text=said(one))
        ctx.changed(incident.id, incident.rev)
    else:
        ctx.did(ACTION, said(one))
    if incident is None or state != DONE:
        notices.tell(ctx, f"{ABOUT}:{one.id}", one.by, incident=one.incident_id or 0)


def said(one: Execution) -> str:
    """An execution as one line: ``✅ kubernetes.restart on …: restarted``."""
    text = f": {one.outcome}" if one.outcome else ""
    return f"{_GLYPH[one.state]} {one.says}{text}"


@dataclass(frozen=True, slots=True)
class Listed:
    """Arguments of ``executions``."""

    resource: str = arg("name", "Of one resource, by its number or name.", default="")


@query(
    "executions", group="infra", permission="inventory.read", args=Listed, example="executions",
)  # fmt: skip
async def listed(view: View, args: Listed) -> Told:
    """The actions that were run on resources lately, and what came of them."""
    number = None
    if args.resource:
        number = (await view.read(lambda tx: offers.called(tx, args.resource))).id
    found = await view.read(lambda tx: executions.last(tx, resource=number, most=MOST))
    lines = tuple(
        f"{duration(max(view.now - one.asked_at, 0))} ago · {view.definitions.name_of(one.by)} · "
        f"{said(one)[:300]}"
        for one in found
    )
    facts = {"executions": [_fact(one) for one in found]}
    return Told(lines or ("No action was run on a resource yet.",), facts)


def _fact(one: Execution) -> dict[str, Any]:
    return {
        "execution": one.id, "state": one.state, "action": one.action, "source": one.system,
        "by": one.by, "asked_at": iso(one.asked_at), "resource": one.resource_id,
        "incident": one.incident_id, "says": one.says, "outcome": one.outcome,
        "ended_at": iso(one.ended_at) if one.ended_at else None,
    }  # fmt: skip
