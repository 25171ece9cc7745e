"""The frozen nouns of words about an incident: what somebody wrote, and where it was said again."""

from __future__ import annotations

from dataclasses import dataclass

ROOM, DIRECT = "room", "direct"
"""Where words were said that stand in no card's thread: in a war room, to the bot alone."""


@dataclass(frozen=True, slots=True)
class File:
    """Something that came with words: its name, and the address where it lies (or empty)."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about an incident.

    ``id`` is that of its line in the timeline, ``number`` counts the notes of its incident from 1
    (0 for words that were taken back before they came). ``author`` is the actor's id (a person's
    handle, an account of a chat), ``kind`` the actor's kind, ``name`` how they were called.
    ``place`` is the place it was written at, which it is never said to again, ``where`` room or
    direct or empty. ``version`` grows with every edit; ``gone`` says that it was taken back, its
    words are empty then. ``answers``, ``quote`` and ``to`` are whom, what and which note it
    replied to.
    """

    id: int
    incident_id: int
    number: int
    at: int
    author: str
    kind: str
    name: str
    surface: str
    text: str
    files: tuple[File, ...] = ()
    place: str = ""
    where: str = ""
    answers: str = ""
    quote: str = ""
    to: int = 0
    version: int = 1
    gone: bool = False
    edited_at: int | None = None
    ended_by: str = ""
    sensitive: bool = False

    @property
    def words(self) -> str:
        """All of it as plain words: the text, then the names of what came with it."""
        named = ", ".join(file.name for file in self.files)
        return "\n".join(filter(None, (self.text, f"[{named}]" if named else "")))


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a note is said again: the place, and the message once it stands. ``shown`` is the
    version that stands there, 0 while none does."""

    id: int
    note_id: int
    place: str
    row_id: int
    channel: str | None
    message: str | None
    thread: str | None
    shown: int
