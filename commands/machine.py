"""What the machine did by itself, on record: one row a commit says what happened to which incident
and why, so that no change stands without one; the timeline has the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.context import Ctx, Step
from store import audit
from store.model import Actor

VERB = "machine"
LINES = 20
RESULTS = frozenset(("page_sent", "send_failed", "details"))
"""What the outbox reports of things that are on record already."""


@dataclass(slots=True)
class Book:
    """Collects the steps of the functions that share a commit."""

    steps: dict[tuple[str, str], tuple[Actor, list[Step]]] = field(default_factory=dict)

    def take(self, ctx: Ctx) -> None:
        """Take over what a function did that put nothing on record itself."""
        told = [step for step in ctx.steps if step.kind not in RESULTS]
        if told:
            actor = ctx.actor
            self.steps.setdefault((actor.kind, actor.id), (actor, []))[1].extend(told)

    def write(self, ctx: Ctx, writer: str) -> None:
        """One row for each actor, nothing where nothing was done."""
        for actor, steps in self.steps.values():
            about = sorted({s.incident for s in steps if s.incident})
            only = about[0] if len(about) == 1 else None
            detail = {"did": _counted(steps), "incidents": about, "lines": _lines(steps)}
            audit.append(ctx.tx, writer, ctx.now, actor, VERB, "ok", only, detail)


def _counted(steps: Sequence[Step]) -> dict[str, int]:
    """How often what was done; that an incident was written says nothing where something else
    says why."""
    told = {s.incident for s in steps if s.kind != "saved"}
    return dict(Counter(s.kind for s in steps if s.kind != "saved" or s.incident not in told))


def _lines(steps: Sequence[Step]) -> list[dict[str, object]]:
    """The first of them in words, each with its reason."""
    worded = [s for s in steps if s.say][:LINES]
    return [
        {k: v for k, v in (("incident", s.incident), ("say", s.say), ("why", s.why)) if v}
        for s in worded
    ]
