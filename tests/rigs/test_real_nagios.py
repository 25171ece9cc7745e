"""A real Nagios with the notify command of deploy: it fires, is told of a press in Discord, tells
both chats, forgets nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rigs.chats import Chats, chats
from tests.rigs.support import ROOT, Service, command, eventually, free_port, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

RIG = ROOT.parent / "shared" / "rigs" / "nagios_rig.py"
SCRIPT = ROOT / "deploy" / "nagios" / "pixelview-notify"
CGI = Path("/usr/lib/cgi-bin/nagios4/statusjson.cgi")
YAML = """
people:
  ana: {{name: Ana Petrova, email: ana@example.eu, roles: [admin]}}
  omar: {{name: Omar Haddad, email: omar@example.eu, roles: [responder]}}
teams:
  shop: {{members: [ana, omar], oncall: ana}}
grouping: {{group_by: [route, source, host, service]}}
intake:
  sources:
    nagios: {{write_back: {{url: "{url}", every: 0.1}}}}
"""
FIRED = {
    "web-1!HTTP": "HTTP on web-1: HTTP CRITICAL - 503 Service Unavailable",
    "web-1!Backup": "Backup on web-1: backup is 3 days old",
    "db-1!Disk /var": "Disk /var on db-1: DISK WARNING - 91% used",
}


class Nagios:
    """The rig, its contact told by our notify command."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{port}/cgi-bin/nagios4"
        self._env = {
            **os.environ, "RIG_DIR": str(home), "NAG_WEB_PORT": str(port), "NAG_FORMATS": "env",
        }  # fmt: skip

    def does(self, *argv: str) -> str:
        """One command of the rig."""
        done = subprocess.run(
            [sys.executable, str(RIG), *argv],
            env=self._env, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def begin(self) -> None:
        """Start with the rig's objects, then put our command in place of its own."""
        self.does("start", "http://127.0.0.1:9/")
        shutil.copy(SCRIPT, self.home / SCRIPT.name)
        spool = self.home / "spool"
        spool.mkdir()
        spool.chmod(0o777)
        line = f"command_line /usr/bin/python3 {self.home}/{SCRIPT.name} -c {self.ini} notify"
        objects = self.home / "nagios" / "objects.cfg"
        text = objects.read_text()
        replaced = re.sub(r"(command_name notify-\S+\n)\s*command_line .*", rf"\1  {line}", text)
        assert replaced.count(line) == 2
        objects.write_text(replaced)
        os.kill(int((self.home / "nagios" / "nagios.pid").read_text()), signal.SIGHUP)

    @property
    def ini(self) -> Path:
        return self.home / "pixelview.ini"

    def tells(self, hook: str) -> None:
        """Where PixelView is from now on."""
        self.ini.write_text(
            f"[pixelview]\nurl = {hook}\nspool = {self.home}/spool\ntimeout = 2\npatience = 3\n"
        )
        self.ini.chmod(0o644)

    def waiting(self) -> list[Path]:
        """What could not be delivered."""
        return list((self.home / "spool").glob("*.json"))

    def asks(self, query: str, **more: str) -> dict[str, Any]:
        """What its own statusjson.cgi says."""
        answer = httpx.get(f"{self.url}/statusjson.cgi", params={"query": query, **more})
        found: dict[str, Any] = answer.json()["data"]
        return found

    def acknowledged(self, host: str, name: str) -> bool:
        it = self.asks("service", hostname=host, servicedescription=name)["service"]
        return bool(it["problem_has_been_acknowledged"])

    def comments(self) -> list[str]:
        found = self.asks("commentlist", details="true")["commentlist"]
        return [each["comment_data"] for each in found.values()]


@contextmanager
def nagios() -> Iterator[Nagios]:
    """Started in a folder that its user may enter; always ended."""
    home = Path(tempfile.mkdtemp(prefix="nagios-"))
    home.chmod(0o755)
    made = Nagios(home, free_port())
    try:
        made.begin()
        yield made
    finally:
        made.does("stop")
        shutil.rmtree(home, ignore_errors=True)


def needs_nagios() -> None:
    """Skip, saying what is missing."""
    if shutil.which("nagios4") is None or not CGI.exists():
        pytest.skip("not installed here: nagios4-core, nagios4-cgi")
    if not RIG.exists():
        pytest.skip("the rig that starts Nagios is not beside this checkout")


def keys(running: Service, status: str = "open") -> dict[str, str]:
    """Key of an alert → number of its incident."""
    return {
        alert["key"]: each["id"]
        for each in running.incidents(status=status)
        for alert in running.incident(each["id"])["alerts"]
    }


def kinds(running: Service, incident: str) -> list[str]:
    return [line["kind"] for line in running.incident(incident)["timeline"]]


def status(running: Service, incident: str) -> str:
    return str(running.incident(incident)["status"])


def test_nagios_and_chat_tell_each_other(tmp_path: Path) -> None:
    needs_nagios()
    with nagios() as real, chats() as both:
        yaml = both.settings(YAML.format(url=real.url))
        with service(tmp_path, yaml) as running:
            secret = command(tmp_path, "token", "create", "--name", "n", "--intake", "nagios")
            both.connected(running)
            real.tells(f"{running.url}/in/nagios/{secret}")
            real.does("fire")
            eventually("all three are there", lambda: set(keys(running)) == set(FIRED))
            open_here = keys(running)
            for key, title in FIRED.items():
                assert running.incident(open_here[key])["title"] == title
                both.both_say(open_here[key], "nobody has it")
            _is_told(running, real, both, open_here["db-1!Disk /var"])
            _tells(running, real, both, open_here)
            assert not any(real.waiting())
            _is_checked(running)

        # Away: one ends, one begins and is still there later, one was given up on.
        real.does("resolve", "basic")
        real.does("fire", "one:web-2/HTTP")
        eventually("they wait", lambda: len(real.waiting()) >= 3)
        real.does("ack", "web-2/HTTP", "ana@example.eu", "while you were away")
        for each in real.waiting():
            each.unlink()

        with service(tmp_path, yaml, token="again") as running:
            eventually(
                "what was given up on is found", lambda: set(keys(running)) == {"web-2!HTTP"}
            )
            lost = keys(running)["web-2!HTTP"]
            assert status(running, lost) == "acknowledged", "Ana has it"
            both.both_say(lost, "Ana has it", "in Nagios")
            for number in open_here.values():
                both.both_say(number, "RESOLVED", "By itself")
            real.tells(f"{running.url}/in/nagios/{secret}")
            real.does("fire", "hostile")
            eventually("hostile output is here", lambda: "db-1!Disk /var" in keys(running))
            real.does("resolve", "hostile", "one:web-2/HTTP")
            eventually("all is over", lambda: keys(running) == {})
            both.both_say(lost, "RESOLVED", "By itself")
            assert not (Path(tempfile.gettempdir()) / "id").exists()


def _is_told(running: Service, real: Nagios, both: Chats, disk: str) -> None:
    """Omar presses Acknowledge in Discord."""
    words = f"PixelView #{disk}: "
    both.press_discord("Omar Haddad", disk, "Acknowledge")
    eventually("it is seen there", lambda: real.acknowledged("db-1", "Disk /var"))
    assert f"{words}Omar Haddad acknowledged it." in real.comments()
    both.both_say(disk, "Omar has it", "answered from Discord")
    running.does("note", incident=int(disk), text="old logs; deleting | them")
    eventually("the note is there", lambda: any(
        said.startswith(words) and said.endswith("old logs deleting | them")
        for said in real.comments()
    ))  # fmt: skip


def _tells(running: Service, real: Nagios, both: Chats, open_here: dict[str, str]) -> None:
    """What bob, nobody here, and Ana do in Nagios stands on the cards."""
    real.does("ack", "web-1/Backup", "bob", "from the console of Nagios")
    backup = open_here["web-1!Backup"]
    eventually("it is seen here", lambda: "acknowledged_at_source" in kinds(running, backup))
    assert status(running, backup) == "triggered", "bob is nobody here"
    both.both_say(
        backup, "nobody has it", "Acknowledged in Nagios by bob, not known here, so pages go on",
        "from the console of Nagios",
    )  # fmt: skip
    http = open_here["web-1!HTTP"]
    real.does("ack", "web-1/HTTP", "Ana Petrova", "restarting; it")
    eventually("Ana has it", lambda: status(running, http) == "acknowledged")
    says = [line["say"] for line in running.incident(http)["timeline"]]
    assert "Ana Petrova acknowledged in Nagios." in says
    both.both_say(http, "Ana has it", "answered in Nagios")
    real.does("unack", "web-1/HTTP")  # of which Nagios notifies nobody
    eventually("it is given back", lambda: status(running, http) == "triggered")
    both.both_say(http, "Nobody has it again")
    real.does("downtime", "web-1/HTTP", "300", "new disk")
    eventually("the downtime is seen", lambda: "silenced_there" in kinds(running, http))
    both.both_say(http, "Silenced in Nagios until", "new disk")


def _is_checked(running: Service) -> None:
    admin = command(running.home, "token", "create", "--name", "admin", "--role", "admin")
    told = running.api.post(
        "/api/commands/monitors", headers={"Authorization": f"Bearer {admin}"}, json={}
    )
    assert "Nagios 4" in told.text and told.status_code == 200, told.text
