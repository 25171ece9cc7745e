"""Shadow mode and planned drills as ``pixelview.yaml`` says them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.teams import known_zone
from bot.yamlfile import Place
from commands.rules.drills import STEPS, Plan
from commands.rules.shadow import Shadow
from store.model import Definitions

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")


class _Timed(BaseModel):
    """What comes at a time of day in a zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    zone: str = "UTC"

    @field_validator("at")
    @classmethod
    def _a_time(cls, value: str) -> str:
        if not _CLOCK.match(value):
            raise ValueError(f"{value} is not a time of day like 10:00")
        return value

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        return known_zone(value)

    @property
    def minutes(self) -> int:
        """Minutes after midnight."""
        hour, minute = self.at.split(":")
        return int(hour) * 60 + int(minute)


def noise_plan(written: str | bool) -> tuple[int, int] | None:
    """``mon 09:00`` as the day of the week (0 is Monday) and the minute; None for false. ValueError
    says what is wrong."""
    if isinstance(written, bool):
        return (0, 9 * 60) if written else None
    day, _, clock = written.strip().casefold().partition(" ")
    found = _CLOCK.match(clock.strip())
    if day not in _DAYS or found is None:
        raise ValueError(f"{written}: write a day and a time like mon 09:00, or false")
    return _DAYS.index(day), int(found[1]) * 60 + int(found[2])


class ShadowSettings(_Timed):
    """Shadow mode: nobody is paged. ``cards`` may be posted all the same; ``channels`` get the
    daily report (default: every route's)."""

    at: str = "08:00"
    cards: bool = False
    channels: tuple[str, ...] = ()

    def shadow(self) -> Shadow:
        """As the rules take it."""
        return Shadow(self.cards, self.channels, self.minutes, self.zone)


class DrillSettings(_Timed):
    """A drill that comes by itself."""

    team: str | None = None
    policy: str | None = None
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ("tue",)
    at: str = "10:00"
    weeks: int = Field(1, ge=1, le=52)
    severity: Literal["critical", "error", "warning", "info"] = "critical"
    steps: int = Field(STEPS, ge=1, le=20)

    @model_validator(mode="after")
    def _of_something(self) -> DrillSettings:
        if self.team is None and self.policy is None:
            raise ValueError("name a team or a policy")
        if not self.days:
            raise ValueError("name at least one day")
        return self

    def plan(self) -> Plan:
        """As the rules take it."""
        days = tuple(_DAYS.index(day) for day in self.days)
        return Plan(
            self.team, self.policy, days, self.minutes, self.zone, self.weeks, self.severity,
            self.steps,
        )  # fmt: skip


def mistakes(drills: Sequence[DrillSettings], known: Definitions) -> Iterator[tuple[Place, str]]:
    """Drills of teams and policies that are not defined."""
    for i, drill in enumerate(drills):
        if drill.team is not None and drill.team not in known.teams:
            yield ("drills", i, "team"), f"{drill.team} is not one of the teams"
        if drill.policy is not None and drill.policy not in known.policies:
            yield ("drills", i, "policy"), f"{drill.policy} is not one of the policies"


def shadow_of(written: ShadowSettings | bool) -> Shadow | None:
    """``shadow: true`` is shadow mode as it is by itself."""
    if isinstance(written, ShadowSettings):
        return written.shadow()
    return Shadow() if written else None
