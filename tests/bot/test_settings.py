"""pixelview.yaml: every mistake is named with its line, and the environment has the last word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import BadSettings, load, parse

ROOT = Path(__file__).parents[2]


def test_an_empty_file_gives_a_service_that_runs() -> None:
    found = parse("", "p.yaml")
    assert found.database == "sqlite:///pixelview.db"
    definitions = found.definitions()
    assert list(definitions.people) == ["admin"]
    assert definitions.teams["ops"].oncall == "admin"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("- a", "p.yaml:1: the file must be a mapping of settings"),
        ("url: [", "p.yaml:1:"),
        ("url: x\ncolour: red", "p.yaml:2: colour: no such setting"),
        (
            "people:\n  ana: {name: A, zone: Mars}",
            "p.yaml:2: people.ana.zone: Mars is no time zone",
        ),
        ("people:\n  ana:\n    name: A\n    email: nope", "p.yaml:4: people.ana.email:"),
        (
            "teams:\n  db: {members: [zoe]}",
            "p.yaml:2: teams.db.members: zoe is not one of the people",
        ),
        ("routes:\n- name: a\n  team: db", "p.yaml:3: routes.0.team: db is not one of the teams"),
        ("routes:\n- {name: a, policy: p}", "routes.0.policy: p is not one of the policies"),
        (
            "policies:\n  p:\n    steps:\n    - targets: [ana]",
            "p.yaml:4: policies.p.steps.0.targets: ana: write person:<handle>",
        ),
        (
            "policies:\n  p:\n    steps: [{targets: [oncall]}]\n    fallback: [person:zoe]",
            "p.yaml:4: policies.p.fallback: zoe is not one of the people",
        ),
        ("routes:\n- {name: a, channels: ['#ops']}", "write slack:#channel or discord:#channel"),
        ("url: a\nurl: b", "p.yaml:1: url: is there twice"),
        ("slack:\n  bot_token: ${NO_SUCH}", "p.yaml:2: slack.bot_token: the environment has no NO"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, mistake: str) -> None:
    with pytest.raises(BadSettings) as bad:
        parse(text, "p.yaml")
    assert mistake in str(bad.value)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as bad:
        parse("colour: red\nsize: 3\n", "p.yaml")
    assert len(str(bad.value).splitlines()) == 2


def test_a_value_may_come_from_the_environment() -> None:
    text = "slack: {bot_token: '${BOT}', signing_secret: 'a${B}c'}"
    found = parse(text, "p.yaml", {"BOT": "xoxb-1", "B": "b"})
    assert found.slack is not None
    assert (found.slack.bot_token, found.slack.signing_secret) == ("xoxb-1", "abc")


def test_a_discord_id_may_be_written_as_a_number() -> None:
    text = "people:\n  ana: {name: A, discord: 1234567890}\ndiscord: {bot_token: t, guild: 99}"
    found = parse(text, "p.yaml")
    assert found.people["ana"].discord == "1234567890"
    assert found.discord is not None and found.discord.guild == "99"


def test_the_environment_has_the_last_word(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("url: https://a.example\ndatabase: sqlite:///a.db\n")
    environ = {
        "PIXELVIEW_CONFIG": str(file),
        "PIXELVIEW_DATABASE_URL": "sqlite:///b.db",
        "PIXELVIEW_URL": "",
        "PIXELVIEW_KEY_FILE": "k",
    }
    found = load(None, environ)
    assert (found.url, found.database, found.key_file) == (
        "https://a.example",
        "sqlite:///b.db",
        "k",
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"nope.yaml: No such file"):
        load(tmp_path / "nope.yaml", {})


def example() -> str:
    return (ROOT / "pixelview.example.yaml").read_text(encoding="utf-8")


def everything_on(text: str) -> str:
    """The example with every line turned on that is off: a # without one space behind it."""
    lines = [line for line in text.splitlines() if not line.startswith("database: sqlite")]
    return re.sub(r"^( *)#(?! \S| *$)", r"\1", "\n".join(lines), flags=re.MULTILINE)


def test_the_example_is_true() -> None:
    found = parse(example(), "pixelview.example.yaml", {})
    assert {"ana", "omar"} <= set(found.people)
    assert found.definitions().policies


def test_every_line_of_the_example_that_is_off_can_be_turned_on() -> None:
    text = everything_on(example())
    names = re.findall(r"\$\{(\w+)\}", text)
    assert {"SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN", "SMTP_PASSWORD"} <= set(names)
    found = parse(text, "pixelview.example.yaml", dict.fromkeys(names, "x"))
    assert found.slack is not None and found.discord is not None and found.mail is not None
    assert found.intake.sources["backup"]["map"]["key"] == "job.id"
    assert found.people["ana"].discord == "112233445566778899"
    assert found.routes[0].channels == ("slack:#ops-db", "discord:#ops")
