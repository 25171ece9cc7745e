"""A real Zabbix with the media type of deploy/: it fires, is told of a press in Slack, tells
both chats, and forgets nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rigs.chats import Chats, chats
from tests.rigs.support import ROOT, Service, command, eventually, is_free, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RIG = ROOT.parent / "shared" / "rigs" / "zabbix_rig.py"
MEDIA = ROOT / "deploy" / "zabbix-mediatype.yaml"
PROGRAMS = ("zabbix_server", "zabbix_sender", "php", "psql")
YAML = """
people:
  ana: {{name: Ana Petrova, email: ana@example.eu, roles: [admin]}}
  omar: {{name: Omar Haddad, email: omar@example.eu, roles: [responder]}}
teams:
  shop: {{members: [ana, omar], oncall: ana}}
intake:
  sources:
    zabbix:
      write_back: {{url: "{url}", token: "{token}", every: 0.1}}
      people: {{Admin: ana}}
"""
BOT, PASSWORD = "incident-webhook", "rig-Secret-42x"


class Zabbix:
    """The rig and its API."""

    def __init__(self, home: Path, base: int) -> None:
        self.url = f"http://127.0.0.1:{base + 2}"
        self._env = {**os.environ, "RIG_DIR": str(home), "ZBX_PORT_BASE": str(base)}

    def does(self, *argv: str, seconds: int = 60) -> str:
        """One command of the rig."""
        done = subprocess.run(
            [sys.executable, str(RIG), *argv],
            env=self._env, capture_output=True, text=True, check=False, timeout=seconds,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def api(self, method: str, params: Any, auth: str | None = None) -> Any:
        """One call as somebody."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = httpx.post(
            f"{self.url}/api_jsonrpc.php",
            json={**body, **({"auth": auth} if auth else {})},
            headers={"Content-Type": "application/json-rpc"},
            timeout=60,
        )
        assert "result" in answer.json(), answer.text
        return answer.json()["result"]

    def login(self, user: str, password: str) -> str:
        """A session."""
        return str(self.api("user.login", {"user": user, "password": password}))

    def problems(self, auth: str) -> list[dict[str, Any]]:
        """What is open there."""
        asked = {"output": "extend", "selectTags": "extend", "selectAcknowledges": "extend"}
        found: list[dict[str, Any]] = self.api("problem.get", asked, auth)
        return found


@pytest.fixture
def real() -> Iterator[Zabbix]:
    """Started in a folder that the users of the programs may enter; always ended. Its first start
    loads a database, which takes longer than most of the story."""
    needs_programs()
    home = Path(tempfile.mkdtemp(prefix="zabbix-"))
    home.chmod(0o755)
    made = Zabbix(home, _free_base())
    try:
        made.does("start", "http://127.0.0.1:9/", seconds=300)
        yield made
    finally:
        made.does("stop", "--wipe")
        shutil.rmtree(home, ignore_errors=True)


def _free_base() -> int:
    """A port before three free ones; Zabbix listens below 32768 only."""
    for base in range(19_050, 32_000, 10):
        if all(is_free(base + each) for each in (1, 2, 3)):
            return base
    raise AssertionError("there are no free ports")


def import_media(real: Zabbix, hook: str, auth: str) -> None:
    """Our media type, at our address, in place of the rig's; it gives up at once."""
    rules = {"mediaTypes": {"createMissing": True, "updateExisting": True}}
    source = MEDIA.read_text()
    real.api("configuration.import", {"format": "yaml", "rules": rules, "source": source}, auth)
    asked = {"output": "extend", "filter": {"name": "PixelView"}}
    [media] = real.api("mediatype.get", asked, auth)
    number, parameters = media["mediatypeid"], media["parameters"]
    at = {"url": hook, "token": ""}
    changed = [{**p, "value": at.get(p["name"], p["value"])} for p in parameters]
    real.api(
        "mediatype.update",
        {"mediatypeid": number, "maxattempts": "1", "parameters": changed},
        auth,
    )
    user = real.api("user.get", {"output": ["userid"], "filter": {"username": BOT}}, auth)[0]
    own = {
        "mediatypeid": number, "sendto": ["pixelview"], "active": 0, "severity": 63,
        "period": "1-7,00:00-24:00",
    }  # fmt: skip
    real.api("user.update", {"userid": user["userid"], "medias": [own]}, auth)
    [action] = real.api("action.get", {"filter": {"name": "Incidents"}}, auth)
    real.api("action.update", _told_by(action["actionid"], number, user["userid"]), auth)


def _told_by(action: str, media: str, user: str) -> dict[str, Any]:
    message = {"default_msg": 1, "mediatypeid": media}
    fires = {
        "operationtype": 0, "esc_step_from": 1, "esc_step_to": 1, "esc_period": "0",
        "opmessage": message, "opmessage_usr": [{"userid": user}],
    }  # fmt: skip
    return {
        "actionid": action,
        "operations": [fires],
        "recovery_operations": [{"operationtype": 11, "opmessage": {"default_msg": 1}}],
        "update_operations": [{"operationtype": 12, "opmessage": message}],
    }


def token_of_bot(real: Zabbix, admin: str) -> str:
    """An API token of the user that owns the media."""
    session = real.login(BOT, PASSWORD)
    user = real.api("user.get", {"output": ["userid"], "filter": {"username": BOT}}, admin)[0]
    made = real.api("token.create", {"name": "pixelview", "userid": user["userid"]}, session)
    return str(real.api("token.generate", made["tokenids"], session)[0]["token"])


def needs_programs() -> None:
    """Skip, saying what is missing."""
    path = os.environ["PATH"] + ":/usr/sbin"
    if missing := [name for name in PROGRAMS if shutil.which(name, path=path) is None]:
        pytest.skip(f"not installed here: {', '.join(missing)}")
    if not RIG.exists():
        pytest.skip("the rig that starts Zabbix is not beside this checkout")


def one_open(running: Service, host: str) -> dict[str, Any] | None:
    """The open incident of a host."""
    return next((i for i in running.incidents(status="open") if i["resource"] == host), None)


def kinds(running: Service, number: str) -> list[str]:
    """The kinds of an incident's timeline lines."""
    return [line["kind"] for line in running.incident(number)["timeline"]]


def until(what: str, look: Callable[[], Any]) -> Any:
    """Zabbix works in steps of some seconds."""
    return eventually(what, look, seconds=120)


def test_a_real_zabbix_is_told_from_chat_tells_chat_and_loses_nothing(
    real: Zabbix, tmp_path: Path
) -> None:
    with chats() as both:
        admin = real.login("Admin", "zabbix")
        yaml = both.settings(YAML.format(url=real.url, token=token_of_bot(real, admin)))
        with service(tmp_path, yaml) as running:
            both.connected(running)
            token = command(tmp_path, "token", "create", "--name", "z", "--intake", "zabbix")
            import_media(real, f"{running.url}/in/zabbix/{token}", admin)
            real.does("fire", "one:web-1")
            found = until("the incident is there", lambda: one_open(running, "web-1"))
            number = found["id"]
            _shows_the_link(real, admin, number)
            _is_told(running, real, admin, both, number)
            _tells(running, real, admin, both, number)
            _is_checked(running)
        real.does("resolve", "one:web-1")
        real.does("fire", "one:web-2")
        until("Zabbix gave up", lambda: len(_given_up(real, admin)) >= 2)
        [away] = real.problems(admin)
        update = {"eventids": [away["eventid"]], "action": 6, "message": "while you were away"}
        real.api("event.acknowledge", update, admin)
        with service(tmp_path, yaml, token="again") as running:
            until("web-1 is over", lambda: running.incident(number)["status"] == "resolved")
            both.both_say(number, "RESOLVED", "By itself")
            lost = until("web-2 is there", lambda: one_open(running, "web-2"))
            until("Ana has it", lambda: status(running, lost["id"]) == "acknowledged")
            ack = next(e for e in running.incident(lost["id"])["timeline"] if e["kind"] == "ack")
            assert ack["say"] == "Ana Petrova acknowledged in Zabbix."
            both.both_say(lost["id"], "Ana has it", "answered in Zabbix")
            real.api("event.acknowledge", {"eventids": [away["eventid"]], "action": 16}, admin)
            until("it is given back", lambda: status(running, lost["id"]) == "triggered")
            running.does("resolve", incident=int(lost["id"]), how="now", text="fixed by hand")
            until("the problem is closed there", lambda: not real.problems(admin))
            both.both_say(lost["id"], "RESOLVED", "fixed by hand")


def _shows_the_link(real: Zabbix, admin: str, number: str) -> None:
    def tags() -> list[str]:
        return [t["value"] for p in real.problems(admin) for t in p["tags"]]

    until("the link is there", lambda: any(t.endswith(f"/i/{number}") for t in tags()))


def _is_told(running: Service, real: Zabbix, admin: str, both: Chats, number: str) -> None:
    """Omar presses Acknowledge in Slack."""
    both.both_say(number, "nobody has it", "component err.rate")
    both.both_say_not(number, "event_id", "nseverity")
    both.press_slack("Omar Haddad", number, "Acknowledge")
    [problem] = until(
        "it is acknowledged there",
        lambda: [p for p in real.problems(admin) if p["acknowledged"] == "1"],
    )
    words = problem["acknowledges"][0]["message"]
    assert words.startswith(f"PixelView #{number}: Omar Haddad acknowledged it."), words
    both.both_say(number, "Omar has it", "answered from Slack")
    until("it is on the timeline", lambda: "write_back" in kinds(running, number))


def _tells(running: Service, real: Zabbix, admin: str, both: Chats, number: str) -> None:
    """What is done in Zabbix stands on the cards."""
    assert "acknowledged_at_source" not in kinds(running, number)
    [problem] = real.problems(admin)
    event = {"eventids": [problem["eventid"]]}
    real.api("event.acknowledge", {**event, "action": 4, "message": "looking at it"}, admin)
    until("the words are here", lambda: "noted_at_source" in kinds(running, number))
    both.threads_say(number, "Zabbix: Zabbix Administrator (Admin): looking at it")
    running.does("unack", incident=int(number))
    until("so is that", lambda: real.problems(admin)[0]["acknowledged"] == "0")
    real.api("event.acknowledge", {**event, "action": 6, "message": "got it"}, admin)
    until("Ana has it", lambda: status(running, number) == "acknowledged")
    says = [line["say"] for line in running.incident(number)["timeline"]]
    assert "Ana Petrova acknowledged in Zabbix." in says
    assert "got it" in says
    both.both_say(number, "Ana has it", "answered in Zabbix")
    real.api("event.acknowledge", {**event, "action": 16}, admin)
    until("it is given back", lambda: status(running, number) == "triggered")
    both.both_say(number, "Nobody has it again")
    real.api("event.acknowledge", {**event, "action": 8, "severity": 5}, admin)
    until("it is worse", lambda: running.incident(number)["severity"] == "critical")
    both.both_say(number, "CRITICAL")
    ours = [a for a in real.problems(admin)[0]["acknowledges"] if "PixelView #" in a["message"]]
    assert len(ours) == 2, "told of the ack and the unack made here, of nothing made there"


def _is_checked(running: Service) -> None:
    answer = running.api.post("/api/commands/monitors", json={})
    assert answer.status_code in (200, 403), answer.text
    if answer.status_code == 200:
        assert "Zabbix 6.0" in answer.text


def status(running: Service, number: str) -> str:
    """What an incident is."""
    return str(running.incident(number)["status"])


def _given_up(real: Zabbix, admin: str) -> list[Any]:
    asked = {"output": ["alertid"], "filter": {"status": "2", "sendto": "pixelview"}}
    found: list[Any] = real.api("alert.get", asked, admin)
    return found
