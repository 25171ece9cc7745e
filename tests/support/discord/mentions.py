"""Who a message notifies: the text's mentions, cut down by allowed_mentions the way Discord
does it. Without allowed_mentions everything in the text counts, which is what goes wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.support.discord.check_components import TEXT, walk
from tests.support.discord.model import DM, JSON, Channel, User
from tests.support.discord.state import State

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass
class Mentioned:
    """Whom a text reaches: `users` are notified (people of mentioned roles and everyone too)."""

    users: list[User] = field(default_factory=list)
    direct: list[User] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    everyone: bool = False


def parsed_text(content: str, components: list[JSON]) -> str:
    """The text that Discord looks for mentions in: content and text displays, without code.

    A backslash before a mention changes how it looks and not whom it notifies.
    """
    texts = [content, *(c["content"] for c in walk(components) if c.get("type") == TEXT)]
    return "\n".join(CODE.sub(" ", text) for text in texts)


def mentioned(
    state: State, channel: Channel, text: str, allowed: JSON | None, replied: User | None = None
) -> Mentioned:
    """Applies `allowed` (None: Discord's defaults) to the mentions of `text`."""
    parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    users = _ids(allowed, "users")
    roles = _ids(allowed, "roles")
    reached = _reachable(state, channel)
    found = Mentioned()
    for user_id in map(int, USER.findall(text)):
        user = state.users.get(user_id)
        if user in reached and ("users" in parse or user_id in users):
            _add(found.direct, user)
    for role_id in map(int, ROLE.findall(text)):
        role = state.roles.get(role_id)
        wanted = "roles" in parse or role_id in roles
        real = role is not None and role.id != state.guild_id and channel.type != DM
        if real and wanted and role_id not in found.roles:
            found.roles.append(role_id)
    found.everyone = bool(EVERYONE.search(text)) and "everyone" in parse and channel.type != DM
    if replied in reached and (allowed is None or allowed.get("replied_user", False)):
        _add(found.direct, replied)
    for user in reached:
        if user in found.direct or found.everyone or set(user.roles) & set(found.roles):
            _add(found.users, user)
    return found


def _ids(allowed: JSON | None, name: str) -> set[int]:
    return {int(one) for one in (allowed or {}).get(name) or []}


def _reachable(state: State, channel: Channel) -> list[User]:
    if channel.type == DM:
        return [u for u in (channel.recipient, state.bot) if u]
    return state.members(channel.guild_id or state.guild_id)


def _add(found: list[User], user: User | None) -> None:
    if user is not None and user not in found:
        found.append(user)
