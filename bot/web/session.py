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
from commands.entering import Caller
from store.model import DAY, Actor, Person
from store.sessions import split

ZONE = "pv-zone"
_AGENT = 300
_KNOWN = 400 * DAY // 1000
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
    """One request of somebody signed in. ``part`` says that a script asked for a part of a page;
    ``session`` is the number of their session, ``fresh`` the cookie it goes on with."""

    actor: Actor
    person: Person | None
    csrf: str
    now: int
    zone: str
    part: bool
    session: int = 0
    fresh: str = ""

    @property
    def name(self) -> str:
        """How they are called."""
        return words.clean(self.actor.name)


class Sessions:
    """Cookies in, visits out."""

    def __init__(self, door: Doorway, identity: Identities, settings: Where) -> None:
        self._door, self._identity, self._settings = door, identity, settings
        self.secure = urlsplit(settings.url).scheme == "https"
        host_alone = "__Host-" if self.secure else ""
        self.cookie, self.mark = f"{host_alone}pv", f"{host_alone}pv-browser"

    def caller(self, request: web.Request) -> Caller:
        """Who asks; the browser's mark is one of ours or none."""
        mark = request.cookies.get(self.mark, "")
        agent = words.clean(request.headers.get("User-Agent", ""))[:_AGENT]
        return Caller(address(request), agent, mark if 40 <= len(mark) <= 50 else "")

    async def visit(self, request: web.Request) -> Visit | None:
        """Who it is, or None when nobody is signed in. A stream can't take a new cookie."""
        cookie = request.cookies.get(self.cookie, "")
        if not cookie:
            return None
        rotates = request.headers.get("Accept") != "text/event-stream"
        caller = self.caller(request)
        seen = await self._identity.entrance.session(cookie, caller, rotates=rotates)
        if seen is None:
            return None
        person = self._door.definitions().people.get(seen.actor.id)
        now = self._door.clock.now()
        zone, csrf, part = _zone(request, person), token(_stable(cookie)), is_part(request)
        return Visit(seen.actor, person, csrf, now, zone, part, seen.session, seen.fresh)

    async def lives(self, number: int) -> bool:
        """Whether a session goes on."""
        return await self._identity.entrance.lives(number)

    def remember(self, response: web.StreamResponse, cookie: str) -> None:
        """Set the session's cookie."""
        life = self._door.rules.sessions.absolute // 1000
        self._set(response, self.cookie, cookie, life)

    def know(self, request: web.Request, response: web.StreamResponse, mark: str = "") -> str:
        """The mark by which a browser is known again: its own, or a new one that it is given."""
        own = self.caller(request).browser
        if own:
            return own
        mark = mark or secrets.token_urlsafe(32)
        self._set(response, self.mark, mark, _KNOWN)
        return mark

    def _set(self, response: web.StreamResponse, name: str, value: str, life: int) -> None:
        response.set_cookie(
            name, value, max_age=life, path="/", httponly=True, secure=self.secure, samesite="Lax"
        )

    def forget(self, response: web.StreamResponse) -> None:
        """Take the session's cookie back."""
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


def _stable(cookie: str) -> str:
    """The half of a session's cookie that stays as long as the session does."""
    parts = split(cookie)
    return parts[0] if parts is not None else cookie


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
