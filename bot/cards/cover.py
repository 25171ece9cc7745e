"""Card 10: a shift that others are asked to take, with its answers; and the offer of a swap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Block, Card, Confirm, Head, Note, Press, Rows, Spans, State
from bot.cards.rota import dates, for_you, zone_of
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.rota import covering, ground, say
from commands.rules.oncall.clashes import clashes
from commands.rules.oncall.duty import turns
from store import covers
from store.db import Tx
from store.model import DAY
from store.model.cover import Cover, CoverState, Turn

_AHEAD = 60 * DAY
_SHIFTS = 10
_OPEN, _WAITING, _TAKEN = CoverState.OPEN, CoverState.WAITING, CoverState.TAKEN


def read(tx: Tx, name: str) -> Cover | None:
    """The request of a card."""
    return covers.get(tx, int(name)) if name.isdecimal() else None


def card(c: Cover, scene: Scene) -> Card:
    """``🔄 COVER WANTED · Ana, db-primary, Sat 28 Nov 08:00–20:00 Berlin``."""
    draw = _swap if c.back is not None else _card
    return draw(c, scene)


def _card(c: Cover, scene: Scene) -> Card:
    zone = zone_of(scene.definitions, c.schedule)
    asker = _name(scene, c.person)
    what = f"{words.clean(c.schedule)}, {_plain(c.turn, scene)}"
    over = c.state is not _OPEN
    glyph, word = _HEADS.get(c.state, ("🔄", "COVER WANTED"))
    title = what if c.state in (_TAKEN, CoverState.PART) else f"{asker}, {what}"
    parts: list[Spans] = [] if over else [for_you(c.start, c.end, zone)]
    parts += _state(c, scene)
    return Card(
        c.id, c.rev, words.NEWS if not over else words.TAKEN,
        Head(glyph, word, 0, title, scene.link("oncall")),
        State(separated(parts)), _actions(c, scene), (),
        _notification(c, scene, asker, what), quiet=over,
    )  # fmt: skip


_HEADS = {
    _WAITING: ("🔐", "COVER FOUND"),
    _TAKEN: ("✅", "COVERED"),
    CoverState.PART: ("✅", "COVERED IN PART"),
    CoverState.WITHDRAWN: ("🔄", "NO COVER NEEDED"),
    CoverState.DECLINED: ("🔄", "DECLINED"),
    CoverState.EXPIRED: ("⚠️", "NOT COVERED"),
}


def _name(scene: Scene, handle: str) -> str:
    return words.clean(say.names(scene.definitions, (handle,)))


def _plain(turn: Turn, scene: Scene) -> str:
    zone = zone_of(scene.definitions, turn.schedule)
    return "".join(s.text for s in dates(turn.start, turn.end, zone, scene.now))


def _state(c: Cover, scene: Scene) -> list[Spans]:
    taker = _name(scene, c.taker)
    reason: list[Spans] = [(strange(f'"{c.reason}"', 80),)] if c.reason else []
    if c.state is _OPEN:
        return [*reason, *_wanted(c, scene)]
    since: Spans = (own(", since "), when(c.taken_at, scene.now)) if c.taken_at else ()
    if c.state in (_TAKEN, CoverState.PART):
        who: Spans = (strange(taker, 60, bold=True), own(f" covers for {_name(scene, c.person)}"))
        return [(*who, *since)]
    if c.state is _WAITING:
        leads = _names(scene, ground.leads_of(scene.definitions, c.schedule))
        return [(strange(f"{taker} would take it", 60),), (strange(f"{leads} is asked", 60),)]
    said = {
        CoverState.WITHDRAWN: f"{_name(scene, c.person)} asks no more",
        CoverState.EXPIRED: f"Nobody took it: {_name(scene, c.person)} is on call",
    }
    return [(strange(said.get(c.state, "It was declined"), 80),)]


def _names(scene: Scene, handles: tuple[str, ...]) -> str:
    return words.clean(say.names(scene.definitions, handles))


def _wanted(c: Cover, scene: Scene) -> list[Spans]:
    until = covering.ends_at(c)
    open_until = "open until it begins" if until == c.start else "open until it ends"
    one = scene.definitions.schedules.get(c.schedule)
    many = len(list(turns(one, c.person, c.start, c.end))) if one else 1
    parts: list[Spans] = [(own(f"{many} shifts"),)] if many > 1 else []
    parts.append((own(open_until),))
    if c.to:
        parts.insert(0, (strange(f"{_name(scene, c.to)} is asked", 60),))
    if c.rested:
        parts.append((strange(f"fewest nights so far: {_name(scene, c.rested)}", 80),))
    if c.refused:
        parts.append(
            (strange(f"not {words.join((_name(scene, h) for h in c.refused), 'or')}", 80),)
        )
    return parts


def _actions(c: Cover, scene: Scene) -> Actions:
    def press(label: str, verb: str, *, primary: bool = False) -> Press:
        says = f"{label.rstrip('…')}, request {c.id} of {_name(scene, c.person)}"
        return Press(label, token(verb, c.id, c.rev), primary, None, words.cut(says, 75))

    if c.state is _WAITING:
        yes = press("Agree", "agree", primary=True), press("Decline", "decline")
        return Actions(yes, (press("Withdraw", "withdraw"),))
    if c.state is not _OPEN:
        return Actions(())
    shown = (
        press("Take it", "take", primary=True),
        press("Take part…", "part"),
        press("Swap for one of mine…", "trade"),
    )
    withdraw = f"Withdraw ({_name(scene, c.person)})"
    return Actions(shown, (press("Not me", "no-cover"), press(withdraw, "withdraw")))


def _notification(c: Cover, scene: Scene, asker: str, what: str) -> Spans:
    if c.state is _TAKEN:
        return (strange(f"✅ {_name(scene, c.taker)} covers for {asker}: {what}", 110),)
    if c.state is _WAITING:
        said = f"🔐 {_name(scene, c.taker)} would cover for {asker}: {what} · agree or decline"
        return (strange(said, 110),)
    if c.state is CoverState.EXPIRED:
        return (strange(f"⚠️ Nobody took {what}: {asker} is on call", 110),)
    where = "" if scene.to else " · take it in the channel"
    return (strange(f"🔄 {asker} needs cover: {what}{where}", 110),)


# ---- a swap ------------------------------------------------------------------------------------


def _swap(c: Cover, scene: Scene) -> Card:
    assert c.back is not None
    by, asked = _name(scene, c.by), scene.to == c.asked
    give, get = (c.turn, c.back) if c.by == c.person else (c.back, c.turn)
    deal = (
        f"{by} takes {words.clean(get.schedule)}, {_plain(get, scene)}",
        f"{_name(scene, c.asked)} takes {words.clean(give.schedule)}, {_plain(give, scene)}",
    )
    glyph, word = {
        _WAITING: ("🔄", "SWAP?"), _TAKEN: ("✅", "SWAPPED"),
        CoverState.EXPIRED: ("🔄", "NO SWAP"), CoverState.WITHDRAWN: ("🔄", "NO SWAP"),
    }.get(c.state, ("🔄", "DECLINED"))  # fmt: skip
    parts: list[Spans] = [(own("The shifts are as they were"),)]
    if c.state is _WAITING and c.taker:
        leads = _names(scene, ground.leads_of(scene.definitions, c.schedule))
        parts = [(own("Both want it"),), (strange(f"{leads} is asked", 60),)]
    elif c.state is _WAITING:
        yours = "you are asked" if asked else f"{_name(scene, c.asked)} is asked"
        parts = [(own(say.start_of_sentence(yours)),)]
    elif c.state is _TAKEN and c.taken_at:
        parts = [(own("Agreed at "), when(c.taken_at, scene.now))]
    if c.reason:
        parts.append((strange(f'"{c.reason}"', 80),))
    rows: tuple[Block, ...] = (Rows(tuple((strange(line, 140),) for line in deal)),)
    mark = "✅ Swapped" if c.state is _TAKEN else f"🔄 {by} offers a swap"
    return Card(
        c.id, c.rev, words.NEWS if c.state is _WAITING else words.TAKEN,
        Head(glyph, word, 0, f"{by} and {_name(scene, c.asked)}", scene.link("oncall")),
        State(separated(parts)), _actions(c, scene), rows,
        (strange(f"{mark}: {deal[0]}", 110),),
    )  # fmt: skip


# ---- what presses ask, and what is said below ---------------------------------------------------


def question(c: Cover, scene: Scene, verb: str) -> Confirm | None:
    """Before a shift is taken: which, when on the reader's clock, and what stands against it."""
    if verb != "take" or c.state is not _OPEN:
        return None
    person = scene.definitions.people.get(scene.to)
    zone = person.zone if person else "UTC"
    start, end = max(c.start, scene.now), c.end
    there = zone_of(scene.definitions, c.schedule)
    said = [f"{c.schedule}, {say.both(start, end, there, zone, scene.now)}."]
    found = clashes(scene.definitions, scene.to, c.schedule, start, end)
    said += say.against(found, "You", start, end, zone, scene.now)
    title = f"Take this shift of {_name(scene, c.person)}'s?"
    return Confirm(words.cut(title, 100), words.cut(words.clean(" ".join(said)), 300), "Take it")


def gives(c: Cover, scene: Scene, verb: str) -> dict[str, str]:
    """A part is first the whole, in the reader's own words for it."""
    if verb != "part":
        return {}
    person = scene.definitions.people.get(scene.to)
    zone = person.zone if person else "UTC"
    start, end = max(c.start, scene.now), c.end
    first, last = words.moment(start, zone), words.moment(end, zone)
    if first.date() == last.date():
        return {"when": f"{first:%Y-%m-%d %H:%M}-{last:%H:%M}"}
    return {"when": f"{first:%Y-%m-%d %H:%M} - {last:%Y-%m-%d %H:%M}"}


def choices(c: Cover, scene: Scene, verb: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """For a swap the reader's own next shifts."""
    if verb != "trade":
        return {}
    known, found = scene.definitions, []
    person = known.people.get(scene.to)
    zone = person.zone if person else "UTC"
    for name, one in known.schedules.items():
        for t in turns(one, scene.to, scene.now, scene.now + _AHEAD):
            if t.start < c.end and t.end > c.start:
                continue
            said = f"{name}, {say.span(t.start, t.end, zone, scene.now)}"
            found.append((t.start, f"{name}|{t.start}|{t.end}", words.clean(said)))
    return {"mine": tuple((value, label) for _, value, label in sorted(found)[:_SHIFTS])}


def said(c: Cover, scene: Scene, content: dict[str, Any]) -> Note | None:
    """One line in the card's thread."""
    what = str(content.get("what", ""))
    taker, asker = _name(scene, c.taker), _name(scene, c.person)
    who = _name(scene, str(content.get("who", "")))
    if what == "taken" and c.state in (_TAKEN, CoverState.PART):
        by = "swaps with" if c.back or _is_swap(c) else "covers for"
        return _line(f"{taker} {by} {asker}. Calendar, chat group and pages follow.")
    if what == "waiting" and c.state is _WAITING:
        leads = _names(scene, ground.leads_of(scene.definitions, c.schedule))
        return _line(f"{taker} would take it; {leads} is asked for a yes.")
    if what == "remind" and c.state is _OPEN:
        return _line(f"Nobody has taken it yet, it begins in {content.get('hours')} h.")
    if what == "open again" and c.state is _OPEN:
        return _line(f"{who} can't after all. It is open again.")
    if what == "declined":
        return _line(
            f"{_name(scene, str(content.get('by', '')))} said no to {who}. It is open again."
        )
    if what == "swap":
        return _line(f"{who} offers to swap; {asker} is asked. It stays open meanwhile.")
    return None


def _is_swap(c: Cover) -> bool:
    return len(c.changes) > 1


def _line(text: str) -> Note:
    return Note(((strange(text, 300),),))


COVER = About(
    read, card, said=said, question=question, gives=gives, choices=choices, answer="agree"
)
UNCOVERED = replace(COVER, answer="")
