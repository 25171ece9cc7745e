"""What a silence would hide: now, and in the week before, from what is on record."""

from __future__ import annotations

from dataclasses import dataclass

from commands.hiding import would_hide
from commands.rules import filters
from commands.rules.hints import hint
from commands.rules.silencing import Matcher
from commands.silencing import Held, covered
from commands.words import count
from store import silences
from store.db import Tx
from store.model import DAY, Incident, Instant, Severity
from store.model.silence import Silence

WEEK = 7 * DAY
NOTHING = "Nothing open or of the last week fits it: is it written as the monitors write it?"
MOST = 1000
"""So many incidents are looked at, the newest first of those of the week."""
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many incidents it hides ``now``, and how many of the ``week`` before it would have
    hidden; ``criticals`` fit and page on. ``routes`` are those of all of them; ``whole`` says that
    every incident was looked at. ``hint`` says what may have been meant where nothing fits."""

    now: int
    week: int
    criticals: int
    routes: frozenset[str]
    whole: bool
    hint: str = ""

    @property
    def said(self) -> str:
        """``hides 1 incident now, 31 last week``."""
        more = "" if self.whole else " or more"
        return f"hides {count(self.now, 'incident')} now{more}, {self.week} last week{more}"


def look(tx: Tx, now: Instant, matcher: Matcher, until: Instant) -> Outlook:
    """What a silence by this matcher until then would hide."""
    every = Matcher(matcher.filter, with_criticals=True)
    held = [Held(Silence(0, "", until, now), every)]
    hidden, loud, routes = set[int](), set[int](), set[str]()
    known, after = dict[int, Incident](), 0
    while found := silences.open_after(tx, after, _PAGE):
        known |= {i.id: i for i in found}
        for i in found:
            if would_hide(i, until) and covered(tx, i, held) is not None:
                (loud if _pages_on(matcher, i.severity) else hidden).add(i.id)
                routes.add(i.route)
        after = found[-1].id
        if len(found) < _PAGE or len(known) >= MOST:
            break
    past = silences.opened_since(tx, now - WEEK, MOST, known)
    fits = [i for i in past if matcher.filter.fits(filters.of_incident(i))]
    routes |= {i.route for i in fits}
    loud |= {i.id for i in fits if _pages_on(matcher, i.severity)}
    week = sum(not _pages_on(matcher, i.severity) for i in fits)
    whole = len(known) < MOST and len(past) < MOST
    fitting = hidden or loud or fits
    labels = {name for i in (*known.values(), *past) for name in i.labels}
    meant = "" if fitting else hint(matcher.filter, labels) or NOTHING
    return Outlook(len(hidden), week, len(loud), frozenset(routes), whole, meant)


def _pages_on(matcher: Matcher, severity: Severity) -> bool:
    return severity is Severity.CRITICAL and not matcher.with_criticals


def warning(matcher: Matcher, found: Outlook) -> str:
    """That criticals fit, which page on unless they are named; empty where none does."""
    if not found.criticals:
        return ""
    many = count(found.criticals, "critical")
    return f"{matcher} would silence {many}. Say critical to include them: they page on."


def never(matcher: Matcher) -> str:
    """``never criticals``."""
    return "criticals too" if matcher.with_criticals else "never criticals"
