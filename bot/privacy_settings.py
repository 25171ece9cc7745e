"""Who must agree before somebody's data is erased."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from bot.yamlfile import Place
from commands.privacy import CONFIRM
from commands.rules.approving import Need, mistake
from store.model import MINUTE, Definitions


class PrivacySettings(BaseModel):
    """``approve`` is the second person whose word an erasure needs (``role:admin``, ``team:<name>``
    or ``@handle``), within so many minutes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approve: str | None = None
    within: int = Field(60, ge=1, le=7 * 24 * 60)

    def second(self) -> dict[str, Need]:
        """The verb that needs a second person."""
        return {CONFIRM: Need(self.approve, self.within * MINUTE)} if self.approve else {}


def mistakes(settings: PrivacySettings, known: Definitions) -> Iterator[tuple[Place, str]]:
    """What is wrong with who is to agree."""
    if settings.approve and (wrong := mistake(known, settings.approve)):
        yield ("privacy", "approve"), wrong
