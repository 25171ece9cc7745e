"""PagerDuty (REST API v2): users, teams, schedules, escalation policies and services."""

from __future__ import annotations

from bot.imports.base import Asked, Imported, Names, handle_of, person, pick
from bot.imports.bundle import Bundle, Shape
from bot.imports.contacts import Contacts
from bot.imports.pagerduty import policies, schedules
from bot.imports.records import Record

TITLE = "PagerDuty"
FILES = """\
One JSON file a listing of the REST API v2 (header `Authorization: Token token=…`,
`Accept: application/vnd.pagerduty+json;version=2`, add `limit=100&offset=…` for further pages):
  GET /users?include[]=contact_methods&include[]=notification_rules   users.json
  GET /teams                                                          teams.json
  GET /teams/<id>/members                                             members_<id>.json
  GET /schedules/<id>?since=…&until=…, each one                       schedule_<id>.json
  GET /schedules/<id>/overrides?since=…&until=…                       overrides_<id>.json
  GET /escalation_policies                                            escalation_policies.json
  GET /services                                                       services.json
With since and until over the days to compare, each schedule brings PagerDuty's own final schedule,
and the comparison holds against that."""

SHAPE = Shape(
    kinds={
        "escalation_policies": ("escalation_rules",),
        "schedules": ("schedule_layers",),
        "services": ("escalation_policy", "alert_creation"),
        "overrides": (),
        "members": (),
        "users": ("email", "role"),
        "teams": (),
        "contact_methods": (),
        "notification_rules": (),
    },
    aliases={
        "schedule": "schedules",
        "user": "users",
        "team": "teams",
        "service": "services",
        "escalation_policy": "escalation_policies",
    },
    owned=frozenset(("overrides", "members", "contact_methods", "notification_rules")),
)

_ROLES = {
    "owner": "admin",
    "admin": "admin",
    "global_admin": "admin",
    "observer": "viewer",
    "read_only_user": "viewer",
    "read_only_limited_user": "viewer",
    "restricted_access": "viewer",
}
_VIA = {
    "email_contact_method": "email",
    "email_contact_method_reference": "email",
    "sms_contact_method": "sms",
    "sms_contact_method_reference": "sms",
    "phone_contact_method": "voice",
    "phone_contact_method_reference": "voice",
    "push_notification_contact_method": "push",
    "push_notification_contact_method_reference": "push",
}


def read(bundle: Bundle, asked: Asked) -> Imported:
    """The settings a PagerDuty export amounts to."""
    found = Imported(TITLE)
    people = _people(bundle, found)
    teams = _teams(bundle, found, people)
    named = schedules.read(bundle, found, people, asked)
    policies.read(bundle, found, people, named, teams)
    return found


def _people(bundle: Bundle, found: Imported) -> dict[str, str]:
    """Handles by PagerDuty's ids."""
    names, handles = Names("user"), {}
    for key, user in bundle.by_id("users").items():
        name = user.maybe("name") or user.maybe("summary") or key
        email = user.maybe("email")
        handle = handles[key] = handle_of(names, email, None, name)
        role = pick(_ROLES, user.maybe("role"), "responder")
        written = person(found, name, email, user.maybe("time_zone"), role)
        contacts = Contacts(found, handle, written)
        methods = [*user.records("contact_methods"), *bundle.owned("contact_methods", key)]
        for method in methods:
            via = _VIA.get(kind := method.maybe("type") or "")
            address = method.maybe("address")
            if via in ("sms", "voice") and address:
                address = f"+{method.number('country_code', 1)}{address.lstrip('+')}"
            contacts.has(method.maybe("id"), via or kind, address)
        rules = [*user.records("notification_rules"), *bundle.owned("notification_rules", key)]
        for rule in sorted(rules, key=lambda r: r.number("start_delay_in_minutes", 0)):
            _rule(found, name, contacts, rule)
        contacts.finish()
        found.people[handle] = written
        found.origins["people", handle] = f"{TITLE} user {name} ({key})"
    return handles


def _rule(found: Imported, name: str, contacts: Contacts, rule: Record) -> None:
    method = rule.record("contact_method")
    if method is None:
        return
    via = _VIA.get(method.maybe("type") or "", method.maybe("type") or "")
    if rule.maybe("urgency") == "low":
        found.left_out(f"the low-urgency rules of {name}", "those of high urgency are used")
    else:
        contacts.rule(rule.number("start_delay_in_minutes", 0), via)


def _teams(bundle: Bundle, found: Imported, people: dict[str, str]) -> dict[str, str]:
    """Teams by PagerDuty's ids, with the members that users or listings name."""
    names, teams = Names("team"), {}
    members: dict[str, list[str]] = {}
    leads: dict[str, str] = {}
    for key, user in bundle.by_id("users").items():
        for team in user.records("teams"):
            members.setdefault(team.text("id"), []).append(people[key])
    for member in bundle["members"]:
        handle = people.get(member.ref("user") or "")
        if handle is None:
            continue
        listed = members.setdefault(member.owner, [])
        if handle not in listed:
            listed.append(handle)
        if member.maybe("role") == "manager":
            leads.setdefault(member.owner, handle)
    for key, team in bundle.by_id("teams").items():
        name = team.maybe("name") or team.maybe("summary") or key
        teams[key] = slugged = names.of(name)
        written: dict[str, object] = {"members": members.get(key, [])}
        if key in leads:
            written["lead"] = leads[key]
        if not members.get(key):
            found.left_out(f"the members of team {slugged}", "the export names none")
        found.teams[slugged] = written
        found.origins["teams", slugged] = f"{TITLE} team {name} ({key})"
    return teams
