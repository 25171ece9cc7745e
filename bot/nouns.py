"""What the numbers mean that commands are about beside incidents: silences, maintenances, covers,
changes; for forms and menus that offer them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bot.cards import words
from commands.automation.inquiring import what
from commands.rules.approving import approvers
from commands.words import date
from store import approvals, covers, inquiries, maintenance, silences
from store.db import Tx
from store.model import Definitions, Instant, Person

Choices = tuple[tuple[str, str], ...]
MOST, _LABEL = 25, 75

Asked = tuple[Definitions, Instant, Person | None]
"""What is defined, now, and who asks."""


def listed(tx: Tx, about: str, asked: Asked) -> Choices:
    """(number, ``17: host=staging-2 until Wed 25 Nov 09:00 CET``) of what a command is about; empty
    where that has no list."""
    found = _LISTS.get(about)
    if found is None:
        return ()
    lines = (
        (str(n), words.cut(words.clean(f"{n}: {said}"), _LABEL)) for n, said in found(tx, asked)
    )
    return tuple(lines)[:MOST]


def _when(at: Instant, asked: Asked) -> str:
    return date(at, asked[2].zone if asked[2] else "UTC")


def _silences(tx: Tx, asked: Asked) -> Iterator[tuple[int, str]]:
    for one in silences.holding(tx, asked[1]):
        yield one.id, f"{one.what or f'#{one.of}'} until {_when(one.until, asked)}"


def _maintenances(tx: Tx, asked: Asked) -> Iterator[tuple[int, str]]:
    for window in maintenance.windows(tx):
        coming = maintenance.of_window(tx, window.id)[:1]
        when = f", {_when(coming[0].starts_at, asked)}" if coming else ""
        if window.over is None:
            yield window.id, f"{window.what} {window.text}".strip() + when


def _covers(tx: Tx, asked: Asked) -> Iterator[tuple[int, str]]:
    known, now, _ = asked
    for one in covers.pending(tx, now):
        yield one.id, f"{known.name_of(one.person)}, {one.schedule} {_when(one.start, asked)}"


def _changes(tx: Tx, asked: Asked) -> Iterator[tuple[int, str]]:
    known, now, me = asked
    for change in sorted(known.rota.values(), key=lambda c: -c.id):
        what = change.override or change.swap or change.temporary
        if what is not None and what.end > now and me is not None and change.by == me.handle:
            yield change.id, f"{change.schedule} {_when(what.start, asked)}"


def _approvals(tx: Tx, asked: Asked) -> Iterator[tuple[int, str]]:
    known, now, me = asked
    for one in approvals.waiting(tx):
        able = approvers(known, one.rule, one.asker, now)
        if me is not None and me.handle in (one.asker, *able):
            yield one.id, one.says


def _inquiries(tx: Tx, asked: Asked) -> Iterator[tuple[int, str]]:
    me = asked[2]
    for one in inquiries.waiting(tx):
        if me is not None and me.handle in one.to:
            yield one.id, what(one)


_LISTS: Mapping[str, Callable[[Tx, Asked], Iterator[tuple[int, str]]]] = {
    "silence": _silences,
    "maintenance": _maintenances,
    "cover": _covers,
    "rota": _changes,
    "approval": _approvals,
    "inquiry": _inquiries,
}
