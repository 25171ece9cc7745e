"""``pv import``: files, folders and zips in; settings, report and exit status out; what is broken
is named by file and place."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.__main__ import main
from bot.cli import importing
from bot.imports.records import Broken, Document, documents
from bot.settings import load
from tests.imports.support import FIXTURES, asked, imported

WINDOW = ["--from", "2026-09-15"]


def run(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = importing.run(list(argv), out, err)
    return status, out.getvalue(), err.getvalue()


def refused(tmp_path: Path, tool: str, value: Any) -> str:
    file = tmp_path / "export.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    status, out, err = run(tool, str(file), *WINDOW)
    assert (status, out) == (2, "")
    return err.replace(str(tmp_path), "").strip()


def test_the_file_is_written_and_can_be_read_by_the_service(tmp_path: Path) -> None:
    target = tmp_path / "pixelview.yaml"
    status, out, err = run("goalert", str(FIXTURES / "goalert"), "--out", str(target), *WINDOW)
    assert (status, err) == (0, "")
    assert out.startswith("Imported from GoAlert: 3 people, 0 teams, 3 schedules, 1 policy, 1 ro")
    assert "databases: the same (2026-09-15 to 2026-12-14, with GoAlert's rules" in out
    assert set(load(target, {}).schedules) == {"databases", "managers", "rotation-weekly"}


def test_differences_are_listed_with_both_names_and_the_reason_and_exit_one() -> None:
    status, out, err = run("oncall", str(FIXTURES / "oncall"), *WINDOW)
    assert status == 1
    assert out.startswith("# Imported from Grafana OnCall")
    assert "Sat 2026-10-31 08:00 to 09:00 Europe/Berlin  nobody there, omar.haddad here: " in err


def test_an_existing_file_is_not_written_over(tmp_path: Path) -> None:
    target = tmp_path / "pixelview.yaml"
    target.write_text("url: https://pv.example.eu\n")
    argv = ["goalert", str(FIXTURES / "goalert"), "--out", str(target), *WINDOW]
    status, _, err = run(*argv)
    assert (status, "is there already" in err) == (2, True)
    assert target.read_text() == "url: https://pv.example.eu\n"
    assert run(*argv, "--force")[0] == 0


def test_a_zip_a_folder_its_files_and_one_object_say_the_same(tmp_path: Path) -> None:
    folder = FIXTURES / "oncall"
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as file:
        for each in folder.iterdir():
            file.write(each, f"export/{each.name}")
    whole = {each.stem: json.loads(each.read_text()) for each in sorted(folder.iterdir())}
    one = tmp_path / "all.json"
    one.write_text(json.dumps(whole))
    files = [str(each) for each in sorted(folder.iterdir())]
    _, expected, _ = run("oncall", str(folder), *WINDOW)
    assert run("oncall", str(packed), *WINDOW)[1] == expected
    assert run("oncall", *files, *WINDOW)[1] == expected
    assert run("oncall", str(one), *WINDOW)[1] == expected


def test_pages_of_a_listing_are_joined_and_missing_ones_are_said(tmp_path: Path) -> None:
    page = {"count": 3, "next": "…", "previous": None}
    users = [{"id": f"U{n}", "username": f"u{n}", "email": None, "role": "admin"} for n in range(3)]
    (tmp_path / "users-1.json").write_text(json.dumps({**page, "results": users[:1]}))
    (tmp_path / "users-2.json").write_text(json.dumps({**page, "results": users[1:2]}))
    assert "says there are 3, the files have 2" in run("oncall", str(tmp_path), *WINDOW)[2]
    (tmp_path / "users-3.json").write_text(json.dumps({**page, "results": users[2:]}))
    assert "the files have" not in run("oncall", str(tmp_path), *WINDOW)[2]


def test_kinds_that_are_not_known_are_named_and_fields_are_not(tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps({"users": [{"id": "U1", "name": "Ana", "shoe": 39}], "runes": [1]}))
    _, out, err = run("pagerduty", str(file), *WINDOW)
    assert "runes: no kind of PagerDuty that is known" in err
    assert "shoe" not in out + err


LAYER = {
    "name": "L", "start": "2026-01-01T00:00:00Z", "rotation_virtual_start": "2026-01-01T00:00:00Z",
    "rotation_turn_length_seconds": 86400, "users": [{"user": {"id": "U1"}}], "restrictions": [],
}  # fmt: skip


def pagerduty(**changed: Any) -> dict[str, Any]:
    layer = {**LAYER, **changed}
    schedule = {"id": "S", "name": "rota", "time_zone": "UTC", "schedule_layers": [layer]}
    return {"users": [{"id": "U1", "name": "Ana"}], "schedules": [schedule]}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"rotation_turn_length_seconds": "long"}, '.rotation_turn_length_seconds: "long" is no'),
        ({"rotation_turn_length_seconds": 30}, ".rotation_turn_length_seconds: is not a whole"),
        ({"start": "yesterday"}, '.start: "yesterday" is no time'),
        ({"start": "2026-01-01T00:00:00"}, ".start: "),
        ({"users": "U1"}, '.users: "U1" is no list'),
        ({"restrictions": [{"type": "lunar"}]}, ".restrictions[0].start_time_of_day: is missing"),
    ],
)
def test_a_wrong_value_is_named_by_file_and_place(
    tmp_path: Path, changed: dict[str, Any], place: str
) -> None:
    said = refused(tmp_path, "pagerduty", pagerduty(**changed))
    assert said.startswith("/export.json: schedules[0].schedule_layers[0]" + place)


def test_what_is_no_json_is_named_by_line_and_column(tmp_path: Path) -> None:
    assert refused(tmp_path, "oncall", '{\n "users": [}').startswith(
        "/export.json: line 2 column 12: no JSON"
    )
    assert "NaN is no number" in refused(tmp_path, "oncall", '{"users": [NaN]}')
    said = refused(tmp_path, "oncall", '{"users": ["Ana"]}')
    assert said == "/export.json: users[0]: there must be an object or a list of objects"
    assert refused(tmp_path, "oncall", "[]").endswith("see pv import --help")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, _, err = run("oncall", str(tmp_path / "none.json"), *WINDOW)
    assert (status, "none.json" in err) == (2, True)


def test_names_of_any_script_and_kind_make_settings_that_can_be_read(tmp_path: Path) -> None:
    names = [
        "no",
        "null",
        "123",
        "${HOME}",
        "a: b # c",
        "x\ny",
        "李",
        "ana",
        "Ana",
        "\ud800",
        "- x",
    ]
    users = [{"id": f"U{n}", "name": name, "email": name} for n, name in enumerate(names)]
    file = tmp_path / "users.json"
    file.write_text(json.dumps({"users": users}))
    target = tmp_path / "out.yaml"
    status, _, err = run("pagerduty", str(file), "--out", str(target), *WINDOW)
    assert (status, err) == (0, "")
    people = load(target, {}).people
    assert len(people) == len(names)
    assert all(h.replace("-", "").isalnum() and h.isascii() for h in people)
    assert {p.name for p in people.values()} >= {"$ {HOME}", "a: b # c", "x y", "李"}


def test_the_help_says_how_to_get_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["import", "--help"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    for part in ("/api/v1/on_call_shifts/", "/v2/escalations", "final_shifts", "userOverrides"):
        assert part in said


KEYS = [
    "id",
    "users",
    "name",
    "schedules",
    "data",
    "results",
    "nodes",
    "type",
    "rules",
    "start",
    "shifts",
    "targets",
    "email",
]
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)
ODD: list[Any] = [
    "2026-10-25T02:30:00Z", "9999-12-31T23:59:59+14:00", "1971-01-01T00:00:00-23:00", "25:00", -1,
    0, 10**15, [], {}, "", "user", "weekly", "none", "monthly", [[]], ["U4DNY931HHJS5"],
    {"id": "U4DNY931HHJS5"}, "Europe/Berlin",
]  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(tool=st.sampled_from(importing.TOOLS), value=junk)
def test_any_json_is_read_or_refused_with_its_place(tool: str, value: Any) -> None:
    with contextlib.suppress(Broken):
        imported(tool, [Document("junk.json", value)], asked(days=2))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    for key, inner in parts:
        if isinstance(inner, (dict, list)):
            found += places(inner, (*path, key))
        else:
            found.append((*path, key))
    return found


def put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


WHOLE = {tool: documents([FIXTURES / tool])[0] for tool in importing.TOOLS}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(drawn=st.data(), tool=st.sampled_from(importing.TOOLS))
def test_an_export_with_one_odd_value_is_read_or_refused_with_its_place(
    drawn: st.DataObject, tool: str
) -> None:
    files = copy.deepcopy(WHOLE[tool])
    file = drawn.draw(st.sampled_from(files))
    place = drawn.draw(st.sampled_from(places(file.value)))
    put(file.value, place, drawn.draw(junk | st.sampled_from(ODD)))
    try:
        imported(tool, files, asked(days=2))
    except Broken as error:
        assert error.place  # noqa: PT017
