"""Line 2 of a card: state · who · next, for everything an incident can be in."""

from __future__ import annotations

from bot.cards import ruled, words
from bot.cards.model import Span, Spans, State
from bot.cards.view import GONE, View, own, separated, strange, when
from commands.words import answered_from, duration
from store.model import NextUp

_SHOWN = 3


def _name(view: View, who: str, *, bold: bool = True) -> Span:
    return strange(view.names(who), 40, bold=bold)


def _people(view: View, who: tuple[str, ...], *, mention: bool) -> Spans:
    """``Ana, Omar and 3 more``; as persons, so that a surface may mention them."""
    shown = [_person(view, w, mention=mention) for w in who[:_SHOWN]]
    more = len(who) - len(shown)
    rest = [own(f"{more} more")] if more > 0 else []
    return _listed([*shown, *rest])


def _listed(spans: list[Span]) -> Spans:
    out: list[Span] = []
    for index, span in enumerate(spans):
        glue = "" if index == 0 else " and " if index == len(spans) - 1 else ", "
        out.extend([own(glue), span] if glue else [span])
    return tuple(out)


def _person(view: View, who: str, *, mention: bool) -> Span:
    handle = view.names.handle(who)
    mention = mention and handle != view.declared_by
    name = _name(view, who, bold=not mention)
    if not handle:
        return name
    return Span(name.text, bold=name.bold, person=handle, mention=mention, own=False)


def following(view: View) -> Spans:
    """What happens next by itself."""
    nxt = view.incident.next
    if nxt is None:
        return ()
    said = _NEXT.get(nxt.kind)
    return said(view, nxt) if said else ()


def _next_page(view: View, nxt: NextUp) -> Spans:
    if not nxt.who:
        return (own("nobody after that" if view.asked else "paging starts now"),)
    team = view.group(nxt.who)
    who = (strange(team, bold=True),) if team else _people(view, nxt.who, mention=False)
    at = (own(" "), when(nxt.at, view.now, "in")) if nxt.at is not None else ()
    unless = (own(" "), strange(nxt.why, 48)) if nxt.why else ()
    return (own("next "), *who, *at, *unless)


def _asks_again(view: View, nxt: NextUp) -> Spans:
    return (own("asks again "), when(nxt.at, view.now, "in")) if nxt.at is not None else ()


def _checked(view: View, nxt: NextUp) -> Spans:
    """Its holder was asked whether they still work on it."""
    if nxt.at is None:
        return ()
    return own("quiet, pages again "), when(nxt.at, view.now, "in")


def _goes_on(view: View, nxt: NextUp) -> Spans:
    if nxt.at is None or view.phase == "acknowledged":
        return ()
    return own("paging goes on "), when(nxt.at, view.now, "in")


def _nothing(view: View, nxt: NextUp) -> Spans:
    if view.phase == "acknowledged":
        return ()
    said = "nobody after that" if view.asked else "nobody is paged"
    return (own(f"{said}: "), strange(nxt.why, 80)) if nxt.why else (own(said),)


_NEXT = {
    "page": _next_page,
    "asks_again": _asks_again,
    "check_in": _checked,
    "back_to_paging": _goes_on,
    "nothing": _nothing,
}


def _asking(view: View, verb: str, *, mention: bool) -> Spans:
    if not view.asked or view.incident.assignee in view.asked:
        return ()
    return (own(f"{verb} "), *_people(view, view.asked, mention=mention))


def _new(view: View) -> Spans:
    first = own("New, nobody has it.", bold=True)
    return first, own(" "), *_asked_and_next(view, _asking(view, "Paging", mention=True))


def _asked_and_next(view: View, asking: Spans) -> Spans:
    rest = separated([asking, _assigned(view), following(view)])
    return rest if asking else _capital(rest)


def _capital(spans: Spans) -> Spans:
    first, *_ = spans or (own(""),)
    if not first.own or not first.text:
        return spans
    return (own(first.text[:1].upper() + first.text[1:], bold=first.bold), *spans[1:])


def _assigned(view: View) -> Spans:
    i = view.incident
    if not i.assignee or words.bare(i.assignee) == words.bare(i.holder or ""):
        return ()
    return own("assigned to "), _name(view, i.assignee)


def _escalating(view: View) -> Spans:
    if view.unreached:
        return _unreached(view)
    asking = _asking(view, "Now paging", mention=False)
    said = "fallback" if view.exhausted else view.step_words
    step = (own(f" ({said})"),) if asking and view.incident.step >= 0 else ()
    rest = _asked_and_next(view, (*asking, *step))
    return own("⏫ "), own(_nobody(view), bold=True), own(" "), *rest


def _nobody(view: View) -> str:
    if view.alone_for >= 60_000:
        return f"Nobody has it after {duration(view.alone_for)}."
    return "Nobody has it again." if view.again else "Nobody has it."


def _unreached(view: View) -> Spans:
    tried = dict.fromkeys(p.person for p in view.detail.pages)
    said = separated([_why_not(view, who) for who in [*tried][-2:]], ", ")
    start = (own("⏫ "), own("Nobody could be reached:", bold=True), own(" "))
    return separated([(*start, *said), following(view)])


def _why_not(view: View, who: str) -> Spans:
    pages = [p for p in view.detail.pages if p.person == who]
    failed = [p for p in pages if p.state in GONE]
    if len(failed) < len(pages) or not failed:
        return _name(view, who), own(" no answer")
    error = (own(": "), strange(failed[-1].error, 48)) if failed[-1].error else ()
    return own(f"{words.channel(failed[-1].via)} to "), _name(view, who), own(" failed"), *error


def _acknowledged(view: View) -> Spans:
    i = view.incident
    has = (own("👤 "), strange(f"{view.names(i.holder or 'somebody')} has it", 48, bold=True))
    since = (own(" since "), when(i.holder_since, view.now)) if i.holder_since else ()
    place = (own(f", answered {answered_from(i.holder_from)}"),) if i.holder_from else ()
    stopped: Spans = (own("paging stopped"),) if i.paged else ()
    stopped = _asking(view, "still paging", mention=False) or stopped
    clears = (own("resolves when the last alert clears"),) if i.resolve_when_clear else ()
    return separated([(*has, *since, *place), stopped, _assigned(view), clears, following(view)])


def _snoozed(view: View) -> Spans:
    i = view.incident
    entry = view.last("snooze")
    by = view.names(entry.actor) if entry and view.names.handle(entry.actor) else ""
    start: Spans = (strange(by, 40, bold=True), own(" snoozed it")) if by else (own("Snoozed"),)
    until = (own(" until "), when(i.snoozed_until, view.now)) if i.snoozed_until else ()
    wakes = () if i.holder else (own(", wakes earlier if it gets worse"),)
    return separated([(own("💤 "), *start, *until, *wakes), _held(view)])


def _held(view: View) -> Spans:
    holder = view.incident.holder
    return (_name(view, holder), own(" has it")) if holder else (own("nobody has it"),)


def _maintenance(view: View) -> Spans:
    """Who is asked once the maintenance is over."""
    nxt = view.incident.next
    until = (own(" until "), when(nxt.at, view.now)) if nxt is not None and nxt.at else ()
    mark = (own("🔧 "), own("In maintenance", bold=True))
    who = _people(view, nxt.who, mention=False) if nxt is not None and nxt.who else ()
    then = (own("then "), *who, own(" if it still fires")) if who else ()
    return separated([(*mark, *until), _held(view), then])


def _silenced(view: View) -> Spans:
    i = view.incident
    who, text = _silence(view)
    by = (own(" by "), _name(view, who)) if who else ()
    why = (own(": “"), strange(text, 40), own("”")) if text else ()
    until = (own(" until "), when(i.silenced_until, view.now)) if i.silenced_until else ()
    mark = (own("🔇 "), own("Silenced", bold=True))
    number = (own(f"silence {i.hush.id}"),) if i.hush else ()
    return separated([(*mark, *until, *by, *why), number, _held(view)])


def _silence(view: View) -> tuple[str, str]:
    """Who silenced it, as far as that is known, and why."""
    if hush := view.incident.hush:
        return hush.by, hush.text
    entry = view.last("silence")
    if entry is None:
        return "", ""
    known = view.names.handle(entry.actor)
    return entry.actor if known else "", str(entry.detail.get("text") or "")


def _resolved(view: View) -> Spans:
    i = view.incident
    at = i.resolved_at
    past = (own(" "), when(at, view.now, "in")) if at else ()
    by: Spans = (own("By automation" if view.automated else "By itself"),)
    if view.resolver:
        by = (_name(view, view.resolver), own(" resolved it"))
    lasted = (own(f"open {duration(at - i.opened_at)}"),) if at else ()
    hush = i.silenced_until
    quiet = (own("silenced until "), when(hush, view.now)) if hush else ()
    was = (own(f"was {i.severity}"),)
    return separated([(*by, *past), quiet, lasted, _answered(view), was])


def _answered(view: View) -> Spans:
    i = view.incident
    if not i.acknowledged_at:
        return ()
    took = duration(i.acknowledged_at - i.opened_at)
    if view.resolver or not i.holder:
        return (own(f"answered in {took}"),)
    return _name(view, i.holder), own(f" had it after {took}")


def _merged(view: View) -> Spans:
    into = view.incident.merged_into
    url = f"{view.base_url.rstrip('/')}/i/{into}"
    said = (own("Merged into "), Span(f"#{into}", bold=True, url=url), own(", go on there"))
    return separated([said, (own(f"was {view.incident.severity}"),)])


_LINES = {
    "new": _new,
    "escalating": _escalating,
    "acknowledged": _acknowledged,
    "snoozed": _snoozed,
    "silenced": _silenced,
    "held": ruled.held_line,
    "maintenance": _maintenance,
    "flapping": ruled.flapping_line,
    "resolved": _resolved,
    "merged": _merged,
}


def state(view: View) -> State:
    """Line 2 of the card."""
    line = _unreached if view.phase == "new" and view.unreached else _LINES[view.phase]
    return State(line(view))
