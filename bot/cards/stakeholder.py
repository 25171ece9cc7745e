"""What those read who only follow an incident: in plain words, without labels, and with names only
where the settings allow them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.cards import words
from bot.cards.model import Actions, Card, Head, Note, Rows, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.words import duration
from store import incidents
from store import stakeholders as rows
from store import status as published
from store.db import Tx
from store.model import Incident, IncidentStatus, Severity
from store.model.stakeholder import (
    BACK,
    MANY,
    OPENED,
    RESOLVED,
    SERVICE,
    UPDATE,
    Subscription,
    Told,
)
from store.model.status import Post

_SHOWN = 3
_ROWS = 5
_WIDE, _TITLE, _BRIEF = 280, 120, 90
_WORD = {
    OPENED: "STARTED", UPDATE: "UPDATE", RESOLVED: "RESOLVED", BACK: "BACK", MANY: "STARTED",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """One update with the incident as it is now, and what is published of it; ``before`` are those
    that went out earlier, the latest first."""

    told: Told
    incident: Incident | None = None
    post: Post | None = None
    before: tuple[Told, ...] = ()


def read(tx: Tx, name: str) -> News | None:
    """An update by its number."""
    told = rows.update_of(tx, int(name)) if name.isdecimal() else None
    if told is None:
        return None
    return News(told, incidents.get(tx, told.incident), published.get(tx, told.incident))


def latest(tx: Tx, name: str) -> News | None:
    """The latest update that went out of an incident."""
    found = rows.updates(tx, int(name)) if name.isdecimal() else []
    sent = [told for told in found if told.sent_at is not None]
    if not sent:
        return None
    last, before = sent[-1], tuple(t for t in reversed(sent[:-1]) if t.kind == UPDATE)
    incident = incidents.get(tx, last.incident)
    return News(last, incident, published.get(tx, last.incident), before)


def title_inside(news: News) -> str:
    """What an incident is called in the house."""
    if news.post is not None and not news.post.hidden:
        return words.title(news.post.title, _TITLE)
    if news.incident is None:
        return "Several incidents"
    if news.told.titles:
        return words.title(news.incident.title, _TITLE)
    return title_outside(news, None)


def title_outside(news: News, one: Subscription | None) -> str:
    """The same before strangers: as it is published, else the part of the status page, else what
    they asked for themselves; never a monitor's words."""
    if news.post is not None and not news.post.hidden:
        return words.title(news.post.title, _TITLE)
    incident = news.incident
    if incident is None:
        return "Several incidents"
    if news.told.parts:
        return f"Problems with {words.join(news.told.parts[:3])}"
    if one is not None and one.subject.kind == SERVICE:
        return f"Problems with {words.cut(words.clean(one.subject.value), 60)}"
    return f"An incident ({incident.severity})"


def says(news: News, *, outside: bool = False) -> str:
    """The words of an update beside what a person wrote."""
    incident = news.incident
    if incident is None:
        return ""
    if news.told.kind == OPENED:
        return "People are looking into it."
    if news.told.kind == BACK:
        return "It is not over: people are looking into it again."
    if news.told.kind == RESOLVED and incident.resolved_at is not None:
        return f"It is over after {duration(incident.resolved_at - incident.opened_at)}."
    return ""


def lines_of(news: News) -> list[str]:
    """What a person wrote, line by line."""
    return [line for line in map(words.clean, news.told.text.splitlines()) if line]


def _glyph(news: News) -> str:
    if news.told.kind == RESOLVED:
        return "✅"
    if news.told.kind == UPDATE or news.incident is None:
        return words.GLYPH[Severity.INFO]
    return words.GLYPH[news.incident.severity]


def _state(news: News, scene: Scene) -> Spans:
    incident = news.incident
    parts: list[Spans] = []
    if said := says(news):
        parts.append((own(said.rstrip(".")),))
    if incident is not None:
        if incident.status is IncidentStatus.RESOLVED:
            if news.told.kind != RESOLVED:
                parts.append((own("over by now"),))
        else:
            parts += [(own(str(incident.severity)),), (own("since "), when(incident.opened_at,
                                                                           scene.now))]  # fmt: skip
            parts.append(_working(news, incident, scene))
    return separated(parts) or (own("News"),)


def _working(news: News, incident: Incident, scene: Scene) -> Spans:
    if incident.holder is None:
        return (own("somebody is being asked"),)
    if not news.told.names:
        return (own("somebody works on it"),)
    return strange(scene.definitions.name_of(incident.holder), 40), own(" works on it")


def card(news: News, scene: Scene) -> Card:
    """``UPDATE · Payments are slow``: how it goes, in a few lines."""
    lines = lines_of(news)
    glyph, number = _glyph(news), news.incident.id if news.incident is not None else 0
    title = title_inside(news)
    shown: tuple[Spans, ...] = tuple((strange(line, _WIDE),) for line in lines[:_SHOWN])
    shown += tuple(_earlier(told, scene) for told in news.before[: _ROWS - len(shown)])
    over = news.told.kind == RESOLVED
    first = lines[0] if lines else says(news)
    return Card(
        id=news.told.id,
        rev=1,
        color=words.RESOLVED if over else words.NEWS,
        head=Head(glyph, _WORD[news.told.kind], number, title, scene.link(_path(number))),
        state=State(_state(news, scene)),
        actions=Actions(()),
        fold=(Rows(shown),) if shown else (),
        notification=(
            own(f"{glyph} {f'#{number} ' if number else ''}"),
            strange(words.title(title, words.TITLE_SHORT), words.TITLE_SHORT),
            own(" · "), strange(first or _WORD[news.told.kind].casefold(), 60),
        ),
        quiet=not scene.to and news.told.kind == UPDATE,
    )  # fmt: skip


def _earlier(told: Told, scene: Scene) -> Spans:
    """``10:34 Payments are slow``: what was told before."""
    first = next(iter(told.text.splitlines()), "")
    return when(told.at, scene.now), own(" "), strange(first, _BRIEF)


def _path(number: int) -> str:
    return f"i/{number}" if number else ""


def note(news: News, scene: Scene) -> Note:
    """Under a direct message: what did not fit, who wrote it, and how it stops."""
    lines = lines_of(news)
    more: list[Spans] = [(strange(line, 1_000),) for line in lines[_SHOWN:]]
    by = news.told.by if news.told.names and news.told.kind == UPDATE else ""
    if by:
        more.append((own("Written by "), strange(by, 60), own(".")))
    more.append((own("You subscribed to this. To get no more: unsubscribe"),))
    return Note(tuple(more))


def said(news: News, scene: Scene, content: dict[str, Any]) -> Note | None:
    """In the thread of the card in a channel: an update in full."""
    kind, text, by = (str(content[name]) for name in ("kind", "text", "by"))
    named = by if content["names"] and kind == UPDATE else ""
    one = replace(news, told=replace(news.told, kind=kind, text=text, by=named))
    lines: list[Spans] = [(strange(line, 1_000),) for line in lines_of(one)]
    head: Spans = (own(f"{_glyph(one)} "), own(says(one) or "Update:", bold=True))
    if named:
        head = (own(f"{_glyph(one)} "), strange(named, 60, bold=True), own(":"))
    return Note((head, *lines))


NEWS = About(read, card, note)
FOLLOWED = About(latest, card, said=said)
