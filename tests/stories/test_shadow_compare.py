"""The old tool's export beside what shadow mode would have done: read in, kept, and compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.shadowing import Unreadable, records, run
from bot.settings import parse
from store.model import Definitions
from store.shadow import Record
from tests.simulator.support import at
from tests.support.world import YAML, World

NIGHT = at("2026-11-22T03:09:00+01:00")


@pytest.fixture
def known() -> Definitions:
    """Ana, Omar and Mei."""
    return parse(YAML, "test.yaml").definitions()


def test_csv_is_read_with_any_of_its_usual_heads_and_ways_to_name_people(
    known: Definitions,
) -> None:
    text = (
        "Time;User;Type;Summary\n"
        "2026-11-22T03:09:00+01:00;Ana Petrova;phone_call;Disk full; really\n"
        "2026-11-22 03:10;omar@example.eu;SMS;Lag\n"
        "1795313460;ana;;Lag\n"
        "2026-11-22T02:12:00Z;zoe;push;Lag\n"
    )
    assert list(records(text, known, "Europe/Berlin")) == [
        Record(NIGHT, "ana", "voice", "Disk full"),
        Record(NIGHT + 60_000, "omar", "sms", "Lag"),
        Record(NIGHT + 120_000, "ana", "", "Lag"),
        Record(NIGHT + 180_000, "zoe", "webpush", "Lag"),
    ]


@pytest.mark.parametrize("lines", ["{}\n{}", "[{}, {}]"])
def test_json_lines_and_a_json_list_are_read_alike(known: Definitions, lines: str) -> None:
    one = '{"time": "2026-11-22T02:09:00Z", "person": "ana", "channel": "sms", "title": "Disk"}'
    text = lines.replace("{}", one)
    assert list(records(text, known, "UTC")) == [Record(NIGHT, "ana", "sms", "Disk")] * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,person\nsoon,ana\n", "line 2: 'soon' is no time"),
        ("time,title\n2026-11-22T02:09:00Z,Disk\n", "line 2: no person; it has time, title"),
        ('{"time": 1}\n{', "line 1: no person"),
        ('{"person": "ana", "time": "2026-11-22T02:09:00Z"}\n{', "line 2: no JSON"),
    ],
)
def test_what_cannot_be_read_is_named(known: Definitions, text: str, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(records(text, known, "UTC"))
    assert said in str(refused.value)


async def test_the_command_keeps_the_record_once_and_says_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/pixelview.db"
    world = await World.build(url, tmp_path, YAML + "shadow: true\n")
    await world.fires()
    await world.end()
    file = tmp_path / "old.csv"
    file.write_text(
        "time,person,channel,title\n"
        "2026-11-22T02:09:10Z,ana,slack,Disk 94 % full on db-3\n"
        "2026-11-22T02:15:00Z,zoe,sms,Certificate ends\n"
    )
    settings = world.app.settings
    assert await run(settings, [str(file)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2 records read, 2 of them new."
    assert said[2] == "Alike: 1. 1 missed."
    assert said[-1] == "Not among our people: zoe"
    assert await run(settings, [str(file), "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert [m["person"] for m in facts["missed"]] == ["zoe"] and not facts["extra"]
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:2]))
    assert await run(settings, [str(file)]) == 1, "what was kept before still differs"
    assert capsys.readouterr().out.startswith("1 records read, 0 of them new.")
