"""StackStorm's executions and tasks as ours; what is missing or unknown there stops nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations._time import instant
from integrations.base import Remote, RemoteStep

FIELDS = (
    "id,status,action.ref,action.runner_type,context,parameters,start_timestamp,end_timestamp,"
    "parent,web_url,trigger_instance"
)
"""What is asked of an execution; never its result, which may be endless."""
STATES = {
    "requested": "requested", "scheduled": "requested", "delayed": "requested",
    "running": "running", "resuming": "running", "pausing": "waiting", "paused": "waiting",
    "pending": "waiting", "canceling": "canceling", "succeeded": "done", "failed": "failed",
    "timeout": "timeout", "abandoned": "abandoned", "canceled": "canceled",
}  # fmt: skip
WORKFLOWS = frozenset({"orquesta", "action-chain", "mistral-v2", "mistral"})
_ID = re.compile(r"\w[\w.:-]{0,127}", re.ASCII)
_REF = re.compile(r"[\w-]{1,200}(?:\.[\w-]{1,200}){0,6}", re.ASCII)
"""What ids and actions are called; anything else would mean something in an address, in a
permission or on a card."""
_NUMBER = re.compile(r"#?(\d{1,9})")
_INCIDENT = ("pixelview_incident", "incident_id", "incident")


def fields(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    if isinstance(value, dict):
        return value
    return dict(vars(value)) if hasattr(value, "__dict__") else {}


def part(found: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """An object within an object, or an empty one."""
    value: Any = found
    for each in path:
        value = value.get(each) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    """A word, "" for what is none."""
    return str(value) if isinstance(value, str | int | float) else ""


def remote(found: Mapping[str, Any]) -> Remote:
    """An execution as it is told."""
    context = part(found, "context")
    ours = part(context, "pixelview")
    given = part(found, "parameters")
    said = text(found.get("status"))
    return Remote(
        id=identity(found.get("id")),
        ref=ref_of(found),
        status=STATES.get(said, "running"),
        said=said,
        tag=text(part(context, "trace_context").get("trace_tag")) or text(ours.get("run")),
        by=text(ours.get("by")) or text(context.get("user")),
        incident=_incident(ours, given, part(found, "trigger_instance", "payload")),
        parent=identity(found.get("parent"))
        or identity(part(context, "parent").get("execution_id")),
        params=given,
        began_at=instant(found.get("start_timestamp")),
        ended_at=instant(found.get("end_timestamp")),
        url=text(found.get("web_url")),
    )


def identity(value: Any) -> str:
    """The id of something, "" for what can't be one."""
    said = text(value)
    return said if _ID.fullmatch(said) else ""


def named(value: Any) -> str:
    """What an action is called, "" for what none is."""
    said = text(value)
    return said if _REF.fullmatch(said) else ""


def ref_of(found: Mapping[str, Any]) -> str:
    """The action of an execution."""
    action = found.get("action")
    if isinstance(action, dict):
        return named(action.get("ref"))
    return named(action) or named(part(found, "liveaction").get("action"))


def is_workflow(found: Mapping[str, Any]) -> bool:
    """Whether an execution is one of a workflow."""
    return text(part(found, "action").get("runner_type")) in WORKFLOWS


def _incident(*places: Mapping[str, Any]) -> int:
    """The number of an incident of ours in a context, parameters or what a trigger told."""
    for place in places:
        for name in _INCIDENT:
            value = place.get(name)
            value = value.get("id") if isinstance(value, dict) else value
            match = _NUMBER.fullmatch(str(value)) if isinstance(value, str | int) else None
            if match and not isinstance(value, bool):
                return int(match[1])
    return 0


def step(found: Mapping[str, Any], depth: int) -> RemoteStep:
    """A task of a workflow."""
    task = part(found, "context", "orquesta") or part(found, "context", "chain")
    name = text(task.get("task_name")) or text(task.get("name")) or ref_of(found)
    if isinstance(item := task.get("item_id"), int):
        name = f"{name} [{item}]"
    return RemoteStep(
        id=identity(found.get("id")),
        name=name,
        status=STATES.get(text(found.get("status")), "running"),
        depth=depth,
        ref=ref_of(found),
        began_at=instant(found.get("start_timestamp")),
        ended_at=instant(found.get("end_timestamp")),
    )


def in_order(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """As they began."""
    return sorted(found, key=lambda one: (text(one.get("start_timestamp")), text(one.get("id"))))
