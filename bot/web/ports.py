"""What the console needs of the rest of PixelView, so that it can stand on a stub as well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from bot.cards.model import Answer, Card
from bot.links import Deed
from commands.context import Done, Receiving, Rulebook
from commands.entering import Entrance
from commands.rules.reach import Contacts
from store.clock import Clock
from store.model import Actor, Definitions


class Doorway(Protocol):
    """The one door, as far as a console passes through it."""

    @property
    def clock(self) -> Clock:
        """The clock everybody goes by."""
        ...

    async def do(
        self,
        name: str,
        args: Mapping[str, Any],
        actor: Actor,
        *,
        key: str | None = None,
        rev: int | None = None,
    ) -> Done:
        """Run a command."""
        ...

    async def ask(self, name: str, args: Mapping[str, Any], actor: Actor) -> Any:
        """Run a query."""
        ...

    def definitions(self) -> Definitions:
        """People, teams, routes and policies in force."""
        ...

    @property
    def rules(self) -> Rulebook:
        """The settings verbs go by."""
        ...


class Identities(Protocol):
    """Who is signed in."""

    @property
    def entrance(self) -> Entrance:
        """Lets people in, and finds out who is in."""
        ...


class ChangeFeed(Protocol):
    """Tells which incidents changed."""

    def subscribe(self) -> AbstractAsyncContextManager[asyncio.Queue[list[tuple[int, int]]]]:
        """A queue of batches of (incident, rev)."""
        ...


class Sign(Protocol):
    """One line of the Health box; ``at`` is the last word (ms) of a source, None otherwise."""

    @property
    def name(self) -> str:
        """What it is about."""
        ...

    @property
    def ok(self) -> bool:
        """Well or not."""
        ...

    @property
    def words(self) -> str:
        """How it is, for people."""
        ...

    @property
    def at(self) -> int | None:
        """When it was last heard."""
        ...


class Where(Protocol):
    """The settings the console reads."""

    @property
    def url(self) -> str:
        """The public base address."""
        ...


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody is on call for something; ``until`` (ms) where it is known."""

    handle: str
    what: str
    until: int | None = None


Typed = Callable[[str, Actor, str, int | None], Awaitable[Answer]]
"""A command in plain words: text, actor, idempotency key, the incident at hand."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What may be there beside the core; each part of the page shows only where it is given.

    ``banner`` stands above every page, ``first_alert`` is a command line that fires an alert,
    ``surfaces`` the names of the chats that are configured, ``newest`` the newest change there is,
    ``read_link`` what the link of an page does at an instant, ``about`` the card about something
    else than an incident (its kind, its number) as one person sees it, ``reachable`` how people can
    be reached, ``receiving`` what reads bodies, ``seen`` those of some changes that somebody
    may see.
    """

    health: Callable[[], Sequence[Sign]] = tuple
    banner: Callable[[], str] = str
    on_call: Callable[[], Sequence[Duty]] | None = None
    typed: Typed | None = None
    first_alert: Callable[[], str] = str
    surfaces: Callable[[], Sequence[str]] = tuple
    newest: Callable[[], Awaitable[int]] | None = None
    read_link: Callable[[str, int], Deed | None] | None = None
    about: Callable[[str, int, str], Awaitable[Card | None]] | None = None
    reachable: Callable[[], Awaitable[Contacts]] | None = None
    receiving: Receiving | None = None
    seen: Callable[[Actor, list[tuple[int, int]]], Awaitable[list[tuple[int, int]]]] | None = None
