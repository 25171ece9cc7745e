"""The ways the door says no; each surface words them for its reader, HTTP maps them to a status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CommandError(Exception):
    """Base: ``status`` is the HTTP status, ``body()`` the JSON of the outside contract."""

    status = 400

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error

    def body(self) -> dict[str, Any]:
        """The JSON object of the outside contract."""
        return {"error": self.error}


class Invalid(CommandError):
    """An argument can't be read or does not fit; ``where`` names it, ``choices`` are what it may
    have meant: values, each with how it is called where that is another word (``ana=Ana Petrova``).
    """

    status = 422

    def __init__(self, error: str, where: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(error)
        self.where, self.choices = where, choices

    def body(self) -> dict[str, Any]:
        """``{"error","where"}`` and, where it may mean several things, ``choices``."""
        body: dict[str, Any] = {"error": self.error, "where": self.where}
        if self.choices:
            body["choices"] = [choice.partition("=")[0] for choice in self.choices]
        return body


class NotFound(CommandError):
    """No such incident, person, command …"""

    status = 404


class Denied(CommandError):
    """The actor lacks a permission: ``needs`` names it, ``ask`` names who can.

    ``able`` are the handles of those, ``have`` says what the actor is, ``teams`` in which teams it
    is needed; ``wish`` is the number by which somebody can be asked for it, 0 for none.
    """

    status = 403

    def __init__(
        self,
        error: str,
        needs: str,
        ask: tuple[str, ...] = (),
        *,
        able: tuple[str, ...] = (),
        have: str = "",
        teams: tuple[str, ...] = (),
    ) -> None:
        super().__init__(error)
        self.needs = needs
        self.ask = ask
        self.able, self.have, self.teams = able, have, teams
        self.wish = 0

    def body(self) -> dict[str, Any]:
        """``{"error","needs","ask"}``."""
        return {"error": self.error, "needs": self.needs, "ask": list(self.ask)}


class Conflict(CommandError):
    """Somebody was first, or a choice is missing. ``winner`` is ``{"who","surface","at"}``."""

    status = 409

    def __init__(
        self,
        error: str,
        winner: Mapping[str, Any] | None = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        super().__init__(error)
        self.winner = winner
        self.choices = choices

    def body(self) -> dict[str, Any]:
        """``{"error","winner"}`` and, where one must be named, ``choices``."""
        body: dict[str, Any] = {"error": self.error}
        body["winner"] = dict(self.winner) if self.winner else None
        if self.choices:
            body["choices"] = list(self.choices)
        return body


class Stale(Conflict):
    """A press on a card older than its incident: what it would do may be meant no more."""


class Busy(CommandError):
    """The queue is full; try again after ``retry_after`` seconds."""

    status = 503

    def __init__(self, error: str, retry_after: int = 1) -> None:
        super().__init__(error)
        self.retry_after = retry_after


class TooOften(Busy):
    """Somebody did it more often than one may in a while; again after ``retry_after`` seconds."""

    status = 429
