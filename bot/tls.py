"""The certificate of our own server: read again when its files change, while connections stay.

A pair that can't be used leaves the one before in force, and says so in the log and on /readyz.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509

from bot.network_settings import TlsSettings
from bot.web.server import redirect
from store import tls
from store.clock import Clock

log = logging.getLogger("pixelview.tls")

EVERY = 5.0
"""Seconds between two looks at the files."""
SOON = timedelta(days=7)

State = tuple[tuple[int, int, int], ...]


class Unusable(Exception):
    """The certificate can't be used; the text says why."""


class Certificate:
    """What the server shows. ``context`` is given to the server once; each handshake takes what is
    in force then. ``trouble`` says why a newer pair is not."""

    def __init__(self, settings: TlsSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._state: State = ()
        self._task: asyncio.Task[None] | None = None
        self._plain: web.AppRunner | None = None
        self.plain_port = 0
        self.trouble = ""
        self.context, self._until = self._load()
        self._current = self.context
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, name: str | None, first: ssl.SSLContext) -> None:
        """OpenSSL asks at each handshake, whether a name was sent or not."""
        connection.context = self._current

    def _load(self) -> tuple[ssl.SSLContext, datetime]:
        """Unusable where the files are none that fit together."""
        cert, key = self._settings.cert, self._settings.key
        try:
            self._state = _state(cert, key)
            made = tls.server(cert, key, self._settings.min)
            first = x509.load_pem_x509_certificate(Path(cert).read_bytes())
        except ssl.SSLError as error:
            raise Unusable(f"{cert} and {key}: {tls.reason(error)}") from None
        except OSError as error:
            raise Unusable(f"{error.filename or cert}: {error.strerror or error}") from None
        except ValueError as error:
            raise Unusable(f"{cert} and {key}: {error}") from None
        return made, first.not_valid_after_utc

    def look(self) -> bool:
        """Read the files again if they changed; whether another pair is in force now."""
        try:
            if _state(self._settings.cert, self._settings.key) == self._state:
                return False
            made, until = self._load()
        except (Unusable, OSError) as error:
            self._complain(str(error))
            return False
        self._current, self._until, self.trouble = made, until, ""
        log.info("the certificate was read again; it ends on %s", until.date())
        return True

    def _complain(self, why: str) -> None:
        if why != self.trouble:
            log.error("the new certificate can't be used, the one before stays: %s", why)
        self.trouble = why

    def health(self) -> tuple[bool, str]:
        """Whether all is well with it, in words."""
        left = self._until - datetime.fromtimestamp(self._clock.now() / 1000, UTC)
        ends = f"ends on {self._until.date()}"
        if self.trouble:
            return False, f"the one before stays ({ends}): {self.trouble}"
        if left <= timedelta(0):
            return False, f"it ended on {self._until.date()}"
        return left > SOON, ends

    async def start(self, url: str, host: str) -> None:
        """Look at the files now and then; lead browsers to ``url`` that come by plain HTTP, where a
        port is named for it."""
        self._task = asyncio.create_task(self._watch(), name="pixelview-certificate")
        if self._settings.redirect_from is not None:
            self._plain, self.plain_port = await redirect(url, host, self._settings.redirect_from)

    async def stop(self) -> None:
        """Look no more."""
        if self._plain is not None:
            await self._plain.cleanup()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await asyncio.to_thread(self.look)


def _state(*paths: str) -> State:
    """Which files they are; another one under the same name differs."""
    found = (Path(path).stat() for path in paths)
    return tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in found)
