"""A source's own mapping: JMESPath for every field, tables of words, mistakes with their place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations import webhook
from integrations.base import Malformed, Misconfigured, Request
from store.model import AlertReading, AlertStatus, AlertType, Link, Severity

BODY = {
    "site": "Lyon",
    "sent": 1_795_313_340,
    "machines": [
        {
            "no": 17,
            "what": "Press stands still",
            "lamp": "rot",
            "since": "2026-11-22T02:08:00Z",
            "where": {"hall": "B", "line": 3},
            "doc": "https://docs.example/17",
            "steps": ["oil", "restart"],
        },
        {"no": 18, "what": "Press runs", "lamp": "grün", "where": {"hall": "B", "line": 4}},
    ],
}

MAP = {
    "alerts": "machines",
    "key": "join('/', [root().site, to_string(no)])",
    "status": "lamp",
    "severity": "lamp",
    "title": "join(' ', ['Line', to_string(where.line), what])",
    "description": "join(', ', steps || `[]`)",
    "resource": "to_string(no)",
    "type": {"const": "metric"},
    "labels": {"hall": "where.hall", "site": "root().site", "plant": {"const": "north"}},
    "links": {"Manual": "doc"},
    "starts_at": "since",
    "ends_at": "root().sent",
}
SETTINGS = {
    "map": MAP,
    "status_map": {"rot": "firing", "Grün": "resolved"},
    "severity_map": {"rot": "critical", "*": "info"},
}


def read(body: Any, **settings: Any) -> tuple[AlertReading, ...]:
    """The alerts of a body under these settings."""
    return webhook.read(Request(json.dumps(body).encode(), settings=settings)).alerts


def test_every_field_can_be_mapped() -> None:
    down, up = read(BODY, **SETTINGS)
    assert down == AlertReading(
        key="Lyon/17",
        status=AlertStatus.FIRING,
        severity=Severity.CRITICAL,
        title="Line 3 Press stands still",
        type=AlertType.METRIC,
        severity_raw="rot",
        description="oil, restart",
        resource="17",
        labels={"hall": "B", "site": "Lyon", "plant": "north"},
        links=(Link("Manual", "https://docs.example/17"),),
        starts_at=1_795_313_280_000,
        ends_at=None,
    )
    assert (up.status, up.severity, up.key) == (AlertStatus.RESOLVED, Severity.INFO, "Lyon/18")
    assert (up.starts_at, up.ends_at) == (None, 1_795_313_340_000)


def test_a_field_whose_mapping_gives_nothing_is_guessed() -> None:
    settings = {"map": {"title": "nowhere.to.be.found", "severity": "urgency"}}
    (found,) = read({"title": "Guessed", "severity": "warning"}, **settings)
    assert (found.title, found.severity) == ("Guessed", Severity.WARNING)


def test_words_of_the_senders_own_are_looked_up_before_ours() -> None:
    settings = {"status_map": {"error": "resolved"}, "severity_map": {"HIGH": "info"}}
    (found,) = read({"title": "T", "state": "Error", "severity": "high"}, **settings)
    assert (found.status, found.severity) == (AlertStatus.RESOLVED, Severity.INFO)


def test_a_star_stands_for_all_other_words() -> None:
    settings = {"map": {"status": "s"}, "status_map": {"*": "info"}}
    (found,) = read({"title": "T", "s": "zzz"}, **settings)
    assert found.status is AlertStatus.INFO
    (found,) = read({"title": "T", "s": "resolved"}, **settings)
    assert found.status is AlertStatus.RESOLVED


def test_numbers_and_true_are_words_too() -> None:
    settings = {
        "map": {"status": "ok", "severity": "level"},
        "status_map": {"true": "resolved", "false": "firing"},
        "severity_map": {"1": "critical"},
    }
    (found,) = read({"title": "T", "ok": False, "level": 1}, **settings)
    assert (found.status, found.severity) == (AlertStatus.FIRING, Severity.CRITICAL)


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"map": ["x"]}, "map"),
        ({"map": {"tittle": "x"}}, "map.tittle"),
        ({"map": {"title": "a..b"}}, "map.title"),
        ({"map": {"title": ""}}, "map.title"),
        ({"map": {"title": "nosuch(a)"}}, "map.title"),
        ({"map": {"title": {"a": "b"}}}, "map.title"),
        ({"map": {"title": ["a"]}}, "map.title"),
        ({"map": {"labels": {"a": "b["}}}, "map.labels.a"),
        ({"map": {"title": "[" * 5000}}, "map.title"),
        ({"status_map": "x"}, "status_map"),
        ({"status_map": {"x": "burning"}}, "status_map.x"),
        ({"severity_map": {"x": "purple"}}, "severity_map.x"),
    ],
)
def test_a_mapping_that_cannot_work_is_named(settings: dict[str, Any], setting: str) -> None:
    with pytest.raises(Misconfigured) as wrong:
        webhook.check(settings)
    assert wrong.value.setting == setting
    with pytest.raises(Misconfigured):
        read({"title": "T"}, **settings)


@pytest.mark.parametrize(
    ("mapped", "where"),
    [
        ({"title": "length(no)"}, "map.title"),
        ({"alerts": "no"}, "map.alerts"),
        ({"alerts": "empty"}, "map.alerts"),
        ({"alerts": "words"}, "map.alerts[0]"),
        ({"type": "kind"}, "map.type"),
        ({"links": "words"}, "map.links"),
    ],
)
def test_a_body_the_mapping_does_not_fit_is_refused_with_its_place(
    mapped: dict[str, Any], where: str
) -> None:
    body = {"title": "T", "no": 1, "empty": [], "words": ["a"], "kind": "elephant"}
    with pytest.raises(Malformed) as refused:
        read(body, map=mapped)
    assert refused.value.where == where
    assert 400 <= refused.value.status < 500
