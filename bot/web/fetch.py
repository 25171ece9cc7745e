"""What a webhook asks to be opened at its sender's site: certificates, confirmations.

The addresses come from integrations that allow only their own tool's hosts; here https, no
redirect, little time and little to read. Certificates are kept, failures for half a minute.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import monotonic

import httpx

from integrations import _wire
from integrations._client import Client
from integrations.base import Malformed, Permanent, Transient

log = logging.getLogger("pixelview.hooks")

LARGEST = 64 << 10
KEPT = 100
_AGAIN = 30.0
_PATIENCE = httpx.Timeout(5.0, connect=3.0)  # SNS itself waits fifteen seconds


class Fetcher:
    """Opens addresses for the intake: seldom, so each time with a client of its own."""

    def __init__(self, connect: Callable[[], Client] | None = None) -> None:
        self._connect = connect or (lambda: Client("The sender's site", guard=_wire.outside()))
        self._kept: dict[str, bytes] = {}
        self._failed: dict[str, tuple[float, bytes | None]] = {}

    async def contents(self, urls: Iterable[str]) -> dict[str, bytes | None]:
        """What each address holds, None where it can't be had now; nothing (b"") where its site
        says that there is nothing: what proves by that address proves nothing."""
        return {url: await self._content(url) for url in urls}

    async def visit(self, url: str) -> None:
        """Open it once. Transient where it may work later, Malformed 422 where its site says no."""
        answer = await self._get(url)
        if not answer.is_success:
            raise Malformed(f"its confirmation was answered {answer.status_code}", "follow_up", 422)

    async def _content(self, url: str) -> bytes | None:
        if url in self._kept:
            return self._kept[url]
        at, failed = self._failed.get(url, (-_AGAIN, None))
        if monotonic() - at < _AGAIN:
            return failed
        try:
            answer = await self._get(url)
        except (Transient, Malformed) as error:
            return self._can_not(url, str(error))
        if not answer.is_success or len(answer.content) > LARGEST:
            no = answer.is_client_error and answer.status_code not in (408, 429)
            return self._can_not(url, f"answered {answer.status_code}", b"" if no else None)
        while len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[url] = answer.content
        return answer.content

    def _can_not(self, url: str, why: str, instead: bytes | None = None) -> bytes | None:
        so = "proves nothing" if instead is not None else "what it would prove is not checked"
        log.warning("%s can't be fetched, so %s: %s", url, so, why)
        while len(self._failed) >= KEPT:
            del self._failed[next(iter(self._failed))]
        self._failed[url] = (monotonic(), instead)
        return instead

    async def _get(self, url: str) -> httpx.Response:
        if not url.startswith("https://"):
            raise Malformed("only https addresses are opened", "follow_up", 422)
        client = self._connect()
        try:
            return await client.send("GET", url, timeout=_PATIENCE)
        except Permanent as error:
            raise Malformed(str(error), "follow_up", 422) from None
        finally:
            await client.close()
