"""Several incidents that page one person at the same time, as one message that names them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Block, Card, Head, Note, Press, Rows, Span, Spans, State
from bot.cards.view import View, own, separated, strange
from store.model import IncidentStatus, Severity

_BLOCK, _MOST = 5, 15
_TITLE = 48


def worst_first(views: Sequence[View]) -> list[View]:
    """By severity, those that nobody has first, then the oldest."""

    def rank(view: View) -> tuple[int, bool, int]:
        i = view.incident
        return i.severity.rank, i.status is not IncidentStatus.TRIGGERED, i.id

    return sorted(views, key=rank)


def count(views: Sequence[View]) -> str:
    """``3 incidents, 2 critical``."""
    critical = sum(v.incident.severity is Severity.CRITICAL for v in views)
    said = words.count(len(views), "incident")
    return f"{said}, {critical} critical" if critical else said


def card(views: Sequence[View], url: str) -> Card:
    """``🔴 3 INCIDENTS · 2 critical``, one line each with a link; who has it stands beside it."""
    ordered = worst_first(views)
    first = ordered[0].incident
    open_ones = [v for v in ordered if v.incident.status is IncidentStatus.TRIGGERED]
    calm = not open_ones
    color = words.TAKEN if calm else words.COLOR[open_ones[0].incident.severity]
    glyph = "✅" if calm else words.GLYPH[open_ones[0].incident.severity]
    title = ", ".join(f"#{v.incident.id}" for v in ordered[:_BLOCK])
    more = len(ordered) - _BLOCK
    title = f"{title} and {more} more" if more > 0 else title
    return Card(
        id=first.id,
        rev=first.rev,
        color=color,
        head=Head(glyph, count(views).upper(), 0, title, f"{url.rstrip('/')}/"),
        state=State((own(_asks(len(open_ones), len(ordered))),)),
        actions=Actions(tuple(map(_press, open_ones[:_BLOCK]))),
        fold=_lines(ordered),
        notification=_notification(ordered),
        quiet=calm,
    )


def _asks(left: int, of: int) -> str:
    if left == of:
        return "You are paged for all of them."
    return f"{left} of them still wait for somebody." if left else "Somebody has each of them."


def _press(view: View) -> Press:
    i = view.incident
    says = f"Acknowledge incident {i.id}, {words.title(i.title, _TITLE)}"
    return Press(f"Acknowledge #{i.id}", token("ack", i.id, i.rev), says=says)


def _lines(ordered: list[View]) -> tuple[Block, ...]:
    rows = [_line(view) for view in ordered[:_MOST]]
    if len(ordered) > _MOST:
        rows[-1] = (own(f"… and {len(ordered) - _MOST + 1} more in the console"),)
    return tuple(Rows(tuple(rows[i : i + _BLOCK])) for i in range(0, len(rows), _BLOCK))


def _line(view: View) -> Spans:
    i = view.incident
    link = Span(f"#{i.id}", bold=True, url=view.url)
    what: Spans = (own(f"{words.GLYPH[i.severity]} "), link, own(" "), strange(i.title, _TITLE))
    return separated([what, _stands(view)])


def _stands(view: View) -> Spans:
    i = view.incident
    if i.status is IncidentStatus.RESOLVED:
        return (own("resolved"),)
    if i.holder:
        return strange(view.names(i.holder), 40), own(" has it")
    return (own("nobody has it"),)


def _notification(ordered: list[View]) -> Spans:
    """``🔴 3 incidents, 2 critical · worst: #1842 Disk 94 % full on db-3``."""
    worst = ordered[0].incident
    return (
        own(f"{words.GLYPH[worst.severity]} {count(ordered)} · worst: #{worst.id} "),
        strange(words.title(worst.title, _TITLE)),
    )


def note(views: Sequence[View]) -> Note:
    """What stands below it in a direct message: how many of them still wait."""
    left = sum(view.incident.status is IncidentStatus.TRIGGERED for view in views)
    said = f"{words.count(len(views), 'page')} came within two minutes, so this is one message."
    if left < len(views):
        said = f"{left} of {len(views)} still wait for somebody." if left else "Nothing more to do."
    return Note(((own(said),),), quiet=not left)
