"""Below the buttons of an approval: what will be run to the letter, what a dry run said, what takes
it back, and what asker and approvers said."""

from __future__ import annotations

from typing import Any

from bot.cards import words
from bot.cards.model import Block, Facts, Output, Rows, Spans, Value
from bot.cards.scene import Scene
from bot.cards.view import own, separated, strange, when
from store.approvals import WAITS, Approval
from store.executions import DONE

_LINES, _SAID = 4, 3


def fold(one: Approval, scene: Scene) -> tuple[Block, ...]:
    """Nothing for what is no run of an action."""
    if not one.more:
        return ()
    said = Rows(_talk(one, scene))
    dry = one.more.get("dry", {})
    deed = one.says.removesuffix(f" about #{one.incident}")
    parts: list[Block] = [Value(words.cut(words.clean(deed), 140))]
    facts = tuple(filter(None, (_facts(one), _tried(dry, scene))))
    parts += [Facts(facts)] if facts else []
    if text := str(dry.get("text", "")):
        parts.append(Output("\n".join(words.lines(text).splitlines()[:_LINES])[:600]))
    return (*parts, *((said,) if said.rows else ()))


def _facts(one: Approval) -> Spans:
    """What takes it back, why a machine asks, what must be typed, what it became."""
    more, run = one.more, one.more["run"]
    undo: Spans = (own("Undo: "), strange(str(more["undo"]), 60)) if more.get("undo") else ()
    why: Spans = (own("Why: "), strange(run["why"], 120)) if run.get("why") else ()
    word: Spans = ()
    if one.state == WAITS and more.get("word"):
        word = own("To approve, type "), strange(str(more["word"]), 60, bold=True)
    became = (own(f"Run {more['execution']}"),) if more.get("execution") else ()
    return separated([undo, why, word, became])


def _tried(dry: Any, scene: Scene) -> Spans:
    """``Dry run 03:13: would …``."""
    if not dry:
        return ()
    at = when(int(dry["at"]), scene.now)
    if not dry.get("state"):
        return own("Dry run since "), at
    failed = "" if dry["state"] == DONE else " did not work"
    return own("Dry run "), at, own(f"{failed}:" if dry.get("text") else failed or " said nothing")


def _talk(one: Approval, scene: Scene) -> tuple[Spans, ...]:
    talk = one.more.get("talk", ())[-_SAID:]
    return tuple(
        (strange(scene.definitions.name_of(who), 40), own(": "), strange(text, 200))
        for who, text in talk
    )


def talked(one: Approval) -> Spans:
    """What was asked last, "" where who asked has answered."""
    talk = one.more.get("talk", ())
    if not talk or talk[-1][0] == one.asker:
        return ()
    return own("asked: "), strange(str(talk[-1][1]), 80)
