"""The processes under measurement: started, watched through /proc, and always ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A program that listens on loopback."""

    def __init__(self, words: list[str], port: int, folder: Path, name: str) -> None:
        self.port, self._words, self._folder, self._name = port, words, folder, name
        self._running: subprocess.Popen[bytes] | None = None
        self.took = 0.0
        self.log = folder / f"{name}.log"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._running is not None
        return self._running.pid

    def start(self, patience: float = 120.0) -> float:
        """Start it and wait until it listens; how many seconds that took."""
        assert self._running is None, f"{self._name} runs already"
        began = time.monotonic()
        with self.log.open("ab") as out:
            self._running = subprocess.Popen(
                self._words, cwd=ROOT, stdout=out, stderr=out, env=self._environment()
            )
        while time.monotonic() - began < patience:
            if self._running.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return time.monotonic() - began
            time.sleep(0.01)
        said = self.log.read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"{self._name} does not listen: {said}")

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PIXELVIEW_")}
        return {**kept, "PYTHONUNBUFFERED": "1"}

    def kill(self) -> None:
        """End it without any warning."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._running = None

    def stop(self, patience: float = 30.0) -> int | None:
        """Ask it to end, and see to it; its exit status."""
        if self._running is None:
            return None
        self._running.send_signal(signal.SIGTERM)
        try:
            return self._running.wait(patience)
        except subprocess.TimeoutExpired:
            self._running.kill()
            return self._running.wait()
        finally:
            self._running = None

    def cpu(self) -> float:
        """Seconds of processor it has used, in user and kernel mode."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def pss(self) -> float:
        """Its share of memory in MiB."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def __enter__(self) -> Self:
        self.took = self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Bare(Process):
    """The handler that does nothing."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        super().__init__(
            [sys.executable, "-m", "tests.bench.bare", str(port)], port, folder, "bare"
        )


PEOPLE = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin]%(ana)s}
  omar: {name: Omar Haddad, email: omar@example.eu%(omar)s}
teams:
  ops: {members: [ana, omar], oncall: ana, lead: omar}
"""


class Service(Process):
    """A real PixelView on an SQLite file, with an intake token and a responder's token."""

    def __init__(
        self, folder: Path, yaml: str, *, port: int | None = None, under: Sequence[str] = ()
    ) -> None:
        port = port or free_port()
        self.folder = folder
        self.config = folder / "pixelview.yaml"
        self.database = folder / "pixelview.db"
        self.key = folder / "pixelview.key"
        self.config.write_text(f"database: sqlite:///{self.database}\nkey_file: {self.key}\n{yaml}")
        words = [*under, sys.executable, "-m", "bot", "serve", "--config", str(self.config)]
        super().__init__([*words, "--port", str(port)], port, folder, "service")
        self.intake = self.token("bench-intake", "--intake", "alertmanager")
        self.responder = self.token("bench-responder", "--role", "responder")

    def token(self, name: str, *kind: str) -> str:
        """A new token of this kind."""
        words = [sys.executable, "-m", "bot", "--config", str(self.config)]
        done = subprocess.run(
            [*words, "token", "create", "--name", name, *kind],
            cwd=ROOT, env=self._environment(), check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"no token: {done.stderr[-2000:]}")
        return done.stdout.split()[-1]

    @property
    def path(self) -> str:
        """Where alerts are posted."""
        return f"/in/alertmanager/{self.intake}"

    def log_bytes(self) -> int:
        """How large its write-ahead log is."""
        return Path(f"{self.database}-wal").stat().st_size

    def ask(self, name: str, args: dict[str, Any]) -> Any:
        """The answer of a verb."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/commands/{name}",
            data=json.dumps(args).encode(),
            headers={
                "Authorization": f"Bearer {self.responder}", "Content-Type": "application/json",
            },
        )  # fmt: skip
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read())

    def get(self, path: str) -> bytes:
        """An answer of its API."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"Authorization": f"Bearer {self.responder}"},
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return bytes(answer.read())
