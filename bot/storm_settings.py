"""When a storm card speaks for a channel, as ``pixelview.yaml`` says it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from commands.rules.storms import StormRules
from store.model import MINUTE


class StormSettings(BaseModel):
    """A storm begins where more than ``waiting`` new cards of the last ``window`` minutes wait to
    be posted, and ends ``quiet`` minutes after its last incident; then ``cards`` of what is still
    open are posted at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    waiting: int = Field(30, ge=5, le=1000)
    window: int = Field(10, ge=1, le=60)
    quiet: int = Field(10, ge=1, le=120)
    cards: int = Field(100, ge=0, le=1000)


def rules_of(given: StormSettings | bool) -> StormRules | None:
    """What the rules take; None where no storm card is wanted."""
    if given is False:
        return None
    known = given if isinstance(given, StormSettings) else StormSettings()
    return StormRules(known.waiting, known.window * MINUTE, known.quiet * MINUTE, known.cards)
