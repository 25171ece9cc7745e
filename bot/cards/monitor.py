"""``Zabbix does not take what people do``: told where the source's people look."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Facts, Head, Rows, Span, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from store import monitor_troubles
from store.db import Tx
from store.model import Severity
from store.monitor_troubles import MonitorTrouble

_GLYPH = words.GLYPH[Severity.WARNING]
_OVER = "#2BA98F"


def read(tx: Tx, text: str) -> MonitorTrouble | None:
    """What is wrong with the monitor of a source; the rest of the text says which hour's card."""
    number = text.partition(":")[0]
    known = number.isdecimal() and len(number) < 20
    return monitor_troubles.get(tx, int(number)) if known else None


def card(found: MonitorTrouble, scene: Scene) -> Card:
    """What does not work, since when, and what to do."""
    name = words.cut(words.clean(found.name), 60)
    said = strange(found.error, 300)
    since = (own("since "), when(found.since, scene.now))
    is_over = found.over_at is not None
    over = (own("answers again since "), when(found.over_at, scene.now)) if found.over_at else ()
    glyph, word = ("✅", "ANSWERS") if is_over else (_GLYPH, "UNTOLD")
    what = (own("Not done there: "), strange(found.say, 120))
    rows = (
        (own("What people do here does not reach it. It is tried again; how it stands: "),
         Span("monitors", code=True)),
    )  # fmt: skip
    return Card(
        id=found.source_id,
        rev=1,
        color=int(_OVER[1:], 16) if is_over else words.COLOR[Severity.WARNING],
        head=Head(glyph, word, 0, f"monitor {name}", scene.link()),
        state=State(over or (said,)),
        actions=Actions(()),
        fold=(
            Facts((separated([since, what if found.say else ()]),)),
            Rows(rows if not is_over else ((own("It was: "), said),)),
        ),
        notification=(own(f"{glyph} Monitor "), strange(name, 60),
                      own(" answers again" if is_over else " does not take what people do")),
        quiet=True,
    )  # fmt: skip


MONITOR = About(read=read, card=card)
