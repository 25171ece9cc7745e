"""What definitions name that is not defined: people, teams, schedules, policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commands.rules.permission import ROLES, mistake_in, role_names
from store.model import Definitions, Team

Place = tuple[Any, ...]
"""Keys and indexes that lead to a value in the settings: ``("teams", "db", "oncall")``."""


def dangling(known: Definitions) -> Iterator[tuple[Place, str]]:
    """Each name of teams and routes that leads nowhere, and what is wrong with it."""
    for name, team in known.teams.items():
        for key, duty in (("oncall", team.oncall), ("manager", team.manager)):
            if duty and (bad := bad_duty(known, duty)):
                yield ("teams", name, key), bad
        if team.lead and team.lead not in known.people:
            yield ("teams", name, "lead"), f"{team.lead} is not one of the people"
        for own, duty in team.duties.items():
            if bad := bad_duty(known, duty):
                yield ("teams", name, "duties", own), bad
        for handle in team.members:
            if handle not in known.people:
                yield ("teams", name, "members"), f"{handle} is not one of the people"
    yield from _roles(known)
    for i, route in enumerate(known.routes):
        if route.team and route.team not in known.teams:
            yield ("routes", i, "team"), f"{route.team} is not one of the teams"
        if route.policy and route.policy not in known.policies:
            yield ("routes", i, "policy"), f"{route.policy} is not one of the policies"


def _roles(known: Definitions) -> Iterator[tuple[Place, str]]:
    there = role_names(known.roles)
    for name, role in known.roles.items():
        if name in ROLES:
            yield ("roles", name), f"{name} is always there, and can't be another"
        for each in role.permissions:
            if wrong := mistake_in(each):
                yield ("roles", name, "permissions"), wrong
    for handle, person in known.people.items():
        for team, each in (*(("", role) for role in person.roles), *person.grants):
            if each not in there:
                said = f"there is no role {each}; there are: {', '.join(there)}"
                yield ("people", handle, "roles"), said
            if team and team not in known.teams:
                yield ("people", handle, "roles"), f"{team} is not one of the teams"


def bad_duty(known: Definitions, duty: str) -> str | None:
    """What is wrong with a duty, a person's handle or ``schedule:<name>``; None for nothing."""
    kind, colon, name = duty.partition(":")
    if not colon:
        return None if duty in known.people else f"{duty} is not one of the people"
    if kind != "schedule":
        return f"{duty}: write a person's handle or schedule:<name>"
    return None if name in known.schedules else f"{name} is not one of the schedules"


def users_of(known: Definitions, kind: str, name: str) -> list[str]:
    """What uses a definition, in words: ``team db``, ``policy db-primary``."""
    found = {
        "person": _of_person,
        "team": _of_team,
        "schedule": _of_schedule,
        "policy": _of_policy,
        "role": _of_role,
    }.get(kind)
    return list(dict.fromkeys(found(known, name))) if found else []


def _of_person(known: Definitions, name: str) -> Iterator[str]:
    for team in known.teams.values():
        if name in (*team.members, *_duties(team)):
            yield f"team {team.name}"
    for schedule in known.schedules.values():
        turns = [
            turn
            for layer in schedule.layers
            for turn in (layer.rotation.people if layer.rotation else (layer.people,))
        ]
        if any(name in turn for turn in turns):
            yield f"schedule {schedule.name}"
    yield from _targeted(known, f"person:{name}", name)


def _duties(team: Team) -> Iterator[str | None]:
    yield from (team.oncall, team.lead, team.manager, *team.duties.values())


def _of_team(known: Definitions, name: str) -> Iterator[str]:
    yield from (f"route {r.name}" for r in known.routes if r.team == name)
    for handle, person in known.people.items():
        if any(team == name for team, _ in person.grants):
            yield f"a role of {handle}"
    for kind in ("team", "oncall", "lead", "manager"):
        yield from _targeted(known, f"{kind}:{name}")


def _of_schedule(known: Definitions, name: str) -> Iterator[str]:
    held = f"schedule:{name}"
    yield from (f"team {t.name}" for t in known.teams.values() if held in _duties(t))
    yield from _targeted(known, held)


def _of_role(known: Definitions, name: str) -> Iterator[str]:
    for handle, person in known.people.items():
        if name in (*person.roles, *(role for _, role in person.grants)):
            yield f"person {handle}"


def _of_policy(known: Definitions, name: str) -> Iterator[str]:
    yield from (f"route {r.name}" for r in known.routes if r.policy == name)
    yield from _targeted(known, f"policy:{name}")


def _targeted(known: Definitions, target: str, handle: str = "") -> Iterator[str]:
    """The policies with a target, or with a person among those asked in turn."""
    for policy in known.policies.values():
        targets = [t for step in policy.steps for t in step.targets] + list(policy.fallback)
        turns = [t.removeprefix("round_robin:").split(",") for t in targets if "round_robin" in t]
        if target in targets or (handle and any(handle in turn for turn in turns)):
            yield f"policy {policy.name}"
