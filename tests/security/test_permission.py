"""What roles may do, as pure rules: by team, with wildcards, and never more than the giver has."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.access_settings import AccessSettings, pairs_of
from commands.rules.origins import claims_roles, groups_roles
from commands.rules.permission import (
    ANYONE,
    PERMISSIONS,
    ROLES,
    beyond,
    covers,
    in_some_team,
    may,
    mistake_in,
    why_not,
)
from commands.verbs import CATALOG
from store.model.access import CustomRole, Origins

DBA = {"dba": CustomRole("dba", ("action:postgres.*", "incident.read"))}


@dataclass(frozen=True)
class Who:
    """Somebody with roles."""

    roles: tuple[str, ...] = ()
    grants: tuple[tuple[str, str], ...] = ()
    scope: tuple[str, ...] = ()


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_every_verb_names_a_permission_that_is_known(name: str) -> None:
    needs = CATALOG[name].permission
    assert needs in {*PERMISSIONS, "action:<action>", ANYONE}


def test_only_help_and_link_are_for_anybody() -> None:
    assert {n for n, v in CATALOG.items() if v.permission == ANYONE} == {"help", "link"}


def test_every_role_is_made_of_permissions_that_are_known() -> None:
    assert not [p for held in ROLES.values() for p in held if mistake_in(p)]


def test_a_role_in_a_team_holds_there_and_nowhere_else() -> None:
    ana = Who(grants=(("db", "responder"),))
    held = may(ana, "incident.act", teams=("db",))
    assert held is not None and (held.role, held.team) == ("responder", "db")
    assert may(ana, "incident.act", teams=("web",)) is None
    assert may(ana, "incident.act") is None
    assert may(ana, "incident.act", teams=("db", "web")) is None


def test_a_role_everywhere_holds_in_every_team() -> None:
    assert may(Who(roles=("responder",)), "incident.act", teams=("db", "web"))


def test_who_belongs_to_one_team_may_look_around_and_has_what_is_their_own() -> None:
    ana = Who(grants=(("db", "viewer"),))
    assert may(ana, "incident.read") and may(ana, "self", teams=("web",))
    assert may(ana, "config.read") is None


def test_who_holds_nothing_may_nothing_but_what_anybody_may() -> None:
    nobody = Who()
    assert not any(may(nobody, p) or in_some_team(nobody, p) for p in PERMISSIONS)
    assert may(nobody, ANYONE)


@pytest.mark.parametrize(
    ("pattern", "permission", "fits"),
    [
        ("action:postgres.*", "action:postgres.failover", True),
        ("action:postgres.*", "action:redis.flush", False),
        ("incident.*", "incident.act", True),
        ("incident.*", "incident", False),
        ("incident.act", "incident.*", False),
        ("*", "incident.*", True),
    ],
)
def test_wildcards_cover_what_they_say(pattern: str, permission: str, fits: bool) -> None:
    assert covers(pattern, permission) is fits


def test_a_role_of_permissions_opens_just_those() -> None:
    ana = Who(roles=("dba",))
    assert may(ana, "action:postgres.failover", DBA)
    assert may(ana, "action:redis.flush", DBA) is None and may(ana, "incident.act", DBA) is None
    assert may(ana, "action:postgres.failover") is None, "a role that is gone opens nothing"


@pytest.mark.parametrize("role", ["viewer", "responder", "editor", "auditor"])
def test_no_role_but_admin_runs_an_action_by_itself(role: str) -> None:
    assert may(Who(roles=(role,)), "action:failover") is None
    assert may(Who(roles=("admin",)), "action:failover")


def test_the_scope_of_a_token_narrows_its_role_and_widens_nothing() -> None:
    token = Who(roles=("admin",), scope=("incident.*",))
    assert may(token, "incident.act") and may(token, "config.write") is None
    assert may(Who(roles=("viewer",), scope=("*",)), "incident.act") is None
    team = Who(grants=(("db", "admin"),), scope=("incident.read",))
    assert may(team, "incident.act", teams=("db",)) is None
    assert not in_some_team(team, "incident.act")


def test_nobody_gives_a_role_with_more_than_they_hold_there() -> None:
    editor = Who(roles=("editor",), grants=(("db", "admin"),))
    assert beyond(editor, ("", "responder")) is None
    assert beyond(editor, ("", "admin")) == "*"
    assert beyond(editor, ("db", "admin")) is None
    assert beyond(editor, ("web", "admin")) == "*"
    assert beyond(editor, ("", "auditor")) == "incident.private"
    assert beyond(editor, ("", "dba"), DBA) == "action:postgres.*"


@pytest.mark.parametrize("word", ["incident.acts", "", "a b", "action:", "everything", "?*"])
def test_a_permission_that_nobody_could_hold_is_a_mistake(word: str) -> None:
    assert mistake_in(word)


def test_a_refusal_says_what_is_needed_where_and_what_they_are() -> None:
    said = why_not("Ana", Who(("viewer",), (("db", "editor"),)), "incident.act", teams=("web",))
    assert said == (
        "Ana has viewer; editor in team db; incident.act in team web needs one of: "
        "responder, editor, admin."
    )


# ---- groups elsewhere --------------------------------------------------------------------------

WRITTEN = {
    "from": {
        "slack": {"@sre": ["responder"], "@dba": {"db": "editor"}},
        "oidc": {
            "realm_access.roles": {"ops": ["viewer"], "boss": "admin"},
            "scope": {"pv": "viewer"},
        },
    }
}
ORIGINS: Origins = AccessSettings.model_validate(WRITTEN).origins()


def test_roles_are_written_for_everywhere_or_by_team() -> None:
    assert pairs_of(("viewer",)) == (("", "viewer"),)
    both = pairs_of({"everywhere": ("viewer",), "db": ("editor",)})
    assert both == (("", "viewer"), ("db", "editor"))


def test_groups_of_a_chat_give_roles_and_say_which_group_it_was() -> None:
    assert groups_roles(ORIGINS, "slack", ["SRE"]) == {("", "responder"): "@sre"}
    assert groups_roles(ORIGINS, "slack", ["dba", "other"]) == {("db", "editor"): "@dba"}
    assert groups_roles(ORIGINS, "discord", ["sre"]) == {}


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"realm_access": {"roles": ["ops", "x"]}}, {("", "viewer"): "realm_access.roles=ops"}),
        ({"realm_access.roles": "boss"}, {("", "admin"): "realm_access.roles=boss"}),
        ({"realm_access": {"roles": "my boss"}}, {}),
        ({"realm_access": ["boss"]}, {}),
        ({"realm_access": {"roles": [{"name": "boss"}, 7, None]}}, {}),
        ({"scope": "openid pv"}, {("", "viewer"): "scope=pv"}),
        ({}, {}),
    ],
)
def test_claims_of_a_sign_in_give_roles(claims: dict[str, object], found: object) -> None:
    assert claims_roles(ORIGINS, claims) == found
