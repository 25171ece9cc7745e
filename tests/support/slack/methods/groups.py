"""usergroups.*: who is meant by @oncall-db."""

from __future__ import annotations

from ..model import JSON, UserGroup
from ..workspace import Workspace
from .registry import Refused, Request, method

READ, WRITE = "usergroups:read", "usergroups:write"

__all__: list[str] = []


def group_json(ws: Workspace, group: UserGroup, *, users: bool = True) -> JSON:
    """A user group as Slack gives it."""
    body: JSON = {
        "id": group.id,
        "team_id": ws.team_id,
        "is_usergroup": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1,
        "date_update": int(ws.clock()),
        "date_delete": 0 if group.enabled else int(ws.clock()),
        "auto_type": None,
        "created_by": ws.bot.id,
        "prefs": {"channels": [], "groups": []},
        "user_count": len(group.users),
    }
    return body | ({"users": list(group.users)} if users else {})


def wanted(request: Request) -> UserGroup:
    """The group an argument names by its id; changing it may be closed to apps."""
    ws = request.workspace
    group = ws.groups.get(str(request.need("usergroup")))
    if group is None:
        raise Refused("no_such_subteam")
    if not ws.groups_open:
        raise Refused("permission_denied")
    return group


@method("usergroups.list", READ)
def usergroups_list(request: Request) -> JSON:
    """Every group; the disabled ones and the members only where they are asked for."""
    ws = request.workspace
    disabled, users = request.flag("include_disabled"), request.flag("include_users")
    found = [g for g in ws.groups.values() if g.enabled or disabled]
    return {"ok": True, "usergroups": [group_json(ws, g, users=users) for g in found]}


@method("usergroups.users.update", WRITE)
def users_update(request: Request) -> JSON:
    """Replace all members: an empty list is refused, and so are people who are not there."""
    ws, group = request.workspace, wanted(request)
    names = [n for n in str(request.args.get("users") or "").split(",") if n]
    if not names:
        raise Refused("no_users_provided")
    if any(n not in ws.users or ws.users[n].deleted or ws.users[n].is_bot for n in names):
        raise Refused("invalid_users")
    group.users = names
    ws.changed()
    return {"ok": True, "usergroup": group_json(ws, group)}


@method("usergroups.enable", WRITE)
def enable(request: Request) -> JSON:
    """Bring a disabled group back."""
    group = wanted(request)
    if group.enabled:
        raise Refused("already_enabled")
    group.enabled = True
    request.workspace.changed()
    return {"ok": True, "usergroup": group_json(request.workspace, group)}


@method("usergroups.disable", WRITE)
def disable(request: Request) -> JSON:
    """Nobody is mentioned by it any more."""
    group = wanted(request)
    if not group.enabled:
        raise Refused("already_disabled")
    group.enabled = False
    request.workspace.changed()
    return {"ok": True, "usergroup": group_json(request.workspace, group)}
