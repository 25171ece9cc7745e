"""Card 11: what is silenced, until when, by whom and why, with its end at hand."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Confirm, Head, Press, Rows, Span, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.outlook import never
from commands.rules import silencing as rules
from commands.silences import hides
from store import silences
from store.db import Tx
from store.model import Incident
from store.model.silence import Silence, SilenceState

_WHAT = 80
_WHY = 80
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A silence with the open incidents that it hides."""

    silence: Silence
    hidden: tuple[Incident, ...] = ()


def read(tx: Tx, name: str) -> Shown | None:
    """The silence of a card."""
    found = silences.get(tx, int(name)) if name.isdecimal() else None
    return Shown(found, tuple(hides(tx, found))) if found else None


def card(shown: Shown, scene: Scene) -> Card:
    """``🔇 SILENCED · host=staging-2``, until when, by whom, and what it hides."""
    one = shown.silence
    over = one.state is SilenceState.OVER
    word = "SILENCE OVER" if over else "SILENCED"
    url = scene.link("?group=who")
    return Card(
        one.id, one.rev, words.ASIDE,
        Head("🔇", word, 0, words.cut(words.clean(_what(one)), _WHAT), url),
        State(separated(_over(one, scene) if over else _state(shown, scene))),
        Actions(()) if over else _actions(shown, scene),
        () if over or not shown.hidden else (Rows(tuple(_rows(shown, scene))),),
        _notification(one, scene), quiet=True,
    )  # fmt: skip


def _what(one: Silence) -> str:
    return one.what or f"alerts of #{one.of}"


def _name(one: Silence, scene: Scene, handle: str = "") -> str:
    who = handle or one.by
    known = words.short_names(scene.definitions.people.values())
    return words.clean(known.get(who) or scene.definitions.name_of(who))


def _by(one: Silence, scene: Scene) -> Spans:
    why: Spans = (own(": “"), strange(one.text, _WHY), own("”")) if one.text else ()
    return own("by "), strange(_name(one, scene), 40, bold=True), *why


def _state(shown: Shown, scene: Scene) -> list[Spans]:
    one = shown.silence
    parts: list[Spans] = [
        (own("Until ", bold=True), when(one.until, scene.now)), _by(one, scene),
        (own(_hides(shown)),),
    ]  # fmt: skip
    return [*parts, (own(never(rules.read(one.what))),)] if one.what else parts


def _hides(shown: Shown) -> str:
    now = words.count(len(shown.hidden), "incident") if shown.hidden else "nothing"
    week = f", {shown.silence.week} last week" if shown.silence.what else ""
    return f"hides {now} now{week}"


def _over(one: Silence, scene: Scene) -> list[Spans]:
    ended: Spans = (own("By itself"),)
    if one.ended_by:
        ended = (strange(_name(one, scene, one.ended_by), 40, bold=True), own(" ended it"))
    at: Spans = (own(" at "), when(one.ended_at, scene.now)) if one.ended_at else ()
    return [(*ended, *at), (own("made "), *_by(one, scene)), (own("what still fires asks"),)]


def _actions(shown: Shown, scene: Scene) -> Actions:
    one = shown.silence

    def press(label: str, verb: str, confirm: Confirm | None = None) -> Press:
        says = words.cut(f"{label.rstrip('…')}, silence {one.id} of {words.clean(_what(one))}", 75)
        return Press(label, token(verb, one.id, one.rev), False, confirm, says)

    return Actions(
        (
            press("Extend…", "silence-extend"),
            press("End now", "silence-end", question(shown, scene, "silence-end")),
            press("Show what it hides", "silence-show"),
        )
    )


def question(shown: Shown, scene: Scene, verb: str) -> Confirm | None:
    """Before it ends: how many incidents ask then."""
    if verb != "silence-end" or shown.silence.state is not SilenceState.ON:
        return None
    many = len(shown.hidden)
    asks = "1 incident asks" if many == 1 else f"{many} incidents ask"
    text = f"{asks} at once if it still fires." if many == 1 else f"{asks} at once if they fire."
    text = text if many else "It hides nothing that is open now."
    what = words.cut(words.clean(_what(shown.silence)), 70)
    return Confirm(f"End the silence of {what}?", text, "End it")


def _rows(shown: Shown, scene: Scene) -> list[Spans]:
    rows: list[Spans] = []
    for i in shown.hidden[:_SHOWN]:
        url = scene.link(f"i/{i.id}")
        title = Span(f"#{i.id} {words.title(i.title, 60)}", url=url, own=False)
        rows.append((own(f"{words.GLYPH[i.severity]} "), title))
    left = len(shown.hidden) - _SHOWN
    if left > 0:
        rows.append((own(f"{left} more"),))
    return rows


def _notification(one: Silence, scene: Scene) -> Spans:
    """``🔇 Bob silenced staging-2 until Wed 09:00: load test``."""
    what = words.cut(words.clean(_what(one)), 40)
    if one.state is SilenceState.OVER:
        return (strange(f"🔇 The silence of {what} is over", 110),)
    why: Spans = (own(": "), strange(one.text, 40)) if one.text else ()
    start = (strange(f"🔇 {_name(one, scene)} silenced {what}", 70), own(" until "))
    return (*start, when(one.until, scene.now), *why)


SILENCE = About(read, card, question=question)
