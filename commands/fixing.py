"""What a person does about an alert that flaps or is noise: silence until it is calm, a rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from commands import calming
from commands.about import ACT, done, incident_arg, open_one
from commands.context import Ctx, Done, View
from commands.defining import WRITE, Edit, edit
from commands.errors import Conflict, Invalid, NotFound
from commands.queries import READ, Show
from commands.registry import Button, arg, command, query
from commands.rules import filters
from commands.told import Told
from store import incidents
from store.db import Tx
from store.model import DAY, MINUTE, Incident, IncidentStatus, Instant

FLAPPING = "flapping"
"""The state of a card that offers these."""
CALM = (
    ("15", "15 minutes"),
    ("30", "30 minutes"),
    ("60", "1 hour"),
    ("240", "4 hours"),
)
HOW = (
    ("delay", "Page later: only what still fires after some minutes"),
    ("hours", "Page in working hours only: what comes at night pages in the morning"),
    ("group", "Group: one incident for each host, or another label"),
    ("quiet", "Keep it quiet: no card, no page"),
)
_MOST = 2_000
_WEEK = 7 * DAY
_NUMBER = re.compile(r"(?<![\w.-])\d[\d.,]*")
_MARKS = re.compile(r"[?\[\],]")
_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Calm:
    """Arguments of ``calm``."""

    incident: int = incident_arg()
    stays: str = arg("choice", "How long it must stay as it is.", choices=CALM, default="15")
    text: str = arg("text", "Why.", default="")


@command(
    "calm", group="incident", permission=ACT, args=Calm, example="calm 1822 30",
    buttons=(Button("Silence until it is calm…", FLAPPING, (FLAPPING,), order=0),),
)  # fmt: skip
def calm(ctx: Ctx, args: Calm) -> Done:
    """Ask nobody about an incident that flaps until it stays as it is for so long."""
    incident = open_one(ctx, args.incident, "silence")
    if incident.flapping_since is None:
        raise Conflict(f"#{incident.id} does not flap. To silence it: silence {incident.id} 1h")
    if args.stays not in dict(CALM):
        ways = ", ".join(value for value, _ in CALM)
        raise Invalid(f"{args.stays} is none of the minutes: {ways}.", "stays")
    say = f"{ctx.actor.name} silenced it until it is calm for {args.stays} min. {args.text}".strip()
    ctx.tell(incident.id, "calm", say)
    changed = calming.wait_longer(ctx, replace(incident, calm=int(args.stays)))
    return done(changed, f"#{incident.id} is silenced until it is calm.")


@dataclass(frozen=True, slots=True)
class Fix:
    """Arguments of ``fix``."""

    incident: int = incident_arg()
    how: str = arg("choice", "What to do about alerts like it.", choices=HOW)
    minutes: int = arg("number", "For a delay: after how many minutes it pages.", default=5)
    by: str = arg("words", "For a group: the label that makes one incident.", default="host")
    match: str = arg("words", "Which alerts: a filter; those like this one.", default="")


@command(
    "fix", group="admin", permission=WRITE, args=Fix, example="fix 1822 delay",
    buttons=(Button("Fix the rule…", FLAPPING, (FLAPPING,), order=1),), begins="fix-form",
)  # fmt: skip
def fix(ctx: Ctx, args: Fix) -> Done:
    """Make an alert rule for alerts like those of an incident: later, by day, grouped, quiet."""
    incident = incidents.get(ctx.tx, args.incident)
    if incident is None:
        raise Invalid(f"There is no incident #{args.incident}.", "incident")
    match = args.match.strip() or like(incident)
    text = f"match: '{match.replace(chr(39), chr(39) * 2)}'\n{_effect(ctx, args)}\n"
    name = name_of(incident, args.how)
    said = edit(ctx, Edit("rule", name, text))
    return Done(f"{said.say}\nIt fits {match}. {_saved(ctx, match, args)}", aloud=True)


def _effect(ctx: Ctx, args: Fix) -> str:
    if args.how == "hours":
        person = ctx.definitions.people.get(ctx.actor.id)
        zone = person.zone if person is not None else "UTC"
        days = "[mon, tue, wed, thu, fri]"
        return f'hours: {{zone: {zone}, days: {days}, start: "09:00", end: "17:00"}}'
    if args.how == "delay":
        if not 1 <= args.minutes <= 1440:
            raise Invalid("A delay is 1 to 1440 minutes.", "minutes")
        return f"delay: {args.minutes}"
    if args.how == "group":
        names = [n for n in re.split(r"[,\s]+", args.by) if n]
        if not names or not all(re.fullmatch(r"[\w.|/-]+", n) for n in names):
            raise Invalid("Name the label that makes one incident: host.", "by")
        return f"group_by: [{', '.join(names)}]\ngroup_window: 30"
    if args.how == "quiet":
        return "quiet: true"
    raise Invalid(f"{args.how} is not a way: {', '.join(value for value, _ in HOW)}.", "how")


def like(incident: Incident) -> str:
    """The filter for alerts like those of an incident: of its source, by the name of the alert, or
    by the title with other numbers."""
    terms = [filters.Term("source", (_glob(incident.source),))]
    if alertname := incident.labels.get("alertname"):
        terms.append(filters.Term("alertname", (_glob(alertname),)))
    else:
        terms.append(filters.Term("title", (_NUMBER.sub("*", _glob(incident.title)),)))
    return str(filters.Filter(tuple(terms)))


def name_of(incident: Incident, how: str) -> str:
    """The name of the rule that is made for alerts like those of an incident."""
    return f"{_slug(incident)}-{how}"


def _glob(text: str) -> str:
    """A value as a glob for itself: what would mean something else stands for any one letter."""
    return _MARKS.sub("?", " ".join(text.split()))


def _slug(incident: Incident) -> str:
    words = incident.labels.get("alertname") or incident.title
    return _NAME.sub("-", _NUMBER.sub("", words).casefold()).strip("-")[:40].strip("-") or "alert"


def _saved(ctx: Ctx, match: str, args: Fix) -> str:
    """What it would have saved in the last week, as far as that is easily known."""
    fits = _week(ctx.seen, ctx.now, match)
    paged = [i for i in fits if i.paged]
    if args.how == "delay":
        return f"In the last 7 days {_waited(paged, args.minutes)}."
    return f"In the last 7 days there were {len(fits)} like it, {len(paged)} of them paged people."


def _week(tx: Tx, now: Instant, match: str) -> list[Incident]:
    wanted, since = filters.read(match), now - _WEEK
    week = incidents.page(tx, incidents.Wanted(), _MOST)
    return [i for i in week if i.opened_at >= since and wanted.fits(filters.of_incident(i))]


def _waited(paged: list[Incident], minutes: int) -> str:
    soon = [i for i in paged if _over_within(i, minutes * MINUTE)]
    return f"{len(soon)} of {len(paged)} like it would have paged nobody"


def _over_within(incident: Incident, wait: int) -> bool:
    over = incident.status is IncidentStatus.RESOLVED and incident.resolved_by is None
    return over and (incident.resolved_at or 0) - incident.opened_at <= wait


@query("fix-form", group="admin", permission=READ, args=Show, listed=False, example="fix-form 1842")
async def fix_form(view: View, args: Show) -> Told:
    """What the form of fix begins with: which alerts are like this one, and what would be saved."""

    def look(tx: Tx) -> tuple[str, list[Incident]]:
        found = incidents.get(tx, args.incident)
        if found is None:
            raise NotFound(f"There is no incident #{args.incident}.")
        match = like(found)
        return match, _week(tx, view.now, match)

    match, fits = await view.read(look)
    paged = [i for i in fits if i.paged]
    hints = {
        "match": f"{len(fits)} in the last 7 days; {len(paged)} of them paged people.",
        "minutes": f"For a delay. With 5 min {_waited(paged, 5)} in the last 7 days.",
    }
    return Told((f"{match}: {hints['match']}",), {"values": {"match": match}, "hints": hints})
