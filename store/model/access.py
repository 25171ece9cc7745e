"""Roles that people hold beside those their definition names, and roles made of permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVERYWHERE = ""
"""The team of a role that holds in every team."""

BY_HAND = "hand"
"""The source of a role that a person gave; others are ``slack``, ``discord``, ``oidc``."""

Pair = tuple[str, str]
"""(team, role); the team is ``EVERYWHERE`` where the role holds in all of them."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A role that a person holds beside the definitions: ``because`` of a group (``@sre``) or of
    who gave it (a handle, where ``source`` is ``hand``). ``until`` is when it ends unless its
    source says it again."""

    person: str
    team: str
    role: str
    source: str
    because: str
    at: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class CustomRole:
    """A role made of permissions, with wildcards: ``action:postgres.*``, ``incident.*``."""

    name: str
    permissions: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Origins:
    """Which roles come from where: ``groups`` is chat → its group → roles, ``claims`` is claim →
    its value → roles. ``keep`` is how long (ms) a role holds whose source does not answer."""

    groups: Mapping[str, Mapping[str, tuple[Pair, ...]]] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, tuple[Pair, ...]]] = field(default_factory=dict)
    keep: int = 3_600_000
