"""Those who want to know how an incident goes without working on it, and what they are told."""

from __future__ import annotations

from dataclasses import dataclass

from store.clock import Instant

INCIDENT, SERVICE, TEAM, SEVERITY = "incident", "service", "team", "severity"
"""What one can subscribe to."""

OPENED, UPDATE, RESOLVED, BACK, MANY = "opened", "update", "resolved", "back", "many"
"""What an update tells: that something began, how it goes, that it is over, that it is back; or of
many that began at once, which belongs to no incident."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is subscribed to: an incident by its number, a service, a team, or all that is at least
    as bad as a severity."""

    kind: str
    value: str

    def __str__(self) -> str:
        if self.kind == INCIDENT:
            return f"#{self.value}"
        if self.kind == SEVERITY:
            everything = {"info": "everything", "critical": "critical"}
            return everything.get(self.value, f"{self.value} and above")
        return f"{self.kind} {self.value}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets updates of what. ``who`` is ``@ana``, ``slack:#news`` or ``mail:a@example.eu``;
    ``mail`` sends a person's by e-mail, ``opened`` also says that something began. An address that
    is not ``confirmed`` yet gets nothing but the question whether it wants to."""

    id: int
    subject: Subject
    who: str
    at: Instant
    by: str = ""
    mail: bool = False
    opened: bool = False
    confirmed: bool = True

    @property
    def person(self) -> str:
        """The handle, where it is a person's."""
        return self.who[1:] if self.who.startswith("@") else ""

    @property
    def address(self) -> str:
        """The e-mail address, where it is one's."""
        return self.who.removeprefix("mail:") if self.who.startswith("mail:") else ""


@dataclass(frozen=True, slots=True)
class Told:
    """One update. ``sent_at`` is None while it waits, because the last one went out a moment ago;
    ``incident`` is 0 where it is about many. ``names`` and ``titles`` say whether it may tell who
    works on it and, in the house, what the incident is called; ``parts`` are those of the status
    page that it concerns."""

    id: int
    incident: int
    at: Instant
    kind: str
    text: str
    by: str = ""
    sent_at: Instant | None = None
    names: bool = False
    titles: bool = True
    parts: tuple[str, ...] = ()
