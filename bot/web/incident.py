"""The incident page: one card and everything behind it, for whoever is awake now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.cards import incident as cards
from bot.cards import words
from bot.cards.address import http
from bot.cards.buttons import card_state
from bot.cards.view import Runs, View
from bot.web import render
from bot.web.look import as_json
from bot.web.render import Reader
from bot.web.things import line
from commands.inventory.rows import row
from commands.rules.redact import redact
from commands.words import IN_MONITOR, surface_name
from store.model import (
    Alert,
    AlertStatus,
    Definitions,
    Incident,
    IncidentDetail,
    Page,
    TimelineEntry,
)
from store.model.chats import is_chat

TABS = ("timeline", "alerts", "pages", "raw")
LATEST = 100
_ALERTS = 100
_RAW = 40
_THINGS = 5
_LOUD = {"opened", "ack", "unack", "resolve", "reopen", "escalate", "severity", "assign", "merge"}
_GOOD = {"ack", "resolve"}
_BAD = {
    "page_failed", "page_throttled", "action_failed", "write_back_failed", "unreachable",
    "exhausted", "denied",
}  # fmt: skip
_SAID = {
    "new": "New", "flapping": "New", "acknowledged": "In progress", "resolved": "Resolved",
    "merged": "Merged",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    id: int
    at: int
    tone: str
    loud: bool
    say: str
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Word:
    """One thing somebody wrote. ``own`` says that it was written here: what was written in a chat
    is edited there."""

    id: int
    at: int
    who: str
    full: str
    handle: str
    where: str
    text: str
    number: int = 0
    edited: int = 0
    gone: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what it is; ``url`` where it leads to a list."""

    name: str
    text: str
    url: str = ""


class Folder:
    """An incident, opened for one reader."""

    def __init__(
        self,
        detail: IncidentDetail,
        definitions: Definitions,
        reader: Reader,
        tab: str,
        whole: bool,
        runs: Runs = (),
    ) -> None:
        self._runs = runs
        self.detail, self.incident = detail, detail.incident
        self._definitions, self._reader = definitions, reader
        self.tab = tab if tab in TABS else TABS[0]
        self.whole = whole
        self._names = {h: words.clean(p.name) for h, p in definitions.people.items()}
        self._short = words.short_names(definitions.people.values())

    def context(self) -> dict[str, Any]:
        """What the template draws."""
        card = cards.card(
            self.detail, self._definitions, self._reader.base, now=self._reader.now, threads=True,
            runs=self._runs,
        )  # fmt: skip
        view = View(self.detail, self._definitions, self._reader.base, self._reader.now)
        shown, more = render.deeds(card)
        i = self.incident
        over = view.phase in {"resolved", "merged"}
        thumbs = render.thumbs(shown)
        return {
            "i": i,
            "title": words.title(i.title, 300),
            "mark": "resolved" if over else str(i.severity),
            "word": card.head.word.capitalize(),
            "phase": view.phase,
            "pill": _SAID[card_state(view)],
            "state": render.spans(card.state.spans, self._reader),
            "holder": self._names.get(i.holder or "", ""),
            "deeds": shown,
            "more": more,
            "thumbs": thumbs,
            "rest": [d for d in [*shown, *more] if d not in thumbs],
            "value": render.value(card),
            "facts": [render.spans(line, self._reader) for line in render.facts(card)],
            "memory": [render.spans(line, self._reader) for line in render.memory(card)],
            "links": [
                render.spans((replace(s, bold=False),), self._reader) for s in render.links(card)
            ],
            "tab": self.tab,
            "tabs": self._tabs(),
            "panel": self._panel(),
            "about": list(self._about()),
            "things": [line(row(one, {})) for one in self.detail.about[:_THINGS]],
            "things_more": max(0, len(self.detail.about) - _THINGS),
            "changed": [
                (b.change.at, words.title(b.change.title, 140), b.more)
                for b in self.detail.changed[:3]
            ],
            "labels": sorted(i.labels.items())[:60],
            "words": list(self._words()),
            "places": self._places(),
        }

    def _tabs(self) -> list[tuple[str, str, int | None]]:
        d, i = self.detail, self.incident
        counts = {"timeline": len(d.timeline), "alerts": i.alerts_total, "pages": len(d.pages)}
        return [(t, t.capitalize(), counts.get(t)) for t in TABS]

    def _panel(self) -> Any:
        d = self.detail
        match self.tab:
            case "alerts":
                ranked = sorted(d.alerts, key=_alert_rank)
                return [self._alert(a) for a in ranked[: None if self.whole else _ALERTS]]
            case "pages":
                return [self._page(p) for p in reversed(d.pages)]
            case "raw":
                return [as_json(_raw(a)) for a in d.alerts[: None if self.whole else _RAW]]
        newest = list(reversed(d.timeline))
        return [self._line(e) for e in newest[: None if self.whole else LATEST]]

    @property
    def hidden(self) -> int:
        """How many entries of the tab are not shown."""
        d = self.detail
        held = {"timeline": (d.timeline, LATEST), "alerts": (d.alerts, _ALERTS)}
        entries, most = held.get(self.tab, (d.alerts if self.tab == "raw" else (), _RAW))
        return 0 if self.whole else max(0, len(entries) - most)

    def _line(self, e: TimelineEntry) -> Line:
        tone = "good" if e.kind in _GOOD else "bad" if e.kind in _BAD else "plain"
        if e.kind == "opened":
            tone = str(self.incident.severity)
        say = e.say
        if e.kind == "note" and not e.detail.get("gone"):
            edited = " (edited)" if e.detail.get("edited") else ""
            say = f"{self._author(e)[0]} wrote: {e.say}{edited}"
        where = surface_name(e.surface) if e.surface and e.surface != "system" else ""
        said = "" if where and where in e.say else where
        return Line(e.id, e.at, tone, e.kind in _LOUD, say, words.clean(e.why), said)

    def _who(self, actor: str) -> str:
        return self._names.get(words.bare(actor)) or words.clean(actor)

    def _called(self, actor: str) -> str:
        return self._short.get(words.bare(actor)) or self._who(actor)

    def _words(self) -> Iterator[Word]:
        for e in self.detail.timeline:
            if e.kind == "note":
                yield self._word(e)
            elif e.kind == "noted_at_source":  # by somebody in a monitor: the words say by whom
                source = words.clean(surface_name(f"{IN_MONITOR}{e.actor}"))
                yield Word(e.id, e.at, source, source, "", "", e.why or e.say)

    def _author(self, e: TimelineEntry) -> tuple[str, str]:
        """Who wrote something, short and in full; who is no person here is called as there."""
        if name := e.detail.get("name"):
            return words.clean(str(name)), words.clean(str(name))
        return self._called(e.actor), self._who(e.actor)

    def _word(self, e: TimelineEntry) -> Word:
        who, full = self._author(e)
        more: Mapping[str, Any] = e.detail
        return Word(
            e.id, e.at, who, full, words.bare(e.actor), surface_name(e.surface), e.say,
            int(more.get("note") or 0), int(more.get("edited") or 0), bool(more.get("gone")),
            own=not is_chat(e.surface),
        )  # fmt: skip

    def _alert(self, a: Alert) -> dict[str, Any]:
        links = [(words.clean(k.name) or "Link", u) for k in a.links[:6] if (u := http(k.url))]
        firing = a.status is not AlertStatus.RESOLVED
        return {
            "a": a,
            "firing": firing,
            "mark": str(a.severity) if firing else "resolved",
            "title": words.title(a.title, 200),
            "links": links,
        }

    def _page(self, p: Page) -> dict[str, Any]:
        bad = p.state in {"failed", "uncertain"}
        return {
            "p": p,
            "who": self._who(p.person),
            "via": words.channel(p.via),
            "tone": "bad" if bad else "good" if p.state in ("sent", "delivered") else "plain",
        }

    def _about(self) -> Iterator[Fact]:
        i = self.incident
        if i.service:
            yield Fact("Service", i.service)
        if i.resource:
            yield Fact("Resource", i.resource)
        if i.team:
            yield Fact("Owner", f"team {i.team}", f"/?team={_quoted(i.team)}")
        yield Fact("Source", i.source, f"/?source={_quoted(i.source)}")
        yield Fact("Type", str(i.type), f"/?type={i.type}")
        yield Fact("Route", i.route)
        if i.policy:
            yield Fact("Policy", _step(i))
        if i.previous_id:
            yield Fact("Before", f"#{i.previous_id}", f"/i/{i.previous_id}")
        if i.merged_into:
            yield Fact("Part of", f"#{i.merged_into}", f"/i/{i.merged_into}")

    def _places(self) -> list[str]:
        """The chat channels that show this incident's card; none shows a private one."""
        if self.incident.private:
            return []
        routes = (r for r in self._definitions.routes if r.name == self.incident.route)
        found = next(routes, None)
        places = [c.partition(":") for c in found.channels] if found else []
        return [f"{surface_name(s)} {words.clean(c)}" for s, _, c in places]


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _step(i: Incident) -> str:
    return f"{i.policy}, step {i.step + 1}" if i.step >= 0 else str(i.policy)


def _alert_rank(a: Alert) -> tuple[bool, int, int]:
    return a.status is AlertStatus.RESOLVED, a.severity.rank, -a.last_at


def _raw(a: Alert) -> dict[str, Any]:
    return {
        "source": a.source,
        "key": redact(a.key),
        "status": str(a.status),
        "severity": str(a.severity),
        "severity_raw": a.severity_raw,
        "title": a.title,
        "description": a.description,
        "resource": a.resource,
        "labels": dict(a.labels),
        "links": [{"name": k.name, "url": k.url} for k in a.links],
    }


def announced(places: Sequence[str]) -> str:
    """``Slack #ops and Discord #ops``."""
    return words.join(places)
