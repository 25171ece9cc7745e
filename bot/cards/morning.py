"""``Paged twice tonight, 41 min awake``, in the morning, to whoever was."""

from __future__ import annotations

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Head, Press, Rows, Span, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own
from commands.mornings import NIGHT, Night, read
from commands.registry import CATALOG
from commands.rules.oncall.duty import turns
from commands.words import duration
from store.model import DAY, Incident, Severity

_SHOWN = 4
_INFO = words.GLYPH[Severity.INFO]


def card(night: Night, scene: Scene) -> Card:
    """How the night was, what it was about, and who could have the next one."""
    times = {1: "once", 2: "twice"}.get(night.pages, f"{night.pages} times")
    said = f"Paged {times} last night, {duration(night.awake)} awake"
    why = night.incidents[0] if night.incidents else None
    buttons: list[Press] = []
    if "cover" in CATALOG and _again(night, scene):
        buttons.append(Press("Ask for cover…", token("cover", 0, 0)))
    if why is not None:
        buttons.append(Press("Why?", token("why", why.id, why.rev)))
    again: Spans = (own("You are on call tonight too."),) if _again(night, scene) else ()
    return Card(
        id=night.morning,
        rev=1,
        color=words.NEWS,
        head=Head(_INFO, "MORNING", 0, said, scene.link("oncall")),
        state=State(again or (own("The next night is somebody else's."),)),
        actions=Actions(tuple(buttons)),
        fold=(Rows(tuple(_line(i, scene) for i in night.incidents[:_SHOWN])),),
        notification=(own(f"{_INFO} {said}"),),
        quiet=True,
    )


def _again(night: Night, scene: Scene) -> bool:
    """Whether the next night is theirs as well."""
    start = night.morning + DAY - NIGHT
    return any(
        any(turns(schedule, night.person, start, night.morning + DAY))
        for schedule in scene.definitions.schedules.values()
    )


def _line(i: Incident, scene: Scene) -> Spans:
    title = Span(f"#{i.id} {words.title(i.title, 48)}", url=scene.link(f"i/{i.id}"), own=False)
    over = i.resolved_at is not None
    took = f" · open {duration((i.resolved_at or scene.now) - i.opened_at)}"
    return own("✅ " if over else f"{words.GLYPH[i.severity]} "), title, own(took)


MORNING = About(read, card)
