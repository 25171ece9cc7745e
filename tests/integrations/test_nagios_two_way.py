"""Nagios is told what people did and looked at: the commands, the forms, what is open there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations import _nagios_commands, nagios
from integrations.base import Deed, Did, Misconfigured, Permanent, Request, Transient
from store.model import Alert, AlertStatus, AlertType, Severity

COMMENT_TEXT = "ship; it\n[1] SHUTDOWN_PROGRAM"


def alert(key: str, **labels: str) -> Alert:
    host, _, service = key.partition("!")
    return Alert(
        1, 1, "nagios", key, AlertStatus.FIRING, Severity.CRITICAL, AlertType.SERVICE, 0, None, 0,
        0, 1, key, None, "", host, labels or {"host": host, "service": service}, (),
    )  # fmt: skip


def deed(did: Did, *alerts: Alert, text: str = "") -> Deed:
    return Deed(did, alerts, 1842, "https://pv/i/1842", "Ana", f"Ana {did} it.", text)


def state(status: int, **more: Any) -> dict[str, Any]:
    """A host or service as statusjson.cgi has it."""
    return {
        "status": status, "state_type": 1, "current_notification_number": 1,
        "plugin_output": "DISK FULL", "long_plugin_output": "", "last_state_change": 1_000,
        "problem_has_been_acknowledged": False, "checks_enabled": True, **more,
    }  # fmt: skip


class Cgis:
    """statusjson.cgi and cmd.cgi as strict as Nagios' own: no form without its cookie."""

    def __init__(self) -> None:
        self.hosts: dict[str, Any] = {}
        self.services: dict[str, dict[str, Any]] = {}
        self.comments: list[dict[str, Any]] = []
        self.downtimes: list[dict[str, Any]] = []
        self.program: dict[str, Any] = {"version": "4.4.6", "enable_notifications": True}
        self.forms: list[dict[str, str]] = []
        self.page = "<div class='infoMessage'>Your command was successfully submitted</div>"
        self.late = 0
        cgis = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                asked = {k: v[0] for k, v in parse_qs(url.query).items()}
                if url.path == "/cgi-bin/statusjson.cgi":
                    self.says(json.dumps(cgis.status(asked)))
                else:
                    self.says("<INPUT TYPE='hidden' NAME='nagFormId' VALUE='1bef'", cookie="1bef")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {k: v[0] for k, v in parse_qs(body).items()}
                if form.pop("nagFormId", "") != "1bef" or "1bef" not in self.headers["Cookie"]:
                    self.says("<div class='errorMessage'>Invalid or missing CSRF cookie!</div>")
                    return
                cgis.forms.append(form)
                self.says(cgis.page)

            def says(self, text: str, cookie: str = "") -> None:
                self.send_response(200)
                if cookie:
                    self.send_header("Set-Cookie", f"NagFormId={cookie}; SameSite=Strict")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}/cgi-bin"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def status(self, asked: dict[str, str]) -> dict[str, Any]:
        result = {"query_time": 10**9, "last_data_update": 10**9 - self.late, "type_code": 0}
        query, host = asked["query"], asked.get("hostname", "")
        bad = int(asked.get("hoststatus", asked.get("servicestatus", "")) != "")
        lists = {
            "hostlist": {n: h for n, h in self.hosts.items() if h["status"] > 2},
            "servicelist": {
                n: {s: it for s, it in each.items() if it["status"] > 2}
                for n, each in self.services.items()
            },
            "commentlist": {str(i): c for i, c in enumerate(self.comments)},
            "downtimelist": {str(i): c for i, c in enumerate(self.downtimes)},
            "programstatus": self.program,
        }
        if query == "hostcount":
            return {"result": result, "data": {"count": {"up": len(self.hosts), "down": 0}}}
        if query in lists:
            assert bad or query not in ("hostlist", "servicelist")
            return {"result": result, "data": {query: lists[query]}}
        found = self.hosts.get(host)
        if query == "service":
            found = self.services.get(host, {}).get(asked["servicedescription"])
        if found is None:
            wrong = {"type_code": 6, "type_text": "Option Value Invalid", "message": "not found"}
            return {"result": {**result, **wrong}, "data": {"options": {}}}
        return {"result": result, "data": {query: found}}


@pytest.fixture
def cgis() -> Iterator[Cgis]:
    made = Cgis()
    yield made
    made.server.shutdown()
    made.server.server_close()


async def test_an_acknowledgement_is_a_form_that_sticks_and_tells_nobody(cgis: Cgis) -> None:
    monitor = nagios.connect({"url": cgis.url})
    said = await monitor.tell(deed(Did.ACKNOWLEDGED, alert("web-1!Disk /var"), alert("web-2")))
    await monitor.close()
    assert said == ""
    service, host = cgis.forms
    assert service == {
        "cmd_typ": "34", "cmd_mod": "2", "host": "web-1", "service": "Disk /var",
        "sticky_ack": "on", "persistent": "on", "com_author": "PixelView",
        "com_data": "PixelView #1842: Ana acknowledged it.", "btnSubmit": "Commit",
    }  # fmt: skip
    assert (host["cmd_typ"], host["host"]) == ("33", "web-2")


async def test_told_twice_it_is_written_once(cgis: Cgis) -> None:
    monitor = nagios.connect({"url": cgis.url})
    it = deed(Did.ACKNOWLEDGED, alert("web-1!Disk"))
    cgis.services = {"web-1": {"Disk": state(16, problem_has_been_acknowledged=True)}}
    cgis.comments = [
        {"host_name": "web-1", "service_description": "Disk", "comment_data": it.message()}
    ]
    await monitor.tell(it)
    assert cgis.forms == []
    cgis.services["web-1"]["Disk"]["problem_has_been_acknowledged"] = False
    await monitor.tell(it)
    await monitor.close()
    assert len(cgis.forms) == 1


async def test_a_passive_service_is_set_to_ok_by_a_resolve_where_that_is_wanted(
    cgis: Cgis,
) -> None:
    cgis.services = {"a": {"Trap": state(16, checks_enabled=False), "HTTP": state(16)}}
    monitor = nagios.connect({"url": cgis.url, "passive_results": True})
    await monitor.tell(deed(Did.RESOLVED, alert("a!Trap"), alert("a!HTTP"), text="a|b"))
    await monitor.close()
    assert [form["cmd_typ"] for form in cgis.forms] == ["3", "30", "3"]
    assert cgis.forms[1]["plugin_state"] == "0"
    assert cgis.forms[1]["plugin_output"] == "PixelView #1842: Ana resolved it. a/b"


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("<div class='errorMessage'>Sorry, but you are not authorized to commit</div>",
         Misconfigured),
        ("<div class='errorMessage'>Error: Could not stat() command file</div>", Transient),
        ("<div class='errorMessage'>Error: no such command</div>", Permanent),
        ("It works!", Misconfigured),
    ],
)  # fmt: skip
async def test_a_no_of_nagios_is_understood(cgis: Cgis, page: str, kind: type[Exception]) -> None:
    cgis.page = page
    monitor = nagios.connect({"url": cgis.url})
    with pytest.raises(kind):
        await monitor.tell(deed(Did.NOTED, alert("web-1!Disk")))
    await monitor.close()


async def test_what_nagios_told_of_is_open_and_what_is_well_is_over(cgis: Cgis) -> None:
    cgis.hosts = {"down": state(4), "up": state(2)}
    cgis.services = {
        "web-1": {
            "Disk": state(16),
            "Load": state(4, problem_has_been_acknowledged=True),
            "Soft": state(16, state_type=0),
            "Quiet": state(16, current_notification_number=0),
            "Well": state(2),
            "(null)": state(16),
        }
    }
    cgis.comments = [
        {"host_name": "web-1", "service_description": "Load", "entry_type": 4, "author": "bo",
         "comment_data": "mine"}
    ]  # fmt: skip
    monitor = nagios.connect({"url": cgis.url})
    here = [alert("web-1!Well"), alert("up"), alert("web-1!Gone"), alert("web-1!Quiet")]
    found = {one.key: one for one in await monitor.look(here)}
    await monitor.close()
    assert {key: str(one.status) for key, one in found.items()} == {
        "down": "firing", "web-1!Disk": "firing", "web-1!Load": "acknowledged",
        "web-1!Well": "resolved", "up": "resolved",
    }  # fmt: skip
    assert found["web-1!Disk"].starts_at == 1_000 and found["web-1!Well"].ends_at is None
    assert found["web-1!Load"].description.endswith("bo: mine")
    assert found["down"].type is AlertType.HOST


async def test_what_is_read_and_what_is_looked_at_are_the_same_alert(cgis: Cgis) -> None:
    cgis.services = {"web-1": {"Disk /var": state(16)}}
    monitor = nagios.connect({"url": cgis.url})
    (looked,) = await monitor.look([])
    await monitor.close()
    body = {"type": "PROBLEM", "host": "web-1", "service": "Disk /var", "state": "CRITICAL",
            "output": "DISK FULL"}  # fmt: skip
    (sent,) = nagios.read(Request(json.dumps(body).encode())).alerts
    assert replace(looked, starts_at=None) == sent


async def test_an_old_status_says_nothing(cgis: Cgis) -> None:
    cgis.late = 400_000
    monitor = nagios.connect({"url": cgis.url})
    with pytest.raises(Transient, match="not running"):
        await monitor.look([])
    await monitor.close()


async def test_the_command_file_gets_one_line_whatever_was_written(tmp_path: Path) -> None:
    path = tmp_path / "nagios.cmd"
    os.mkfifo(path)
    monitor = nagios.connect({"command_file": str(path)})
    with pytest.raises(Transient, match="not running"):
        await monitor.tell(deed(Did.NOTED, alert("web-1!Disk"), text=COMMENT_TEXT))
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        await monitor.tell(deed(Did.NOTED, alert("web-1!Disk"), text=COMMENT_TEXT))
        await monitor.tell(deed(Did.UNACKNOWLEDGED, alert("web-1!Disk")))
        lines = os.read(reader, 65_536).decode().splitlines()
    finally:
        os.close(reader)
        await monitor.close()
    spot = "web-1;Disk;1;PixelView;"
    assert [line.partition("] ")[2] for line in lines] == [
        f"ADD_SVC_COMMENT;{spot}PixelView #1842: Ana noted it. ship it [1] SHUTDOWN_PROGRAM",
        "REMOVE_SVC_ACKNOWLEDGEMENT;web-1;Disk",
        f"ADD_SVC_COMMENT;{spot}PixelView #1842: Ana unacknowledged it.",
    ]
    assert await monitor.look([alert("web-1!Disk")]) == ()


@pytest.mark.parametrize("name", ["a;b", "a\n[1] SHUTDOWN_PROGRAM", "a\x00b", "a\u2028b"])
async def test_a_name_that_would_be_a_command_of_its_own_is_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(Permanent):
        _nagios_commands.spot(alert("x", host=name, service="Disk"))
    monitor = nagios.connect({"command_file": str(tmp_path / "none")})
    with pytest.raises(Permanent):
        await monitor.tell(deed(Did.NOTED, alert("x", host=name)))


def test_a_line_fits_a_pipe() -> None:
    (command,) = _nagios_commands.of(
        deed(Did.NOTED, alert("h"), text="日" * 5_000),
        _nagios_commands.Spot("h"),
        "A",
        notify=False,
    )
    line = command.line(1)
    assert len(line) <= 4_096 and line.endswith(b"\n") and line.decode()


@pytest.mark.parametrize("settings", [{}, {"url": "nagios.example.org"}, {"url": "ftp://x"}])
def test_settings_that_lead_nowhere_are_named(settings: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        nagios.connect(settings)


async def test_a_plain_file_is_no_command_file(tmp_path: Path) -> None:
    path = tmp_path / "nagios.cmd"
    path.write_text("")
    with pytest.raises(Misconfigured):
        await nagios.connect({"command_file": str(path)}).tell(deed(Did.NOTED, alert("h")))
    assert path.read_text() == ""


def test_our_own_acknowledgement_coming_back_is_not_news() -> None:
    body = {"type": "ACKNOWLEDGEMENT", "host": "h", "state": "DOWN", "output": "x", "author": "bot"}
    ours = {**body, "comment": "PixelView #7: Ana acknowledged it."}
    assert nagios.read(Request(json.dumps(ours).encode())).alerts == ()
    theirs = {**body, "comment": "as PixelView #7 says"}
    (one,) = nagios.read(Request(json.dumps(theirs).encode())).alerts
    assert one.status is AlertStatus.ACKNOWLEDGED


async def test_downtimes_in_effect_are_silences_with_who_made_them(cgis: Cgis) -> None:
    def down(service: str, **more: Any) -> dict[str, Any]:
        return {
            "downtime_id": 7, "host_name": "a", "service_description": service, "author": "bob",
            "comment": "new disk", "end_time": 100_000, "is_in_effect": True, **more,
        }  # fmt: skip

    cgis.downtimes = [
        down("disk"), down("disk", end_time=200_000, author="zoe"),
        down("load", is_in_effect=False), down("http", comment="PixelView #7: x"), down("other"),
    ]  # fmt: skip
    monitor = nagios.connect({"url": cgis.url})
    here = [alert(f"a!{name}") for name in ("disk", "load", "http")]
    found = await monitor.hushed(here)  # type: ignore[attr-defined]
    assert [(h.key, h.until, h.by, h.text) for h in found] == [
        ("a!disk", 200_000, "zoe", "new disk")
    ]
    assert await monitor.hushed([]) == ()  # type: ignore[attr-defined]
    await monitor.close()


async def test_pixelview_is_a_passive_check_itself(cgis: Cgis, tmp_path: Path) -> None:
    monitor = nagios.connect({"url": cgis.url, "report": "ops!PixelView"})
    await monitor.report(False, "PixelView runs; Discord | is away")  # type: ignore[attr-defined]
    await monitor.close()
    [form] = cgis.forms
    assert (form["cmd_typ"], form["host"], form["service"]) == ("30", "ops", "PixelView")
    assert form["plugin_state"] == "1"
    assert form["plugin_output"] == "PixelView runs Discord / is away"
    with pytest.raises(Misconfigured):
        nagios.connect({"url": cgis.url, "report": "a;b"})
    silent = nagios.connect({"url": cgis.url})
    await silent.report(True, "x")  # type: ignore[attr-defined]
    await silent.close()
    assert len(cgis.forms) == 1


async def test_it_says_whether_it_answers_and_takes_commands(cgis: Cgis, tmp_path: Path) -> None:
    cgis.hosts = {"a": state(2)}
    monitor = nagios.connect({"url": cgis.url})
    rights = await monitor.check()  # type: ignore[attr-defined]
    assert (rights.says, rights.lacks) == (("Nagios 4.4.6", "shows 1 host"), ())
    cgis.program["enable_notifications"], cgis.hosts = False, {}
    rights = await monitor.check()  # type: ignore[attr-defined]
    assert rights.lacks == (
        "its notifications are turned off", "this user sees no host: name it as a contact of some",
    )  # fmt: skip
    await monitor.close()
    fifo = tmp_path / "nagios.cmd"
    os.mkfifo(fifo)
    by_file = nagios.connect({"command_file": str(fifo)})
    with pytest.raises(Transient):
        await by_file.check()  # type: ignore[attr-defined]
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    rights = await by_file.check()  # type: ignore[attr-defined]
    os.close(reader)
    assert rights.says == ("its command file is read",)
    assert rights.lacks == ("without an url it is told, but never looked at",)
