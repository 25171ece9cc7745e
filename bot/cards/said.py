"""What a command answers whose success no card shows, for the person who gave it alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.cards.address import http
from bot.cards.model import Answer, Note, Press, Private, Quietly, Span, Spans
from bot.cards.view import own, strange
from commands.context import Done, Shown
from commands.words import bare_clock
from store.model import DAY

_LONG = 600


def of(done: Done) -> Answer:
    """Its sentences with what can be done next; nothing where a card shows it."""
    if not done.aloud:
        return Quietly()
    first, *rest = done.say.splitlines() or [""]
    first = first if done.asks else f"✅ {first}"
    lines = tuple(timed(line, done.times) for line in (first, *rest))
    return Private(note=Note(lines, actions=presses(done)), done=not done.asks)


def timed(line: str, times: Iterable[Shown]) -> Spans:
    """A sentence whose times every reader sees on their own clock; an address leads there."""
    if address := http(line):
        return (Span(line, url=address),)
    return tuple(_timed(line, [t for t in times if t.text and t.text in line]))


def _timed(line: str, times: list[Shown]) -> Iterator[Span]:
    if not times:
        yield strange(line, _LONG)
        return
    first = min(times, key=lambda t: (line.index(t.text), -len(t.text)))
    before, _, after = line.partition(first.text)
    if before:
        yield _words(before)
    yield from _instants(first)
    if after:
        yield from _timed_rest(after, [t for t in times if t.text in after])


def _timed_rest(line: str, times: list[Shown]) -> Iterator[Span]:
    if times:
        yield from _timed(line, times)
    else:
        yield _words(line)


def _words(text: str) -> Span:
    """A part of a sentence with the spaces at its ends."""
    said = strange(text, _LONG)
    start, end = " " * text.startswith(" "), " " * text.endswith(" ")
    return Span(f"{start}{said.text.strip()}{end}" if said.text.strip() else text, own=said.own)


def _instants(shown: Shown) -> Iterator[Span]:
    """From when to when; the end by its clock alone where it is the same day everywhere."""
    if shown.end is None:
        near = shown.text[:1].isdecimal()
        yield Span(shown.text, at=shown.start, form="time" if near else "date")
        return
    between = " – " if " – " in shown.text or " to " in shown.text else "–"
    first, _, last = shown.text.replace(" to ", "–").partition("–")
    form = "time" if shown.end - shown.start <= DAY // 2 else "date"
    yield Span(first.strip() or bare_clock(shown.start, "UTC"), at=shown.start, form="date")
    yield own(between)
    yield Span(last.strip() or bare_clock(shown.end, "UTC"), at=shown.end, form=form)


def presses(done: Done) -> tuple[Press, ...]:
    """The buttons under an answer."""
    return tuple(Press(offer.label, offer.token) for offer in done.offers[:5])
