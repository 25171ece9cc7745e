"""These commands as they are typed: flags, times with their zone, two words for one."""

from __future__ import annotations

from typing import Any

import pytest

from commands.errors import CommandError
from commands.rules.when import BadTime, read_moment
from commands.typed import read_line
from commands.verbs import CATALOG
from tests.simulator.support import NOW, at, settings

KNOWN = settings().definitions()


def typed(line: str) -> tuple[str, dict[str, Any]]:
    """The verb a line means, and its arguments."""
    verb, args = read_line(line, KNOWN)
    return verb.name, args


def test_flags_take_words_and_a_time_goes_on_to_the_next_flag() -> None:
    line = (
        "simulate --severity critical --service db --at 2026-10-25 02:30 Europe/Berlin "
        "--label team=db --label env=prod --ack-at 3m --by ana --until=2h"
    )
    assert typed(line) == (
        "simulate",
        {
            "severity": "critical", "service": "db", "at": "2026-10-25 02:30 Europe/Berlin",
            "label": "team=db,env=prod", "ack_at": "3m", "by": "ana", "until": "2h",
        },
    )  # fmt: skip


@pytest.mark.parametrize("when", ["at sun 02:30", "--at sun 02:30"])
def test_without_flags_it_reads_like_a_sentence(when: str) -> None:
    assert typed(f"simulate critical db {when}") == (
        "simulate", {"severity": "critical", "service": "db", "at": "sun 02:30"},
    )  # fmt: skip


def test_two_words_are_one_command_and_one_is_another() -> None:
    assert typed("drill list") == ("drill-list", {})
    assert typed("drill db --steps 1 --now") == ("drill", {"what": "db", "steps": 1, "now": True})


def test_prove_report_and_why_read_their_words_in_any_order() -> None:
    assert typed("prove 90") == ("prove", {"days": 90})
    assert typed("prove --days 30 policy db") == ("prove", {"days": 30, "policy": "db"})
    assert typed("report db month")[1] == {"team": "db", "period": "month"}
    assert typed("why 1842 @ana") == ("why", {"incident": 1842, "who": "ana"})


def test_words_with_dashes_that_are_no_flag_stay_words() -> None:
    assert typed("note 1842 --severity was wrong -- see the log")[1]["text"] == (
        "--severity was wrong -- see the log"
    )


def test_a_time_may_name_its_zone() -> None:
    berlin = at("2026-10-25T02:30:00+02:00")
    assert read_moment("2026-10-25 02:30 Europe/Berlin", NOW, "UTC") == berlin
    assert read_moment("2026-10-25 00:30 UTC", NOW, "Asia/Dubai") == berlin
    with pytest.raises(BadTime, match="no time zone"):
        read_moment("02:30 Europe/Nowhere", NOW, "UTC")


@pytest.mark.parametrize("name", ["simulate", "prove", "report", "drill", "drill-list", "why"])
def test_the_example_of_each_is_true(name: str) -> None:
    verb = CATALOG[name]
    found, args = read_line(verb.example, KNOWN)
    assert found.name == name
    assert {f.name for f in verb.fields if f.required} <= args.keys()


def test_what_is_no_argument_is_refused() -> None:
    with pytest.raises(CommandError, match="I don't know what"):
        typed("prove soon")
