"""What people ask: show, list, why, help; each reads a snapshot and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from commands import what_changed
from commands.context import View
from commands.errors import Invalid, NotFound
from commands.registry import CATALOG, arg, query
from store import alerts, incidents, paged, timeline
from store.db import Tx
from store.incidents import Wanted
from store.model import Incident, IncidentDetail, Listing, Severity

READ = "incident.read"
EVERY = ("new", "acknowledged", "resolved")


@dataclass(frozen=True, slots=True)
class Show:
    """Arguments of ``show``."""

    incident: int = arg("incident", "The incident's number, such as 1842.")


def detail(tx: Tx, incident_id: int) -> IncidentDetail | None:
    """Everything one incident page shows."""
    found = incidents.get(tx, incident_id)
    if found is None:
        return None
    last, seen = incidents.earlier(tx, found)
    return IncidentDetail(
        found,
        tuple(alerts.of_incident(tx, incident_id)),
        tuple(timeline.of_incident(tx, incident_id)),
        tuple(paged.pages(tx, incident_id)),
        last,
        seen,
        what_changed.before(tx, found),
    )


def brief(tx: Tx, incident_id: int) -> IncidentDetail | None:
    """What cards, pages and thread notes show: the worst alerts, and what happened but for the
    alerts' own lines."""
    found = incidents.get(tx, incident_id)
    if found is None:
        return None
    last, seen = incidents.earlier(tx, found)
    return IncidentDetail(
        found,
        tuple(alerts.of_incident(tx, incident_id, 40)),
        tuple(timeline.of_people(tx, incident_id)),
        tuple(paged.pages(tx, incident_id)),
        last,
        seen,
        what_changed.before(tx, found),
    )


@query("show", group="incident", permission=READ, args=Show, example="show 1842")
async def show(view: View, args: Show) -> IncidentDetail:
    """Show one incident: its card, alerts, timeline and pages."""
    found = await view.read(lambda tx: detail(tx, args.incident))
    if found is None:
        raise NotFound(f"There is no incident #{args.incident}.")
    return found


@dataclass(frozen=True, slots=True)
class List:
    """Arguments of ``list``; several values are separated by commas."""

    filter: str = arg("text", "Words: critical, nobody, mine, team db, host=db-3 …", default="")
    status: str = arg("words", "open, triggered, acknowledged, resolved or all.", default="open")
    severity: str = arg("words", "critical, error, warning, info.", default="")
    source: str = arg("words", "Names of intake sources.", default="")
    type: str = arg("words", "host, service, metric …", default="")
    tag: str = arg("words", "Tags; all must be there.", default="")
    label: str = arg("words", "Labels as name=value; all must be there.", default="")
    q: str = arg("text", "Words in title, value, service or resource.", default="")
    team: str = arg("words", "Teams.", default="")
    who: str = arg("words", "nobody, me, or a person.", default="")
    limit: int = arg("number", "How many, up to 1000.", default=100)
    cursor: str = arg("words", "Where the page before ended.", default="")


_STATUSES = {
    "open": ("triggered", "acknowledged"),
    "all": (),
    "triggered": ("triggered",),
    "acknowledged": ("acknowledged",),
    "resolved": ("resolved",),
    "new": ("triggered",),
}


@query("list", group="incident", permission=READ, args=List, example="list critical nobody team db")
async def list_(view: View, args: List) -> Listing:
    """List incidents, newest first: open ones unless you say otherwise."""
    args = understood(args)
    wanted, check = _wanted(view, args)
    limit = max(1, min(args.limit, 1000))
    found: list[Incident] = []
    before = wanted.before
    while len(found) <= limit:
        page = await view.read(lambda tx, b=before: incidents.page(tx, _from(wanted, b), 500))  # type: ignore[misc]
        found += [i for i in page if check(i)]
        if len(page) < 500:
            break
        before = page[-1].id
    more = str(found[limit - 1].id) if len(found) > limit else None
    return Listing(tuple(found[:limit]), more)


def understood(args: List) -> List:
    """``filter`` words as the fields they mean; the rest are words to look for."""
    words = args.filter.split()
    while words:
        word = words.pop(0)
        if word in [str(s) for s in Severity]:
            args = replace(args, severity=f"{args.severity},{word}".strip(","))
        elif word in _STATUSES:
            args = replace(args, status=word)
        elif word in ("nobody", "mine", "me"):
            args = replace(args, who="me" if word == "mine" else word)
        elif word == "team" and words:
            args = replace(args, team=words.pop(0))
        elif word == "tag" and words:
            args = replace(args, tag=f"{args.tag},{words.pop(0)}".strip(","))
        elif word == "source" and words:
            args = replace(args, source=words.pop(0))
        elif word == "type" and words:
            args = replace(args, type=words.pop(0))
        elif "=" in word:
            args = replace(args, label=f"{args.label},{word}".strip(","))
        else:
            args = replace(args, q=f"{args.q} {word}".strip())
    return replace(args, filter="")


def _csv(text: str) -> tuple[str, ...]:
    return tuple(t.strip() for t in text.split(",") if t.strip())


def _from(wanted: Wanted, before: int | None) -> Wanted:
    return replace(wanted, before=before)


def _wanted(view: View, args: List) -> tuple[Wanted, Any]:
    if args.status not in _STATUSES:
        raise Invalid(
            f"{args.status} is not a status: open, triggered, acknowledged, resolved, all.",
            "status",
        )
    severities = _csv(args.severity)
    for s in severities:
        if s not in [str(x) for x in Severity]:
            raise Invalid(f"{s} is not a severity: critical, error, warning, info.", "severity")
    labels = [_pair(text) for text in _csv(args.label)]
    tags = _csv(args.tag)
    indexed = [(k, v) for k, v in labels if k in view.rules.indexed_labels]
    wanted = Wanted(
        statuses=_STATUSES[args.status],
        severities=severities,
        sources=_csv(args.source),
        types=_csv(args.type),
        teams=_csv(args.team),
        nobody=args.who == "nobody",
        holder=_holder(view, args.who),
        indexed=(*indexed, *(("tag", t.casefold()) for t in tags)),
        before=_cursor(args.cursor),
    )
    rest = [(k, v) for k, v in labels if k not in view.rules.indexed_labels]
    words = args.q.casefold().split()

    def check(i: Incident) -> bool:
        if any(i.labels.get(k) != v for k, v in rest):
            return False
        text = " ".join(
            (
                f"#{i.id}",
                i.title,
                i.value,
                i.service or "",
                i.resource or "",
                *i.labels.values(),
                *i.tags,
            )
        )
        return all(w in text.casefold() for w in words)

    return wanted, check


def _pair(text: str) -> tuple[str, str]:
    name, eq, value = text.partition("=")
    if not eq or not name:
        raise Invalid(f"{text} is not a label: write name=value.", "label")
    return name, value


def _holder(view: View, who: str) -> str | None:
    if who in ("", "nobody"):
        return None
    return view.actor.id if who == "me" else who.removeprefix("@")


def _cursor(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise Invalid("The cursor is not one of ours.", "cursor")
    return int(text)


@dataclass(frozen=True, slots=True)
class Help:
    """Arguments of ``help``."""

    verb: str = arg("words", "A command.", default="")


@query("help", group="incident", permission=READ, args=Help, example="help resolve")
async def help_(view: View, args: Help) -> list[str]:
    """What you can do here, and how to write it."""
    if args.verb:
        verb = CATALOG.get(args.verb)
        if verb is None:
            raise NotFound(f"No command {args.verb}.")
        fields = [f"{f.name}: {f.help}{'' if f.required else ' (optional)'}" for f in verb.fields]
        return [verb.help, f"Example: {verb.example or verb.name}", *fields]
    mine = (await list_(view, List(who="me", limit=3))).incidents
    first = " · ".join(f"#{i.id} {i.title}" for i in mine)
    names = [v.name for v in CATALOG.values() if v.group in ("incident", "oncall") and v.listed]
    lines = [f"Yours and open: {first}." if first else "Nothing open is yours."]
    lines.append("Try: " + " · ".join(names))
    rest = [v.name for v in CATALOG.values() if v.group in ("ops", "admin") and v.listed]
    lines += [f"Operations and administration: {' · '.join(rest)}"] if rest else []
    lines += [
        f"{CATALOG[n].example}: {CATALOG[n].help}" for n in ("ack", "resolve", "assign", "note")
    ]
    return [*lines, "More: help <command>"]
