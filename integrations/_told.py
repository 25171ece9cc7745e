"""What people did to an incident, for the monitor its alerts came from, and how that answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from store.model import Alert, AlertReading, Instant, Severity

OURS = "PixelView #"
"""What we write into a monitor begins with it, so that it is known again when it comes back."""
OUR_SILENCE = "PixelView silence "
"""So begins the comment of a silence that is about no single incident."""


class Did(StrEnum):
    """What was done to an incident."""

    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NOTED = "noted"
    SEVERITY = "severity"
    SILENCED = "silenced"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done to an incident. ``alerts`` are those of this monitor that still fire, worst
    first; ``by`` a person's name, or PixelView; ``say`` one sentence, ``text`` what they wrote,
    ``severity`` what it is now, ``until`` when a silence ends."""

    did: Did
    alerts: tuple[Alert, ...]
    incident: int
    url: str
    by: str
    say: str
    text: str = ""
    severity: Severity = Severity.ERROR
    until: Instant | None = None

    def message(self, limit: int = 2000) -> str:
        """The words for a monitor's comment, marked as ours, at most ``limit`` characters."""
        said = f"{OURS}{self.incident}: {self.say}"
        if self.text and self.text not in said:
            said = f"{said} {self.text}"
        return said if len(said) <= limit else said[: limit - 1] + "…"


@dataclass(frozen=True, slots=True)
class Hush:
    """A silence that somebody made in a monitor, over the alert with this key."""

    key: str
    id: str
    until: Instant
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelTerm:
    """One of these labels must fit one of the globs, whatever their case; with ``but`` none may."""

    names: tuple[str, ...]
    globs: tuple[str, ...]
    but: bool = False


@dataclass(frozen=True, slots=True)
class Silencing:
    """A silence of ours that hides all that fits, until an instant, or no more (None). Without
    ``criticals`` nothing that is critical here."""

    id: int
    terms: tuple[LabelTerm, ...]
    criticals: bool
    until: Instant | None
    by: str
    text: str
    url: str


@runtime_checkable
class Silencers(Protocol):
    """A monitor that can silence by labels."""

    async def silence(self, asked: Silencing) -> str | None:
        """Do there what was done here, twice without harm; as ``Monitor.tell``."""
        ...


@runtime_checkable
class Hushes(Protocol):
    """A monitor in which alerts can be silenced."""

    async def hushed(self, open_here: Sequence[Alert]) -> Sequence[Hush]:
        """The silences over these alerts that are not ours, for each alert the longest."""
        ...


@dataclass(frozen=True, slots=True)
class Rights:
    """How a monitor answers: ``says`` is what it is and what it shows us, ``lacks`` what will not
    work, each a sentence without its end."""

    says: tuple[str, ...]
    lacks: tuple[str, ...] = ()


@runtime_checkable
class Checks(Protocol):
    """A monitor that can be asked what it lets us do, without doing any of it."""

    async def check(self) -> Rights:
        """Raises as ``look`` does."""
        ...


@runtime_checkable
class Reports(Protocol):
    """A monitor that can watch over us: told again and again that we run."""

    async def report(self, well: bool, said: str) -> None:
        """Say how we are, where the settings want that. Raises as ``look`` does."""
        ...


@runtime_checkable
class Streams(Protocol):
    """A monitor that tells what happens while a connection lasts."""

    def events(self) -> AsyncIterator[Sequence[AlertReading] | None]:
        """What happens there, from now on; None, and that first, where it should be looked at.

        It ends where the other side ends it; raises as ``look`` does. ``listens`` of the monitor
        says whether it is wanted at all.
        """
        ...


@runtime_checkable
class Monitor(Protocol):
    """What ``connect(settings)`` of a module with WRITE_BACK returns: one monitor that is told what
    people did. ``settings`` are ``write_back`` of ``intake.sources.<name>``; a wrong one is
    Misconfigured. One that knows few of the things that can be done names them in ``takes``, a set
    of Did: it is told no other."""

    async def tell(self, deed: Deed) -> str | None:
        """Do there what was done here, twice without harm; what could not be done as asked, or "",
        or None where there was nothing to do.

        Raises Transient (tried again), Permanent or Misconfigured.
        """
        ...

    async def look(self, open_here: Sequence[Alert]) -> Sequence[AlertReading]:
        """How things stand there: what is open, as firing with ``starts_at``, and those of
        ``open_here`` that are over, as resolved; nothing of what it can't tell."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
