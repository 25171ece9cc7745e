"""A chat that does not answer: told in the other chats, and taken back there once it does."""

from __future__ import annotations

from collections.abc import Mapping

from commands import notices
from commands.context import Ctx
from store import outages
from store.clock import Instant
from store.db import Tx
from store.model import Definitions

ABOUT = "outage"
RANK = 14
"""After new cards, before edits."""


def noted(tx: Tx) -> Mapping[str, Instant]:
    """The chats of which it is told that they do not answer, since when."""
    return outages.noted(tx)


def began(ctx: Ctx, chat: str, since: Instant) -> None:
    """A chat does not answer since then: the others are told."""
    outages.note(ctx.tx, chat, since)
    notices.post(ctx, about(chat, since), elsewhere(ctx.definitions, chat), RANK)


def over(ctx: Ctx, chat: str) -> None:
    """It answers again: what was told is taken back."""
    since = outages.noted(ctx.tx).get(chat)
    outages.forget(ctx.tx, chat)
    if since is not None:
        notices.stale(ctx, about(chat, since))


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
