"""Who must agree before something is done, as the settings say it: ``15m``, ``2h``, or minutes."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from commands.rules.approving import Need
from store.clock import MINUTE

_SPAN = re.compile(r"(\d{1,5})\s*(m|min|h|d)?")
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 1440}


class ApprovalSettings(BaseModel):
    """``by`` is ``team:<name>``, ``role:<name>`` or ``@handle``. The second person is never the one
    who asks: ``never_self`` says so, and can't be otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str
    within: int = Field(15, ge=1, le=7 * 1440)
    never_self: Literal[True] = True

    @field_validator("within", mode="before")
    @classmethod
    def _minutes(cls, value: Any) -> Any:
        found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
        return int(found[1]) * _MINUTES[found[2] or "m"] if found else value

    def need(self) -> Need:
        """As the rules take it."""
        return Need(self.by, self.within * MINUTE)
