"""OnCall's escalation chains as policies: waits become the delay of the step before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.imports.base import Imported, Names
from bot.imports.bundle import Bundle
from bot.imports.policies import MOST_PASSES, Drafted
from bot.imports.records import Record

_WAIT = 300


def read(
    bundle: Bundle,
    found: Imported,
    people: Mapping[str, str],
    teams: Mapping[str, str],
    schedules: Mapping[str, str],
) -> dict[str, str]:
    """Policies by the ids of their chains."""
    names, policies = Names("policy"), {}
    known = {"people": people, "teams": teams, "schedules": schedules}
    for key, record in bundle.by_id("escalation_chains").items():
        title = record.maybe("name") or key
        name = names.of(title)
        mine = [s for s in bundle["escalation_policies"] if s.ref("escalation_chain_id") == key]
        draft = Drafted(found, f"policy {name}")
        for step in sorted(mine, key=lambda s: s.number("position", 0)):
            _step(draft, step, known)
        written = draft.finish()
        if written is not None:
            policies[key] = name
            found.policies[name] = written
            found.origins["policies", name] = f"Grafana OnCall escalation chain {title} ({key})"
    return policies


def _step(draft: Drafted, step: Record, known: Mapping[str, Mapping[str, str]]) -> None:
    kind = step.maybe("type") or "unknown"
    if kind == "wait":
        draft.wait(max(round(step.number("duration", _WAIT) / 60), 1))
    elif kind == "repeat_escalation":
        draft.passes(MOST_PASSES)
    elif kind in _ASKS:
        targets = list(_ASKS[kind](draft, step, known))
        draft.step(targets, important=step.flag("important"))
    else:
        draft.found.left_out(draft.what, _UNKNOWN.get(kind, f"a step of the kind {kind}"))
        if kind in _CONDITIONS:
            draft.found.approximated(draft.what, _CONDITIONS[kind](step))


def _persons(draft: Drafted, step: Record, known: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for user in step.ids("persons_to_notify"):
        if (handle := _known(draft, known["people"], user, "user")) is not None:
            yield f"person:{handle}"


def _in_turn(draft: Drafted, step: Record, known: Mapping[str, Mapping[str, str]]) -> Iterator[Any]:
    users = step.ids("persons_to_notify_next_each_time")
    found = [_known(draft, known["people"], user, "user") for user in users]
    if turns := [handle for handle in found if handle is not None]:
        yield {"round_robin": turns}


def _schedule(
    draft: Drafted, step: Record, known: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    key = step.ref("notify_on_call_from_schedule") or "?"
    if (name := _known(draft, known["schedules"], key, "schedule")) is not None:
        yield f"schedule:{name}"


def _team(draft: Drafted, step: Record, known: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    key = step.ref("team_to_notify") or "?"
    if (name := _known(draft, known["teams"], key, "team")) is not None:
        yield f"team:{name}"


def _known(draft: Drafted, among: Mapping[str, str], key: str, what: str) -> str | None:
    if key not in among:
        draft.found.left_out(draft.what, f"asks {what} {key}, which is not among those imported")
    return among.get(key)


def _hours(step: Record) -> str:
    start, end = step.maybe("notify_if_time_from"), step.maybe("notify_if_time_to")
    return (
        f"what follows waits for {start or '?'} to {end or '?'} UTC there; here it comes at once, "
        "so that somebody is asked (a step may have hours)"
    )


def _many(step: Record) -> str:
    count, minutes = step.get("num_alerts_in_window"), step.get("num_minutes_in_window")
    return (
        f"what follows waits for more than {count} alerts in {minutes} min there; here it comes "
        "at once"
    )


_ASKS: Mapping[str, Any] = {
    "notify_persons": _persons,
    "notify_person_next_each_time": _in_turn,
    "notify_on_call_from_schedule": _schedule,
    "notify_team_members": _team,
}
_CONDITIONS = {
    "notify_if_time_from_to": _hours,
    "notify_if_num_alerts_in_window": _many,
}
_UNKNOWN = {
    "notify_user_group": "a step that notifies a Slack user group",
    "notify_whole_channel": "a step that notifies the whole Slack channel",
    "trigger_webhook": "a step that calls a webhook",
    "resolve": "a step that resolves the incident by itself",
    "declare_incident": "a step that declares an incident in Grafana Incident",
    "notify_if_time_from_to": "a condition on the time of day",
    "notify_if_num_alerts_in_window": "a condition on the number of alerts",
}
