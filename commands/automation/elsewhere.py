"""Executions that were begun in a runner itself, by its rules or its people.

One that carries the number of an incident of ours is on its timeline, and followed to its end as
ours are; so is one whose failure opens an incident (``opens`` in the settings). Whoever may start
executions there may name any incident: so private ones can't be named, of what it is given nothing
is shown that the catalogue does not know to be no secret, and there are limits.
"""

from __future__ import annotations

from collections.abc import Sequence

from commands import notices
from commands.automation import telling
from commands.automation.offers import REMOTE, Offer
from commands.automation.telling import ACTION
from commands.context import Ctx
from commands.rules.both_ways import RunnerRules
from integrations.base import Remote
from store import executions, incidents
from store.clock import MINUTE
from store.executions import CANCELING, RUNNING, WAITING, Execution
from store.model import DAY, Incident, IncidentStatus

OURS = "pixelview-"
"""What the mark of an execution begins with that was begun here."""
MOST_OF_ONE, MOST_A_MINUTE = 50, 120
"""So many of one incident are told, and so many of a runner within a minute."""
LATE = DAY
"""An incident that was over for so long is told of nothing more."""
_ACTS = frozenset({
    "acknowledge", "assign", "declare", "escalate", "get_incident", "note", "page", "receive",
    "reopen", "resolve", "run", "tag", "verify",
})  # fmt: skip
"""Actions of the pack that speak to us: what they do is on the timeline as what it is."""
_STATES = {"waiting": WAITING, "canceling": CANCELING}


def wanted(rules: RunnerRules, one: Remote) -> bool:
    """Whether an execution is to be told of: ours are known, and a task is part of its workflow."""
    pack, _, name = one.ref.partition(".")
    if one.parent or one.tag.startswith(OURS) or (pack == rules.pack and name in _ACTS):
        return False
    return bool(one.incident) or rules.opens_for(one.ref)


def told(ctx: Ctx, system: str, remotes: Sequence[Remote]) -> list[int]:
    """What the stream of a runner said of executions that are not ours; the numbers of those that
    are followed from now on."""
    rules = ctx.rules.offers.runners.get(system, RunnerRules())
    return [
        number
        for each in remotes
        if wanted(rules, each) and (number := _begun(ctx, system, rules, each))
    ]


def _begun(ctx: Ctx, system: str, rules: RunnerRules, remote: Remote) -> int:
    """Its number here; 0 where it is known, or nobody here is told of it."""
    if executions.by_remote(ctx.tx, system, remote.id) is not None:
        return 0
    incident = _incident(ctx, remote.incident)
    if incident is None and not rules.opens_for(remote.ref):
        return 0
    if _too_many(ctx, system, incident):
        return 0
    offer = _offer(ctx, system, remote.ref)
    secret = tuple(p.name for p in offer.params if p.secret) if offer else ()
    params = {p.name: remote.params[p.name] for p in offer.params if p.name in remote.params} \
        if offer else {}  # fmt: skip
    by = ctx.rules.redact(remote.by)[:80]
    one = Execution(
        executions.new(ctx.tx), _STATES.get(remote.status, RUNNING), offer.name if offer else
        f"{system}:{remote.ref}", system, "", ctx.now, REMOTE, remote.ref, remote.id,
        incident_id=incident.id if incident else None, params=params, secret=secret,
        says=telling.deed(offer, params, secret) if offer else f"{system}:{remote.ref}"[:200],
        why=f"{by} began it in {system}." if by else f"It was begun in {system}.",
        url=remote.url, elsewhere=True, began_at=remote.began_at or ctx.now,
    )  # fmt: skip
    executions.add(ctx.tx, one)
    if incident is not None:
        say = f"{one.says} runs in {system}."
        ctx.tell(incident.id, ACTION, say, one.why, {"execution": one.id})
        notices.below(ctx, telling.about(one.id), incident.id)
        ctx.changed(incident.id, incident.rev)
    return one.id


def _incident(ctx: Ctx, number: int) -> Incident | None:
    """The incident that is meant, where others may know of it: what was merged is told of where it
    went."""
    found = incidents.get(ctx.tx, number) if 0 < number < 1 << 53 else None
    if found is not None and found.merged_into:
        found = incidents.get(ctx.tx, found.merged_into)
    if found is None or found.private:
        return None
    over = found.status is IncidentStatus.RESOLVED and ctx.now - (found.resolved_at or 0) > LATE
    return None if over else found


def _too_many(ctx: Ctx, system: str, incident: Incident | None) -> bool:
    lately = executions.last(ctx.tx, since=ctx.now - MINUTE, most=4 * MOST_A_MINUTE)
    if sum(one.elsewhere and one.system == system for one in lately) >= MOST_A_MINUTE:
        return True
    if incident is None:
        return False
    same = executions.last(ctx.tx, incident=incident.id, most=2 * MOST_OF_ONE)
    return sum(one.elsewhere for one in same) >= MOST_OF_ONE


def _offer(ctx: Ctx, system: str, ref: str) -> Offer | None:
    found = ctx.rules.offers.get(f"{system}:{ref}")
    return found if found is not None and found.via == REMOTE else None
