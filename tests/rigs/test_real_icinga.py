"""A real Icinga 2 notifies, is told by its REST API, tells, and is looked at after an outage."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rigs.support import Service, command, eventually, free_port, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CONF = """
include <itl>
object Endpoint "pv-test" {{}}
object Zone "pv-test" {{ endpoints = [ "pv-test" ] }}
object ApiListener "api" {{ bind_host = "127.0.0.1"; bind_port = {port} }}
object ApiUser "pv" {{
  password = "pw"
  permissions = [ "objects/query/*", "actions/*", "status/query", "events/*" ]
}}
object CheckerComponent "checker" {{}}
object NotificationComponent "notification" {{}}
object User "pixelview" {{ }}
object NotificationCommand "tell" {{
  command = [ "{curl}", "-fsS", "-m", "5", "-H", "Content-Type: application/json" ]
  arguments = {{
    "--data-binary" = {{{{
      var it = {{}}
      it["type"] = macro("$notification.type$")
      it["host_name"] = macro("$host.name$")
      it["service_name"] = macro("$service.name$")
      it["service_state"] = macro("$service.state$")
      it["output"] = macro("$service.output$")
      it["author"] = macro("$notification.author$")
      it["comment"] = macro("$notification.comment$")
      return Json.encode(it)
    }}}}
    "--url" = "{hook}"
  }}
}}
object Host "web-1" {{ check_command = "dummy"; enable_active_checks = false }}
"""
SERVICE = """
object Service "{name}" {{
  host_name = "web-1"
  check_command = "dummy"
  enable_active_checks = false
  max_check_attempts = 1
}}
object Notification "pixelview" {{
  host_name = "web-1"
  service_name = "{name}"
  command = "tell"
  users = [ "pixelview" ]
}}
"""
NAMES = ("Disk", "Größe 日本", "Later")
QUIET = """
object Service "Quiet" {{
  host_name = "web-1"
  check_command = "dummy"
  enable_active_checks = false
  max_check_attempts = 1
}}
"""
"""Icinga notifies nobody of it: only its event stream tells."""
YAML = """
people:
  ana: {{name: Ana Petrova, email: ana@example.eu, roles: [admin]}}
teams:
  shop: {{members: [ana], oncall: ana}}
grouping: {{group_by: [route, source, host, service]}}
intake:
  sources:
    icinga:
      write_back: {{url: "{url}", user: pv, password: pw, ca_file: "{ca}", every: 0.1}}
"""


class Icinga:
    """The program in a folder, and its API."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.url = home, f"https://127.0.0.1:{port}"
        self.ca = home / "lib" / "certs" / "ca.crt"
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Folders and certificates, once."""
        if self.ca.exists():
            return
        for name in ("lib/certs", "log", "cache", "spool", "run"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self._certificates(self.home / "lib" / "certs")

    def begin(self, hook: str) -> None:
        """Certificates, configuration, daemon."""
        self.prepare()
        conf = CONF.format(port=self._port, curl=shutil.which("curl"), hook=hook)
        conf += "".join(SERVICE.format(name=name) for name in NAMES) + QUIET.format()
        (self.home / "icinga2.conf").write_text(conf)
        places = {"Data": "lib", "Log": "log", "Cache": "cache", "Spool": "spool", "InitRun": "run"}
        defines = [f"{name}Dir={self.home / place}" for name, place in places.items()]
        argv = ["icinga2", "daemon", "-c", str(self.home / "icinga2.conf")]
        for each in [*defines, "NodeName=pv-test", "ZoneName=pv-test"]:
            argv += ["--define", each]
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nagios:nagios", str(self.home)], check=True)
        log = (self.home / "out.log").open("wb")
        self._process = subprocess.Popen(argv, cwd="/", stdout=log, stderr=subprocess.STDOUT)
        log.close()
        eventually("its API answers", self._answers, seconds=40)

    def _certificates(self, at: Path) -> None:
        def openssl(*argv: str) -> None:
            subprocess.run(["openssl", *argv], cwd=at, check=True, capture_output=True)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
                "ca.crt", "-days", "2", "-subj", "/CN=Icinga CA", "-addext",
                "basicConstraints=critical,CA:TRUE")  # fmt: skip
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "pv-test.key", "-out",
                "pv-test.csr", "-subj", "/CN=pv-test")  # fmt: skip
        (at / "names").write_text("subjectAltName=DNS:pv-test,IP:127.0.0.1")
        openssl("x509", "-req", "-in", "pv-test.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-out", "pv-test.crt", "-extfile",
                "names")  # fmt: skip

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.home / "out.log").read_text()[-2000:]
        try:
            return self._ask("/v1/status", {}, query=True).status_code == 200
        except httpx.TransportError:
            return False

    def _ask(self, path: str, body: dict[str, Any], *, query: bool = False) -> httpx.Response:
        head = {"Accept": "application/json"}
        if query:
            head["X-HTTP-Method-Override"] = "GET"
        return httpx.post(self.url + path, json=body, headers=head, auth=("pv", "pw"), verify=False)

    def acts(self, action: str, name: str, **more: Any) -> None:
        """An action on a service."""
        chosen = {"type": "Service", "filter": "service.name == n", "filter_vars": {"n": name}}
        answer = self._ask(f"/v1/actions/{action}", {**chosen, **more})
        assert answer.status_code == 200, answer.text

    def checked(self, name: str, status: int, output: str) -> None:
        self.acts("process-check-result", name, exit_status=status, plugin_output=output)

    def service(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(
            "/v1/objects/services",
            {"filter": "service.name == n", "filter_vars": {"n": name}},
            query=True,
        ).json()["results"][0]["attrs"]
        return found

    def comments(self) -> list[str]:
        results = self._ask("/v1/objects/comments", {}, query=True).json()["results"]
        return [each["attrs"]["text"] for each in results]

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)


@contextmanager
def icinga() -> Iterator[Icinga]:
    """Not begun yet; always ended."""
    home = Path(tempfile.mkdtemp(prefix="icinga-"))
    home.chmod(0o755)
    made = Icinga(home, free_port())
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(home, ignore_errors=True)


def needs_icinga() -> None:
    missing = [name for name in ("icinga2", "curl", "openssl") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")


def keys(running: Service) -> dict[str, str]:
    """Key of an alert → number of its incident."""
    return {
        alert["key"]: each["id"]
        for each in running.incidents(status="open")
        for alert in running.incident(each["id"])["alerts"]
    }


def kinds(running: Service, incident: str) -> list[str]:
    return [line["kind"] for line in running.incident(incident)["timeline"]]


def test_icinga_and_pixelview_tell_each_other(tmp_path: Path) -> None:
    needs_icinga()
    disk, odd, later = (f"web-1!{name}" for name in NAMES)
    with icinga() as real:
        yaml = YAML.format(url=real.url, ca=real.ca)
        with service(tmp_path, yaml) as running:
            secret = command(tmp_path, "token", "create", "--name", "i", "--intake", "icinga")
            real.begin(f"{running.url}/in/icinga/{secret}")
            real.checked("Disk", 2, "full \\ \"all\" of it $(id) 'x'")
            real.checked("Größe 日本", 1, "überschritten")
            eventually("both are there", lambda: set(keys(running)) == {disk, odd})
            open_here = keys(running)
            title = running.incident(open_here[disk])["title"]
            assert title == "Disk on web-1: full \\ \"all\" of it $(id) 'x'"

            running.does("ack", incident=int(open_here[odd]))
            eventually(
                "it is acknowledged there",
                lambda: real.service("Größe 日本")["acknowledgement"] == 2,
            )
            words = f"PixelView #{open_here[odd]}: "
            assert any(text.startswith(words) for text in real.comments())
            real.acts("acknowledge-problem", "Disk", author="bob", comment="mine", notify=True)
            eventually(
                "bob's is seen here",
                lambda: "acknowledged_at_source" in kinds(running, open_here[disk]),
            )
            assert running.incident(open_here[disk])["status"] == "triggered", "bob is nobody here"
            assert kinds(running, open_here[disk]).count("acknowledged_at_source") == 1

        real.checked("Größe 日本", 0, "gut")
        real.checked("Later", 2, "broken")
        changed = float(real.service("Later")["last_state_change"])
        eventually("it is old", lambda: time.time() - changed > 31)  # noqa: TID251

        with service(tmp_path, yaml, token="again") as running:
            eventually(
                "what nobody could tell is found", lambda: set(keys(running)) == {disk, later}
            )
            real.checked("Disk", 0, "fine")
            real.checked("Later", 0, "fine")
            eventually("all is over", lambda: keys(running) == {})


def test_what_icinga_notifies_nobody_of_comes_by_its_event_stream(tmp_path: Path) -> None:
    needs_icinga()
    quiet = "web-1!Quiet"
    with icinga() as real:
        real.prepare()
        yaml = YAML.format(url=real.url, ca=real.ca).replace("every: 0.1", "every: 60")
        with service(tmp_path, yaml) as running:
            command(tmp_path, "token", "create", "--name", "i", "--intake", "icinga")
            eventually("it is tried", lambda: sign(running, "Events of icinga") is not None)
            assert not sign(running, "Events of icinga")["ok"], "it does not run yet"
            real.begin("http://127.0.0.1:9/")
            eventually("it is connected", lambda: sign(running, "Events of icinga")["ok"])

            real.checked("Quiet", 2, "broken")
            eventually("it is there", lambda: set(keys(running)) == {quiet}, seconds=5)
            number = keys(running)[quiet]
            real.acts("acknowledge-problem", "Quiet", author="Ana Petrova", comment="on it")
            eventually(
                "Ana has it",
                lambda: running.incident(number)["status"] == "acknowledged",
                seconds=5,
            )
            found = running.incident(number)
            ack = next(line for line in found["timeline"] if line["kind"] == "ack")
            assert ack["say"] == "Ana Petrova acknowledged in Icinga."
            real.acts("add-comment", "Quiet", author="bob", comment='looking at "it"')
            eventually("bob's words are here", lambda: any(
                line["say"] == 'Icinga says: bob: looking at "it"'
                for line in running.incident(number)["timeline"]
            ))  # fmt: skip
            real.acts("remove-acknowledgement", "Quiet")
            eventually(
                "it is given back", lambda: running.incident(number)["status"] == "triggered"
            )
            running.does("ack", incident=int(number))
            eventually("it is taken there", lambda: real.service("Quiet")["acknowledgement"] == 2)
            now = time.time()  # noqa: TID251
            real.acts("schedule-downtime", "Quiet", author="bob", comment="new disk",
                      start_time=now - 1, end_time=now + 600, fixed=True)  # fmt: skip
            eventually("it is seen", lambda: "silenced_there" in kinds(running, number))
            assert kinds(running, number).count("acknowledged_at_source") == 0
            assert running.incident(number)["status"] == "acknowledged"

            real.end()
            eventually("it is gone", lambda: not sign(running, "Events of icinga")["ok"])
            real.begin("http://127.0.0.1:9/")
            real.checked("Quiet", 0, "well")
            eventually("nothing is missed", lambda: keys(running) == {}, seconds=90)


def sign(running: Service, name: str) -> Any:
    """One line of its health."""
    return running.api.get("/readyz").json()["checks"].get(name)
