"""A second person's word: who asks waits, who may decide is told privately, and the command runs as
whoever asked once somebody else says yes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands import belongs, notices, rights, seeing
from commands.acting import actor_of
from commands.alarms import alarm, wake_me
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Denied, NotFound
from commands.registry import CATALOG, Button, Verb, arg, command, query
from commands.rules import approving
from commands.rules.approving import Need
from commands.token_limits import whole_person
from commands.told import Told
from commands.words import duration
from store import approvals
from store.approvals import APPROVED, DENIED, EXPIRED, WAITS, Approval
from store.model import Actor, Timer

ABOUT, KIND = "approval", "approval"
MOST = 10
"""So many people are asked at once."""


@dataclass(frozen=True, slots=True)
class Approve:
    """Arguments of ``approve``."""

    approval: int = arg("noun", "The number of what is asked for.")


@dataclass(frozen=True, slots=True)
class Deny:
    """Arguments of ``deny``."""

    approval: int = arg("noun", "The number of what is asked for.")
    text: str = arg("text", "Why not; whoever asked reads it.", label="Why not")


@dataclass(frozen=True, slots=True)
class Waiting:
    """``approvals`` needs nothing."""


def about(number: int) -> str:
    """What its cards are about."""
    return f"{ABOUT}:{number}"


def needed(ctx: Ctx, verb: Verb, args: Any, need: Need, says: str) -> Done | None:
    """The answer to whoever asks where a second person must agree first; None once one did.

    Conflict where nobody else could.
    """
    if ctx.approved:
        return None
    to = approving.approvers(ctx.definitions, need.by, ctx.actor.id)
    if not to:
        who = approving.in_words(need.by)
        raise Conflict(f"This needs the word of {who}, and there is nobody.")
    incident = getattr(args, "incident", None) or None
    one = Approval(
        approvals.new(ctx.tx), WAITS, verb.name, ctx.actor.id, incident, ctx.now,
        ctx.now + need.within, args=dataclasses.asdict(args), rule=need.by, to=to[:MOST], says=says,
    )  # fmt: skip
    approvals.add(ctx.tx, one)
    told = [h for h in one.to if notices.tell(ctx, about(one.id), h, incident=incident or 0)]
    wake_me(ctx, KIND, one.expires_at, approval=one.id)
    names = ", ".join(map(ctx.name_of, told)) or "nobody: no contact is known"
    say = f"Not done yet: {says}. It waits for {approving.in_words(need.by)}."
    _note(ctx, one, f"{ctx.actor.name} asks for a second person's word: {says}.")
    within = duration(need.within)
    line = f"{say} Asked: {names}. It expires in {within}. Its number: {one.id}"
    return Done(line, aloud=True)


def _note(ctx: Ctx, one: Approval, say: str, why: str = "") -> None:
    if one.incident is not None:
        ctx.tell(one.incident, ABOUT, say, why)


def _open(ctx: Ctx, number: int) -> Approval:
    """The one that waits; whoever asks must be among those who decide."""
    whole_person(ctx)
    one = approvals.get(ctx.tx, number, for_change=True)
    if one is None or one.state not in (WAITS, APPROVED, DENIED, EXPIRED):
        raise NotFound(f"Nothing with the number {number} waits for a word.")
    if ctx.actor.id == one.asker:
        say = "You asked for this; somebody else must say yes."
        raise Denied(say, "a second person", _who(ctx, one))
    able = approving.approvers(ctx.definitions, one.rule, one.asker)
    if ctx.actor.kind != "person" or ctx.actor.id not in able:
        say = f"This needs the word of {approving.in_words(one.rule)}."
        raise Denied(say, one.rule, _who(ctx, one))
    if one.state == WAITS and one.expires_at > ctx.now:
        return one
    by = f" by {ctx.name_of(one.decided_by)}" if one.decided_by else ""
    what = EXPIRED if one.state == WAITS else one.state
    raise Conflict(f"That is over: {what}{by}.")


def _who(ctx: Ctx, one: Approval) -> tuple[str, ...]:
    able = approving.approvers(ctx.definitions, one.rule, one.asker)
    return tuple(map(ctx.name_of, able))[:5]


@command(
    "approve", group="access", permission="self", args=Approve, about=ABOUT, example="approve 77",
    buttons=(Button("Approve", "", (), asks=True),),
)  # fmt: skip
def approve(ctx: Ctx, args: Approve) -> Done:
    """Say yes, as the second person, to what somebody asks for; it is done at once for them."""
    one = _open(ctx, args.approval)
    asker = asker_of(ctx, one.asker)
    verb = CATALOG[one.verb]
    own = verb.args(**one.args)
    teams = belongs.teams_of(ctx.tx, ctx.definitions, verb, one.args, asker.id)
    permission = belongs.permission_of(verb, one.args)
    if teams is not None:
        rights.require(ctx.definitions, asker, permission, teams, ctx.now)
    one = replace(one, state=APPROVED, decided_by=ctx.actor.id, decided_at=ctx.now)
    approvals.save(ctx.tx, one)
    _note(ctx, one, f"{ctx.actor.name} approved: {one.says}.", f"{asker.name} asked for it.")
    mine = as_asker(ctx, asker, one.id)
    seeing.check(mine, verb, own)
    done: Done = verb.run(mine, own)
    _decided(ctx, one)
    return Done(f"Approved: {one.says}, asked for by {asker.name}. {done.say}", done.changed, True)


def asker_of(ctx: Ctx, handle: str) -> Actor:
    """Whoever asked, with the roles they have now."""
    person = ctx.definitions.people.get(handle)
    if person is None:
        raise Conflict(f"{handle} is not among the people any more.")
    return actor_of(person, ctx.actor.surface)


def as_asker(ctx: Ctx, asker: Actor, number: int) -> Ctx:
    """The same transaction in the name of who asked; what it touches counts for both."""
    return replace(ctx, actor=asker, approved=number)


@command(
    "deny", group="access", permission="self", args=Deny, about=ABOUT, example="deny 77 not now",
    buttons=(Button("Deny…", "", ()),),
)  # fmt: skip
def deny(ctx: Ctx, args: Deny) -> Done:
    """Say no to what somebody asks a second person for, with the reason."""
    one = _open(ctx, args.approval)
    why = ctx.rules.redact(args.text.strip())
    one = replace(one, state=DENIED, decided_by=ctx.actor.id, decided_at=ctx.now, why=why)
    approvals.save(ctx.tx, one)
    _note(ctx, one, f"{ctx.actor.name} denied: {one.says}.", why)
    _decided(ctx, one)
    return Done(f"Denied: {one.says}. {ctx.name_of(one.asker)} is told.", aloud=True)


def _decided(ctx: Ctx, one: Approval) -> None:
    """The cards say so, and whoever asked is told."""
    notices.stale(ctx, about(one.id))
    notices.tell(ctx, about(one.id), one.asker, incident=one.incident or 0)


@alarm(KIND)
def expire(ctx: Ctx, timer: Timer) -> None:
    """Nobody decided in time."""
    one = approvals.get(ctx.tx, timer.detail["approval"], for_change=True)
    if one is None or one.state != WAITS:
        return
    one = replace(one, state=EXPIRED, decided_at=ctx.now)
    approvals.save(ctx.tx, one)
    _note(ctx, one, f"Nobody decided in time: {one.says}.", "It is not done.")
    _decided(ctx, one)


@query("approvals", group="access", permission="self", args=Waiting, example="approvals")
async def waiting(view: View, args: Waiting) -> Told:
    """What waits for a second person's word: yours to give, and what you asked for."""
    found = await view.read(approvals.waiting)
    me, known = view.actor.id, view.definitions
    mine = [
        one
        for one in found
        if me == one.asker or me in approving.approvers(known, one.rule, one.asker)
    ]
    lines = tuple(_line(view, one) for one in mine) or ("Nothing waits for your word.",)
    facts: Mapping[str, Any] = {
        "approvals": [
            {
                "approval": one.id,
                "what": one.says,
                "asked_by": one.asker,
                "expires_at": one.expires_at,
            }
            for one in mine
        ]
    }
    return Told(lines, facts)


def _line(view: View, one: Approval) -> str:
    left = duration(max(one.expires_at - view.now, 0))
    who = view.definitions.name_of(one.asker)
    return f"🔐 {one.id} · {who}: {one.says} · {left} left · approve {one.id}, or deny {one.id} …"
