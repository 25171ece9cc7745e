"""The real service as a process: started on a database of its own, its greeting read, told to
stop like any service is."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

ROOT = Path(__file__).resolve().parents[3]
READY, PATIENCE, GOODBYE = 30.0, 0.05, 20.0
_LINK = re.compile(r"https?://\S+/signin\?link=\S+")
_INTAKE = re.compile(r"https?://\S+/in/alertmanager/[\w-]+")
_CURL = re.compile(r"^curl .*?\}'$", re.MULTILINE | re.DOTALL)


class DidNotStart(Exception):
    """The service ended, or was silent for too long; its last words are the message."""


class Service:
    """``python -m bot serve`` with a settings file; ``link``, ``intake`` and ``curl`` are what it
    greets with."""

    def __init__(self, folder: Path, settings: Path, port: int) -> None:
        self._folder, self._settings, self._port = folder, settings, port
        self._lines: deque[str] = deque(maxlen=400)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.url = self.link = self.intake = self.curl = self._lacks = ""

    async def __aenter__(self) -> Self:
        port = self._port or free_or_any(0)
        self.url = f"http://127.0.0.1:{port}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PIXELVIEW_")}
        own = {
            "PIXELVIEW_DATABASE_URL": self.database,
            "PIXELVIEW_KEY_FILE": str(self.key_file),
            "PYTHONUNBUFFERED": "1",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", "--config", str(self._settings),
            "--port", str(port), cwd=ROOT, env=kept | own, start_new_session=True,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._process.stdout))
        try:
            async with asyncio.timeout(READY):
                await self._greeted()
                await self._connected()
        except TimeoutError:
            await self._end()
            said = f"not ready after {READY:.0f} s: {self._lacks}\n{self.words}"
            raise DidNotStart(said) from None
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    @property
    def database(self) -> str:
        """The address of its database."""
        return f"sqlite:///{self._folder}/pixelview.db"

    @property
    def key_file(self) -> Path:
        """Where its key lies."""
        return self._folder / "pixelview.key"

    @property
    def words(self) -> str:
        """The last lines it wrote."""
        return "\n".join(self._lines)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid if self._process else 0

    async def ended(self) -> int:
        """Waits until it ends by itself; its exit status."""
        return await self._process.wait() if self._process else 0

    async def _read(self, stream: asyncio.StreamReader | None) -> None:
        while stream is not None and (line := await stream.readline()):
            self._lines.append(line.decode(errors="replace").rstrip())

    async def _greeted(self) -> None:
        """The greeting has a link, a token and a line to paste."""
        while not (self.link and self.curl):
            self._alive()
            link, curl = _LINK.search(self.words), _CURL.search(self.words)
            if link and curl:
                self.link, self.curl = link[0], curl[0]
                found = _INTAKE.search(self.curl)
                self.intake = found[0] if found else ""
            await asyncio.sleep(PATIENCE)

    async def _connected(self) -> None:
        """Ready includes that Slack and Discord are connected."""
        async with aiohttp.ClientSession() as session:
            while True:
                self._alive()
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        self._lacks = await answer.text()
                        if answer.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(PATIENCE)

    def _alive(self) -> None:
        if self._process is not None and self._process.returncode is not None:
            raise DidNotStart(f"it ended with {self._process.returncode}:\n{self.words}")

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(GOODBYE):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)


def free_or_any(port: int) -> int:
    """This port where nothing listens on it, else one that is free now."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return free_or_any(0)
        return int(one.getsockname()[1])
