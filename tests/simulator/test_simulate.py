"""What would happen, minute by minute: the words, the facts, and that nothing real is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from commands import narrate
from commands.errors import Invalid
from store.model import IncidentStatus
from tests.simulator.support import YAML, play

OPENS = (
    "Tue 8 Sep 03:10 CEST  It opens. Route db because service=db. Grouped by service=db. "
    "Critical because the monitor says critical. Policy db, team db."
)
FIRST = (
    "03:10  → Omar Haddad by Slack and e-mail (05:10 there) · on call for team db in schedule "
    "db-primary by layer days"
)


async def test_each_page_says_who_how_when_and_why() -> None:
    told = narrate.told(await play(service="db", at="2026-09-08 03:10 Europe/Berlin"))
    assert told.lines == (
        "If a critical alert with service=db fired Tue 8 Sep 2026 03:10 CEST. Nothing is sent.",
        OPENS,
        "03:10  Paging Omar Haddad (step 1 of 2). db, pass 1 of 1.",
        FIRST,
        "03:15  Paging Omar Haddad (step 2 of 2). db, pass 1 of 1.",
        "03:15  → Omar Haddad by Slack and e-mail (05:15 there) · lead of team db",
        "03:20  Everybody was asked; now the fallback: Omar Haddad. The only pass of db is over.",
        "03:20  → Omar Haddad by Slack and e-mail (05:20 there) · named by the policy",
        "6 pages to Omar Haddad; the first at once.",
        "After 10 min nobody is asked any more: everybody was asked.",
    )


async def test_an_answer_ends_it_and_what_is_not_for_this_severity_is_said() -> None:
    night = await play(
        severity="error", service="db", at="2026-09-01 03:10 Europe/Berlin", ack_at="12m", by="ana"
    )
    lines = narrate.told(night).lines
    assert "03:15  Step 2 of db skipped. It is not for error." in lines
    assert any("2 min after that began" in line for line in lines)
    assert night.incident.status is IncidentStatus.ACKNOWLEDGED
    assert lines[-1] == "Ana Petrova has it; looked at 12 min."


async def test_the_night_clocks_go_back_names_both_hours() -> None:
    lines = narrate.told(await play(service="db", at="2026-10-25 02:58 Europe/Berlin")).lines
    assert lines[1] == "02:58 comes twice that night; this is the first one, in CEST."
    assert any(line.startswith("02:03 CET (clocks changed)  ") for line in lines)


async def test_looking_ends_where_it_is_told_to_and_says_what_comes_next() -> None:
    lines = narrate.told(
        await play(service="db", at="2026-09-08 03:10 Europe/Berlin", until="4m")
    ).lines
    assert lines[-1] == "Looked at 4 min. Next 03:15: Omar Haddad"


async def test_nobody_is_said_loudly() -> None:
    yaml = YAML.replace("[oncall]", '["person:mei"]').replace("[lead]", '["person:mei"]')
    told = narrate.told(await play(yaml.replace('"person:omar"', '"person:mei"'), service="db"))
    assert "NOBODY would be paged." in told.lines


@pytest.mark.parametrize(
    ("args", "where"),
    [
        ({"severity": "high"}, "severity"),
        ({"at": "2026-10-25 02:30 Europe/Berlm"}, "at"),
        ({"label": "team"}, "label"),
        ({"ack_at": "soon"}, "ack_at"),
        ({"until": "9d"}, "until"),
        ({"by": "zoe"}, "by"),
    ],
)
async def test_what_does_not_fit_is_named(args: dict[str, str], where: str) -> None:
    with pytest.raises(Invalid) as refused:
        await play(**args)
    assert refused.value.where == where


def test_the_command_line_needs_no_server_and_makes_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PIXELVIEW_TOKEN", raising=False)
    Path("pv.yaml").write_text(YAML, "utf-8")
    words = ["simulate", "--config", "pv.yaml", "--severity", "critical", "--service", "db"]
    assert main([*words, "--at", "2026-10-25 02:30 Europe/Berlin", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["paged"], found["policy"], found["ok"]) == (["omar"], "db", True)
    assert found["events"][0]["event"] == "opened"
    assert [p.name for p in tmp_path.iterdir()] == ["pv.yaml"]
