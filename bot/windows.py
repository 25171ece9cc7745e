"""Maintenance windows as ``pixelview.yaml`` says them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.teams import known_zone
from bot.yamlfile import Place
from commands.rules import maintenance as rules
from commands.rules import repeat_words
from commands.rules.filters import BadFilter
from commands.rules.repeats import BadRepeat
from store.model import Definitions
from store.model.maintenance import ANNOUNCE, Behaviour, Window
from store.model.oncall import WallTime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WindowSettings(BaseModel):
    """A maintenance window; ``start`` and ``end`` are the first one on the wall clock of ``zone``.
    By its name it is known again when the file is changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=300)
    what: str
    start: datetime
    end: datetime
    zone: str = "UTC"
    repeat: str = ""
    behaviour: Behaviour = Behaviour.NO_PAGES
    announce: int = Field(ANNOUNCE, ge=0, le=1440)

    @field_validator("start", "end", mode="before")
    @classmethod
    def _a_wall_time(cls, value: object) -> object:
        if type(value) is date:
            value = datetime(value.year, value.month, value.day)  # noqa: DTZ001
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if not isinstance(found, datetime) or found.tzinfo is not None:
            raise ValueError(f"{value} is not a wall time like 2026-11-24 10:00")
        return found

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        return known_zone(value)

    @model_validator(mode="after")
    def _a_window(self) -> WindowSettings:
        if self.end <= self.start:
            raise ValueError("it ends before it starts")
        try:
            window = self.window()
        except BadRepeat as error:
            raise ValueError(str(error)) from None
        if window.end - window.start > rules.LONGEST:
            raise ValueError("it is longer than 31 days")
        if rules.overlaps(window):
            raise ValueError("it would begin again before it ends")
        return self

    def window(self) -> Window:
        """As the rules take it."""
        rule = (
            str(repeat_words.read(self.repeat, _wall(self.start), self.zone)) if self.repeat else ""
        )
        return Window(
            0, " ".join(self.what.split()), self.behaviour, _wall(self.start), _wall(self.end),
            self.zone, self.name, rule, announce=self.announce, file=self.name,
        )  # fmt: skip


def _wall(at: datetime) -> WallTime:
    return round((at.replace(tzinfo=UTC) - _EPOCH).total_seconds() * 1000)


def mistakes(written: Sequence[WindowSettings], known: Definitions) -> Iterator[tuple[Place, str]]:
    """Windows of nothing that is known, and two of one name."""
    seen = set[str]()
    for i, one in enumerate(written):
        try:
            rules.read_what(one.what, known)
        except BadFilter as error:
            yield ("maintenance", i, "what"), str(error)
        if one.name in seen:
            yield ("maintenance", i, "name"), f"{one.name} is there twice"
        seen.add(one.name)


def planned(written: Sequence[WindowSettings]) -> tuple[Window, ...]:
    """The windows as the rules take them."""
    return tuple(one.window() for one in written)
