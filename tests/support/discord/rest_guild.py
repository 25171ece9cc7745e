"""The REST routes for the bot itself, the gateway's address, the guild, its people and roles, and
application commands."""

from __future__ import annotations

from typing import Any

from tests.support.discord import wire
from tests.support.discord.check_commands import check_commands
from tests.support.discord.errors import ApiError, Problems
from tests.support.discord.model import JSON, TEXT, Channel, Role
from tests.support.discord.rest import Call, Reply, Routes

routes = Routes()
GUILD = "/guilds/{guild}"
COMMANDS = "/applications/{application}/commands"
GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"
MOST_CREATES, DAY = 200, 86_400.0


@routes("GET", "/users/@me")
def me(call: Call) -> JSON:
    """Get Current User."""
    more = {"verified": True, "mfa_enabled": True, "email": None, "flags": 0, "locale": "en-US"}
    return wire.user_json(call.state.bot) | more


@routes("GET", "/users/@me/guilds")
def my_guilds(call: Call) -> list[JSON]:
    """Get Current User Guilds."""
    state = call.state
    if not state.invited:
        return []
    about = {"id": str(state.guild_id), "name": state.guild_name, "icon": None, "owner": False}
    return [about | {"permissions": wire.ALL_PERMISSIONS, "features": []}]


@routes("GET", "/users/{user}")
def user(call: Call) -> JSON:
    """Get User."""
    return wire.user_json(call.state.user(call.id("user")))


@routes("GET", "/oauth2/applications/@me")
@routes("GET", "/applications/@me")
def application(call: Call) -> JSON:
    """Get Current Application."""
    return wire.application_json(call.state)


@routes("GET", "/gateway", public=True)
def gateway(call: Call) -> JSON:
    """Get Gateway."""
    return {"url": call.state.base.replace("http", "ws", 1) + "/gateway"}


@routes("GET", "/gateway/bot")
def gateway_bot(call: Call) -> JSON:
    """Get Gateway Bot."""
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": gateway(call)["url"], "shards": 1, "session_start_limit": limit}


@routes("GET", GUILD)
def guild(call: Call) -> JSON:
    """Get Guild."""
    return wire.guild_json(_guild(call).state)


@routes("GET", GUILD + "/channels")
def channels(call: Call) -> list[JSON]:
    """Get Guild Channels, without threads."""
    state = _guild(call).state
    found = [c for c in state.channels.values() if c.guild_id and not c.is_thread]
    return [wire.channel_json(state, c) for c in found]


@routes("POST", GUILD + "/channels", limit=(10, 10.0))
def make_channel(call: Call) -> Reply:
    """Create Guild Channel; only text channels here."""
    state, form = _guild(call).state, call.form
    problems = Problems()
    problems.length("name", form.get("name"), 1, 100)
    if form.get("topic") is not None:
        problems.length("topic", form["topic"], 0, 1024)
    problems.raise_any()
    if form.get("type", TEXT) != TEXT:
        raise ApiError(50024)
    name = str(form["name"]).lower().replace(" ", "-")
    made = Channel(state.new_id(), name, TEXT, state.guild_id, topic=form.get("topic"))
    made.overwrites = form.get("permission_overwrites") or []
    made.created_at = made.active_at = state.clock()
    state.channels[made.id] = made
    state.emit("CHANNEL_CREATE", wire.channel_json(state, made), made)
    return Reply(201, wire.channel_json(state, made))


@routes("GET", GUILD + "/threads/active")
def active_threads(call: Call) -> JSON:
    """List Active Guild Threads."""
    state = _guild(call).state
    found = [wire.channel_json(state, t) for t in state.threads() if not state.archived(t)]
    return {"threads": found, "members": []}


@routes("GET", GUILD + "/members", limit=(10, 10.0))
def members(call: Call) -> list[JSON]:
    """List Guild Members: needs the privileged GUILD_MEMBERS."""
    state = _guild(call).state
    if "guild_members" not in state.enabled_intents:
        raise ApiError(50001)
    after, limit = int(call.query.get("after", 0)), call.number("limit", 1, 1, 1000)
    found = sorted((u for u in state.users.values() if u.in_guild), key=lambda u: u.id)
    return [wire.member_json(u) for u in found if u.id > after][:limit]


@routes("GET", GUILD + "/members/search", limit=(10, 10.0))
def search(call: Call) -> list[JSON]:
    """Search Guild Members by the start of a name."""
    state, query = _guild(call).state, call.query.get("query", "").lower()
    if not query:
        raise ApiError(50035, because="query: This field is required")
    found = [u for u in state.users.values() if u.in_guild]
    hits = [u for u in found if u.username.startswith(query) or u.name.lower().startswith(query)]
    return [wire.member_json(u) for u in hits[: call.number("limit", 1, 1, 1000)]]


@routes("GET", GUILD + "/members/{user}", limit=(10, 10.0))
def member(call: Call) -> JSON:
    """Get Guild Member."""
    return wire.member_json(_guild(call).state.member(call.id("user")))


@routes("PUT", GUILD + "/members/{user}/roles/{role}", limit=(10, 10.0))
def give_role(call: Call) -> None:
    """Add Guild Member Role: only below the bot's own."""
    user, role = call.state.member(call.id("user")), _role(call)
    if role.id not in user.roles:
        user.roles.append(role.id)
        call.state.emit("GUILD_MEMBER_UPDATE", _member_event(call, user.id))


@routes("DELETE", GUILD + "/members/{user}/roles/{role}", limit=(10, 10.0))
def take_role(call: Call) -> None:
    """Remove Guild Member Role."""
    user, role = call.state.member(call.id("user")), _role(call)
    if role.id in user.roles:
        user.roles.remove(role.id)
        call.state.emit("GUILD_MEMBER_UPDATE", _member_event(call, user.id))


@routes("GET", GUILD + "/roles")
def roles(call: Call) -> list[JSON]:
    """Get Guild Roles."""
    return [wire.role_json(r) for r in _guild(call).state.roles.values()]


@routes("POST", GUILD + "/roles", limit=(10, 10.0))
def make_role(call: Call) -> JSON:
    """Create Guild Role."""
    state, form = _guild(call).state, call.form
    problems = Problems()
    problems.length("name", form.get("name", "new role"), 1, 100)
    problems.raise_any()
    mentionable = bool(form.get("mentionable", False))
    made = Role(state.new_id(), form.get("name", "new role"), mentionable)
    state.roles[made.id] = made
    body = wire.role_json(made)
    state.emit("GUILD_ROLE_CREATE", {"guild_id": str(state.guild_id), "role": body})
    return body


@routes("GET", COMMANDS)
@routes("GET", GUILD_COMMANDS)
def commands(call: Call) -> list[JSON]:
    """Get Application Commands of a scope."""
    return call.state.commands.get(_scope(call), [])


@routes("PUT", COMMANDS, limit=(5, 20.0))
@routes("PUT", GUILD_COMMANDS, limit=(5, 20.0))
def overwrite(call: Call) -> list[JSON]:
    """Bulk Overwrite Application Commands: all of a scope at once; 200 new ones a day."""
    scope, state = _scope(call), call.state
    check_commands(call.body)
    old = {(c["type"], c["name"]): c for c in state.commands.get(scope, [])}
    made = [_command(call, scope, form, old) for form in call.body]
    now = state.clock()
    fresh = [c for c in made if (c["type"], c["name"]) not in old]
    today = [at for at in state.command_creates if now - at < DAY] + [now] * len(fresh)
    if len(today) > MOST_CREATES:
        raise ApiError(30034)
    state.command_creates = today
    state.commands[scope] = made
    state.touch()
    return made


def _command(call: Call, scope: int | None, form: JSON, old: dict[Any, JSON]) -> JSON:
    kind = form.get("type", 1)
    known = old.get((kind, form["name"]), {})
    number = known.get("id") or str(call.state.new_id())
    body: JSON = {"description": "", "options": [], "default_member_permissions": None}
    body |= {"nsfw": False, "contexts": None, "integration_types": [0]}
    body |= form | {"id": number, "type": kind, "version": str(call.state.new_id())}
    body["application_id"] = str(call.state.application_id)
    if scope is not None:
        body["guild_id"] = str(scope)
    return body


def _scope(call: Call) -> int | None:
    if call.id("application") != call.state.application_id:
        raise ApiError(50001)
    if "guild" not in call.params:
        return None
    return _guild(call).state.guild_id


def _guild(call: Call) -> Call:
    if not call.state.invited:
        raise ApiError(50001)
    if call.id("guild") != call.state.guild_id:
        raise ApiError(10004)
    return call


def _role(call: Call) -> Role:
    role = _guild(call).state.roles.get(call.id("role"))
    if role is None:
        raise ApiError(10011)
    if role.position >= 10 or role.id == call.state.guild_id:
        raise ApiError(50013)
    return role


def _member_event(call: Call, user_id: int) -> JSON:
    return wire.member_json(call.state.users[user_id]) | {"guild_id": str(call.state.guild_id)}
