"""A really running PixelView, and a real Prometheus with Alertmanager that is told of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

ROOT = Path(__file__).parents[2]
RIG = ROOT.parent / "shared" / "rigs" / "alertmanager_rig.py"
PROGRAMS = (
    "prometheus", "prometheus-alertmanager", "prometheus-pushgateway", "prometheus-node-exporter",
)  # fmt: skip
_RIG_PORTS = (0, 1, 3, 10)

T = TypeVar("T")


def needs_programs() -> None:
    """Skip, saying what is missing."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")
    if not RIG.exists():
        pytest.skip("the rig that starts Prometheus and Alertmanager is not beside this checkout")


def eventually(what: str, look: Callable[[], T], *, seconds: float = 60) -> T:
    """What ``look`` gives as soon as it is true; fails with the last of it when time is up."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{what} within {seconds:.0f} s; it is {found!r}"
        time.sleep(0.1)
    return found


class Service:
    """``python -m bot serve`` as a process of its own, and its API."""

    def __init__(self, home: Path, port: int, api: httpx.Client) -> None:
        self.home, self.port, self.api = home, port, api
        self.url = f"http://127.0.0.1:{port}"

    def incidents(self, **filters: str) -> list[dict[str, Any]]:
        """What the API lists."""
        answer = self.api.get("/api/incidents", params={"status": "all", **filters})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["incidents"]
        return found

    def incident(self, number: str) -> dict[str, Any]:
        """One incident with its alerts and timeline."""
        answer = self.api.get(f"/api/incidents/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def does(self, verb: str, **args: Any) -> dict[str, Any]:
        """A command through the API."""
        answer = self.api.post(f"/api/commands/{verb}", json=args)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def service(home: Path, yaml: str, *, token: str = "tests") -> Iterator[Service]:
    """Started in a folder, its API token made, of a new name where it runs again; always ended."""
    (home / "pixelview.yaml").write_text(yaml)
    secret = command(home, "token", "create", "--name", token, "--role", "responder")
    port = free_port()
    log = (home / "serve.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", str(port)],
        cwd=home, env=environment(), stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {secret}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as api:
            eventually("the service answers", lambda: _answers(api, process), seconds=90)
            yield Service(home, port, api)
    finally:
        _end(process)
        log.close()


def _answers(api: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the service ended by itself; see its serve.log"
    try:
        return api.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def command(home: Path, *argv: str) -> str:
    """What a command of the command line prints."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *argv],
        cwd=home, env=environment(), capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """Ours without what would point the service elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PIXELVIEW_")}
    paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}


class Rig:
    """The real programs."""

    def __init__(self, home: Path, base: int) -> None:
        self._env = {
            **os.environ,
            "RIG_DIR": str(home),
            "AM_PORT_BASE": str(base),
            "AM_GROUP_WAIT": "1s",
            "AM_GROUP_INTERVAL": "2s",
            "AM_RESEND": "1s",
        }

    def does(self, *argv: str, **more: str) -> str:
        """One command of the rig."""
        done = subprocess.run(
            [sys.executable, str(RIG), *argv],
            env={**self._env, **more}, capture_output=True, text=True, check=False, timeout=90,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def rig(home: Path, url: str, settings: Mapping[str, str] | None = None) -> Iterator[Rig]:
    """Prometheus and Alertmanager running, their webhook at ``url``; always stopped."""
    made = Rig(home, _free_base())
    made._env.update(settings or {})
    try:
        made.does("start", url)
        made.does("resolve")  # Debian's pushgateway remembers what earlier ones were told
        yield made
    finally:
        made.does("resolve")
        made.does("stop")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free_base() -> int:
    """A port from which all the rig's ports are free."""
    for _ in range(100):
        base = free_port()
        if base < 65_000 and all(is_free(base + each) for each in _RIG_PORTS):
            return base
    raise AssertionError("there are no free ports")


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of loopback."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
