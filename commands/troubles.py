"""What keeps a chat from working: told once to those who can change it, and taken back when it
works again."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from commands import notices
from commands.context import Ctx
from store import anew, audit, troubles
from store.model import DAY, Definitions
from store.model.trouble import Trouble

CHANNEL = "channel"
"""What is wrong with one channel: it is archived or gone, or the bot is not in it."""
RANK = 20
KEPT = 30 * DAY


def begin(ctx: Ctx, writer: str, place: str, what: str, words: str) -> Trouble | None:
    """Something does not work until somebody changes it; None where that is known. ``writer`` is
    the audit chain of this process."""
    people = tuple(concerned(ctx.definitions, place))
    made = troubles.begin(ctx.tx, ctx.now, place, what, words, people)
    if made is None:
        return None
    broken = "" if made.channel else made.chat
    for handle in people:
        notices.tell(ctx, about(made), handle, RANK, without=broken)
    _note(ctx, writer, "trouble", made)
    return made


def over(ctx: Ctx, writer: str, number: int, *, works: bool = True) -> None:
    """It works again: the word is taken back, and what was refused of open incidents is tried once
    more; or nothing is sent there any more."""
    known = troubles.get(ctx.tx, number)
    if known is None or known.over_at is not None:
        return
    troubles.end(ctx.tx, ctx.now, number)
    troubles.forget(ctx.tx, ctx.now - KEPT)
    notices.stale(ctx, about(known))
    if works:
        anew.works_again(ctx.tx, ctx.now, known.place)
    _note(ctx, writer, "trouble.over", known)


def about(trouble: Trouble) -> str:
    """What its cards are about."""
    return f"{troubles.KIND}:{trouble.id}"


def concerned(known: Definitions, place: str) -> Iterable[str]:
    """Who can change it: the leads of the teams whose cards go there, and the admins."""
    found = dict.fromkeys(_leads(known, place))
    admins = (h for h, person in known.people.items() if "admin" in person.roles)
    return list(found | dict.fromkeys(admins))


def _leads(known: Definitions, place: str) -> Iterable[str]:
    if ":" not in place:
        return
    for team in teams_at(known, place):
        lead = known.teams[team].lead if team in known.teams else None
        if lead in known.people:
            yield str(lead)


def teams_at(known: Definitions, place: str) -> Collection[str]:
    """The teams whose cards go to a place."""
    return dict.fromkeys(r.team for r in known.routes if r.team and place in r.channels)


def _note(ctx: Ctx, writer: str, verb: str, trouble: Trouble) -> None:
    detail = {"place": trouble.place, "what": trouble.what, "words": trouble.words}
    audit.append(ctx.tx, writer, ctx.now, ctx.actor, verb, "ok", None, detail)
