"""A workflow as StackStorm's files: the Orquesta workflow, and the metadata of its action.

A dry run runs none of the steps: tasks that do nothing say what each would be given. Nothing is
echoed through a shell, since what a step is given may be anybody's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from commands.rules.workflow import ALWAYS, FAILED, Takes, Task, Workflow, condition

PACK = "pixelview"
_EXPR = re.compile(r"<%(.*?)%>", re.DOTALL)
_RESULT = re.compile(r"\b(task|result|item)\(")
_PLAIN = re.compile(r"[A-Za-z_][\w.]*")
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})
_KINDS = {
    "text": "string", "number": "integer", "decimal": "number", "flag": "boolean",
    "list": "array", "object": "object",
}  # fmt: skip


def files(of: Workflow, pack: str = PACK) -> dict[str, str]:
    """Path in the pack → text."""
    return {
        f"actions/{of.name}.yaml": f"---\n{_yaml(metadata(of, pack))}",
        f"actions/workflows/{of.name}.yaml": f"---\n{_yaml(workflow(of))}",
    }


def metadata(of: Workflow, pack: str = PACK) -> dict[str, Any]:
    """The action that starts it."""
    parameters = {name: _parameter(takes, at) for at, (name, takes) in enumerate(of.inputs.items())}
    parameters["incident"] = {
        "type": "integer", "description": "The incident of PixelView it is about; 0 for none.",
        "default": 0,
    }  # fmt: skip
    parameters["dry_run"] = {
        "type": "boolean", "description": "Only say what would be done.", "default": False,
    }  # fmt: skip
    return {
        "name": of.name,
        "pack": pack,
        "runner_type": "orquesta",
        "description": of.title,
        "enabled": True,
        "entry_point": f"workflows/{of.name}.yaml",
        "tags": [{"name": "pixelview", "value": "workflow"}],
        "parameters": parameters,
    }


def _parameter(takes: Takes, at: int) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _KINDS.get(takes.kind, "string"), "required": True}
    if takes.help:
        found["description"] = takes.help[:200]
    if takes.choices:
        found["enum"] = list(takes.choices)
    if takes.secret:
        found["secret"] = True
    return {**found, "position": at}


def workflow(of: Workflow) -> dict[str, Any]:
    """The workflow itself."""
    first = of.tasks[0].step.name
    tasks: dict[str, Any] = {
        "begin": {
            "action": "core.noop",
            "next": [
                {"when": "<% not ctx().dry_run %>", "do": first},
                {"when": "<% ctx().dry_run %>", "do": "would_1"},
            ],
        }
    }
    for number, task in enumerate(of.tasks, 1):
        tasks[task.step.name] = _task(of, task, number)
    for number, task in enumerate(of.tasks, 1):
        tasks[f"would_{number}"] = _would(of, task, number)
    return {
        "version": 1.0,
        "description": of.title,
        "input": [*of.inputs, {"incident": 0}, {"dry_run": False}],
        "vars": [{"line": ""}, {"says": "All its steps are over."}],
        "tasks": tasks,
        "output": [{"says": "<% ctx().says %>"}],
    }


def _task(of: Workflow, task: Task, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {"action": task.ref}
    if task.inputs:
        found["input"] = dict(task.inputs)
    following = [
        each for at, each in enumerate(of.tasks, 1) if at > 1 and each.step.after == number
    ]
    if following:
        found["next"] = [_next(each) for each in following]
    return found


def _next(task: Task) -> dict[str, Any]:
    step = task.step
    ended = {ALWAYS: "completed()", FAILED: "failed()"}.get(step.when, "succeeded()")
    when = f"{ended} and ({step.also})" if step.also else ended
    return {"when": f"<% {when} %>", "do": step.name}


def _would(of: Workflow, task: Task, number: int) -> dict[str, Any]:
    """What a step would be given, in the words of a dry run."""
    given = "".join(
        f" {name}={'••••' if name in task.secret else _shown(value)}"
        for name, value in task.inputs.items()
    )
    line = f"{number}. {task.ref}{given}{_bare(condition(task.step, number))}"
    says = "<% [ctx().line] %>" if number == 1 else "<% ctx().says + [ctx().line] %>"
    following: dict[str, Any] = {"publish": [{"line": line}, {"says": says}]}
    if number < len(of.tasks):
        following["do"] = f"would_{number + 1}"
    return {"action": "core.noop", "next": [following]}


def _shown(value: Any) -> str:
    """A value as a dry run shows it: inputs are filled in, results of steps can't be known."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return _EXPR.sub(lambda m: f"‹{m[1].strip()}›" if _RESULT.search(m[1]) else m[0], value)


def _bare(text: str) -> str:
    return text.replace("<%", "‹").replace("%>", "›")


def _yaml(node: Any, depth: int = 0) -> str:
    """Block YAML; strings are written as JSON's, which YAML reads."""
    return "".join(f"{line}\n" for line in _lines(node, depth))


def _lines(node: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _pair(f"{pad}{_scalar(key)}:", value, depth)
    else:
        for value in node:
            if isinstance(value, Mapping) and value:
                inner = list(_lines(value, depth + 1))
                yield f"{pad}- {inner[0].lstrip()}"
                yield from inner[1:]
            else:
                yield f"{pad}- {_flow(value)}"


def _pair(head: str, value: Any, depth: int) -> Iterator[str]:
    block = isinstance(value, Mapping) or (
        isinstance(value, list) and any(isinstance(each, Mapping) for each in value)
    )
    if block and value:
        yield head
        yield from _lines(value, depth + 1)
    else:
        yield f"{head} {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.casefold() not in _YAML_WORDS
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
