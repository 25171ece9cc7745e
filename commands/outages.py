"""A chat that does not answer: told in the other chats, and taken back there once it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from commands import notices, pages
from commands.context import Ctx
from store import outages
from store.clock import Instant
from store.db import Tx
from store.model import Definitions
from store.model.chats import chat_of

ABOUT = "outage"
RANK = 14
"""After new cards, before edits."""


WAYS = 2


def noted(tx: Tx) -> Mapping[str, Instant]:
    """The chats of which it is told that they do not answer, since when."""
    return {chat: found.since for chat, found in outages.noted(tx).items()}


def began(ctx: Ctx, chat: str, since: Instant) -> Instant:
    """A chat does not answer since then: the others are told, unless another process did so; since
    when it is told."""
    known = noted(ctx.tx).get(chat)
    if known is not None:
        return known
    outages.note(ctx.tx, chat, since, ways(ctx, chat))
    notices.post(ctx, about(chat, since), elsewhere(ctx.definitions, chat), RANK)
    return since


def over(ctx: Ctx, chat: str) -> None:
    """It answers again: what was told is taken back."""
    since = noted(ctx.tx).get(chat)
    outages.forget(ctx.tx, chat)
    if since is not None:
        notices.stale(ctx, about(chat, since))


def redraw(ctx: Ctx, chat: str) -> None:
    """More cards wait for it, or fewer."""
    if since := noted(ctx.tx).get(chat):
        notices.stale(ctx, about(chat, since))


def ways(ctx: Ctx, chat: str) -> list[str]:
    """How most people are paged who are not reached there."""
    found = Counter[str]()
    for person in ctx.definitions.people.values():
        rules = pages.rules_of(ctx, person, True)
        found.update({r.via for r in rules if chat_of(r.via) != chat_of(chat)})
    return [via for via, _ in found.most_common(WAYS)]


def about(chat: str, since: Instant) -> str:
    """What the card of one outage is about."""
    return f"{ABOUT}:{chat}.{since}"


def elsewhere(known: Definitions, chat: str) -> tuple[str, ...]:
    """The channels of other chats where those look who miss its cards: those beside it on routes,
    else all."""
    mine = [r.channels for r in known.routes if any(_of(place, chat) for place in r.channels)]
    beside = [p for places in mine for p in places if not _of(p, chat)]
    every = [p for r in known.routes for p in r.channels if not _of(p, chat)]
    return tuple(dict.fromkeys(beside or every))


def _of(place: str, chat: str) -> bool:
    return place.partition(":")[0] == chat
