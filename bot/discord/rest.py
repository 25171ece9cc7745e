"""A thin REST client with Bot auth: one request, no retry, every refusal as a typed error."""

# WHY not discord.py's own HTTP layer: it sleeps through a 429 and sends again by itself, tells no
# caller what its buckets hold, and repeats a POST whose answer was lost. The outbox has budgets,
# an order of urgency and marks for uncertain sends; it must be told at once and decide itself.
# The gateway stays discord.py's.

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from bot import wire
from bot.discord.limits import Buckets
from integrations.base import Misconfigured, Permanent, Transient

TIMEOUT = 15.0
MISSING_ACCESS, MISSING_PERMISSIONS, CLOSED_DM = 50001, 50013, 50007
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, ARCHIVED, THREAD_EXISTS = 10003, 10008, 50083, 160004
OLD_MESSAGE, INVALID_FORM, ANSWERED_ALREADY = 30046, 50035, 40060
UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, INVALID_WEBHOOK = 10062, 10015, 50027
TOO_LATE = frozenset({UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, INVALID_WEBHOOK})
_MAJOR = ("channel", "guild")
_NEEDED = (
    "View Channel, Send Messages, Embed Links, Read Message History, Create Public Threads and "
    "Send Messages in Threads"
)


class Refused(Permanent):
    """Discord said no; ``code`` is its number for why, ``body`` the whole answer."""

    def __init__(self, error: str, code: int, body: str = "") -> None:
        super().__init__(error)
        self.code, self.body = code, body

    @property
    def of_v2(self) -> bool:
        """Whether it is Components V2 as such that are refused: their flag, or their types."""
        told = (_parsed(self.body) or {}).get("errors") or {}
        first = (told.get("components") or {}).get("0") or {}
        return self.code == INVALID_FORM and ("flags" in told or "type" in first)


class TooOld(Transient):
    """30046: a message older than an hour has been edited too often."""


class Rest:
    """Requests to ``base``; ``buckets`` are asked before and told after each."""

    def __init__(
        self, base: str, token: str, buckets: Buckets, *, timeout: float = TIMEOUT
    ) -> None:
        self._base, self._token, self._buckets = base.rstrip("/"), token, buckets
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=5)
        self._session: aiohttp.ClientSession | None = None
        self.refused: Callable[[Exception], None] = _unheard

    async def close(self) -> None:
        """Let the connections go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def held(self) -> str:
        """Whether everything waits for now, in words; "" where not."""
        return self._buckets.held()

    def wait(self, route: str, **ids: str) -> float:
        """Seconds until ``route`` (``METHOD /path``) may be called with these ids."""
        return self._buckets.wait(route, _major(ids))

    async def call(self, route: str, body: Any = None, **ids: str) -> Any:
        """One request within the limits: the answer's JSON. Raises Transient before sending
        anything where a limit is reached."""
        major = _major(ids)
        wait = self._buckets.wait(route, major)
        if wait > 0:
            raise Transient("Discord's limit is reached for now", wait)
        self._buckets.take(route, major)
        headers: Mapping[str, str] = {}
        try:
            status, headers, said = await self._send(route, body, ids, auth=True)
        finally:
            self._buckets.landed(route, major, headers)
        return self._judge(route, major, status, headers, said, auth=True)

    async def answer(self, route: str, body: Any = None, **ids: str) -> Any:
        """A request with an interaction's token: outside the 50 a second, with buckets of its
        own that live fifteen minutes and are never reached."""
        status, headers, said = await self._send(route, body, ids, auth=False)
        return self._judge(route, "", status, headers, said, auth=False)

    async def bring(self, route: str, body: Any, file: bytes, **ids: str) -> Any:
        """The same with a file, the first of the body's attachments."""
        status, headers, said = await self._send(route, body, ids, auth=False, file=file)
        return self._judge(route, "", status, headers, said, auth=False)

    async def _send(
        self, route: str, body: Any, ids: Mapping[str, str], *, auth: bool,
        file: bytes | None = None,
    ) -> tuple[int, Mapping[str, str], str]:  # fmt: skip
        method, path = route.split(" ", 1)
        url = self._base + path.format(**ids)
        headers = {"User-Agent": "DiscordBot (https://github.com/pixelview, 0.1)"}
        if auth:
            headers["Authorization"] = f"Bot {self._token}"
        form = _form(body, file) if file is not None else None
        json_body = body if form is None else None
        try:
            async with self._open().request(
                method, url, json=json_body, data=form, headers=headers
            ) as reply:
                return reply.status, reply.headers, await reply.text()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Transient(f"Discord can't be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"Discord's answer was lost: {type(error).__name__}"
            raise Transient(words, uncertain=True) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = wire.session(self._base, self._timeout)
        return self._session

    def _judge(
        self, route: str, major: str, status: int, headers: Mapping[str, str], said: str, *,
        auth: bool,
    ) -> Any:  # fmt: skip
        body = _parsed(said)
        if status < 300:
            if said and body is None:
                raise Transient("Discord's answer can't be read", uncertain=True)
            return body
        if status == 429:
            raise self._too_many(route, major, headers, body)
        if status >= 500:
            raise Transient(f"Discord answers {status}", uncertain=True, broken=True)
        if status in (401, 403):
            self._buckets.refused()
        error = refusal(status, body, said)
        if auth:
            self.refused(error)
        raise error

    def _too_many(self, route: str, major: str, headers: Mapping[str, str], body: Any) -> Transient:
        told = body if isinstance(body, dict) else {}
        seconds = _seconds(told.get("retry_after"), headers.get("Retry-After"))
        if headers.get("X-RateLimit-Scope") != "shared":
            self._buckets.refused()
        if told.get("code") == OLD_MESSAGE:
            return TooOld("Discord lets old messages be edited rarely", seconds)
        # Without JSON it is not the API that answers but the wall before it: for everything.
        everywhere = bool(told.get("global")) or not told
        self._buckets.hold(route, major, seconds, everywhere=everywhere)
        return Transient("Discord asks to wait", seconds)


def _form(body: Any, file: bytes) -> aiohttp.FormData:
    """A body with its one file, a picture."""
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    name = body["attachments"][0]["filename"]
    form.add_field("files[0]", file, filename=name, content_type="image/png")
    return form


def _unheard(error: Exception) -> None:
    """Nobody has to know."""


def refusal(status: int, body: Any, said: str = "") -> Exception:
    """A 4xx as the error the outbox understands."""
    told = body if isinstance(body, dict) else {}
    code = int(told.get("code") or 0)
    words = str(told.get("message") or f"HTTP {status}")
    if status == 401:
        return Misconfigured("Discord does not accept the bot's token", "discord.bot_token")
    if code in (MISSING_ACCESS, MISSING_PERMISSIONS):
        return Misconfigured(
            f"Discord says {words} ({code}): give PixelView {_NEEDED} in that channel", "discord"
        )
    if code == CLOSED_DM:
        return Refused("Discord delivers no message to this person: closed to bots (50007)", code)
    return Refused(f"Discord says {words} ({code or status})", code, said)


def _major(ids: Mapping[str, str]) -> str:
    return next((ids[name] for name in _MAJOR if name in ids), "")


def _parsed(said: str) -> Any:
    try:
        return json.loads(said) if said else None
    except ValueError:
        return None


def _seconds(*told: Any) -> float:
    for value in told:
        try:
            return max(0.0, float(value))
        except (TypeError, ValueError):
            continue
    return 60.0
