"""One IMAP mailbox, asked by blocking calls: the poller makes them in a thread of its own.

IMAPClient (BSD, kept, without dependencies) reads the protocol; it is imported where a mailbox is.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.inbox.settings import MailboxSettings
from store import tls
from store.clock import Instant

CONNECT, READ = 15.0, 60.0
IDLE = 20.0
"""Seconds of one IDLE, after which the mailbox is looked at all the same: what came between that
and the last look may stand unseen in the connection's buffer."""
LARGEST = 1 << 20
"""Bytes fetched of a mail; the rest is attachments."""


class Refused(Exception):
    """The server says no: to the login, or to the folder."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the server says of the folder; ``next`` is the UID the next mail gets."""

    validity: int
    next: int
    tells: bool


class Mailbox:
    """Connected once; any error ends it, and another is made."""

    def __init__(self, settings: MailboxSettings) -> None:
        self._settings = settings
        self._client: Any = None
        self._closed = False

    def open(self) -> Opened:
        """Connect, log in, choose the folder."""
        from imapclient import IMAPClient, SocketTimeout
        from imapclient.exceptions import IMAPClientError, LoginError

        s = self._settings
        context = tls.trust(s.ca_file or "")
        client = IMAPClient(
            s.host, s.port_number(), ssl=s.tls == "tls", ssl_context=context,
            timeout=SocketTimeout(CONNECT, READ),
        )  # fmt: skip
        self._client = client
        if self._closed:
            client.shutdown()
            raise Refused("is left alone")
        client.normalise_times = False
        if s.tls == "starttls":
            client.starttls(context)
        try:
            client.login(s.user, s.password)
        except LoginError as error:
            raise Refused(f"refuses the login of {s.user}: {_words(error)}") from None
        try:
            found = client.select_folder(s.folder)
            if s.move_to and not client.folder_exists(s.move_to):
                client.create_folder(s.move_to)
        except IMAPClientError as error:
            raise Refused(f"refuses the folder {s.folder}: {_words(error)}") from None
        following = found.get(b"UIDNEXT") or max(client.search("ALL"), default=0) + 1
        tells = s.idle and client.has_capability("IDLE")
        return Opened(int(found[b"UIDVALIDITY"]), int(following), bool(tells))

    def newer(self, last: int) -> list[int]:
        """The UIDs after this one; ``n:*`` names the last mail even where it is older."""
        found = self._client.search(["UID", f"{last + 1}:*"])
        return sorted(uid for uid in found if uid > last)

    def since(self, at: Instant, *, unread: bool) -> list[int]:
        """The UIDs of what came since the day before, of the unread alone or of all."""
        day = (datetime.fromtimestamp(at / 1000, UTC) - timedelta(days=1)).date()
        return sorted(self._client.search([*(["UNSEEN"] if unread else []), "SINCE", day]))

    def fetch(self, uid: int) -> tuple[bytes, Instant] | None:
        """A mail's first bytes, unread as it was, and when it came; None where it is gone."""
        body = f"BODY.PEEK[]<0.{LARGEST}>"
        found = self._client.fetch([uid], [body, "INTERNALDATE"]).get(uid, {})
        raw = found.get(b"BODY[]<0>", found.get(b"BODY[]"))
        came = found.get(b"INTERNALDATE")
        if raw is None:
            return None
        return bytes(raw), int(came.timestamp() * 1000) if came is not None else 0

    def settle(self, uids: list[int]) -> None:
        """What was taken is read, or lies in its folder."""
        target = self._settings.move_to
        if not uids:
            return
        self._client.add_flags(uids, [b"\\Seen"], silent=True)
        if target is None:
            return
        if self._client.has_capability("MOVE"):
            self._client.move(uids, target)
            return
        self._client.copy(uids, target)
        self._client.delete_messages(uids, silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)

    def flag(self, uid: int) -> None:
        """It could not be read: somebody should look at it."""
        self._client.add_flags([uid], [b"\\Flagged"], silent=True)

    def wait(self) -> None:
        """Until the server tells of something, not for long."""
        self._client.idle()
        self._client.idle_check(timeout=IDLE)
        self._client.idle_done()

    def interrupt(self) -> None:
        """End a call that waits in another thread, and any that would come after it."""
        self._closed = True
        with contextlib.suppress(Exception):
            self._client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection; waits for a call in another thread."""
        with contextlib.suppress(Exception):
            self._client.shutdown()


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:200] or type(error).__name__


def trouble_of(error: Exception, host: str) -> str:
    """What is wrong, in words that say whose mail server it is."""
    if isinstance(error, ssl.SSLError):
        return f"{host}: no safe connection: {_reason(error)}"
    if isinstance(error, Refused):
        return f"{host} {error}"
    if isinstance(error, TimeoutError):
        return f"{host} does not answer"
    if isinstance(error, OSError):
        return f"{host} can't be reached: {error.strerror or _words(error)}"
    return f"{host}: {_words(error)}"


def _reason(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or _words(error)
