"""The command line: operators' commands on the machine itself, verbs through the running server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.app import App, prepare
from bot.cli import remote
from bot.settings import load
from bot.web.api import Api
from bot.web.server import application, serve

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin]}
teams:
  db: {members: [ana], oncall: ana}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with settings, as an operator would stand in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "DATABASE_URL", "KEY", "KEY_FILE", "URL", "TOKEN"):
        monkeypatch.delenv(f"PIXELVIEW_{name}", raising=False)
    (tmp_path / "pixelview.yaml").write_text(YAML)
    return tmp_path


class Server:
    """The service's API on a loop of its own, so that the command line can wait for it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.port = 0
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)
        self.loop.close()

    async def _run(self) -> None:
        settings = load()
        app = App(settings, await prepare(settings))
        await app.open()
        runner, self.port = await serve(
            application(Api(app.door, app.identity, settings.url).routes(), 1 << 20), "127.0.0.1", 0
        )
        self._ready.set()
        await self._end.wait()
        await runner.cleanup()
        await app.stop()


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server that the command line knows of."""
    monkeypatch.setenv("NO_PROXY", "*")
    with Server() as running:
        monkeypatch.setenv("PIXELVIEW_URL", f"http://127.0.0.1:{running.port}")
        yield running


def token(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["token", "create", *args]) == 0
    return capsys.readouterr().out.strip()


def test_the_key_of_a_backup_may_stand_before_its_file(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = home / "backup.key"
    key.write_text("correct horse battery staple")
    (home / "no.pvb").write_bytes(b"no backup")
    assert main(["backup", "verify", "--key", str(key), str(home / "no.pvb")]) == 1
    assert "usage" not in capsys.readouterr().err


def test_a_token_has_limits_a_life_and_is_rotated_with_overlap(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = token(capsys, "--name", "am", "--intake", "alertmanager", "--from", "10.0.0.0/8",
                "--life", "90d")  # fmt: skip
    assert main(["token", "rotate", "am", "--overlap", "2h"]) == 0
    told = capsys.readouterr()
    new = told.out.strip()
    assert new.startswith("pvi_") and new != old and "still works for 2 h" in told.err
    assert main(["token", "list"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "only from 10.0.0.0/8" in first and "ends in" in first
    assert "its old secret" in second
    assert main(["token", "rotate", "am"]) == 2
    assert "rotate again when it has ended" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "said"),
    [(("--role", "king"), "no role king"),
     (("--role", "viewer", "--may", "incident.act"), "has no"),
     (("--role", "viewer", "--from", "there"), "no address range"),
     (("--role", "viewer", "--life", "soon"), "no life"),
     (("--role", "viewer", "--team", "nowhere"), "no team nowhere"),
     (("--intake", "webhook", "--may", "incident.read"), "opens its source alone")],
)  # fmt: skip
def test_a_token_that_can_not_be_is_said(
    home: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    assert main(["token", "create", "--name", "t", *args]) == 2
    assert said in capsys.readouterr().err


def test_a_token_is_printed_once_and_listed_without_its_secret(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = token(capsys, "--name", "am", "--intake", "alertmanager")
    assert secret.startswith("pvi_")
    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    name, opens, end, used, by = listed.rstrip("\n").split("\t")
    assert (name, opens) == ("am", "opens the source alertmanager (alertmanager)")
    assert (end, used, by) == ("no end", "never used", "by the operator")
    assert secret not in listed
    assert main(["token", "revoke", "am"]) == 0
    assert main(["token", "list"]) == 0
    assert "revoked" in capsys.readouterr().out


def test_a_token_that_can_not_be_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token(capsys, "--name", "am", "--role", "viewer")
    assert main(["token", "create", "--name", "am", "--role", "viewer"]) == 2
    assert "there is a token called am already" in capsys.readouterr().err
    assert main(["token", "create", "--name", "b", "--intake", "nagios2"]) == 2
    assert "there is no integration nagios2" in capsys.readouterr().err
    assert main(["token", "create", "--name", "c", "--person", "nobody"]) == 2
    assert "I don't know nobody; people: " in capsys.readouterr().err
    assert main(["token", "revoke", "nobody"]) == 2


def test_the_key_file_is_made_once_and_only_for_its_owner(home: Path) -> None:
    assert main(["audit", "verify"]) == 0
    key = home / "pixelview.key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_text()
    assert main(["audit", "verify"]) == 0
    assert key.read_text() == before


def test_a_lost_key_ends_with_3_and_makes_no_new_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token(capsys, "--name", "am", "--intake", "alertmanager")
    (home / "pixelview.key").rename(home / "elsewhere")
    assert main(["token", "list"]) == 3
    assert "pixelview.key is not there" in capsys.readouterr().err
    assert not (home / "pixelview.key").exists()


def test_plan_says_what_apply_then_does(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply"]) == 0
    assert "version 1 is in force" in capsys.readouterr().out
    assert main(["plan"]) == 0
    assert capsys.readouterr().out == "nothing would change\n"
    (home / "pixelview.yaml").write_text(YAML + "  web: {members: [ana], lead: ana}\n")
    assert main(["plan"]) == 0
    planned = capsys.readouterr().out
    assert "added\tteam\tweb" in planned
    assert main(["apply"]) == 0
    assert "version 2 is in force" in capsys.readouterr().out
    assert main(["audit", "verify"]) == 0


def test_a_sign_in_link_is_for_somebody_who_is_known(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply"])
    capsys.readouterr()
    assert main(["signin"]) == 0
    assert "/signin?link=pvl_" in capsys.readouterr().out
    assert main(["signin", "zoe"]) == 2
    assert capsys.readouterr().err == "I don't know zoe; people: ana\n"


def test_a_mistake_in_the_file_ends_with_2(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "pixelview.yaml").write_text("colour: red\n")
    assert main(["plan"]) == 2
    assert capsys.readouterr().err == "pixelview.yaml:1: colour: no such setting\n"


def test_a_verb_needs_a_token(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ack", "1"]) == 2
    assert "PIXELVIEW_TOKEN" in capsys.readouterr().err


def test_a_verb_without_a_server_says_so(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELVIEW_TOKEN", "pvr_x")
    monkeypatch.setenv("PIXELVIEW_URL", "http://127.0.0.1:9")
    assert main(["ack", "1"]) == 1
    assert "Is the server running?" in capsys.readouterr().err


def test_verbs_go_through_the_server(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELVIEW_TOKEN", token(capsys, "--name", "me", "--role", "responder"))
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "Nothing fits.\n"
    assert main(["list", "team=db", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"incidents": [], "next": None}
    assert main(["list", "severity=loud"]) == 1
    assert capsys.readouterr().err == "loud is not a severity: critical, error, warning, info.\n"
    assert main(["list", "critcal"]) == 0
    assert "Did you mean critical?" in capsys.readouterr().out
    assert main(["view-save", "prod", "title=disk full", "group=service"]) == 0
    assert capsys.readouterr().out == "Saved: prod. See it: view prod\n"
    assert main(["views"]) == 0
    assert capsys.readouterr().out == ('prod: title="disk full", by service · 0 open · yours\n')
    assert main(["ack", "7"]) == 1
    assert capsys.readouterr().err == "There is no incident #7.\n"
    assert main(["help", "ack"]) == 0
    assert capsys.readouterr().out.startswith("Take the incident")
    assert main(["acknowlege", "7"]) == 2
    assert "Did you mean ack?" in capsys.readouterr().err


def test_a_list_is_a_table() -> None:
    rows = [
        {"id": "7", "severity": "critical", "status": "triggered", "holder": None, "title": "Disk"},
        {
            "id": "1842",
            "severity": "info",
            "status": "resolved",
            "holder": "ana",
            "title": "Net\tx",
        },
    ]
    assert remote.listed({"incidents": rows, "next": "7"}) == [
        "#7     critical  triggered  nobody  Disk",
        "#1842  info      resolved   ana     Net x",
        "More: the same with --cursor 7",
    ]
    worst = {"id": "7", "severity": "critical", "title": "Disk"}
    groups = [
        {"value": "postgres", "total": 12, "nobody": 2, "worst": worst},
        {"value": None, "total": 1, "nobody": 0, "worst": {**worst, "severity": "info"}},
    ]
    assert remote.listed({"incidents": rows, "group": "service", "groups": groups}) == [
        "worst     service   all  nobody  incident",
        "critical  postgres  12   2       #7 Disk",
        "info      -         1    0       #7 Disk",
    ]
