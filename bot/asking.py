"""How people are asked, as ``pixelview.yaml`` says it: leases of an ack, limits of a contact, quiet
hours."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot import channels
from bot.policies import actions_of
from bot.yamlfile import Place
from commands.rules.limits import Limit, Limits
from commands.rules.oncall import times
from commands.rules.oncall.times import Unreadable
from store.model import HOUR, MINUTE, Definitions, Quiet, Severity

THROTTLES = {
    "sms": ("5/15m", "11/1h", "21/3h"),
    "voice": ("3/15m", "7/1h", "15/3h"),
    "email": ("10/15m", "30/1h"),
}
"""GoAlert's for SMS and voice; an e-mail costs nobody's sleep."""
BUNDLES = {"sms": 2, "voice": 1, "email": 5, "slack": 10, "discord": 10}
"""So many pages in two minutes come singly, those after them as one."""

_LIMIT = re.compile(r"(\d{1,5})\s*/\s*(\d{1,4})?\s*(m|min|h)")
_SPANS = {"m": MINUTE, "min": MINUTE, "h": HOUR}
_DAY = 24 * 60


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _limit(text: str) -> Limit:
    """``5/15m``: at most five in fifteen minutes."""
    found = _LIMIT.fullmatch(text.strip())
    if found is None or not int(found[1]) or not int(found[2] or 1):
        raise ValueError(f"{text} is no limit: write 5/15m or 11/1h")
    return Limit(int(found[1]), int(found[2] or 1) * _SPANS[found[3]])


class LeaseSettings(_Strict):
    """After how many quiet minutes the holder of an incident is asked; 0: never."""

    critical: int = Field(30, ge=0, le=9000)
    error: int = Field(60, ge=0, le=9000)
    warning: int = Field(240, ge=0, le=9000)
    info: int = Field(0, ge=0, le=9000)

    def minutes(self) -> Mapping[Severity, int]:
        """Severity → minutes, without those that are never asked."""
        return {s: m for s in Severity if (m := getattr(self, str(s)))}


class PagingSettings(_Strict):
    """How people are asked. ``assign_lease`` are minutes after the last rule of somebody who was
    assigned, until the policy goes on without them; 0 means that it waits for ever. ``check_in``
    are the minutes the holder of a quiet incident has to answer."""

    assign_lease: int = Field(10, ge=0, le=9000)
    ack_lease: LeaseSettings = LeaseSettings()
    check_in: int = Field(10, ge=1, le=9000)
    throttles: dict[str, tuple[str, ...]] = {}
    bundle: dict[str, Annotated[int, Field(ge=0, le=1000)]] = {}

    @field_validator("throttles")
    @classmethod
    def _limits(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for limits in value.values():
            for limit in limits:
                _limit(limit)
        return value

    def limits(self) -> Limits:
        """What is settable of throttles and bundles, over the defaults."""
        throttles = {**THROTTLES, **self.throttles}
        return Limits(
            {via: tuple(map(_limit, limits)) for via, limits in throttles.items() if limits},
            {via: many for via, many in {**BUNDLES, **self.bundle}.items() if many},
        )


def mistakes(
    paging: PagingSettings,
    people: Mapping[str, Reached],
    actions: Container[str],
    known: Definitions,
) -> Iterator[tuple[Place, str]]:
    """Channels that are none, and actions that policies name and nobody defined."""
    named: list[tuple[Place, str]] = [
        (("paging", "throttles", via), via) for via in paging.throttles
    ]
    named += [(("paging", "bundle", via), via) for via in paging.bundle]
    for handle, person in people.items():
        for i, quiet in enumerate(person.quiet):
            named += [(("people", handle, "quiet", i, "via"), via) for via in quiet.via]
    for place, via in named:
        if via not in channels.BUILT_IN and via not in channels.everywhere():
            yield place, f"{via} is no channel: {', '.join((*channels.BUILT_IN, 'sms', 'voice'))} …"
    for place, name in actions_of(known):
        if name not in actions:
            yield place, f"{name} is not one of the actions"


def time_of_day(written: Any) -> Any:
    """``22:00`` as minutes after midnight."""
    try:
        return times.time_of_day(written, "") % _DAY
    except Unreadable as error:
        raise ValueError(error.error) from None


def weekdays(written: Any) -> Any:
    """``mon-fri`` as days of the week."""
    try:
        return times.weekdays(written, "")
    except Unreadable as error:
        raise ValueError(error.error) from None


class QuietSettings(_Strict):
    """Quiet hours on the person's own clock; a critical page always comes."""

    start: Annotated[int, BeforeValidator(time_of_day)] = Field(alias="from")
    end: Annotated[int, BeforeValidator(time_of_day)] = Field(alias="to")
    days: Annotated[tuple[int, ...], BeforeValidator(weekdays)] = tuple(range(7))
    severity: tuple[Literal["error", "warning", "info"], ...] = ("warning", "info")
    via: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ends(self) -> QuietSettings:
        if self.start == self.end and len(set(self.days)) == 7 and not self.via:
            raise ValueError("these quiet hours never end: leave a day out, or name channels (via)")
        return self

    def quiet(self) -> Quiet:
        """The quiet hours of the definitions."""
        return Quiet(self.start, self.end, self.days, self.severity, self.via)


class Reached(Protocol):
    """What a person's settings say of quiet hours."""

    @property
    def quiet(self) -> Sequence[QuietSettings]:
        """The quiet hours."""
        ...
