"""Alert rules as ``pixelview.yaml`` says them, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.yamlfile import Place
from commands.rules import filters, hours
from commands.rules.oncall.times import Unreadable
from store.model import NEVER, AlertRule, Flapping, Hours

_DAY = 24 * 60
LONGEST = 30 * _DAY
"""Minutes after which an alert may count as over."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FlappingSettings(_Strict):
    """So many changes ``within`` so many minutes make an alert flap, until it is as it is for
    ``calm`` minutes."""

    changes: int = Field(6, ge=3, le=60)
    within: int = Field(60, ge=1, le=_DAY)
    calm: int = Field(5, ge=1, le=_DAY)

    def flapping(self) -> Flapping:
        """The same as rules take it."""
        return Flapping(self.changes, self.within, self.calm)


FlappingOrNot = FlappingSettings | Literal[False]


def flapping_of(given: FlappingOrNot) -> Flapping:
    """The settings as rules take them; false means that nothing flaps."""
    return given.flapping() if isinstance(given, FlappingSettings) else NEVER


def _filter(written: Any) -> Any:
    """``critical team:db host=db-*``, or a mapping of the same; read once, so that a mistake has
    its place."""
    if isinstance(written, Mapping):
        written = " ".join(str(filters.Term(str(k), _globs(v))) for k, v in written.items())
    if not isinstance(written, str):
        raise ValueError("write a filter, such as critical team:db host=db-*")
    try:
        found = filters.read(written)
    except filters.BadFilter as error:
        raise ValueError(str(error)) from None
    if found.of("who") or found.of("tag"):
        raise ValueError("an alert has no tags, and nobody has it yet")
    return written


def _globs(written: Any) -> tuple[str, ...]:
    many = isinstance(written, Sequence) and not isinstance(written, str)
    return tuple(map(str, written)) if many else (str(written),)


def _hours(written: Any) -> Any:
    """Hours as a step says them; public holidays are dates here."""
    try:
        found = hours.read(written, "", "hours")
    except Unreadable as error:
        place = error.where.removeprefix("hours").strip(".")
        raise ValueError(f"{place}: {error.error}" if place else error.error) from None
    if found.observes is not None:
        raise ValueError("holidays: write dates; a rule looks no public holidays up")
    return found


FilterText = Annotated[str, BeforeValidator(_filter)]


class AlertRuleSettings(_Strict):
    """One alert rule; of those that fit, the first that says something of a matter decides it."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str = Field(min_length=1, max_length=60)
    match: FilterText = ""
    severity: Literal["critical", "error", "warning", "info"] | None = None
    delay: int | None = Field(None, ge=0, le=_DAY)
    group_by: tuple[str, ...] | None = None
    group_window: int | None = Field(None, ge=0, le=_DAY)
    resolve_after: int | None = Field(None, ge=1, le=LONGEST)
    under: FilterText | None = None
    equal: tuple[str, ...] = ()
    criticals: bool = False
    flapping: FlappingOrNot | None = None
    quiet: bool | None = None
    hours: Annotated[Hours | None, BeforeValidator(_hours)] = None
    private: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> AlertRuleSettings:
        if self.under is not None and not self.under.strip():
            raise ValueError("under: everything can't be under everything: write a filter")
        if self.under is None and self.equal:
            raise ValueError("equal goes with under: the filter of the parent")
        if self.criticals and self.under is None and not self.quiet and self.hours is None:
            raise ValueError("criticals goes with under, quiet or hours")
        if not any(getattr(self, name) is not None for name in EFFECTS):
            raise ValueError(f"says nothing: {', '.join(EFFECTS)}")
        return self

    def rule(self) -> AlertRule:
        """The rule of the definitions."""
        return AlertRule(
            self.name,
            self.match,
            self.severity,
            self.delay,
            self.group_by,
            self.group_window,
            self.resolve_after,
            self.under,
            self.equal,
            self.criticals,
            None if self.flapping is None else flapping_of(self.flapping),
            self.quiet,
            self.hours,
            self.private,
        )


EFFECTS = (
    "severity", "delay", "hours", "group_by", "group_window", "resolve_after", "under", "flapping",
    "quiet", "private",
)  # fmt: skip


def mistakes(
    rules: Sequence[AlertRuleSettings], sources: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Place, str]]:
    """Names that two rules have, and sources whose alerts end after no number of minutes."""
    for name, given in sources.items():
        minutes = given.get("resolve_after", 1)
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= LONGEST:
            place = ("intake", "sources", name, "resolve_after")
            yield place, f"write minutes without a word, from 1 to {LONGEST}"
    seen = set[str]()
    for i, rule in enumerate(rules):
        if rule.name in seen:
            yield ("rules", i, "name"), f"there are two rules {rule.name}"
        seen.add(rule.name)
