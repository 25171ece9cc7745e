"""A resource as its card (card 17), and lists of resources in one line each."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from bot.cards import words
from bot.cards.model import (
    Actions,
    Block,
    Card,
    Facts,
    Head,
    Note,
    Press,
    Private,
    Rows,
    Span,
    Spans,
    State,
    Value,
)
from bot.cards.scene import Scene
from bot.cards.view import own, separated, strange, when
from bot.tokens import ask_token, run_token
from commands.inventory.logs import Lines
from commands.inventory.rows import Listed, Row
from commands.inventory.sheet import Sheet, Shown, Trend
from commands.inventory.shown import became, flat, seen, trend_short
from commands.rules import inventory_words as said
from commands.told import Told
from commands.words import duration
from store.model import Severity

GLYPH = "🖥️"
_NAME, _MEASURES = 60, 3
_COLORS = {
    "down": words.COLOR[Severity.CRITICAL], "degraded": words.COLOR[Severity.WARNING],
    "ok": words.RESOLVED,
}  # fmt: skip


def answer(found: Told, scene: Scene, prefix: str = "/pv") -> Private | None:
    """What a chat shows of an answer about resources; None for any other."""
    if isinstance(found, Shown) and found.sheet is not None:
        return Private(card=card(found.sheet, scene))
    if isinstance(found, Listed):
        return Private(note=note(found, scene))
    if isinstance(found, Lines) and found.text:
        text = Span(words.lines(found.text), code=True, own=False)
        return Private(note=Note(((strange(found.lines[0], 200),), (text,))))
    return None


def card(sheet: Sheet, scene: Scene) -> Card:
    """Card 17: what it is and where, how it is; then its size, whose, on what, since when."""
    known, row = sheet.known, sheet.row
    return Card(
        known.id, 0, words.ASIDE if row.gone else _COLORS.get(row.health, words.ASIDE),
        Head(GLYPH, words.cut(words.clean(row.name), _NAME), 0, _title(sheet),
             scene.link(f"resources/{known.id}")),
        State(separated(list(_state(sheet, scene)))),
        _actions(sheet), tuple(_fold(sheet, scene)), _notification(sheet), quiet=True,
    )  # fmt: skip


def _title(sheet: Sheet) -> str:
    """``VM, OpenStack prod / eu-west-1a · ⚠️ degraded · 1 open incident``."""
    row = sheet.row
    what = ", ".join(filter(None, (said.kind_said(row.kind), row.place)))
    how = "gone" if row.gone else said.SAID.get(row.health, row.health)
    bad = "" if row.health == "ok" and not row.gone else f"{row.glyph} {how}"
    many = len(sheet.open)
    opened = words.count(many, "open incident") if many else ""
    return " · ".join(filter(None, (words.clean(what), bad, opened)))


def _state(sheet: Sheet, scene: Scene) -> Iterator[Spans]:
    r, row = sheet.known.resource, sheet.row
    if row.size:
        yield (strange(row.size, 60),)
    if row.whose:
        yield own("owner "), strange(row.whose, 40)
    if sheet.on is not None:
        yield own("on "), _linked(sheet.on, scene)
    if r.created_at and scene.now > r.created_at and not row.gone:
        old = duration(scene.now - r.created_at)
        yield (own(f"up {old}" if said.runs(r) else f"{old} old"),)
    if sheet.cost is not None:
        yield (own(f"{sheet.cost}/month"),)
    if last := seen(sheet.known, sheet.state, scene.now):
        yield (strange(last, 80),)


def _actions(sheet: Sheet) -> Actions:
    it, row = {"resource": sheet.known.id}, sheet.row

    def press(label: str, token: str) -> Press:
        says = words.cut(f"{label.rstrip('…')}, {words.clean(row.name)}", 75)
        return Press(label, token, False, None, says)

    shown = []
    if sheet.incidents:
        shown.append(press(f"Incidents ({len(sheet.open)})", run_token("resource-incidents", it)))
    if sheet.hanging:
        shown.append(press(f"What hangs on it ({sheet.hanging})", run_token("hangs-on", it)))
    if sheet.actions:
        shown.append(press("Run…", ask_token("run", {"params": f"on={sheet.known.id}"})))
    more = [press("History", run_token("resource-history", it))]
    if sheet.trends:
        more.append(press("Metrics", run_token("resource-metrics", it)))
    if sheet.logs:
        more.append(press("Logs", run_token("logs", it)))
    what = said.filter_of(row.name)
    if what and (quiet := ask_token("silence", {"what": what})):
        more.append(press("Silence…", quiet))
    return Actions(tuple(shown), tuple(p for p in more if p.token))


def _fold(sheet: Sheet, scene: Scene) -> Iterator[Block]:
    row = sheet.row
    if row.why and row.health != "ok":
        yield Value(words.cut(words.clean(row.why), 140))
    lines = [line for line in (_changed(sheet, scene), _trends(sheet.trends)) if line]
    if lines:
        yield Facts(tuple(lines))
    worst = [
        (own(f"{words.GLYPH[i.severity]} "),
         Span(f"#{i.id} {words.title(i.title, 60)}", url=scene.link(f"i/{i.id}"), own=False))
        for i in sheet.open[:3]
    ]  # fmt: skip
    if worst:
        yield Rows(tuple(worst))


def _changed(sheet: Sheet, scene: Scene) -> Spans:
    """``Changed 01:58 type m5.large → m5.xlarge``."""
    if not sheet.changes:
        return ()
    last = sheet.changes[0]
    return own("Changed "), when(last.at, scene.now), own(" "), strange(became(last), 120)


def _trends(trends: tuple[Trend, ...]) -> Spans:
    """``CPU ▂▃▃▂ 34 % · disk ▅▆▇█ 95 %``."""
    return separated([(strange(trend_short(t, 4), 40),) for t in trends[:_MEASURES]])


def _notification(sheet: Sheet) -> Spans:
    return (strange(f"{GLYPH} {sheet.row.name} · {_title(sheet)}", 110),)


def _linked(row: Row, scene: Scene) -> Span:
    name = words.cut(words.clean(row.name), _NAME)
    return Span(name, url=scene.link(f"resources/{row.id}"), own=False)


def note(found: Listed, scene: Scene) -> Note:
    """Resources in a chat: a line each, that leads to its page."""
    head: list[Spans] = [(strange(line, 400),) for line in found.head]
    lines = [line(row, scene) for row in found.rows]
    if found.tree:
        deep = [deep for deep, _ in flat(found.tree)]
        lines = [
            (own("↳ " * n), *each) if n else each for n, each in zip(deep, lines, strict=False)
        ]
    foot: list[Spans] = [(strange(text, 400),) for text in found.foot]
    asked = quote(found.query, errors="replace")
    query = f"inventory?q={asked}" if asked else "inventory"
    console = Span("Open in console", url=scene.link(query))
    if found.rows and found.total > len(found.rows):
        foot.append((console,))
    presses = tuple(Press(offer.label, offer.token) for offer in found.offers[:5])
    return Note((*head, *lines, *foot), actions=presses, rest=(console,))


def line(row: Row, scene: Scene) -> Spans:
    """``⚠️ db-3 · VM · OpenStack prod / eu-west-1a · degraded · team db``."""
    name = _linked(row, scene)
    bold = Span(name.text, bold=True, url=name.url, own=False)
    rest = words.cut(words.clean(" · ".join(row.parts)), 200)
    return own(f"{row.glyph} "), bold, own(" · "), Span(rest, own=False)
