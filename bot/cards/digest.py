"""The digest of a channel: what is new, open and over, in one message."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from bot.cards import words
from bot.cards.model import Actions, Block, Card, Facts, Head, Rows, Span, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands import digests
from commands.digests import Digest
from store.model import Incident, IncidentStatus, Severity

_TITLE = 60


def card(digest: Digest, scene: Scene) -> Card:
    """``DIGEST · 12 new, 9 over, 5 open``: the worst of what is open, then the rest in numbers."""
    glyph = next((words.GLYPH[s] for s in Severity if digest.open.get(str(s))), "✅")
    counted = _counted(digest)
    fold: list[Block] = []
    rows = tuple(_row(i, scene) for i in digest.incidents)
    if rows:
        fold.append(Rows(rows))
    fold.append(Facts((_rest(digest, scene),)))
    open_words = ", ".join(f"{digest.open[str(s)]} {s}" for s in Severity if str(s) in digest.open)
    worst = digest.incidents[0] if digest.incidents else None
    named: Spans = ()
    if worst is not None:
        named = own(f" · worst: #{worst.id} "), strange(words.title(worst.title, 40), 40)
    return Card(
        id=digest.id,
        rev=1,
        color=words.NEWS,
        head=Head(glyph, "QUIET HOURS" if digest.quiet else "DIGEST", 0, counted, scene.link()),
        state=State((
            *_span(digest, scene),
            own(f" · open: {open_words}" if open_words else " · nothing is open"),
        )),
        actions=Actions(()),
        fold=tuple(fold),
        notification=(own(f"{glyph} {counted}"), *named),
        quiet=True,
    )  # fmt: skip


def _counted(digest: Digest) -> str:
    left = sum(digest.open.values())
    return f"{digest.new} new, {digest.over} over, {left} open"


def _span(digest: Digest, scene: Scene) -> Spans:
    if digest.quiet:
        return (own("Since "), when(digest.since, scene.now), own(" it was quiet here"))
    return (own("Since "), when(digest.since, scene.now))


def _row(incident: Incident, scene: Scene) -> Spans:
    """``🔶 #1842 Disk full · nobody``: as it is now."""
    glyph = words.GLYPH[incident.severity]
    if incident.status is IncidentStatus.RESOLVED:
        glyph = "✅"
    url = scene.link(f"i/{incident.id}")
    title = words.title(incident.title, _TITLE)
    link = Span(f"#{incident.id} {title}", url=url, own=False)
    return separated([(own(f"{glyph} "), link), (own(_who(incident, scene)),)])


def _who(incident: Incident, scene: Scene) -> str:
    if incident.status is IncidentStatus.RESOLVED:
        return "over by now"
    if incident.holder is None:
        return "nobody"
    return words.clean(scene.definitions.name_of(incident.holder))


def _rest(digest: Digest, scene: Scene) -> Spans:
    return separated(list(_parts(digest, scene)))


def _parts(digest: Digest, scene: Scene) -> Iterator[Spans]:
    if digest.passed:
        yield (own(f"{digest.passed} came and went"),)
    if digest.left > 0:
        yield (own(f"{digest.left} more open"),)
    if digest.quiet and digest.open:
        yield (own("their cards follow"),)
    query = urlencode({"filter": "open"})
    yield (Span("All in the console", url=scene.link(f"?{query}")),)
    if digest.rhythm:
        yield (own(f"{digest.rhythm}; to change it: edit channel {digest.place}"),)


DIGEST = About(digests.read, card)
