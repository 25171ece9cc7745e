"""The frozen nouns of working on an incident together: its war room, the places it is in, who does
what there, and what was told to those who wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAD, COMMS, SCRIBE = "lead", "comms", "scribe"
ROLES = (LEAD, COMMS, SCRIBE)

CHANNEL, THREAD = "channel", "thread"
"""What a room is: a channel of its own, or a thread below the incident's card."""

MAKING, OPEN, ENDING, ENDED, FAILED = "making", "open", "ending", "ended", "failed"
LIVE = (MAKING, OPEN, ENDING)


@dataclass(frozen=True, slots=True)
class Role:
    """Who holds a role, since when."""

    person: str
    since: int


@dataclass(frozen=True, slots=True)
class WarRoom:
    """How an incident is worked on together; one an incident, in whatever chats it has rooms.

    ``roles`` maps lead, comms and scribe to who holds them. ``every`` are the minutes between
    status updates, 0 for none; ``next_update`` is when one is due, ``reminded`` how often that was
    said since. ``by`` is who asked for it, empty where a rule did; ``call`` the address of the
    call. ``private`` rooms are seen by those alone who are invited. ``ended_at`` is when its rooms
    were ended the last time; ``declined`` says that somebody did so while the incident was open, so
    that no rule opens one again.
    """

    incident_id: int
    rev: int = 1
    opened_at: int = 0
    by: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    every: int = 0
    next_update: int | None = None
    reminded: int = 0
    updated_at: int | None = None
    call: str = ""
    private: bool = False
    ended_at: int | None = None
    declined: bool = False

    def who(self, role: str) -> str:
        """The handle of who holds a role, empty where nobody does."""
        held = self.roles.get(role)
        return held.person if held is not None else ""


@dataclass(frozen=True, slots=True)
class Room:
    """A war room in one chat.

    ``state`` is making, open, ending, ended or failed; ``channel`` the platform's id once it is
    made (or what stands for a thread). ``name`` is the one wanted, later the one it got. ``tried``
    says that making it was begun, so that its answer may have got lost. ``wanted`` are the handles
    to invite, ``invited`` those of whom the chat was asked, ``missing`` those of them who can't
    come; ``steps`` what was done of all the rest. ``below`` says that it is the thread of the
    incident's card. ``by`` is who is told when something fails, ``trouble`` what did.
    """

    id: int
    incident_id: int
    surface: str
    state: str = MAKING
    channel: str | None = None
    kind: str = CHANNEL
    name: str = ""
    url: str = ""
    private: bool = False
    below: bool = False
    opened_at: int = 0
    tried: bool = False
    wanted: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    by: str = ""
    trouble: str = ""

    @property
    def live(self) -> bool:
        """Whether people work in it, or soon do."""
        return self.state in LIVE

    @property
    def place(self) -> str:
        """Where its messages go, as the outbox names it: ``slack:C0123``."""
        return f"{self.surface}:{self.channel or ''}"


@dataclass(frozen=True, slots=True)
class Update:
    """What was told about an incident to those who don't work on it. ``places`` is how many
    subscribers got it beside the rooms and threads."""

    id: int
    incident_id: int
    at: int
    by: str
    surface: str
    text: str
    places: int = 0


@dataclass(frozen=True, slots=True)
class Together:
    """How an incident is worked on: its war room, every room it has or had, the latest updates."""

    war: WarRoom
    rooms: tuple[Room, ...] = ()
    updates: tuple[Update, ...] = ()
