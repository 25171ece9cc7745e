"""The SMTP listener: 250 for a mail once its alerts are on disk, 550 for an address nobody has.

aiosmtpd speaks the protocol; what it leaves open is bounded here: connections, bytes between two
answers, wrong addresses. Its log would show the tokens in addresses, so it says only what is wrong.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.inbox.recipients import Recipients
from bot.inbox.settings import MailIntakeSettings
from bot.inbox.taking import Taker
from commands.errors import Busy
from integrations.base import Malformed, Misconfigured
from store import tls
from store.access import Source

log = logging.getLogger("pixelview.mail")

CONNECTIONS = 50
SECONDS = 120.0
"""For one command, and for all of a mail after DATA."""
WRONG = 5
"""Addresses that nobody has; then the connection ends."""
MOST_RECIPIENTS = 20
AGAIN = 30.0
_LINE = 64 << 10
_SLACK = 256 << 10

NOBODY = "550 5.1.1 Nobody has this address here"
BUSY = "451 4.3.2 Too much waits to be written; send it again later"
FAULT = "451 4.3.0 A fault of ours; send it again later"


class Listener:
    """Listens until it is stopped; ``trouble`` says why it can't."""

    def __init__(
        self, settings: MailIntakeSettings, recipients: Recipients, taker: Taker, url: str
    ) -> None:
        self._settings = settings
        self._desk = Desk(recipients, taker)
        self._name = urlsplit(url).hostname or "localhost"
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._open: set[_Dialogue] = set()
        self._tls: tuple[int, ssl.SSLContext] | None = None
        self.trouble = "does not listen yet"
        self.port = 0

    async def start(self) -> None:
        """Listen; where the address is taken, try again until it is free."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        if not await self._listen():
            self._task = asyncio.create_task(self._try_again(), name="pixelview-smtp")

    async def stop(self) -> None:
        """Take no more mail, let what is being written be answered."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for dialogue in list(self._open):
            await dialogue.end()

    async def _try_again(self) -> None:
        while not await self._listen():
            await asyncio.sleep(AGAIN)

    async def _listen(self) -> bool:
        host, port = self._settings.address()
        try:
            self._context()
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._dialogue, host, port)
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            said = getattr(error, "strerror", "") or str(error)
            self.trouble = f"can't listen at {self._settings.listen}: {said}"
            log.error("intake.mail.listen: %s", self.trouble)  # noqa: TRY400
            return False
        self.trouble = ""
        self.port = self._server.sockets[0].getsockname()[1]
        return True

    def _context(self) -> ssl.SSLContext | None:
        """The certificate as it is now: it is renewed while we run."""
        chosen = self._settings.certificate
        if chosen is None:
            return None
        written = Path(chosen).stat().st_mtime_ns
        if self._tls is None or self._tls[0] != written:
            self._tls = (written, tls.server(chosen, self._settings.key, mail=True))
        return self._tls[1]

    def _renewed(self) -> ssl.SSLContext | None:
        try:
            return self._context()
        except (OSError, ValueError):  # in the middle of being written
            return self._tls[1] if self._tls is not None else None

    def _dialogue(self) -> _Dialogue:
        context = self._renewed()
        return _Dialogue(
            self._desk, self._open, self._settings.max_size, hostname=self._name,
            ident="PixelView takes alerts", enable_SMTPUTF8=True, tls_context=context,
            data_size_limit=self._settings.max_size, timeout=SECONDS,
            require_starttls=not self._settings.plain,
            auth_require_tls=context is not None and not self._settings.plain,
            authenticator=_believe, loop=asyncio.get_running_loop(),
        )  # fmt: skip


class _Session(Session):
    """A connection: the source it logged in for, and how many addresses were wrong."""

    intake: Source | None = None
    wrong = 0


class _Envelope(Envelope):
    """A mail: the sources its recipients stand for."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: dict[int, Source] = {}


def _believe(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
) -> AuthResult:
    """The password is looked at where that may wait for the database."""
    return AuthResult(success=True, auth_data=given)


class _Dialogue(SMTP):
    """One connection."""

    line_length_limit = _LINE
    """Many devices write HTML in one line, whatever RFC 5321 says."""

    def __init__(self, desk: Desk, others: set[_Dialogue], most: int, **settings: Any) -> None:
        super().__init__(desk, **settings)
        self._desk, self._others, self._most = desk, others, 2 * most + _SLACK
        self._heard = 0

    def _create_session(self) -> Session:
        return _Session(self.loop)

    def _create_envelope(self) -> Envelope:
        return _Envelope()

    def connection_made(self, transport: Any) -> None:
        if self not in self._others and len(self._others) >= CONNECTIONS:
            transport.write(b"421 4.3.2 Too many connections; come back later\r\n")
            transport.close()
            return
        self._others.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._others:
            self._others.discard(self)
            super().connection_lost(error)

    def data_received(self, sent: bytes) -> None:
        self._heard += len(sent)
        if self not in self._others or self._heard > self._most:
            if isinstance(self.transport, asyncio.Transport):
                self.transport.abort()
            return
        super().data_received(sent)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self in self._others else False

    async def push(self, status: Any) -> None:
        """An answer; what is sent after it counts anew."""
        self._heard = 0
        await super().push(status)

    async def end(self) -> None:
        """Close it once its mail, where one is being written, is answered."""
        task = self._handler_coroutine
        if (writing := self._desk.writing(self)) is not None:
            await asyncio.wait([writing], timeout=5)
        if self.transport is not None:
            self.transport.close()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def auth_PLAIN(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._checked(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: Any, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._checked(await super().auth_LOGIN(_, args))

    async def _checked(self, result: AuthResult) -> AuthResult:
        """A login's password is a source's token; its user may be anything."""
        if not result.success or not isinstance(result.auth_data, LoginPassword):
            return result
        known = self.session.peer if self.session is not None else None
        password = result.auth_data.password.decode("utf-8", "replace")
        source = await self._desk.login(password, str(known[0]) if known else "")
        if isinstance(self.session, _Session):
            self.session.intake = source
        return AuthResult(success=source is not None, handled=False, auth_data=None)


class Desk:
    """What each step of a dialogue is answered."""

    def __init__(self, recipients: Recipients, taker: Taker) -> None:
        self._recipients, self._taker = recipients, taker
        self._writing: dict[int, asyncio.Future[Any]] = {}

    def writing(self, dialogue: SMTP) -> asyncio.Future[Any] | None:
        """What a dialogue waits for at the moment."""
        return self._writing.get(id(dialogue))

    async def login(self, secret: str, peer: str) -> Source | None:
        """The source whose token is given as password, from this address."""
        return await self._recipients.of_token(secret, peer)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: _Session, envelope: _Envelope, address: str, options: list[str]
    ) -> str:
        """550 at once for an address nobody has."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        peer = str(session.peer[0]) if session.peer else ""
        source = await self._recipients.source(address, peer) or session.intake
        if source is None:
            return self._wrong(server, session)
        envelope.rcpt_tos.append(address)
        envelope.sources[source.id] = source
        return "250 2.1.5 OK"

    @staticmethod
    def _wrong(server: SMTP, session: _Session) -> str:
        session.wrong += 1
        if session.wrong < WRONG:
            return NOBODY
        asyncio.get_running_loop().call_later(0.1, _close, server)
        return "421 4.7.0 Too many addresses that nobody has"

    async def handle_DATA(self, server: SMTP, session: _Session, envelope: _Envelope) -> str:  # noqa: N802
        """250 once its alerts are on disk for every source it is for."""
        raw = envelope.original_content or b""
        work = asyncio.ensure_future(self._take(list(envelope.sources.values()), raw))
        self._writing[id(server)] = work
        try:
            return await asyncio.shield(work)
        finally:
            self._writing.pop(id(server), None)

    async def _take(self, sources: list[Source], raw: bytes) -> str:
        """A 4xx where any of them must have it again: what was taken counts once."""
        refused = ""
        taken = 0
        for source in sources:
            try:
                done = await self._taker.take(source, raw)
                taken += 1 if done is None else max(1, done.accepted)
            except Malformed as error:
                refused = f"554 5.6.0 It can't be read: {_plain(error.error)}"
            except Misconfigured as error:
                log.warning("source %s: %s: %s", source.name, error.setting, error)
                return f"451 4.3.5 The settings of source {_plain(source.name)} are wrong"
            except Busy:
                return BUSY
            except Exception:
                log.exception("a mail for %s failed", source.name)
                return FAULT
        return refused if refused and not taken else "250 2.0.0 On disk"

    async def handle_exception(self, error: Exception) -> str:
        """What broke in the dialogue itself."""
        if not isinstance(error, (ConnectionError, ssl.SSLError, TimeoutError)):
            log.error("a mail's dialogue failed", exc_info=error)
        return "451 4.3.0 Start again"


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " ")[:300]


def _close(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()
