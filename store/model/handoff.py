"""The frozen nouns of a change of shift: who hands over to whom, and whether who comes can be
reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.model import Instant

COMING, DONE, OFF = "coming", "done", "off"
"""A handoff that is to come, that was, and that will not be: the schedule was changed."""

KEEP, PASS = "keep", "pass"


@dataclass(frozen=True, slots=True)
class Relief:
    """At an instant ``after`` are on call in a schedule instead of ``before`` (sorted handles)."""

    at: Instant
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def coming(self) -> tuple[str, ...]:
        """Who was not on call before."""
        return tuple(p for p in self.after if p not in self.before)

    @property
    def leaving(self) -> tuple[str, ...]:
        """Who is not on call any more."""
        return tuple(p for p in self.before if p not in self.after)


@dataclass(frozen=True, slots=True)
class Watch:
    """A schedule that is looked at when it is ``due``. Everything up to ``done`` was dealt with
    (0: nothing yet), and then ``on`` were on call; None: nobody looked yet."""

    schedule: str
    due: Instant
    done: Instant = 0
    on: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """One handoff of a schedule, as it is remembered.

    ``teams`` are those whose duty the schedule holds. ``since`` is when those before came on call,
    as far as it is known; ``pages`` and ``nights`` how often they were paged in that time, and how
    often of it at night. ``asked`` are those who were asked for a word, ``silent`` those who
    said that there is nothing to know; ``decided`` maps an open incident to ``keep`` or ``pass``.
    ``place`` is the channel in which those who come are mentioned.
    """

    id: int
    schedule: str
    at: Instant
    state: str
    rev: int
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    since: Instant | None = None
    pages: int = 0
    nights: int = 0
    notes: Mapping[str, str] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    decided: Mapping[int, str] = field(default_factory=dict)
    place: str = ""

    @property
    def relief(self) -> Relief:
        """Who hands over to whom."""
        return Relief(self.at, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of reaching a person before their shift. ``state``: ``tested`` (at ``at``), ``good``
    (nothing speaks against it), ``unverified``, ``failing``, ``missing`` (no account is known)."""

    via: str
    state: str
    at: Instant | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What may keep a person from answering. ``code``: away, unreachable, failing, unverified,
    unlinked, quiet. ``serious``: somebody else should be found. ``say`` may end before ``at``, the
    instant it is about."""

    code: str
    say: str
    at: Instant | None = None
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Preflight:
    """Whether somebody can be reached in a shift that begins ``at``.

    ``until`` is the shift's end, None where none is in sight; ``checked_at`` is None while it is
    not known; ``last`` that it was looked at when it was about to begin. ``told`` are the problems
    that the person was told of, ``standin`` is who could take the shift instead, ``asked`` are
    those who were asked to.
    """

    id: int
    schedule: str
    person: str
    at: Instant
    rev: int = 1
    checked_at: Instant | None = None
    until: Instant | None = None
    ways: tuple[Way, ...] = ()
    problems: tuple[Problem, ...] = ()
    told: tuple[str, ...] = ()
    last: bool = False
    standin: str | None = None
    asked: tuple[str, ...] = ()

    @property
    def serious(self) -> bool:
        """Somebody else should be found."""
        return any(problem.serious for problem in self.problems)
