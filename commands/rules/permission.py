"""What each role may do; permissions are words a command names, such as ``incident.ack``."""

from __future__ import annotations

from collections.abc import Iterable

ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("incident.read",),
    "responder": ("incident.read", "incident.act", "oncall.act"),
    "editor": ("incident.read", "incident.act", "oncall.act", "config.read", "config.write"),
    "auditor": ("incident.read", "config.read", "audit.read"),
    "admin": ("*",),
}


def allows(roles: Iterable[str], permission: str) -> str | None:
    """The role that allows a permission, or None."""
    for role in roles:
        held = ROLES.get(role, ())
        if "*" in held or permission in held:
            return role
    return None


def why_not(name: str, roles: Iterable[str], permission: str) -> str:
    """The sentence for a denial."""
    held = ", ".join(roles) or "no role"
    able = ", ".join(r for r in ROLES if allows((r,), permission))
    return f"{name} has {held}; {permission} needs one of: {able}."
