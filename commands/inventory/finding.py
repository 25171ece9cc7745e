"""Findings are taken in as they are told, and found in measures and tags; people put them off, say
that they are not theirs, or make a ticket of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from commands import notices
from commands.automation.offers import HTTP
from commands.context import Ctx, Done
from commands.errors import Invalid, NotFound
from commands.registry import Button, arg, command
from commands.rules.cost import money
from commands.rules.findings import Group, called, canonical, groups, merged, place_of
from commands.rules.inventory import belonging
from commands.rules.when import BadTime, read_when
from commands.words import date
from store import errands
from store.clock import iso
from store.db import Tx
from store.inventory import findings as rows
from store.inventory import resources, series
from store.inventory.findings import Told
from store.model import DAY, Instant
from store.model.finding import FindingState, Found, Merged, Place
from store.model.known import Known
from store.model.resource import Finding, Resource

Read = Callable[[Callable[[Tx], Any]], Awaitable[Any]]
ABOUT, TICKET = "saving", "ticket"
ACT = "incident.act"
SNOOZE = 30 * DAY
WEEK = 7 * DAY
_LONGEST = 400 * DAY
_CARDS = 6
"""So many weeks back a card of the same is drawn anew."""


def found(
    ctx: Ctx, source: str, part: str, findings: Sequence[Finding], complete: bool = False
) -> tuple[int, int]:
    """Write what a part found; with ``complete`` what it does not name is gone. How many are new,
    and how many went."""
    marks = series.marks(ctx.tx, {one.resource for one in findings})
    known = resources.many(ctx.tx, {number for number, _ in marks.values()})
    told = [
        Told(canonical(one.rule), one, _place(ctx, source, known.get(marks[one.resource][0])
             if one.resource in marks else None))
        for one in findings
    ]  # fmt: skip
    return rows.put(ctx.tx, source, part, told, ctx.now, complete=complete)


def swept(ctx: Ctx, source: str, part: str, keys: Iterable[str]) -> int:
    """A part was told whole; what has none of these keys is gone. How many went."""
    return rows.sweep(ctx.tx, source, part, keys, ctx.now)


async def everything(read: Read) -> list[Found]:
    """All that was found and is there still, some at a time."""
    there: list[Found] = []
    while True:
        after = there[-1].number if there else 0
        some = await read(lambda tx, a=after: rows.page(tx, a))  # type: ignore[misc]
        there += some
        if len(some) < rows.PAGE:
            return there


def _place(ctx: Ctx, source: str, known: Known | None) -> Place:
    if known is None:
        nothing = belonging(Resource("", "other", ""), ctx.rules.inventory, source)
        return Place(team=nothing.team, environment=nothing.environment)
    r, b = known.resource, known.belongs
    return Place(
        known.id, r.name, r.kind, r.type, r.region, r.account, b.team, b.owner, b.environment
    )


# which are meant


def group_of(tx: Tx, one: Found) -> Group:
    """Everything that is dealt with together with a finding, itself among it."""
    there = rows.there(tx, rule=one.rule, source=one.source)
    keys = {f.finding.resource for f in there if place_of(f) == place_of(one)}
    others = rows.about(tx, {*keys, one.finding.resource})
    there += [f for f in others if f.rule == one.rule and f.source != one.source]
    everywhere = merged([*there, *([one] if one.gone_at is not None else [])])
    like = [m for m in everywhere if place_of(m.first) == place_of(one) or one.number in m.numbers]
    return groups([replace(m, first=_there(m, one)) for m in like])[0]


def _there(m: Merged, one: Found) -> Found:
    """Told by two sources, it stands where it was asked for."""
    return one if one.number in m.numbers and m.first.source != one.source else m.first


def meant(tx: Tx, number: int, whole: bool) -> list[Found]:
    """The rows that a word about a finding is for: its own, and with ``whole`` those of its group
    that are there."""
    one = rows.get(tx, number)
    if one is None:
        raise NotFound(f"There is no finding {number}. All that there are: findings.")
    group = group_of(tx, one)
    mine = [m for m in group.found if whole or number in m.numbers]
    some = (rows.get(tx, n) for m in mine for n in m.numbers)
    return [f for f in some if f is not None]


def named(found: Sequence[Found]) -> str:
    """``7 unattached disks``, or what the only one says."""
    many = merged(found)
    return _title(many[0]) if len(many) == 1 else called(found[0].rule, len(many))


def _said(ctx: Ctx, found: Iterable[Found]) -> None:
    """Cards of all of it are drawn anew."""
    this = ctx.now // WEEK
    numbers = {group_of(ctx.tx, f).number for f in found}
    for number in numbers:
        for week in range(this - _CARDS, this + 1):
            notices.stale(ctx, f"{ABOUT}:{number}.{week}")


# words about them


@dataclass(frozen=True, slots=True)
class Snooze:
    """Arguments of ``snooze-finding``."""

    finding: int = arg("noun", "The number of a finding.")
    until: str = arg("when", "Until when: 30d, monday, 2027-01-10.", default="30d")
    whole: bool = arg("flag", "Everything of the same kind, source, region and team.",
                      default=False)  # fmt: skip


@command(
    "snooze-finding", group="infra", permission=ACT, args=Snooze, example="snooze-finding 17 30d",
    about=ABOUT, buttons=(Button("Snooze", "", ()),),
)  # fmt: skip
def snooze(ctx: Ctx, args: Snooze) -> Done:
    """Say nothing of a finding for a while."""
    person = ctx.definitions.people.get(ctx.actor.id)
    zone = person.zone if person else "UTC"
    try:
        until = read_when(args.until, ctx.now, zone)
    except BadTime as error:
        raise Invalid(str(error), "until") from None
    if not ctx.now < until <= ctx.now + _LONGEST:
        raise Invalid("A time to come, within a year.", "until")
    some = _mark(ctx, args.finding, args.whole, FindingState.SNOOZED, until=until)
    say = f"Nothing is said of {named(some)} until {ctx.said(date(until, zone), until)}."
    ctx.did("snooze-finding", say)
    return Done(say, aloud=True)


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Arguments of ``dismiss-finding``."""

    finding: int = arg("noun", "The number of a finding.")
    reason: str = arg("text", "Why: kept on purpose, another team's …", default="")
    whole: bool = arg("flag", "Everything of the same kind, source, region and team.",
                      default=False)  # fmt: skip


@command(
    "dismiss-finding", group="infra", permission=ACT, args=Dismiss,
    example="dismiss-finding 17 kept for the audit", about=ABOUT,
    buttons=(Button("Not ours…", "", ()),),
)  # fmt: skip
def dismiss(ctx: Ctx, args: Dismiss) -> Done:
    """Say that a finding is not yours, or meant to be so; it does not come again."""
    reason = args.reason.strip()[:500]
    some = _mark(ctx, args.finding, args.whole, FindingState.DISMISSED, reason=reason)
    why = f": {reason}" if reason else ""
    say = f"{named(some)} will not be named again{why}. Undo: reopen-finding {args.finding}"
    ctx.did("dismiss-finding", say)
    return Done(say, aloud=True)


@dataclass(frozen=True, slots=True)
class About:
    """Arguments of ``reopen-finding`` and ``ticket-finding``."""

    finding: int = arg("noun", "The number of a finding.")
    whole: bool = arg("flag", "Everything of the same kind, source, region and team.",
                      default=False)  # fmt: skip


@command(
    "reopen-finding", group="infra", permission=ACT, args=About, example="reopen-finding 17",
    about=ABOUT, buttons=(Button("Reopen", "", ()),),
)  # fmt: skip
def reopen(ctx: Ctx, args: About) -> Done:
    """Name a finding again that was put off or dismissed."""
    some = _mark(ctx, args.finding, args.whole, FindingState.OPEN)
    say = f"{named(some)}: named again."
    ctx.did("reopen-finding", say)
    return Done(say, aloud=True)


def _mark(
    ctx: Ctx, number: int, whole: bool, state: FindingState, *, until: Instant | None = None,
    reason: str = "",
) -> list[Found]:  # fmt: skip
    some = meant(ctx.tx, number, whole)
    by = "" if state is FindingState.OPEN else ctx.actor.id
    reason = ctx.rules.redact(reason)
    for one in some:
        rows.save(ctx.tx, replace(one, state=state, until=until, by=by, reason=reason))
    _said(ctx, some)
    return some


# tickets


@command(
    "ticket-finding", group="infra", permission=ACT, args=About, example="ticket-finding 17",
    about=ABOUT, buttons=(Button("Ticket", "", ()),),
)  # fmt: skip
def ticket(ctx: Ctx, args: About) -> Done:
    """Make a ticket of a finding, by the action that inventory.tickets names."""
    action = ctx.rules.inventory.tickets
    posted = [one.name for one in ctx.rules.offers.via(HTTP)]
    if action not in posted:
        there = ", ".join(posted) or "none yet"
        raise Invalid(
            f"Where tickets go is not set: inventory.tickets names one of the actions ({there}).",
            "finding",
        )
    some = meant(ctx.tx, args.finding, args.whole)
    for one in some:
        rows.save(ctx.tx, replace(one, ticket=ctx.now))
    content = {"action": action, "finding": args.finding, "whole": args.whole,
               "by": ctx.name_of(ctx.actor.id)}  # fmt: skip
    errands.ask(ctx.tx, ctx.now, f"{TICKET}:{args.finding}", f"{action}:", content)
    _said(ctx, some)
    say = f"A ticket is made of {named(some)} by {action}."
    ctx.did("ticket-finding", say)
    return Done(say, aloud=True)


def ticket_text(tx: Tx, number: int, whole: bool, url: str) -> dict[str, Any] | None:
    """What a ticket says; None where nothing of it is there any more."""
    try:
        some = [f for f in meant(tx, number, whole) if f.gone_at is None]
    except NotFound:
        return None
    many = merged(some)
    if not many:
        return None
    group = groups(many)[0]
    worth = " + ".join(money(v, c) for c, v in group.savings.items())
    title = named(some) + (f" in {group.source} {group.region}".rstrip() if len(many) > 1 else "")
    lines = [f"- {line(m)}" for m in many[:100]]
    text = "\n".join((f"Saves {worth} a month." if worth else "", *lines)).strip()
    return {
        "finding": number, "title": title, "text": text, "team": group.team or None,
        "rule": group.rule, "source": group.source, "savings": dict(group.savings),
        "resources": [m.first.finding.resource for m in many[:100]],
        "since": iso(group.since), "url": f"{url.rstrip('/')}/findings",
    }  # fmt: skip


def line(one: Merged) -> str:
    """A finding in a line: what, what it is worth, by which figures."""
    worth = f" · {money(one.saving, one.currency)}/month" if one.saving > 0 else ""
    why = f" ({one.why})" if one.why else ""
    return f"{_title(one)}{worth}{why}"


def _title(one: Merged) -> str:
    """What was found, and at what where that is not said."""
    found, name = one.first.finding, one.first.place.name
    last = found.resource.replace(":", "/").rpartition("/")[2]
    named_ = not name or name in found.title or (last and last in found.title)
    return found.title if named_ else f"{name}: {found.title}"
