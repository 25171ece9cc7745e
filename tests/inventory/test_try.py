"""``inventory try``: a source looked at once, without a server or a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import inventory

pytestmark = pytest.mark.usefixtures("fakecloud")


def tried(tmp_path: Path, source: str, *more: str) -> int:
    file = tmp_path / "pixelview.yaml"
    file.write_text(
        "inventory:\n  sources:\n"
        "    prod: {kind: fakecloud, url: 'http://127.0.0.1:9', many: 3, wrong: down}\n"
        "    lost: {kind: fakecloud, url: 'http://127.0.0.1:9', wrong: refuses}\n"
    )
    return inventory.run([source, "--config", str(file), *more])


def test_it_says_what_is_there_and_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(tmp_path, "prod") == 0
    said = capsys.readouterr().out
    assert "2 parts: eu, us" in said and "     6 VMs" in said
    assert "critical: ServerDown: web-eu-000000 is down" in said


def test_one_part_alone_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tried(tmp_path, "prod", "us", "--json") == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["is"] for one in found] == ["resource"] * 3 + ["fault"]
    assert {one["part"] for one in found} == {"us"}


def test_what_fails_is_said_and_so_is_a_name_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(tmp_path, "lost") == 1
    said = capsys.readouterr().out
    assert "eu: did not answer: 503 Service Unavailable" in said and "us: the same" in said
    assert tried(tmp_path, "prod", "asia") == 2
    assert "No part begins with asia; there are eu, us" in capsys.readouterr().err
    assert tried(tmp_path, "nowhere") == 2
    assert "There is no source nowhere; there are: prod, lost" in capsys.readouterr().err
