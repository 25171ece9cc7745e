"""To who leaves, alone: is there anything whoever comes should know, and what becomes of what is
theirs and open?"""

from __future__ import annotations

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.handoff import Change, line_of, names_of, read
from bot.cards.model import Actions, Card, Facts, Head, Note, Press, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from store.model.handoff import OFF, Handoff

_ASKED = 5


def card(change: Change, scene: Scene) -> Card:
    """``Anything Ana should know?``, ten minutes before the end."""
    it = change.handoff
    names = names_of(change, scene)
    came = words.join(names(p) for p in it.relief.coming) or "whoever comes next"
    over = it.state == OFF
    state: list[Spans] = []
    if over:
        state.append((own("It is not happening: the schedule was changed."),))
    else:
        state.append((own("Your shift ends "), when(it.at, scene.now, "in")))
        state += _said(it, scene, came)
    first = Press("Write a note…", token("handoff-note", it.id, it.rev), primary=not it.notes)
    none = Press("Nothing", token("no-handoff-note", it.id, it.rev))
    done = scene.to in it.notes or scene.to in it.silent
    buttons = () if over else (first,) if done else (first, none)
    return Card(
        id=it.id,
        rev=it.rev,
        color=words.NEWS,
        head=Head("🤝", "HANDOFF", 0, words.clean(f"Anything {came} should know?"),
                  scene.link("oncall")),
        state=State(separated(state)),
        actions=Actions(buttons),
        fold=(Facts(((strange(f"{it.schedule}, to {came}", 100),),)),),
        notification=(own("🤝 "), strange(f"Anything {came} should know?", 80),
                      own(" Your shift ends "), when(it.at, scene.now, "in")),
    )  # fmt: skip


def _said(it: Handoff, scene: Scene, came: str) -> list[Spans]:
    if scene.to in it.notes:
        return [(strange(f"your note for {came}: “{words.clean(it.notes[scene.to])}”", 400),)]
    return [(own("nothing to know"),)] if scene.to in it.silent else []


def yours(change: Change, scene: Scene) -> Note:
    """What is open of whoever leaves, each with Keep and Pass."""
    it = change.handoff
    mine = [i for i in change.open if scene.to in (i.holder, i.assignee)][:_ASKED]
    if it.state == OFF or not mine or not scene.to:
        return Note(())
    names = names_of(change, scene)
    lines: list[Spans] = [(own("Yours and open:"),)]
    actions: list[Press] = []
    to = next((names(p) for p in it.relief.coming), "")
    for i in mine:
        lines.append(line_of(i, change, scene, names))
        if i.id not in it.decided:
            actions.append(Press(f"Keep #{i.id}", token("keep", i.id, i.rev)))
            if to:
                label = words.cut(f"Pass #{i.id} to {to}", 40)
                actions.append(Press(label, token("pass", i.id, i.rev)))
    return Note(tuple(lines), actions=tuple(actions))


LEAVING = About(read, card, note=yours)
