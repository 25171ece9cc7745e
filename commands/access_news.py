"""People are told what happens to their accounts and tokens: by the first way that reaches them,
or at every address they have."""

from __future__ import annotations

from collections.abc import Iterable

from commands import notices, testing
from commands.context import Ctx
from commands.rules.permission import may
from store import access_news, outbox

RANK = 22
_LOUD = frozenset({"voice", "pstn", "call"})
"""Ways that wake people up, which no news is worth."""


def tell(ctx: Ctx, handle: str, title: str, *says: str, bad: bool = False) -> bool:
    """Tell somebody once; False when no contact is known."""
    number = access_news.add(ctx.tx, ctx.now, handle, title, says, bad=bad)
    return notices.tell(ctx, f"{access_news.KIND}:{number}", handle, RANK)


def tell_admins(ctx: Ctx, title: str, *says: str, also: Iterable[str] = ()) -> None:
    """Tell those who can change it, and whoever it concerns."""
    for handle in dict.fromkeys((*also, *admins(ctx))):
        if handle in ctx.definitions.people:
            tell(ctx, handle, title, *says, bad=True)


def admins(ctx: Ctx) -> list[str]:
    """The handles of those who look after tokens and accounts."""
    known = ctx.definitions
    return [h for h, p in known.people.items() if may(p, "access.write", known.roles)]


def tell_everywhere(ctx: Ctx, handle: str, title: str, *says: str, but: str = "") -> None:
    """Tell somebody at every address, but for the surface that it is about."""
    person = ctx.definitions.people.get(handle)
    if person is None:
        return
    number = access_news.add(ctx.tx, ctx.now, handle, title, says)
    about = f"{access_news.KIND}:{number}"
    for via in testing.ways(ctx.tx, ctx.rules, person):
        if via == but or via in _LOUD:
            continue
        content = {"person": handle, "via": via, "ways": []}
        outbox.show(ctx.tx, ctx.now, about, f"{via}:@{handle}", RANK, content, notices.TELL)
