"""Runs that a second person must agree to: what was shown is what is run, to the letter, and who
says yes sees what it is, what it interrupts, and what takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from commands import approvals, notices
from commands.automation import executing, narrating, permitting, preparing
from commands.automation.offers import RESOURCE, Offer
from commands.context import Ctx, Done
from commands.errors import Conflict, Denied
from commands.rules import allowing, approving, filling
from commands.rules.approving import Need
from commands.rules.conditions import Facts
from store import approvals as kept
from store import automation_runs as runs
from store import automations, executions, incidents
from store.approvals import APPROVED, Approval
from store.executions import Execution
from store.inventory import resources
from store.model.known import Known

VERB = "run"
_LONG = 1500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run as it will be: ``params`` are filled in, ``says`` is the deed in words without secrets,
    ``word`` what must be typed before it is run ("" for nothing), ``teams`` those it concerns.
    ``by`` is the handle of who asks, "" where an ``automation`` does; ``extra`` is what an HTTP
    action posts beside."""

    offer: Offer
    params: Mapping[str, Any]
    says: str
    by: str = ""
    incident: int = 0
    resource: Known | None = None
    automation: str = ""
    why: str = ""
    word: str = ""
    again_of: int = 0
    teams: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def need_of(ctx: Ctx, wanted: Wanted, facts: Facts) -> Need | None:
    """The rule that asks for a second person; None where none does."""
    offer = wanted.offer
    return approving.chosen(offer.needs, facts, wanted.params, ctx.now, offer.params)


def needed_for_run(ctx: Ctx, wanted: Wanted, facts: Facts) -> Done | None:
    """The answer to who asks where somebody else must agree first; None where it may be run.

    Conflict where nobody else could agree.
    """
    need = need_of(ctx, wanted, facts)
    if need is None:
        return None
    one, told = _ask(ctx, wanted, need)
    return approvals.answered(ctx, one, told)


def needed_for_machine(ctx: Ctx, wanted: Wanted, facts: Facts) -> int:
    """The number of the approval that a run of an automation waits for; 0 where it may be run.

    What becomes of it is told to all in ``approvals.DECIDED``; ``execution_of`` says what
    it became. Conflict where nobody could agree.
    """
    need = need_of(ctx, wanted, facts)
    return _ask(ctx, wanted, need)[0].id if need is not None else 0


def execution_of(one: Approval) -> int:
    """The execution that an approval became; 0 for none."""
    return int(one.more.get("execution", 0))


def _ask(ctx: Ctx, wanted: Wanted, need: Need) -> tuple[Approval, list[str]]:
    offer = wanted.offer
    run = {
        "action": offer.name, "offer": fingerprint(offer), "params": dict(wanted.params),
        "resource": wanted.resource.id if wanted.resource else 0, "automation": wanted.automation,
        "why": wanted.why, "again_of": wanted.again_of, "teams": list(wanted.teams),
        "extra": dict(wanted.extra), "within": need.within,
    }  # fmt: skip
    more = {"run": run, "word": wanted.word, "dangerous": offer.dangerous, "undo": offer.undo,
            "dries": offer.can_be_dry, "title": offer.title or offer.name}  # fmt: skip
    args = {"action": offer.name, "incident": wanted.incident}
    return approvals.ask(
        ctx, VERB, args, need, wanted.says, wanted.incident or None, asker=wanted.by, more=more
    )


def fingerprint(offer: Offer) -> list[Any]:
    """What makes it the same action: where it is done, what it takes and what that is where nobody
    says, what nobody may change, who must agree and what must be typed."""
    takes = [[p.name, p.kind, p.secret, filling.plain(p.default)] for p in offer.params]
    fixed = {name: str(value) for name, value in sorted(offer.fixed.items())}
    asks = [f"{need.by} {dict(need.match)} {dict(need.params)}" for need in offer.needs]
    return [offer.via, offer.system, offer.ref, takes, fixed, asks, offer.confirm]


def go(ctx: Ctx, one: Approval) -> Done:
    """Run the very thing that was shown, in the name of who asked."""
    asker = approvals.asker_of(ctx, one.asker) if one.asker else None
    mine = approvals.as_asker(ctx, asker, one.id) if asker is not None else ctx
    offer = _still(ctx, one, mine)
    run = one.more["run"]
    execution = executing.ask(
        mine, offer, params=run["params"], incident=one.incident, resource=_resource(ctx, run),
        by=one.asker, automation=run["automation"], why=run["why"], approved_by=ctx.actor.id,
        again_of=run["again_of"], extra=run["extra"],
    )  # fmt: skip
    keep(ctx, one, execution=execution.id)
    return Done(f"It is under way, number {execution.id}.")


approvals.DOES[VERB] = go


def keep(ctx: Ctx, one: Approval, **more: Any) -> Approval:
    """Remember more of it."""
    one = replace(one, more={**one.more, **more})
    kept.save(ctx.tx, one)
    return one


def _still(ctx: Ctx, one: Approval, mine: Ctx) -> Offer:
    """The action as it was shown; Conflict where that, or the right to it, is gone."""
    run, asker = one.more["run"], approvals.asked_by(ctx, one)
    offer = ctx.rules.offers.get(run["action"])
    if offer is None:
        raise Conflict(f"There is no action {run['action']} just now: nothing is run.")
    if fingerprint(offer) != run["offer"]:
        say = f"{offer.name} is not what it was when {asker} asked: nothing is run. Ask again."
        raise Conflict(say)
    if why := allowing.refused(offer, run["params"]):
        raise Conflict(f"{why} That is new since {asker} asked: nothing is run.")
    if one.asker:
        _may_still(mine, one, offer)
    if why := _called_off(ctx, one):
        raise Conflict(f"{asker} asked, but {why}: nothing is run.")
    if one.incident and incidents.get(mine.seen, one.incident) is None:
        raise Conflict(f"{asker} does not see #{one.incident} any more: nothing is run.")
    return offer


def _called_off(ctx: Ctx, one: Approval) -> str:
    """Why what asked by itself is not to run any more; "" where it is."""
    name = one.more["run"]["automation"]
    if one.asker and not name:
        return ""
    if why := narrating.stopped(ctx):
        return why
    if not name:
        return ""
    if automations.get(ctx.tx, name).state == automations.OFF:
        return "it is off now"
    mine = runs.last(ctx.tx, name, incident=one.incident)
    over = any(run.approval == one.id and run.state not in runs.OPEN for run in mine)
    return "it goes no further" if over else ""


def _may_still(mine: Ctx, one: Approval, offer: Offer) -> None:
    run = one.more["run"]
    teams = preparing.teams_of(mine.tx, _resource(mine, run), one.incident or 0)
    lost = permitting.denial(mine.definitions, mine.actor, offer, run["params"], teams, mine.now)
    if lost is not None:
        raise Denied(f"{lost} {mine.actor.name} asked for it.", lost.needs, lost.ask)


def _resource(ctx: Ctx, run: Mapping[str, Any]) -> Known | None:
    number = run["resource"]
    known = resources.get(ctx.tx, number) if number else None
    if number and (known is None or known.gone_at is not None):
        raise Conflict("What it is for is there no more: nothing is run.")
    return known


# ---- before it is decided ----------------------------------------------------------------------


def dry(ctx: Ctx, one: Approval) -> Execution:
    """Have it tried without being done; what it would do is shown on the card once it is known."""
    asker = approvals.asker_of(ctx, one.asker) if one.asker else None
    mine = approvals.as_asker(ctx, asker, one.id) if asker is not None else ctx
    offer, run = _still(ctx, one, mine), one.more["run"]
    if not (offer.dry or offer.via == RESOURCE):
        raise Conflict(f"{offer.name} can't be tried without doing it.")
    before = executions.get(ctx.tx, int(one.more.get("dry", {}).get("execution", 0)))
    if before is not None and not before.over:
        raise Conflict("It is being tried just now; what it says comes on the card.")
    execution = executing.ask(
        ctx, offer, params=run["params"], incident=one.incident, resource=_resource(ctx, run),
        by=ctx.actor.id, why=f"A dry run before it is decided: {one.says}.", dry=True,
        extra=run["extra"],
    )  # fmt: skip
    keep(ctx, one, dry={"execution": execution.id, "at": ctx.now, "approval": one.id})
    notices.stale(ctx, approvals.about(one.id))
    return execution


def tried(ctx: Ctx, execution: Execution) -> None:
    """A dry run ended: the approval it was for shows what it would do."""
    if not execution.dry:
        return
    for one in kept.waiting(ctx.tx):
        if int(one.more.get("dry", {}).get("execution", 0)) != execution.id:
            continue
        text = "\n".join(execution.tail) or execution.outcome
        said = {**one.more["dry"], "at": ctx.now, "state": execution.state, "text": text[:_LONG]}
        keep(ctx, one, dry=said)
        notices.stale(ctx, approvals.about(one.id), at_once=True)


def again(ctx: Ctx, one: Approval) -> tuple[Approval, list[str]]:
    """Ask once more for what nobody decided in time; by the rules and people of now."""
    mine = approvals.as_asker(ctx, approvals.asker_of(ctx, one.asker), 0) if one.asker else ctx
    offer, run = _still(ctx, one, mine), one.more["run"]
    rules = [need for need in offer.needs if need.by == one.rule]
    need = rules[0] if rules else Need(one.rule, run["within"])
    wanted = Wanted(
        offer, run["params"], one.says, one.asker, one.incident or 0, _resource(ctx, run),
        run["automation"], run["why"], str(one.more.get("word", "")), run["again_of"],
        tuple(run["teams"]), run["extra"],
    )  # fmt: skip
    return _ask(ctx, wanted, need)


def approved_by(ctx: Ctx, number: int) -> str:
    """Who said yes to an approval, "" where nobody did."""
    one = kept.get(ctx.tx, number)
    return (one.decided_by or "") if one is not None and one.state == APPROVED else ""
