"""Anchors are kept outside the database: in a channel, in a file, and read back from both."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.record import anchors
from bot.record.settings import AuditSettings
from commands.anchoring import Anchor
from commands.rules.record import RecordRules
from integrations.base import Misconfigured
from store import audit
from store.model import HOUR
from tests.support.world import World

ONE = Anchor(12, 1_795_313_340_000, "ab" * 32, 345)


def posts(world: World, *places: str) -> None:
    """Anchors go to these places, once an hour."""
    rules = RecordRules(None, HOUR, places)
    world.door.rules = dataclasses.replace(world.door.rules, record=rules)


async def an_hour(world: World, times: int = 1) -> None:
    """The ticker looks once an hour."""
    for _ in range(times):
        world.clock.at += HOUR
        await world.app.ticker.minute()
        await world.settle()


async def test_anchors_go_to_a_channel_and_a_file_once_an_hour(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "anchors.jsonl"
    posts(world, "slack:#audit", f"file:{file}")
    await an_hour(world)
    await world.fires()
    world.clock.at += HOUR // 2
    await world.app.ticker.minute()
    await world.settle()
    assert len(file.read_text().splitlines()) == 1
    await an_hour(world)
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    shown = [card for channel, card in world.pad.posts if channel == "#audit"]
    assert len(kept) == len(shown) == 2
    report = await world.app.reader.read(
        lambda tx: audit.examine(tx, outside=anchors.read(file.read_text()))
    )
    assert (report.agreed, report.flaws) == (2, [])
    told = "\n".join(f"{card.head.title}\n{block.text}" for card in shown for block in card.fold)  # type: ignore[union-attr]
    assert [p.seq for p in anchors.read(told)] == [k["anchor"] for k in kept]
    assert [p.mac for p in anchors.read(told)] == [k["mac"] for k in kept]


async def test_where_nothing_is_set_nothing_is_posted(world: World) -> None:
    await an_hour(world, 2)
    assert not [c for c, _ in world.pad.posts if c == "#audit"]


async def test_a_database_that_was_put_back_shows_against_the_file(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "anchors.jsonl"
    posts(world, f"file:{file}")
    await an_hour(world)
    said = file.read_text() + json.dumps({"anchor": 99, "at": "", "rows": 1, "mac": "cd" * 32})
    report = await world.app.reader.read(lambda tx: audit.examine(tx, outside=anchors.read(said)))
    assert [f.where for f in report.flaws] == ["anchor 99"]


# the file


def test_an_anchor_is_appended_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    anchors.append(str(file), ONE)
    anchors.append(str(file), ONE)
    anchors.append(str(file), dataclasses.replace(ONE, seq=13))
    assert [p.seq for p in anchors.read(file.read_text())] == [12, 13]
    assert file.stat().st_mode & 0o007 == 0


def test_where_nobody_may_write_is_a_mistake_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="can't be kept in"):
        anchors.append(str(tmp_path / "missing" / "anchors.jsonl"), ONE)


PASTED = f"""
pixelview  APP  03:14
⚓ RECORD · Anchor 12 of the audit record
345 rows up to 02:09
anchor 12
{"ab" * 32}
Ana: thanks, anchor 13 looks odd
anchor 14
{"CD" * 32}
"""


def test_anchors_are_read_out_of_what_was_copied_from_a_chat() -> None:
    found = [(p.seq, p.mac) for p in anchors.read(PASTED)]
    assert found == [(12, "ab" * 32), (14, "cd" * 32)]


# the command line

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
    assert main(["apply"]) == 0
    return tmp_path


def test_the_command_line_verifies_says_where_and_ends_with_1(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["audit", "verify"]) == 0
    assert "1 row and 0 anchors read, 0 flaws" in capsys.readouterr().out
    import sqlite3

    with sqlite3.connect(home / "pixelview.db") as db:
        db.execute("UPDATE audit SET verb = 'nothing' WHERE seq = 1")
    db.close()
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr()
    assert "audit cli 1: was edited: its MAC does not fit" in said.err and "rows/s" in said.out
    assert main(["audit", "verify", "--since", "whenever"]) == 2


def test_the_command_line_holds_posted_anchors_against_the_database(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "pasted.txt").write_text(PASTED)
    assert main(["audit", "verify", "--anchors", "pasted.txt"]) == 1
    assert "anchor 12: was posted and is not here" in capsys.readouterr().err
    (home / "empty.txt").write_text("nothing")
    assert main(["audit", "verify", "--anchors", "empty.txt"]) == 2


def test_an_export_is_on_record_and_verifies_until_somebody_edits_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "export", "--out", "record.jsonl", "by=operator"]) == 0
    assert main(["audit", "verify", "--export", "record.jsonl"]) == 0
    capsys.readouterr()
    assert main(["audit", "search", "verb=audit.export"]) == 0
    said = capsys.readouterr().out
    assert said.count("the operator audit.export") == 2
    text = (home / "record.jsonl").read_text()
    (home / "record.jsonl").write_text(text.replace("config.apply", "config.other"))
    assert main(["audit", "verify", "--export", "record.jsonl"]) == 1
    (home / "record.jsonl").write_text(text.replace('"surface":"cli"', '"surface":"web"'))
    assert main(["audit", "verify", "--export", "record.jsonl"]) == 1
    (home / "record.jsonl").write_text("{}\n")
    assert main(["audit", "verify", "--export", "record.jsonl"]) == 1


# settings


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"keep": "30d"}, "90d at least"),
        ({"keep": "soon"}, "no span"),
        ({"keep": 400}, "write a span"),
        ({"anchors": {}}, "name a channel or a file"),
        ({"anchors": {"channel": "#audit"}}, "write slack:#audit"),
        ({"syslog": {"host": "log.example", "tls": False}}, "this machine only"),
        ({"syslog": {"host": "log.example", "key": "k.pem"}}, "needs its cert"),
    ],
)
def test_settings_that_can_not_be_are_named(given: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        AuditSettings.model_validate(given)


def test_settings_are_read_as_they_are_written() -> None:
    given = {"keep": "400d", "anchors": {"channel": "slack:#audit", "file": "/a", "every": "30m"}}
    rules = AuditSettings.model_validate(given).rules()
    assert rules == RecordRules(400 * 24 * HOUR, HOUR // 2, ("slack:#audit", "file:/a"))
    assert AuditSettings().rules() == RecordRules()
    assert AuditSettings.model_validate({"syslog": {"host": "::1", "tls": False}}).syslog


async def test_a_section_of_the_settings_that_changed_is_on_record_without_its_value(
    world: World,
) -> None:
    from bot.record import start

    def look(settings: object) -> object:
        return lambda ctx: start.look(ctx, settings, "main")  # type: ignore[arg-type]

    settings = world.app.settings
    await world.door.system(look(settings))  # type: ignore[arg-type]
    other = settings.model_copy(update={"url": "https://secret.example", "noise_report": False})
    await world.door.system(look(other))  # type: ignore[arg-type]
    pages = await world.app.reader.read(
        lambda tx: list(audit.search(tx, audit.Sought(verb="config.settings")))
    )
    (row,) = [e for page in pages for e in page.entries]
    assert row.detail["sections"] == ["noise_report", "url"]
    assert "secret.example" not in str(row.detail)
