"""Card 20: what could be saved, or put in order, of one kind in one place; weekly and silent."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Block, Card, Head, Press, Rows, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.inventory import savings
from commands.inventory.finding import ABOUT
from commands.inventory.savings import Kept
from commands.rules.cost import money
from commands.rules.findings import Group, called, state_of
from commands.words import duration
from store.model.finding import Merged

_GLYPH, _SHOWN, _NAME, _WHY = "💶", 4, 60, 200


def card(kept: Kept, scene: Scene) -> Card:
    """``💶 SAVE 412 €/month · 7 unattached disks in aws-prod eu-west-1``."""
    number, group, _ = kept
    saves = savings.worth(group)
    there = [m for m in group.found if m.first.gone_at is None]
    what = f"{called(group.rule, len(there) or len(group.found))} in {_where(group)}"
    word = "SAVE" if saves else "TO DO"
    title = f"{saves}/month · {what}" if saves else what
    return Card(
        id=number,
        rev=1,
        color=words.NEWS if _open(group, scene) else words.ASIDE,
        head=Head(_GLYPH, word, 0, words.title(title), scene.link("findings")),
        state=State(separated(list(_state(group, scene)))),
        actions=_actions(number, group, scene),
        fold=tuple(_fold(group)),
        notification=_notification(group, what, saves),
        quiet=True,
    )


def _where(group: Group) -> str:
    return words.clean(f"{group.source} {group.region}".strip())


def _open(group: Group, scene: Scene) -> list[Merged]:
    return [m for m in group.found if m.first.is_open(scene.now)]


def _state(group: Group, scene: Scene) -> list[Spans]:
    """How old, whose, and what people said about it."""
    parts: list[Spans] = [(own(f"oldest {duration(scene.now - group.since)}"),)]
    owners = dict.fromkeys(m.first.place.owner for m in group.found if m.first.place.owner)
    if group.team:
        parts.append((own("owner team "), strange(group.team, 40)))
    elif owners:
        parts.append((own("owner "), strange(next(iter(owners)), 40)))
    said = {state_of(m.first, scene.now) for m in group.found}
    first = group.found[0].first
    who = scene.definitions.name_of(first.by) if first.by else ""
    if said == {"gone"}:
        parts.append((own("✅ all of it is gone", bold=True),))
    elif said == {"snoozed"} and first.until is not None:
        by: Spans = (own(" by "), strange(who, 40)) if who else ()
        parts.append((own("snoozed until ", bold=True), when(first.until, scene.now), *by))
    elif said == {"dismissed"}:
        says: Spans = (own(", says "), strange(who, 40)) if who else ()
        parts.append((own("not ours", bold=True), *says))
        if first.reason:
            parts.append((strange(first.reason, 100),))
    elif any(m.first.ticket for m in group.found):
        at = max(m.first.ticket or 0 for m in group.found)
        parts.append((own("ticket made "), when(at, scene.now)))
    return parts


def _actions(number: int, group: Group, scene: Scene) -> Actions:
    name = words.cut(words.clean(called(group.rule, len(group.found))), 40)

    def press(label: str, verb: str, *, primary: bool = False) -> Press:
        return Press(
            label, token(verb, number, 1), primary=primary, says=f"{label.rstrip('…')}, {name}"
        )

    show = press(f"Show {len(group.found)}", "show-findings", primary=True)
    if all(m.first.gone_at is not None for m in group.found):
        return Actions((show,))
    if not _open(group, scene):
        return Actions((show, press("Name it again", "reopen-finding")))
    return Actions((
        show, press("Ticket", "ticket-finding"), press("Snooze 30 d", "snooze-finding"),
        press("Not ours…", "dismiss-finding"),
    ))  # fmt: skip


def _fold(group: Group) -> list[Block]:
    """The dearest of it, and by which figures and prices."""
    rows: list[Spans] = []
    for m in group.found[:_SHOWN]:
        place = m.first.place
        saves = f" · {money(m.saving, m.currency)}/month" if m.saving > 0 else ""
        typed: Spans = (own(" · "), strange(place.type, 30)) if place.type else ()
        name = place.name or m.first.finding.title
        rows.append((strange(name, _NAME, bold=True), *typed, own(saves)))
    if len(group.found) > _SHOWN:
        rows.append((own(f"{len(group.found) - _SHOWN} more"),))
    else:
        whys = {m.why for m in group.found}
        rows += [(strange(why, _WHY),) for why in sorted(whys)[:1] if why]
    if len(group.found) > _SHOWN and group.found[0].why:
        rows[-1] = (*rows[-1], own(" · "), strange(group.found[0].why, _WHY))
    return [Rows(tuple(rows[:5]))]


def _notification(group: Group, what: str, saves: str) -> Spans:
    """``💶 412 €/month to save in aws-prod: 7 unattached disks · team data``."""
    several = called(group.rule, len(group.found))
    head = f"{_GLYPH} {saves}/month to save in " if saves else f"{_GLYPH} To do in "
    team: Spans = (own(" · team "), strange(group.team, 30)) if group.team else ()
    return (own(head), strange(group.source, 30), own(f": {words.clean(several)}"), *team)


def gives(kept: Kept, scene: Scene, verb: str) -> Mapping[str, str]:
    """A press on the card is about all of it."""
    return {} if verb == "show-findings" else {"whole": "yes"}


SAVING = About(savings.read, card, gives=gives)
ABOUTS = {ABOUT: SAVING}
