"""Rules on measures, cost and findings of the inventory, as ``pixelview.yaml`` says them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.yamlfile import Place
from commands.rules import filters
from commands.rules.inventory import CostRules
from commands.rules.metric_rules import (
    SHIPPED,
    STALE,
    MetricRule,
    MetricRules,
    over,
    wrong_in_title,
)
from commands.rules.metric_words import BadRule, Limit, read, read_clear, words_of
from store.model import Severity
from store.model.resource import KINDS

_WORD = re.compile(r"[^a-z0-9]+")


def _words(value: Any) -> Any:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class MetricRuleSettings(BaseModel):
    """One rule. With the name of one that is shipped it is that one, changed in what is said here;
    without ``enabled`` it holds no more. ``missing`` says what it means that nothing is measured
    any more."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field("", max_length=60)
    kinds: Annotated[tuple[str, ...] | None, BeforeValidator(_words)] = None
    match: str | None = None
    when: str = Field("", alias="if")
    clear: str = ""
    severity: Severity | None = None
    title: str = Field("", max_length=200)
    missing: Literal["stale", "fires", "resolves"] | None = None
    enabled: bool = True

    @model_validator(mode="before")
    @classmethod
    def _kind_or_kinds(cls, value: Any) -> Any:
        if isinstance(value, dict) and "kind" in value:
            if "kinds" in value:
                raise ValueError("write kind or kinds, not both")
            value = {("kinds" if k == "kind" else k): v for k, v in value.items()}
        return value

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for kind in value or ():
            if kind not in KINDS:
                raise ValueError(f"{kind} is no kind of resource: {', '.join(KINDS)}")
        return value

    @field_validator("match")
    @classmethod
    def _a_filter(cls, value: str | None) -> str | None:
        try:
            filters.read(value or "")
        except filters.BadFilter as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("when")
    @classmethod
    def _a_condition(cls, value: str) -> str:
        try:
            read(value)
        except BadRule as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("title")
    @classmethod
    def _a_title(cls, value: str) -> str:
        if wrong := wrong_in_title(value):
            raise ValueError(wrong)
        return value

    @property
    def base(self) -> MetricRule | None:
        """The shipped rule that it changes."""
        return next((r for r in SHIPPED if r.name == self.name), None)

    @property
    def called(self) -> str:
        """Its name, or what follows from its condition."""
        return self.name or _WORD.sub("-", words_of(read(self.when)).lower()).strip("-")

    def rule(self) -> MetricRule:
        """As the rules take it."""
        base = self.base
        condition = read(self.when) if self.when or base is None else base.condition
        clear = base.clear if base is not None and not self.when else None
        if self.clear:
            clear = read_clear(self.clear, condition)
        severity = self.severity or (base.severity if base else Severity.WARNING)
        kinds = self.kinds if self.kinds is not None else base.kinds if base else ()
        match = self.match if self.match is not None else base.match if base else ""
        missing = self.missing or (base.missing if base else STALE)
        return MetricRule(
            self.called, condition, kinds, match, clear, severity, self.title, missing
        )


class CostSettings(BaseModel):
    """Jumps of what is spent: told from ``least`` money a day and ``percent`` on; ``alerts: false``
    only shows them. ``keep`` is how many days of cost are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alerts: bool = True
    least: float = Field(10.0, ge=0)
    percent: float = Field(25.0, ge=1)
    keep: int = Field(400, ge=62, le=1100)

    def rules(self) -> CostRules:
        """As the rules take it."""
        return CostRules(self.alerts, self.least, self.percent, self.keep)


def rules_of(written: Iterable[MetricRuleSettings], keep_days: int) -> MetricRules:
    """The rules in force."""
    some = list(written)
    off = tuple(one.name for one in some if not one.enabled)
    return MetricRules(over([o.rule() for o in some if o.enabled], off), keep_days, off)


def mistakes(written: Iterable[MetricRuleSettings]) -> Iterator[tuple[Place, str]]:
    """What can't be right about the rules, each with its place in the file."""
    seen = set[str]()
    for n, one in enumerate(written):
        place: Place = ("inventory", "rules", n)
        if not one.enabled:
            if one.base is None:
                yield (*place, "name"), f"no rule is called {one.name}: {_shipped()}"
            continue
        if not one.when and one.base is None:
            yield place, "if is missing: write a condition, such as cpu > 90% for 10m"
            continue
        if one.called in seen:
            yield (*place, "name"), f"two rules are called {one.called}"
        seen.add(one.called)
        yield from _of_clear(one, place)


def _of_clear(one: MetricRuleSettings, place: Place) -> Iterator[tuple[Place, str]]:
    try:
        rule = one.rule()
    except BadRule as error:
        yield (*place, "clear"), str(error)
        return
    if not isinstance(rule.condition, Limit) and rule.missing != STALE:
        yield (*place, "missing"), "a forecast has nothing to say of what is missing"


def _shipped() -> str:
    return ", ".join(r.name for r in SHIPPED)
