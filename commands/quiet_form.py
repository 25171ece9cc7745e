"""The form behind "Snooze or silence…" on an incident's card: this one, its alerts, or all that is
like it."""

from __future__ import annotations

from dataclasses import dataclass

from commands import outlook, quiet
from commands.about import ACT, NEW, TAKEN, incident_arg, open_one
from commands.context import Ctx, Done, View
from commands.errors import Invalid, NotFound
from commands.outlook import Outlook
from commands.queries import READ, Show
from commands.quiet import FOR_HOW_LONG, UNTIL
from commands.registry import Button, arg, command, query
from commands.rules import filters
from commands.rules import silencing as rules
from commands.rules.filters import BadFilter
from commands.rules.silencing import CRITICAL, Matcher
from commands.silences import draft, read, started
from commands.told import Told
from store import incidents
from store.db import Tx
from store.model import HOUR, Incident, Severity

SNOOZE, ALERTS, MATCHING = "snooze", "alerts", "matching"
HOW = (
    (SNOOZE, "Snooze this incident"),
    (ALERTS, "Silence its alerts"),
    (MATCHING, "Silence what matches"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Arguments of ``quiet``."""

    incident: int = incident_arg()
    how: str = arg("choice", "What should be quiet.", choices=HOW, default=SNOOZE)
    until: str = arg("when", FOR_HOW_LONG, choices=UNTIL)
    matcher: str = arg("words", "To silence what matches: host=db-3, team:db …", default="")
    text: str = arg("text", "Why; needed to silence what matches.", default="")
    critical: str = arg("words", "Type critical to hide criticals too.", default="")


@command(
    "quiet",
    group="incident",
    permission=ACT,
    args=Quiet,
    example="quiet 1842 snooze 2h",
    listed=False,
    buttons=(Button("Snooze or silence…", "more", (NEW, TAKEN), order=2),),
    begins="quiet-form",
)
def quiet_(ctx: Ctx, args: Quiet) -> Done:
    """Not now: snooze an incident, silence its alerts, or silence all that is like it."""
    incident = open_one(ctx, args.incident, "silence")
    if args.how == SNOOZE:
        return quiet.sleep(ctx, incident, quiet.until(ctx, args.until), args.text)
    at = quiet.silent_until(ctx, args.until)
    if args.how == ALERTS:
        return quiet.silence_it(ctx, incident, at, args.text)
    if args.how != MATCHING:
        raise Invalid(f"{args.how} is none of them: {', '.join(v for v, _ in HOW)}.", "how")
    matcher = _matcher(args)
    _fits(ctx, incident, matcher)
    return started(ctx, draft(ctx, matcher, at, args.text)[0])


def _matcher(args: Quiet) -> Matcher:
    if not args.matcher.strip():
        raise Invalid("Say what: host=staging-2, service=checkout, team:db.", "matcher")
    word = args.critical.strip().casefold()
    if word not in ("", CRITICAL):
        raise Invalid("Type critical to hide criticals too, or leave it empty.", "critical")
    return read(f"{args.matcher} {word}", "matcher")


def _fits(ctx: Ctx, incident: Incident, matcher: Matcher) -> None:
    """Whoever silences a critical incident and all like it means it too."""
    if incident.severity is not Severity.CRITICAL or matcher.with_criticals:
        return
    if matcher.filter.fits(filters.of_incident(incident)):
        say = f"#{incident.id} is critical and would page on. Type critical to include it."
        raise Invalid(say, "critical")


@query(
    "quiet-form", group="incident", permission=READ, args=Show, listed=False,
    example="quiet-form 1842",
)  # fmt: skip
async def quiet_form(view: View, args: Show) -> Told:
    """What the form of quiet begins with: what is like this incident, and what that would hide."""

    def gather(tx: Tx) -> tuple[str, Outlook | None, Matcher | None]:
        found = incidents.get(tx, args.incident)
        if found is None:
            raise NotFound(f"There is no incident #{args.incident}.")
        text = rules.of_labels(found.labels, found.service, found.resource)
        try:
            matcher = rules.read(text)
        except BadFilter:
            return "", None, None
        ahead = outlook.look(tx, view.now, matcher, view.now + HOUR)
        return text, ahead, matcher

    text, ahead, matcher = await view.read(gather)
    if ahead is None or matcher is None:
        return Told(("Nothing else is like it.",))
    hints = {"matcher": f"This {ahead.said}, {outlook.never(matcher)}."}
    if ahead.criticals:
        many = (
            "1 critical fits and pages"
            if ahead.criticals == 1
            else (f"{ahead.criticals} criticals fit and page")
        )
        hints["critical"] = f"{many} on. Type critical to hide criticals too."
    return Told((f"{text}: {hints['matcher']}",), {"values": {"matcher": text}, "hints": hints})
