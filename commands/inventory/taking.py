"""Resources are taken in as their connectors tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commands.automation import happened
from commands.context import Ctx
from commands.rules.inventory import belonging
from store.inventory import resources
from store.inventory.resources import Put, Told
from store.model.resource import Resource

WAKE = "inventory"
"""What the event loop is told when anything of the inventory changed."""
_AT_ONCE = 200


def took(
    ctx: Ctx, source: str, part: str, items: Sequence[Resource], *, first: bool = False
) -> Put:
    """Some of a part, as they are now; ``first`` while the part was never told whole."""
    rules = ctx.rules.inventory
    told = [Told(one, belonging(one, rules, source)) for one in items]
    done = resources.put(ctx.tx, source, part, told, ctx.now, first=first)
    if done.new or done.changed:
        ctx.tx.wake.add(WAKE)
        if len(ctx.rules.automations):
            happened.became(ctx, (*done.new, *done.changed))
    return done


def dropped(ctx: Ctx, source: str, keys: Iterable[str]) -> list[int]:
    """Some of a source are gone."""
    return _gone(ctx, resources.drop(ctx.tx, source, keys, ctx.now))


def ended(ctx: Ctx, numbers: Sequence[int]) -> list[int]:
    """Some are gone, by their numbers."""
    return _gone(ctx, resources.end(ctx.tx, numbers, ctx.now))


def let_go(ctx: Ctx, source: str) -> int:
    """A source is not looked at any more; how many of its resources went now, 0 when all did."""
    why = f"{source} is not looked at any more"
    return len(_gone(ctx, resources.drop_source(ctx.tx, source, ctx.now, why=why)))


def let_pass(ctx: Ctx) -> bool:
    """What came and went is dropped, some at a time; whether there may be more."""
    return resources.let_pass(ctx.tx, ctx.now, _AT_ONCE) == _AT_ONCE


def _gone(ctx: Ctx, numbers: list[int]) -> list[int]:
    if numbers:
        ctx.tx.wake.add(WAKE)
    return numbers
