"""A second person's word: who asks waits, who may decide is told privately, and the command runs as
whoever asked once somebody else says yes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands import belongs, notices, rights, seeing
from commands.acting import actor_of
from commands.alarms import alarm, wake_me
from commands.context import Ctx, Done
from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.registry import CATALOG, Button, Verb, arg, command
from commands.rules import approving
from commands.rules.approving import Need
from commands.token_limits import whole_person
from commands.words import duration
from store import approvals
from store.approvals import APPROVED, DENIED, EXPIRED, WAITS, WITHDRAWN, Approval
from store.model import Actor, Timer

ABOUT, KIND = "approval", "approval"
MOST = 10
"""So many people are asked at once."""
STATES = (WAITS, APPROVED, DENIED, EXPIRED, WITHDRAWN)
NOT_BY_SMS = ("sms", "voice")

Go = Callable[[Ctx, Approval], Done]
DOES: dict[str, Go] = {}
"""What is done once somebody said yes, where that is not simply the verb once more: by verb."""
DECIDED: list[Callable[[Ctx, Approval], None]] = []
"""Who wants to know what became of it."""


@dataclass(frozen=True, slots=True)
class Approve:
    """Arguments of ``approve``."""

    approval: int = arg("noun", "The number of what is asked for.")
    typed: str = arg(
        "text", "What a dangerous one asks to type.", default="", label="Type it to confirm"
    )


@dataclass(frozen=True, slots=True)
class Deny:
    """Arguments of ``deny``."""

    approval: int = arg("noun", "The number of what is asked for.")
    text: str = arg("text", "Why not; whoever asked reads it.", label="Why not")


def about(number: int) -> str:
    """What its cards are about."""
    return f"{ABOUT}:{number}"


def needed(ctx: Ctx, verb: Verb, args: Any, need: Need, says: str) -> Done | None:
    """The answer to whoever asks where a second person must agree first; None once one did.

    Conflict where nobody else could.
    """
    if ctx.approved:
        return None
    incident = getattr(args, "incident", None) or None
    one, told = ask(ctx, verb.name, dataclasses.asdict(args), need, says, incident)
    return answered(ctx, one, told)


def ask(
    ctx: Ctx,
    verb: str,
    args: Mapping[str, Any],
    need: Need,
    says: str,
    incident: int | None,
    *,
    asker: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> tuple[Approval, list[str]]:
    """Ask those who may decide; the handles of those who were told. ``asker`` is "" for what asks
    by itself. Conflict where nobody else could decide."""
    by = ctx.actor.id if asker is None else asker
    to = approving.approvers(ctx.definitions, need.by, by, ctx.now)
    if not to:
        who = approving.in_words(need.by)
        raise Conflict(f"This needs the word of {who}, and there is nobody else.")
    one = Approval(
        approvals.new(ctx.tx), WAITS, verb, by, incident, ctx.now, ctx.now + need.within,
        args=dict(args), rule=need.by, to=to[:MOST], says=says, more=dict(more or {}),
    )  # fmt: skip
    approvals.add(ctx.tx, one)
    told = [h for h in one.to if notices.tell(ctx, about(one.id), h, incident=incident or 0)]
    if incident:
        notices.below(ctx, about(one.id), incident)
    wake_me(ctx, KIND, one.expires_at, approval=one.id)
    note(ctx, one, f"{asked_by(ctx, one)} asks for a second person's word: {says}.")
    return one, told


def answered(ctx: Ctx, one: Approval, told: list[str]) -> Done:
    """What whoever asked is told."""
    names = ", ".join(map(ctx.name_of, told)) or "nobody: no contact is known"
    say = f"Not done yet: {one.says}. It waits for {approving.in_words(one.rule)}."
    within = duration(one.expires_at - ctx.now)
    line = f"{say} Asked: {names}. It expires in {within}. Its number: {one.id}"
    return Done(line, aloud=True)


def asked_by(ctx: Ctx, one: Approval) -> str:
    """Who asks: a person's name, or the automation that does."""
    automation = one.more.get("run", {}).get("automation", "")
    itself = f"Automation {automation}" if automation else "A policy"
    return ctx.name_of(one.asker) if one.asker else itself


def note(ctx: Ctx, one: Approval, say: str, why: str = "") -> None:
    """A line of the incident's timeline, or of the record where it is about none."""
    if one.incident is not None:
        ctx.tell(one.incident, ABOUT, say, why, {"approval": one.id})
    else:
        ctx.did(ABOUT, say, why)


def known(ctx: Ctx, number: int) -> Approval:
    """One that was asked for, for change."""
    one = approvals.get(ctx.tx, number, for_change=True)
    if one is None or one.state not in STATES:
        raise NotFound(f"Nothing with the number {number} waits for a word.")
    return one


def open_to_me(ctx: Ctx, number: int) -> Approval:
    """The one that waits; whoever acts must be among those who decide."""
    whole_person(ctx)
    one = known(ctx, number)
    if ctx.actor.surface in NOT_BY_SMS:
        link = f"{ctx.rules.url.rstrip('/')}/a/{one.id}"
        raise Denied(f"No reply by SMS counts here: open {link}", "a surface that knows you")
    if ctx.actor.id == one.asker and one.asker:
        others = approving.in_words(one.rule)
        say = f"You asked for this; another must approve: {others}."
        raise Denied(say, "a second person", _who(ctx, one))
    able = approving.approvers(ctx.definitions, one.rule, one.asker, ctx.now)
    if ctx.actor.kind != "person" or ctx.actor.id not in able:
        say = f"This needs the word of {approving.in_words(one.rule)}."
        raise Denied(say, one.rule, _who(ctx, one))
    still_open(ctx, one)
    return one


def still_open(ctx: Ctx, one: Approval) -> None:
    """Conflict where it is over: by whom, and when."""
    if one.state == WAITS and one.expires_at > ctx.now:
        return
    by = f" by {ctx.name_of(one.decided_by)}" if one.decided_by else ""
    ago = f", {duration(ctx.now - one.decided_at)} ago" if one.decided_at else ""
    what = EXPIRED if one.state == WAITS else one.state
    raise Conflict(f"That is over: {what}{by}{ago}.")


def _who(ctx: Ctx, one: Approval) -> tuple[str, ...]:
    able = approving.approvers(ctx.definitions, one.rule, one.asker, ctx.now)
    return tuple(map(ctx.name_of, able))[:5]


@command(
    "approve", group="access", permission="self", args=Approve, about=ABOUT, example="approve 77",
    begins="approval-word", buttons=(Button("Approve", "", (), asks=True),),
)  # fmt: skip
def approve(ctx: Ctx, args: Approve) -> Done:
    """Say yes, as the second person, to what somebody asks for; it is done at once for them."""
    one = open_to_me(ctx, args.approval)
    if wrong := approving.untyped(str(one.more.get("word", "")), args.typed):
        raise Invalid(wrong, "typed")
    one = replace(one, state=APPROVED, decided_by=ctx.actor.id, decided_at=ctx.now)
    approvals.save(ctx.tx, one)
    note(ctx, one, f"{ctx.actor.name} approved: {one.says}.", f"{asked_by(ctx, one)} asked for it.")
    done = DOES.get(one.verb, _again)(ctx, one) if one.more else _again(ctx, one)
    decided(ctx, approvals.get(ctx.tx, one.id) or one)
    by = asked_by(ctx, one)
    return Done(f"Approved: {one.says}, asked for by {by}. {done.say}", done.changed, True)


def _again(ctx: Ctx, one: Approval) -> Done:
    """The command once more, in the name of who asked."""
    asker = asker_of(ctx, one.asker)
    verb = CATALOG[one.verb]
    own = verb.args(**one.args)
    teams = belongs.teams_of(ctx.tx, ctx.definitions, verb, one.args, asker.id)
    if teams is not None:
        permission = belongs.permission_of(verb, one.args)
        rights.require(ctx.definitions, asker, permission, teams, ctx.now)
    mine = as_asker(ctx, asker, one.id)
    seeing.check(mine, verb, own)
    done: Done = verb.run(mine, own)
    return done


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
    buttons=(Button("Decline…", "", ()),),
)  # fmt: skip
def deny(ctx: Ctx, args: Deny) -> Done:
    """Say no to what somebody asks a second person for, with the reason."""
    one = open_to_me(ctx, args.approval)
    why = ctx.rules.redact(args.text.strip())
    one = replace(one, state=DENIED, decided_by=ctx.actor.id, decided_at=ctx.now, why=why)
    approvals.save(ctx.tx, one)
    note(ctx, one, f"{ctx.actor.name} denied: {one.says}.", why)
    decided(ctx, one)
    told = f" {ctx.name_of(one.asker)} is told." if one.asker else ""
    return Done(f"Denied: {one.says}.{told}", aloud=True)


def decided(ctx: Ctx, one: Approval) -> None:
    """The cards say so, whoever asked is told, and so is what waits for it."""
    notices.stale(ctx, about(one.id), at_once=True)
    if one.asker:
        notices.tell(ctx, about(one.id), one.asker, incident=one.incident or 0)
    for tell in DECIDED:
        tell(ctx, one)


@alarm(KIND)
def expire(ctx: Ctx, timer: Timer) -> None:
    """Nobody decided in time."""
    one = approvals.get(ctx.tx, timer.detail["approval"], for_change=True)
    if one is None or one.state != WAITS:
        return
    one = replace(one, state=EXPIRED, decided_at=ctx.now)
    approvals.save(ctx.tx, one)
    note(ctx, one, f"Nobody decided in time: {one.says}.", "It is not done.")
    decided(ctx, one)
