"""The weekly noise report: which alerts paged people for nothing, and what would have helped."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Head, Press, Rows, Spans, State
from bot.cards.scene import About, Choices, Scene
from bot.cards.view import own, separated, strange
from commands import noise
from commands import words as shared
from commands.noise import Report, doing
from commands.rules.noise import Noise, Proposal
from store.model import Severity

_LOUD = 4
_NAME = 60

Kept = tuple[int, Report]


def card(kept: Kept, scene: Scene) -> Card:
    """``NOISE · team db``: pages of the week, the loudest alerts, what rules would have saved."""
    number, report = kept
    rules = [_proposed(n, one, report, scene) for n, one in enumerate(report.proposals, 1)]
    loud = [_loud(one) for one in report.loudest[:_LOUD]]
    of = f"team {report.team}" if report.team else "every team"
    return Card(
        id=number,
        rev=1,
        color=words.NEWS,
        head=Head(words.GLYPH[Severity.INFO], "NOISE", 0, f"of {words.clean(of)} in a week",
                  scene.link("definitions")),
        state=State((own(noise.summary(report)),)),
        actions=_actions(kept, scene),
        fold=(Rows((*loud, *rules)),) if loud or rules else (),
        notification=(own("Noise of "), strange(of, 40), own(f" · {noise.summary(report)}")),
        quiet=True,
    )  # fmt: skip


def _actions(kept: Kept, scene: Scene) -> Actions:
    number, report = kept
    on = [noise.in_force(scene.definitions, report, one) for one in report.proposals]
    shown = []
    if not all(on):
        shown.append(Press("Apply…", token("noise-apply", number, 1), primary=True))
    if any(on):
        shown.append(Press("Take back…", token("noise-undo", number, 1)))
    return Actions(tuple(shown))


def _loud(one: Noise) -> Spans:
    night = f", {one.night} at night" if one.night else ""
    lasts = f", half over in {shared.duration(one.lasts)}" if one.lasts is not None else ""
    said = f"{words.count(one.pages, 'page')}{night} · {one.real} of {one.incidents} real{lasts}"
    return (strange(one.name, _NAME, bold=True), own(f" · {said}"))


def _proposed(number: int, one: Proposal, report: Report, scene: Scene) -> Spans:
    t = one.tried
    night = f", {t.night} at night" if t.night else ""
    real = f"missed {t.missed} of {t.real} real" if t.real else "nothing real among them"
    done = "✅ " if noise.in_force(scene.definitions, report, one) else ""
    saved = f"would have saved {t.saved} of {t.pages} pages{night}, {real}"
    return separated([
        (own(f"{done}{number}. "), strange(one.name, _NAME), own(f": {doing(one)}")),
        (own(saved),),
    ])  # fmt: skip


def choices(kept: Kept, scene: Scene, verb: str) -> Mapping[str, Choices]:
    """The rules that can be put in force, or taken back."""
    _, report = kept
    wanted = verb == "noise-undo"
    found = tuple(
        (str(n), words.cut(f"{words.clean(one.name)}: {doing(one)}", 75))
        for n, one in enumerate(report.proposals, 1)
        if noise.in_force(scene.definitions, report, one) is wanted
    )
    return {"which": found}


NOISE = About(noise.read, card, choices=choices)
