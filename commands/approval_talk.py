"""Before a second person decides: they try it, ask why, are answered; who asked takes it back, or
asks again where nobody decided in time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import approvals as asking
from commands import notices
from commands.approvals import ABOUT
from commands.automation import approving as runs
from commands.context import Ctx, Done
from commands.errors import Conflict, Denied, NotFound
from commands.registry import Button, arg, command
from commands.rules import approving
from commands.token_limits import whole_person
from store import approvals
from store.approvals import EXPIRED, WAITS, WITHDRAWN, Approval

_LONG, _TALK = 300, 6


@dataclass(frozen=True, slots=True)
class Which:
    """Arguments of what is about one that waits."""

    approval: int = arg("noun", "The number of what is asked for.")


@dataclass(frozen=True, slots=True)
class Say:
    """Arguments of a question to who asks, and of the answer."""

    approval: int = arg("noun", "The number of what is asked for.")
    text: str = arg("text", "In a few words.", label="What do you want to know")


@dataclass(frozen=True, slots=True)
class Reply:
    """Arguments of the answer of who asks."""

    approval: int = arg("noun", "The number of what is asked for.")
    text: str = arg("text", "In a few words.", label="Answer")


@command(
    "try-approval", group="auto", permission="self", args=Which, about=ABOUT, listed=False,
    example="try-approval 77", buttons=(Button("Dry run", "", ()),),
)  # fmt: skip
def try_it(ctx: Ctx, args: Which) -> Done:
    """Try what somebody asks for without doing it; what it would do comes on the card."""
    one = _run_of(ctx, args.approval)
    if ctx.actor.id == one.asker:
        whole_person(ctx)
        asking.still_open(ctx, one)
    else:
        one = asking.open_to_me(ctx, one.id)
    execution = runs.dry(ctx, one)
    return Done(f"It is tried, number {execution.id}: what it would do comes on the card.")


@command(
    "ask-why", group="auto", permission="self", args=Say, about=ABOUT, listed=False,
    example="ask-why 77 why now", buttons=(Button("Ask why…", "", ()),),
)  # fmt: skip
def ask_why(ctx: Ctx, args: Say) -> Done:
    """Ask whoever wants it why, before you decide; the answer comes on the card."""
    one = asking.open_to_me(ctx, args.approval)
    if not one.asker:
        raise Conflict(f"An automation asks; its reason: {one.more['run']['why'] or 'none'}.")
    one = _said(ctx, one, args.text)
    notices.tell(ctx, asking.about(one.id), one.asker, incident=one.incident or 0)
    return Done(f"{ctx.name_of(one.asker)} is asked.", aloud=True)


@command(
    "say-why", group="auto", permission="self", args=Reply, about=ABOUT, listed=False,
    example="say-why 77 the disk is full in 20 min", buttons=(Button("Answer…", "", ()),),
)  # fmt: skip
def say_why(ctx: Ctx, args: Reply) -> Done:
    """Say why you want what you asked a second person for."""
    one = _my_own(ctx, args.approval)
    asking.still_open(ctx, one)
    _said(ctx, one, args.text)
    return Done("They read it on the card.", aloud=True)


def _said(ctx: Ctx, one: Approval, text: str) -> Approval:
    text = ctx.rules.redact(" ".join(text.split()))[:_LONG]
    talk = [*one.more.get("talk", ()), [ctx.actor.id, text]][-_TALK:]
    one = runs.keep(ctx, one, talk=talk)
    asking.note(ctx, one, f"{ctx.actor.name} about {one.says}: {text}")
    notices.stale(ctx, asking.about(one.id), at_once=True)
    return one


@command(
    "take-back", group="auto", permission="self", args=Which, about=ABOUT,
    example="take-back 77", buttons=(Button("Cancel", "", ()),),
)  # fmt: skip
def withdraw(ctx: Ctx, args: Which) -> Done:
    """Take back what you asked a second person for."""
    one = _my_own(ctx, args.approval)
    asking.still_open(ctx, one)
    one = replace(one, state=WITHDRAWN, decided_by=ctx.actor.id, decided_at=ctx.now)
    approvals.save(ctx.tx, one)
    asking.note(ctx, one, f"{ctx.actor.name} took it back: {one.says}.", "It is not done.")
    asking.decided(ctx, one)
    return Done(f"Taken back: {one.says}.", aloud=True)


@command(
    "ask-again", group="auto", permission="self", args=Which, about=ABOUT,
    example="ask-again 77", buttons=(Button("Ask again", "", ()),),
)  # fmt: skip
def ask_again(ctx: Ctx, args: Which) -> Done:
    """Ask once more for what nobody decided in time."""
    one = _run_of(ctx, args.approval)
    if one.asker:
        one = _my_own(ctx, one.id)
    elif ctx.actor.id not in approving.approvers(ctx.definitions, one.rule, "", ctx.now):
        raise Denied(f"An automation asked; {approving.in_words(one.rule)} can.", one.rule)
    if one.state == WAITS and one.expires_at > ctx.now:
        raise Conflict("It waits already.")
    if one.state not in (EXPIRED, WAITS):
        asking.still_open(ctx, one)
    if one.more.get("again"):
        raise Conflict(f"It was asked again already: number {one.more['again']}.")
    new, told = runs.again(ctx, one)
    runs.keep(ctx, one, again=new.id)
    notices.stale(ctx, asking.about(one.id))
    return asking.answered(ctx, new, told)


def _run_of(ctx: Ctx, number: int) -> Approval:
    one = asking.known(ctx, number)
    if not one.more.get("run"):
        raise NotFound(f"Number {number} is no run of an action.")
    return one


def _my_own(ctx: Ctx, number: int) -> Approval:
    """What whoever acts asked for themselves."""
    whole_person(ctx)
    one = asking.known(ctx, number)
    if ctx.actor.kind != "person" or ctx.actor.id != one.asker:
        name = ctx.name_of(one.asker) if one.asker else "an automation"
        able = (name,) if one.asker else ()
        raise Denied(f"Only who asked can do that: {name}.", "what you asked for yourself", able)
    return one
