"""Several incidents in one message to a phone: an SMS, words read aloud."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import bundle, words
from bot.cards.view import View
from bot.pages import spoken
from bot.pages.gsm import SEGMENT, cut, gsm, middle, septets
from bot.pages.short import AGAIN

_TITLE = 40
_CRITICAL = " critical"


def sms(views: Sequence[View], last: int, *, answers: bool, copy: bool) -> str:
    """``3 incidents, 2 CRIT: 1842 Disk 94% full on db-3, 1845, 1846. Reply 1=ack 1846``: the worst
    one with its title; a code is about the last one that was sent."""
    ordered = bundle.worst_first(views)
    worst, *rest = ordered
    head = bundle.count(views).replace(_CRITICAL, " CRIT")
    title = middle(gsm(words.clean(worst.incident.title)), _TITLE)
    codes = f" Reply 1=ack {last} 2=escalate" if answers else ""
    end = f".{f' {AGAIN}' if copy else ''}{codes}"
    said = f"{head}: {worst.incident.id} {title}"
    room = SEGMENT - septets(said) - septets(end)
    return cut(f"{said}{_also([v.incident.id for v in rest], room)}{end}", SEGMENT)


def storm(said: str, *, answers: bool, copy: bool) -> str:
    """``STORM 128 incidents, 4 CRIT. Worst 1902 Checkout 5xx 31% web-7. Reply 1=ack all critical
    2=escalate``."""
    codes = " Reply 1=ack all critical 2=escalate" if answers else ""
    end = f".{f' {AGAIN}' if copy else ''}{codes}"
    return f"{cut(gsm(said), SEGMENT - septets(end))}{end}"


def _also(numbers: Sequence[int], room: int) -> str:
    """As many of the other numbers as have room."""
    full = "".join(f", {number}" for number in numbers)
    if len(full) <= room:
        return full
    for kept in range(len(numbers) - 1, -1, -1):
        more = f" +{len(numbers) - kept}"
        said = "".join(f", {number}" for number in numbers[:kept]) + more
        if len(said) <= room:
            return said
    return ""


def aloud(views: Sequence[View], *, answers: bool) -> str:
    """``3 incidents, 2 critical. The worst: Critical. Incident 1 8 4 2. …``; the keys are about
    that one."""
    worst = bundle.worst_first(views)[0]
    return f"{bundle.count(views)}. The worst: {spoken.incident(worst, answers=answers)}"
