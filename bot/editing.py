"""One definition as people write it in the console or in chat: the YAML of the settings file, for
this one alone, with the same checks and the line of every mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from bot import asking, channels, policies, schedules, yamlfile
from bot.access_settings import RoleSettings
from bot.alert_rules import AlertRuleSettings
from bot.posting import ChannelSettings, bad_name
from bot.settings import Settings
from bot.teams import PersonSettings, RouteSettings, TeamSettings
from bot.yamlfile import BadSettings, Place, mistakes_of
from commands.defining import NAMED_WITHIN, SECTIONS
from commands.errors import Invalid
from commands.rules import references
from store.definitions import WRITTEN, Row, row_of
from store.model import Definitions

_MODELS: dict[str, type[BaseModel]] = {
    "person": PersonSettings,
    "team": TeamSettings,
    "policy": policies.PolicySettings,
    "route": RouteSettings,
    "rule": AlertRuleSettings,
    "channel": ChannelSettings,
    "role": RoleSettings,
}


class Editor:
    """Reads one definition; what it may name are the definitions in force and the channels that are
    configured."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, known: Definitions, kind: str, name: str, text: str) -> Row:
        """The row of a definition; Invalid names the line and the mistake, at ``text``."""
        if kind == "channel" and (wrong := bad_name(name)):
            raise Invalid(f"{wrong}.", "name")
        try:
            file = yamlfile.read(text, kind, {})
            made = _noun(file, kind, name)
            after = _with(known, kind, name, made)
            before = set(self._mistakes(known, name))
            new = [m for m in self._mistakes(after, name, file) if m not in before]
            if new:
                here = (SECTIONS[kind], name)
                raise file.bad(*((_within(place, here), what) for place, what in new))
        except BadSettings as error:
            raise Invalid(_lines(str(error), kind), "text") from None
        return {**row_of(made), WRITTEN: text.strip() + "\n"}

    def _mistakes(
        self, known: Definitions, name: str, file: yamlfile.File | None = None
    ) -> Iterator[tuple[Place, str]]:
        yield from references.dangling(known)
        yield from policies.mistakes(known)
        settings = self._settings
        yield from asking.mistakes(settings.paging, {}, settings.runnable(), known)
        if file is None:
            return
        if name in known.schedules and "layers" in file.values:
            yield from schedules.mistakes({name: file.values}, known.people)
        if name in known.people and "name" in file.values:
            person = PersonSettings.model_validate(file.values)
            yield from channels.mistakes(settings.pagers, {name: person}, settings.url)


def _noun(file: yamlfile.File, kind: str, name: str) -> Any:
    values: Mapping[str, Any] = file.values
    if kind == "schedule":
        wrong = list(schedules.mistakes({name: values}, _Everybody()))
        if wrong:
            raise file.bad(*((_within(place, ("schedules", name)), what) for place, what in wrong))
        return schedules.read(name, values)
    try:
        read = _MODELS[kind].model_validate(
            {**values, **({"name": name} if kind in NAMED_WITHIN else {})}
        )
    except ValidationError as error:
        raise file.bad(*mistakes_of(error)) from None
    match read:
        case PersonSettings():
            return read.person(name)
        case TeamSettings():
            return read.team(name)
        case policies.PolicySettings():
            return read.policy(name)
        case RouteSettings():
            return read.route()
        case AlertRuleSettings():
            return read.rule()
        case ChannelSettings():
            return read.rule(name)
        case RoleSettings():
            return read.role(name)
    raise AssertionError(kind)


class _Everybody:
    """Stands in for the people where only the shape is looked at."""

    def __contains__(self, handle: object) -> bool:
        return True


def _with(known: Definitions, kind: str, name: str, made: Any) -> Definitions:
    if kind == "route":
        others = [r for r in known.routes if r.name != name]
        return replace(known, routes=(made, *others))
    if kind == "rule":
        rules = [r for r in known.alert_rules if r.name != name]
        return replace(known, alert_rules=(made, *rules))
    if kind == "channel":
        channels = [c for c in known.channels if c.name != name]
        return replace(known, channels=(made, *channels))
    section = SECTIONS[kind]
    changed: dict[str, Any] = {section: {**getattr(known, section), name: made}}
    return replace(known, **changed)


def _within(place: Place, here: Place) -> Place:
    """A place of the whole file as one of this definition alone."""
    return place[len(here) :] if place[: len(here)] == here else ()


def _lines(said: str, kind: str) -> str:
    """``team:3: members: …`` as ``Line 3: members: …``."""
    return said.replace(f"{kind}:", "Line ") if said.startswith(f"{kind}:") else said
