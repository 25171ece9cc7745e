"""Who must agree before something is done, as the settings say it: ``15m``, ``2h``, or minutes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from commands.rules import hours
from commands.rules.approving import Need
from commands.rules.oncall.times import Unreadable
from store.clock import MINUTE

_SPAN = re.compile(r"(\d{1,5})\s*(m|min|h|d)?")
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 1440}


def globs(value: Any) -> Any:
    """``{severity: critical, force: true}`` as lists of globs."""
    if not isinstance(value, Mapping):
        return value
    return {str(k): _several(v) for k, v in value.items()}


def _several(value: Any) -> tuple[str, ...]:
    each = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in each)


class ApprovalSettings(BaseModel):
    """``by`` is ``team:<name>``, ``role:<name>``, ``oncall:<team or schedule>``, ``lead:<team>`` or
    ``@handle``. ``match`` says for which incidents it is needed, ``params`` for which values,
    ``during`` or ``outside`` at which hours: ``Mon-Fri 09:00-18:00 Europe/Berlin``. The second
    person is never the one who asks: ``never_self`` says so, and can't be otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str
    within: int = Field(15, ge=1, le=7 * 1440)
    match: dict[str, tuple[str, ...]] = {}
    params: dict[str, tuple[str, ...]] = {}
    during: str = ""
    outside: str = ""
    never_self: Literal[True] = True

    _globs = field_validator("match", "params", mode="before")(globs)

    @field_validator("within", mode="before")
    @classmethod
    def _minutes(cls, value: Any) -> Any:
        found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
        return int(found[1]) * _MINUTES[found[2] or "m"] if found else value

    @field_validator("during", "outside")
    @classmethod
    def _hours(cls, value: str) -> str:
        try:
            if value:
                hours.spoken(value, inside=True)
        except Unreadable as error:
            raise ValueError(error.error) from None
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> ApprovalSettings:
        if self.during and self.outside:
            raise ValueError("during and outside are two ways to say the hours: write one of them")
        return self

    def need(self) -> Need:
        """As the rules take it."""
        said = self.during or self.outside
        timely = hours.spoken(said, inside=bool(self.during)) if said else None
        return Need(self.by, self.within * MINUTE, self.match, self.params, timely)


def needs_of(approval: ApprovalSettings | tuple[ApprovalSettings, ...] | None) -> tuple[Need, ...]:
    """One, several or none, in their order."""
    each = approval if isinstance(approval, tuple) else (approval,)
    return tuple(one.need() for one in each if one is not None)


def several(value: Any) -> Any:
    """A list as the settings have it where more than one rule is written."""
    return tuple(value) if isinstance(value, list) else value
