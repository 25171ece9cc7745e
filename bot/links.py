"""Signed links that act, for e-mail: a GET shows a page, only its POST acts."""

from __future__ import annotations

import base64
import hmac

from store.crypto import Ring
from store.model import DAY, Instant

LIFE = DAY


class Links:
    """Makes and reads ``/l/<token>``: verb, incident, person and expiry, signed."""

    def __init__(self, ring: Ring, url: str) -> None:
        self._ring, self._url = ring, url.rstrip("/")

    def make(self, verb: str, incident: int, person: str, now: Instant) -> str:
        """The address; it works for a day."""
        text = f"{verb}|{incident}|{person}|{now + LIFE}"
        mac = self._ring.mac(b"link:" + text.encode())[:16]
        packed = base64.urlsafe_b64encode(mac + text.encode()).decode().rstrip("=")
        return f"{self._url}/l/{packed}"

    def incident(self, incident: int) -> str:
        """The incident's page."""
        return f"{self._url}/i/{incident}"

    def read(self, token: str, now: Instant) -> tuple[str, int, str] | None:
        """(verb, incident, person), or None when it is not ours or too old."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            verb, incident, person, until = raw[16:].decode().split("|")
        except ValueError:
            return None
        good = hmac.compare_digest(self._ring.mac(b"link:" + raw[16:])[:16], raw[:16])
        if not good or not until.isdecimal() or int(until) < now:
            return None
        return verb, int(incident), person
