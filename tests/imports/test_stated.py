"""What an export itself says of who is on call is believed before anything computed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.imports.records import Document, documents
from bot.imports.spans import aware
from store.model import HOUR
from tests.imports.support import FIXTURES, Result, asked, fixture, imported

WINDOW = asked("2026-09-15", 30)


def stated(tool: str, schedule: str, pieces: list[tuple[str, str, str]]) -> list[Document]:
    """A statement in the shape of the tool's own answer, with the ids of its users."""
    if tool == "oncall":
        rows = [{"user_pk": u, "shift_start": s, "shift_end": e} for s, e, u in pieces]
        return [Document(f"final_shifts_{schedule}.json", {"count": len(rows), "results": rows})]
    periods = [
        {"startDate": s, "endDate": e, "type": "default", "recipient": {"type": "user", "id": u}}
        for s, e, u in pieces
    ]
    timeline = {
        "_parent": {"id": schedule, "name": "x", "enabled": True},
        "startDate": pieces[0][0],
        "endDate": pieces[-1][1],
        "finalTimeline": {"rotations": [{"id": "r", "name": "r", "periods": periods}]},
    }
    return [Document("timeline.json", {"data": timeline})]


CASES = {
    "oncall": ("SBERLIN", "berlin-weeks", {"ana": "U4DNY931HHJS5", "omar": "UOMAR11111111"}),
    "opsgenie": (
        "sch1",
        "ops-schedule",
        {
            "ana": "b5b92115-bfe7-43eb-8c2a-e467f2e5ddc4",
            "omar": "c569c016-75b2-4db6-94b4-24f0a8a10111",
            "zoe": "d0000000-0000-4000-8000-000000000003",
        },
    ),
}


def iso(at: int) -> str:
    return (aware(at) + timedelta()).isoformat()


def with_statement(tool: str, late: int) -> Result:
    """The fixture with a statement of what its rules give, its last handoff ``late`` ms later."""
    key, name, ids = CASES[tool]
    source = fixture(tool, WINDOW).found.sources[name]
    assert source.answer is not None
    pieces: list[tuple[str, str, str]] = []
    answer = source.answer(WINDOW.start, WINDOW.end)
    for start, end, people in answer:
        begin = start + late if (start, end, people) == answer[-1] else start
        pieces += [(iso(begin), iso(end), ids[p]) for p in sorted(people)]
    files: list[Any] = documents([FIXTURES / tool])[0]
    return imported(tool, [*files, *stated(tool, key, pieces)], WINDOW)


@pytest.mark.parametrize("tool", sorted(CASES))
def test_a_statement_that_agrees_is_the_basis_and_gives_no_difference(tool: str) -> None:
    _, name, _ = CASES[tool]
    mine = [c for c in with_statement(tool, 0).compared if c.name == name]
    assert "own" in mine[0].basis
    assert not [d for c in mine for d in c.differences if "own" in c.basis]


@pytest.mark.parametrize("tool", sorted(CASES))
def test_a_statement_that_differs_is_listed(tool: str) -> None:
    _, name, _ = CASES[tool]
    compared = [c for c in with_statement(tool, HOUR).compared if c.name == name]
    (one,) = [d for c in compared if "own" in c.basis for d in c.differences]
    assert one.end - one.start == HOUR
    assert one.ours
    assert set(one.theirs) < set(one.ours)


def test_shifts_that_goalert_states_are_the_basis() -> None:
    files = fixture("goalert", WINDOW)
    assert all("own" not in c.basis for c in files.compared)
    omar = "22222222-2222-4222-8222-222222222222"
    node = {
        "id": "S",
        "name": "solo",
        "timeZone": "Europe/Berlin",
        "targets": [
            {
                "target": {"id": omar, "type": "user", "name": "Omar"},
                "rules": [{"start": "09:00", "end": "17:00", "weekdayFilter": [True] * 7}],
            }
        ],
        "shifts": [
            {"userID": omar, "start": "2026-09-16T07:00:00Z", "end": "2026-09-16T15:00:00Z"},
            {"userID": omar, "start": "2026-09-17T07:00:00Z", "end": "2026-09-17T16:00:00Z"},
        ],
    }
    users = [{"id": omar, "name": "Omar", "email": "omar@example.eu", "role": "admin"}]
    export = {"data": {"users": {"nodes": users}, "schedules": {"nodes": [node]}}}
    result = imported("goalert", [Document("export.json", export)], WINDOW)
    (spoken,) = [c for c in result.compared if "own" in c.basis]
    (one,) = spoken.differences
    assert (one.theirs, one.ours) == (("omar",), ())
    assert iso(one.start) == "2026-09-17T15:00:00+00:00"
    assert one.why == "the result has nobody there"
