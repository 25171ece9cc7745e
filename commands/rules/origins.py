"""Which roles somebody holds because of groups elsewhere: of Slack, of Discord, of a sign-in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from store.model.access import Origins, Pair


def claims_roles(origins: Origins, claims: Mapping[str, Any]) -> dict[Pair, str]:
    """(team, role) → because of what, for the claims of a sign-in (OIDC).

    A claim is named with dots where it lies within another (``realm_access.roles``); a claim whose
    own name has dots (``https://example.org/groups``) is found by that first. Its value is taken
    whole, or is a list of such; ``scope`` alone is words with spaces between them (RFC 8693).
    """
    found: dict[Pair, str] = {}
    for claim, roles in origins.claims.items():
        for value in _values(claim, _claim(claims, claim)):
            for pair in roles.get(value, ()):
                found.setdefault(pair, f"{claim}={value}")
    return found


def groups_roles(origins: Origins, chat: str, groups: Iterable[str]) -> dict[Pair, str]:
    """(team, role) → because of which group, for the groups of a chat somebody is in."""
    held = {_plain(group) for group in groups}
    found: dict[Pair, str] = {}
    for group, roles in origins.groups.get(chat, {}).items():
        if _plain(group) in held:
            for pair in roles:
                found.setdefault(pair, group)
    return found


def _plain(group: str) -> str:
    return group.strip().removeprefix("@").casefold()


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _values(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split() if name in ("scope", "scp") else [value]
    if isinstance(value, (list, tuple)):
        return [each for each in value if isinstance(each, str)]
    return []
