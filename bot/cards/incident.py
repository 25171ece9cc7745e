"""The card of an incident: what, state, buttons, and the fold, the same on every surface."""

from __future__ import annotations

from bot.cards import words
from bot.cards.buttons import actions
from bot.cards.fold import fold
from bot.cards.model import Card, Head
from bot.cards.notification import notification
from bot.cards.state import state
from bot.cards.view import Runs, View
from store.model import Definitions, IncidentDetail, Severity

_ASIDE = {"snoozed", "silenced", "held", "maintenance", "merged"}


def card(
    detail: IncidentDetail,
    definitions: Definitions,
    base_url: str,
    *,
    now: int,
    threads: bool,
    to: str = "",
    place: str = "",
    runs: Runs = (),
) -> Card:
    """The card as it is now; ``now`` only chooses between a clock time and a date.

    ``threads`` says that words in the thread are heard; elsewhere the card counts the notes.
    ``to`` is the handle of its only reader (a page): the notification line then says you.
    ``place`` is where it stands, which it need not link, ``runs`` are the actions that fit.
    """
    view = View(detail, definitions, base_url, now, threads, place, runs)
    return Card(
        id=view.incident.id,
        rev=view.incident.rev,
        color=color(view),
        head=head(view),
        state=state(view),
        actions=actions(view),
        fold=fold(view),
        notification=notification(view, to=to),
        quiet=quiet(view),
    )


def head(view: View) -> Head:
    """Line 1: severity while it is open, RESOLVED or MERGED when it is over."""
    i = view.incident
    glyph, word = words.GLYPH[i.severity], i.severity.upper()
    glyph, word = {
        "resolved": ("✅", "RESOLVED"),
        "merged": (words.GLYPH[Severity.INFO], "MERGED"),
    }.get(view.phase, (glyph, word))
    return Head(glyph, word, i.id, words.title(i.title), view.url)


def color(view: View) -> int:
    """Does it need somebody? The severity's colour while nobody has it."""
    if view.phase in _ASIDE:
        return words.ASIDE
    taken = {"acknowledged": words.TAKEN, "resolved": words.RESOLVED}
    return taken.get(view.phase, words.COLOR[view.incident.severity])


def quiet(view: View) -> bool:
    """Posted without a sound: warnings, infos, and whatever needs nobody now."""
    urgent = view.incident.severity in {Severity.CRITICAL, Severity.ERROR}
    return not (urgent and view.phase in {"new", "escalating"})
