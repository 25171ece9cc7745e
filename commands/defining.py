"""People, teams, schedules, policies, routes, rules of alerts and of channels, made and changed by
people: tried before, put in force as a version, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from commands import calendars, defining_rights, posting_preview, rule_preview
from commands.context import Ctx, Done, Editor, View
from commands.errors import Conflict, Invalid, NotFound
from commands.oncall import both, zone_of
from commands.prove import contacts_of
from commands.registry import Button, arg, command, query
from commands.rules import preview
from commands.rules.references import users_of
from commands.told import Told
from commands.words import date
from store import definitions
from store.db import Tx
from store.definitions import Key, Row, Version
from store.model import DAY, Actor, Definitions

WRITE, READ = "config.write", "config.read"
KINDS = (
    ("person", "A person"),
    ("team", "A team"),
    ("schedule", "A schedule"),
    ("policy", "An escalation policy"),
    ("route", "A route"),
    ("rule", "An alert rule"),
    ("channel", "What a channel shows"),
    ("role", "A role"),
)
SECTIONS = {
    "person": "people",
    "team": "teams",
    "schedule": "schedules",
    "route": "routes",
    "policy": "policies",
    "rule": "rules",
    "channel": "channels",
    "role": "roles",
}
"""Kind → where the settings file has it."""
NAMED_WITHIN = ("route", "rule")
"""Kinds that stand in order and say their name themselves."""
AHEAD = 14 * DAY
MOST = 12
_TEMPLATES = {
    "person": "name: \nemail: \nzone: {zone}\nroles: [responder]\n",
    "team": "members: []\noncall: \nlead: \n",
    "schedule": (
        "zone: {zone}\nlayers:\n  - name: primary\n    start: 2026-01-05T09:00\n"
        "    rotation: {{kind: weekly, people: []}}\n"
    ),
    "policy": (
        "steps:\n  - {{targets: [oncall], delay: 5}}\n  - {{targets: [lead], delay: 5}}\n"
        "repeat: 2\nfallback: [team]\n"
    ),
    "route": "match: {{team: }}\nteam: \npolicy: \nchannels: []\n",
    "rule": "match: warning host=staging-*\ndelay: 5\n",
    "role": "permissions: [incident.read, self, action:*]\n",
    "channel": "severity: error\nevents: [opened, taken, escalated, resolved, notes, updates]\n",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """Arguments of ``edit``."""

    kind: str = arg("choice", "What it is.", choices=KINDS)
    name: str = arg("word", "Its name: a handle, a team, a rule …, slack:#ops.")
    text: str = arg("text", "What it says, as in pixelview.yaml.", label="Definition")


@dataclass(frozen=True, slots=True)
class Remove:
    """Arguments of ``remove``."""

    kind: str = arg("choice", "What it is.", choices=KINDS)
    name: str = arg("word", "Its name.")


@dataclass(frozen=True, slots=True)
class Revert:
    """Arguments of ``revert``."""

    version: int = arg("number", "The version to take back.")


@dataclass(frozen=True, slots=True)
class Versions:
    """Arguments of ``versions``."""


@dataclass(frozen=True, slots=True)
class Export:
    """Arguments of ``export``."""


def current(
    known: Definitions, given: Mapping[str, str], zone: str, actor: Actor
) -> dict[str, str]:
    """What a form for a change begins with: what people wrote, where the actor may read it, or
    how such a thing looks."""
    kind, name = given.get("kind", ""), given.get("name", "")
    reads = defining_rights.reads(known, actor, kind, name)
    written = known.written.get((kind, name)) if reads else None
    template = _TEMPLATES.get(kind, "")
    return {"text": written or template.format(zone=zone)}


def begun(known: Definitions, given: Mapping[str, str], zone: str, actor: Actor) -> dict[str, str]:
    """The same for ``edit``; Conflict for what the settings file says, before anybody types what
    will be refused."""
    key = given.get("kind", ""), given.get("name", "")
    if "text" not in given and key not in known.written and key in _names(known):
        raise Conflict(
            f"{key[0].capitalize()} {key[1]} comes from the settings file: change it there."
        )
    return current(known, given, zone, actor)


@command(
    "edit", group="admin", permission=WRITE, args=Edit, prefill=begun,
    example="edit team web members: [ana, omar]", buttons=(Button("Edit…", "", ()),),
)  # fmt: skip
def edit(ctx: Ctx, args: Edit) -> Done:
    """Make or change a person, team, schedule, policy, route, alert rule or rule of a channel."""
    row = _row(ctx.definitions, ctx.rules.editor, args)
    before = ctx.definitions
    there = (args.kind, args.name) in _names(before)
    version = ctx.define({(args.kind, args.name): row})
    spans = preview.turned(before, ctx.definitions, ctx.now, ctx.now + AHEAD)
    who = [ctx.name_of(h) for h in preview.touched(before, ctx.definitions, spans)]
    touches = f" It touches {_listed(who)}." if who else ""
    what = "changed" if there else "made"
    return Done(
        f"{args.kind.capitalize()} {args.name} is {what}, in force as version {version}.{touches}"
        f" To take it back: revert {version}",
        aloud=True,
    )


@command(
    "remove", group="admin", permission=WRITE, args=Remove, example="remove team web",
)  # fmt: skip
def remove(ctx: Ctx, args: Remove) -> Done:
    """Take a person, team, schedule, policy, route or rule out of the definitions."""
    _there(ctx.definitions, args.kind, args.name)
    ctx.may_define(args.kind, args.name)
    if used := users_of(ctx.definitions, args.kind, args.name):
        raise Conflict(f"{args.kind.capitalize()} {args.name} is used by {_listed(used)}.")
    _last_admin(ctx, args)
    version = ctx.define({(args.kind, args.name): None})
    return Done(
        f"{args.kind.capitalize()} {args.name} is gone as of version {version}."
        f" To take it back: revert {version}",
        aloud=True,
    )


def _last_admin(ctx: Ctx, args: Remove) -> None:
    admins = [p.handle for p in ctx.definitions.people.values() if "admin" in p.roles]
    if args.kind == "person" and admins == [args.name]:
        raise Conflict(f"{ctx.name_of(args.name)} is the only admin.")


@command("revert", group="admin", permission=WRITE, args=Revert, example="revert 12")
def revert(ctx: Ctx, args: Revert) -> Done:
    """Take a version of the definitions back, where nothing has changed the same since."""
    found = definitions.version(ctx.tx, args.version)
    if found is None:
        raise NotFound(f"There is no version {args.version}.")
    try:
        changes = definitions.undoing(ctx.tx, args.version)
    except ValueError as error:
        say = f"{str(error).capitalize()} changed again since, or the settings file owns it."
        raise Conflict(say) from None
    if not changes:
        raise Conflict(f"Version {args.version} changed nothing that can be taken back.")
    if gone := [key for key, row in changes.items() if row is None]:
        _unused(ctx.definitions, gone)
    version = ctx.define(changes)
    what = ", ".join(f"{kind} {name}" for kind, name in changes)
    said = f"{what[:1].upper()}{what[1:]} as before version {args.version} (now {version})."
    return Done(said, aloud=True)


def _unused(known: Definitions, gone: Iterable[Key]) -> None:
    for kind, name in gone:
        if used := users_of(known, kind, name):
            raise Conflict(f"{kind.capitalize()} {name} is used by {_listed(used)} by now.")


# ---- looking -----------------------------------------------------------------------------------


@query(
    "preview", group="admin", permission=READ, args=Edit, prefill=current, listed=False,
    example="preview team web members: [ana, omar]",
)  # fmt: skip
async def tried(view: View, args: Edit) -> Told:
    """What a change would do in the next 14 days, and whom it touches; nothing is changed."""
    row = _row(view.definitions, view.rules.editor, args)
    if args.kind == "rule":
        return await rule_preview.told(view, args.name, row)
    if args.kind == "channel":
        return await posting_preview.told(view, args.name, row)
    changes: dict[Key, Row | None] = {(args.kind, args.name): row}

    def load(tx: Tx) -> Definitions:
        return calendars.complete(tx, definitions.load(tx, changes=changes), view.now)

    after, before = await view.read(load), view.definitions
    spans = preview.turned(before, after, view.now, view.now + AHEAD)
    who = [after.name_of(h) for h in preview.touched(before, after, spans)]
    contacts = await contacts_of(view)
    holes = preview.new_holes(before, after, view.now, view.now + AHEAD, contacts)
    lines = [
        f"It touches {_listed(who)}." if who else "It touches nobody.",
        *_turns(view, before, after, spans),
        *(
            f"⚠️ Nobody would be asked by {h.place.policy.name} from {date(h.start, zone_of(view))}"
            f" to {date(h.end, zone_of(view))}: {'; '.join(h.why)}."
            for h in holes[:MOST]
        ),
    ]
    facts = {
        "touches": who,
        "holes": len(holes),
        "turns": [
            {"schedule": s.schedule, "start": s.start, "end": s.end, "before": list(s.before),
             "after": list(s.after)}
            for s in spans
        ],
    }  # fmt: skip
    return Told(tuple(lines), facts, not holes)


def _turns(
    view: View, before: Definitions, after: Definitions, spans: list[preview.Turned]
) -> Iterator[str]:
    if not spans:
        yield "Nobody's turns change in the next 14 days."
    zone = zone_of(view)
    for span in spans[:MOST]:
        schedule = after.schedules.get(span.schedule) or before.schedules[span.schedule]
        since, until = (both(at, zone, schedule.zone, view.now) for at in (span.start, span.end))
        was, now = _people(before, span.before), _people(after, span.after)
        yield f"{span.schedule}, {since} to {until}: {was} → {now}"
    if len(spans) > MOST:
        yield f"… and {len(spans) - MOST} more."


def _people(known: Definitions, handles: tuple[str, ...]) -> str:
    return ", ".join(map(known.name_of, handles)) or "nobody"


@query("versions", group="admin", permission=READ, args=Versions, example="versions")
async def latest(view: View, args: Versions) -> list[str]:
    """The latest versions of the definitions: when, by whom, what."""
    found = await view.read(definitions.versions)
    return [_version(view, v) for v in found] or ["There is no version yet."]


def _version(view: View, v: Version) -> str:
    what = _listed(v.changed) or "nothing"
    who = view.definitions.name_of(v.author)
    return f"{v.id} · {date(v.at, zone_of(view))} · {who} · {what}"


@query("export", group="admin", permission=READ, args=Export, audited=True, example="export")
async def exported(view: View, args: Export) -> list[str]:
    """What people defined beside the settings file, as YAML for it."""
    lines = []
    for kind, section in SECTIONS.items():
        mine = {name: text for (k, name), text in view.definitions.written.items() if k == kind}
        if mine:
            lines += [f"{section}:", *_section(kind, mine)]
    return lines or ["# Nothing is defined beside the settings file."]


def _section(kind: str, texts: Mapping[str, str]) -> Iterator[str]:
    for name, text in texts.items():
        key = f'"{name}"' if kind == "channel" else name
        yield f"  - name: {name}" if kind in NAMED_WITHIN else f"  {key}:"
        yield from (f"    {line}".rstrip() for line in text.splitlines())


# ---- the parts ---------------------------------------------------------------------------------


def _row(known: Definitions, editor: Editor | None, args: Edit) -> Row:
    if editor is None:
        raise Conflict("Definitions can't be edited here.")
    plain = args.name.replace("-", "").replace("_", "").replace(".", "").isalnum()
    if not plain and args.kind != "channel":
        raise Invalid(f"{args.name}: letters, digits, - _ and . make a name.", "name")
    row = editor.read(known, args.kind, args.name, args.text)
    if args.kind == "route":
        row["order"] = _order(known, args.name)
    elif args.kind == "rule":
        first = min(known.rule_orders.values(), default=1)
        row["order"] = known.rule_orders.get(args.name, first - 1)
    return row


def _order(known: Definitions, name: str) -> float:
    """A new route stands before the first that takes everything."""
    orders = known.route_orders
    if name in orders:
        return orders[name]
    last = next((orders[r.name] for r in known.routes if not r.match), None)
    return last - 0.5 if last is not None else max(orders.values(), default=0) + 1


def _names(known: Definitions) -> set[Key]:
    mapped = (("person", known.people), ("team", known.teams), ("policy", known.policies))
    found = {(kind, name) for kind, named in mapped for name in named}
    found |= {("schedule", name) for name in known.schedules}
    found |= {("rule", r.name) for r in known.alert_rules}
    found |= {("channel", c.name) for c in known.channels}
    found |= {("role", name) for name in known.roles}
    return found | {("route", r.name) for r in known.routes}


def _there(known: Definitions, kind: str, name: str) -> None:
    if (kind, name) not in _names(known):
        there = ", ".join(sorted(n for k, n in _names(known) if k == kind)) or "none yet"
        raise NotFound(f"There is no {kind} {name}. There are: {there}.")


def _listed(words: Iterable[str]) -> str:
    said = list(words) or [""]
    if len(said) > 10:
        said = [*said[:9], f"{len(said) - 9} more"]
    *first, last = said
    return f"{', '.join(first)} and {last}" if first else last
