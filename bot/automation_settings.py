"""Systems that run actions for us, by names of our own: StackStorm, or what has a RUNNER too."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, ConfigDict, Field

import integrations
from bot.both_ways_settings import BothWaysSettings
from bot.yamlfile import Place
from commands.rules.answering import Answerers
from commands.rules.approving import mistake
from integrations.base import Misconfigured, Runner, Setting
from store.clock import HOUR, MINUTE
from store.model import Definitions

STACKSTORM = "stackstorm"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SPAN = re.compile(r"(\d{1,5})\s*(s|m|min|h|d)?")
_UNITS = {"s": 1_000, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": 24 * HOUR}


def span(written: Any) -> Any:
    """``30m``, ``2h`` or minutes, in ms."""
    found = _SPAN.fullmatch(str(written).strip())
    if isinstance(written, bool) or found is None or not int(found[1]):
        raise ValueError(f"{written} is no span of time: write 30m or 2h")
    return int(found[1]) * _UNITS[found[2] or "m"]


Span = Annotated[int, BeforeValidator(span)]


class RunnerSettings(BothWaysSettings):
    """One system. ``offer`` are globs of its actions that may be run, by who has the permission,
    without an entry in ``actions``; ``deadline`` is how long an action may take where its entry
    says nothing else; ``people`` says who its users are here (``st2ana: ana``), ``roles`` who has
    its roles (``admin: role:admin``), for questions to them; ``secrets`` are globs of parameters
    whose values nobody may read. Everything else is the system's own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = STACKSTORM
    offer: tuple[str, ...] = ("*",)
    deadline: Span = HOUR
    people: Mapping[str, str] = Field(default_factory=dict)
    roles: Mapping[str, str] = Field(default_factory=dict)
    secrets: tuple[str, ...] = ("*password*", "*passwd*", "*secret*", "*token*", "*api_key*")

    @property
    def own(self) -> dict[str, Any]:
        """What is the system's, with its defaults."""
        own = {s.name: s.default for s in offered(self.kind)} | dict(self.model_extra or {})
        if "events" in own and self.events is not None:
            own["events"] = self.events.own()
        return own

    def hidden(self) -> Iterator[str]:
        """The values that nobody may read."""
        if self.events is not None and self.events.secret:
            yield self.events.secret
        for setting in offered(self.kind):
            value = self.own.get(setting.name)
            if setting.secret and isinstance(value, str) and value:
                yield value


Runners = Mapping[str, RunnerSettings]


def module_of(kind: str) -> Any | None:
    """The integration that runs actions of this kind, or None."""
    if kind not in integrations.names():
        return None
    found = integrations.load(kind)
    return found if callable(getattr(found, "runner", None)) else None


def offered(kind: str) -> tuple[Setting, ...]:
    """The settings that a system of a kind understands."""
    return tuple(getattr(module_of(kind), "RUNNER", ()))


def connect(name: str, one: RunnerSettings) -> Runner:
    """The runner of a system; Misconfigured where its settings can't be."""
    found = module_of(one.kind)
    if found is None:
        raise Misconfigured(f"nothing runs actions of {one.kind}", f"stackstorm.{name}.kind")
    return cast(Runner, found.runner(name, one.own))


def mistakes(runners: Runners, known: Definitions) -> Iterator[tuple[Place, str]]:
    """What can't be right about the systems, each with its place in the file."""
    for name, one in runners.items():
        place: Place = ("stackstorm", name)
        if not _NAME.fullmatch(name):
            yield place, "name it in lower case letters, digits, - and _"
        if module_of(one.kind) is None:
            yield (*place, "kind"), f"nothing of the kind {one.kind[:64]} runs actions"
            continue
        yield from _somebody(one, place, known)
        yield from list(_own(one, place)) or _together(one, place)


def _somebody(one: RunnerSettings, place: Place, known: Definitions) -> Iterator[tuple[Place, str]]:
    for theirs, handle in one.people.items():
        if handle not in known.people:
            yield (*place, "people", theirs), f"{handle} is not one of the people"
    for role, by in one.roles.items():
        if wrong := mistake(known, by):
            yield (*place, "roles", role), wrong


def answerers(runners: Runners) -> dict[str, Answerers]:
    """Who the people of each system are here."""
    return {name: Answerers(one.people, one.roles) for name, one in runners.items()}


def _own(one: RunnerSettings, place: Place) -> Iterator[tuple[Place, str]]:
    settings, given = {s.name: s for s in offered(one.kind)}, one.model_extra or {}
    for key in given:
        if key not in settings:
            there = [*settings, *RunnerSettings.model_fields]
            near = next(iter(difflib.get_close_matches(key, there, 1, 0.6)), "")
            hint = f"; did you mean {near}?" if near else f"; there are {', '.join(sorted(there))}"
            yield (*place, key), f"no such setting{hint}"
    for setting in settings.values():
        if setting.required and given.get(setting.name) in (None, "", [], {}):
            yield place, f"{setting.name} is missing: {setting.help}"


def _together(one: RunnerSettings, place: Place) -> Iterator[tuple[Place, str]]:
    """What only the system knows: settings that need each other, and what they may say."""
    check = getattr(module_of(one.kind), "check_runner", None)
    if check is None:
        return
    try:
        check(one.own)
    except Misconfigured as error:
        given = error.setting in (one.model_extra or {})
        yield (*place, error.setting) if given else place, str(error)
