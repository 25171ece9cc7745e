"""``POST /in/<integration>``: token, size, reading, one durable commit, then 202; 200 with what the
sender itself expects to read, where it does.

An ``Idempotency-Key`` is not looked at here: an alert's identity is its source and key, so a body
that comes twice only counts. A signed delivery that comes again is told by what was signed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

import integrations
from bot.web import peer
from bot.web.fetch import Fetcher
from bot.web.repeats import Repeats
from bot.web.unread import Unread
from commands.door import Door
from commands.errors import Busy
from commands.intake import Accepted
from commands.people import Identity
from integrations import _proof
from integrations._http import unfold
from integrations.base import (
    FETCHED,
    Malformed,
    Misconfigured,
    Reading,
    Receiver,
    Request,
    Transient,
)
from store.access import Source
from store.model import AlertReading

log = logging.getLogger("pixelview.hooks")

OFF_LOOP_BYTES = 64 << 10
OFF_LOOP_OBJECTS = 100
"""Alertmanager has three objects for an alert; a guessed one costs a tenth of a millisecond."""

_JSON = {"Content-Type": "application/json; charset=utf-8"}


def answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> web.Response:
    """A JSON answer, whatever letters a stranger's text has."""
    try:
        text = msgspec.json.encode(body)
    except UnicodeEncodeError:  # lone surrogates of a stranger's
        text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return web.Response(body=text, status=status, headers={**_JSON, **(headers or {})})


Keep = Callable[[Source, tuple[AlertReading, ...]], Awaitable[tuple[AlertReading, ...]]]


class Refused(Exception):
    """A webhook that is not taken: what its sender is to be told, and when to come again."""

    def __init__(self, status: int, error: str, where: str, retry_after: int = 0) -> None:
        super().__init__(error)
        self.status, self.error, self.where = status, error, where
        self.retry_after = retry_after


class Hooks:
    """The intake over HTTP. ``heard`` is when each source last spoke, for people; ``limit`` says
    how many seconds a token has to wait, where it may not send without limit."""

    def __init__(
        self,
        door: Door,
        identity: Identity,
        *,
        url: str,
        max_body: int,
        source_settings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._door, self._identity, self._url, self._max = door, identity, url.rstrip("/"), max_body
        self._settings = source_settings
        self._receivers = _receivers()
        self.fetcher = Fetcher()
        self._unread = Unread(door)
        self.repeats = Repeats(door)
        self._checks = {name: _proof.check_of(each) for name, each in self._receivers.items()}
        _check(source_settings, self._receivers.values())
        self.limit: Callable[[int], int] | None = None
        self.heard: dict[str, int] = {}
        self.accepted = 0
        self.refused = 0

    def routes(self) -> list[web.RouteDef]:
        """Both forms of the path, with and without a slash at the end; all but POST is 405.

        Never a redirect: Alertmanager follows one with a GET and takes its 200 for success.
        """
        paths = ("/in/{integration}/{token}", "/in/{integration}")
        return [web.post(path + end, self.take) for end in ("", "/") for path in paths]

    async def take(self, request: web.Request) -> web.Response:
        """One webhook."""
        name = request.match_info["integration"]
        receiver = self._receivers.get(name)
        if receiver is None:
            name = integrations.called(name)
            receiver = self._receivers.get(name)
        if receiver is None:
            return self._unusable(name)
        source = await self._source(request, name)
        if source is None:
            return self._refuse(
                401, "The token is missing, unknown, or not one for this integration.", "token"
            )
        try:
            accepted, read = await self.accept(request, receiver, source)
        except Refused as error:
            if error.retry_after:
                return self._later(error.error, error.where, error.retry_after, error.status)
            return self._refuse(error.status, error.error, error.where)
        if read.reply is not None:
            return answer(200, read.reply)
        return answer(202, self._taken(accepted.accepted, accepted.incidents, accepted.incident_id))

    async def accept(
        self,
        request: web.Request,
        receiver: Receiver,
        source: Source,
        *,
        body: bytes | None = None,
        path: str = "",
        labels: Mapping[str, str] | None = None,
        keep: Keep | None = None,
    ) -> tuple[Accepted, Reading]:
        """Read it and put it on disk; Refused says what to answer instead.

        ``body`` where it was read already, ``path`` what the reader is told of the address,
        ``labels`` what the address says of each alert, ``keep`` which of them are taken in.
        """
        if self.limit is not None and source.token_id and (wait := self.limit(source.token_id)):
            say = f"This token sends more often than it may. Try again in {wait} s."
            raise Refused(429, say, "rate", wait)
        try:
            asked = await self._asked(request, source, body, path)
            mark = await self._check(receiver, asked)
            take = partial(self._take_in, receiver, source, asked, labels, keep)
            if mark:
                return await self.repeats.once(f"{source.id}:{mark}", take)
            return await take()
        except Malformed as error:
            raise Refused(error.status, error.error, error.where) from None
        except Misconfigured as error:
            log.warning("source %s: %s: %s", source.name, error.setting, error)
            said = f"The settings of this source: {error}"
            raise Refused(422, said, error.setting) from None
        except Transient as error:
            log.warning("source %s: %s", source.name, error)
            said = f"What it asks for can't be done now: {error}"
            raise Refused(503, said, "follow_up", 30) from None
        except Busy as busy:
            raise Refused(503, busy.error, "queue", busy.retry_after) from None
        except Exception:
            log.exception("a webhook for %s failed", source.name)
            raise Refused(500, "A fault of ours; it is in the log.", "server") from None

    async def _take_in(
        self,
        receiver: Receiver,
        source: Source,
        asked: Request,
        labels: Mapping[str, str] | None,
        keep: Keep | None,
    ) -> tuple[Accepted, Reading]:
        """Read it and put it on disk; what it asks for is done before its sender is answered."""
        read = await self._read(receiver, source, asked)
        found = read.alerts
        if labels:
            found = tuple(replace(one, labels={**one.labels, **labels}) for one in found)
        if keep is not None:
            found = await keep(source, found)
        accepted = await self._door.intake(source, found)
        if read.follow_up is not None:
            await self.fetcher.visit(str(read.follow_up.get("get", "")))
        self.accepted += accepted.accepted
        self.heard[source.name] = self._door.clock.now()
        return accepted, read

    def _unusable(self, name: str) -> web.Response:
        """Unknown is 404; broken is 503, so that its senders try again when it is mended."""
        if name in integrations.problems():
            return self._later(
                f"The integration {name} can't be used; the log says why.", "path", 60
            )
        near = integrations.near(name)
        hint = f" Did you mean {near}?" if near else ""
        return self._refuse(404, f"There is no integration {name[:64]}.{hint}", "path")

    async def _source(self, request: web.Request, name: str) -> Source | None:
        for secret in _secrets(request):
            if found := await self.source(request, secret, name):
                return found
        return None

    async def source(self, request: web.Request, secret: str, *names: str) -> Source | None:
        """The source a secret belongs to, where it is one of an integration of these names, and
        may be used from where the request comes."""
        token = await self._identity.token(secret, peer.address(request))
        source = token.source if token is not None else None
        return source if source is not None and source.integration in names else None

    def receiver(self, name: str) -> Receiver | None:
        """The integration that reads webhooks under this name."""
        return self._receivers.get(name)

    def _taken(self, count: int, incidents: tuple[int, ...], first: int | None) -> dict[str, Any]:
        body: dict[str, Any] = {"accepted": count, "incidents": [str(i) for i in incidents]}
        if first is not None:
            body["incident_id"] = str(first)
            body["incident_url"] = f"{self._url}/i/{first}"
        return body

    def _refuse(self, status: int, error: str, where: str) -> web.Response:
        self.refused += 1
        return answer(status, {"error": error, "where": where})

    def _later(self, error: str, where: str, seconds: int, status: int = 503) -> web.Response:
        self.refused += 1
        return answer(status, {"error": error, "where": where}, {"Retry-After": str(seconds)})

    async def _asked(
        self, request: web.Request, source: Source, body: bytes | None, path: str
    ) -> Request:
        body = await self.body(request) if body is None else body
        return Request(
            body=body,
            content_type=_content_type(request),
            headers=request.headers,
            query=request.query,
            received_at=self._door.clock.now(),
            settings={**source.settings, **self._settings.get(source.name, {})},
            path=path,
        )

    async def _read(self, receiver: Receiver, source: Source, asked: Request) -> Reading:
        try:
            if is_large(asked.body):
                return await asyncio.to_thread(receiver.read, asked)
            return receiver.read(asked)
        except (Malformed, Misconfigured) as error:
            await self._unread.keep(source, receiver.MANIFEST.name, asked, error)
            raise

    async def _check(self, receiver: Receiver, asked: Request) -> str:
        """Who sent it, where the source says how that shows: the mark that tells a repeat. What
        that needs of the tool's site is fetched."""
        verify = self._checks[receiver.MANIFEST.name]
        secrets = asked.settings
        if (wanted := getattr(receiver, "wanted", None)) is not None:
            fetched = await self.fetcher.contents(wanted(asked))
            secrets = {**secrets, FETCHED: fetched}
        return verify(asked, secrets) or ""

    async def body(self, request: web.Request) -> bytes:
        """The plain body; Malformed where it is too large or not in the encoding it claims."""
        try:
            if (request.content_length or 0) > self._max:
                raise web.HTTPRequestEntityTooLarge(self._max)
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise Malformed(f"The body is larger than {self._max} bytes.", "body", 413) from None
        except web.HTTPRequestTimeout as slow:
            raise Malformed(slow.reason, "body", 408) from None
        encoding = request.headers.get("Content-Encoding", "")
        if not encoding:
            return body
        return await asyncio.to_thread(unfold, body, encoding, self._max)


def _receivers() -> dict[str, Receiver]:
    """All of them at the start: none is imported while a webhook waits, broken ones are logged."""
    found = ((name, integrations.load(name)) for name in integrations.names())
    return {name: each for name, each in found if isinstance(each, Receiver)}


def _check(source_settings: Mapping[str, Mapping[str, Any]], receivers: Iterable[Receiver]) -> None:
    """Say at the start which settings of sources can't work; their webhooks will be refused. Which
    integration a source is of is not known here."""
    for name, given in source_settings.items():
        if which := _proof.empty(given):
            log.error("intake.sources.%s.%s is empty, so nothing is let in", name, which)
    for receiver in receivers:
        check = getattr(receiver, "check", None)
        known = {setting.name for setting in receiver.MANIFEST.settings}
        for name, given in source_settings.items():
            if check is None or known.isdisjoint(given):
                continue
            try:
                check(given)
            except Misconfigured as error:
                log.error("intake.sources.%s.%s: %s", name, error.setting, error)  # noqa: TRY400


def is_large(body: bytes) -> bool:
    """Whether parsing might hold the loop up; a form's braces may be percent-encoded, and XML has
    an opening and mostly an end for each of its things."""
    if len(body) > OFF_LOOP_BYTES:
        return True
    return body.count(b"{") + body.count(b"%7B") + body.count(b"<") // 8 > OFF_LOOP_OBJECTS


def _content_type(request: web.Request) -> str:
    return request.headers.get("Content-Type", "").split(";", 1)[0].strip().lower()


def _secrets(request: web.Request) -> Iterator[str]:
    """The header first; a proxy may have put one of its own there, so the URL's counts too."""
    header = request.headers.get("Authorization", "")
    if header[:7].lower() == "bearer ":
        yield header[7:].strip()
    if in_path := request.match_info.get("token"):
        yield in_path
    if in_query := request.query.get("token"):
        yield in_query
