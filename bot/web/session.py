"""Who is at the console: cookie, proof that a POST is ours, and the headers of every page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from aiohttp import web

from bot.cards import words
from bot.web.peer import address, host
from bot.web.ports import Doorway, Identities, Where
from store.model import DAY, Actor, Person

ZONE = "pv-zone"
_LIFE = 14 * DAY // 1000
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Vary": "Cookie",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody signed in. ``part`` says that a script asked for a part of a page."""

    actor: Actor
    person: Person | None
    csrf: str
    now: int
    zone: str
    part: bool

    @property
    def name(self) -> str:
        """How they are called."""
        return words.clean(self.actor.name)


class Sessions:
    """Cookies in, visits out."""

    def __init__(self, door: Doorway, identity: Identities, settings: Where) -> None:
        self._door, self._identity, self._settings = door, identity, settings
        self.secure = urlsplit(settings.url).scheme == "https"
        self.cookie = "__Host-pv" if self.secure else "pv"

    async def visit(self, request: web.Request) -> Visit | None:
        """Who it is, or None when nobody is signed in."""
        secret = request.cookies.get(self.cookie, "")
        actor = await self._identity.session(secret, address(request)) if secret else None
        if actor is None:
            return None
        person = self._door.definitions().people.get(actor.id)
        now = self._door.clock.now()
        zone = _zone(request, person)
        return Visit(actor, person, token(secret), now, zone, is_part(request))

    def remember(self, response: web.Response, secret: str) -> None:
        """Set the session's cookie."""
        response.set_cookie(
            self.cookie,
            secret,
            max_age=_LIFE,
            path="/",
            httponly=True,
            secure=self.secure,
            samesite="Lax",
        )

    async def end(self, request: web.Request, response: web.Response) -> None:
        """Sign out here and on the server."""
        secret = request.cookies.get(self.cookie, "")
        if secret:
            await self._identity.sign_out(secret)
        response.del_cookie(
            self.cookie, path="/", httponly=True, secure=self.secure, samesite="Lax"
        )

    def is_ours(self, request: web.Request) -> bool:
        """A POST from a page of ours. A browser that keeps quiet about where it comes from
        (no-referrer makes the Origin ``null``) is judged by the token alone."""
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site != "same-origin":
            return False
        origin = request.headers.get("Origin")
        if origin in (None, "null"):
            return origin == "null" or site == "same-origin"
        hosts = {host(request), urlsplit(self._settings.url).netloc}
        return urlsplit(origin).netloc in hosts


def _zone(request: web.Request, person: Person | None) -> str:
    """The browser's zone where it told one, else the person's own."""
    told = unquote(request.cookies.get(ZONE, ""))
    if told and len(told) < 50 and words.zone(told):
        return told
    return person.zone if person else "UTC"


def is_part(request: web.Request) -> bool:
    """A script of ours asked, and puts the answer into the page."""
    return request.headers.get("X-Requested-With") == "pixelview"


def token(secret: str) -> str:
    """What a form must bring along; it can't be turned back into the secret."""
    return hashlib.blake2b(secret.encode(), person=b"pv-csrf", digest_size=18).hexdigest()


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def fresh_key() -> str:
    """An idempotency key for a form."""
    return secrets.token_urlsafe(12)


def local(path: str) -> str:
    """A path of this console, or its first page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if plain and path.isprintable() and len(path) < 2_000 else "/"
