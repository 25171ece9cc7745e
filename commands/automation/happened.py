"""Something happened that an automation may wait for: it is looked at right after the commit.

Called where incidents change, thousands of times a second: it costs a look into a set where no
automation listens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commands.alarms import wake_me
from commands.context import Ctx
from commands.rules.automating import EXECUTION, OPENED, RESOLVED, RESOURCE
from store.executions import Execution
from store.model import Incident

KIND = "automation"
BY = "automation:"
"""What the id of an actor begins with who is an automation."""
_TOGETHER = 8
"""So many incidents are looked at in one transaction: presses and pages come in between."""


def chain(ctx: Ctx) -> list[str]:
    """The automations that led to what happens now."""
    return list(ctx.note.get("chain", ())) if ctx.actor.id.startswith(BY) else []


def happened(ctx: Ctx, event: str, incident: Incident, *, mark: object = "", step: int = 0) -> None:
    """An incident changed: ``mark`` tells this occasion from the next of its kind."""
    listens = event == RESOLVED or ctx.rules.automations.hears(event)
    if listens and len(ctx.rules.automations):
        found = {"mark": str(mark or incident.rev), "step": step, "chain": chain(ctx)}
        wake_me(ctx, KIND, ctx.now, event=event, incidents=[incident.id], **found)


def opened(ctx: Ctx, numbers: Iterable[int]) -> None:
    """Incidents opened."""
    if not ctx.rules.automations.hears(OPENED):
        return
    every = list(numbers)
    for n in range(0, len(every), _TOGETHER):
        some = every[n : n + _TOGETHER]
        wake_me(ctx, KIND, ctx.now, event=OPENED, incidents=some, mark=OPENED, chain=chain(ctx))


def became(ctx: Ctx, resources: Sequence[int]) -> None:
    """Resources are in another state."""
    if not (len(ctx.rules.automations) and ctx.rules.automations.hears(RESOURCE)):
        return
    for n in range(0, len(resources), _TOGETHER):
        some = list(resources[n : n + _TOGETHER])
        wake_me(ctx, KIND, ctx.now, event=RESOURCE, resources=some, mark=str(ctx.now))


def ended(ctx: Ctx, one: Execution, led: Sequence[str]) -> None:
    """An execution ended; ``led`` are the automations that led to it."""
    if len(ctx.rules.automations) and ctx.rules.automations.hears(EXECUTION):
        wake_me(ctx, KIND, ctx.now, event=EXECUTION, execution=one.id, chain=list(led))
