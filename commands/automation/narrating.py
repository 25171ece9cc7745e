"""What people read of an automation: its lines on the timeline, in its name."""

from __future__ import annotations

from dataclasses import replace

from commands.automation import hiding
from commands.automation.facts import facts_of
from commands.automation.happened import BY, KIND
from commands.context import Ctx
from commands.threads import say_in_threads
from commands.words import duration
from store import automations, incidents
from store.automation_runs import AutomationRun
from store.model import Actor, Incident


def called(name: str) -> str:
    """An automation as sentences begin with it."""
    return f"Automation {name}"


def about(number: int) -> str:
    """What the card of a run is about."""
    return f"{KIND}:{number}"


def deeds(run: AutomationRun) -> str:
    """What it did, in words."""
    return ", then ".join(run.deeds) or "nothing was run"


def acting(ctx: Ctx, name: str, chain: tuple[str, ...] = ()) -> Ctx:
    """The same transaction in the name of an automation."""
    actor = Actor("system", f"{BY}{name}", called(name), "automation")
    return replace(ctx, actor=actor, note={"chain": [*chain, name]})


def tell(ctx: Ctx, run: AutomationRun, say: str, why: str = "") -> None:
    """A line on the timeline of what it is about, else on the record."""
    own = acting(ctx, run.automation)
    if run.incident_id is None:
        own.did(KIND, say, why)
        return
    own.tell(run.incident_id, KIND, say, why, {"run": run.id})
    incident = incidents.get(ctx.tx, run.incident_id)
    if incident is not None:
        ctx.changed(incident.id, incident.rev)


def in_threads(ctx: Ctx, incident: Incident, text: str) -> None:
    """A word below the incident's cards, as all may read it."""
    if ctx.rules.sensitive:
        text = hiding.blank(ctx.rules, text, facts_of(ctx.tx, incident))
    say_in_threads(ctx, incident, "ran", text=ctx.rules.redact(text))


def stopped(ctx: Ctx) -> str:
    """Who stopped all automation, since when and why; "" where nobody did."""
    found = automations.stopped(ctx.tx)
    if found is None:
        return ""
    why = f": {found.why}" if found.why else ""
    ago = duration(max(ctx.now - found.changed_at, 0))
    return f"{ctx.name_of(found.by)} stopped all automation {ago} ago{why}"
