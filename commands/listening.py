"""Whether a chat lets words in threads be heard (the feature ``threads``), and what changes where
that begins or ends while PixelView runs."""

from __future__ import annotations

from commands.context import Ctx
from store import bridge, errands, upkeep

ABOUT = "first-words"
"""What an errand is about that tells the first words below a card anew."""
ON, OFF = "on", "off"


def heard(ctx: Ctx, surface: str, *, hears: bool) -> int:
    """Remember whether a chat hears words; where that is another answer than before, the first
    words below the cards of open incidents say so. How many do."""
    key, now = f"threads {surface}", ON if hears else OFF
    before = upkeep.meta(ctx.tx, key)
    if before == now:
        return 0
    upkeep.set_meta(ctx.tx, key, now)
    if before is None:
        return 0
    found = bridge.first_words(ctx.tx, surface)
    for incident, place in found:
        errands.ask(ctx.tx, ctx.now, f"{ABOUT}:{incident}", place, {"incident": incident})
    return len(found)
