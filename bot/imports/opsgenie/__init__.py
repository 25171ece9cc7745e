"""Opsgenie (REST API v2): users, teams with their routing rules, schedules, escalations."""

from __future__ import annotations

from bot.imports.base import Asked, Imported, Names, handle_of, person, pick
from bot.imports.bundle import Bundle, Shape
from bot.imports.contacts import Contacts
from bot.imports.opsgenie import escalations, routing, schedules
from bot.imports.records import Record

TITLE = "Opsgenie"
FILES = """\
One JSON file a listing of the REST API v2 (header `Authorization: GenieKey …`, add
`limit=100&offset=…` for further pages):
  GET /v2/users                                          users.json
  GET /v2/users/<id>/notification-rules/<rule>/steps     notification-rules_<user id>.json
      (of the rule whose actionType is create-alert)
  GET /v2/teams, and /v2/teams/<id>, each one            teams.json, team_<id>.json
  GET /v2/teams/<id>/routing-rules                       routing-rules_<team id>.json
  GET /v2/schedules?expand=rotation                      schedules.json
  GET /v2/schedules/<id>/overrides                       overrides_<id>.json
  GET /v2/schedules/<id>/timeline?interval=3&intervalUnit=months
                                                         timeline_<id>.json
  GET /v2/escalations                                    escalations.json
With timelines the comparison holds against what Opsgenie itself says."""

SHAPE = Shape(
    kinds={
        "users": ("username", "fullName"),
        "schedules": ("timezone", "enabled", "rotations"),
        "escalations": ("rules", "ownerTeam"),
        "overrides": ("alias", "user", "startDate"),
        "timeline": ("finalTimeline",),
        "notification_rules": ("contact", "sendAfter"),
        "routing_rules": ("criteria", "notify"),
        "teams": ("name", "members"),
        "services": (),
        "integrations": (),
    },
    around=("data",),
    aliases={
        "user": "users",
        "team": "teams",
        "schedule": "schedules",
        "escalation": "escalations",
        "timelines": "timeline",
    },
    owned=frozenset(("overrides", "timeline", "notification_rules", "routing_rules")),
    aside=frozenset(("paging",)),
)

_ROLES = {
    "owner": "admin",
    "admin": "admin",
    "observer": "viewer",
    "stakeholder": "viewer",
}
_VIA = {"email": "email", "sms": "sms", "voice": "voice", "mobile": "push"}
_UNITS = {"minutes": 1, "hours": 60, "days": 1440}


def read(bundle: Bundle, asked: Asked) -> Imported:
    """The settings an Opsgenie export amounts to."""
    found = Imported(TITLE)
    people = _people(bundle, found)
    teams = _teams(bundle, found, people)
    members = {key: found.teams[name]["members"] for key, name in teams.items()}
    rotas = schedules.read(bundle, found, people, members, asked)
    policies = escalations.read(bundle, found, people, teams, rotas)
    routing.read(bundle, found, teams, rotas, policies)
    for kind in ("services", "integrations"):
        for record in bundle[kind]:
            title = record.maybe("name") or record.maybe("id") or kind
            found.left_out(f"{kind[:-1]} {title}", "it has no settings that a route could follow")
    return found


def minutes(record: Record | None) -> int:
    """A duration such as ``{"timeAmount": 5, "timeUnit": "minutes"}``."""
    if record is None:
        return 0
    unit = record.maybe("timeUnit") or "minutes"
    if unit not in _UNITS:
        record.bad("timeUnit", f"{unit} is none of {', '.join(_UNITS)}")
    return record.number("timeAmount", 0) * _UNITS[unit]


def _people(bundle: Bundle, found: Imported) -> dict[str, str]:
    """Handles by Opsgenie's ids and, as it names people by them too, by their addresses."""
    names, handles = Names("user"), {}
    for key, user in bundle.by_id("users").items():
        login = user.maybe("username")
        name = user.maybe("fullName") or login or key
        handle = handle_of(names, login, None, name)
        handles[key] = handle
        if login:
            handles[login] = handle
        role = user.record("role")
        kind = (role.maybe("name") or role.maybe("id")) if role is not None else None
        zone = user.maybe("timeZone") or user.maybe("timezone")
        written = person(found, name, login, zone, pick(_ROLES, kind, "responder"))
        _rules(bundle, found, user, key, handle, written)
        if user.flag("blocked"):
            found.approximated(name, "was blocked there; is a person like others here")
        found.people[handle] = written
        found.origins["people", handle] = f"{TITLE} user {name} ({key})"
    return handles


def _rules(
    bundle: Bundle, found: Imported, user: Record, key: str, handle: str, written: dict[str, object]
) -> None:
    contacts = Contacts(found, handle, written)
    steps = [*user.records("notification_rules"), *bundle.owned("notification_rules", key)]
    for step in sorted(steps, key=lambda s: minutes(s.record("sendAfter"))):
        contact = step.record("contact")
        if contact is None:
            continue
        via = contact.maybe("method") or ""
        via = _VIA.get(via, via)
        address = contact.maybe("to")
        if via in ("sms", "voice") and address:
            address = f"+{address.replace('-', '').lstrip('+')}"
        contacts.has(None, via, address)
        if step.flag("enabled", True):
            contacts.rule(minutes(step.record("sendAfter")), via)
    contacts.finish()


def _teams(bundle: Bundle, found: Imported, people: dict[str, str]) -> dict[str, str]:
    """Teams by Opsgenie's ids and names; whoever administers one leads it."""
    names, teams = Names("team"), {}
    merged: dict[str, list[Record]] = {}
    for record in bundle["teams"]:
        merged.setdefault(record.text("id"), []).append(record)
    for key, records in merged.items():
        title = next((n for r in records if (n := r.maybe("name"))), key)
        teams[key] = name = names.of(title)
        members: list[str] = []
        lead = None
        for member in (m for r in records for m in r.records("members")):
            user = member.record("user")
            handle = people.get((user.maybe("id") or "") if user is not None else "")
            if handle is not None and handle not in members:
                members.append(handle)
                lead = lead or (handle if member.maybe("role") == "admin" else None)
        if not members:
            found.left_out(f"the members of team {name}", "none: fetch /v2/teams/<id> too")
        found.teams[name] = {"members": members, **({"lead": lead} if lead else {})}
        found.origins["teams", name] = f"{TITLE} team {title} ({key})"
    return teams
