"""Grafana OnCall (public API v1): users, teams, schedules with their shifts and swaps, escalation
chains, notification rules, integrations and routes."""

from __future__ import annotations

from bot.imports.base import Asked, Imported, Names, handle_of, person, pick
from bot.imports.bundle import Bundle, Shape
from bot.imports.contacts import Contacts
from bot.imports.oncall import chains, routes, schedules
from bot.imports.records import Record

TITLE = "Grafana OnCall"
FILES = """\
One JSON file a listing of the public API (header `Authorization: <API key>`; lists come in pages:
save each page, ?page=2 …, under any name with the listing's in it):
  GET /api/v1/users/                                     users.json
  GET /api/v1/teams/                                     teams.json
  GET /api/v1/schedules/                                 schedules.json
  GET /api/v1/on_call_shifts/                            on_call_shifts.json
  GET /api/v1/shift_swaps/                               shift_swaps.json
  GET /api/v1/escalation_chains/                         escalation_chains.json
  GET /api/v1/escalation_policies/                       escalation_policies.json
  GET /api/v1/personal_notification_rules/               personal_notification_rules.json
  GET /api/v1/integrations/                              integrations.json
  GET /api/v1/routes/                                    routes.json
  GET /api/v1/slack_channels/, /api/v1/user_groups/      slack_channels.json, user_groups.json
  GET /api/v1/schedules/<id>/final_shifts?start_date=…&end_date=…
                                                         final_shifts_<id>.json
Or one JSON object with these names as keys. With final_shifts the comparison holds against what
OnCall itself says."""

SHAPE = Shape(
    kinds={
        "users": ("username", "email"),
        "teams": ("grafana_id", "name", "avatar_url"),
        "on_call_shifts": ("type", "start", "duration"),
        "schedules": ("name", "on_call_now"),
        "shift_swaps": ("swap_start", "swap_end"),
        "escalation_policies": ("escalation_chain_id", "type", "position"),
        "personal_notification_rules": ("user_id", "type", "important"),
        "routes": ("integration_id", "escalation_chain_id"),
        "integrations": ("default_route", "type"),
        "escalation_chains": (),
        "slack_channels": ("slack_id",),
        "user_groups": (),
        "webhooks": (),
        "final_shifts": ("user_pk", "shift_start"),
    },
    around=("results",),
    aliases={"shifts": "on_call_shifts", "swaps": "shift_swaps", "actions": "webhooks"},
    owned=frozenset(("final_shifts",)),
    aside=frozenset(("next", "previous")),
)

_ROLES = {"admin": "admin", "observer": "viewer", "viewer": "viewer", "none": "viewer"}
_VIA = {
    "notify_by_slack": "slack",
    "notify_by_sms": "sms",
    "notify_by_phone_call": "voice",
    "notify_by_email": "email",
    "notify_by_telegram": "telegram",
    "notify_by_msteams": "Teams",
    "notify_by_mobile_app": "push",
    "notify_by_mobile_app_critical": "push",
}
_WAIT = 5


def read(bundle: Bundle, asked: Asked) -> Imported:
    """The settings an OnCall export amounts to."""
    found = Imported(TITLE)
    people = _people(bundle, found)
    teams = _teams(bundle, found, people)
    rotas = schedules.read(bundle, found, people, asked)
    policies = chains.read(bundle, found, people, teams, rotas)
    routes.read(bundle, found, policies, teams)
    return found


def _people(bundle: Bundle, found: Imported) -> dict[str, str]:
    """Handles by OnCall's ids."""
    names, handles = Names("user"), {}
    for key, user in bundle.by_id("users").items():
        login, email = user.maybe("username"), user.maybe("email")
        name = user.maybe("name") or login or email or key
        handle = handles[key] = handle_of(names, email, login, key)
        slack = user.get("slack")
        account = None
        if isinstance(slack, list) and slack:
            account = user.records("slack")[0].maybe("user_id")
        elif isinstance(slack, dict):
            account = Record(slack, user.file, f"{user.place}.slack").maybe("user_id")
        role = pick(_ROLES, user.maybe("role"), "responder")
        written = person(found, name, email, user.maybe("timezone"), role, account)
        _rules(bundle, found, key, handle, written)
        found.people[handle] = written
        found.origins["people", handle] = f"{TITLE} user {name} ({key})"
        if user.get("is_phone_number_verified") is True:
            found.left_out(f"the phone number of {name}", "OnCall's API does not tell it")
    return handles


def _rules(
    bundle: Bundle, found: Imported, key: str, handle: str, written: dict[str, object]
) -> None:
    """Notify and wait in order: each rule comes after the waits before it."""
    contacts = Contacts(found, handle, written)
    for important in (False, True):
        after = 0
        mine = [
            rule
            for rule in bundle["personal_notification_rules"]
            if rule.ref("user_id") == key and rule.flag("important") is important
        ]
        for rule in sorted(mine, key=lambda r: r.number("position", 0)):
            kind = rule.maybe("type") or ""
            if kind == "wait":
                seconds = rule.number("duration", _WAIT * 60)
                after += max(round(seconds / 60), 1)
            else:
                contacts.rule(after, _VIA.get(kind, kind), important=important)
    contacts.finish()


def _teams(bundle: Bundle, found: Imported, people: dict[str, str]) -> dict[str, str]:
    names, teams = Names("team"), {}
    users = bundle.by_id("users")
    for key, team in bundle.by_id("teams").items():
        title = team.maybe("name") or key
        teams[key] = name = names.of(title)
        members = [people[u] for u, user in users.items() if key in user.ids("teams")]
        if not members:
            found.left_out(f"the members of team {name}", "no user of the export is in it")
        found.teams[name] = {"members": members}
        found.origins["teams", name] = f"{TITLE} team {title} ({key})"
    return teams
