"""Where the definitions come from: a settings file, the running server, or its database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.bot.test_command_line import Server, home, server, token

__all__ = ["home", "server"]

HOLE = """
people:
  ana: {name: Ana Petrova, roles: [admin]}
teams:
  db: {members: [ana], oncall: ana}
"""


def facts(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """What was printed as JSON."""
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_without_a_token_the_version_in_force_is_read_from_the_database(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply"]) == 0
    (home / "other.yaml").write_text(HOLE)
    capsys.readouterr()
    assert main(["simulate", "--service", "db", "--json"]) == 0
    assert facts(capsys)["paged"] == ["ana"]
    assert main(["prove", "--days", "5"]) == 0
    assert main(["prove", "--days", "5", "--config", "other.yaml"]) == 1
    assert "Ana Petrova has no contact that is known" in capsys.readouterr().out


def test_with_a_token_the_server_is_asked(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELVIEW_TOKEN", token(capsys, "--name", "me", "--role", "viewer"))
    assert main(["prove", "--days", "5", "--json"]) == 0
    assert facts(capsys)["ok"] is True
    words = ["simulate", "--severity", "warning", "--service", "db", "--until", "2h"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("If a warning alert with service=db fired")
    assert main(["simulate", "--severity", "high"]) == 2
    assert "high is not a severity" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_no_proof(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELVIEW_TOKEN", "pvr_x")
    monkeypatch.setenv("PIXELVIEW_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    assert main(["prove"]) == 2
    assert "Is the server running?" in capsys.readouterr().err


def test_a_mistake_in_the_file_ends_with_2(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "bad.yaml").write_text("teams: {db: {oncall: zoe}}\n")
    assert main(["prove", "--config", "bad.yaml"]) == 2
    assert "zoe is not one of the people" in capsys.readouterr().err
