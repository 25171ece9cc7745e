"""GoAlert (GraphQL API): users, rotations, schedules with overrides, escalation policies and
services."""

from __future__ import annotations

from bot.imports.base import Asked, Imported, Names, handle_of, person, pick
from bot.imports.bundle import Bundle, Shape
from bot.imports.contacts import Contacts
from bot.imports.goalert import policies, schedules
from bot.imports.records import Record

TITLE = "GoAlert"
FILES = """\
The answers of its GraphQL API (POST /api/graphql with an API key), saved as they come, in one file
or several (first: 150; ask again with after: pageInfo.endCursor where there is more):
  { users(first: 150) { nodes { id name email role
      contactMethods { id name type value disabled dest { type args } }
      notificationRules { delayMinutes contactMethodID } } } }
  { rotations(input: {first: 150}) { nodes { id name type start shiftLength timeZone
      activeUserIndex userIDs nextHandoffTimes(num: 1) } } }
  { schedules(input: {first: 150}) { nodes { id name timeZone
      targets { target { id type name } rules { start end weekdayFilter } }
      temporarySchedules { start end shifts { userID start end } }
      shifts(start: "…", end: "…") { userID start end truncated } } } }
  { userOverrides(input: {first: 150, start: "…", end: "…"}) { nodes {
      start end addUserID removeUserID target { id type } } } }
  { escalationPolicies(input: {first: 150}) { nodes { id name repeat
      steps { stepNumber delayMinutes multiAck actions { type args } } } } }
  { services(input: {first: 150}) { nodes { id name escalationPolicyID } } }
With shifts over the days to compare, the comparison holds against what GoAlert itself says."""

SHAPE = Shape(
    kinds={
        "users": ("email", "role"),
        "rotations": ("shiftLength", "type"),
        "schedules": ("timeZone", "targets"),
        "overrides": ("addUserID", "removeUserID"),
        "policies": ("steps", "repeat"),
        "services": ("escalationPolicyID",),
    },
    around=("data", "nodes"),
    aliases={
        "useroverrides": "overrides",
        "user_overrides": "overrides",
        "escalationpolicies": "policies",
        "escalation_policies": "policies",
        "escalationpolicy": "policies",
        "user": "users",
        "rotation": "rotations",
        "schedule": "schedules",
        "service": "services",
    },
    aside=frozenset(("extensions", "pageInfo")),
)

_VIA = {
    "builtin-twilio-sms": "sms",
    "builtin-twilio-voice": "voice",
    "builtin-smtp-email": "email",
    "builtin-slack-dm": "slack",
    "builtin-webhook": "webhook",
    "sms": "sms",
    "voice": "voice",
    "email": "email",
    "slack_dm": "slack",
    "webhook": "webhook",
}
_ADDRESSES = ("phone_number", "email_address", "slack_user_id")


def read(bundle: Bundle, asked: Asked) -> Imported:
    """The settings a GoAlert export amounts to."""
    found = Imported(TITLE)
    people = _people(bundle, found)
    rotas, rotations = schedules.read(bundle, found, people, asked)
    policies.read(bundle, found, people, rotas, rotations)
    return found


def _people(bundle: Bundle, found: Imported) -> dict[str, str]:
    """Handles by GoAlert's ids."""
    names, handles = Names("user"), {}
    for key, user in bundle.by_id("users").items():
        name, email = user.maybe("name") or key, user.maybe("email")
        handle = handles[key] = handle_of(names, email, None, name)
        role = pick({"admin": "admin"}, user.maybe("role"), "responder")
        written = person(found, name, email, None, role)
        contacts = Contacts(found, handle, written)
        for method in user.records("contactMethods"):
            via, address = _method(method)
            if method.flag("disabled"):
                found.left_out(f"a contact method of {name}", f"{via} is disabled there")
            else:
                contacts.has(method.maybe("id"), via, address)
        rules = user.records("notificationRules")
        for rule in sorted(rules, key=lambda r: r.number("delayMinutes", 0)):
            key_of = rule.maybe("contactMethodID") or rule.ref("contactMethod") or ""
            if key_of in contacts.methods:
                contacts.rule(rule.number("delayMinutes", 0), contacts.methods[key_of])
        contacts.finish()
        found.people[handle] = written
        found.origins["people", handle] = f"{TITLE} user {name} ({key})"
    return handles


def _method(method: Record) -> tuple[str, str | None]:
    """Channel and address; a webhook's address may hold a secret and is not looked at."""
    dest = method.record("dest")
    kind = (dest.maybe("type") if dest is not None else None) or method.maybe("type") or ""
    via = _VIA.get(kind.casefold(), kind)
    if via == "webhook":
        return via, None
    args = dest.record("args") if dest is not None else None
    if args is not None:
        return via, next((a for k in _ADDRESSES if (a := args.maybe(k))), None)
    return via, method.maybe("value")
