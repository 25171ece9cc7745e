"""Home: what is mine now as a neutral page, for a chat that gives each person one of their own."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import words
from bot.cards.address import http
from bot.cards.buttons import token
from bot.cards.model import Press, Span, Spans
from bot.cards.page import Entry, Page, Part
from bot.cards.view import own, separated, strange, when
from bot.tokens import run_token
from commands.errors import CommandError
from commands.me import cover_words
from commands.mine import Mine, Reach, Turn
from commands.rota import say
from commands.rota.covering import WAITING
from commands.rules.range import zone_word
from store.model import DAY, Definitions, Incident, IncidentStatus, Instant
from store.model.cover import Cover
from store.model.oncall import Schedule, Shift
from store.page_tests import PATIENCE

_TITLE, _TROUBLE = 70, 100
_NO_END = 190 * DAY


def page(found: Mine, known: Definitions, url: str, surface: str = "") -> Page:
    """The Home of a person; ``surface`` is the chat it is shown in."""
    base = url.rstrip("/")
    return Page(
        lead=_lead(found),
        actions=(
            Press("Declare…", token("declare", 0, 0), says="Declare an incident"),
            Press("Cover…", token("cover", 0, 0), says="Ask for cover of a shift of yours"),
            Press("Test my pages", token("test-page", 0, 0), says="Ring every contact of yours"),
        ),
        parts=tuple(p for p in _parts(found, known, base) if p.entries),
        last=_last(base),
    )  # fmt: skip


def stranger(link: str | None, ask: tuple[str, ...], url: str) -> Page:
    """The Home of an account that belongs to nobody here: how it can be linked."""
    lines: list[Spans] = [
        (own("I don't know you yet.", bold=True),),
        (own("Link this account to see what is yours, and to be paged and act here."),),
    ]
    if where := http(link) if link else None:
        lines.append((Span("Link my account", url=where),))
    if ask:
        able = strange(words.join(ask[:3], "or"), 120)
        lines.append((own("Or ask "), able, own(" to add you.")))
    return Page(tuple(lines), last=_last(url.rstrip("/")), still=True)


def refused(error: CommandError, url: str) -> Page:
    """The Home of somebody who may not look."""
    return Page(((strange(error.error, 300),),), last=_last(url.rstrip("/")))


def _last(base: str) -> Spans:
    console, me = http(f"{base}/"), http(f"{base}/me")
    links = [
        (Span(name, url=to),) for name, to in (("Console", console), ("My contacts", me)) if to
    ]
    return separated([*links])


def _lead(found: Mine) -> tuple[Spans, ...]:
    """What somebody wants to know first: am I on call, is something mine."""
    on = found.on
    if not on:
        return ((own("You are not on call now.", bold=True),),)
    parts: list[Spans] = []
    for turn in on[:3]:
        end = next((end for each, end in turn.on if each.person == found.person.handle), None)
        parts.append((strange(turn.what, 60), *_until(end, found)))
    more = (own(f", and {len(on) - 3} more"),) if len(on) > 3 else ()
    return ((own("You are on call for ", bold=True), *separated(parts), *more, own(".")),)


def _parts(found: Mine, known: Definitions, base: str) -> Iterator[Part]:
    yield Part("Now yours", tuple(_incidents(found, base)))
    yield Part("On call now", tuple(_turn(t, found, known) for t in found.duties))
    yield Part(f"Your shifts, {zone_word(found.person.zone)} time", tuple(_shifts(found)))
    yield Part("Covers wanted", tuple(_cover(c, found, known) for c in found.covers))
    yield Part("How you are reached", tuple(_reached(found)))


# ---- incidents ---------------------------------------------------------------------------------


def _incidents(found: Mine, base: str) -> Iterator[Entry]:
    if not found.incidents:
        yield Entry((own("Nothing open is yours."),))
    for one in found.incidents:
        yield Entry(_incident(one, found, base), tuple(_next(one, found.person.handle)))
    if found.more:
        where = http(f"{base}/?filter=who%3Dme")
        rest = (Span("All of them", url=where),) if where else ()
        yield Entry(separated([(own(f"{found.more} more"),), rest]))


def _incident(one: Incident, found: Mine, base: str) -> Spans:
    """``🔴 #1842 Disk 94 % full on db-3 · you have it since 03:12``."""
    title = Span(words.title(one.title, _TITLE), url=f"{base}/i/{one.id}", own=False)
    head: Spans = (own(f"{words.GLYPH[one.severity]} "), own(f"#{one.id} ", bold=True), title)
    if one.holder == found.person.handle:
        since = one.holder_since
        at = (own(" since "), _at(since, found)) if since is not None else ()
        return separated([head, (own("you have it"), *at)])
    return separated([head, (own("you are asked", bold=True),)])


def _next(one: Incident, me: str) -> Iterator[Press]:
    """What can be done at once: take it, or what its holder does."""

    def press(label: str, verb: str) -> Press:
        says = words.cut(f"{label.rstrip('…')} incident {one.id}, {words.clean(one.title)}", 75)
        return Press(label, token(verb, one.id, one.rev), says=says)

    if one.status is IncidentStatus.TRIGGERED:
        yield press("Acknowledge", "ack")
        return
    yield press("Note…", "note")
    yield press("Assign…", "assign")
    yield press("Resolve…", "resolve")
    if one.holder == me:
        yield press("Give back", "unack")
    yield press("Show", "show")


# ---- on call -----------------------------------------------------------------------------------


def _turn(turn: Turn, found: Mine, known: Definitions) -> Entry:
    who: list[Spans] = []
    for on, end in turn.on:
        you = on.person == found.person.handle
        name = "you" if you else known.name_of(on.person)
        who.append((strange(name, 60, bold=you), *_until(end, found)))
    said = separated(who, ", ") if who else (own("⚠️ nobody"),)
    return Entry((strange(turn.what, 70), own(": "), *said))


def _shifts(found: Mine) -> Iterator[Entry]:
    if not found.shifts and not found.on:
        yield Entry((own("No shift of yours is in sight."),))
    for schedule, shift in found.shifts:
        yield Entry(_shift(schedule, shift, found))


def _shift(schedule: Schedule, shift: Shift, found: Mine) -> Spans:
    """``primary · Mon 30 Nov 08:00 – Mon 7 Dec 08:00``, on the person's own clock."""
    zone, now = found.person.zone, found.now
    endless = shift.end - max(shift.start, now) >= _NO_END
    begin, end = (_far(at, zone) for at in (shift.start, shift.end))
    if shift.start <= now:
        said = "now, with no end in sight" if endless else f"now, until {end}"
    else:
        said = f"from {begin} on" if endless else say.span(shift.start, shift.end, zone, now)
    return separated([(strange(schedule.name, 60, bold=True),), (own(said),)])


def _until(end: Instant | None, found: Mine) -> Spans:
    return (own(" until "), _at(end, found)) if end is not None else ()


def _at(at: Instant, found: Mine) -> Span:
    """An instant: in the reader's own clock where it is near, else with the day, on the clock that
    the person is known to live by."""
    if words.is_far(at, found.now):
        return own(words.date(at, found.person.zone))
    return when(at, found.now)


def _far(at: Instant, zone: str) -> str:
    return words.date(at, zone).rpartition(" ")[0]


def _cover(cover: Cover, found: Mine, known: Definitions) -> Entry:
    said = strange(cover_words(cover, known, found.person.zone, found.now), 160)
    why = (strange(f'"{cover.reason}"', 60),) if cover.reason else ()
    return Entry(separated([(own("🔄 "), said), why]), tuple(_answers(cover, found)))


def _answers(cover: Cover, found: Mine) -> Iterator[Press]:
    def press(label: str, verb: str) -> Press:
        says = words.cut(f"{label.rstrip('…')}, cover request {cover.id}", 75)
        return Press(label, token(verb, cover.id, cover.rev), says=says)

    if cover.person == found.person.handle and cover.asked != found.person.handle:
        yield press("Withdraw", "withdraw")
    elif cover.state is WAITING or cover.back is not None:
        yield press("Agree", "agree")
        yield press("Decline", "decline")
    else:
        yield press("Take it", "take")
        yield press("Take part…", "part")
        yield press("Not me", "no-cover")


# ---- contacts ----------------------------------------------------------------------------------


def _reached(found: Mine) -> Iterator[Entry]:
    if not found.reach:
        yield Entry((own("⚠️ No contact of yours is known, so nobody can page you."),))
    for reach in found.reach:
        test = run_token("test-page", {"via": reach.via})
        presses = (Press("Test", test, says=f"Test {reach.name}"),) if test else ()
        yield Entry(_contact(reach, found), presses)
    for rule in found.rules:
        yield Entry((own("Pages come: " if rule is found.rules[0] else ""), strange(rule, 300)))
    for quiet in found.quiet:
        said = strange(f"Quiet hours {quiet}", 200)
        yield Entry((said, own("; critical never waits")))


def _contact(reach: Reach, found: Mine) -> Spans:
    """``SMS · +49 170 1234567 · worked 09:12``."""
    address = (strange(reach.address, 80),) if reach.address else ()
    if reach.trouble:
        how: Spans = (own("⚠️ "), strange(reach.trouble, _TROUBLE))
    elif reach.rang_at is not None:
        waits = found.now < reach.rang_at + PATIENCE
        how = (
            own("rang "),
            _at(reach.rang_at, found),
            own(", no answer yet" if waits else ", no answer"),
        )
    elif reach.worked_at is not None:
        how = (own("✅ worked "), _at(reach.worked_at, found))
    else:
        how = (own("never tested"),)
    return separated([(own(reach.name, bold=True),), address, how])
