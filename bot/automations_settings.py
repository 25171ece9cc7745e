"""What runs by itself, as ``pixelview.yaml`` says it: when, what is done, and how often at most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.automation_steps import length, program
from bot.teams import known_zone
from bot.yamlfile import Place
from commands.rules import cron, hours
from commands.rules.automating import (
    EVENTS,
    EXECUTION,
    METRIC,
    PLAIN,
    RESOURCE,
    SCHEDULE,
    SEVERITY,
    STILL_OPEN,
    Automation,
    Automations,
    Do,
    On,
)
from commands.rules.cron import BadCron
from commands.rules.limits import Limit
from commands.rules.oncall.times import Unreadable
from store.model import HOUR, MINUTE, Definitions, Hours

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_LIMIT = re.compile(r"(\d{1,5})\s*/\s*(.+)")
_AT = re.compile(r"(?:(\S+)\s+)?(\d{1,2}:\d{2})(?:\s+(\S+))?")
_ENDED = ("done", "failed", "canceled", "unknown")


def _many(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)


def match_of(value: Any) -> Any:
    """Field → globs; one alone may stand without a list."""
    if not isinstance(value, Mapping):
        raise ValueError("write fields with what they are: {severity: critical, alertname: Disk*}")
    return {
        str(name): tuple(map(_word, globs if isinstance(globs, (list, tuple)) else (globs,)))
        for name, globs in value.items()
    }


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _on_word(value: Mapping[Any, Any]) -> dict[Any, Any]:
    """YAML 1.1 reads the bare word ``on`` as true."""
    return {("on" if key is True else key): each for key, each in value.items()}


def _switch(value: Any) -> Any:
    return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value


class BreakerSettings(BaseModel):
    """``after`` that many runs in a row that did not help it rests for ``pause``; 0: never."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int = Field(3, ge=0, le=50)
    pause: Annotated[int, BeforeValidator(length)] = 2 * HOUR


class AutomationSettings(BaseModel):
    """Something that runs by itself. ``mode`` is off until somebody turns it on: ``suggest`` posts
    a button instead of running, ``on`` runs. ``when`` are the conditions: fields and labels of the
    incident, ``hours``, ``nobody_has_it``. ``approved: true`` says that the second person whom its
    actions need agrees beforehand: whoever wrote the settings. ``team`` is told when it trips."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field("", max_length=120)
    on: tuple[On, ...]
    when: dict[str, Any] = {}
    do: tuple[Do, ...]
    mode: Annotated[Literal["off", "suggest", "on"], BeforeValidator(_switch)] = "off"
    cooldown: Annotated[int, BeforeValidator(length)] = 30 * MINUTE
    limit: str | Literal[False] = "5/1h"
    breaker: BreakerSettings | Literal[False] = BreakerSettings()
    helps_within: Annotated[int, BeforeValidator(length)] = 15 * MINUTE
    approved: bool = False
    team: str = ""

    @model_validator(mode="before")
    @classmethod
    def _yaml(cls, value: Any) -> Any:
        return _on_word(value) if isinstance(value, dict) else value

    @field_validator("on", mode="before")
    @classmethod
    def _occasions(cls, value: Any) -> Any:
        given = list(value) if isinstance(value, (list, tuple)) else [value]
        found = tuple(on for one in given for on in _on(one))
        if not found:
            raise ValueError(f"say when: {', '.join(EVENTS)}")
        return found

    @field_validator("do", mode="before")
    @classmethod
    def _steps(cls, value: Any) -> Any:
        return program(value)

    @field_validator("limit")
    @classmethod
    def _a_limit(cls, value: str | Literal[False]) -> str | Literal[False]:
        if value is not False:
            limit_of(value)
        return value

    @field_validator("when")
    @classmethod
    def _conditions(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, each in value.items():
            if name == "hours":
                _hours(each)
            elif name == "nobody_has_it":
                if not isinstance(each, bool):
                    raise ValueError("nobody_has_it is true or false")
            else:
                match_of({name: each})
        return value

    def rule(self, name: str) -> Automation:
        """As the rules take it."""
        own = ("hours", "nobody_has_it")
        off = self.breaker is False
        breaker = BreakerSettings() if self.breaker is False else self.breaker
        return Automation(
            name, self.on, self.do, self.title,
            match_of({k: v for k, v in self.when.items() if k not in own}),
            _hours(self.when["hours"]) if "hours" in self.when else None,
            bool(self.when.get("nobody_has_it")), self.mode, self.cooldown,
            None if self.limit is False else limit_of(self.limit),
            0 if off else breaker.after, breaker.pause, self.approved, self.team,
            self.helps_within,
        )  # fmt: skip


def limit_of(text: str) -> Limit:
    """``5/1h``: at most five in an hour."""
    found = _LIMIT.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise ValueError(f"{text} is no limit: write 5/1h")
    return Limit(int(found[1]), length(found[2]) or HOUR)


def _hours(written: Any) -> Hours:
    try:
        if isinstance(written, str):
            return hours.spoken(written, inside=True)
        return hours.read(written, "UTC", "hours")
    except Unreadable as error:
        raise ValueError(str(error)) from None


# when


def _on(value: Any) -> Iterator[On]:
    """One occasion: a word, or a word with what belongs to it."""
    if isinstance(value, On):
        yield value
    elif isinstance(value, str):
        if value not in PLAIN:
            more = f": {value} needs more, as in {{{value}: …}}" if value in EVENTS else ""
            raise ValueError(f"{value} is no event{more}: {', '.join(PLAIN)}")
        yield On(value)
    elif isinstance(value, Mapping) and value:
        for event, more in value.items():
            if str(event) not in EVENTS:
                raise ValueError(f"{event} is no event: {', '.join(EVENTS)}")
            yield _with(str(event), more)
    else:
        raise ValueError(f"write an event: {', '.join(EVENTS)}")


def _with(event: str, more: Any) -> On:
    if event == STILL_OPEN:
        return On(event, after=length(more))
    if event == METRIC:
        return On(event, name=str(more))
    if event == RESOURCE:
        match = match_of(more)
        if not match:
            raise ValueError("name the resource: {kind: server, health: down}")
        return On(event, match=match)
    if event == SCHEDULE:
        return scheduled(str(more))
    if event == EXECUTION:
        return _ended(more)
    if event == "escalated" and isinstance(more, int) and not isinstance(more, bool):
        return On(event, step=more)
    if event == SEVERITY and more in ("raised", None):
        return On(event)
    if more is None:
        return On(event)
    raise ValueError(f"{event} takes no {more}")


def _ended(more: Any) -> On:
    if not isinstance(more, Mapping) or not more.get("action"):
        raise ValueError("name the action: {action: backup, state: failed}")
    if unknown := set(more) - {"action", "state"}:
        raise ValueError(f"there is no {min(map(str, unknown))}: action and state")
    states = _many(more.get("state") or "failed")
    if wrong := [one for one in states if one not in _ENDED]:
        raise ValueError(f"{wrong[0]} is no end: {', '.join(_ENDED)}")
    return On(EXECUTION, name=str(more["action"]), states=states)


def scheduled(text: str) -> On:
    """``Mon-Fri 07:00 Europe/Berlin``, or a cron line with a zone behind it."""
    words = text.split()
    found = _AT.fullmatch(text.strip())
    if found is not None:
        hour, minute = found[2].split(":")
        line, zone = f"{int(minute)} {int(hour)} * * {found[1] or '*'}", found[3] or "UTC"
    else:
        last = words[-1] if len(words) > 1 else ""
        zoned = last.upper() == "UTC" or ("/" in last and last[0].isalpha())
        line, zone = (" ".join(words[:-1]), words[-1]) if zoned else (text, "UTC")
    try:
        read = cron.read(line)
    except BadCron as error:
        raise ValueError(f"{error} Or write Mon-Fri 07:00 Europe/Berlin") from None
    return On(SCHEDULE, cron=read, zone=known_zone(zone), said=text.strip())


# all of them


def automations_of(given: Mapping[str, AutomationSettings]) -> Automations:
    """All of them as the rules take them."""
    return Automations(one.rule(name) for name, one in given.items())


def mistakes(settings: Any, known: Definitions) -> Iterator[tuple[Place, str]]:
    """What can't be right about them, each with its place in the file. Actions of runners are known
    once those were asked: they are looked at when they are to run."""
    given, runners = settings.automations, bool(settings.stackstorm)
    if not given:
        return
    actions = {*settings.actions, *settings.inventory.known_actions()}
    metrics = {rule.name for rule in settings.inventory.rules().metrics.rules}
    for name, one in given.items():
        place: Place = ("automations", name)
        if not _NAME.fullmatch(name):
            yield place, "name it in lower case letters, digits, - . and _"
        if one.team and one.team not in known.teams:
            yield (*place, "team"), f"there is no team {one.team}"
        for action in one.rule(name).offers:
            if action not in actions and not (runners and set(":.") & set(action)):
                yield (*place, "do"), f"{action} is not one of the actions"
        for on in one.on:
            if on.event == METRIC and not set("*?[") & set(on.name) and on.name not in metrics:
                yield (*place, "on"), f"no metric rule is called {on.name}"
