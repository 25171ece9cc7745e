"""The REST routes for the bot itself, the gateway's address, the guild, its people and roles, and
application commands."""

from __future__ import annotations

from typing import Any

from tests.support.discord import access, wire
from tests.support.discord.check_commands import check_commands
from tests.support.discord.errors import ApiError, Problems, Unavailable
from tests.support.discord.model import CATEGORY, JSON, TEXT, Channel, Guild, Role, User
from tests.support.discord.rest import Call, Reply, Routes

routes = Routes()
GUILD = "/guilds/{guild}"
COMMANDS = "/applications/{application}/commands"
GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"
MOST_CREATES, DAY = 200, 86_400.0
MOST_GUILDS, MOST_CHANNELS, MOST_IN_CATEGORY = 200, 500, 50


@routes("GET", "/users/@me")
def me(call: Call) -> JSON:
    """Get Current User."""
    more = {"verified": True, "mfa_enabled": True, "email": None, "flags": 0, "locale": "en-US"}
    return wire.user_json(call.state.bot) | more


@routes("GET", "/users/@me/guilds")
def my_guilds(call: Call) -> list[JSON]:
    """Get Current User Guilds."""
    limit, after = call.number("limit", MOST_GUILDS, 1, MOST_GUILDS), call.query.get("after", "0")
    there = sorted((g for g in call.state.guilds.values() if g.joined), key=lambda g: g.id)
    return [_mine(g) for g in there if g.id > int(after)][:limit]


def _mine(guild: Guild) -> JSON:
    about = {"id": str(guild.id), "name": guild.name, "icon": None, "banner": None, "owner": False}
    return about | {"permissions": str(guild.permissions), "features": []}


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
    left = call.state.sessions_left
    limit = {"total": 1000, "remaining": left, "reset_after": 3_600_000, "max_concurrency": 1}
    return {"url": gateway(call)["url"], "shards": 1, "session_start_limit": limit}


@routes("GET", GUILD)
def guild(call: Call) -> JSON:
    """Get Guild."""
    return wire.guild_json(call.state, _guild(call))


@routes("GET", GUILD + "/channels")
def channels(call: Call) -> list[JSON]:
    """Get Guild Channels, without threads."""
    state, guild = call.state, _guild(call)
    found = [c for c in state.channels.values() if c.guild_id == guild.id and not c.is_thread]
    return [wire.channel_json(state, c) for c in found]


@routes("POST", GUILD + "/channels", limit=(10, 10.0))
def make_channel(call: Call) -> Reply:
    """Create Guild Channel; text channels and categories here."""
    state, guild, form = call.state, _guild(call), call.form
    access.need_in_guild(state, guild.id, access.MANAGE_CHANNELS)
    problems = Problems()
    problems.length("name", form.get("name"), 1, 100)
    if form.get("topic") is not None:
        problems.length("topic", form["topic"], 0, 1024)
    parent = _category(call, guild, problems)
    problems.raise_any()
    kind = form.get("type", TEXT)
    if kind not in (TEXT, CATEGORY):
        raise ApiError(50024)
    there = [c for c in state.channels.values() if c.guild_id == guild.id and not c.is_thread]
    if len(there) >= MOST_CHANNELS:
        raise ApiError(30013)
    overwrites = form.get("permission_overwrites") or []
    access.check_overwrites(state, guild.id, overwrites)
    name = str(form["name"]).lower().replace(" ", "-") if kind == TEXT else form["name"]
    made = Channel(state.new_id(), name, kind, guild.id, parent, topic=form.get("topic"))
    made.overwrites = [access.stored(o) for o in overwrites]
    if parent is not None and not overwrites:
        made.overwrites = list(parent.overwrites)
    made.position = len(there)
    made.created_at = made.active_at = state.clock()
    state.channels[made.id] = made
    state.emit("CHANNEL_CREATE", wire.channel_json(state, made), made)
    return Reply(201, wire.channel_json(state, made))


def _category(call: Call, guild: Guild, problems: Problems) -> Channel | None:
    asked = call.form.get("parent_id")
    if asked is None:
        return None
    found = call.state.channels.get(int(asked))
    if found is None or found.type != CATEGORY or found.guild_id != guild.id:
        problems.add("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
    elif sum(c.parent is found for c in call.state.channels.values()) >= MOST_IN_CATEGORY:
        words = f"Maximum number of channels in category reached ({MOST_IN_CATEGORY})"
        problems.add("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", words)
    return found


@routes("GET", GUILD + "/threads/active")
def active_threads(call: Call) -> JSON:
    """List Active Guild Threads."""
    state, guild = call.state, _guild(call)
    threads = [t for t in state.threads() if t.guild_id == guild.id and not state.archived(t)]
    seen = [t for t in threads if access.sees(state, t, state.bot)]
    return {"threads": [wire.channel_json(state, t) for t in seen], "members": []}


@routes("GET", GUILD + "/members", limit=(10, 10.0))
def members(call: Call) -> list[JSON]:
    """List Guild Members: needs the privileged GUILD_MEMBERS."""
    state, guild = call.state, _guild(call)
    if "guild_members" not in state.enabled_intents:
        raise ApiError(50001)
    after, limit = int(call.query.get("after", 0)), call.number("limit", 1, 1, 1000)
    found = sorted(state.members(guild.id), key=lambda u: u.id)
    return [wire.member_json(u) for u in found if u.id > after][:limit]


@routes("GET", GUILD + "/members/search", limit=(10, 10.0))
def search(call: Call) -> list[JSON]:
    """Search Guild Members by the start of a name."""
    state, guild, query = call.state, _guild(call), call.query.get("query", "").lower()
    if not query:
        raise ApiError(50035, because="query: This field is required")
    found = state.members(guild.id)
    hits = [u for u in found if u.username.startswith(query) or u.name.lower().startswith(query)]
    return [wire.member_json(u) for u in hits[: call.number("limit", 1, 1, 1000)]]


@routes("GET", GUILD + "/members/{user}", limit=(10, 10.0))
def member(call: Call) -> JSON:
    """Get Guild Member."""
    return wire.member_json(_member(call))


@routes("PUT", GUILD + "/members/{user}/roles/{role}", limit=(10, 10.0))
def give_role(call: Call) -> None:
    """Add Guild Member Role: only below the bot's own."""
    user, role = _member(call), _role(call)
    if role.id not in user.roles:
        user.roles.append(role.id)
        call.state.emit("GUILD_MEMBER_UPDATE", _member_event(call, user.id))


@routes("DELETE", GUILD + "/members/{user}/roles/{role}", limit=(10, 10.0))
def take_role(call: Call) -> None:
    """Remove Guild Member Role."""
    user, role = _member(call), _role(call)
    if role.id in user.roles:
        user.roles.remove(role.id)
        call.state.emit("GUILD_MEMBER_UPDATE", _member_event(call, user.id))


@routes("GET", GUILD + "/roles")
def roles(call: Call) -> list[JSON]:
    """Get Guild Roles."""
    return [wire.role_json(r) for r in call.state.roles_of(_guild(call).id)]


@routes("POST", GUILD + "/roles", limit=(10, 10.0))
def make_role(call: Call) -> JSON:
    """Create Guild Role."""
    state, guild, form = call.state, _guild(call), call.form
    access.need_in_guild(state, guild.id, access.MANAGE_ROLES)
    problems = Problems()
    problems.length("name", form.get("name", "new role"), 1, 100)
    problems.raise_any()
    mentionable = bool(form.get("mentionable", False))
    name = form.get("name", "new role")
    made = Role(state.new_id(), name, mentionable, guild_id=guild.id)
    state.roles[made.id] = made
    body = wire.role_json(made)
    state.emit("GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": body})
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
    if call.id("application") != call.state.application_id or call.state.no_commands:
        raise ApiError(50001)
    if "guild" not in call.params:
        return None
    return _guild(call).id


def _guild(call: Call) -> Guild:
    found = call.state.guild(call.id("guild"))
    if not found.available:
        raise Unavailable
    return found


def _member(call: Call) -> User:
    return call.state.member(call.id("user"), _guild(call).id)


def _role(call: Call) -> Role:
    guild = _guild(call)
    role = call.state.roles.get(call.id("role"))
    if role is None or (role.guild_id or call.state.guild_id) != guild.id:
        raise ApiError(10011)
    access.need_in_guild(call.state, guild.id, access.MANAGE_ROLES)
    if role.position >= 10 or role.id == guild.id:
        raise ApiError(50013)
    return role


def _member_event(call: Call, user_id: int) -> JSON:
    return wire.member_json(call.state.users[user_id]) | {"guild_id": str(_guild(call).id)}
