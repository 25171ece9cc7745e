"""Who holds which role because of groups elsewhere, and which roles need a second person."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.yamlfile import Place
from commands.rules.approving import Need
from commands.rules.permission import mistake_in, role_names
from store.clock import MINUTE
from store.model import Definitions
from store.model.access import EVERYWHERE, CustomRole, Origins, Pair

ALL_TEAMS = "everywhere"
"""How a mapping of roles by team says that some hold in every team."""

_CHAT = re.compile(r"slack(-[a-z0-9_]+)?|discord")
OIDC = "oidc"

Roles = tuple[str, ...] | dict[str, tuple[str, ...]]
"""Roles that hold everywhere, or by team."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def as_lists(value: Any) -> Any:
    """``editor`` as ``[editor]``, also within ``{db: editor}``."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return {str(k): (v,) if isinstance(v, str) else v for k, v in value.items()}
    return value


def pairs_of(roles: Roles) -> tuple[Pair, ...]:
    """Roles as (team, role)."""
    if not isinstance(roles, Mapping):
        return tuple((EVERYWHERE, role) for role in roles)
    found = [
        (EVERYWHERE if team == ALL_TEAMS else team, role)
        for team, names in roles.items()
        for role in names
    ]
    return tuple(dict.fromkeys(found))


class RoleSettings(_Strict):
    """A role made of permissions."""

    permissions: tuple[str, ...] = Field(min_length=1)
    help: str = Field("", max_length=200)

    @field_validator("permissions", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("permissions")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if wrong := mistake_in(each):
                raise ValueError(wrong)
        return value

    def role(self, name: str) -> CustomRole:
        """The role of the definitions."""
        return CustomRole(name, self.permissions, self.help)


class AccessSettings(_Strict):
    """``from`` says which roles come from which group: of a chat, or of a claim of the sign-in.

    ``keep`` is for how many minutes such a role holds while its source does not answer, ``look``
    how often chats are asked. Giving a role of ``approve`` needs the word of a second person,
    within so many minutes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    come_from: dict[str, dict[str, Any]] = Field({}, alias="from")
    keep: int = Field(60, ge=5, le=7 * 24 * 60)
    look: int = Field(5, ge=1, le=60)
    approve: tuple[str, ...] = ()
    within: int = Field(60, ge=1, le=7 * 24 * 60)

    @field_validator("approve", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("come_from")
    @classmethod
    def _places(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for place, groups in value.items():
            if place != OIDC and not _CHAT.fullmatch(place):
                raise ValueError(f"{place}: write slack, slack-<workspace>, discord or oidc")
            for group, roles in groups.items():
                if place != OIDC:
                    _roles(roles, f"{place}.{group}")
                elif not isinstance(roles, dict):
                    raise ValueError(f"oidc.{group}: write value: [role] below the claim")
                else:
                    for each, given in roles.items():
                        _roles(given, f"oidc.{group}.{each}")
        return value

    def second(self) -> dict[str, Need]:
        """The roles that need a second person to be given."""
        return {role: Need("role:admin", self.within * MINUTE) for role in self.approve}

    def origins(self) -> Origins:
        """As the rules take them."""
        groups = {
            place: {str(g): _roles(roles, place) for g, roles in named.items()}
            for place, named in self.come_from.items()
            if place != OIDC
        }
        claims = {
            str(claim): {str(v): _roles(roles, claim) for v, roles in values.items()}
            for claim, values in self.come_from.get(OIDC, {}).items()
        }
        return Origins(groups, claims, self.keep * MINUTE)


def _roles(written: Any, where: str) -> tuple[Pair, ...]:
    """The roles of one group; ValueError says what is wrong."""
    roles = as_lists(written)
    lists = roles.values() if isinstance(roles, dict) else (roles,)
    for names in lists:
        if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names):
            raise ValueError(f"{where}: write [role] or {{team: [role]}}")
    return pairs_of(roles)


def mistakes(
    access: AccessSettings, chats: tuple[str, ...], known: Definitions
) -> Iterator[tuple[Place, str]]:
    """Roles and teams that are not there, and chats that are not set up."""
    origins, there = access.origins(), role_names(known.roles)
    for chat in origins.groups:
        if chat not in chats:
            yield ("access", "from", chat), f"{chat} is not set up"
    sources: Mapping[str, Mapping[str, tuple[Pair, ...]]] = {**origins.groups, **origins.claims}
    for place, named in sources.items():
        for group, pairs in named.items():
            for team, role in pairs:
                where: Place = ("access", "from", OIDC if place in origins.claims else place)
                if role not in there:
                    yield where, f"{group}: there is no role {role}"
                if team and team not in known.teams:
                    yield where, f"{group}: there is no team {team}"
    for role in access.approve:
        if role not in there:
            yield ("access", "approve"), f"there is no role {role}"
