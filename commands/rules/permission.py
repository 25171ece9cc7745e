"""What each role may do; permissions are words a command names, such as ``incident.ack``."""

from __future__ import annotations

from collections.abc import Iterable

ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("self", "incident.read"),
    "responder": ("self", "incident.read", "incident.sensitive", "incident.act", "oncall.act"),
    "editor": (
        "self", "incident.read", "incident.sensitive", "incident.act", "oncall.act",
        "config.read", "config.write",
    ),
    "auditor": (
        "self", "incident.read", "incident.sensitive", "incident.private", "config.read",
        "access.read", "audit.read", "audit.export",
    ),
    "admin": ("*",),
}  # fmt: skip
"""``self`` is what concerns oneself alone (sign in, sessions, contacts, what is kept of one);
``incident.sensitive`` sees sensitive labels and notes, ``incident.private`` every private incident;
``access.read`` and ``access.write`` are roles, links, tokens and sessions of others, ``audit.read``
and ``audit.export`` the record, ``privacy.write`` exports and erases what is kept of a person,
``action:<name>`` runs that action."""


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
