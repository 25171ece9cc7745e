"""``python -m bot try``: the contract of its output, its errors, and what it says of a plan."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli import trial
from tests.integrations.corpus import PAYLOADS, hostile, of

FIELDS = [
    "source", "type", "key", "status", "severity", "severity_raw", "title", "description",
    "resource", "labels", "links", "starts_at", "ends_at",
]  # fmt: skip

BODY = {
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "severity": "page", "instance": "db-3:9100"},
            "annotations": {"summary": "Disk full on db-3", "runbook_url": "https://run.example/d"},
            "startsAt": "2026-11-22T03:09:00.123+01:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "00c0ffee",
        },
        {
            "status": "resolved",
            "labels": {"alertname": "DiskFull", "instance": "db-4:9100"},
            "startsAt": "2026-11-22T02:00:00Z",
            "endsAt": "2026-11-22T02:05:00Z",
            "fingerprint": "00c0ffef",
        },
    ]
}

PLAN = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, slack: U0ANA}
  omar:
    name: Omar Haddad
    slack: U0OMAR
    rules: [{after: 0, via: slack}, {after: 3, via: email}]
    important: [{after: 1, via: slack}]
  mei: {name: Mei Lin}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
policies:
  loud:
    steps:
      - {targets: ["person:mei"], delay: 30}
      - {targets: [oncall], delay: 10}
      - {targets: ["person:ana"], delay: 60, severity: [info]}
      - {targets: [lead], important: true}
routes:
  - {name: disks, match: {alertname: "Disk*"}, team: db, policy: loud}
intake:
  sources:
    shop: {map: {title: "what", severity: {const: warning}}}
"""


def tried(*argv: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, the lines of stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    status = trial.run(list(argv), out, err)
    return status, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


@pytest.fixture
def body(tmp_path: Path) -> str:
    """A file with two alerts."""
    file = tmp_path / "body.json"
    file.write_text(json.dumps(BODY))
    return str(file)


@pytest.fixture
def plan(tmp_path: Path) -> str:
    """A configuration file."""
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    return str(file)


def test_one_line_of_json_per_alert(body: str) -> None:
    status, said, errors = tried("alertmanager", body)
    assert (status, len(said), errors) == (0, 2, "")
    assert all(list(each) == FIELDS for each in said)
    assert said[0] == {
        "source": "alertmanager",
        "type": "metric",
        "key": "00c0ffee",
        "status": "firing",
        "severity": "critical",
        "severity_raw": "page",
        "title": "Disk full on db-3 (DiskFull)",
        "description": "",
        "resource": "db-3:9100",
        "labels": {"alertname": "DiskFull", "severity": "page", "instance": "db-3:9100"},
        "links": [{"name": "Runbook", "url": "https://run.example/d"}],
        "starts_at": "2026-11-22T02:09:00.123Z",
        "ends_at": None,
    }
    assert (said[1]["status"], said[1]["ends_at"]) == ("resolved", "2026-11-22T02:05:00.000Z")


def test_with_a_configuration_it_says_route_policy_and_who_would_be_paged(
    body: str, plan: str
) -> None:
    status, said, _ = tried("alertmanager", body, "--config", plan)
    assert status == 0
    assert said[0]["route"] == {
        "name": "disks",
        "team": "db",
        "why": "Route disks because alertname=DiskFull.",
    }
    assert said[0]["policy"] == "loud"
    asked = [(p["step"], p["minutes"], p["person"], p["via"]) for p in said[0]["pages"]]
    assert asked == [(2, 0, "ana", "slack"), (2, 0, "ana", "email"), (4, 11, "omar", "slack")]
    assert said[0]["pages"][0]["why"] == "on call for team db"
    assert said[1]["pages"] == []


def test_a_source_is_read_by_its_own_mapping(tmp_path: Path, plan: str) -> None:
    file = tmp_path / "order.json"
    file.write_text('{"title": "Order", "what": "Orders stand still", "severity": "critical"}')
    _, (guessed,), _ = tried("webhook", str(file))
    assert (guessed["title"], guessed["severity"]) == ("Order", "critical")
    _, (said,), _ = tried("webhook", str(file), "--config", plan, "--source", "shop")
    assert (said["title"], said["severity"]) == ("Orders stand still", "warning")


@pytest.mark.parametrize(
    ("argv", "where"),
    [
        ((), "arguments"),
        (("alertmanager",), "arguments"),
        (("alertmanager", "BODY", "--nosuch"), "arguments"),
        (("nosuch", "BODY"), "integration"),
        (("pushover", "BODY"), "integration"),
        (("base", "BODY"), "integration"),
        (("alertmanager", "no-such-file.json"), "file"),
        (("alertmanager", "BODY", "--config", "no-such-file.yaml"), "config"),
        (("alertmanager", "BODY", "--content-type", "image/png"), "content-type"),
    ],
)
def test_what_it_cannot_do_is_one_object_on_stderr_and_exit_2(
    argv: tuple[str, ...], where: str, body: str
) -> None:
    status, said, errors = tried(*(body if word == "BODY" else word for word in argv))
    assert (status, said) == (2, [])
    assert errors.count("\n") == 1
    found = json.loads(errors)
    assert set(found) == {"error", "where"} and found["error"] and found["where"] == where


def test_a_mistake_in_the_configuration_names_its_line(body: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("teams:\n  db: {oncall: nobody}\n")
    status, said, errors = tried("alertmanager", body, "--config", str(file))
    assert (status, said) == (2, [])
    assert "wrong.yaml:2: teams.db" in json.loads(errors)["error"]


def test_the_content_type_goes_by_the_name_of_the_file_where_none_is_given(tmp_path: Path) -> None:
    file = tmp_path / "down.form"
    file.write_text("title=Down&state=CRITICAL")
    _, (said,), _ = tried("webhook", str(file))
    assert (said["title"], said["status"]) == ("Down", "firing")


def test_every_hostile_body_is_read_or_refused_as_is_due() -> None:
    names = {"alertmanager": "alertmanager", "generic": "webhook"}
    for sample in hostile(*names):
        argv = [names[sample.target], str(PAYLOADS / sample.file)]
        if sample.content_type:
            argv += ["--content-type", sample.content_type]
        status, said, errors = tried(*argv)
        # Without headers a file only says by its name or first bytes that it is packed.
        if sample.file.endswith("gzip_claimed_but_plain.json"):
            assert status == 0
            continue
        if sample.expected["http"] == "4xx":
            assert (status, said) == (2, []), sample.file
        if sample.expected["http"] == "2xx":
            assert status == 0, (sample.file, errors)
        if status == 2:
            assert set(json.loads(errors)) == {"error", "where"}
        if sample.file.endswith("am_status_unknown_word.json"):
            assert status == 2 and "status" in errors


def test_what_is_read_is_what_the_collection_expects() -> None:
    for sample in of("alertmanager"):
        status, said, _ = tried("alertmanager", str(PAYLOADS / sample.file))
        assert status == 0 and said


def test_it_starts_without_the_database_and_the_server(body: str) -> None:
    code = (
        "import sys, bot.__main__ as m; status = m.main(sys.argv[1:]);"
        "heavy = {'sqlalchemy', 'aiohttp', 'pydantic', 'asyncio'} & set(sys.modules);"
        "sys.exit(status or (str(heavy) if heavy else 0))"
    )
    command = [sys.executable, "-c", code, "try", "alertmanager", body]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert len(found.stdout.splitlines()) == 2
