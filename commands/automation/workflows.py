"""Workflows that people put together of actions there are: checked, written, handed to the system
that runs them, and tried once as a dry run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from commands import notices
from commands.automation import executing, permitting
from commands.automation.offers import REMOTE, Catalogue, Offer
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.registry import arg, command, query
from commands.rules import orquesta, workflow
from commands.rules.both_ways import RunnerRules
from commands.rules.workflow import Step, Takes, Workflow, Wrong
from commands.told import Told
from commands.words import duration
from integrations.base import Param
from store import errands, executions, workflows
from store.clock import iso
from store.db import Tx
from store.workflows import ASKED, LEAVING, REFUSED, THERE, MadeHere

ABOUT = "workflow"
WRITE, READ = "config.write", "config.read"
RANK = 9
_EXAMPLES: Mapping[str, Any] = {
    "number": 1,
    "decimal": 1.0,
    "flag": False,
    "list": [],
    "object": {},
}
"""What a dry run is tried with where nothing was said: no step sees it."""
_WORDS = {ASKED: "being handed over", THERE: "there", REFUSED: "refused", LEAVING: "being removed"}
HOW = "name: pg.rotate_wal host=? ; core.http url=https://… if succeeded ; core.noop always"


@dataclass(frozen=True, slots=True)
class New:
    """Arguments of ``workflow-new``."""

    workflow: str = arg("word", "What it is called: db-cleanup. One that is there is changed.")
    steps: str = arg(
        "text",
        "Two to ten actions, one a line or after ; – name=value, =? asks whoever runs it; "
        "then if succeeded, if failed, if 1 failed, always.",
        label="Steps",
    )
    purpose: str = arg("which", "What it is for, in a few words.", default="", label="Purpose")


@command(
    "workflow-new", group="auto", permission=WRITE, args=New,
    example="workflow-new db-cleanup: st2:pg.rotate_wal host=? ; st2:core.noop if failed",
)  # fmt: skip
def new(ctx: Ctx, args: New) -> Done:
    """Put actions together as a workflow: written, registered, tried once as a dry run."""
    made, offers, system = _checked(ctx.rules.offers, args)
    name, title = made.name, made.title
    for number, task in enumerate(made.tasks, 1):
        _may(ctx, offers[task.step.action], task.inputs, number)
    pack = ctx.rules.offers.runners.get(system, RunnerRules()).pack
    before = workflows.get(ctx.tx, name)
    if before is None and _foreign(ctx.rules.offers, system, f"{pack}.{name}"):
        raise Conflict(f"{system} has {pack}.{name} already, and it was not made here.")
    one = MadeHere(
        name, ASKED, ctx.now, system, pack, f"{pack}.{name}",
        before.version + 1 if before else 1, ctx.actor.id, title, args.steps,
        tuple(workflow.says(task, n) for n, task in enumerate(made.tasks, 1)),
        tuple(dict.fromkeys(offer.name for offer in offers.values())),
        orquesta.files(made, pack), tuple(map(asdict, _params(made))),
    )  # fmt: skip
    workflows.save(ctx.tx, one)
    content = {"workflow": name, "version": one.version}
    errands.ask(ctx.tx, ctx.now, f"{ABOUT}:{name}", f"runner:{system}", content, rank=RANK)
    did = "made" if before is None else "changed"
    ctx.did(ABOUT, f"{ctx.actor.name} {did} workflow {one.ref}.", " ".join(one.says))
    asks = f"It asks for {', '.join(made.inputs)}." if made.inputs else "It asks for nothing."
    head = f"Workflow {one.ref}, version {one.version}, goes to {system} and is tried dry."
    return Done("\n".join((head, *one.says, asks, f"How it is: workflow {name}")), aloud=True)


def _checked(there: Catalogue, args: New) -> tuple[Workflow, dict[str, Offer], str]:
    """The workflow that is meant, its actions by the names they were given, its system."""
    try:
        name, steps = workflow.named(args.workflow), workflow.read(args.steps)
        offers = {step.action: _offer(there, step, n) for n, step in enumerate(steps, 1)}
        system = _system(offers.values())
        title = args.purpose.strip()[:200] or name.replace("_", " ").capitalize()
        return _build(name, title, steps, offers), offers, system
    except Wrong as error:
        raise Invalid(f"{str(error).rstrip('.')}.", "steps") from None


@query(
    "workflow-check", group="ops", permission=WRITE, args=New, listed=False,
    example="workflow-check db-cleanup: st2:core.noop ; st2:core.noop",
)  # fmt: skip
async def check(view: View, args: New) -> Told:
    """What a workflow would be: its steps in words, its files; nothing is kept."""
    made, _, system = _checked(view.rules.offers, args)
    lines = tuple(workflow.says(task, n) for n, task in enumerate(made.tasks, 1))
    pack = view.rules.offers.runners.get(system, RunnerRules()).pack
    facts = {"inputs": list(made.inputs), "files": orquesta.files(made, pack)}
    return Told((f"{pack}.{made.name} in {system}", *lines), facts)


def _offer(there: Catalogue, step: Step, number: int) -> Offer:
    """The action of a step, where a workflow may have it."""
    one = there.get(step.action)
    if one is None:
        near = sorted(each.name for each in there.via(REMOTE))[:12]
        raise Wrong(f"there is no action {step.action}; some: {', '.join(near) or 'none'}", number)
    if one.via != REMOTE:
        raise Wrong(f"{one.name} is run by PixelView itself, a workflow can't", number)
    for each in there.via(REMOTE):
        same = (each.system, each.ref) == (one.system, one.ref)
        if same and (each.needs or each.confirm):
            need = each.needs[0].by if each.needs else "a typed confirmation"
            raise Wrong(f"{each.name} needs {need}: a workflow would be a way around it", number)
    if hidden := [p.name for p in one.params if p.secret and p.name in one.fixed]:
        raise Wrong(f"{one.name} has a secret in its settings, {hidden[0]}: no file may", number)
    if any("{" in str(value) for value in one.fixed.values()):
        raise Wrong(f"{one.name} takes values from its incident, a workflow can't", number)
    return one


def _system(offers: Iterable[Offer]) -> str:
    systems = sorted({each.system for each in offers})
    if len(systems) != 1:
        raise Wrong(f"all steps run in one system, these are of {', '.join(systems)}")
    return systems[0]


def _build(
    name: str, title: str, steps: Sequence[Step], offers: Mapping[str, Offer]
) -> Workflow:  # fmt: skip
    known = {
        action: (one.ref, [_takes(each) for each in one.params if each.name not in one.fixed])
        for action, one in offers.items()
    }
    made = workflow.build(name, title, steps, known)
    for number, task in enumerate(made.tasks, 1):
        for given in task.secret:
            if "<%" not in str(task.inputs[given]):
                raise Wrong(
                    f"{given} is a secret and would stand in a file: write {given}=?", number
                )
    tasks = tuple(
        replace(task, inputs={**task.inputs, **offers[task.step.action].fixed})
        for task in made.tasks
    )
    return replace(made, tasks=tasks)


def _takes(one: Param) -> Takes:
    return Takes(
        one.name, one.kind, one.required, one.choices, one.secret, one.help, one.default
    )  # fmt: skip


def _may(ctx: Ctx, offer: Offer, inputs: Mapping[str, Any], number: int) -> None:
    """Whoever puts an action into a workflow may run it, with these values, everywhere."""
    try:
        permitting.require(ctx, offer, inputs, ())
    except Invalid as error:
        raise Invalid(f"Step {number}: {error.error}", "steps") from None


def _foreign(there: Catalogue, system: str, ref: str) -> bool:
    return any((each.system, each.ref) == (system, ref) for each in there.via(REMOTE))


def _params(made: Workflow) -> list[Param]:
    """What its action takes."""
    own = [
        Param(t.name, t.kind, t.help, t.required, None, t.choices, t.secret)
        for t in made.inputs.values()
    ]
    incident = Param("incident", "number", "The incident it is about; 0 for none.", default=0)
    return [*own, incident, Param("dry_run", "flag", "Only say what would be done.", default=False)]


def offer_of(one: MadeHere) -> Offer:
    """What can be run of it from now on."""
    params = tuple(Param(**{**p, "choices": tuple(p["choices"])}) for p in one.params)
    return Offer(
        f"{one.system}:{one.ref}", REMOTE, one.system, one.ref, one.title, params=params,
        given={"incident": "{incident.id}"}, dry="dry_run", workflow=True,
    )  # fmt: skip


# handed over


def wanted(tx: Tx, name: str) -> MadeHere | None:
    """One that waits to be handed over."""
    found = workflows.get(tx, name)
    return found if found is not None and found.state == ASKED else None


def kept(ctx: Ctx, name: str, version: int, ref: str) -> None:
    """Its system has it: it can be run, and is tried once as a dry run."""
    one = workflows.get(ctx.tx, name)
    if one is None or one.version != version or one.state != ASKED:
        return
    one = replace(one, state=THERE, changed_at=ctx.now, ref=ref or one.ref, error="")
    offer = offer_of(one)
    ctx.rules.offers.also(offer)
    params = {p.name: p.choices[0] if p.choices else _EXAMPLES.get(p.kind, f"‹{p.name}›")
              for p in offer.params if p.required}  # fmt: skip
    tried = executing.ask(
        ctx, offer, params=params, by=one.by, dry=True, why=f"Version {version} is tried once."
    )
    workflows.save(ctx.tx, replace(one, tried=tried.id))
    ctx.did(ABOUT, f"{one.system} has workflow {one.ref}, version {version}.")


def refused(ctx: Ctx, name: str, version: int, error: str) -> None:
    """Its system does not take it: whoever made it gets its files instead."""
    one = workflows.get(ctx.tx, name)
    if one is None or one.version != version or one.state != ASKED:
        return
    error = ctx.rules.redact(error)[:500]
    workflows.save(ctx.tx, replace(one, state=REFUSED, changed_at=ctx.now, error=error))
    ctx.did(ABOUT, f"{one.system} does not take workflow {one.ref}.", error)
    notices.tell(ctx, f"{ABOUT}:{name}", one.by)


# looked at


@dataclass(frozen=True, slots=True)
class Listed:
    """Arguments of ``workflows``."""


@query("workflows", group="auto", permission=READ, args=Listed, example="workflows")
async def listed(view: View, args: Listed) -> Told:
    """The workflows that were made here, and whether the system that runs them has them."""
    found = await view.read(workflows.every)
    lines = tuple(
        f"{one.ref}, version {one.version}, {_WORDS[one.state]}: {one.title} "
        f"({len(one.says)} steps, {view.definitions.name_of(one.by)}, "
        f"{duration(max(view.now - one.changed_at, 0))} ago)"
        for one in found
    )
    nothing = (f"No workflow was made here yet: workflow-new {HOW}",)
    return Told(lines or nothing, {"workflows": [_fact(one) for one in found]})


def _fact(one: MadeHere) -> dict[str, Any]:
    return {
        "name": one.name, "ref": one.ref, "system": one.system, "pack": one.pack,
        "version": one.version, "state": one.state, "title": one.title, "by": one.by,
        "steps": list(one.says), "text": one.text, "error": one.error, "tried": one.tried or None,
        "changed_at": iso(one.changed_at),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """Arguments of ``workflow``."""

    name: str = arg("word", "The workflow: db-cleanup.")


@query("workflow", group="auto", permission=READ, args=Shown, example="workflow db-cleanup")
async def shown(view: View, args: Shown) -> Told:
    """One workflow that was made here: its steps, what came of its dry run, its files."""
    try:
        name = workflow.named(args.name)
    except Wrong as error:
        raise Invalid(f"{error}.", "name") from None
    one = await view.read(lambda tx: workflows.get(tx, name))
    if one is None:
        raise NotFound(f"No workflow {args.name} was made here.")
    tried = await view.read(lambda tx: executions.get(tx, one.tried)) if one.tried else None
    lines = [f"{one.ref}, version {one.version}, {_WORDS[one.state]} in {one.system}: {one.title}"]
    lines += one.says
    if one.error:
        files = f" Its files go into the pack {one.pack}:" if one.state == REFUSED else ""
        lines.append(f"{one.system} says: {one.error.rstrip('. ')}.{files}")
    if tried is not None:
        lines.append(f"Tried dry: {tried.state}. {tried.outcome}".strip())
    if one.state != THERE:
        for path, text in one.files.items():
            lines += [f"— {path}", *text.splitlines()]
    facts = {**_fact(one), "files": dict(one.files), "dry_run": tried.state if tried else None}
    return Told(tuple(lines), facts)


@query("workflow-form", group="auto", permission=WRITE, args=Shown, listed=False,
       example="workflow-form db-cleanup")  # fmt: skip
async def form(view: View, args: Shown) -> Told:
    """What the form of a workflow begins with: the steps as they were typed."""
    try:
        name = workflow.named(args.name)
        one = await view.read(lambda tx: workflows.get(tx, name))
    except Wrong:
        one = None
    values = {"steps": one.text, "purpose": one.title} if one else {}
    return Told((one.text if one else "A new one.",), {"values": values})
