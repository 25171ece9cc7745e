"""Card 7: many incidents at once in one card, the most urgent in front, with what they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import (
    Actions,
    Block,
    Card,
    Confirm,
    Facts,
    Head,
    Press,
    Rows,
    Span,
    Spans,
    State,
)
from bot.cards.scene import About, Choices, Scene
from bot.cards.view import own, separated, strange, when
from commands import storming
from commands.rules import storms as rules
from commands.words import duration
from store import storms
from store.db import Tx
from store.model import Incident, IncidentStatus, Severity
from store.model.storm import SERVICE, Counts, Storm

ROWS, NAMED, PLACES = 5, 8, 3
_BESIDE = 4
_TITLE, _WHERE, _CHOICES = 44, 18, 25
_NEW = IncidentStatus.TRIGGERED


@dataclass(frozen=True, slots=True)
class Shown:
    """A storm as its card shows it: the ``worst`` of what is open, ``unseen``, critical ones whose
    own cards are still to come, and once it is over, how many are ``hidden``: open without one."""

    storm: Storm
    counts: Counts
    worst: tuple[Incident, ...] = ()
    unseen: tuple[Incident, ...] = ()
    hidden: int = 0

    @property
    def unclaimed(self) -> int:
        """Critical incidents that nobody has."""
        return self.counts.nobody.get(str(Severity.CRITICAL), 0)


def read(tx: Tx, name: str) -> Shown | None:
    """The storm of a card."""
    found = storms.get(tx, int(name)) if name.isdecimal() else None
    if found is None:
        return None
    worst = tuple(storms.worst(tx, found, _CHOICES))
    counts = storms.counts(tx, found)
    if found.ended_at is not None:
        return Shown(found, counts, worst, hidden=storms.hidden(tx, found))
    return Shown(found, counts, worst, tuple(storms.unseen(tx, found)))


def card(shown: Shown, scene: Scene) -> Card:
    """``🌊 STORM · 128 incidents in 6 min, probably rack B14 eu-west-1``."""
    storm = shown.storm
    over = storm.ended_at is not None
    head = Head("🌊", "STORM OVER" if over else "STORM", 0, _title(shown, scene), _url(scene))
    return Card(
        storm.id,
        storm.rev,
        _color(shown),
        head,
        State(separated(_over(shown, scene) if over else _state(shown, scene))),
        _actions(shown),
        _fold(shown, scene),
        _notification(shown, scene),
        quiet=over,
        short=sms(shown),
    )


def _url(scene: Scene) -> str:
    return scene.link("?sort=worst")


def _span(shown: Shown, scene: Scene) -> str:
    return duration(max(1_000, storming.age(shown.storm, scene.now)))


def _title(shown: Shown, scene: Scene) -> str:
    probably = words.clean(rules.probable(shown.storm))
    said = f"{words.count(shown.storm.total, 'incident')} in {_span(shown, scene)}"
    return words.cut(f"{said}, probably {probably}" if probably else said, words.TITLE)


def _color(shown: Shown) -> int:
    nobody = [s for s in Severity if shown.counts.nobody.get(str(s))]
    if nobody:
        return words.COLOR[nobody[0]]
    return words.TAKEN if shown.counts.left else words.RESOLVED


# line 2


def _state(shown: Shown, scene: Scene) -> list[Spans]:
    parts = _by_severity(shown)
    if not shown.counts.left:
        parts = [(own("Nothing of it is open", bold=True),)]
    if shown.counts.over:
        parts.append((own(f"{shown.counts.over} solved"),))
    return [*parts, _next(shown, scene)]


def _by_severity(shown: Shown) -> list[Spans]:
    """``🔴 4 critical, 2 with nobody · 🔶 31 · ⚠️ 93``."""
    parts: list[Spans] = []
    for severity in Severity:
        many = shown.counts.open.get(str(severity), 0)
        if not many:
            continue
        said = f"{words.GLYPH[severity]} {many}"
        if severity is Severity.CRITICAL:
            left = shown.counts.nobody.get(str(severity), 0)
            said += f" critical, {left} with nobody" if left else " critical, somebody has each"
        parts.append((own(said, bold=severity is Severity.CRITICAL),))
    return parts


def _next(shown: Shown, scene: Scene) -> Spans:
    """Who is asked next about the worst of them."""
    nxt = next((i.next for i in shown.worst[:1] if i.next and i.next.kind == "page"), None)
    if nxt is None or nxt.at is None or not nxt.who:
        return ()
    who = strange(_names(nxt.who, scene), 40, bold=True)
    return (own("next "), who, own(" "), _at(nxt.at, scene))


def _at(at: int, scene: Scene) -> Span:
    return when(at, scene.now, "in")


def _names(who: tuple[str, ...], scene: Scene) -> str:
    known = words.short_names(scene.definitions.people.values())
    shown = [known.get(one) or scene.definitions.name_of(one) for one in who[:2]]
    more = [f"{len(who) - 2} more"] if len(who) > 2 else []
    return words.join([*shown, *more])


def _over(shown: Shown, scene: Scene) -> list[Spans]:
    storm, left = shown.storm, shown.counts.left
    at: Spans = (own("Over "), _at(storm.ended_at or scene.now, scene))
    by: Spans = ()
    if storm.ended_by:
        by = (own(", by "), strange(_names((storm.ended_by,), scene), 40))
    still = f"{left} still open, cards of their own follow" if left else "nothing is open"
    if shown.hidden:
        worst = f"cards of the worst {left - shown.hidden} follow"
        still = f"{left} still open, {worst}, the list has all"
    return [(*at, *by), (own(f"{shown.counts.over} solved"),), (own(still),)]


# buttons


def _actions(shown: Shown) -> Actions:
    storm, left = shown.storm, shown.counts.left
    about = f"storm of {words.count(storm.total, 'incident')}"

    def press(label: str, verb: str, confirm: Confirm | None = None, first: bool = False) -> Press:
        says = words.cut(f"{label.rstrip('…')}, {about}", 75)
        return Press(label, token(verb, storm.id, storm.rev), first, confirm, says)

    shows = press(f"Show next {ROWS}", "storm-next")
    if storm.ended_at is not None:
        return Actions((shows,) if left else ())
    take = _take_label(shown.unclaimed)
    asks = question(shown, None, "storm-take")
    buttons = [press(take, "storm-take", asks, first=True)] if shown.unclaimed else []
    buttons += [
        shows,
        press("Merge into one…", "storm-merge"),
        press("Silence source…", "storm-silence"),
    ]
    more = (
        press("Split by host", "storm-by-host"),
        press("Split by service", "storm-by-service"),
        press("End storm view", "storm-end"),
    )
    return Actions(tuple(buttons), more)


def _take_label(many: int) -> str:
    return "Take the critical one" if many == 1 else f"Take all {many} critical"


def question(shown: Shown, scene: Scene | None, verb: str) -> Confirm | None:
    """Before somebody takes all critical ones: which they are."""
    many = shown.unclaimed
    if verb != "storm-take" or not many:
        return None
    mine = [i for i in shown.worst if i.severity is Severity.CRITICAL and i.status is _NEW]
    named = [f"#{i.id}" for i in mine[:8]]
    more = many - len(named)
    listed = words.join([*named, f"{more} more"] if more > 0 else named)
    pages = "its pages stop" if many == 1 else "their pages stop"
    label = _take_label(many)
    return Confirm(f"{label}?", f"You have {listed}; {pages}.", words.cut(label, 30))


# below the buttons


def _fold(shown: Shown, scene: Scene) -> tuple[Block, ...]:
    rows = tuple(_row(i, scene) for i in shown.worst[:ROWS])
    also = tuple(_also(shown, scene))
    lines = tuple(line for line in (_split(shown), _kept(shown)) if line)
    made: list[Block] = [Rows(found) for found in (rows, also) if found]
    return (*made, *((Facts(lines),) if lines else ()))


def _row(i: Incident, scene: Scene) -> Spans:
    """``🔴 #1902 Checkout 5xx 31 % · web-7 · nobody``."""
    title = words.title(i.title, _TITLE)
    link = Span(f"#{i.id} {title}", url=scene.link(f"i/{i.id}"), own=False)
    where = words.middle(words.clean(rules.host_of(i)), _WHERE)
    place: Spans = (strange(where),) if where and not words.mentions(title, where) else ()
    has = strange(_names((i.holder,), scene), 24) if i.holder else own("nobody")
    return separated([(own(f"{words.GLYPH[i.severity]} "), link), place, (has,)])


def _also(shown: Shown, scene: Scene) -> Iterator[Spans]:
    """Critical ones that are on no card yet and not among the rows."""
    there = {i.id for i in shown.worst[:ROWS]}
    rest = [i for i in shown.unseen if i.id not in there]
    named: list[Spans] = [(_short(i, scene),) for i in rest[:NAMED]]
    if len(rest) > NAMED:
        named[-1] = (own(f"{len(rest) - NAMED + 1} more"),)
    for first in range(0, len(named), _BESIDE):
        begin = own("and " if first else "Also: ")
        yield (begin, *separated(named[first : first + _BESIDE]))


def _short(i: Incident, scene: Scene) -> Span:
    title = words.middle(words.clean(i.title), 16)
    return Span(f"#{i.id} {title}", url=scene.link(f"i/{i.id}"), own=False)


def _split(shown: Shown) -> Spans:
    """``By host: web-7 22 · db-1 18 · lb-2 11 · 77 others``."""
    storm = shown.storm
    counts = storm.services if storm.split == SERVICE else storm.hosts
    ranked, others = rules.most(_bare(counts), PLACES)
    if not ranked:
        return ()
    others += max(0, storm.total - sum(counts.values()))
    parts: list[Spans] = [(strange(f"{name} {many}", 40),) for name, many in ranked]
    parts += [(own(words.count(others, "other")),)] if others else []
    return (own(f"By {storm.split}: "), *separated(parts))


def _bare(counts: Mapping[str, int]) -> dict[str, int]:
    return {words.middle(words.clean(name), 30): many for name, many in counts.items()}


def _kept(shown: Shown) -> Spans:
    total = shown.storm.total
    return (own(f"All {total} are kept and listed in the console."),) if total > ROWS else ()


# the line for pushes


def _where(i: Incident) -> str:
    title, where = words.title(i.title, 30), words.middle(words.clean(rules.host_of(i)), _WHERE)
    return f"{title} on {where}" if where and not words.mentions(title, where) else title


def _notification(shown: Shown, scene: Scene) -> Spans:
    """``🌊 128 incidents in 6 min, 4 critical · worst: #1902 Checkout 5xx 31 % on web-7``."""
    storm, critical = shown.storm, shown.counts.open.get(str(Severity.CRITICAL), 0)
    said = f"🌊 {words.count(storm.total, 'incident')} in {_span(shown, scene)}"
    if storm.ended_at is not None:
        left = shown.counts.left
        return (own(f"{said}: over, {f'{left} still open' if left else 'nothing is open'}"),)
    said += f", {critical} critical" if critical else ""
    if not shown.worst:
        return (own(said),)
    worst = shown.worst[0]
    paging = f"· paging {_names(worst.asking, scene)}" if worst.asking else ""
    room = 110 - len(said) - 2 - min(30, len(paging))
    parts = (strange(f"· worst: #{worst.id} {_where(worst)}", room), strange(paging, 30))
    spans = [own(said)]
    for part in parts:
        spans += [own(" "), part] if part.text else []
    return tuple(spans)


def sms(shown: Shown) -> str:
    """``STORM 128 incidents, 4 CRIT. Worst 1902 Checkout 5xx 31% web-7``."""
    critical = shown.counts.open.get(str(Severity.CRITICAL), 0)
    said = f"STORM {words.count(shown.storm.total, 'incident')}"
    said += f", {critical} CRIT" if critical else ""
    if not shown.worst:
        return said
    worst = shown.worst[0]
    where = words.middle(words.clean(rules.host_of(worst)), _WHERE)
    title = words.title(worst.title, 40).replace(" %", "%")
    place = f" {where}" if where and not words.mentions(title, where) else ""
    return f"{said}. Worst {worst.id} {title}{place}"


# its forms


def choices(shown: Shown, scene: Scene, verb: str) -> Mapping[str, Choices]:
    """What the forms of a storm can choose from: an incident that takes the others in, a source."""
    into = tuple((str(i.id), words.cut(f"#{i.id} {words.clean(i.title)}", 75)) for i in shown.worst)
    ranked, _ = rules.most(shown.storm.sources, _CHOICES)
    sources = tuple((name, words.cut(f"{name} ({many})", 75)) for name, many in ranked)
    return {"into": into, "source": sources}


STORM = About(read, card, question=question, choices=choices)
