"""What an alert was found to be about, of what is known of the infrastructure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.model import Severity


@dataclass(frozen=True, slots=True)
class About:
    """``ids`` are resources, the one it is about first, then what that runs on. ``said`` tells how
    they were found, or why none was, and what the alert has from them. ``fell`` is how the resource
    is lost to what hangs on it (``down``), empty where the alert says no such thing; ``title`` then
    says what is lost with it. ``carries`` says that other things may hang on it, ``name`` is what
    it is called."""

    ids: tuple[int, ...] = ()
    said: str = ""
    fell: str = ""
    title: str = ""
    carries: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Worst:
    """One of what is lost that an incident is about: the resource's number and name, whose it is,
    and how bad that is."""

    id: int
    name: str
    tenant: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Lost:
    """What is lost with something that fell, and how it is now. ``fallen`` is that resource's
    number, ``kind`` and ``total`` say what hung on it; each of that is back, down, or it is not
    known. ``tenants`` are some of whose it is, with
    how many, the most first, of ``tenants_total``; ``worst`` are some of those
    with open incidents."""

    fallen: int
    name: str
    kind: str
    total: int
    back: int = 0
    down: int = 0
    tenants: tuple[tuple[str, int], ...] = ()
    tenants_total: int = 0
    worst: tuple[Worst, ...] = ()

    @property
    def unknown(self) -> int:
        """How many of which it is not known."""
        return self.total - self.back - self.down
