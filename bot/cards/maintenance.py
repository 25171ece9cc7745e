"""Card 12: a maintenance, before, while and after it holds; and what still fires at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import (
    Actions,
    Block,
    Card,
    Confirm,
    Facts,
    Head,
    Note,
    Press,
    Rows,
    Span,
    Spans,
)
from bot.cards.model import State as Line
from bot.cards.rota import dates
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands import maintenances, windows
from commands.maintenance import how, said
from commands.rules.maintenance import title
from commands.words import duration
from store import incidents
from store import maintenance as store
from store.db import Tx
from store.model import Incident, Instant, Severity
from store.model.maintenance import MaintenanceState, Occurrence, Window

_SHOWN = 4
_GLYPH = "🔧"
_ANNOUNCED, _BEGUN = MaintenanceState.ANNOUNCED, MaintenanceState.BEGUN
_OVER, _OFF = MaintenanceState.OVER, MaintenanceState.CALLED_OFF


@dataclass(frozen=True, slots=True)
class Shown:
    """One maintenance with its window, how many open incidents it is about, and what was left."""

    one: Occurrence
    window: Window
    open: int
    left: tuple[Incident, ...]


def read(tx: Tx, name: str) -> Shown | None:
    """The maintenance of a card, or the one of a window that goes on or comes next."""
    one = store.of_key(tx, name)
    window = store.window(tx, one.window) if one is not None else None
    if one is None or window is None:
        return None
    left = incidents.many(tx, one.left[: _SHOWN + 1]) if one.left else {}
    covered = sum(windows.covers(one, i) for i in windows.every(tx, windows.OPEN))
    return Shown(one, window, covered, tuple(left[i] for i in one.left if i in left))


def card(shown: Shown, scene: Scene) -> Card:
    """``🔧 MAINTENANCE · db-5 disk swap``."""
    one, window = shown.one, shown.window
    word = {_OVER: "MAINTENANCE OVER", _OFF: "CALLED OFF"}.get(one.state, "MAINTENANCE")
    return Card(
        id=window.id,
        rev=window.rev,
        color=words.ASIDE,
        head=Head(_GLYPH, word, 0, words.title(title(one)), scene.link("oncall")),
        state=Line(separated(list(_state(shown, scene)))),
        actions=_actions(shown),
        fold=tuple(_fold(shown, scene)),
        notification=_notification(one, scene.now),
        quiet=one.state is not _ANNOUNCED,
    )


def _state(shown: Shown, scene: Scene) -> Iterable[Spans]:
    """When, how often, and what it means."""
    one, window = shown.one, shown.window
    again: Spans = (strange(f", {said(window)}", 80),) if window.repeat else ()
    if one.state is _OVER:
        yield own("Over since "), when(one.until, scene.now)
        yield (own(_fired(len(one.left))),)
    elif one.state is _OFF:
        yield (own("It does not take place"),)
    yield *dates(one.starts_at, one.until, window.zone, scene.now), *again
    if one.state is _BEGUN:
        yield own("on until ", bold=True), when(one.until, scene.now)
    elif one.state not in (_OVER, _OFF):
        yield own("begins "), when(one.starts_at, scene.now, "in")
    if one.state not in (_OVER, _OFF):
        yield (own(_meaning(one)),)


def _meaning(one: Occurrence) -> str:
    sentence = how(one.behaviour).rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def _fired(left: int) -> str:
    return f"{words.count(left, 'incident')} went on" if left else "nothing still fired"


def _actions(shown: Shown) -> Actions:
    one, window = shown.one, shown.window

    def press(label: str, verb: str) -> Press:
        says = f"{label.rstrip('…')}, maintenance {window.id}, {title(one)}"
        return Press(
            label, token(verb, window.id, window.rev), says=words.cut(words.clean(says), 75)
        )

    if one.state in (_OVER, _OFF):
        return Actions(())
    first = press("What it covers", "in-maintenance")
    last = press("End now", "end-maintenance")
    if one.state is not _BEGUN:
        first = press("Start early", "start-maintenance")
        last = press("Skip this one", "skip-maintenance")
    more = [press("What it covers", "in-maintenance")] if one.state is not _BEGUN else []
    if not window.file:
        more.append(press("Change…", "change-maintenance"))
    more.append(Press("Every maintenance", token("maintenances", 0, 0)))
    return Actions((first, press("Extend…", "extend-maintenance"), last), tuple(more))


def _fold(shown: Shown, scene: Scene) -> Iterable[Block]:
    one, window = shown.one, shown.window
    names = words.Names(scene.definitions, (one.by,))
    parts: list[Spans] = [(own(f"Maintenance {window.id}"),)]
    parts.append((strange(f"of {one.what}", 80),))
    by = f"by {names(one.by)}" if one.by else "by the settings file" if window.file else ""
    parts += [(strange(by, 60),)] if by else []
    if one.state not in (_OVER, _OFF) and shown.open:
        parts.append((own(f"covers {words.count(shown.open, 'open incident')} now"),))
    yield Facts((separated(parts),))
    rows = [_line(i, scene) for i in shown.left[:_SHOWN]]
    if len(one.left) > _SHOWN:
        rows.append((own(f"{len(one.left) - _SHOWN} more"),))
    if one.state is _OVER and rows:
        yield Rows(tuple(rows))


def _line(i: Incident, scene: Scene) -> Spans:
    return own(f"{words.GLYPH[i.severity]} "), Span(
        f"#{i.id} {words.title(i.title, 48)}", url=scene.link(f"i/{i.id}"), own=False
    )


def _notification(one: Occurrence, now: Instant) -> Spans:
    """``🔧 Maintenance starts in 15 min: db-5 disk swap until 11:30``."""
    name = strange(title(one), 60)
    if one.state in (_OVER, _OFF):
        over = "is over" if one.state is _OVER else "is called off"
        return own(f"{_GLYPH} Maintenance {over}: "), name
    until: Spans = (own(" until "), when(one.until, now))
    if one.state is _BEGUN:
        return own(f"{_GLYPH} Maintenance: "), name, *until
    soon = duration(one.starts_at - now)
    return own(f"{_GLYPH} Maintenance starts in {soon}: "), name, *until


# ---- what presses ask, and what is said below ---------------------------------------------------


def question(shown: Shown, scene: Scene, verb: str) -> Confirm | None:
    """Before a maintenance ends, or is left out: what that means now."""
    name = words.cut(words.clean(title(shown.one)), 60)
    if verb == "end-maintenance":
        count = words.count(shown.open, "incident")
        still = f"{count} of it still {'is' if shown.open == 1 else 'are'} open: "
        asks = "what nobody has is paged, once." if shown.open else "Nothing of it fires."
        return Confirm(f"End {name} now?", f"{still if shown.open else ''}{asks}", "End now")
    if verb == "skip-maintenance":
        span = "".join(
            s.text
            for s in dates(shown.one.starts_at, shown.one.until, shown.window.zone, scene.now)
        )
        return Confirm(
            f"Leave out {name}?", f"{words.clean(span)}. Pages come as usual then.", "Skip"
        )
    return None


def gives(shown: Shown, scene: Scene, verb: str) -> Mapping[str, str]:
    """A change begins with how it is."""
    if verb != "change-maintenance":
        return {}
    w, one = shown.window, shown.one
    return {
        "what": w.what, "when": maintenances.typed_span(one, w.zone), "text": w.text,
        "repeat": said(w) if w.repeat else "", "behaviour": str(w.behaviour),
        "announce": str(w.announce),
    }  # fmt: skip


def said_below(shown: Shown, scene: Scene, content: dict[str, Any]) -> Note | None:
    """``Over. 1 alert still fires: ⚠️ #1830, paging Ana now.``"""
    if content.get("what") != "over":
        return None
    left = list(content.get("left", ()))
    if not left:
        return Note(((own("Over. Nothing still fires."),),))
    firing = sum(each["firing"] for each in left)
    more = len(shown.one.left) - _SHOWN
    names = words.Names(scene.definitions, [h for e in left for h in (*e["asked"], e["holder"])])
    told = [_still(each, scene, names) for each in left[:_SHOWN]]
    if more > 0:
        told.append((own(f"{more} more"),))
    plus = "+" if more > 0 else ""
    fires = "alert still fires" if firing == 1 and not plus else "alerts still fire"
    head = f"Over. {firing}{plus} {fires}: " if firing else "Over. Still open: "
    return Note(((own(head), *separated(told), own(".")),))


def _still(each: Mapping[str, Any], scene: Scene, names: words.Names) -> Spans:
    number = Span(f"#{each['id']}", url=scene.link(f"i/{each['id']}"))
    glyph = own(f"{words.GLYPH[Severity(each['severity'])]} ")
    if each["holder"]:
        what: Spans = (strange(f", {names(each['holder'])} has it", 60),)
    elif each["quiet"]:
        what = (own(", still silenced or snoozed"),)
    elif each["asked"]:
        asked = words.join(names(h) for h in each["asked"][:3])
        what = (strange(f", paging {asked} now", 80),)
    else:
        what = (own(", nobody to page"),)
    return glyph, number, *what


MAINTENANCE = About(read, card, said=said_below, question=question, gives=gives)
