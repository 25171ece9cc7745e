"""What alert rules make of an incident: held under a parent or kept quiet, flapping and held still;
and on the card of a parent what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards import words
from bot.cards.model import Span, Spans
from bot.cards.view import View, own, separated, strange
from commands.flapping import KIND
from commands.rules import flapping
from commands.words import duration
from store.model import MINUTE, Alert, AlertStatus, Flapping, IncidentStatus

_TITLE = 40
_SHOWN = 3
_SPANS = (5, 15, 30)
"""Minutes that a curve shows where it began no longer ago."""


def held_line(view: View) -> Spans:
    """``🔇 Under #1842 Host db-3 is down · nobody is asked while that fires``."""
    i = view.incident
    if i.under is None:
        kept = (own("🔇 "), own("Kept quiet", bold=True), own(" by rule "), strange(i.held_by, 60))
        return separated([kept, (own("nobody is asked"),)])
    url = f"{view.base_url.rstrip('/')}/i/{i.under}"
    link = Span(f"#{i.under}", bold=True, url=url)
    why = i.next.why if i.next else ""
    title = why.removeprefix(f"under #{i.under}").strip()
    said: Spans = (own(" "), strange(title, _TITLE)) if title else ()
    under = (own("🔇 "), own("Under ", bold=True), link, *said)
    return separated([under, (own("nobody is asked while that fires"),)])


def flapping_line(view: View) -> Spans:
    """``🔁 flapping, 12 times in 1 h. Paging held until it stays on for 5 min``."""
    times, by = counted(view)
    start = (own("🔁 "), own(f"Flapping, {times} in {duration(by.within * MINUTE)}.", bold=True))
    i = view.incident
    if view.asked:
        said = own(f" Paging goes on: it is {i.severity}")
    elif i.calm:
        said = own(f" Silenced until it is calm for {duration(i.calm * MINUTE)}")
    elif i.next is not None and i.next.kind == "page":
        said = own(f" Paging held until it stays on for {by.calm} min")
    else:
        said = own(" Nobody is paged")
    return (*start, said)


def counted(view: View) -> tuple[str, Flapping]:
    """``12 times``, and by which numbers it flaps."""
    by = _by(view)
    worst = _worst(view)
    times = flapping.lately(worst.flips, view.now, by) if worst is not None else 0
    more = " or more" if times >= flapping.MOST else ""
    return f"{times} times{more}", by


def _by(view: View) -> Flapping:
    entry = view.last(KIND)
    said: Any = entry.detail if entry is not None else {}
    usual = Flapping()
    return Flapping(
        said.get("changes", usual.changes), said.get("within", usual.within),
        said.get("calm", usual.calm),
    )  # fmt: skip


def _worst(view: View) -> Alert | None:
    """The alert that changed the most."""
    return max(view.detail.alerts, key=lambda a: len(a.flips), default=None)


def rows(view: View) -> Iterator[Spans]:
    """What a parent holds; how an alert came and went."""
    if view.incident.status is IncidentStatus.RESOLVED:
        return
    if line := _holds(view):
        yield line
    if view.incident.flapping_since is not None and (alert := _worst(view)) is not None:
        yield _curve(view, alert)


def _holds(view: View) -> Spans:
    """``🔇 Holds 12 more: #1843 Postgres fails, #1844 Backup fails …``."""
    many = view.detail.held_total
    if not many:
        return ()
    if view.detail.lost is not None and view.detail.lost.worst:
        return ()  # the line of the worst says it
    out: list[Span] = [own(f"🔇 Holds {many} more: ")]
    for number, child in enumerate(view.detail.held[:_SHOWN]):
        url = f"{view.base_url.rstrip('/')}/i/{child.id}"
        out += [own(", ")] if number else []
        out += [Span(f"#{child.id}", url=url), own(" "), strange(child.title, _TITLE)]
    if many > _SHOWN:
        out.append(own(" …"))
    return tuple(out)


def _curve(view: View, alert: Alert) -> Spans:
    on, within = alert.status is AlertStatus.FIRING, _by(view).within * MINUTE
    lasted = view.now - min(alert.first_at, *flapping.changes(alert.flips)[:1])
    span = next((s * MINUTE for s in _SPANS if lasted <= s * MINUTE < within), within)
    bars = flapping.sparkline(alert.flips, on, alert.first_at, view.now, span)
    longest = flapping.longest_on(alert.flips, on, alert.first_at, view.now)
    mark = "" if view.phase == "flapping" else f"🔁 flapping, {counted(view)[0]} · "
    since = f"last {duration(span)}"
    return (own(f"{mark}{bars} {since}, longest on {words.cut(duration(longest), 20)}"),)
