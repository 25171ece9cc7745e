"""What StackStorm's answers look like, from its own: runners, actions, executions, messages of its
schema check."""

from __future__ import annotations

from typing import Any

import jsonschema

Fields = dict[str, Any]

FINAL = frozenset({"succeeded", "failed", "timeout", "abandoned", "canceled"})
_TIMEOUT = {
    "type": "integer", "default": 60,
    "description": "Action timeout in seconds. Action will get killed if it doesn't finish in "
                   "timeout seconds.",
}  # fmt: skip
RUNNERS: dict[str, Fields] = {
    "local-shell-cmd": {
        "cmd": {"type": "string", "description": "Arbitrary Linux command to be executed."},
        "cwd": {"type": "string", "description": "Working directory of the command."},
        "env": {"type": "object", "description": "Environment variables of the command."},
        "kwarg_op": {"type": "string", "default": "--", "description": "Operator of arguments."},
        "sudo": {"type": "boolean", "default": False, "description": "Run it with sudo."},
        "sudo_password": {"type": "string", "secret": True, "default": None, "required": False},
        "timeout": _TIMEOUT,
    },
    "python-script": {
        "env": {"type": "object", "description": "Environment variables of the script."},
        "log_level": {"type": "string", "default": "DEBUG",
                      "enum": ["AUDIT", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"]},
        "timeout": {**_TIMEOUT, "default": 600},
    },
    "orquesta": {
        "notify": {"type": "array", "default": [], "uniqueItems": True,
                   "description": "List of tasks to trigger notifications for."},
    },
    "inquirer": {
        "schema": {"type": "object", "required": True, "default": {
            "title": "response_data", "type": "object", "additionalProperties": False,
            "properties": {"continue": {"type": "boolean", "required": True,
                                        "description": "Would you like to continue?"}}}},
        "route": {"type": "string", "default": "", "required": False},
        "users": {"type": "array", "default": [], "required": False},
        "roles": {"type": "array", "default": [], "required": False},
        "ttl": {"type": "integer", "default": 1440, "required": True},
    },
}  # fmt: skip
"""The parameters of the runners that are there."""


def merged(action: Fields) -> Fields:
    """An action's parameters with its runner's, as the overview has them."""
    found = {name: dict(of) for name, of in RUNNERS[action["runner_type"]].items()}
    for name, of in action["parameters"].items():
        found[name] = {**found.get(name, {}), **of}
    return found


def refused(action: Fields, given: Fields) -> str:
    """What StackStorm's schema check says to the parameters, "" for nothing."""
    schema = merged(action)
    fixed = sorted(name for name in given if schema.get(name, {}).get("immutable"))
    if fixed:
        return f"Override of immutable parameter(s) {fixed} is unsupported."
    return complaint(schema, given)[0]


def complaint(properties: Fields, given: Fields) -> tuple[str, str]:
    """The message of the first thing that does not fit, in short and in full."""
    for name, value in given.items():
        if name not in properties:
            return (f"Additional properties are not allowed ('{name}' was unexpected)",) * 2
        said = _unfit(properties[name], value)
        if said and not (value is None and "default" in properties[name]):
            return said, (
                f"{said}\n\nFailed validating 'type' in schema['properties']['{name}']:\n    "
                f"{properties[name]}\n\nOn instance['{name}']:\n    {value!r}"
            )
    for name, of in properties.items():
        if of.get("required") and name not in given and of.get("default") is None:
            return (f"'{name}' is a required property",) * 2
    return "", ""


def _unfit(of: Fields, value: Any) -> str:
    bare = {k: v for k, v in of.items() if k in ("type", "enum", "minimum", "maximum", "pattern")}
    error = next(jsonschema.Draft7Validator(bare).iter_errors(value), None)
    return error.message if error else ""


def cast(action: Fields, given: Fields) -> Fields:
    """Parameters with what StackStorm itself turns from words to numbers and flags. ValueError."""
    schema = merged(action)
    return {name: _cast(str(schema.get(name, {}).get("type")), v) for name, v in given.items()}


def _cast(kind: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if kind == "integer":
        return int(value)
    if kind == "number":
        return float(value)
    if kind == "boolean" and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    return value


def masked(action: Fields, given: Fields) -> Fields:
    """Parameters as others see them."""
    schema = merged(action)
    return {k: "********" if schema.get(k, {}).get("secret") else v for k, v in given.items()}


def projected(full: Fields, include: str, exclude: str) -> Fields:
    """What ``include_attributes`` and ``exclude_attributes`` leave."""
    if not include:
        return {k: v for k, v in full.items() if k not in exclude.split(",")}
    names = {*include.split(","), "id"}
    found: Fields = {k: v for k, v in full.items() if k in names}
    for outer in {each.partition(".")[0] for each in names if "." in each} - found.keys():
        if isinstance(full.get(outer), dict):
            inner = {each.partition(".")[2] for each in names if each.startswith(outer + ".")}
            found[outer] = {k: v for k, v in full[outer].items() if k in inner}
    return found
