"""StackStorm's stream of events: executions as they change. It has no numbers and no replay, and an
event carries the whole result: one that is too large is not read, its execution is looked up."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

import httpx

from integrations import _wire
from integrations.base import IntegrationError, Misconfigured, Remote, Transient
from integrations.stackstorm.reach import Reach
from integrations.stackstorm.settings import System
from integrations.stackstorm.shapes import remote

LARGEST = 256 << 10
"""Bytes of an event that is parsed at most."""
EVENTS, _OURS = "st2.execution__create,st2.execution__update", b"st2.execution__"
_QUIET = 90.0
"""Seconds without a sound after which a stream is made anew. It is silent while others' events pass
that we did not ask for, so that this is no fault."""
_FIRST, _LONGEST, _STEADY = 0.5, 30.0, 5.0
"""Seconds to wait before the next connection, and how long one must have held to begin anew."""
_ENDS = 16 << 10
_IDS = re.compile(rb'"(?:id|execution_id)"\s*:\s*"([0-9a-f]{24})"|/history/([0-9a-f]{24})')
_log = logging.getLogger(__name__)

Find = Callable[[Sequence[str]], Awaitable[Sequence[Remote]]]


async def listen(system: System, reach: Reach, find: Find) -> AsyncGenerator[Remote, None]:
    """For ever, connecting again by itself with growing waits; each time it is connected, and each
    time it is not, one without an id says so. ``find`` looks executions up."""
    wait, said = _FIRST, ""
    while True:
        began = time.monotonic()
        try:
            async with aclosing(_events(system, reach)) as events:
                async for event in events:
                    if event is None:
                        said = ""
                        yield Remote("", "", "running")
                    for each in await _told(event, find) if event else ():
                        yield each
        except IntegrationError as error:
            if str(error) != said:
                said = str(error)
                _log.warning("the stream of %s: %s", system.name or "StackStorm", said)
            yield Remote("", "", "running", said)
        if time.monotonic() - began > _STEADY:
            wait = _FIRST
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST)


async def _told(event: bytes | list[str], find: Find) -> Sequence[Remote]:
    """The executions of an event: one that was read, or those its ids may be of."""
    if isinstance(event, list):
        try:
            return await find(event)
        except IntegrationError:
            return ()
    try:
        found = json.loads(event)
    except ValueError:
        return ()
    one = remote(found) if isinstance(found, dict) else None
    return (one,) if one is not None and one.id and one.said else ()


async def _events(system: System, reach: Reach) -> AsyncGenerator[bytes | list[str] | None, None]:
    """None once it is connected, then the data of each event; of one that is too large, the ids in
    it. It ends where the other side ends it or is silent for too long."""
    try:
        client = _wire.client(ca_file=system.ca_file, timeout=_limits(system))
    except OSError:
        raise Misconfigured(f"{system.ca_file} can't be read", "ca_file") from None
    async with client:
        try:
            answer = await _opened(client, system, reach)
            try:
                yield None
                async with aclosing(_cut(answer.aiter_bytes())) as events:
                    async for event in events:
                        yield event
            finally:
                await answer.aclose()
        except httpx.ReadTimeout:
            return
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Transient(f"it can't be read: {type(error).__name__}") from None


async def _opened(client: httpx.AsyncClient, system: System, reach: Reach) -> httpx.Response:
    """The stream, once it speaks; a token that is refused is renewed."""
    for left in (1, 0):
        signed = await reach.look(lambda _: reach.tickets.headers())
        asked = client.build_request(
            "GET", f"{system.stream}/stream", params={"events": EVENTS},
            headers={**signed, "Accept": "text/event-stream", "Accept-Encoding": "identity"},
        )  # fmt: skip
        try:
            async with asyncio.timeout(system.read_timeout):
                answer = await client.send(asked, stream=True)
        except TimeoutError:
            raise Transient("it does not answer in time") from None
        try:
            if answer.status_code != 401 or not left or not reach.tickets.refused(signed):
                _good(answer, system)
                return answer
        except BaseException:
            await answer.aclose()
            raise
        await answer.aclose()
    raise Transient("it can't be read")


def _limits(system: System) -> httpx.Timeout:
    return httpx.Timeout(system.read_timeout, connect=system.connect_timeout, read=_QUIET)


def _good(answer: httpx.Response, system: System) -> None:
    status = answer.status_code
    if status in (401, 403):
        raise Misconfigured("StackStorm does not let us in", system.way)
    if status != 200:
        raise Transient(f"StackStorm answers {status}")
    if "event-stream" not in answer.headers.get("Content-Type", ""):
        raise Transient("what answers there is not StackStorm's stream")


async def _cut(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes | list[str], None]:
    """What events of executions say, as they come; of what grows too large the ends are kept."""
    line, head, tail, ours = bytearray(), b"", b"", True
    async for chunk in chunks:
        start = 0
        while True:
            end = chunk.find(b"\n", start)
            piece = chunk[start:] if end < 0 else chunk[start:end]
            if head:
                tail = (tail + piece)[-_ENDS:]
            else:
                line += piece
                if len(line) > LARGEST:
                    head, tail = bytes(line[:_ENDS]), bytes(line[-_ENDS:])
                    line.clear()
            if end < 0:
                break
            start = end + 1
            if head:
                if ours and head.startswith(b"data:"):
                    yield _ids(head, tail)
                head = tail = b""
            elif line.startswith(b"event:"):
                ours = line[6:].strip().startswith(_OURS)
            elif ours and line.startswith(b"data:"):
                yield bytes(line[5:])
            elif not line.strip():
                ours = True
            line.clear()


def _ids(*pieces: bytes) -> list[str]:
    """What may be the id of an execution; those of actions and runners are of no execution."""
    found: dict[str, Any] = {}
    for piece in pieces:
        for match in _IDS.finditer(piece):
            found[(match[1] or match[2]).decode()] = None
    return list(found)[:40]
