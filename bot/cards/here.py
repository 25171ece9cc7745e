"""``@here``: the one message that calls all who are there, where the rule of a channel says so."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Card, Head, Press, Span, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated
from store import incidents
from store.db import Tx
from store.model import Incident, IncidentStatus

_AT = "\uff20"
"""Stands for a stranger's @: where one mention is let through, no other may come along."""


def read(tx: Tx, name: str) -> Incident | None:
    """The incident it is about."""
    return incidents.get(tx, int(name)) if name.isdecimal() else None


def card(incident: Incident, scene: Scene) -> Card:
    """``@here #1842 Disk full: nobody has it``; once somebody has it, that."""
    title = words.title(incident.title).replace("@", _AT)
    glyph = words.GLYPH[incident.severity]
    url = scene.link(f"i/{incident.id}")
    number = f"#{incident.id} "
    said = _said(incident, scene)
    return Card(
        id=incident.id,
        rev=incident.rev,
        color=_color(incident),
        head=Head(glyph, str(incident.severity).upper(), incident.id, title, url),
        state=State(separated([(Span("@here", here=True, bold=True),), (own(said),)], " ")),
        actions=Actions(tuple(_answer(incident))),
        fold=(),
        notification=(
            own(f"{glyph} "), Span("@here", here=True), own(f" {number}"),
            Span(words.cut(title, words.TITLE_SHORT), own=False), own(f" · {said}"),
        ),
    )  # fmt: skip


def _answer(incident: Incident) -> Iterator[Press]:
    if incident.status is IncidentStatus.TRIGGERED:
        says = f"Acknowledge incident {incident.id}"
        yield Press("Acknowledge", token("ack", incident.id, incident.rev), True, says=says)


def _color(incident: Incident) -> int:
    if incident.status is IncidentStatus.RESOLVED:
        return words.RESOLVED
    return words.COLOR[incident.severity] if incident.holder is None else words.TAKEN


def _said(incident: Incident, scene: Scene) -> str:
    if incident.status is IncidentStatus.RESOLVED:
        return "it is over"
    if incident.holder is not None:
        return f"{words.clean(scene.definitions.name_of(incident.holder))} has it"
    return "nobody has it" if incident.paged else "it is new and nobody has it"


HERE = About(read, card)
