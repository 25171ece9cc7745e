"""Signed links that act, for e-mail: a GET shows a page, only its POST acts."""

from __future__ import annotations

import base64
import hmac
import json
from typing import NamedTuple

from bot.cards.model import Account
from store.crypto import Ring
from store.model import DAY, HOUR, Instant

LIFE, LINK_LIFE = DAY, HOUR
CONFIRM_LIFE, LEAVE_LIFE = 3 * DAY, 800 * DAY


class Deed(NamedTuple):
    """What a link does for whom: a verb about an incident, or about what its cards are about;
    ``via`` is the channel it was sent by."""

    verb: str
    number: int
    person: str
    via: str = "email"


class Links:
    """Makes and reads ``/l/<token>`` (what a page offers) and ``/link/<token>`` (account)."""

    def __init__(self, ring: Ring, url: str) -> None:
        self._ring, self._url = ring, url.rstrip("/")

    def make(self, verb: str, incident: int, person: str, now: Instant, via: str = "email") -> str:
        """The address; it works for a day."""
        parts = (verb, str(incident), person, via)
        return f"{self._url}/l/{self._sign('link', parts, now + LIFE)}"

    def incident(self, incident: int) -> str:
        """The incident's page."""
        return f"{self._url}/i/{incident}"

    def read(self, token: str, now: Instant) -> Deed | None:
        """What it does, or None when it is not ours or too old."""
        found = self._open("link", token, now)
        if found is None or len(found) not in (3, 4) or not found[1].isdecimal():
            return None
        verb, number, person, *via = found
        return Deed(verb, int(number), person, *via)

    def account(self, account: Account, now: Instant) -> str:
        """Where whoever is signed in to the console can say that a chat account is theirs."""
        parts = (account.surface, account.id, account.name)
        return f"{self._url}/link/{self._sign('account', parts, now + LINK_LIFE)}"

    def read_account(self, token: str, now: Instant) -> tuple[str, str, str] | None:
        """(surface, account id, its name), or None when it is not ours or too old."""
        found = self._open("account", token, now)
        return (found[0], found[1], found[2]) if found and len(found) == 3 else None

    def subscription(self, deed: str, number: int, now: Instant) -> str:
        """Where an address says that it wants updates (``confirm``), or no more (``leave``)."""
        life = CONFIRM_LIFE if deed == "confirm" else LEAVE_LIFE
        return f"{self._url}/updates/{self._sign('updates', (deed, str(number)), now + life)}"

    def read_subscription(self, token: str, now: Instant) -> tuple[str, int] | None:
        """What such a link does, and for which subscription."""
        found = self._open("updates", token, now)
        if found is None or len(found) != 2 or not found[1].isdecimal():
            return None
        return found[0], int(found[1])

    def _sign(self, purpose: str, parts: tuple[str, ...], until: Instant) -> str:
        text = json.dumps([purpose, *parts, until], separators=(",", ":"))
        mac = self._ring.mac(b"link:" + text.encode())[:16]
        return base64.urlsafe_b64encode(mac + text.encode()).decode().rstrip("=")

    def _open(self, purpose: str, token: str, now: Instant) -> list[str] | None:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        if not hmac.compare_digest(self._ring.mac(b"link:" + raw[16:])[:16], raw[:16]):
            return None
        kind, *parts, until = json.loads(raw[16:])
        return parts if kind == purpose and until >= now else None
