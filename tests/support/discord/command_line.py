"""A slash command as a person's client builds it from what the bot registered: only known verbs
and options go out, the required ones must be there, values have the option's type."""

from __future__ import annotations

from typing import Any

from tests.support.discord import wire
from tests.support.discord.check_commands import GROUP, INTEGER, NUMBER, STRING, SUB
from tests.support.discord.model import DM, JSON, Channel, Role, User
from tests.support.discord.state import State

BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE = 5, 6, 7, 8, 9


class NoSuchCommand(AssertionError):
    """The client offers no such command, option or value."""


def command_data(state: State, channel: Channel, line: str, given: dict[str, Any]) -> JSON:
    """The `data` of an INTERACTION_CREATE for `pv ack` with options by name."""
    command, path, offered = _look_up(state, channel, line)
    known = {o["name"]: o for o in offered}
    for name in given:
        if name not in known:
            raise NoSuchCommand(f"/{line} has no option {name!r}; it has {sorted(known)}")
    for option in offered:
        if option.get("required") and option["name"] not in given:
            raise NoSuchCommand(f"/{line} needs the option {option['name']!r}")
    values = [_value(known[name], value) for name, value in given.items()]
    data = _data(command, path, values)
    resolved = _resolved(state, given.values())
    return data | {"resolved": resolved} if resolved else data


def autocomplete_data(
    state: State, channel: Channel, line: str, option: str, typed: str, others: dict[str, Any]
) -> JSON:
    """The `data` while somebody types into one option; what is typed may be unfinished."""
    command, path, offered = _look_up(state, channel, line)
    known = {o["name"]: o for o in offered}
    if option not in known or not known[option].get("autocomplete"):
        raise NoSuchCommand(f"/{line} completes nothing for {option!r}")
    values = [_value(known[name], value) for name, value in others.items()]
    focused = {"name": option, "type": known[option]["type"], "value": typed, "focused": True}
    return _data(command, path, [*values, focused])


def offered_commands(state: State, channel: Channel) -> list[JSON]:
    """The commands a person is offered here: the guild's before the global ones."""
    scopes = [None] if channel.type == DM else [state.guild_id, None]
    found: dict[str, JSON] = {}
    for scope in scopes:
        for command in state.commands.get(scope, []):
            contexts = command.get("contexts")
            here = 1 if channel.type == DM else 0
            if command["type"] == 1 and (contexts is None or here in contexts):
                found.setdefault(command["name"], command)
    return list(found.values())


def _look_up(state: State, channel: Channel, line: str) -> tuple[JSON, list[JSON], list[JSON]]:
    words = line.removeprefix("/").split()
    commands = {c["name"]: c for c in offered_commands(state, channel)}
    if not words or words[0] not in commands:
        raise NoSuchCommand(f"no command /{line}; there are {sorted(commands)}")
    command = commands[words[0]]
    path: list[JSON] = []
    options: list[JSON] = command.get("options") or []
    for word in words[1:]:
        inside = {o["name"]: o for o in options if o["type"] in (SUB, GROUP)}
        if word not in inside:
            raise NoSuchCommand(f"/{line}: no {word!r}; there are {sorted(inside)}")
        path.append(inside[word])
        options = inside[word].get("options") or []
    if any(o["type"] in (SUB, GROUP) for o in options):
        raise NoSuchCommand(f"/{line} is not complete: {[o['name'] for o in options]}")
    return command, path, options


def _data(command: JSON, path: list[JSON], values: list[JSON]) -> JSON:
    options = values
    for step in reversed(path):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    data = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return data


def _value(option: JSON, value: Any) -> JSON:
    kind = option["type"]
    choices = option.get("choices") or []
    if choices:
        hits = [c["value"] for c in choices if value in (c["name"], c["value"])]
        if not hits:
            shown = [c["name"] for c in choices]
            raise NoSuchCommand(f"{option['name']}: {value!r} is none of {shown}")
        value = hits[0]
    if kind in (USER, CHANNEL, ROLE, MENTIONABLE):
        value = str(getattr(value, "id", value))
    right: dict[int, type | tuple[type, ...]] = {
        STRING: str, INTEGER: int, NUMBER: (int, float), BOOLEAN: bool,
    }  # fmt: skip
    if kind in right and not isinstance(value, right[kind]):
        raise NoSuchCommand(f"{option['name']}: {value!r} is not of its type")
    size = len(value) if kind == STRING else value if kind in (INTEGER, NUMBER) else None
    unit = "length" if kind == STRING else "value"
    low, high = option.get(f"min_{unit}"), option.get(f"max_{unit}")
    if size is not None and ((low is not None and size < low) or (high and size > high)):
        raise NoSuchCommand(f"{option['name']}: {value!r} is outside {low} to {high}")
    return {"name": option["name"], "type": kind, "value": value}


def _resolved(state: State, values: Any) -> JSON:
    body: JSON = {}
    for value in values:
        if isinstance(value, User):
            body.setdefault("users", {})[str(value.id)] = wire.user_json(value)
            member = wire.member_json(value, permissions=True)
            del member["user"]
            body.setdefault("members", {})[str(value.id)] = member
        elif isinstance(value, Channel):
            about = wire.channel_json(state, value) | {"permissions": wire.ALL_PERMISSIONS}
            body.setdefault("channels", {})[str(value.id)] = about
        elif isinstance(value, Role):
            body.setdefault("roles", {})[str(value.id)] = wire.role_json(value)
    return body
