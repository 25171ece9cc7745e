"""The notification line: what a lock screen, a mail's subject and a push show of an incident."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import ruled, words
from bot.cards.model import Span, Spans
from bot.cards.view import View, own, strange, visible
from commands.words import duration
from store.model import MINUTE, Severity

LIMIT = 110
FIRST = 40
_WHERE = 20


def notification(view: View, *, to: str = "") -> Spans:
    """``glyph #id title · who · next``, at most 110 characters, what and where in the first 40.

    ``to`` is the handle of the only reader, who is then called you.
    """
    return _fit(_LINES.get(view.phase, _open)(view, to))


def what(view: View, glyph: str) -> Spans:
    """``🔴 #1842 Disk 94 % full on db-3``."""
    start = f"{glyph} #{view.incident.id} "
    return own(start), strange(_title(view, FIRST - len(start)), words.TITLE_SHORT)


def _title(view: View, room: int) -> str:
    """The title in 48, with where it is within the first ``room`` characters."""
    i = view.incident
    long = words.clean(i.title) or "(no title)"
    where = words.middle(words.clean(i.resource or i.service or ""), _WHERE)
    for short in (words.middle(long, words.TITLE_SHORT), words.middle(long, room)):
        if not where or words.mentions(short[:room], where):
            return short
    if len(long) + len(where) + 4 <= room:
        return f"{long} on {where}"
    return f"{where}: {words.middle(long, words.TITLE_SHORT - len(where) - 2)}"


def _open(view: View, to: str) -> Spans:
    glyph = words.GLYPH[view.incident.severity]
    return (*what(view, glyph), *_silent(view), *_who(view, to), *_next(view, to))


def _silent(view: View) -> Spans:
    """Who did not answer, or who escalated, once somebody else is asked."""
    if view.phase != "escalating":
        return ()
    before = [p.person for p in view.detail.pages if p.step < view.incident.step]
    silent = [p for p in dict.fromkeys(before) if p not in view.asked]
    if not silent:
        return ()
    if view.hurried_by:
        return own(" · "), strange(view.names(view.hurried_by), 24), own(" escalated")
    return own(" · "), strange(view.names(silent[-1]), 24), own(" did not answer")


def _who(view: View, to: str) -> Spans:
    if not view.asked:
        said = "nobody could be reached" if view.unreached else "nobody has it"
        return (own(f" · {said}"),)
    later = view.phase == "escalating"
    if to in view.asked:
        return (own(", now you" if later else " · paging you"),)
    first = view.asked[0]
    calls = not later and first != view.declared_by
    name = Span(words.cut(view.names(first), 24), person=first, mention=calls, own=False)
    more = f" and {len(view.asked) - 1} more" if len(view.asked) > 1 else ""
    return own(", now " if later and _silent(view) else " · paging "), name, own(more)


def _next(view: View, to: str) -> Spans:
    nxt = view.incident.next
    if nxt is None or nxt.kind != "page" or not nxt.who:
        return ()
    team = view.group(nxt.who)
    who = team or ("you again" if to and nxt.who[0] == to else view.names(nxt.who[0]))
    more = f" and {len(nxt.who) - 1} more" if len(nxt.who) > 1 and not team else ""
    wait = f" in {duration(nxt.at - view.changed_at)}" if nxt.at is not None else ""
    return own(" · next "), strange(who, 24), own(more + wait)


def _acknowledged(view: View, to: str) -> Spans:
    holder = view.names(view.incident.holder or "somebody")
    name = strange("you" if to and to == view.incident.holder else holder, 24)
    rest = "you are asked too" if to and to in view.asked else "nothing more to do"
    said = " have it" if name.text == "you" else f" has it, {rest}"
    start = own(f"👤 #{view.incident.id} ")
    return start, name, own(f"{said} · "), what(view, "")[1]


def _resolved(view: View, to: str) -> Spans:
    i = view.incident
    by = f" by {words.cut(view.names(view.resolver), 24)}" if view.resolver else " by itself"
    after = f" after {duration(i.resolved_at - i.opened_at)}" if i.resolved_at else ""
    return (*what(view, "✅"), own(" resolved"), Span(by, own=False), own(after))


def _snoozed(view: View, to: str) -> Spans:
    return (*what(view, "💤"), own(" snoozed"))


def _silenced(view: View, to: str) -> Spans:
    return (*what(view, "🔇"), own(" silenced"))


def _held(view: View, to: str) -> Spans:
    under = view.incident.under
    return (*what(view, "🔇"), own(f" under #{under}" if under is not None else " kept quiet"))


def _flapping(view: View, to: str) -> Spans:
    times, by = ruled.counted(view)
    often = times.removesuffix(" or more").removesuffix(" times")
    held = "paging goes on" if view.asked else "paging held"
    said = f" flaps ({often} in {duration(by.within * MINUTE)}), {held}"
    return (*what(view, "🔁"), own(said))


def _merged(view: View, to: str) -> Spans:
    return (
        *what(view, words.GLYPH[Severity.INFO]),
        own(f" merged into #{view.incident.merged_into}"),
    )


_LINES = {
    "acknowledged": _acknowledged,
    "resolved": _resolved,
    "snoozed": _snoozed,
    "silenced": _silenced,
    "held": _held,
    "flapping": _flapping,
    "merged": _merged,
}


def _fit(spans: Spans) -> Spans:
    """Cut at the end to the limit: what and where come first."""
    room = LIMIT
    out: list[Span] = []
    for span in (s for s in spans if s.text):
        text = words.cut(span.text, room - span.mention) if room > span.mention else ""
        if not text:
            break
        out.append(replace(span, text=text))
        room = LIMIT - len(visible(tuple(out)))
    return tuple(out)
