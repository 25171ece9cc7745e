"""A slash command as a person's client builds it from what the bot registered: only known verbs
and options go out, the required ones must be there, values have the option's type."""

from __future__ import annotations

from typing import Any

from tests.support.discord import wire
from tests.support.discord.check_commands import GROUP, INTEGER, NUMBER, STRING, SUB
from tests.support.discord.model import DM, JSON, Channel, Message, Role, User
from tests.support.discord.state import State

SLASH, MESSAGE = 1, 3
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


def menu_data(state: State, channel: Channel, name: str, message: Message) -> JSON:
    """The `data` for an entry of a message's menu; the message comes along, words and all."""
    known = [c for c in in_scope(state, channel) if c["type"] == MESSAGE]
    command = next((c for c in known if c["name"] == name), None)
    if command is None:
        raise NoSuchCommand(f"no entry {name!r}; there are {[c['name'] for c in known]}")
    number = str(message.id)
    data = {"id": command["id"], "name": name, "type": MESSAGE, "target_id": number}
    return data | {"resolved": {"messages": {number: wire.message_json(state, message)}}}


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
    return [c for c in in_scope(state, channel) if c["type"] == SLASH]


def in_scope(state: State, channel: Channel) -> list[JSON]:
    """Every command of every type that is offered here."""
    scopes = [None] if channel.type == DM else [channel.guild_id, None]
    found: dict[tuple[int, str], JSON] = {}
    for scope in scopes:
        for command in state.commands.get(scope, []):
            contexts = command.get("contexts")
            here = 1 if channel.type == DM else 0
            if contexts is None or here in contexts:
                found.setdefault((command["type"], command["name"]), command)
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


def command_help(state: State, channel: Channel) -> list[JSON]:
    """Every verb offered here with its options, for a person who types a slash."""
    found: list[JSON] = []

    def visit(line: str, node: JSON) -> None:
        inside = [o for o in node.get("options") or [] if o["type"] in (SUB, GROUP)]
        for option in inside:
            visit(f"{line} {option['name']}", option)
        if not inside:
            options = [
                {"name": o["name"], "required": bool(o.get("required")),
                 "about": o["description"], "complete": bool(o.get("autocomplete"))}
                for o in node.get("options") or []
            ]  # fmt: skip
            found.append({"line": line, "about": node["description"], "options": options})

    for command in offered_commands(state, channel):
        visit(command["name"], command)
    return found


def parse_typed(state: State, channel: Channel, text: str) -> tuple[str, dict[str, Any]]:
    """`/pv ack 1842 note:on it` as a verb and options: by name, or in order; the last takes all."""
    line, offered, rest = _split_typed(state, channel, text)
    given: dict[str, str] = {}
    free: list[str] = []
    current = ""
    for word in rest:
        name, colon, value = word.partition(":")
        if colon and name in {o["name"] for o in offered}:
            current = name
            given[name] = value
        elif current:
            given[current] += f" {word}"
        else:
            free.append(word)
    left = [o for o in offered if o["name"] not in given]
    for i, option in enumerate(left[: len(free)]):
        given[option["name"]] = " ".join(free[i:]) if i == len(left) - 1 else free[i]
    kinds = {o["name"]: o for o in offered}
    return line, {name: _typed(state, kinds[name], value) for name, value in given.items()}


def complete_typed(
    state: State, channel: Channel, text: str
) -> tuple[str, str, str, dict[str, Any]]:
    """The option that is being typed at the end of `text`: verb, option, what is typed, others."""
    line, offered, rest = _split_typed(state, channel, text)
    words = [*rest, ""] if text.endswith(" ") or not rest else rest
    name, colon, typed = words[-1].partition(":")
    options = {o["name"]: o for o in offered}
    if colon and name in options:
        option = name
    else:
        typed = words[-1]
        at = min(len(words), len(offered)) - 1
        option = offered[at]["name"] if offered else ""
    _, given = parse_typed(state, channel, " ".join([f"/{line}", *words[:-1]]))
    given.pop(option, None)
    return line, option, typed, given


def _split_typed(state: State, channel: Channel, text: str) -> tuple[str, list[JSON], list[str]]:
    words = text.removeprefix("/").split()
    for size in (3, 2, 1):
        line = " ".join(words[:size])
        try:
            _, _, offered = _look_up(state, channel, line)
        except NoSuchCommand:
            continue
        return line, offered, words[size:]
    known = ", ".join(f"/{c['line']}" for c in command_help(state, channel))
    raise NoSuchCommand(f"no command {text!r}; there are: {known or 'none'}")


def _typed(state: State, option: JSON, value: str) -> Any:
    kind = option["type"]
    if kind == INTEGER and value.lstrip("-").isdigit():
        return int(value)
    if kind == NUMBER:
        return float(value) if value.replace(".", "", 1).isdigit() else value
    if kind == BOOLEAN:
        return value.lower() in ("true", "yes", "on", "1")
    people = [u for u in state.users.values() if value.lstrip("@").lower() == u.name.lower()]
    if kind in (USER, MENTIONABLE) and people:
        return people[0]
    rooms = [c for c in state.channels.values() if value.lstrip("#") == c.name]
    return rooms[0] if kind == CHANNEL and rooms else value
