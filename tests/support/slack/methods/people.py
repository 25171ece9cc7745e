"""auth.test, users.*, bots.info, team.info and apps.connections.open: who is who."""

from __future__ import annotations

from ..model import JSON
from ..payloads import channel_json, user_json
from .conversations import wanted_channels
from .registry import Refused, Request, method

__all__: list[str] = []


@method("auth.test")
def auth_test(request: Request) -> JSON:
    """Who the token is."""
    ws = request.workspace
    return {
        "ok": True,
        "url": f"https://{ws.team_domain}.slack.com/",
        "team": ws.team_name,
        "user": ws.bot.name,
        "team_id": ws.team_id,
        "user_id": ws.bot.id,
        "bot_id": ws.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", app_token=True)
def connections_open(request: Request) -> JSON:
    """A one-time websocket address."""
    ws = request.workspace
    if not ws.link_enabled:
        raise Refused("forbidden_team")
    address = request.base.replace("http://", "ws://", 1)
    return {
        "ok": True,
        "url": f"{address}/link/?ticket={ws.ids.next('ticket-')}&app_id={ws.app_id}",
    }


@method("users.info", "users:read")
def users_info(request: Request) -> JSON:
    """One person by id."""
    return {"ok": True, "user": user_json(request.workspace, request.user())}


@method("users.lookupByEmail", "users:read.email")
def users_lookup(request: Request) -> JSON:
    """One person by e-mail."""
    wanted = str(request.need("email")).lower()
    for user in request.workspace.users.values():
        if user.email and user.email.lower() == wanted and not user.deleted:
            return {"ok": True, "user": user_json(request.workspace, user)}
    raise Refused("users_not_found")


@method("users.list", "users:read")
def users_list(request: Request) -> JSON:
    """Everybody, in pages."""
    rows, more = request.page(list(request.workspace.users.values()))
    return {
        "ok": True,
        "members": [user_json(request.workspace, u) for u in rows],
        "cache_ts": int(request.workspace.clock()),
        "response_metadata": more,
    }


@method("users.conversations", "channels:read", "groups:read", "im:read")
def users_conversations(request: Request) -> JSON:
    """The channels a person, or the bot itself, is in."""
    ws = request.workspace
    who = request.user().id if request.args.get("user") else ws.bot.id
    found = [c for c in wanted_channels(request) if who in c.members]
    rows, more = request.page(found)
    return {"ok": True, "channels": [channel_json(ws, c) for c in rows], "response_metadata": more}


@method("bots.info", "users:read")
def bots_info(request: Request) -> JSON:
    """The bot behind a bot_id."""
    ws = request.workspace
    if request.args.get("bot") != ws.bot_id:
        raise Refused("bot_not_found")
    bot = {
        "id": ws.bot_id,
        "deleted": False,
        "name": ws.bot.real_name,
        "app_id": ws.app_id,
        "user_id": ws.bot.id,
    }
    return {"ok": True, "bot": bot | {"updated": 1, "icons": {}}}


@method("team.info", "team:read")
def team_info(request: Request) -> JSON:
    """The workspace."""
    ws = request.workspace
    return {
        "ok": True,
        "team": {"id": ws.team_id, "name": ws.team_name, "domain": ws.team_domain, "icon": {}},
    }
