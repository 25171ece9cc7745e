"""Dated cases of who is paged when, through the production engine."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import vectors
from bot.cli.vectors import answers

CASES = Path(__file__).parents[3] / "shared" / "oncall" / "escalations.jsonl"


def shared() -> list[Any]:
    """The lines of the shared file, each under its id."""
    if not CASES.exists():
        gone = pytest.mark.skip(reason=f"{CASES.name} is not beside this checkout")
        return [pytest.param("", id="none", marks=gone)]
    lines = CASES.read_text("utf-8").splitlines()
    return [pytest.param(line, id=json.loads(line)["id"]) for line in lines]


@pytest.mark.parametrize("line", shared())
def test_a_case_goes_as_expected(line: str) -> None:
    case = json.loads(line)
    (answer,) = answers([line])
    assert answer == {"id": case["id"], "ok": True, "got": answer["got"]}


def case(**more: Any) -> dict[str, Any]:
    """One person, one step, ten minutes."""
    return {
        "id": "one", "zone": "Europe/Berlin", "opened": "2026-07-15T10:00:30+00:00",
        "severity": "error", "people": {"ana": {"rules": [{"after": 0, "via": "sms"}]}},
        "policy": {"repeat": 0, "steps": [{"targets": [{"person": "ana"}], "delay": 5}]},
        "until": "2026-07-15T10:10:00+00:00", **more,
    }  # fmt: skip


def answer(one: dict[str, Any]) -> dict[str, Any]:
    """What the command prints for a case."""
    (found,) = answers([json.dumps(one)])
    return found


def test_got_has_the_shape_of_expect_to_the_second_and_in_the_zone_of_the_case() -> None:
    assert answer(case())["got"] == [
        {
            "t": "2026-07-15T12:00:30+02:00", "event": "page", "step": 0, "loop": 0,
            "person": "ana", "via": "sms", "why": "step",
        },
        {"t": "2026-07-15T12:05:30+02:00", "event": "exhausted"},
    ]  # fmt: skip


def test_a_wrong_expectation_is_not_ok_and_none_is_no_answer() -> None:
    assert answer(case())["ok"] is None
    assert answer(case(expect=answer(case())["got"]))["ok"] is True
    assert answer(case(expect=answer(case())["got"][:1]))["ok"] is False
    late = [{**e, "t": "2026-07-15T10:00:31+00:00"} for e in answer(case())["got"]]
    assert answer(case(expect=late))["ok"] is False


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"opened": "2026-07-15T10:00"}, "opened"),
        ({"severity": "high"}, "severity"),
        ({"policy": {"steps": [{"targets": ["ana"]}]}}, "policies.policy.steps[0].targets"),
        ({"actions": [{"at": "2026-07-15T10:01:00+00:00", "do": "dance"}]}, "actions[0].do"),
        ({"actions": [{"do": "ack"}]}, "actions[0].at"),
        ({"schedules": {"s": []}}, "schedules.s"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, Any], where: str) -> None:
    found = answer(case(**change))
    assert (found["ok"], found["where"]) == (False, where) and found["error"]


def test_both_kinds_stand_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    schedule = {"id": "who", "zone": "UTC", "schedule": {"layers": []},
                "expect": {"at": [{"t": "2026-07-15T10:00:00+00:00", "people": []}]}}  # fmt: skip
    path.write_text("\n".join(map(json.dumps, (case(), schedule))), "utf-8")
    out = io.StringIO()
    assert vectors.run([str(path)], out) == 0
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(f["id"], f["ok"]) for f in found] == [("one", None), ("who", True)]
