"""Nagios' notify command: hostile output is data, nothing is lost while PixelView is away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from integrations import nagios
from integrations.base import Request

SCRIPT = Path(__file__).parents[2] / "deploy" / "nagios" / "pixelview-notify"
HOSTILE = (
    "q\"dbl\" 's' `id` $(touch /tmp/owned) $HOME & <b> back\\slash \\n;semi|perf='a b' -o /x \\"
)
NONE: Mapping[str, str | bytes] = {}
PROBLEM: Mapping[str, str | bytes] = {
    "NAGIOS_NOTIFICATIONTYPE": "PROBLEM",
    "NAGIOS_HOSTNAME": "web-1",
    "NAGIOS_SERVICEDESC": "Disk /var",
    "NAGIOS_SERVICESTATE": "CRITICAL",
    "NAGIOS_SERVICEOUTPUT": HOSTILE,
}


class Taker:
    """A PixelView that takes, refuses or is broken, as ``answers`` say."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.bodies: list[dict[str, str]] = []
        self.heads: list[Mapping[str, str]] = []
        taker = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = taker.answers.pop(0) if taker.answers else 202
                if status == 202:
                    taker.bodies.append(json.loads(body))
                    taker.heads.append(dict(self.headers))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                raise AssertionError("a redirect was followed")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in/nagios"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def taker() -> Iterator[Taker]:
    made = Taker()
    yield made
    made.server.shutdown()
    made.server.server_close()


def run(
    home: Path, url: str, *argv: str, stdin: bytes = b"", macros: Mapping[str, str | bytes] = NONE
) -> subprocess.CompletedProcess[bytes]:
    """The command as Nagios runs it: nothing in the environment but macros."""
    ini = home / "pixelview.ini"
    ini.write_text(
        f"[pixelview]\nurl = {url}\ntoken = s%cret\nspool = {home}/spool\n"
        "timeout = 2\npatience = 3\n"
    )
    env = {os.fsencode(k): os.fsencode(v) for k, v in {"PATH": "/usr/bin:/bin", **macros}.items()}
    return subprocess.run(
        [sys.executable, str(SCRIPT), "-c", str(ini), *argv],
        env=env, input=stdin, capture_output=True, check=False, timeout=30,
    )  # fmt: skip


def waiting(home: Path) -> int:
    """How many notifications wait in the spool."""
    return len(list((home / "spool").glob("*.json")))


def test_hostile_output_arrives_as_it_is_and_is_read(tmp_path: Path, taker: Taker) -> None:
    done = run(
        tmp_path,
        taker.url,
        "notify",
        macros={**PROBLEM, "NAGIOS_USER1": "hunter2", "NAGIOS_ARG1": "-p x"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    (body,) = taker.bodies
    assert body["serviceoutput"] == HOSTILE
    assert "hunter2" not in str(body) and "arg1" not in body
    assert taker.heads[0]["Authorization"] == "Bearer s%cret"
    (alert,) = nagios.read(Request(json.dumps(body).encode())).alerts
    assert (alert.key, alert.resource, alert.status) == ("web-1!Disk /var", "web-1", "firing")
    assert waiting(tmp_path) == 0


def test_bytes_that_are_no_text_arrive(tmp_path: Path, taker: Taker) -> None:
    done = run(
        tmp_path, taker.url, "notify", macros={**PROBLEM, "NAGIOS_SERVICEOUTPUT": b"\xff\xfe\xf0"}
    )
    assert done.returncode == 0
    assert taker.bodies[0]["serviceoutput"] == "���"


def test_very_long_output_is_cut(tmp_path: Path, taker: Taker) -> None:
    run(
        tmp_path, taker.url, "notify", macros={**PROBLEM, "NAGIOS_LONGSERVICEOUTPUT": "x" * 100_000}
    )
    assert len(taker.bodies[0]["longserviceoutput"]) == 60_000


@pytest.mark.slow
def test_what_can_not_be_delivered_waits_and_goes_out_in_order(
    tmp_path: Path, taker: Taker
) -> None:
    away = "http://127.0.0.1:9/in/nagios"
    assert run(tmp_path, away, "notify", macros=PROBLEM).returncode == 0
    down = run(tmp_path, away, "check")
    assert down.returncode == 1 and b"1 waiting | waiting=1" in down.stdout
    recovery = {"NAGIOS_NOTIFICATIONTYPE": "RECOVERY", "NAGIOS_SERVICESTATE": "OK"}
    run(tmp_path, away, "notify", macros={**PROBLEM, **recovery})
    assert waiting(tmp_path) == 2

    back = run(tmp_path, taker.url, "check")
    assert back.returncode == 0 and back.stdout.startswith(b"PIXELVIEW OK")
    assert [body["notificationtype"] for body in taker.bodies] == ["PROBLEM", "RECOVERY"]
    assert waiting(tmp_path) == 0


def test_a_short_trouble_is_tried_again_at_once(tmp_path: Path, taker: Taker) -> None:
    taker.answers = [503]
    assert run(tmp_path, taker.url, "notify", macros=PROBLEM).returncode == 0
    assert len(taker.bodies) == 1 and waiting(tmp_path) == 0


@pytest.mark.parametrize("status", [401, 404, 302])
def test_a_wrong_token_or_address_loses_nothing(tmp_path: Path, taker: Taker, status: int) -> None:
    taker.answers = [status]
    done = run(tmp_path, taker.url, "notify", macros=PROBLEM)
    assert done.returncode == 0 and b"it waits: " + str(status).encode() in done.stderr
    assert waiting(tmp_path) == 1
    run(tmp_path, taker.url, "check")
    assert len(taker.bodies) == 1


def test_what_is_refused_for_good_does_not_stop_the_others(tmp_path: Path, taker: Taker) -> None:
    run(tmp_path, "http://127.0.0.1:9/in/nagios", "notify", macros=PROBLEM)
    taker.answers = [400]
    done = run(tmp_path, taker.url, "notify", macros={**PROBLEM, "NAGIOS_HOSTNAME": "web-2"})
    assert done.returncode == 2 and b"refused: 400" in done.stderr
    assert [body["hostname"] for body in taker.bodies] == ["web-2"]
    assert waiting(tmp_path) == 0


def test_arguments_and_lines_do_where_the_environment_is_off(tmp_path: Path, taker: Taker) -> None:
    given = ("HOSTNAME=db-1", f"HOSTOUTPUT={HOSTILE}")
    lines = b"NOTIFICATIONTYPE=PROBLEM\nHOSTSTATE=DOWN\nno macro\n"
    done = run(tmp_path, taker.url, "notify", "--stdin", *given, stdin=lines)
    assert done.returncode == 0
    assert taker.bodies == [
        {"hostname": "db-1", "hostoutput": HOSTILE, "notificationtype": "PROBLEM",
         "hoststate": "DOWN"}
    ]  # fmt: skip


def test_without_any_macro_it_says_what_to_set(tmp_path: Path, taker: Taker) -> None:
    done = run(tmp_path, taker.url, "notify")
    assert done.returncode == 2 and b"enable_environment_macros=1" in done.stderr
    assert run(tmp_path, "nowhere", "check").returncode == 2
