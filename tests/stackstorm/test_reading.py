"""What StackStorm says, in our words: settings, parameters, results. Nobody is asked anything."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from integrations import stackstorm
from integrations.base import Misconfigured, Permanent
from integrations.stackstorm import results, saying, schema, shapes, tickets
from integrations.stackstorm.settings import system

KEY = {"api_key": "k" * 20}
URL = {"url": "https://st2.example.eu"}


def test_each_address_is_said_or_follows_from_another() -> None:
    behind = system("st2", {**URL, **KEY})
    assert (behind.api, behind.auth, behind.stream, behind.web) == (
        "https://st2.example.eu/api/v1", "https://st2.example.eu/auth/v1",
        "https://st2.example.eu/stream/v1", "https://st2.example.eu",
    )  # fmt: skip
    apart = system("st2", {"api_url": "http://st2:9101", **KEY})
    assert (apart.api, apart.auth, apart.stream) == (
        "http://st2:9101/v1", "http://st2:9100", "http://st2:9102/v1",
    )  # fmt: skip
    beside = system("st2", {"api_url": "https://x.eu/st2/api/v1", **KEY})
    assert (beside.auth, beside.stream) == ("https://x.eu/st2/auth", "https://x.eu/st2/stream/v1")
    own = {**URL, "auth_url": "http://a:1/", "stream_url": "http://s:2/v1/", **KEY}
    assert (system("", own).auth, system("", own).stream) == ("http://a:1", "http://s:2/v1")
    assert system("", {**URL, "user": "pv", "password": "p"}).way == "password"


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        (KEY, "url"), (URL, "api_key"), ({**URL, "user": "pv"}, "password"),
        ({**URL, **KEY, "token": "x"}, "token"), ({"url": "st2.example.eu", **KEY}, "url"),
        ({"url": "https://a:b@st2", **KEY}, "url"),
        ({"api_url": "http://x:1/y", **KEY}, "stream_url"),
        ({**URL, **KEY, "ca_file": "/none"}, "ca_file"),
        ({**URL, **KEY, "token_ttl": "x"}, "token_ttl"),
        ({**URL, **KEY, "templates": "perhaps"}, "templates"),
        ({**URL, **KEY, "events": {"secrt": "x"}}, "events"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(settings: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        stackstorm.check_runner(settings)
    assert refused.value.setting == wrong


def test_a_form_takes_what_the_schema_says_in_its_order() -> None:
    own = {
        "z": {"type": "string", "position": 0}, "a": {"type": "array", "required": True},
        "hidden": {"type": "string", "immutable": True}, "o": {"type": ["null", "object"]},
        "e": {"type": "integer", "enum": [1, 2]}, "b": {"type": "boolean", "required": True,
                                                       "default": False},
        "t": {"type": "string", "required": True, "default": "{{ config_context.host }}"},
        "odd": {"anyOf": [{"type": "string"}]}, "n": {"type": "number"},
    }  # fmt: skip
    found = schema.params({**own, "timeout": {"type": "integer", "default": 60}}, own)
    assert [each.name for each in found] == ["a", "b", "t", "z", "e", "n", "o", "odd", "timeout"]
    by = {each.name: each for each in found}
    assert [by[n].kind for n in "abzeno"] == ["list", "flag", "text", "number", "decimal", "object"]
    assert by["e"].choices == ("1", "2")
    assert (by["b"].required, by["b"].default) == (False, False)
    assert (by["t"].required, by["t"].default) == (False, None)
    assert "fills it in itself" in by["t"].help
    written = {"z": "", "a": "x, y", "o": '{"k": 1}', "e": "2", "b": "No", "n": "1.5", "more": "m"}
    assert schema.cast(written, own) == {
        "a": ["x", "y"], "o": {"k": 1}, "e": 2, "b": False, "n": 1.5, "more": "m",
    }  # fmt: skip
    assert schema.cast({"e": "two", "o": "k=v", "a": '["x"]'}, own) == {
        "e": "two", "o": {"k": "v"}, "a": ["x"],
    }  # fmt: skip


TRACE = 'Traceback (most recent call last):\n  File "x"\nValueError: no such host\n'
RESULTS: list[tuple[Any, str, tuple[str, str, int | None]]] = [
    ({"stdout": "a\n", "stderr": "", "return_code": 0}, "succeeded", ("a", "", 0)),
    ({"stdout": 7, "stderr": "", "return_code": 0}, "succeeded", ("7", "", 0)),
    ({"stdout": "", "stderr": "warn\nrm: permission denied\nx", "return_code": 1}, "failed",
     ("warn\nrm: permission denied\nx", "rm: permission denied", 1)),
    ({"stdout": "", "stderr": TRACE, "exit_code": 1, "result": "None"}, "failed",
     (TRACE.strip(), "ValueError: no such host", 1)),
    ({"stdout": "s", "stderr": "", "exit_code": 0, "result": {"rows": [1, 2]}}, "succeeded",
     ("s\nrows:\n- 1\n- 2", "", 0)),
    ({"db-1": {"stdout": "ok", "stderr": "", "return_code": 0},
      "db-2": {"stdout": "", "stderr": "fatal: gone", "return_code": 9}}, "failed",
     ("db-1:\nok\ndb-2:\nfatal: gone", "fatal: gone", 9)),
    ({"output": {"freed": "3 GB"}}, "succeeded", ("freed: 3 GB", "", None)),
    ({"output": None, "errors": [{"message": "Execution failed. See result for details.",
      "task_id": "clean", "result": {"stdout": "", "stderr": "df: denied", "return_code": 1}}]},
     "failed", ("clean: df: denied", "clean: df: denied", None)),
    ({"output": {}, "errors": []}, "abandoned", ("", "StackStorm's runner left it", None)),
    ({"error": "Action failed to complete in 2 seconds", "stdout": "", "return_code": -9},
     "timeout", ("", "Action failed to complete in 2 seconds", -9)),
    (None, "failed", ("", "", None)),
    ("plain", "succeeded", ("plain", "", None)),
    ([{"a": 1}], "succeeded", ("- a: 1", "", None)),
]  # fmt: skip


def test_a_result_is_text_with_one_line_that_says_what_went_wrong() -> None:
    for result, status, (said, error, code) in RESULTS:
        told = results.told(result, status, 10_000)
        assert (told.text, told.error, told.code) == (said, error, code), result
    long = results.told({"output": {"x": ["y" * 90] * 900}}, "succeeded", 400)
    assert (len(long.text) <= 400, long.cut) == (True, True)


def test_an_execution_is_read_whatever_it_lacks() -> None:
    assert shapes.remote({}).status == "running"
    one = shapes.remote({
        "id": "a", "action": "x.y", "status": "pausing", "parent": None, "context": None,
        "parameters": {"incident_id": "#42", "incident": True}, "start_timestamp": "soon",
    })  # fmt: skip
    assert (one.ref, one.status, one.incident, one.began_at) == ("x.y", "waiting", 42, None)
    for said, means in (
        ("scheduled", "requested"),
        ("resuming", "running"),
        ("pending", "waiting"),
        ("abandoned", "abandoned"),
        ("succeeded", "done"),
        ("new one", "running"),
    ):
        assert shapes.remote({"status": said}).status == means  # fmt: skip


def test_no_hash_and_no_secret_is_in_what_is_said() -> None:
    said = f"Unauthorized - ApiKey with key_hash={'9f' * 64} not found."
    assert saying.clean(said) == "Unauthorized - ApiKey not found."
    assert saying.clean("first hunter2\n\nOn instance['x']:\n 'y'", ["hunter2"]) == "first ********"


def test_a_token_is_renewed_before_it_ends_by_the_clock_over_there() -> None:
    now = [1_000.0]
    asked: list[dict[str, Any]] = []

    def make(**what: Any) -> tuple[Any, str]:
        asked.append(what)
        if what.get("ttl") == 99_999:
            raise Permanent("TTL specified 99999 is greater than max allowed 86400.")
        token = SimpleNamespace(token=f"t{len(asked)}", expiry="2031-01-01T12:10:00.000000Z")
        return token, "Wed, 01 Jan 2031 12:00:00 GMT"

    ours = tickets.Tickets(
        system("", {**URL, "user": "pv", "password": "p", "token_ttl": 99_999}),
        make,
        lambda: now[0],
    )
    assert ours.headers() == {"X-Auth-Token": "t2"}
    assert asked == [{"ttl": 99_999}, {}]
    now[0] += 479
    assert ours.headers() == {"X-Auth-Token": "t2"}
    now[0] += 2
    assert ours.headers() == {"X-Auth-Token": "t3"}
    assert ours.refused({"X-Auth-Token": "t2"})
    assert ours.headers() == {"X-Auth-Token": "t3"}
    assert ours.refused({"X-Auth-Token": "t3"})
    assert ours.headers() == {"X-Auth-Token": "t4"}
