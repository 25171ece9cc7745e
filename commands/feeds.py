"""Links to a calendar of shifts, for any calendar program; each can be taken back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from commands import rights
from commands.context import Ctx, Done
from commands.errors import Conflict, Invalid
from commands.oncall import named
from commands.registry import arg, command
from commands.rules.oncall.duty import schedule_of
from commands.words import duration
from store import feeds
from store.model import Person, Team

MOST = 15
"""Links that one person has asked for and that work, as in GoAlert."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Arguments of ``calendar``."""

    revoke: bool = arg("flag", "Take the links back instead.", default=False)
    what: str = arg("duty", "A person, a schedule or a team; you by yourself.", default="")


@command(
    "calendar", group="oncall", permission="self", args=Calendar, example="calendar db-primary"
)
def calendar(ctx: Ctx, args: Calendar) -> Done:
    """A link that shows shifts in your calendar program, or takes such links back."""
    if not args.what and ctx.actor.id not in ctx.definitions.people:
        raise Invalid("Whose shifts? For example: calendar db-primary", "what")
    kind, name, said = _whose(ctx, args.what or "me")
    if args.revoke:
        return _revoked(ctx, kind, name, said)
    if feeds.count_by(ctx.tx, ctx.actor.id) >= MOST:
        say = f"You have {MOST} calendar links already. Take some back: calendar revoke {name}"
        raise Conflict(say)
    there = feeds.of(ctx.tx, kind, name)
    secret = secrets.token_urlsafe(32)
    feeds.add(ctx.tx, ctx.now, secret, kind, name, ctx.actor.id)
    link = f"{ctx.rules.url}/calendar/{secret}.ics"
    say = (
        f"A calendar of {said}. Add this link to your calendar program; who has it sees these "
        f"shifts. It is shown once.{_earlier(ctx, there)} Take back: calendar revoke {name}"
    )
    return Done(say, aloud=True, secret=link)


def _earlier(ctx: Ctx, there: list[feeds.Feed]) -> str:
    """The links there are already, and when a program last read one."""
    if not there:
        return ""
    links = "1 earlier link works" if len(there) == 1 else f"{len(there)} earlier links work"
    last = max((feed.used_at for feed in there if feed.used_at is not None), default=None)
    used = f"last used {duration(ctx.now - last)} ago" if last is not None else "never used"
    return f" {links} too ({used})."


def _whose(ctx: Ctx, what: str) -> tuple[str, str, str]:
    """Kind and name of what a feed shows, and what people call it."""
    found = named(ctx.definitions, what, ctx.actor.id)
    if isinstance(found, Person):
        mine = found.handle == ctx.actor.id
        return feeds.PERSON, found.handle, "your shifts" if mine else f"the shifts of {found.name}"
    if isinstance(found, Team):
        schedule = schedule_of(ctx.definitions, found)
        if schedule is None:
            raise Invalid(f"Team {found.name} has no schedule.", "what")
        found = schedule
    return feeds.SCHEDULE, found.name, f"schedule {found.name}"


def _revoked(ctx: Ctx, kind: str, name: str, said: str) -> Done:
    """Whose shifts they are, and who may change settings, take back every link; others theirs."""
    own = kind == feeds.PERSON and name == ctx.actor.id
    every = own or bool(rights.may(ctx.definitions, ctx.actor, "config.write"))
    gone = feeds.revoke(ctx.tx, ctx.now, kind, name, None if every else ctx.actor.id)
    links = "1 link" if gone == 1 else f"{gone} links"
    if not gone:
        return Done(f"There is no link of {'' if every else 'yours '}to {said}.", aloud=True)
    return Done(f"{links} to {said} no longer work{'s' if gone == 1 else ''}.", aloud=True)
