"""What an automation suggests below an incident's cards, and that one rests because it does not
help."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Confirm, Head, Press, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.automation.happened import KIND
from commands.automation.judging import TRIP
from commands.automation.narrating import deeds
from store import automation_runs as runs
from store import automations
from store.automation_runs import OPEN, SUGGESTED, AutomationRun
from store.automations import TRIPPED, Switch
from store.db import Tx
from store.model import DAY


@dataclass(frozen=True, slots=True)
class Tripped:
    """The run after which an automation rests, and how it stands now."""

    run: AutomationRun
    switch: Switch


def read(tx: Tx, number: str) -> AutomationRun | None:
    """A run by its number."""
    return runs.get(tx, int(number)) if number.isdecimal() and len(number) < 16 else None


def read_tripped(tx: Tx, number: str) -> Tripped | None:
    """The same, with its automation."""
    run = read(tx, number)
    return Tripped(run, automations.get(tx, run.automation)) if run is not None else None


def card(one: AutomationRun, scene: Scene) -> Card:
    """``💡 SUGGESTED · restart-checkout``, with a button; later what became of it."""
    waits = one.state == SUGGESTED and scene.now - one.at < DAY
    word = "SUGGESTED" if one.state == SUGGESTED else "AUTOMATION"
    url = scene.link(f"i/{one.incident_id}" if one.incident_id else "automations")
    return Card(
        id=one.id,
        rev=1,
        color=words.NEWS if waits else words.TAKEN,
        head=Head("💡" if one.state == SUGGESTED else "🤖", word, 0, one.automation, url),
        state=State(_state(one, scene)),
        actions=Actions(_run(one) if waits else ()),
        fold=(),
        notification=(own("💡 "), strange(one.automation, 60), own(" suggests an action")),
        quiet=True,
    )


def _state(one: AutomationRun, scene: Scene) -> Spans:
    if one.state == SUGGESTED:
        would: Spans = (own("It would run "), strange(one.would or "its actions", 200))
        return separated([would, (strange(f"because {one.why}", 200),) if one.why else ()])
    by = strange(scene.definitions.name_of(one.by), 60) if one.by else own("It ran")
    began: Spans = (by, own(" ran it ") if one.by else own(" "), when(one.at, scene.now, "in"))
    if one.state in OPEN:
        return separated([began, (strange(deeds(one), 200),)])
    return separated([began, (strange(one.outcome or one.state, 200),)])


def _run(one: AutomationRun) -> tuple[Press, ...]:
    ask = Confirm(
        "Run it?", words.cut(words.clean(f"{one.would or one.automation}."), 200), "Run it"
    )
    says = f"Run what {one.automation} suggests"
    return (Press("Run it", token("take-suggestion", one.id, 1), confirm=ask, says=says),)


def tripped_card(one: Tripped, scene: Scene) -> Card:
    """``⛔ TRIPPED · restart-checkout``: why, until when it rests, how it is turned on."""
    run, switch = one.run, one.switch
    rests = switch.state == TRIPPED
    url = scene.link(f"i/{run.incident_id}" if run.incident_id else "automations")
    said: Spans = (strange(switch.why or "it did not help", 200),)
    if rests:
        later: Spans = (own("it rests and tries once "), when(switch.until, scene.now, "in"))
        state = separated([said, later, (own(f"or: automation-on {run.automation}"),)])
    else:
        state = separated([(own(f"It is {switch.state or 'as its settings say'} again"),)])
    ask = Confirm("Turn it on?", f"{run.automation} runs by itself again.", "Turn it on")
    press = Press(
        "Turn on again", token("automation-again", run.id, 1), confirm=ask,
        says=f"Turn on {run.automation}",
    )  # fmt: skip
    return Card(
        id=run.id,
        rev=1,
        color=words.NEWS if rests else words.TAKEN,
        head=Head("⛔" if rests else "🤖", "TRIPPED" if rests else "ON", 0, run.automation, url),
        state=State(state),
        actions=Actions((press,) if rests else ()),
        fold=(),
        notification=(own("⛔ Automation "), strange(run.automation, 60), own(" tripped")),
        quiet=False,
    )


ABOUTS = {KIND: About(read, card), TRIP: About(read_tripped, tripped_card)}
