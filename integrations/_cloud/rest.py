"""Asking a cloud by REST: with a token, a few at a time, waiting where it says so; what comes back
is JSON or a typed error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from integrations import _wire
from integrations._cloud import fields
from integrations._cloud.tokens import Tokens
from integrations.base import Misconfigured, Permanent, Transient

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
AT_ONCE = 8
"""Requests under way at a time to one cloud."""
PATIENCE = 120.0
"""Seconds that one request may wait in all because it was told to."""
LARGEST = 128 << 20
"""Bytes of an answer at most, unpacked."""
_ON_THE_WAY = frozenset(("content-encoding", "content-length", "transfer-encoding"))
TRIES = 4
PAGES = 10_000
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

# They log whole addresses, in which tokens of pages stand.
for _noisy in ("httpx", "httpcore"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class Refused(Permanent):
    """The other side said no: its status and its word for it (``AuthorizationFailed``)."""

    def __init__(self, error: str, status: int, code: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.code = code


class Waits:
    """How one cloud says «slower»: whether an answer says it, and for how many seconds."""

    def throttled(self, answer: httpx.Response) -> bool:
        """Whether the request should be asked again later."""
        return answer.status_code == 429

    def seconds(self, answer: httpx.Response) -> float | None:
        """How long to wait, where it says so."""
        return fields.number(answer.headers.get("Retry-After"))


class Rest:
    """One cloud. ``waits`` knows its ways of throttling; ``sleep`` is asyncio's."""

    def __init__(
        self, name: str, tokens: Tokens, *, ca_file: str = "", waits: Waits | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._name = name
        self._tokens = tokens
        self._waits = waits or Waits()
        self._sleep = sleep
        self._room = asyncio.Semaphore(AT_ONCE)
        self._http = client(name, ca_file)

    async def ask(self, method: str, url: str, *, audience: str = "", **what: Any) -> Any:
        """The JSON object of its answer."""
        return fields.body((await self.answer(method, url, audience=audience, **what)), self._name)

    async def answer(
        self, method: str, url: str, *, audience: str = "", again: bool = True, **what: Any
    ) -> httpx.Response:
        """An answer below 300. Refused with its words, Transient where it may come right by itself.
        ``again`` is False for what must not be done twice."""
        waited, renewed = 0.0, ""
        for tried in range(1, TRIES + 1):
            token = await self._tokens.get(audience, renewed)
            last = tried == TRIES or not again
            try:
                answer = await self._once(method, url, token, what, again)
            except Transient:
                if last:
                    raise
                await self._sleep(float(tried))
                continue
            if answer.status_code == 401 and not renewed:
                renewed = token
                continue
            pause = self._pause(answer, tried)
            if pause is None:
                return self._checked(answer)
            waited += pause
            if last or waited > PATIENCE:
                raise self._busy(answer, pause)
            await self._sleep(pause)
        raise Transient(f"{self._name} does not answer")

    async def _once(
        self, method: str, url: str, token: str, what: Mapping[str, Any], again: bool
    ) -> httpx.Response:
        headers = {**what.get("headers", {}), "Authorization": f"Bearer {token}"}
        asked = {**what, "headers": headers}
        async with self._room:
            return await send(self._http, self._name, method, url, sure=again, **asked)

    def _pause(self, answer: httpx.Response, tried: int) -> float | None:
        """Seconds until it is asked again, None where this is its answer."""
        code = answer.status_code
        if self._waits.throttled(answer):
            named = self._waits.seconds(answer)
            return max(named, 0.1) if named is not None else float(2**tried)
        if code == 408 or (code >= 500 and code != 501):
            named = self._waits.seconds(answer)
            return named if named is not None else float(tried)
        return None

    def _busy(self, answer: httpx.Response, pause: float) -> Transient:
        if self._waits.throttled(answer):
            return Transient(f"{self._name} asks to wait", pause)
        return Transient(f"{self._name} answered {answer.status_code}", broken=True)

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        code = answer.status_code
        if code < 300:
            return answer
        if code < 400 or code >= 500:
            raise Transient(f"{self._name} answered {code}", broken=True)
        word, said = fields.refusal(answer)
        raise Refused(f"{self._name}: {code} {said}".strip(), code, word)

    async def pages(
        self, url: str, under: str, *, params: Mapping[str, Any] | None = None, **what: Any
    ) -> AsyncIterator[tuple[Sequence[dict[str, Any]], dict[str, Any]]]:
        """The pages of a list by ``pageToken``, each with its entries under a name (``a.b`` looks
        inside) and whole."""
        asked, seen = dict(params or {}), set[str]()
        for _ in range(PAGES):
            page = await self.ask("GET", url, params=asked, **what)
            yield fields.entries(fields.dig(page, under)), page
            token = fields.text(page.get("nextPageToken"))
            if not token:
                return
            if token in seen:
                raise Transient(f"{self._name} gives the same page again and again")
            seen.add(token)
            asked["pageToken"] = token

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


def client(name: str, ca_file: str = "") -> httpx.AsyncClient:
    """A pool of connections; Misconfigured where the certificates can't be read."""
    try:
        return _wire.client(timeout=TIMEOUT, ca_file=ca_file)
    except OSError:
        raise Misconfigured(f"{name}: {ca_file} can't be read", "ca_file") from None


async def send(
    http: httpx.AsyncClient, name: str, method: str, url: str, *, sure: bool = True, **what: Any
) -> httpx.Response:
    """One request, whatever its answer; Transient where there is none."""
    try:
        async with http.stream(method, url, **what) as answer:
            return await _whole(answer, name)
    except _NEVER_LEFT as error:
        raise Transient(f"{name} can't be reached: {type(error).__name__}") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise Permanent(f"{name} has an address that is none") from None
    except httpx.HTTPError as error:
        said = f"{name} did not answer: {type(error).__name__}"
        raise Transient(said, uncertain=not sure) from None


async def _whole(answer: httpx.Response, name: str) -> httpx.Response:
    """An answer read to its end; Transient where that is further than any of theirs goes."""
    read = bytearray()
    async for chunk in answer.aiter_bytes():
        read += chunk
        if len(read) > LARGEST:
            raise Transient(f"{name} answers without end", broken=True)
    headers = [(n, v) for n, v in answer.headers.multi_items() if n not in _ON_THE_WAY]
    return httpx.Response(
        answer.status_code, headers=headers, content=bytes(read), request=answer.request
    )
