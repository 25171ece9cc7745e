"""What is posted where, as ``pixelview.yaml`` says it: a rule for each channel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from bot.asking import time_of_day, weekdays
from bot.teams import known_zone
from bot.yamlfile import Place
from commands.rules import filters
from commands.rules.posting import DAYS
from store.model import ChannelRule
from store.model.chats import CHATS, chat_of
from store.model.posting import Here, QuietHours, Rhythm

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_RHYTHMS = "write hourly, daily, daily 09:00, weekly or weekly mon 09:00"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def rhythm_of(written: Any) -> Rhythm:
    """``hourly``, ``daily 09:00``, ``weekly mon 09:00``; ValueError says what to write instead."""
    words = str(written).casefold().split()
    every = {"hourly": "hour", "daily": "day", "weekly": "week"}.get(words[0] if words else "")
    rest = words[1:]
    if every is None or (every == "hour" and rest):
        raise ValueError(_RHYTHMS)
    day = 0
    if every == "week" and rest and rest[0] in DAYS:
        day, rest = DAYS.index(rest[0]), rest[1:]
    at = _CLOCK.fullmatch(rest[0]) if rest else None
    if len(rest) > 1 or (rest and at is None):
        raise ValueError(_RHYTHMS)
    return Rhythm(every, int(at[1]) * 60 + int(at[2]) if at else 9 * 60, day)


def _rhythm(written: Any) -> Any:
    return rhythm_of(written) if isinstance(written, str) else written


class QuietHoursSettings(_Strict):
    """Hours in which no card is put up there."""

    start: Annotated[int, BeforeValidator(time_of_day)] = Field(alias="from")
    end: Annotated[int, BeforeValidator(time_of_day)] = Field(alias="to")
    days: Annotated[tuple[int, ...], BeforeValidator(weekdays)] = tuple(range(7))
    zone: Annotated[str, AfterValidator(known_zone)] | None = None

    @model_validator(mode="after")
    def _ends(self) -> QuietHoursSettings:
        if self.start == self.end and len(set(self.days)) == 7:
            raise ValueError("these quiet hours never end: write events: [] to see nothing there")
        return self

    def quiet(self) -> QuietHours:
        """The same as rules take it."""
        return QuietHours(self.start, self.end, self.days, self.zone)


class HereSettings(_Strict):
    """When ``@here`` may be said there."""

    severity: Literal["critical", "error", "warning", "info"] = "critical"
    per_day: int = Field(1, ge=1, le=20)
    when: Literal["nobody", "opened"] = "nobody"

    def here(self) -> Here:
        """The same as rules take it."""
        return Here(self.severity, self.per_day, self.when)


def a_filter(written: Any) -> Any:
    """``critical team:db host=db-*``; read once, so that a mistake has its place."""
    if not isinstance(written, str):
        raise ValueError("write a filter, such as team:db host=db-*")
    try:
        found = filters.read(written)
    except filters.BadFilter as error:
        raise ValueError(str(error)) from None
    if found.of("who") or found.of("tag") or found.of("status"):
        raise ValueError("a filter here is about what the incident is, not about who has it")
    return written


Event = Literal["opened", "taken", "escalated", "resolved", "notes", "updates"]


class ChannelSettings(_Strict):
    """What one channel shows of what the routes send there."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    match: Annotated[str, BeforeValidator(a_filter)] = ""
    severity: Literal["critical", "error", "warning", "info"] | None = None
    events: tuple[Event, ...] | None = None
    cards: Literal["each", "digest"] = "each"
    digest: Annotated[Rhythm | None, BeforeValidator(_rhythm)] = None
    quiet: QuietHoursSettings | None = None
    here: HereSettings | None = None
    criticals: bool = False
    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"

    @model_validator(mode="after")
    def _fits_together(self) -> ChannelSettings:
        if self.cards == "each" and self.digest is not None and "cards" in self.model_fields_set:
            raise ValueError("digest goes with cards: digest")
        if self.criticals and self._digest() is None and self.quiet is None:
            raise ValueError("criticals goes with cards: digest or quiet")
        return self

    def _digest(self) -> Rhythm | None:
        return self.digest or (Rhythm("day") if self.cards == "digest" else None)

    def rule(self, name: str) -> ChannelRule:
        """The rule of the definitions."""
        return ChannelRule(
            name,
            self.match,
            self.severity,
            self.events,
            self._digest(),
            self.quiet.quiet() if self.quiet else None,
            self.here.here() if self.here else None,
            self.criticals,
            self.zone,
        )


def bad_name(name: str) -> str | None:
    """What is wrong with the name of a channel; None for nothing."""
    surface, _, channel = name.partition(":")
    if chat_of(surface) in CHATS and channel.strip() and name.isprintable() and len(name) < 200:
        return None
    return f"{name}: write the chat and the channel, such as slack:#ops"


def mistakes(written: Mapping[str, ChannelSettings]) -> Iterator[tuple[Place, str]]:
    """Names that are no channel of a chat."""
    for name in written:
        if wrong := bad_name(name):
            yield ("channels", name), wrong
