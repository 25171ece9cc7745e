"""Workflows out of words: what is written for StackStorm, and what is wrong with words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.web.workflows import rows_of, steps_of
from commands.rules import orquesta, workflow
from commands.rules.workflow import Takes, Wrong

GOLDEN = Path(__file__).parent / "golden"
KNOWN = {
    "rotate-wal": (
        "pg.rotate_wal",
        [Takes("host", required=True), Takes("keep", "number"), Takes("password", secret=True)],
    ),
    "core.http": (
        "core.http",
        [
            Takes("url", required=True), Takes("method", choices=("GET", "POST")),
            Takes("headers", "object"), Takes("verify", "flag"),
        ],
    ),
    "pg.vacuum": ("pg.vacuum", [Takes("host", required=True), Takes("tables", "list")]),
}  # fmt: skip
TEXT = """\
rotate-wal host=? keep=24 password=?db_password
core.http url="https://example.eu/;a?host=<% ctx().host %>" method=POST headers='{"X-A": "1"}'
pg.vacuum host=<% ctx().host %> tables=a,b if 1 failed and <% ctx().incident > 0 %>
core.http url=https://example.eu/<% task(vacuum).result.stdout %> verify=no always
"""


def made(text: str = TEXT) -> workflow.Workflow:
    """The workflow of some words."""
    return workflow.build("db_cleanup", 'Cleans up: it\'s "quick"', workflow.read(text), KNOWN)


def test_words_become_the_files_that_stackstorm_reads() -> None:
    """Looked through by a real StackStorm (3.10), which found nothing wrong and ran it dry."""
    files = orquesta.files(made(), "ops")
    assert sorted(files) == ["actions/db_cleanup.yaml", "actions/workflows/db_cleanup.yaml"]
    for path, text in files.items():
        assert text == (GOLDEN / f"{path.replace('/', '.')}").read_text(), path
    assert yaml.safe_load(files["actions/workflows/db_cleanup.yaml"]) == orquesta.workflow(made())
    assert yaml.safe_load(files["actions/db_cleanup.yaml"]) == orquesta.metadata(made(), "ops")


def test_a_dry_run_runs_no_step_and_shows_no_secret() -> None:
    tasks = orquesta.workflow(made())["tasks"]
    reached, ahead = set[str](), ["would_1"]
    while ahead:
        name = ahead.pop()
        reached.add(name)
        assert tasks[name]["action"] == "core.noop"
        ahead += [each["do"] for each in tasks[name]["next"] if "do" in each]
    assert reached == {"would_1", "would_2", "would_3", "would_4"}
    assert "db_password" not in str([tasks[name] for name in reached])
    assert "‹task(vacuum).result.stdout›" in str(tasks["would_4"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rotate-wal host=a", "2 to 10 steps"),
        ("\n".join(["core.http url=x"] * 11), "2 to 10 steps"),
        ("rotate-wal ; core.http url=x", "Step 1: rotate-wal needs host="),
        ("rotate-wal host=a size=3 ; core.http url=x", "takes no size; it takes host, keep"),
        ("rotate-wal host=a keep=much ; core.http url=x", "keep is a whole number"),
        ("rotate-wal host=a ; core.http url=x method=PUT", "Step 2: method is one of GET, POST"),
        ("rotate-wal host=a ; core.http url=x if 3 failed", "3 is no step before it"),
        ("rotate-wal host=a if failed ; core.http url=x", "Step 1: the first step"),
        ("rotate-wal host={{ x }} ; core.http url=x", "{{ }} is not taken"),
        ("rotate-wal host=a ; core.http url=<% task(later).result %>", "task(later) is no step"),
        ("rotate-wal host=a ; core.http url=<% ctx().x", "an expression is not closed"),
        ('rotate-wal host="a ; core.http url=x', "2 to 10 steps"),
        ("rotate-wal host=<% st2kv('system.key') %> ; core.http url=x", "st2kv is not taken"),
        ("rotate-wal host=a ; core.http url=x if <% st2kv(x) = 1 %>", "st2kv is not taken"),
        (r"""rotate-wal host=a ; core.http url=x headers='{"a": "\u003c% x"}'""", "other letters"),
        ("rotate-wal host=a unless failed ; core.http url=x", "unless? write parameters"),
    ],
)
def test_what_is_wrong_names_the_step_and_the_mistake(text: str, why: str) -> None:
    with pytest.raises(Wrong, match=re.escape(why)):
        made(text)


def test_the_rows_of_the_console_say_what_was_typed() -> None:
    typed = TEXT + "core.http url=https://example.eu always after 2 and <% ctx().incident > 0 %>\n"
    steps = workflow.read(typed)
    assert workflow.read(steps_of(rows_of(typed))) == steps
    assert steps[-1].after == 2
