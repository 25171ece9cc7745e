"""Who may run what: the permission of an action with the values it is run with, and the values it
takes at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands import rights
from commands.automation.offers import Offer
from commands.context import Ctx
from commands.errors import Denied, Invalid
from commands.rules import allowing, permitted
from commands.rules.permission import ACTION, Holder, patterns_of
from store.model import Definitions, Instant

Teams = tuple[str, ...]


def permission(known: Definitions, who: Holder, offer: Offer, params: Mapping[str, Any]) -> str:
    """What is needed to run an action with these values. Secrets are no part of it: a permission
    that names one is held by nobody."""
    secret = {each.name for each in offer.params if each.secret}
    whole = {each.name: each.default for each in offer.params} | dict(params)
    open_ = {name: value for name, value in whole.items() if name not in secret}
    return permitted.asking(f"{ACTION}{offer.name}", open_, patterns_of(who, known.roles))


def denial(
    known: Definitions,
    who: Any,
    offer: Offer,
    params: Mapping[str, Any],
    teams: Teams,
    now: Instant,
) -> Denied | None:
    """Why somebody may not run it so; None where they may."""
    needs = permission(known, who, offer, params)
    if rights.may(known, who, needs, teams) is not None:
        return None
    return rights.denied(known, who, needs, teams, now)


def require(ctx: Ctx, offer: Offer, params: Mapping[str, Any], teams: Teams) -> None:
    """Invalid names the value that this action does not take here; Denied where whoever acts may
    not run it with these values."""
    for name, why in allowing.wrong(offer, params):
        raise Invalid(why, name)
    if error := denial(ctx.definitions, ctx.actor, offer, params, teams, ctx.now):
        raise error
