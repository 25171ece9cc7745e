"""The handoff of a shift: who came until when, what is open, how it was, what the last one says."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import (
    Actions,
    Block,
    Card,
    Facts,
    Head,
    Press,
    Rows,
    Span,
    Spans,
    State,
)
from bot.cards.preflight import checked
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands import handoffs as verbs
from commands.registry import CATALOG
from commands.rules.oncall.duty import OnDuty, begins, until
from store import handoffs
from store.db import Tx
from store.model import DAY, Incident, IncidentStatus
from store.model.handoff import KEEP, PASS, Handoff, Preflight

_SHOWN = 4
_QUIET = (7, 1)
_BUSY = (20, 4)
"""Pages and nights of a quiet week at most, of a busy one at least."""


@dataclass(frozen=True, slots=True)
class Change:
    """A handoff with what is open and whether whoever comes can be reached."""

    handoff: Handoff
    open: tuple[Incident, ...]
    checks: tuple[Preflight, ...]


def read(tx: Tx, name: str) -> Change | None:
    """The handoff of a card."""
    found = handoffs.get(tx, int(name)) if name.isdecimal() else None
    if found is None:
        return None
    checks = handoffs.preflights_at(tx, found.schedule, found.at)
    return Change(found, tuple(verbs.open_of(tx, found)), tuple(checks))


def card(change: Change, scene: Scene) -> Card:
    """``🤝 HANDOFF · db-primary: Bob → Ana``."""
    it, names = change.handoff, names_of(change, scene)
    comes = bool(it.relief.coming) and (scene.to in it.relief.coming or scene.place == it.place)
    return Card(
        id=it.id,
        rev=it.rev,
        color=words.NEWS,
        head=Head("🤝", "HANDOFF", 0, _title(it, names), scene.link("oncall")),
        state=State(_state(change, scene, names)),
        actions=_actions(change),
        fold=_fold(change, scene, names),
        notification=_notification(change, scene, names),
        quiet=not comes,
        short=_short(change, scene),
    )


def names_of(change: Change, scene: Scene) -> words.Names:
    """How everybody on the card is called."""
    it = change.handoff
    holders = (i.holder for i in change.open)
    return words.Names(scene.definitions, (*it.before, *it.after, *it.notes, *holders))


def _title(it: Handoff, names: words.Names) -> str:
    came, left = it.relief.coming, it.relief.leaving
    before = words.join(names(p) for p in left) or ("nobody" if not it.before else "")
    after = words.join(names(p) for p in came) or ("nobody" if not it.after else "")
    if not after:
        after = words.join(names(p) for p in it.after)
    arrow = f"{before} → {after}" if before else f"{after} too"
    return words.clean(f"{it.schedule}: {arrow}")


def _state(change: Change, scene: Scene, names: words.Names) -> Spans:
    it = change.handoff
    if not it.after:
        return _nobody(it, scene)
    people = it.relief.coming or it.after
    who: list[Span] = []
    for n, person in enumerate(people):
        if n:
            who.append(own(" and " if n == len(people) - 1 else ", "))
        mention = person in it.relief.coming and scene.place == it.place and not scene.to
        who.append(Span(names(person), bold=not mention, person=person, mention=mention, own=False))
    end = until(scene.definitions, OnDuty(people[0], "", it.schedule), it.at)
    parts: list[Spans] = [
        (*who, own(" is on call" if len(people) == 1 else " are on call"), *_until(end, scene))
    ]
    staying = [names(p) for p in it.after if p in it.before and p not in people]
    if staying:
        parts.append((strange(f"with {words.join(staying)}", 80),))
    for check in change.checks:
        if check.person in people:
            name = names(check.person) if len(people) > 1 else ""
            parts.append(checked(check, scene, name))
    return separated(parts)


def _until(end: int | None, scene: Scene) -> Spans:
    return (own(" until "), when(end, scene.now, "date")) if end is not None else ()


def _nobody(it: Handoff, scene: Scene) -> Spans:
    schedule = scene.definitions.schedules.get(it.schedule)
    end = begins(schedule, it.at) if schedule is not None else None
    said: list[Spans] = [(own("Nobody is on call", bold=True), *_until(end, scene))]
    leads = (scene.definitions.teams[t].lead for t in it.teams if t in scene.definitions.teams)
    lead = next((p for h in leads if (p := scene.definitions.people.get(h or ""))), None)
    if lead is not None:
        said.append((own("then the lead: "), strange(lead.first_name, 40)))
    return separated(said)


def _actions(change: Change) -> Actions:
    it = change.handoff
    buttons: list[Press] = []
    if change.open:
        label = f"Open incidents ({len(change.open)})"
        buttons.append(Press(label, token("handoff-open", it.id, it.rev)))
    if "swap" in CATALOG:
        buttons.append(Press("Swap…", token("swap", 0, 0)))
    more = (
        Press("Who is on call", token("who", 0, 0)),
        Press("My shifts", token("shifts", 0, 0)),
    )
    return Actions(tuple(buttons), more)


def _fold(change: Change, scene: Scene, names: words.Names) -> tuple[Block, ...]:
    it = change.handoff
    first: list[Spans] = []
    if it.before and it.since is not None:
        first.append((own(f"{_week(it)}."),))
    lines: list[Spans] = []
    if first:
        lines.append(separated(first))
    blocks: list[Block] = [Facts(tuple(lines))] if lines else []
    rows = [line_of(i, change, scene, names) for i in change.open[:_SHOWN]]
    if len(change.open) > _SHOWN:
        rows.append((own(f"{len(change.open) - _SHOWN} more open"),))
    if rows:
        blocks.append(Rows(tuple(rows)))
    if it.notes:
        said = (_note(names(who), text) for who, text in it.notes.items())
        blocks.append(Rows(tuple(said)))
    return tuple(blocks)


def _week(it: Handoff) -> str:
    """``Quiet week: 4 pages, 1 at night``."""
    span = "week" if it.at - (it.since or it.at) >= 5 * DAY else "shift"
    calm = it.pages <= _QUIET[0] and it.nights <= _QUIET[1]
    busy = it.pages >= _BUSY[0] or it.nights >= _BUSY[1]
    head = f"Quiet {span}" if calm else f"Busy {span}" if busy else span.capitalize()
    if not it.pages:
        return f"{head}: no pages"
    nights = f", {it.nights} at night" if it.nights else ", none at night"
    return f"{head}: {words.count(it.pages, 'page')}{nights}"


def line_of(i: Incident, change: Change, scene: Scene, names: words.Names) -> Spans:
    """``⚠️ #1830 replica lag (Bob keeps it)``."""
    url = scene.link(f"i/{i.id}")
    title = Span(f"#{i.id} {words.title(i.title, 48)}", url=url, own=False)
    return own(f"{words.GLYPH[i.severity]} "), title, own(" · "), *_who(i, change, scene, names)


def _who(i: Incident, change: Change, scene: Scene, names: words.Names) -> Spans:
    quiet = max(i.silenced_until or 0, i.snoozed_until or 0)
    if quiet > scene.now:
        glyph = "🔇" if (i.silenced_until or 0) > scene.now else "💤"
        return own(f"{glyph} until "), when(quiet, scene.now)
    decided = change.handoff.decided.get(i.id)
    if i.status is IncidentStatus.TRIGGERED or i.holder is None:
        return (own("nobody has it"),)
    who = strange(names(i.holder), 40)
    if i.holder in change.handoff.before and decided == KEEP:
        return who, own(" keeps it")
    if decided == PASS and i.assignee in change.handoff.relief.coming:
        return who, own(" passes it to "), strange(names(i.assignee), 40)
    return who, own(" has it")


def _note(name: str, text: str) -> Spans:
    return strange(f"{name}'s note:", 60), own(" "), strange(f"“{words.clean(text)}”", 600)


def _notification(change: Change, scene: Scene, names: words.Names) -> Spans:
    """``🤝 You are on call for db-primary until Mon 30 Nov 08:00 · 2 open, 1 stays with Bob``."""
    it = change.handoff
    if not it.after:
        return own("🤝 "), strange(f"Nobody is on call for {it.schedule}", 80)
    people = it.relief.coming or it.after
    who: Spans
    if scene.to in people:
        who = (own("You are"),)
    else:
        mention = bool(it.relief.coming) and scene.place == it.place
        named = [Span(names(p), person=p, mention=mention, own=False) for p in people[:3]]
        who = (*separated([(n,) for n in named], ", "), own(" is" if len(people) == 1 else " are"))
    end = until(scene.definitions, OnDuty(people[0], "", it.schedule), it.at)
    said: list[Spans] = [
        (own("🤝 "), *who, own(" on call for "), strange(it.schedule, 40), *_until(end, scene))
    ]
    if change.open:
        said.append((own(_left(change, names)),))
    return separated(said)


def _left(change: Change, names: words.Names) -> str:
    """``2 open, 1 stays with Bob``."""
    it = change.handoff
    said = f"{len(change.open)} open"
    for person in it.relief.leaving:
        mine = [i for i in change.open if i.holder == person and it.decided.get(i.id) != PASS]
        if mine:
            said += f", {len(mine)} {'stays' if len(mine) == 1 else 'stay'} with {names(person)}"
    return said


def _short(change: Change, scene: Scene) -> str:
    """``On call db-primary until Mon 30 Nov 08:00. 2 open: 1830, 1822.``, to who comes."""
    it, reader = change.handoff, scene.definitions.people.get(scene.to)
    if reader is None or reader.handle not in it.after:
        return ""
    end = until(scene.definitions, OnDuty(reader.handle, "", it.schedule), it.at)
    last = words.date(end, reader.zone).rpartition(" ")[0] if end is not None else ""
    numbers = ", ".join(str(i.id) for i in change.open[:6])
    some = f" {len(change.open)} open: {numbers}." if numbers else ""
    return f"On call {words.clean(it.schedule)}{f' until {last}' if last else ''}.{some}"


HANDOFF = About(read, card)
