"""How pagers speak HTTP: one answer or a typed error; no address or secret in what is raised."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx

from integrations import _wire
from integrations._outside import Barred, Outside
from integrations.base import Misconfigured, Permanent, Transient

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
LONGEST_LINE = 1 << 20
LONGEST_WAIT = 300.0
"""A provider that asks for more seconds than this is asked again all the same."""

# They log whole addresses and headers, in which tokens stand.
for _noisy in ("httpx", "httpcore"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_ANSWER_LOST = (502, 504)  # a gateway that can't say what became of the request


class Client:
    """A connection pool to one provider, ``name`` in what people read; ``ca_file`` holds the
    certificates that are trusted instead of the public ones. ``guard`` stands before
    addresses that somebody else wrote than the operator."""

    def __init__(
        self, name: str, base_url: str = "", *, ca_file: str = "", guard: Outside | None = None,
        **more: Any,
    ) -> None:  # fmt: skip
        self._name = name
        if guard is not None:
            self._http = guard.client(timeout=TIMEOUT, **more)
            return
        try:
            self._http = _wire.client(base_url=base_url, timeout=TIMEOUT, ca_file=ca_file, **more)
        except OSError:
            raise Misconfigured(f"{ca_file} can't be read", "ca_file") from None

    async def send(self, method: str, url: str, **what: Any) -> httpx.Response:
        """The answer below 500 that is not 429; else Transient, ``uncertain`` where the request
        may have been carried out; Permanent where nobody may be asked there."""
        try:
            answer = await self._http.request(method, url, **what)
        except Barred as error:
            raise Permanent(f"{self._name} is not asked: {error}") from None
        except _NEVER_LEFT as error:
            raise Transient(f"{self._name} can't be reached: {type(error).__name__}") from None
        except httpx.InvalidURL:
            raise Transient(f"{self._name} has an address that is none") from None
        except httpx.HTTPError as error:
            said = f"{self._name} did not answer: {type(error).__name__}"
            raise Transient(said, uncertain=True) from None
        if answer.status_code == 429:
            raise Transient(f"{self._name} asks to wait", retry_after(answer))
        if answer.status_code >= 500:
            lost = answer.status_code in _ANSWER_LOST
            raise Transient(f"{self._name} answered {answer.status_code}", uncertain=lost)
        return answer

    async def lines(
        self, method: str, url: str, quiet: float, **what: Any
    ) -> AsyncIterator[tuple[httpx.Response, str]]:
        """The lines of an answer that goes on and on, each as it comes, the first of them empty; it
        ends where the other side ends it or says nothing for ``quiet`` seconds."""
        timeout = httpx.Timeout(10.0, connect=5.0, read=quiet)
        try:
            async with self._http.stream(method, url, timeout=timeout, **what) as answer:
                if answer.status_code >= 300:
                    await answer.aread()
                yield answer, ""
                async for line in _cut_lines(answer.aiter_bytes()):
                    yield answer, line
        except httpx.ReadTimeout:
            return
        except _NEVER_LEFT as error:
            raise Transient(f"{self._name} can't be reached: {type(error).__name__}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Transient(f"{self._name} ended it: {type(error).__name__}") from None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


async def _cut_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Lines of UTF-8; one that does not end in time is none."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line.decode("utf-8", "replace")
        if len(rest) > LONGEST_LINE:
            raise Transient("a line without an end")


def retry_after(answer: httpx.Response, default: float = 5.0) -> float:
    """Seconds of a Retry-After header, bounded; ``default`` where there is none or a date."""
    try:
        named = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return default
    return min(max(named, 0.5), LONGEST_WAIT)


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer, or an empty one."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def said(answer: httpx.Response, words: object) -> str:
    """What a provider said against a request, short enough for a timeline."""
    text = " ".join(str(words or "").split())[:200]
    return f"{answer.status_code} {text}".strip()


def many(number: int, what: str) -> str:
    """``1 host``, ``2 hosts``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, with … where something is left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_bytes(text: str, limit: int) -> str:
    """At most ``limit`` bytes of UTF-8, with … where something is left out."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return text
    return raw[: limit - 3].decode("utf-8", "ignore").rstrip() + "…"
