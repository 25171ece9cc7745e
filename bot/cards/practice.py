"""Two cards about no incident: the result of a drill, and shadow mode's daily report."""

from __future__ import annotations

from bot.cards import words
from bot.cards.model import Actions, Card, Facts, Head, Rows, Span, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands import drills, shadow
from commands.shadow import Report, lines_of, summary
from store import drills as rows
from store.db import Tx
from store.drills import Drill
from store.model import Severity

_ROWS = 5


def _drill(tx: Tx, text: str) -> Drill | None:
    found = rows.get(tx, int(text)) if text.isdecimal() else None
    return found if found is not None and found.score else None


def drill(found: Drill, scene: Scene) -> Card:
    """How a drill went: who answered how fast, each channel, what stayed silent."""
    known, score = scene.definitions, found.score
    what = f"team {found.team}" if found.team else f"policy {found.policy}"
    good = score["ack"] is not None
    said = drills.summary(score, known)
    return Card(
        id=found.id,
        rev=1,
        color=words.RESOLVED if good else words.COLOR[Severity.WARNING],
        head=Head(
            "✅" if good else words.GLYPH[Severity.WARNING], "DRILL", 0, f"of {what}",
            scene.link(f"i/{found.incident_id}"),
        ),
        state=State((strange(said, 300),)),
        actions=Actions(()),
        fold=(Facts((_facts(found, scene),)), Rows(tuple(_lines(found, scene)))),
        notification=(own("Drill of "), strange(what, 60), own(" · "), strange(said, 100)),
        quiet=True,
    )  # fmt: skip


def _facts(found: Drill, scene: Scene) -> Spans:
    steps = f"{found.steps} {'step' if found.steps == 1 else 'steps'} at most"
    by = "by plan" if found.by == "plan" else f"by {scene.definitions.name_of(found.by)}"
    return separated([
        (when(found.at, scene.now),),
        (strange(found.policy, 60),),
        (own(steps),),
        (strange(by, 60),),
    ])  # fmt: skip


def _lines(found: Drill, scene: Scene) -> list[Spans]:
    lines = list(drills.details(found.score, scene.definitions))
    return [(strange(line, 300),) for line in lines[:_ROWS]]


def report(found: Report, scene: Scene) -> Card:
    """Who would have been paged in a day against whom the old tool paged."""
    compared = found.compared
    differs = found.recorded and not compared.alike
    lines = list(lines_of(found, scene.definitions, "UTC"))[1:]
    more = [(own(f"{len(lines) - _ROWS + 1} more lines: shadow"),)] if len(lines) > _ROWS else []
    shown: list[Spans] = [(strange(line, 300),) for line in lines[: _ROWS - len(more)]]
    return Card(
        id=found.end,
        rev=1,
        color=words.COLOR[Severity.WARNING if differs else Severity.INFO],
        head=Head(
            words.GLYPH[Severity.INFO], "SHADOW", 0, "mode: nobody is paged", scene.link(),
        ),
        state=State((
            _day(found.start), own(" to "), _day(found.end), own(f": {summary(found)}"),
        )),
        actions=Actions(()),
        fold=(Rows((*shown, *more)),) if lines else (),
        notification=(own("Shadow mode · "), own(summary(found))),
        quiet=True,
    )  # fmt: skip


def _day(at: int) -> Span:
    return Span(words.date(at, "UTC"), at=at, form="date")


DRILL = About(read=_drill, card=drill)
SHADOW = About(read=shadow.report_until, card=report)
