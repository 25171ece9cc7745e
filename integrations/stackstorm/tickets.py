"""How we are let in: a key or a token that is there, or one that is asked for with user and
password and renewed before it ends, and when it is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

from integrations._time import instant
from integrations.base import Misconfigured, Permanent
from integrations.stackstorm.saying import Elsewhere, NotThere
from integrations.stackstorm.settings import System
from store.clock import from_datetime

_SHORTEST = 5.0
_SULKS = 60.0
"""Seconds for which a password that was refused is not tried again: accounts get locked."""

Make = Callable[..., tuple[Any, str]]


class Tickets:
    """One system's. Used from threads; ``make`` asks for a token and says the time there."""

    def __init__(
        self, system: System, make: Make, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._system, self._make, self._seconds = system, make, seconds
        self._lock = threading.Lock()
        self._token, self._renew_at = "", 0.0
        self._refused: tuple[float, Misconfigured] | None = None
        self._ttl: int | None = system.token_ttl

    def headers(self) -> dict[str, str]:
        """The header that lets us in; a new token where the old one is about to end."""
        if self._system.api_key:
            return {"St2-Api-Key": self._system.api_key}
        if self._system.token:
            return {"X-Auth-Token": self._system.token}
        with self._lock:
            if not self._token or self._seconds() >= self._renew_at:
                self._renew()
            return {"X-Auth-Token": self._token}

    def refused(self, used: dict[str, str]) -> bool:
        """A header was refused: whether there may be another now."""
        if self._system.api_key or self._system.token:
            return False
        with self._lock:
            if used.get("X-Auth-Token") == self._token:
                self._token = ""
        return True

    def basic(self) -> tuple[bytes, bytes]:
        """User and password."""
        return self._system.user.encode(), self._system.password.encode()

    def _renew(self) -> None:
        now = self._seconds()
        if self._refused is not None and now < self._refused[0]:
            raise Misconfigured(str(self._refused[1]), self._refused[1].setting)
        try:
            made, date = self._asked()
        except Misconfigured as error:
            said = Misconfigured("StackStorm accepts neither user nor password", error.setting)
            self._refused = (now + _SULKS, said)
            raise said from None
        except (NotThere, Elsewhere):
            raise Misconfigured("StackStorm signs nobody in there", "auth_url") from None
        self._refused = None
        self._token = str(getattr(made, "token", "") or "")
        if not self._token:
            raise Misconfigured("StackStorm's sign-in gives no token", "auth_url")
        self._renew_at = now + max(0.8 * self._lasts(made, date), _SHORTEST)

    def _asked(self) -> tuple[Any, str]:
        """A token for as long as we like, or for as long as StackStorm likes."""
        if self._ttl is not None:
            try:
                return self._make(ttl=self._ttl)
            except (NotThere, Misconfigured):
                raise
            except Permanent:
                self._ttl = None
        return self._make()

    def _lasts(self, made: Any, date: str) -> float:
        """Seconds a token lasts, by the clock over there."""
        until = instant(getattr(made, "expiry", None))
        try:
            there = from_datetime(parsedate_to_datetime(date))
        except (TypeError, ValueError):
            there = None
        if until is None or there is None:
            return float(self._ttl or 600)
        return (until - there) / 1000
