"""An account becomes somebody's, or nobody's: kept, told at their other addresses, on record."""

from __future__ import annotations

from collections.abc import Mapping

from commands import access_news
from commands.context import Ctx
from commands.words import surface_name
from store import audit, identities
from store.model import Actor


def give(ctx: Ctx, handle: str, surface: str, account: str, how: str) -> None:
    """It is theirs from now on; whose it was before is told as well."""
    before = identities.whose_account(ctx.tx, surface, account)
    identities.link_account(ctx.tx, ctx.now, handle, surface, account, how)
    where, who = surface_name(surface), ctx.actor.name
    if before is not None and before.person != handle:
        lost(ctx, before.person, surface, account)
    access_news.tell_everywhere(
        ctx, handle, f"An account in {where} acts as you now",
        f"{account} in {where} was linked to you by {who}.",
        f"If that was not you: unlink {surface}:{account}, and tell an admin.",
        but=surface,
    )  # fmt: skip


def take(ctx: Ctx, handle: str, surface: str, account: str) -> None:
    """It is nobody's from now on."""
    identities.let_go(ctx.tx, ctx.now, surface, account)
    lost(ctx, handle, surface, account)


def lost(ctx: Ctx, handle: str, surface: str, account: str) -> None:
    """Tell somebody that an account is theirs no longer."""
    where = surface_name(surface)
    access_news.tell_everywhere(
        ctx, handle, f"An account in {where} is no longer yours",
        f"{account} in {where} no longer acts as you: {ctx.actor.name} changed that.",
        "If that is wrong, link it again: link",
        but=surface,
    )  # fmt: skip


def note(
    ctx: Ctx, writer: str, actor: Actor, verb: str, outcome: str, detail: Mapping[str, str]
) -> None:
    """A row of the record about accounts."""
    audit.append(ctx.tx, writer, ctx.now, actor, verb, outcome, None, dict(detail))
