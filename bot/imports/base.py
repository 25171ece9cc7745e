"""What an import gives: a fragment of the settings, where each thing came from, what could not be
carried over and why, and what the source itself says of who is on call."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.imports.bundle import Bundle, Shape
from bot.imports.spans import Answer
from store.model import DAY, Instant

Written = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is not as it was: ``left out`` or ``approximated``, of what, and why."""

    kind: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why source and result may differ between two instants."""

    start: Instant
    end: Instant
    why: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What the export itself says of who is on call, and of which time it speaks."""

    start: Instant
    end: Instant
    answer: Answer
    named: str


@dataclass(frozen=True, slots=True)
class Source:
    """A schedule in the tool it came from: ``answer`` computes by that tool's own rules."""

    title: str
    zone: str
    answer: Callable[[Instant, Instant], Answer] | None
    stated: Stated | None = None
    causes: Callable[[Instant, Instant], list[Cause]] = lambda start, end: []


@dataclass(frozen=True, slots=True)
class Asked:
    """What the import is to look at: from when, how many days, and the zone of what names none."""

    start: Instant
    days: int
    zone: str

    @property
    def end(self) -> Instant:
        """When the comparison ends."""
        return self.start + self.days * DAY


@dataclass(slots=True)
class Imported:
    """A fragment of ``pixelview.yaml`` and everything to say about it.

    ``variables`` of the environment hold what must not stand in a file, each with a stand-in.
    """

    title: str
    people: dict[str, Written] = field(default_factory=dict)
    teams: dict[str, Written] = field(default_factory=dict)
    schedules: dict[str, Written] = field(default_factory=dict)
    routes: list[Written] = field(default_factory=list)
    policies: dict[str, Written] = field(default_factory=dict)
    origins: dict[tuple[str, str], str] = field(default_factory=dict)
    asides: dict[tuple[str, str], str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)

    def left_out(self, what: str, why: str) -> None:
        """Something is not in the result."""
        self._note(Note("left out", what, why))

    def approximated(self, what: str, why: str) -> None:
        """Something is in the result, not as it was."""
        self._note(Note("approximated", what, why))

    def _note(self, note: Note) -> None:
        if note not in self.notes:
            self.notes.append(note)


class Tool(Protocol):
    """A tool whose exports can be read: one module each."""

    TITLE: str
    FILES: str
    SHAPE: Shape

    def read(self, bundle: Bundle, asked: Asked) -> Imported:
        """The settings an export amounts to."""
        ...  # pragma: no cover


# ---- names -------------------------------------------------------------------------------------

_RESERVED = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}
    | {"me", "all", "nobody", "schedule", "team", "person"}
)
"""What YAML or a command would read as something else."""


@dataclass(slots=True)
class Names:
    """Handles and names: short, unique, of letters that need no quotes."""

    fallback: str
    taken: set[str] = field(default_factory=set)

    def of(self, *wanted: str | None) -> str:
        """A free name after the first of what is wanted that has letters."""
        slugs = (slug(each) for each in wanted if each)
        name = next((s for s in slugs if s), self.fallback)
        if name in _RESERVED or name[0].isdigit():
            name = f"{self.fallback}-{name}"
        free, n = name, 2
        while free in self.taken:
            free, n = f"{name}-{n}", n + 1
        self.taken.add(free)
        return free


def slug(text: str) -> str:
    """``Ana Petrović`` as ``ana-petrovic``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def handle_of(names: Names, email: str | None, login: str | None, name: str | None) -> str:
    """A person's handle: what stands before the @, else the login, else the name."""
    local = email.partition("@")[0].partition("+")[0] if email else None
    return names.of(local, login.partition("@")[0] if login else None, name)


def known_zone(zone: str | None) -> bool:
    """Whether a text is a time zone of the database."""
    try:
        return bool(zone) and ZoneInfo(str(zone)) is not None
    except (KeyError, ValueError, OSError):
        return False


def person(
    found: Imported,
    name: str,
    email: str | None,
    zone: str | None,
    roles: str | None = None,
    slack: str | None = None,
) -> Written:
    """One person of the settings, with what of it can't be used said."""
    written: Written = {"name": name[:100]}
    if email and re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        written["email"] = email
    elif email:
        found.left_out(f"the e-mail of {name}", f"{email} is no address")
    if known_zone(zone):
        written["zone"] = zone
    elif zone:
        found.approximated(f"the time zone of {name}", f"{zone} is not an IANA time zone: UTC")
    if slack:
        written["slack"] = slack
    if roles:
        written["roles"] = [roles]
    return written


def glob(text: str) -> str:
    """A text that a route's match takes as it stands."""
    return re.sub(r"([*?\[])", r"[\1]", text)


def pick(table: Mapping[str, str], word: str | None, default: str) -> str:
    """A word of theirs as one of ours."""
    return table.get((word or "").casefold().replace(" ", "_"), default)
