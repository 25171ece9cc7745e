"""The steps of a workflow on a card: a tree of at most five lines, with marks and times."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import words
from bot.cards.model import Spans
from bot.cards.view import own, separated, strange
from commands.words import duration
from store.clock import Instant
from store.executions import CANCELED, CANCELING, DONE, FAILED, RUNNING, WAITING, Ran

MOST = 5
MARK = {DONE: "✔", FAILED: "✘", RUNNING: "…", WAITING: "…", CANCELING: "…", CANCELED: "■"}
TO_COME, _NAME, _INDENT = "○", 60, "\u2003"
_BESIDE, _SHORT = 3, 60
_NOW = (RUNNING, WAITING, CANCELING)


def outer(steps: Sequence[Ran]) -> list[Ran]:
    """Those of the workflow itself; those of a workflow within it are not counted."""
    return [one for one in steps if one.depth == 0] or list(steps)


def progress(steps: Sequence[Ran]) -> str:
    """``step 2``, ``step 2 of 3`` where it is known what is still to come."""
    mine = outer(steps)
    if not mine:
        return ""
    now = [n for n, one in enumerate(mine, 1) if one.state in _NOW]
    done = sum(one.state == DONE for one in mine)
    at = now[-1] if now else max(done, 1)
    known = any(one.began_at is None and one.state not in (DONE, FAILED) for one in mine)
    return f"step {at} of {len(mine)}" if known else f"step {at}"


def failed_at(steps: Sequence[Ran]) -> tuple[int, str] | None:
    """The number, from 1, and the name of the step that failed; the innermost name."""
    for number, one in enumerate(outer(steps), 1):
        if one.state == FAILED:
            inner = [each for each in steps if each.state == FAILED]
            return number, inner[-1].name if inner else one.name
    return None


def rows(steps: Sequence[Ran], now: Instant) -> tuple[Spans, ...]:
    """``✔ fence compute-7 6 s``: a few side by side, else as a tree; of many those around the one
    that counts now."""
    flat = all(one.depth == 0 for one in steps)
    if flat and 0 < len(steps) <= _BESIDE and sum(len(one.name) for one in steps) <= _SHORT:
        return (separated([_row(one, now) for one in steps]),)
    if len(steps) <= MOST:
        return tuple(_row(one, now) for one in steps)
    here = next((n for n, one in enumerate(steps) if one.state == FAILED), None)
    if here is None:
        here = next((n for n, one in enumerate(steps) if one.state in _NOW), len(steps) - 1)
    first = min(max(here - 1, 0), len(steps) - (MOST - 1))
    shown: list[Spans] = []
    if first:
        done = all(one.state == DONE for one in steps[:first])
        shown.append((own(f"{'✔' if done else '…'} {words.count(first, 'step')} before"),))
    room = MOST - len(shown)
    rest = len(steps) - first
    kept = steps[first : first + (room if rest <= room else room - 1)]
    shown += [_row(one, now) for one in kept]
    if (more := rest - len(kept)) > 0:
        shown.append((own(f"{TO_COME} {more} more"),))
    return tuple(shown)


def _row(one: Ran, now: Instant) -> Spans:
    indent = _INDENT * min(one.depth, 4)
    mark = MARK.get(one.state, TO_COME)
    return own(f"{indent}{mark} "), strange(one.name, _NAME), own(_time(one, now))


def _time(one: Ran, now: Instant) -> str:
    """How long it took; of one that goes on nothing: it would be wrong a second later."""
    if one.began_at is None or one.ended_at is None:
        return ""
    return f" {duration(max(one.ended_at - one.began_at, 0))}"
