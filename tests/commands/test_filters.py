"""The filter language: what people type, what it means, what it fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.rules import filters
from commands.rules.filters import BadFilter
from store.model import AlertReading, AlertStatus, AlertType, Severity

DISK = AlertReading(
    "k", AlertStatus.FIRING, Severity.CRITICAL, "Disk 94 % full on db-3", AlertType.HOST,
    resource="db-3", labels={"hostname": "db-3", "Env": "prod", "service": "postgres"},
)  # fmt: skip


def fits(text: str) -> bool:
    return filters.read(text).fits(filters.of_alert(DISK, "zabbix", "db", "db"))


@pytest.mark.parametrize(
    "text",
    [
        "", "all", "critical", "critical warning", "severity=critical,error", "team db", "team:db",
        "team=db", "host=db-3", "host=db-*", "host=DB-3", "source=zabbix type=host", "disk full",
        '"disk 94"', "env=prod", "service=postgres", "severity!=info", "team!=web", "route:db",
        "resource=db-3", "nosuch!=x", "host:db-3",
    ],
)  # fmt: skip
def test_a_filter_fits_what_it_means(text: str) -> None:
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        "warning", "severity=error,info", "team web", "host=db-4", "host!=db-*", "env=staging",
        "nosuch=x", "disk empty", '"full disk"', "type=service", "critical team web",
    ],
)  # fmt: skip
def test_a_filter_does_not_fit_anything_else(text: str) -> None:
    assert not fits(text)


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("severity=loud", "loud is not a severity"),
        ("host=", "host= has no value"),
        ("status=gone", "gone is not a status"),
        ('"open', "quotation mark"),
    ],
)
def test_what_is_no_filter_says_what_to_type(text: str, say: str) -> None:
    with pytest.raises(BadFilter, match=say):
        filters.read(text)


def test_severities_said_one_by_one_are_alternatives() -> None:
    assert str(filters.read("critical error team db")) == "severity=critical,error team=db"


@given(st.text("abcxyzCRITICAL=!:, \"'\\#*\t", max_size=60))
def test_a_filter_reads_its_own_words_again(text: str) -> None:
    try:
        found = filters.read(text)
    except BadFilter:
        return
    assert filters.read(str(found)) == found
