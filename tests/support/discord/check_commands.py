"""The rules for application commands: names, descriptions, nesting, 25 options, 25 choices and
8,000 characters for a command with everything in it."""

from __future__ import annotations

import re
from typing import Any

from tests.support.discord.errors import ApiError, Problems
from tests.support.discord.model import JSON

SUB, GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
OPTION_TYPES = range(1, 12)
MOST_CHARACTERS = 8000
NAME = re.compile(r"[-_'\w]{1,32}")
KIND_LIMITS = {1: 100, 2: 15, 3: 15}


def check_commands(commands: Any) -> None:
    """Raises what Discord would say to this bulk overwrite of one scope."""
    problems = Problems()
    if not isinstance(commands, list):
        problems.add("", "LIST_TYPE_CONVERT", "Only iterables may be used.")
        problems.raise_any()
    for kind, most in KIND_LIMITS.items():
        if sum(c.get("type", 1) == kind for c in commands) > most:
            raise ApiError(30032)
    seen: set[tuple[int, str]] = set()
    for i, command in enumerate(commands):
        key = (command.get("type", 1), str(command.get("name")))
        if key in seen:
            words = "Application command names must be unique"
            code = "APPLICATION_COMMANDS_DUPLICATE_NAME"
            problems.add(f"{i}.name", code, words)
        seen.add(key)
        check_command(problems, str(i), command)
    problems.raise_any()


def check_command(problems: Problems, path: str, command: JSON) -> None:
    """Checks one command."""
    kind = command.get("type", 1)
    if kind not in KIND_LIMITS:
        problems.choices(f"{path}.type", tuple(KIND_LIMITS))
    if kind != 1:
        problems.length(f"{path}.name", command.get("name"), 1, 32)
        if command.get("description") or command.get("options"):
            words = "Context menu commands have neither description nor options."
            problems.add(path, "APPLICATION_COMMAND_INVALID", words)
        return
    _named(problems, path, command)
    _options(problems, path, command.get("options"), (SUB, GROUP))
    size = characters(command)
    if size > MOST_CHARACTERS:
        words = f"Command exceeds maximum size ({MOST_CHARACTERS}): it is {size}."
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", words)


def characters(command: JSON) -> int:
    """What counts towards the 8,000: names, descriptions and values, the longest translation."""
    size = 0
    for name in ("name", "description"):
        said = [command.get(name) or "", *(command.get(f"{name}_localizations") or {}).values()]
        size += max(map(len, said))
    if "value" in command:
        size += len(str(command["value"]))
    inside = [*(command.get("options") or []), *(command.get("choices") or [])]
    return size + sum(map(characters, inside))


def _named(problems: Problems, path: str, thing: JSON) -> None:
    name = thing.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.lower():
        words = "Command name is invalid"
        problems.add(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", words)
    problems.length(f"{path}.description", thing.get("description"), 1, 100)


def _options(problems: Problems, path: str, options: Any, nesting: tuple[int, ...]) -> None:
    if not options:
        return
    if len(options) > 25:
        problems.add(f"{path}.options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names: set[str] = set()
    optional = False
    kinds = {o.get("type") in (SUB, GROUP) for o in options}
    if len(kinds) > 1:
        words = "Sub-command and sub-command group option types are mutually exclusive to others"
        problems.add(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    for i, option in enumerate(options):
        at = f"{path}.options.{i}"
        _named(problems, at, option)
        if option.get("name") in names:
            words = "Option names must be unique"
            problems.add(f"{at}.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", words)
        names.add(str(option.get("name")))
        kind = option.get("type")
        if kind in (SUB, GROUP):
            if kind not in nesting:
                words = "Nested too deep."
                problems.add(f"{at}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
            _options(problems, at, option.get("options"), (SUB,) if kind == GROUP else ())
            continue
        if kind not in OPTION_TYPES:
            problems.choices(f"{at}.type", tuple(OPTION_TYPES))
        if option.get("required") and optional:
            words = "Required options must be placed before non-required options"
            problems.add(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
        optional = optional or not option.get("required")
        _choices(problems, at, option)


def _choices(problems: Problems, path: str, option: JSON) -> None:
    choices = option.get("choices") or []
    if (choices or option.get("autocomplete")) and option["type"] not in (STRING, INTEGER, NUMBER):
        words = "Only strings and numbers have choices or autocomplete."
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    if choices and option.get("autocomplete"):
        words = "Autocomplete can not be set with choices"
        problems.add(path, "APPLICATION_COMMAND_AUTOCOMPLETE_MUTUALLY_EXCLUSIVE", words)
    check_choices(problems, f"{path}.choices", choices, option["type"])
    for low, high in (("min_length", "max_length"), ("min_value", "max_value")):
        first, second = option.get(low), option.get(high)
        if first is not None and second is not None and first > second:
            words = f"{low} is greater than {high}"
            problems.add(f"{path}.{low}", "NUMBER_TYPE_MAX", words)


def check_choices(problems: Problems, path: str, choices: Any, kind: int) -> None:
    """Choices of an option or of an autocomplete answer: 25, name 1 to 100, string value 100."""
    if not isinstance(choices, list) or len(choices) > 25:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        return
    for i, choice in enumerate(choices):
        problems.length(f"{path}.{i}.name", choice.get("name"), 1, 100)
        value = choice.get("value")
        if kind == STRING:
            problems.length(f"{path}.{i}.value", value, 0, 100)
        elif isinstance(value, str) or value is None:
            words = "The value is not of the option's type."
            problems.add(f"{path}.{i}.value", "NUMBER_TYPE_COERCE", words)
