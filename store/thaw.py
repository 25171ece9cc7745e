"""Definitions as rows, and rows as the nouns they stand for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from store.model import (
    AlertCount,
    AlertRule,
    ChannelRule,
    Definitions,
    Hours,
    Person,
    Policy,
    Quiet,
    Route,
    Rule,
    Step,
    Team,
)
from store.model.access import CustomRole
from store.model.oncall import Away, RotaChange, Schedule

Key = tuple[str, str]
Row = dict[str, Any]
Rows = dict[Key, Row]
"""(kind, name) → the definition as JSON-like values; routes and alert rules have an order."""

FILE, PEOPLE = "file", "people"
"""Who owns a definition: the settings file, or people by console and command. What the file owns is
changed there alone."""

ROTA, AWAY = "rota", "away"
"""Kinds that only people own: a change of a schedule (override, swap, temporary schedule), and when
somebody is away."""

WRITTEN, STAND_IN = "written", "stand_in"
"""Beside a definition's own fields: the YAML text people wrote it as; that it only stands in until
somebody says something of its kind."""


def _without_unset(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """As rows were before there were such fields."""
    unset = {n for n in names if row[n] is None or row[n] is False or row[n] == ()}
    return {name: value for name, value in row.items() if name not in unset}


def rows_of(definitions: Definitions) -> Rows:
    """Definitions as rows, the form that is compared and stored."""
    rows: Rows = {}
    for person in definitions.people.values():
        rows["person", person.handle] = _without_unset(dataclasses.asdict(person), "grants")
    for team in definitions.teams.values():
        rows["team", team.name] = dataclasses.asdict(team)
    for policy in definitions.policies.values():
        rows["policy", policy.name] = dataclasses.asdict(policy)
    for schedule in definitions.schedules.values():
        rows["schedule", schedule.name] = dataclasses.asdict(schedule)
    for order, route in enumerate(definitions.routes):
        whole = {**dataclasses.asdict(route), "order": order}
        rows["route", route.name] = _without_unset(whole, "group_window", "private")
    for order, rule in enumerate(definitions.alert_rules):
        rows["rule", rule.name] = {**dataclasses.asdict(rule), "order": order}
        if rule.private is None:
            del rows["rule", rule.name]["private"]
    for channel in definitions.channels:
        rows["channel", channel.name] = dataclasses.asdict(channel)
    for role in definitions.roles.values():
        rows["role", role.name] = dataclasses.asdict(role)
    return {key: _plain(row) for key, row in rows.items()}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """JSON-like values; what has no order, such as holidays, always in the same one.

    What a calendar says is no part of a version: it is put in when that is read.
    """
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row, order="deterministic"))
    hours = [found.get("hours"), *(step["hours"] for step in found.get("steps", ()))]
    for one in filter(None, (*found.get("layers", ()), *hours)):
        one.pop("observed", None)
        one.pop("events", None)
    return found


def row_of(noun: Any) -> Row:
    """One noun as the row it is kept in."""
    return _plain(dataclasses.asdict(noun))


@dataclasses.dataclass(frozen=True, slots=True)
class One:
    """One definition as its noun, with what stands beside it."""

    key: Key
    owner: str
    noun: Any
    written: str | None
    order: float


def thawed(key: Key, owner: str, row: Row) -> One:
    """A row as its noun."""
    bare = {name: value for name, value in row.items() if name not in (WRITTEN, STAND_IN)}
    return One(key, owner, _THAW[key[0]](bare), row.get(WRITTEN), row.get("order", 0))


def whole(version: int, held: Iterable[One]) -> Definitions:
    """Nouns as definitions; what people changed stands in the schedules it belongs to."""
    of: dict[str, dict[str, One]] = {kind: {} for kind in _THAW}
    for one in held:
        of[one.key[0]][one.key[1]] = one
    nouns = {kind: {n: one.noun for n, one in named.items()} for kind, named in of.items()}
    routes = sorted(of["route"].values(), key=lambda one: one.order)
    rules = sorted(of["rule"].values(), key=lambda one: one.order)
    rota = sorted(nouns[ROTA].values(), key=lambda change: change.id)
    whole = [one for named in of.values() for one in named.values()]
    return Definitions(
        version_id=version,
        people=nouns["person"],
        teams=nouns["team"],
        routes=tuple(one.noun for one in routes),
        policies=nouns["policy"],
        schedules={n: changed(s, rota) for n, s in nouns["schedule"].items()},
        rota={change.id: change for change in rota},
        away=tuple(sorted(nouns[AWAY].values(), key=lambda away: (away.start, away.id))),
        people_own=frozenset(one.key for one in whole if one.owner == PEOPLE),
        written={one.key: one.written for one in whole if one.written is not None},
        route_orders={one.key[1]: one.order for one in routes},
        alert_rules=tuple(one.noun for one in rules),
        rule_orders={one.key[1]: one.order for one in rules},
        channels=tuple(nouns["channel"][name] for name in sorted(nouns["channel"])),
        roles=nouns["role"],
    )


def changed(schedule: Schedule, rota: Iterable[RotaChange]) -> Schedule:
    """A schedule with what people changed beside its own overrides, swaps and temporary ones."""
    mine = [change for change in rota if change.schedule == schedule.name]
    if not mine:
        return schedule
    return dataclasses.replace(
        schedule,
        overrides=(*schedule.overrides, *(c.override for c in mine if c.override)),
        swaps=(*schedule.swaps, *(c.swap for c in mine if c.swap)),
        temporary=(*schedule.temporary, *(c.temporary for c in mine if c.temporary)),
    )


def person(v: Mapping[str, Any]) -> Person:
    """A person of one row."""
    rules = {k: tuple(Rule(**r) for r in v.get(k, ())) for k in ("rules", "important")}
    hours = {"hours": _hours(v["hours"]) if v.get("hours") else None}
    lists = {k: tuple(v.get(k, ())) for k in ("roles", "away_calendars")}
    quiet = {"quiet": msgspec.convert(v.get("quiet", ()), tuple[Quiet, ...])}
    grants = {"grants": tuple((team, role) for team, role in v.get("grants", ()))}
    return Person(**{**v, **rules, **hours, **lists, **quiet, **grants})


def team(v: Mapping[str, Any]) -> Team:
    """A team of one row."""
    lists = {k: tuple(v.get(k, ())) for k in ("members", "usergroups")}
    return Team(**{**v, **lists})


def policy(v: Mapping[str, Any]) -> Policy:
    """A policy of one row."""
    return Policy(v["name"], tuple(map(step, v["steps"])), v["repeat"], tuple(v["fallback"]))


def step(v: Mapping[str, Any]) -> Step:
    """A step of a policy's row."""
    lists = {name: tuple(v[name]) for name in ("targets", "severity")}
    hours = {"hours": _hours(v["hours"]) if v.get("hours") else None}
    alerts = {"alerts": msgspec.convert(v["alerts"], AlertCount) if v.get("alerts") else None}
    return Step(**{**v, **lists, **hours, **alerts})


def _hours(v: Mapping[str, Any]) -> Hours:
    return msgspec.convert(v, Hours)


def route(v: Mapping[str, Any]) -> Route:
    """A route of one row."""
    group_by = v.get("group_by")
    return Route(
        v["name"],
        {k: tuple(p) for k, p in v["match"].items()},
        v.get("team"),
        v.get("policy"),
        tuple(v["channels"]),
        tuple(group_by) if group_by is not None else None,
        v.get("group_window"),
        v.get("private", False),
    )


def alert_rule(v: Mapping[str, Any]) -> AlertRule:
    """An alert rule of one row."""
    return msgspec.convert({name: each for name, each in v.items() if name != "order"}, AlertRule)


def role(v: Mapping[str, Any]) -> CustomRole:
    """A role of one row."""
    return CustomRole(v["name"], tuple(v["permissions"]), v.get("help", ""))


def channel(v: Mapping[str, Any]) -> ChannelRule:
    """A channel's rule of one row."""
    return msgspec.convert(v, ChannelRule)


_THAW: dict[str, Callable[[Any], Any]] = {
    "person": person,
    "team": team,
    "policy": policy,
    "route": route,
    "rule": alert_rule,
    "channel": channel,
    "role": role,
    "schedule": lambda v: msgspec.convert(v, Schedule),
    ROTA: lambda v: msgspec.convert(v, RotaChange),
    AWAY: lambda v: msgspec.convert(v, Away),
}
"""Kind → how its row becomes a noun."""
