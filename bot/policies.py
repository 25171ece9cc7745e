"""Escalation policies as ``pixelview.yaml`` says them, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.yamlfile import Place
from commands import holidays
from commands.rules import hours
from commands.rules.escalation import hands_over, told
from commands.rules.oncall.times import Unreadable
from store.model import AlertCount, Definitions, Hours, Policy, Step
from store.model.chats import is_chat

_WRITE = (
    "person:<handle>, oncall[:team], lead[:team], manager[:team], duty:<name>[:team], team[:name], "
    "schedule:<name>, {round_robin: [<handle>, …]}, channel:slack:#<name>, action:<name> or "
    "policy:<name>"
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _target(written: Any) -> Any:
    """``{round_robin: [ana, omar]}`` as the text that definitions hold."""
    if not isinstance(written, Mapping):
        return written
    names = written.get("round_robin")
    if len(written) != 1 or not isinstance(names, (list, tuple)) or not names:
        raise ValueError(f"write {_WRITE}")
    return f"round_robin:{','.join(map(str, names))}"


def _hours(written: Any) -> Any:
    try:
        found = hours.read(written, "", "hours")
        if found.observes and (bad := holidays.unknown(found.observes)):
            raise Unreadable(bad[1], "holidays")
        return found
    except Unreadable as error:
        place = error.where.removeprefix("hours").strip(".")
        raise ValueError(f"{place}: {error.error}" if place else error.error) from None


Target = Annotated[str, BeforeValidator(_target)]


class AlertsSettings(_Strict):
    """More than so many alerts of the incident, in all or heard ``within`` so many minutes, counted
    back from its last alert."""

    more_than: int = Field(ge=0, le=500)
    within: int = Field(0, ge=0, le=9000)


class StepSettings(_Strict):
    """One step of a policy."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    targets: tuple[Target, ...]
    delay: int = Field(5, ge=0, le=9000)
    until: Literal["acknowledged", "resolved"] = "acknowledged"
    important: bool = False
    multi_ack: bool = False
    severity: tuple[Literal["critical", "error", "warning", "info"], ...] = ()
    hours: Annotated[Hours | None, BeforeValidator(_hours)] = None
    alerts: AlertsSettings | None = None

    def step(self) -> Step:
        """The step of the definitions."""
        return Step(
            self.targets,
            self.delay,
            self.important,
            self.severity,
            self.until,
            self.hours,
            self.multi_ack,
            AlertCount(self.alerts.more_than, self.alerts.within) if self.alerts else None,
        )


class PolicySettings(_Strict):
    """One escalation policy."""

    steps: tuple[StepSettings, ...] = Field(min_length=1)
    repeat: int = Field(0, ge=0, le=5)
    fallback: tuple[Target, ...] = ()

    def policy(self, name: str) -> Policy:
        """The policy of the definitions."""
        return Policy(name, tuple(s.step() for s in self.steps), self.repeat, self.fallback)


def mistakes(known: Definitions) -> Iterator[tuple[Place, str]]:
    """Targets that name nobody, and policies that lead nowhere but to each other."""
    for name, policy in known.policies.items():
        for i, step in enumerate(policy.steps):
            place: Place = ("policies", name, "steps", i, "targets")
            yield from ((place, bad) for t in step.targets if (bad := _bad(known, t)))
            if hands_over(step) is None and any(t.startswith("policy:") for t in step.targets):
                yield place, "a policy must be the only target of its step"
        place = ("policies", name, "fallback")
        for target in policy.fallback:
            bad = "a policy can't be the fallback" if target.startswith("policy:") else None
            bad = f"{target}: the fallback asks people" if told((target,)) else bad
            yield from ((place, said) for said in (bad or _bad(known, target),) if said)
        if circle := _circle(known, name, ()):
            yield ("policies", name), f"leads back to itself: {' → '.join(circle)}"


def _circle(known: Definitions, name: str, been: tuple[str, ...]) -> tuple[str, ...] | None:
    if name in been:
        return (*been, name) if name == been[0] else None
    policy = known.policies.get(name)
    others = [hands_over(s) for s in policy.steps] if policy else []
    found = (_circle(known, other, (*been, name)) for other in others if other)
    return next(filter(None, found), None)


def actions_of(known: Definitions) -> Iterator[tuple[Place, str]]:
    """Every action that a policy names, with its place."""
    for name, policy in known.policies.items():
        for i, step in enumerate(policy.steps):
            for target in step.targets:
                kind, _, action = target.partition(":")
                if kind == "action":
                    yield ("policies", name, "steps", i, "targets"), action


def _bad_duty(known: Definitions, name: str) -> str | None:
    duty, colon, team = name.partition(":")
    if colon and team not in known.teams:
        return f"{team} is not one of the teams"
    among = [known.teams[team]] if colon else list(known.teams.values())
    there = any(duty in one.duties for one in among)
    return (
        None
        if there
        else f"{duty} is none of the duties of {f'team {team}' if colon else 'a team'}"
    )


def _bad(known: Definitions, target: str) -> str | None:
    kind, _, name = target.partition(":")
    named: dict[str, tuple[Mapping[str, Any], str]] = {
        "person": (known.people, "people"),
        "schedule": (known.schedules, "schedules"),
        "policy": (known.policies, "policies"),
    }
    if kind in named:
        among, what = named[kind]
        return None if name in among else f"{name} is not one of the {what}"
    if kind in ("team", "oncall", "lead", "manager"):
        return None if not name or name in known.teams else f"{name} is not one of the teams"
    if kind == "duty":
        return _bad_duty(known, name)
    if kind == "channel":
        surface, colon, channel = name.partition(":")
        fine = colon and channel and is_chat(surface)
        return None if fine else f"{target}: write channel:slack:#<name> or channel:discord:#<name>"
    if kind == "action" and name:
        return None
    if kind == "round_robin":
        gone = [handle for handle in name.split(",") if handle not in known.people]
        return f"{gone[0]} is not one of the people" if gone else None
    return f"{target}: write {_WRITE}"
