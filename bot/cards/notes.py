"""What is said of an incident beside its card: in the thread, and to one person who is paged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.cards import gathered, room, words
from bot.cards.buttons import token
from bot.cards.fold import console
from bot.cards.model import Note, Press, Span, Spans
from bot.cards.view import GONE, View, own, separated, strange, when
from commands import registry
from commands.words import duration, surface_name
from store.model import Alert, AlertStatus, IncidentStatus, Page

LINES = 24
CHARACTERS = 1_700
_LABELS = 20
_ALERTS = 10
_NIGHT = (22, 7)
_NOBODY = "Nobody could be reached"
_BECAME = {"delivered": "delivered", "unanswered": "not picked up"}


def of(view: View, content: Mapping[str, Any]) -> Note | None:
    """The note for what the outbox was asked to say; None where nothing is to be said."""
    what, person = str(content.get("what", "")), str(content.get("person", ""))
    match what:
        case "details":
            return details(view)
        case "step":
            people, before = content.get("people", ()), content.get("before", ())
            return step(view, people, before, by=str(content.get("by", "")))
        case "channel":
            return channel(view, int(content["step"]), str(content["policy"]))
        case "exhausted":
            return exhausted(view, content.get("people", ()))
        case "page_failed":
            return page_failed(view, person, str(content["via"]), str(content.get("error", "")))
        case "assign":
            return assigned(view, person, str(content.get("text", "")))
        case "note":
            return note(str(content["author"]), str(content["surface"]), str(content["text"]))
        case "resolved":
            return resolved(view)
        case "repage":
            return over(view, person)
    paged = what == "page"
    said = page(view, person, str(content.get("why", ""))) if paged else None
    if what in ("joined", "released"):
        said = gathered.note(view, content)
    if what == "ran":
        said = Note(((strange(str(content["text"]), 600),),))
    return said or room.spoken(view.incident, view.definitions, view.now, content)


# in the thread


def details(view: View) -> Note:
    """The silent first reply: labels, the full description and every alert, so that the card can
    stay short."""
    lines = [*_labels(view), *_description(view), *_alerts(view)]
    number = view.incident.id
    if view.threads:
        lines.append((own(f"Words here go on the record of #{number}."),))
        return Note(_bounded(view, lines))
    kept = own(f"Words here stay here. Add a note to keep some on the record of #{number}.")
    return Note((*_bounded(view, lines), (kept,)), actions=_add_note(view))


def _add_note(view: View) -> tuple[Press, ...]:
    """The button that keeps words where those in the thread can't be read."""
    if "note" not in registry.CATALOG:
        return ()
    i = view.incident
    return (Press("Add note…", token("note", i.id, i.rev), says=f"Add a note to incident {i.id}"),)


def _labels(view: View) -> Iterator[Spans]:
    pairs = sorted(view.incident.labels.items())
    shown = [(strange(f"{n}={v}", 100),) for n, v in pairs[:_LABELS]]
    if shown:
        more = [(own(f"{len(pairs) - _LABELS} more"),)] if len(pairs) > _LABELS else []
        yield (own("Labels ", bold=True), *separated([*shown, *more]))


def _description(view: View) -> Iterator[Spans]:
    text = next((a.description for a in view.detail.alerts if a.description.strip()), "")
    for line in filter(None, map(words.clean, text.splitlines()[:LINES])):
        yield (strange(line, 400),)


def _alerts(view: View) -> Iterator[Spans]:
    alerts = view.detail.alerts
    if len(alerts) < 2:
        return
    for alert in alerts[:_ALERTS]:
        yield _alert(view, alert)
    hidden = view.incident.alerts_total - min(len(alerts), _ALERTS)
    if hidden > 0:
        yield own(f"{words.count(hidden, 'more alert')} · "), console(view)


def _alert(view: View, alert: Alert) -> Spans:
    firing = alert.status is not AlertStatus.RESOLVED
    glyph = words.GLYPH[alert.severity] if firing else "✅"
    resource = alert.resource or ""
    named = words.mentions(alert.title, resource) or not resource
    where: Spans = () if named else (strange(resource, 60),)
    first = alert.description.strip().split("\n", 1)[0]
    value = (strange(first, 100),) if first and first != alert.title else ()
    since = (own("since "), when(alert.starts_at, view.now))
    title = strange(words.title(alert.title), words.TITLE)
    return (own(f"{glyph} "), *separated([(title,), where, value, since]))


def _bounded(view: View, lines: list[Spans]) -> tuple[Spans, ...]:
    """As many lines as a message of every platform holds; the rest is in the console."""
    out: list[Spans] = []
    room = CHARACTERS
    for line in lines[:LINES]:
        room -= sum(len(span.text) for span in line)
        if room < 0:
            break
        out.append(line)
    if len(out) < len(lines):
        out.append((own("The rest: "), console(view)))
    return tuple(out)


def step(view: View, people: Sequence[str], before: Sequence[str] = (), *, by: str = "") -> Note:
    """Somebody else is asked now: who did not answer, or who escalated it (``by``), and the one
    mention of who is next."""
    lines = [_no_answer(view, who) for who in before[:3]]
    if by:
        lines = [_escalated(view, before, by)]
    if people:
        lines.append(_asked(view, people))
    return Note(tuple(lines), tuple(people), quiet=not people, actions=why_me(view))


def _no_answer(view: View, who: str) -> Spans:
    pages = [p for p in view.detail.pages if p.person == who][-4:]
    tried = separated([_delivery(view, p) for p in pages], ", ")
    colon = (own(": "),) if tried else ()
    return (_name(view, who), own(" did not answer"), *colon, *tried, own("."))


def _escalated(view: View, before: Sequence[str], by: str) -> Spans:
    """A person did not wait: who that was, and how long ago the others were asked."""
    who = strange(view.names(by), 40)
    return (who, own(" escalated it."), *(s for b in before[:3] for s in _just_asked(view, b)))


def _just_asked(view: View, who: str) -> Spans:
    pages = [p for p in view.detail.pages if p.person == who]
    if not pages:
        return ()
    now = pages[-1]
    same = (p.asked_at for p in pages if (p.step, p.loop) == (now.step, now.loop))
    passed = (view.step_at or view.now) - min(same)
    since = f"{duration(passed)} before" if passed >= 1_000 else "just before"
    return own(" "), _name(view, who), own(f" was asked {since}.")


def _delivery(view: View, page: Page) -> Spans:
    said = words.channel(page.via)
    if page.state in GONE:
        return (own(f"{said} failed"),)
    if page.sent_at is None:
        return (own(f"{said} not sent yet"),)
    became = _BECAME.get(page.state, "sent")
    return own(f"{said} {became} "), when(_reported(view, page) or page.sent_at, view.now)


def _reported(view: View, page: Page) -> int | None:
    """When the provider said what became of it."""
    told = (e.at for e in view.detail.timeline if e.detail.get("page") == page.id)
    return next(told, None)


def _asked(view: View, people: Sequence[str]) -> Spans:
    mentions = separated([(_mention(view, who),) for who in people], " ")
    policy = strange(view.policy.name, 60, bold=True)
    return (*mentions, own(" you are next for "), policy, own(". "), *_clocks(view, people))


def _clocks(view: View, people: Sequence[str]) -> Spans:
    """What time it is for those who are asked, at the moment they are asked."""
    known = [p for who in people if (p := view.person(who))]
    if len(known) == 1:
        return (own(f"It is {words.bare_clock(view.now, known[0].zone)} for you."),)
    said = (f"{words.bare_clock(view.now, p.zone)} for {view.names(p.handle)}" for p in known[:4])
    return (strange(f"It is {words.join(said)}.", 200),) if known else ()


def channel(view: View, step: int, policy: str) -> Note:
    """A step of the policy tells this channel."""
    said = own(f"⏫ {_nobody_has(view)} Step {step + 1} of ")
    return Note(((said, strange(policy, 60, bold=True), own(" tells this channel.")),), quiet=False)


def _nobody_has(view: View) -> str:
    if view.incident.status is IncidentStatus.ACKNOWLEDGED:
        return "It is not resolved yet."
    return f"Nobody has it after {duration(view.now - view.incident.opened_at)}."


def exhausted(view: View, people: Sequence[str]) -> Note:
    """Every pass is over: the fallback is asked, or nobody is left."""
    if not people:
        asked = "Everybody was asked, nobody answered" if view.incident.paged else _NOBODY
        return Note(((own(f"{asked}, and nobody is left to ask."),),), quiet=False)
    mentions = separated([(_mention(view, who),) for who in people], " ")
    said = (own(" everybody was asked and nobody has it. "), *_clocks(view, people))
    return Note(((*mentions, *said),), tuple(people), quiet=False, actions=why_me(view))


def page_failed(view: View, person: str, via: str, error: str) -> Note:
    """A page was refused: that is not asking."""
    why = (own(": "), strange(error, 160)) if error else ()
    start = words.channel(via)
    return Note(
        ((own(f"{start[:1].upper()}{start[1:]} to "), _name(view, person), own(" failed"), *why),)
    )


def assigned(view: View, person: str, text: str = "") -> Note:
    """Somebody is asked to take it: the one mention of that person."""
    word = (own(" “"), strange(text, 300), own("”")) if text.strip() else ()
    asks = own(f" you are asked to take #{view.incident.id}.")
    line = (_mention(view, person), asks, *word, own(" "), *_clocks(view, [person]))
    return Note((line,), (person,), quiet=False, actions=why_me(view))


def note(author: str, surface: str, text: str) -> Note:
    """``Omar (Slack): …``: words from another surface, ``Zabbix: …`` those of a monitor."""
    first, *rest = [words.clean(line) for line in text.strip().splitlines()[:LINES]] or [""]
    where = surface_name(surface)
    by = author if author == where else f"{author} ({where})"
    who = strange(f"{by}: ", 80, bold=True)
    lines = [(Span(f"{who.text} ", bold=True, own=False), strange(first, CHARACTERS))]
    return Note((*lines, *((strange(line, 500),) for line in rest if line)))


def resolved(view: View) -> Note:
    """It is over: by whom, after how long, and what it was."""
    i = view.incident
    after = f" after {duration(i.resolved_at - i.opened_at)}" if i.resolved_at else ""
    how = "by automation" if view.automated else "by itself"
    by: Spans = (own(f"✅ Resolved {how}{after}."),)
    if view.resolver:
        by = (own("✅ "), _name(view, view.resolver), own(f" resolved it{after}."))
    summary = ((strange(i.summary, 1_000),),) if i.summary.strip() else ()
    return Note((by, *summary))


# to one person


def page(view: View, person: str, why: str = "", *, copy: bool = False) -> Note:
    """The words under a page: that it is meant for you, why, and what happens if you do nothing.

    ``copy`` says that it may have arrived before, where the message itself can't be marked.
    """
    i = view.incident
    lines: list[Spans] = [(own(f"You are paged for #{i.id}.", bold=True), *_place(view))]
    if copy:
        lines.append((own(words.COPY),))
    if why.strip():
        lines.append((own("Why you: "), strange(why.rstrip(". "), 300), own(".")))
    if left := _left_alone(view, person):
        lines.append(left)
    if view.threads:
        lines.append((own("Words here go to the thread."),))
    return Note(tuple(lines), quiet=False, actions=why_me(view))


def _place(view: View) -> Spans:
    if view.incident.step < 0:
        return ()
    return (
        own(f" {view.step_words[:1].upper()}{view.step_words[1:]}, "),
        strange(view.policy.name, 60),
        own("."),
    )


def _left_alone(view: View, person: str) -> Spans:
    nxt = view.incident.next
    if nxt is None or nxt.kind != "page" or nxt.at is None or not nxt.who:
        return ()
    names = ["you again" if who == person else view.names(who) for who in nxt.who[:3]]
    said = strange(view.group(nxt.who) or words.join(names), 80)
    left = "Until it is resolved" if view.phase == "acknowledged" else "Without an answer"
    return own(f"{left}, next "), said, own(" "), when(nxt.at, view.now, "in"), own(".")


def over(view: View, person: str = "") -> Note:
    """The silent edit of a page: somebody has it, it is over, or it is asked again."""
    i = view.incident
    if view.phase in {"resolved", "merged"}:
        return Note((*resolved(view).lines[:1], (own("Nothing more to do."),)))
    if i.status is IncidentStatus.TRIGGERED:
        return Note(((own("Nobody has it again."),),))
    if person and i.holder == person:
        return Note(((own("You have it."),),))
    sleep = " Go back to sleep." if _is_night(view, person) else ""
    has = (_name(view, i.holder or "somebody"), own(f" has it, nothing more to do.{sleep}"))
    return Note((has,))


def _is_night(view: View, handle: str) -> bool:
    person = view.person(handle)
    hour = int(words.bare_clock(view.now, person.zone)[:2]) if person else 12
    return hour >= _NIGHT[0] or hour < _NIGHT[1]


def why_me(view: View) -> tuple[Press, ...]:
    """The button under every page that answers why."""
    if "why-me" not in registry.CATALOG:
        return ()
    i = view.incident
    return (Press("Why me?", token("why-me", i.id, i.rev), says=f"Why me? Incident {i.id}"),)


def _name(view: View, who: str) -> Span:
    return strange(view.names(who), 40)


def _mention(view: View, who: str) -> Span:
    handle = view.names.handle(who)
    return Span(view.names(who), person=handle or None, mention=bool(handle), own=False)
