"""``python -m bot vectors``: dated cases in, one answer a line out, by the rules that page."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli import vectors

ROOT = Path(__file__).parents[2]
CASES = ROOT.parent / "shared" / "oncall" / "schedules.jsonl"

CASE: dict[str, Any] = {
    "id": "one",
    "zone": "Europe/Berlin",
    "schedule": {
        "layers": [
            {
                "name": "primary",
                "priority": 1,
                "zone": "Europe/Berlin",
                "start": "2026-10-24T09:00",
                "rotation": {"kind": "daily", "length": 1, "people": [["ana"], ["bob", "cyd"]]},
            }
        ]
    },
    "window": {"from": "2026-10-25T00:00:00+02:00", "to": "2026-10-25T12:00:00+01:00"},
    "expect": {
        "shifts": [
            {
                "start": "2026-10-25T00:00:00+02:00",
                "end": "2026-10-25T09:00:00+01:00",
                "people": ["ana"],
            },
            {
                "start": "2026-10-25T09:00:00+01:00",
                "end": "2026-10-25T12:00:00+01:00",
                "people": ["bob", "cyd"],
            },
        ]
    },
}


def answer(case: object) -> dict[str, Any]:
    [only] = vectors.answers([case if isinstance(case, str) else json.dumps(case)])
    return only


def lines() -> list[Any]:
    if not CASES.exists():
        mark = pytest.mark.skip(reason="../shared/oncall is not here: its cases are not run")
        return [pytest.param("", id="absent", marks=mark)]
    found = CASES.read_text("utf-8").splitlines()
    return [pytest.param(line, id=json.loads(line)["id"]) for line in found]


@pytest.mark.parametrize("line", lines())
def test_a_dated_case_comes_out_as_it_should(line: str) -> None:
    said = answer(line)
    assert said.get("got") == json.loads(line)["expect"]
    assert said["ok"] is True


def overflowing() -> list[Any]:
    cases = [json.loads(each.values[0]) for each in lines() if each.values[0]]
    other = [case for case in cases if "go_adddate_overflow" in case.get("expect_alt", {})]
    return [pytest.param(case, id=case["id"]) for case in other]


@pytest.mark.parametrize("case", overflowing())
def test_an_import_can_keep_the_overflow_of_months(case: dict[str, Any]) -> None:
    case["schedule"]["layers"][0]["rotation"]["overflow"] = True
    case["expect"] = case["expect_alt"]["go_adddate_overflow"]
    assert answer(case)["ok"] is True


# ---- answers -----------------------------------------------------------------------------------


def test_the_answer_has_the_shape_of_what_is_expected() -> None:
    assert answer(CASE) == {"id": "one", "ok": True, "got": CASE["expect"]}
    instants = {"at": [{"t": "2026-10-25T07:59:30Z", "people": ["ana"]}]}
    assert answer(CASE | {"expect": instants}) == {
        "id": "one",
        "ok": False,  # at the resolution of a minute the instant is another one
        "got": {"at": [{"t": "2026-10-25T08:59:00+01:00", "people": ["ana"]}]},
    }


def test_instants_are_compared_not_their_spelling() -> None:
    expect = {"at": [{"t": "2026-10-25T08:00:00Z", "people": ["bob", "cyd"]}]}
    said = answer(CASE | {"expect": expect})
    assert said["ok"] is True
    assert said["got"]["at"][0]["t"] == "2026-10-25T09:00:00+01:00"


@pytest.mark.parametrize(
    "people",
    [["ana"], ["cyd", "bob"], [], ["bob", "cyd", "dee"]],
    ids=["another", "unsorted", "nobody", "one-more"],
)
def test_other_people_are_not_ok(people: list[str]) -> None:
    expect = {"at": [{"t": "2026-10-25T08:00:00Z", "people": people}]}
    said = answer(CASE | {"expect": expect})
    assert said["ok"] is False
    assert said["got"]["at"][0]["people"] == ["bob", "cyd"]


def test_a_case_without_an_expectation_gets_its_shifts() -> None:
    case = {key: value for key, value in CASE.items() if key != "expect"}
    assert answer(case) == {"id": "one", "ok": None, "got": CASE["expect"]}


def test_an_escalation_case_that_never_opens_is_refused() -> None:
    assert answer({"id": "e-1", "zone": "UTC", "policy": {"steps": []}}) == {
        "id": "e-1",
        "ok": False,
        "error": "None is no instant like 2026-07-15T10:00:00+00:00",
        "where": "opened",
    }


@pytest.mark.parametrize(
    ("line", "error", "where"),
    [
        ("[1]", "must be an object", "line 1"),
        ("{", "no JSON", "line 1"),
        ('{"id": "one", "zone": "UTC"}', "must be a mapping", "schedule"),
        (CASE | {"zone": "Europe/Atlantis"}, "no time zone", "zone"),
        (CASE | {"window": {}}, "is missing", "window.from"),
        (CASE | {"window": None}, "must be an object", "window"),
        (CASE | {"expect": {"at": ["noon"]}}, "must be a list of objects", "expect.at"),
        (CASE | {"expect": {"at": [{"people": []}]}}, "is missing", "expect.at[0].t"),
        (CASE | {"expect": [1]}, "must be an object", "expect"),
    ],
)
def test_a_line_that_cannot_be_read_says_what_and_where(
    line: object, error: str, where: str
) -> None:
    said = answer(line)
    assert said["ok"] is False
    assert error in said["error"]
    assert said["where"] == where
    assert "got" not in said


# ---- the command -------------------------------------------------------------------------------


def test_every_line_of_a_file_is_answered_and_blank_ones_are_not(tmp_path: Path) -> None:
    file, out = tmp_path / "cases.jsonl", io.StringIO()
    file.write_text("\n".join((json.dumps(CASE), "", "nonsense", json.dumps(CASE), "")))
    assert vectors.run([str(file)], out) == 0
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [each["ok"] for each in said] == [True, False, True]
    assert said[1]["where"] == "line 3"


def test_a_file_that_is_not_there_is_said_and_gives_two(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert vectors.run([str(tmp_path / "none.jsonl")], out, err) == 2
    assert json.loads(err.getvalue())["where"] == "file"
    assert vectors.run([], out, err) == 2
    assert not out.getvalue()


def test_the_command_starts_without_a_server_or_a_database(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(CASE))
    program = (
        "import sys; from bot.__main__ import main; status = main(sys.argv[1:]);"
        "heavy = {'sqlalchemy', 'aiohttp', 'pydantic', 'asyncio'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "vectors", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["ok"] is True
