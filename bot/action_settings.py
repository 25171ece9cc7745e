"""What people may run, as the settings shape it: a request to an address, an action of a runner or
of a connector, with parameters filled in, who must agree, and what it interrupts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.approval_settings import ApprovalSettings, globs, needs_of, several
from bot.automation_settings import Runners, Span
from bot.yamlfile import Place
from commands.automation.offers import HTTP, REMOTE, RESOURCE, Offer
from commands.rules import filling
from commands.rules.approving import mistake
from integrations.base import Action, Param
from store.clock import HOUR
from store.model import Definitions

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_OF_A_POST = ("secret", "headers", "timeout")
_LONGEST = {"title": 80, "dangerous": 200, "confirm": 200}


class ActionSettings(BaseModel):
    """Something a step, an automation or ``run`` can start. Either the incident is posted to
    ``url`` as JSON, signed with ``secret``; or ``run`` names an action: ``st2:pg.rotate_wal`` of a
    runner, ``kubernetes.restart`` of a connector.

    ``params`` fill parameters in that people may change, ``fixed`` those they may not; ``match``
    says which incidents it is offered for; ``approval`` is for those who run it, not for steps;
    ``allow`` are the values that parameters may have. ``confirm`` is what must be typed before,
    ``dangerous`` what it interrupts, ``dry_run`` the parameter that makes it one, ``undo`` the
    action that takes it back, ``saves`` how much time of a person it spares; ``on_failure`` says
    that an incident opens when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""
    run: str = ""
    secret: str = ""
    headers: dict[str, str] = {}
    timeout: float = Field(10.0, gt=0, le=30)
    title: str = ""
    params: dict[str, Any] = {}
    fixed: dict[str, Any] = {}
    match: dict[str, tuple[str, ...]] = {}
    approval: ApprovalSettings | tuple[ApprovalSettings, ...] | None = None
    allow: dict[str, tuple[str, ...]] = {}
    confirm: str = ""
    dangerous: str = ""
    dry_run: str = ""
    undo: str = ""
    deadline: Span | None = None
    saves: Span = 10 * 60_000
    on_failure: Literal["", "incident"] = ""

    _globs = field_validator("match", "allow", mode="before")(globs)
    _several = field_validator("approval", mode="before")(several)

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"{value} is no http(s) address")
        return value

    @field_validator("headers")
    @classmethod
    def _plain(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not re.fullmatch(r"[A-Za-z0-9-]+", name) or not text.isprintable():
                raise ValueError(f"{name} is no header")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> ActionSettings:
        if bool(self.url) == bool(self.run):
            raise ValueError("an action has either url: or run:")
        given = [name for name in _OF_A_POST if self.run and name in self.model_fields_set]
        if given:
            raise ValueError(f"{given[0]} is for actions with a url")
        for name, most in _LONGEST.items():
            if len(getattr(self, name)) > most:
                raise ValueError(f"{name} is longer than {most} characters")
        return self

    def offer(self, name: str, deadline: int = HOUR, **of: Any) -> Offer:
        """As it stands in the catalogue; ``of`` is what its runner or connector tells of it."""
        told: dict[str, Any] = {
            "via": HTTP,
            "ref": name,
            "title": "",
            "params": self._params(),
            **of,
        }
        if self.title:
            told["title"] = self.title
        if self.dangerous:
            told["dangerous"] = self.dangerous
        return Offer(
            name, given=self.params, fixed=self.fixed, match=self.match,
            needs=needs_of(self.approval) or told.pop("needs", ()), allow=self.allow,
            confirm=self.confirm, dry=self.dry_run, undo=self.undo,
            deadline=self.deadline or deadline, saves=max(self.saves // 60_000, 1),
            on_failure=self.on_failure, **told,
        )  # fmt: skip

    def _params(self) -> tuple[Param, ...]:
        """Those the settings themselves name, where nobody else tells of them."""
        names = dict.fromkeys((*self.params, *self.fixed, *self.allow))
        return tuple(Param(name, _kind(self.params.get(name))) for name in names)


def _kind(value: Any) -> str:
    kinds = ((bool, "flag"), (int, "number"), (float, "decimal"), (list, "list"), (dict, "object"))
    return next((kind for of, kind in kinds if isinstance(value, of)), "text")


def offers(
    actions: Mapping[str, ActionSettings], runners: Runners, connectors: Mapping[str, Offer]
) -> Iterator[Offer]:
    """The actions of the settings, as far as the settings alone tell."""
    for name, one in actions.items():
        system, colon, ref = one.run.partition(":")
        if one.url:
            yield one.offer(name)
        elif colon and system in runners:
            yield one.offer(name, runners[system].deadline, via=REMOTE, system=system, ref=ref)
        elif (base := connectors.get(one.run)) is not None:
            yield one.offer(
                name, via=RESOURCE, system=base.system, ref=base.ref, title=base.title,
                help=base.help, params=base.params, kinds=base.kinds, needs=base.needs,
                dangerous=base.dangerous,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Runnable:
    """The names of all that can be run, as far as the settings tell."""

    actions: Container[str]
    runners: Container[str]
    connectors: Container[str]

    def __contains__(self, name: object) -> bool:
        system, colon, _ = str(name).partition(":")
        known = name in self.actions or name in self.connectors
        return known or (bool(colon) and system in self.runners)


def mistakes(
    actions: Mapping[str, ActionSettings],
    runners: Runners,
    connectors: Mapping[str, Action],
    known: Definitions,
) -> Iterator[tuple[Place, str]]:
    """What can't be right about the actions, each with its place in the file."""
    there = Runnable(actions, runners, connectors)
    for name, one in actions.items():
        place: Place = ("actions", name)
        if not _NAME.fullmatch(name):
            yield place, "name it in letters, digits, - . and _"
        if name in connectors:
            yield place, f"{name} is an action of a connector: give it another name"
        if one.run and one.run not in there:
            yield (*place, "run"), _unknown(one.run, runners, connectors)
        elif one.run in actions and one.run not in connectors:
            yield (*place, "run"), f"{one.run} is an action of these settings itself"
        if one.undo and (one.undo not in there or one.undo == name):
            near = next(iter(difflib.get_close_matches(one.undo, actions, 1, 0.6)), "")
            hint = f"; did you mean {near}?" if near and near != name else ""
            yield (*place, "undo"), f"{one.undo} is not one of the actions{hint}"
        yield from _approvers(one, place, known)
        yield from _templates(one, place)
        if (action := connectors.get(one.run)) is not None:
            yield from _parameters(one, place, action)


def _unknown(name: str, runners: Runners, connectors: Mapping[str, Action]) -> str:
    system, colon, ref = name.partition(":")
    if colon:
        names = ", ".join(runners) or "none"
        return f"{system} is none of the systems under stackstorm: {names}"
    if runners:
        return f"write {next(iter(runners))}:{ref or name} for an action of StackStorm"
    near = next(iter(difflib.get_close_matches(name, connectors, 1, 0.6)), "")
    return f"no source has an action {name}{f'; did you mean {near}?' if near else ''}"


def _approvers(
    one: ActionSettings, place: Place, known: Definitions
) -> Iterator[tuple[Place, str]]:
    each = one.approval if isinstance(one.approval, tuple) else (one.approval,)
    for i, approval in enumerate(each):
        if approval is not None and (wrong := mistake(known, approval.by)):
            where = ("approval", i, "by") if isinstance(one.approval, tuple) else ("approval", "by")
            yield (*place, *where), wrong


def _templates(one: ActionSettings, place: Place) -> Iterator[tuple[Place, str]]:
    for part in ("params", "fixed"):
        for name, template in getattr(one, part).items():
            for wrong in filling.mistakes(template):
                yield (*place, part, name), wrong
    for wrong in filling.mistakes(one.confirm):
        yield (*place, "confirm"), wrong
    for name in one.fixed:
        if name in one.params:
            yield (*place, "fixed", name), f"{name} is among params too"


def _parameters(one: ActionSettings, place: Place, action: Action) -> Iterator[tuple[Place, str]]:
    names = [param.name for param in action.params]
    for part in ("params", "fixed", "allow"):
        for name in getattr(one, part):
            if name not in names:
                there = ", ".join(names) or "none"
                yield (*place, part, name), f"{action.name} has no {name}; it has {there}"
