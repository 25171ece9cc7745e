"""``stackstorm try``: a StackStorm asked once, without a server or a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.stackstorm import every
from bot.settings import load
from tests.support.stackstorm import StackStorm


async def test_it_says_who_we_are_what_is_there_and_what_is_missing(
    st2: StackStorm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = st2.settings()["api_key"]
    file = tmp_path / "pixelview.yaml"
    file.write_text(
        f"stackstorm:\n  st2: {{url: '{st2.url}', api_key: {key}}}\n"
        f"  other: {{url: '{st2.url}', api_key: not-{key}}}\n"
        "actions:\n  gone: {run: 'st2:pg.gone'}\n"
    )
    settings = load(file)
    assert await every(settings, ["st2"]) == 1
    said = capsys.readouterr().out
    assert "✅ st2 hello: StackStorm 3" in said and "✅ st2 stream: it tells by itself" in said
    assert "❌ st2 settings: action gone: pg.gone is not there, or we may not see it" in said
    assert await every(settings, ["other"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("❌ other hello: api_key: ") and key not in said
    assert not st2.executions
