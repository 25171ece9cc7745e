"""``sensitive:`` in ``pixelview.yaml``: whose values only some may read."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

from commands.rules.sight import Sensitive


class SensitiveSettings(BaseModel):
    """Names of labels (``user_*`` for several), and regular expressions for what is hidden
    wherever it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    labels: tuple[str, ...] = Field((), max_length=100)
    patterns: tuple[str, ...] = Field((), max_length=50)

    @field_validator("patterns")
    @classmethod
    def _can_be_read(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                found = re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern}: no regular expression ({error})") from None
            if found.search(""):
                raise ValueError(f"{pattern}: fits nothing at all, so it would hide everything")
        return value

    def sensitive(self) -> Sensitive:
        """The same as rules take it."""
        return Sensitive(self.labels, self.patterns)
