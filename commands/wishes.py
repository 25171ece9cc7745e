"""Who may not do something asks somebody who can: a private message with the wish, and a button
that does it in the name of whoever presses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands import belongs, hidden, notices, rights, seeing
from commands.about import find_person
from commands.context import Ctx, Done
from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.registry import CATALOG, Button, Verb, arg, command
from store import approvals
from store.approvals import DENIED, DRAFT, GRANTED, WISH, Approval
from store.model import DAY, HOUR, Actor

ABOUT = "wish"
LIFE = 12 * HOUR
MOST = 200
"""Letters of what is asked for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Arguments of ``wish``."""

    wish: int = arg("noun", "What you were denied.")
    who: str = arg("person", "Somebody who can.", label="Ask")
    text: str = arg("text", "Why; they read it.", default="", label="Say why")


@dataclass(frozen=True, slots=True)
class Answer:
    """Arguments of the answers to a wish."""

    wish: int = arg("noun", "What somebody asks you for.")


def draft(ctx: Ctx, actor: Actor, verb: Verb, args: Mapping[str, Any], denied: Denied) -> int:
    """Remember a denied press, so that somebody who can may be asked for it; its number, 0 where
    nobody is to be asked."""
    if actor.kind != "person" or verb.query or verb.name in _NEVER or not denied.able:
        return 0
    approvals.forget(ctx.tx, ctx.now - DAY)
    incident = args.get("incident") if isinstance(args.get("incident"), int) else None
    kept = {k: v for k, v in args.items() if k not in ("needs", "teams")}
    says = in_words(verb, hidden.recorded(verb, kept))
    if hidden.recorded(verb, kept) != kept:
        says = _readable(ctx, verb, kept)
    if not says or len(says) > MOST:  # nobody is asked for what they can't read whole
        return 0
    one = Approval(
        approvals.new(ctx.tx), DRAFT, verb.name, actor.id, incident, ctx.now, ctx.now + LIFE,
        args=kept, rule=denied.needs, to=denied.able, says=says,
    )  # fmt: skip
    approvals.add(ctx.tx, one)
    return one.id


def _readable(ctx: Ctx, verb: Verb, args: Mapping[str, Any]) -> str:
    """What is to be run with what, "" where that is not to be read whole: it holds secrets, or
    words that were typed to confirm it, which whoever does it types."""
    offer = ctx.rules.offers.get(str(args.get("action") or ""))
    if offer is None or args.get("confirm"):
        return ""
    names = set(_NAMED.findall(str(args.get("params") or "")))
    if any(each.secret and each.name in names for each in offer.params):
        return ""
    said = in_words(verb, args)
    return said if ctx.rules.redact(said) == said else ""


_NAMED = re.compile(r"([A-Za-z_][\w.:/-]*)=")
_NEVER = frozenset({"wish", "do-wish", "refuse-wish", "approve", "deny"})


def in_words(verb: Verb, args: Mapping[str, Any]) -> str:
    """``acknowledge #1842``, ``resolve #1842 how=now``: as somebody would type it."""
    given = {k: v for k, v in args.items() if v not in (None, "", False, 0)}
    incident = given.pop("incident", None)
    words = [verb.name, *([f"#{incident}"] if incident else [])]
    words += [str(v) if len(given) == 1 else f"{k}={v}" for k, v in given.items()]
    return " ".join(" ".join(words).split())


@command(
    "wish", group="access", permission="self", args=Wish, about=ABOUT, listed=False,
    example="wish 7 omar", buttons=(Button("Ask…", "", ()),),
)  # fmt: skip
def wish(ctx: Ctx, args: Wish) -> Done:
    """Ask somebody who can for what you were denied."""
    one = approvals.get(ctx.tx, args.wish, for_change=True)
    if one is None or one.state not in (DRAFT, WISH) or one.asker != ctx.actor.id:
        raise NotFound("There is nothing you were denied with that number; press it once more.")
    if one.state == WISH and one.expires_at > ctx.now:
        raise Conflict(f"{', '.join(map(ctx.name_of, one.to))} was asked for that already.")
    person = find_person(ctx, args.who.removeprefix("person:").removeprefix("@"))
    if not _able(ctx, person.handle, one):
        names = ", ".join(map(ctx.name_of, one.to))
        raise Invalid(f"{person.name} can't either. {names} can.", "who", one.to)
    why = ctx.rules.redact(" ".join(args.text.split()))[:300]
    one = replace(one, state=WISH, to=(person.handle,), why=why, expires_at=ctx.now + LIFE)
    approvals.save(ctx.tx, one)
    if not notices.tell(ctx, about(one.id), person.handle, incident=one.incident or 0):
        raise Conflict(f"{person.name} can't be asked: no contact is known.")
    return Done(f"{person.name} is asked, privately. You hear what becomes of it.", aloud=True)


def _able(ctx: Ctx, handle: str, one: Approval) -> bool:
    person, verb = ctx.definitions.people.get(handle), CATALOG.get(one.verb)
    if person is None or verb is None:
        return False
    teams = belongs.teams_of(ctx.tx, ctx.definitions, verb, one.args, handle)
    return bool(rights.may(ctx.definitions, person, one.rule, teams or ()))


def about(number: int) -> str:
    """What its cards are about."""
    return f"{ABOUT}:{number}"


def _mine(ctx: Ctx, number: int) -> Approval:
    one = approvals.get(ctx.tx, number, for_change=True)
    if one is None or ctx.actor.id not in one.to or one.state == DRAFT:
        raise NotFound("Nobody asks you for anything with that number.")
    if one.state != WISH or one.expires_at <= ctx.now:
        raise Conflict("That is over.")
    return one


@command(
    "do-wish", group="access", permission="self", args=Answer, about=ABOUT, listed=False,
    example="do-wish 7", buttons=(Button("Do it", "", (), asks=True),),
)  # fmt: skip
def do_wish(ctx: Ctx, args: Answer) -> Done:
    """Do what somebody asks you for, in your own name."""
    one = _mine(ctx, args.wish)
    verb = CATALOG.get(one.verb)
    if verb is None:
        raise NotFound(f"No command {one.verb}.")
    teams = belongs.teams_of(ctx.tx, ctx.definitions, verb, one.args, ctx.actor.id)
    permission = belongs.permission_of(verb, one.args)
    if teams is not None:
        rights.require(ctx.definitions, ctx.actor, permission, teams, ctx.now)
    own = verb.args(**one.args)
    seeing.check(ctx, verb, own)
    done: Done = verb.run(replace(ctx, rev=None), own)
    _over(ctx, replace(one, state=GRANTED))
    return replace(done, say=f"Done for {ctx.name_of(one.asker)}: {done.say}", aloud=True)


@command(
    "refuse-wish", group="access", permission="self", args=Answer, about=ABOUT, listed=False,
    example="refuse-wish 7", buttons=(Button("Not now", "", ()),),
)  # fmt: skip
def refuse_wish(ctx: Ctx, args: Answer) -> Done:
    """Say no to what somebody asks you for."""
    one = _mine(ctx, args.wish)
    _over(ctx, replace(one, state=DENIED))
    return Done(f"{ctx.name_of(one.asker)} is told.", aloud=True)


def _over(ctx: Ctx, one: Approval) -> None:
    one = replace(one, decided_by=ctx.actor.id, decided_at=ctx.now)
    approvals.save(ctx.tx, one)
    notices.stale(ctx, about(one.id))
    notices.tell(ctx, about(one.id), one.asker, incident=one.incident or 0)
