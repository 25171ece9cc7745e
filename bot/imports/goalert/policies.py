"""GoAlert's escalation policies, and services as routes to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.imports.base import Imported, Names, glob, slug
from bot.imports.bundle import Bundle
from bot.imports.goalert.layers import known, rotated
from bot.imports.goalert.times import Turns
from bot.imports.policies import Drafted
from bot.imports.records import Record

_ARGS = {
    "user": "user_id",
    "schedule": "schedule_id",
    "rotation": "rotation_id",
    "slack-channel": "slack_channel_id",
}


def read(
    bundle: Bundle,
    found: Imported,
    people: Mapping[str, str],
    schedules: Mapping[str, str],
    rotations: Mapping[str, Turns],
) -> None:
    """Policies by their steps, and a route for each service."""
    names, policies = Names("policy"), {}
    for key, record in bundle.by_id("policies").items():
        title = record.maybe("name") or key
        name = names.of(title)
        draft = Drafted(found, f"policy {name}")
        for step in sorted(record.records("steps"), key=lambda s: s.number("stepNumber", 0)):
            targets = list(_targets(step, draft, people, schedules, rotations))
            draft.step(targets, multi_ack=step.flag("multiAck"))
            if targets:
                draft.wait(step.number("delayMinutes", 5))
        repeat = record.number("repeat", 0)
        draft.passes(5 if repeat < 0 else repeat)
        if repeat < 0:
            found.approximated(f"policy {name}", "repeats for ever there, five times here")
        written = draft.finish()
        if written is not None:
            policies[key] = name
            found.policies[name] = written
            found.origins["policies", name] = f"GoAlert escalation policy {title} ({key})"
    _services(bundle, found, policies)


def _targets(
    step: Record,
    draft: Drafted,
    people: Mapping[str, str],
    schedules: Mapping[str, str],
    rotations: Mapping[str, Turns],
) -> Iterator[Any]:
    for kind, key, title in _named(step):
        if kind == "user" and key in people:
            yield f"person:{people[key]}"
        elif kind == "schedule" and key in schedules:
            yield f"schedule:{schedules[key]}"
        elif kind == "rotation" and key in rotations and known(rotations[key]):
            yield f"schedule:{_alone(draft.found, key, rotations[key])}"
        elif kind == "slack-channel" and key:
            yield f"channel:slack:{key}"
        elif kind in _ARGS:
            draft.found.left_out(draft.what, f"asks {kind} {title}, which is not in the export")
        else:
            draft.found.left_out(draft.what, f"a step that tells {kind or 'something unknown'}")


def _named(step: Record) -> Iterator[tuple[str, str, str]]:
    """Kind, id and name of what a step asks, by its actions or, before them, its targets."""
    if "actions" in step.fields:
        for action in step.records("actions"):
            kind = (action.maybe("type") or "").removeprefix("builtin-")
            args = action.record("args")
            key = (args.maybe(_ARGS[kind]) if args is not None and kind in _ARGS else None) or ""
            yield kind, key, key
        return
    for target in step.records("targets"):
        key = target.text("id")
        yield target.text("type"), key, target.maybe("name") or key


def _alone(found: Imported, key: str, turns: Turns) -> str:
    """A rotation that a step asks without a schedule, as a schedule of its own."""
    name = f"rotation-{slug(turns.name) or slug(key)}"
    if name not in found.schedules:
        layer = {"name": turns.name, **rotated(turns, turns.zone)}
        found.schedules[name] = {"zone": turns.zone, "layers": [layer]}
        found.origins["schedules", name] = f"GoAlert rotation {turns.name} ({key})"
    return name


def _services(bundle: Bundle, found: Imported, policies: Mapping[str, str]) -> None:
    names = Names("service")
    for key, service in bundle.by_id("services").items():
        title = service.maybe("name") or key
        policy = policies.get(service.maybe("escalationPolicyID") or "")
        if policy is None:
            found.left_out(f"service {title}", "its escalation policy is not among those imported")
            continue
        name = names.of(title)
        found.routes.append({"name": name, "match": {"service": glob(title)}, "policy": policy})
        found.origins["routes", name] = f"GoAlert service {title} ({key})"
        found.approximated(
            f"service {title}",
            "found by its integration key there; here by the label service of an alert",
        )
