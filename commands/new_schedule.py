"""``new-schedule``: a schedule from a handful of words, in force at once, that a team asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from commands.about import find_person
from commands.context import Ctx, Done, Offer
from commands.errors import Conflict, Invalid
from commands.registry import Button, arg, command
from commands.rules.oncall.duty import on_schedule
from commands.words import date, moment
from store.definitions import is_of_file
from store.model import Person, Team

WRITE = "config.write"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = tuple((d, n) for d, n in zip(
    _DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    strict=True,
))  # fmt: skip
_CLOCK = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?")


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """Arguments of ``new-schedule``."""

    name: str = arg("word", "What it is called, such as db-primary.")
    people: str = arg("words", "Who takes turns, in this order: ana omar mei.")
    turns: str = arg(
        "choice", "How long a turn is.", default="weekly",
        choices=(("weekly", "A week"), ("daily", "A day")),
    )  # fmt: skip
    day: str = arg(
        "choice", "The day of the handoff, of turns of a week.", default="mon", choices=_DAY_NAMES
    )
    at: str = arg("named", "The time of the handoff, such as 09:00.", default="09:00")
    team: str = arg("named", "The team whose pages it takes; yours if left out.", default="")


@command(
    "new-schedule", group="oncall", permission=WRITE, args=NewSchedule,
    example="new-schedule db-primary ana omar weekly mon at=09:00 team=db",
    buttons=(Button("New schedule…", "", ()),),
)  # fmt: skip
def new_schedule(ctx: Ctx, args: NewSchedule) -> Done:
    """Make a schedule in which people take turns, and give it a team's pages."""
    known = ctx.definitions
    if args.name in known.schedules:
        raise Conflict(f"There is a schedule {args.name}. Change it: edit schedule {args.name}")
    if ctx.rules.editor is None:
        raise Conflict("Definitions can't be edited here.")
    people = _people(ctx, args.people)
    mine = known.people.get(ctx.actor.id) or people[0]
    text = _written(args, people, mine.zone, moment(ctx.now, mine.zone))
    version = ctx.define({
        ("schedule", args.name): ctx.rules.editor.read(known, "schedule", args.name, text)
    })  # fmt: skip
    held = _held_by(ctx, args)
    latest = ctx.definitions.version_id
    back = f"revert {version}" if latest == version else f"revert {latest}, then revert {version}"
    first = on_schedule(ctx.definitions, args.name, ctx.now)
    who = ctx.name_of(first[0].person) if first else "Nobody"
    return Done(
        f"Schedule {args.name}: {who} is on call now, then the next of {len(people)} every "
        f"{'week' if args.turns == 'weekly' else 'day'}, from {date(ctx.now, mine.zone)}.\n"
        f"{held} To take it back: {back}",
        aloud=True,
        offers=(Offer("Who is on call", "cmd:who:0:0"),),
    )


def _people(ctx: Ctx, text: str) -> list[Person]:
    found = [find_person(ctx, w.strip("@")) for w in text.replace(",", " ").split()]
    if not found:
        raise Invalid("Name at least one person: new-schedule db ana omar", "people")
    return list({p.handle: p for p in found}.values())


def _written(args: NewSchedule, people: list[Person], zone: str, now: datetime) -> str:
    """The schedule as the settings file would say it; its first turn began before now."""
    found = _CLOCK.fullmatch(args.at.strip())
    if found is None:
        raise Invalid(f"{args.at} is not a time. Try: 09:00", "at")
    start = now.replace(
        hour=int(found[1]), minute=int(found[2] or 0), second=0, microsecond=0, tzinfo=None
    )
    here = now.replace(tzinfo=None)
    if args.turns == "weekly":
        start -= timedelta(days=(start.weekday() - _DAYS.index(args.day)) % 7)
    if start > here:
        start -= timedelta(days=7 if args.turns == "weekly" else 1)
    turns = ", ".join(p.handle for p in people)
    return (
        f"zone: {zone}\nlayers:\n  - name: primary\n    start: {start:%Y-%m-%dT%H:%M}\n"
        f"    rotation: {{kind: {args.turns}, people: [{turns}]}}\n"
    )


def _held_by(ctx: Ctx, args: NewSchedule) -> str:
    """Have the team asked through it; in words whether it is."""
    team = _team(ctx, args.team)
    if team is None:
        return f"No team asks it yet: edit team <name> oncall: schedule:{args.name}."
    line = f"oncall: schedule:{args.name}"
    written = ctx.definitions.written.get(("team", team.name))
    if is_of_file(ctx.tx, "team", team.name) or (written or "").lstrip().startswith("{"):
        where = "pixelview.yaml" if written is None else f"edit team {team.name}"
        return f"Team {team.name} does not ask it yet: write {line} there ({where})."
    text = _block(team) if written is None else written
    kept = [each for each in text.splitlines() if not each.startswith("oncall:")]
    assert ctx.rules.editor is not None
    row = ctx.rules.editor.read(ctx.definitions, "team", team.name, "\n".join([*kept, line]))
    ctx.define({("team", team.name): row})
    return f"Team {team.name} is asked through it from now on."


def _team(ctx: Ctx, name: str) -> Team | None:
    teams = ctx.definitions.teams
    if name:
        if name not in teams:
            raise Invalid(f"There is no team {name}. There are: {', '.join(teams)}.", "team")
        return teams[name]
    mine = [t for t in teams.values() if ctx.actor.id in t.members]
    found = mine or list(teams.values())
    return found[0] if len(found) == 1 else None


def _block(team: Team) -> str:
    """A team that nobody wrote down yet, line by line."""
    lines = [f"members: [{', '.join(team.members)}]"]
    lines += [f"lead: {team.lead}"] if team.lead else []
    lines += [f"manager: {team.manager}"] if team.manager else []
    lines += [f"zone: {team.zone}"] if team.zone else []
    return "\n".join(lines)
