"""What the form of ``run`` begins with: the actions that fit, the fields of the chosen one, and
what exactly will run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from commands import rights
from commands.automation import facts as about
from commands.automation import form_fields, offering
from commands.automation.form_fields import as_usual
from commands.automation.offering import Fit
from commands.automation.offers import HTTP, REMOTE, RESOURCE, Offer
from commands.context import View
from commands.errors import NotFound
from commands.inventory import offered
from commands.inventory.search import READ
from commands.registry import arg, query
from commands.rules import approving, filling
from commands.rules.conditions import Facts
from commands.told import Told
from commands.words import count, duration
from store import executions, incidents
from store.db import Tx
from store.executions import CANCELED, DONE, FAILED, UNKNOWN, Execution
from store.inventory import resources
from store.model import Incident

MOST = 24
"""So many actions a form offers to choose from: a menu holds 25."""
RUNS = 5
_LABEL = 75


@dataclass(frozen=True, slots=True)
class Begun:
    """Arguments of ``run-form``."""

    incident: int = arg("incident", "The incident it is about.", default=0)
    action: str = arg("word", "The action that is chosen.", default="")
    params: str = arg("text", "What is filled in: on=shop/cart replicas=5.", default="", raw=True)
    again: int = arg("number", "The execution whose parameters it begins with.", default=0)


@dataclass(frozen=True, slots=True)
class Form:
    """All that a form of ``run`` shows."""

    fits: Sequence[Fit] = ()
    chosen: Fit | None = None
    facts: Facts = field(default_factory=Facts)
    runs: Sequence[Execution] = ()


@query(
    "run-form", group="auto", permission="incident.read", args=Begun, listed=False,
    example="run-form 1842",
)  # fmt: skip
async def run_form(view: View, args: Begun) -> Told:
    """What can be run about an incident or on a resource, and what it would be run with."""
    given = offered.split(args.params) if args.params else ("", {})
    on, typed = given

    def read(tx: Tx) -> Form:
        incident = incidents.get(tx, args.incident) if args.incident else None
        if args.incident and incident is None:
            raise NotFound(f"There is no incident #{args.incident}.")
        before = executions.get(tx, args.again) if args.again else None
        return _read(tx, view, incident, on, args.action, before)

    found = await view.read(read)
    named = ", ".join(one.offer.name for one in found.fits)
    lines = (f"What fits: {named}." if named else "No action fits.",)
    filled = typed | ({form_fields.ON: on} if on else {})
    return Told(lines, _facts(view, args, found, filled))


def _read(
    tx: Tx,
    view: View,
    incident: Incident | None,
    on: str,
    action: str,
    before: Execution | None,
) -> Form:
    rules, known, now = view.rules, view.definitions, view.now
    sees = rights.may(known, view.actor, READ) is not None
    there = offered.all_called(tx, on) if on and sees else []
    facts = about.facts_of(tx, incident) if incident is not None else Facts()
    fits: list[Fit] = []
    if incident is not None:
        fits = offering.fitting(tx, rules, known, view.actor, incident, now)
    for one in there:
        mine = offering.on_resource(tx, rules, known, view.actor, one, now)
        names = {each.offer.name for each in fits}
        fits += [each for each in mine if each.offer.name not in names]
    chosen = _chosen(fits, rules.offers.get(action) if action else None, facts)
    if chosen is not None and there and chosen.offer.via == RESOURCE:
        chosen = replace(chosen, on=tuple(there))
    if chosen is not None and before is not None:
        chosen = _as_before(tx, chosen, before)
    runs = _runs(tx, chosen.offer) if chosen is not None else ()
    return Form(fits, chosen, facts, runs)


def _chosen(fits: Sequence[Fit], named: Offer | None, facts: Facts) -> Fit | None:
    if named is None:
        return fits[0] if fits else None
    mine = next((one for one in fits if one.offer.name == named.name), None)
    return mine or Fit(named, "it is named", offering.begin(named, facts, None))


def _because(chosen: Fit) -> str:
    """Why it is offered, where that is worth a word."""
    everywhere = chosen.offer.match is not None and not chosen.offer.match
    return "" if everywhere or not chosen.why else f"Offered because {chosen.why}."


def _as_before(tx: Tx, chosen: Fit, before: Execution) -> Fit:
    """The parameters of a run once more, as far as the action has such; secrets are typed anew."""
    offer = chosen.offer
    hidden = {*filling.secret_names(offer.params), *before.secret, *offer.fixed, offer.dry}
    names = {one.name for one in offer.params} - hidden
    kept = {n: filling.plain(v) for n, v in before.params.items() if n in names}
    known = resources.get(tx, before.resource_id) if before.resource_id else None
    on = (known,) if known is not None and offer.via == RESOURCE else chosen.on
    return replace(chosen, values={**chosen.values, **kept}, on=on)


def _runs(tx: Tx, offer: Offer) -> Sequence[Execution]:
    over = (DONE, FAILED, CANCELED, UNKNOWN)
    return executions.last(tx, action=offer.name, states=over, most=RUNS)


def _facts(view: View, args: Begun, found: Form, typed: Mapping[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    options = [(one.offer.name, _label(one)) for one in found.fits[:MOST]]
    chosen = found.chosen
    if chosen is None:
        return facts
    offer = chosen.offer
    if offer.name not in dict(options):
        options.append((offer.name, _label(chosen)))
    filled = _filled(found, chosen, typed)
    word = filling.words(offer.confirm, found.facts, filled.params) if offer.confirm else None
    return facts | {
        "choices": {"action": options},
        "values": {"action": offer.name},
        "hints": {"action": _because(chosen)},
        "inputs": form_fields.fields(chosen, typed, word),
        "instead_of": ["params"],
        "intro": preview(view, found, chosen, filled),
        "fits": [_fact(one) for one in found.fits],
    }


def _filled(found: Form, chosen: Fit, typed: Mapping[str, str]) -> filling.Filled:
    known = {one.name: one for one in chosen.offer.params}
    begin = chosen.values
    mine = {n: v for n, v in {**begin, **typed}.items() if n in known}
    mine = {n: v for n, v in mine.items() if not as_usual(chosen.offer, known[n], v)}
    return filling.fill(chosen.offer, found.facts, mine)


def _label(one: Fit) -> str:
    """``Rotate WAL (rotate-wal) · ★ fixed it last time``."""
    offer = one.offer
    name = f"{offer.title} ({offer.name})" if offer.title and offer.title != offer.name else ""
    used = f"used {one.used}×" if one.used else ""
    marks = ["★ fixed it last time" if one.fixed_last_time else "", used]
    said = " · ".join(filter(None, (name or offer.name, *marks)))
    return said if len(said) <= _LABEL else " · ".join(filter(None, (offer.name, *marks)))


def _fact(one: Fit) -> dict[str, Any]:
    return {
        "action": one.offer.name, "title": one.offer.title, "why": one.why, "used": one.used,
        "fixed_last_time": one.fixed_last_time, "values": dict(one.values),
    }  # fmt: skip


# what will run


def preview(view: View, found: Form, chosen: Fit, filled: filling.Filled) -> str:
    """``What will run: pg.rotate_wal host=db-3 on StackStorm prod as pixelview for Ana · needs
    approval: no · last 5 runs: 4 ok, 31–48 s``."""
    offer = chosen.offer
    secret = filling.secret_names(offer.params)
    names = (one.name for one in offer.params if one.name not in offer.fixed)
    shown = {name: filled.params[name] for name in names if name in filled.params}
    deed = filling.called(offer.ref or offer.name, shown, secret)
    if chosen.offer.via == RESOURCE and len(chosen.on) == 1:
        one = chosen.on[0]
        deed = f"{deed} on {one.resource.kind} {one.resource.name}"
    where = _there(view, offer)
    who = view.definitions.name_of(view.actor.id) or view.actor.name
    need = approving.chosen(offer.needs, found.facts, filled.params, view.now, offer.params)
    parts = [
        f"What will run: {deed}{where} for {who}",
        *([f"dangerous: {offer.dangerous}"] if offer.dangerous else []),
        f"needs approval: {approving.in_words(need.by) if need else 'no'}",
        _lately(found.runs),
    ]
    lacks = f" Not yet: {filled.why_not}." if filled.why_not else ""
    _, more = form_fields.asked(offer)
    left = f" {count(more, 'more parameter')}: by the command alone." if more else ""
    return f"{' · '.join(parts)}.{lacks}{left}"


def _there(view: View, offer: Offer) -> str:
    """`` on StackStorm prod as pixelview``, as far as it is known."""
    if offer.via != REMOTE:
        return " by a signed request" if offer.via == HTTP else ""
    known = view.automation.status() if view.automation is not None else ()
    hello = next((one.version for one in known if one.name == offer.system), "")
    what, _, account = hello.partition(", as ")
    kind = what.partition(" ")[0]
    alike = kind.casefold() == offer.system.casefold()
    far = " ".join(filter(None, ("" if alike else kind, offer.system)))
    return f" on {far} as {account}" if account else f" on {far}"


def _lately(runs: Sequence[Execution]) -> str:
    """``last 5 runs: 4 ok, 31–48 s``."""
    if not runs:
        return "never run yet"
    good = [one for one in runs if one.state == DONE]
    took = sorted(
        one.ended_at - (one.began_at or one.asked_at) for one in good if one.ended_at is not None
    )
    span = ""
    if took:
        low, high = duration(took[0]), duration(took[-1])
        span = f", {low}" if low == high else f", {_joined(low, high)}"
    which = "last run" if len(runs) == 1 else f"last {len(runs)} runs"
    said = "ok" if len(runs) == 1 and good else f"{len(good)} ok"
    return f"{which}: {said}{span}"


def _joined(low: str, high: str) -> str:
    """``31–48 s`` where both are told in the same unit."""
    number, _, unit = low.partition(" ")
    return f"{number}–{high}" if unit and high.endswith(f" {unit}") else f"{low} to {high}"
