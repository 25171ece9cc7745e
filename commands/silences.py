"""Silences by what they hide: made after a preview, listed, extended, ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from commands import hiding, hushed, outlook
from commands.about import ACT, open_one
from commands.context import Ctx, Done, Offer, View
from commands.errors import Conflict, Invalid, NotFound
from commands.oncall import zone_of
from commands.outlook import never
from commands.queries import READ
from commands.quiet import FOR_HOW_LONG, UNTIL, not_too_long, silence_it, silent_until, until
from commands.registry import Button, arg, command, query
from commands.rules import silencing as rules
from commands.rules.filters import BadFilter
from commands.rules.silencing import Matcher
from commands.rules.when import length_of
from commands.told import Told
from commands.words import IN_MONITOR, count, local, surface_name
from store import silences
from store.db import Tx
from store.model import DAY, HOUR, Incident, Instant, Listing
from store.model.silence import Silence, SilenceState

ABOUT = hiding.KIND
EXAMPLE = "silence host=staging-2 for 3h load test"
_NUMBER = re.compile(r"^(?:#|\S*/i/)?(\d{1,15})$")
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Silences:
    """Arguments of ``silence``."""

    incident: int | None = arg("incident", "The incident whose alerts are silenced.", default=None)
    what: str = arg(
        "filter", "Or what is silenced: host=staging-2, team:db, service=checkout-*.",
        default="", only_if="alone", label="What",
    )  # fmt: skip
    until: str = arg("when", FOR_HOW_LONG, choices=UNTIL)
    text: str = arg("text", "Why; a silence by a filter needs a reason.", default="")
    no_preview: bool = arg("flag", "At once, without a preview.", default=False, only_if="alone")


@command(
    "silence",
    group="incident",
    permission=ACT,
    args=Silences,
    example=EXAMPLE,
    buttons=(Button("Silence…", "more", ()),),
    begins="silence-form",
)
def silence(ctx: Ctx, args: Silences) -> Done:
    """Silence an incident's alerts, or all that fits: it is counted and pages nobody until then."""
    named = _NUMBER.match(args.what)
    number = int(named[1]) if named else args.incident
    if args.what and named is None:
        matcher = read(args.what, "what")
        at = silent_until(ctx, args.until)
        drafted, first = draft(ctx, matcher, at, args.text)
        if args.no_preview:
            return started(ctx, drafted)
        offers = (Offer("Silence it", f"cmd:silence-start:{drafted.id}:1"),)
        return Done(first, aloud=True, offers=offers, asks=True)
    if number is None:
        raise Invalid(f"Say what: an incident's number or a filter. {EXAMPLE}", "what")
    incident = open_one(ctx, number, "silence")
    return silence_it(ctx, incident, silent_until(ctx, args.until), args.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Arguments of ``silence-form``."""

    incident: int | None = arg("incident", "The incident whose alerts are silenced.", default=None)
    what: str = arg("filter", "Or what is silenced.", default="")


@query(
    "silence-form", group="incident", permission=READ, args=Begun, listed=False,
    example="silence-form host=staging-2",
)  # fmt: skip
async def silence_form(view: View, args: Begun) -> Told:
    """What the form of silence begins with: what a filter would hide."""
    if not args.what or _NUMBER.match(args.what):
        return Told(("Say what: an incident's number or a filter.",))
    try:
        matcher = rules.read(args.what)
    except BadFilter as error:
        return Told((str(error),), {"hints": {"what": str(error)}})
    ahead = await view.read(lambda tx: outlook.look(tx, view.now, matcher, view.now + HOUR))
    said = f"This {ahead.said}, {never(matcher)}."
    return Told((said,), {"hints": {"what": said}})


def read(text: str, where: str) -> Matcher:
    """What the words of a silence mean; Invalid says what to type instead."""
    try:
        return rules.read(text)
    except BadFilter as error:
        raise Invalid(str(error), where) from None


def draft(ctx: Ctx, matcher: Matcher, at: Instant, text: str) -> tuple[Silence, str]:
    """A silence that hides nothing yet, and what it would do."""
    if not text.strip():
        raise Invalid(f"Say why: others will ask. {EXAMPLE}", "text")
    silences.forget_drafts(ctx.tx, ctx.now)
    found = outlook.look(ctx.seen, ctx.now, matcher, at)
    made = Silence(
        silences.number(ctx.tx), str(matcher), at, ctx.now, by=ctx.actor.id,
        text=" ".join(text.split())[:300], state=SilenceState.DRAFT, week=found.week,
    )  # fmt: skip
    places = hiding.channels(ctx.definitions, made, found.routes, ctx.actor.id)
    made = replace(made, posts=tuple(places))
    silences.add(ctx.tx, made)
    when = _local(ctx, at)
    lines = [f"{made.what} until {when} {found.said}, {never(matcher)}."]
    lines += filter(None, (outlook.warning(matcher, found), found.hint))
    lines.append(f"Nothing is silenced yet. Go on: silence-start {made.id}")
    return made, "\n".join(lines)


def started(ctx: Ctx, drafted: Silence) -> Done:
    """A draft that holds from now on."""
    on = hiding.begin(ctx, drafted)
    places = " and ".join(dict.fromkeys(p.partition(":")[2] for p in on.posts))
    where = f" Its card is in {places}." if places else ""
    say = f"Silence {on.id} holds until {_local(ctx, on.until)}."
    hides = f" It hides {count(on.hid, 'incident')} now, {never(rules.read(on.what))}."
    stop = Offer("End now", f"cmd:silence-end:{on.id}:{on.rev}")
    return Done(f"{say}{hides}{where}", aloud=True, offers=(stop,))


def _local(ctx: Ctx, at: Instant) -> str:
    person = ctx.definitions.people.get(ctx.actor.id)
    return ctx.said(local(at, person.zone if person else "UTC", ctx.now), at)


@dataclass(frozen=True, slots=True)
class OneSilence:
    """Arguments of what is done about one silence."""

    silence: int = arg("noun", "The number of a silence, as silences lists it.")


def _fetch(ctx: Ctx, number: int) -> Silence:
    found = silences.get(ctx.tx, number, for_change=True)
    if found is None:
        raise NotFound(f"There is no silence {number}. Those there are: silences")
    return found


def _holding(ctx: Ctx, number: int) -> Silence:
    """A silence that can be changed."""
    found = _fetch(ctx, number)
    if found.state is SilenceState.DRAFT:
        raise Conflict(f"Silence {number} has not begun. Begin it: silence-start {number}")
    if not found.in_force(ctx.now):
        by = f" {ctx.name_of(found.ended_by)} ended it." if found.ended_by else ""
        raise Conflict(f"Silence {number} is over.{by}")
    return found


@dataclass(frozen=True, slots=True)
class OneDraft:
    """Arguments of ``silence-start``."""

    silence: int = arg("noun", "The number of a silence that was shown.", default=0)


@command(
    "silence-start",
    group="ops",
    permission=ACT,
    args=OneDraft,
    example="silence-start 17",
    about=ABOUT,
    listed=False,
    buttons=(Button("Silence it", "more", ()),),
)
def start(ctx: Ctx, args: OneDraft) -> Done:
    """Let a silence begin that was only shown so far."""
    found = _fetch(ctx, args.silence)
    if found.state is not SilenceState.DRAFT:
        raise Conflict(f"Silence {found.id} has begun already.")
    if found.created_at < ctx.now - DAY or found.until <= ctx.now:
        raise Conflict("That preview is too old. Type the silence once more.")
    return started(ctx, replace(found, by=ctx.actor.id))


@dataclass(frozen=True, slots=True)
class Longer:
    """Arguments of ``silence-extend``."""

    silence: int = arg("noun", "The number of a silence, as silences lists it.")
    until: str = arg("when", "How much longer, or until when: 2h, mon 09:00.", choices=UNTIL)


@command(
    "silence-extend",
    group="ops",
    permission=ACT,
    args=Longer,
    example="silence-extend 17 2h",
    about=ABOUT,
    buttons=(Button("Extend…", "more", ()),),
)
def extend(ctx: Ctx, args: Longer) -> Done:
    """Let a silence last longer: a length counts from its end."""
    found = _holding(ctx, args.silence)
    length = length_of(args.until.strip().casefold().removeprefix("for ").strip())
    at = not_too_long(ctx, found.until + length if length else until(ctx, args.until))
    if at <= found.until:
        ends = _local(ctx, found.until)
        raise Invalid(f"It lasts until {ends} already. End it: silence-end {found.id}", "until")
    longer = hiding.lengthen(ctx, found, at)
    return Done(f"Silence {longer.id} lasts until {_local(ctx, at)}.", aloud=ctx.rev is None)


@command(
    "silence-end",
    group="ops",
    permission=ACT,
    args=OneSilence,
    example="silence-end 17",
    about=ABOUT,
    buttons=(Button("End now", "more", (), asks=True),),
)
def end(ctx: Ctx, args: OneSilence) -> Done:
    """End a silence now: what it hid and still fires asks at once."""
    over = hiding.end(ctx, _holding(ctx, args.silence))
    say = f"Silence {over.id} is over: what it hid and still fires asks at once."
    return Done(say, aloud=ctx.rev is None)


# ---- looking ------------------------------------------------------------------------------------


def hides(tx: Tx, one: Silence) -> list[Incident]:
    """The open incidents that a silence hides."""
    if not one.in_force(one.until - 1):
        return []
    return [i for i in _hidden(tx) if _is_hidden(i, one)]


def _hidden(tx: Tx) -> Iterator[Incident]:
    """Every incident whose silence has yet to end."""
    after = 0
    while page := silences.hidden_after(tx, after, _MOST):
        yield from page
        after = page[-1].id
        if len(page) < _MOST:
            break


def _is_hidden(incident: Incident, one: Silence) -> bool:
    if not incident.silenced_until or incident.resolved_at is not None:
        return False
    return incident.id == one.of if one.of else incident.hush == one.hush


@query(
    "silence-show",
    group="ops",
    permission=READ,
    args=OneSilence,
    example="silence-show 17",
    about=ABOUT,
    buttons=(Button("Show what it hides", "more", ()),),
)
async def show(view: View, args: OneSilence) -> Listing:
    """The incidents that a silence hides now."""

    def gather(tx: Tx) -> list[Incident]:
        found = silences.get(tx, args.silence)
        if found is None:
            raise NotFound(f"There is no silence {args.silence}. Those there are: silences")
        return hides(tx, found)

    found = await view.read(gather)
    return Listing(tuple(reversed(found)), total=len(found))


@dataclass(frozen=True, slots=True)
class Nothing:
    """No arguments."""


@query("silences", group="ops", permission=READ, args=Nothing, example="silences")
async def silences_(view: View, args: Nothing) -> Told:
    """What is silenced, until when, by whom and why, and how much it hides now."""

    def gather(tx: Tx) -> tuple[list[tuple[Silence, int]], list[hushed.Seen]]:
        holding = silences.holding(tx, view.now)
        hidden = list(_hidden(tx)) if holding else []
        many = [(s, sum(_is_hidden(i, s) for i in hidden)) for s in holding]
        return many, hushed.standing(tx, view.now)

    found, there = await view.read(gather)
    zone = zone_of(view)
    lines = [_line(view, one, many, zone) for one, many in found]
    for each in there:
        by = f" by {each.by}" if each.by else ""
        why = f': "{each.text}"' if each.text else ""
        when = local(each.until, zone, view.now)
        where = surface_name(f"{IN_MONITOR}{each.monitor}")
        lines.append(f"#{each.incident} in {where} until {when}{by}{why}; it ends there")
    if not lines:
        lines = ["Nothing is silenced."]
    return Told(tuple(lines), {"silences": [_facts(one, many) for one, many in found]})


def _line(view: View, one: Silence, many: int, zone: str) -> str:
    what = one.what or f"the alerts of #{one.of}"
    by = view.definitions.name_of(one.by)
    why = f': "{one.text}"' if one.text else ""
    until = local(one.until, zone, view.now)
    rest = f"hides {many} now, {never(rules.read(one.what))}" if one.what else f"hides {many} now"
    return f"{one.id}: {what} until {until}, by {by}{why}; {rest}"


def _facts(one: Silence, many: int) -> dict[str, object]:
    return {
        "id": one.id, "what": one.what, "incident": one.of, "until_at": one.until,
        "created_at": one.created_at, "by": one.by, "reason": one.text, "hides": many,
    }  # fmt: skip
