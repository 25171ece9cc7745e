"""Whatever comes: a Reading or Malformed and no other error, in bounded time, always the same."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations import _mapping as mapping
from integrations import alertmanager, webhook
from integrations.base import Malformed, Misconfigured, Reading, Request
from integrations.webhook import names
from store.model import AlertReading

pytestmark = pytest.mark.broad

RECEIVERS = (alertmanager, webhook)
TYPES = (
    "", "application/json", "text/plain", "application/x-www-form-urlencoded",
    "multipart/form-data", "text/xml", "application/x+json",
)  # fmt: skip
NAMES = (
    "alerts", "labels", "annotations", "status", "startsAt", "endsAt", "fingerprint", "severity",
    "generatorURL", "externalURL", "commonLabels", "title", "state", "event", "data", "id", "host",
    "attachments", "fields", "alert.name", "value", "name", "type", "url", "tags", "message",
    *sorted(names.WRAPPERS)[:12], *names.RULES[:4], *names.HOSTS[:4],
)  # fmt: skip
WORDS = (
    "firing", "resolved", "critical", "ok", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "${x}",
    "{\"title\": \"x\"}", "http://[::1", "https://a.example/x", "\ud800", "\x00", "a" * 400,
    "ALERT_ENDED", "1e400", "-1", "99999999999999999999999",
)  # fmt: skip

text = st.one_of(st.sampled_from(WORDS), st.text(max_size=20))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), text)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), inner, max_size=7),
    ),
    max_leaves=40,
)
requests = st.builds(
    Request,
    body=st.one_of(
        values.map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=300),
        st.text(max_size=100).map(lambda said: said.encode("utf-8", "surrogatepass")),
    ),
    content_type=st.sampled_from(TYPES),
    headers=st.sampled_from(
        ({}, {"content-type": "multipart/form-data; boundary=X"}, {"content-type": "a\r\nb"})
    ),
    received_at=st.just(1_795_313_340_000),
)


def outcome(receiver: Any, request: Request) -> Reading | str:
    """What is read, or what is said instead; any other error ends the test."""
    try:
        return receiver.read(request)  # type: ignore[no-any-return]
    except Malformed as error:
        refused = error
    assert refused.error and refused.where
    assert 400 <= refused.status < 500
    json.dumps({"error": refused.error, "where": refused.where}).encode()
    return f"{refused.status} {refused.where}: {refused.error}"


def is_sound(alert: AlertReading) -> None:
    """What the store and every surface rely on."""
    assert 0 < len(alert.title) <= 300 and "\n" not in alert.title
    assert 0 < len(alert.key) <= 220
    assert len(alert.description.encode()) <= 17_000
    assert len(alert.labels) <= 100 and all(alert.labels) and all(alert.labels.values())
    assert all(link.url.startswith(("http://", "https://")) for link in alert.links)
    for at in (alert.starts_at, alert.ends_at):
        assert at is None or 0 < at <= 4_102_444_800_000
    whole = [
        alert.title, alert.key, alert.description, alert.resource or "", alert.severity_raw or "",
        *alert.labels, *alert.labels.values(), *(link.url for link in alert.links),
    ]  # fmt: skip
    for part in whole:
        part.encode("utf-8", "strict")
        assert "\x00" not in part


@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda each: each.MANIFEST.name)
@settings(max_examples=400, deadline=2_000)
@given(request=requests)
@example(request=Request(b'{"alerts":[{"labels":{"":"x"},"status":"firing"}]}'))
@example(request=Request(b'{"title":"\\ud800","labels":{"\\udfff":"\\ud800"}}'))
@example(request=Request(b"[[[[[[]]]]]]"))
@example(request=Request(b'{"title":"\\u200b","name":"\\u202e"}'))
@example(request=Request(b'{"title":"x","id":"\\u200b"}'))
@example(request=Request(b'{"alerts":[{"fingerprint":"\\u200b","status":"firing"}]}'))
def test_any_body_is_read_or_refused_and_read_alike_again(receiver: Any, request: Request) -> None:
    before = (bytes(request.body), dict(request.headers))
    first = outcome(receiver, request)
    if isinstance(first, Reading):
        for alert in first.alerts:
            is_sound(alert)
    assert outcome(receiver, request) == first
    assert (request.body, dict(request.headers)) == before


@settings(max_examples=200, deadline=2_000)
@given(
    request=requests,
    expression=st.one_of(
        st.text(max_size=30),
        st.sampled_from(("alerts[]", "*", "@", "root()", "a.b[0]", "to_number(@)", "keys(@)")),
    ),
    field=st.sampled_from(mapping.FIELDS),
)
def test_any_mapping_of_any_body_is_read_refused_or_named(
    request: Request, expression: str, field: str
) -> None:
    asked = Request(request.body, request.content_type, settings={"map": {field: expression}})
    try:
        first = outcome(webhook, asked)
    except Misconfigured as error:
        first = error.setting
    assert first
    if isinstance(first, Reading):
        for alert in first.alerts:
            is_sound(alert)


def slow_bodies() -> dict[str, bytes]:
    """A mebibyte of what a careless reader would take minutes for."""
    size = 1 << 20
    return {
        "brackets": b"[" * size,
        "objects": b'{"a":' * (size // 5),
        "one long text": json.dumps({"title": "a " * (size // 3), "status": "x"}).encode(),
        "marks": json.dumps({"title": "e" + "\u0301" * (size // 8), "a": "\u202e" * 1000}).encode(),
        "many fields": json.dumps({f"k{i}": "some words here" for i in range(size // 30)}).encode(),
        "many alerts": json.dumps([{"a": 1}] * (size // 9)).encode(),
        "thousand alerts": json.dumps([{"title": "t", "x": "y" * 900}] * 1000).encode(),
        "nested data": json.dumps(_nest({"title": "x"}, 90)).encode(),
        "wide data": json.dumps({f"x{i}data": {"a": "b"} for i in range(size // 25)}).encode(),
        "brace text": json.dumps({"message": "{" * (size - 30)}).encode(),
        "variables": json.dumps({"title": "${" * (size // 2 - 20), "b": "{{" * 99}).encode(),
        "labels": json.dumps(
            {"alerts": [{"status": "firing", "labels": {f"l{i}": "v" for i in range(60_000)}}]}
        ).encode(),
        "alerts": json.dumps(
            {"alerts": [{"status": "firing", "labels": {"a": str(i)}} for i in range(16_000)]}
        ).encode(),
        "url": json.dumps({"title": "t", "url": "http://" + "a." * (size // 3)}).encode(),
        "digits": b'{"title": ' + b"9" * (size - 20) + b"}",
        "spaces": b" " * size,
        "ansi": json.dumps({"title": "\x1b[" + "1;" * (size // 4)}).encode(),
        "brackets in a title": json.dumps({"title": "[firing " * (size // 10)}).encode(),
    }  # fmt: skip


def _nest(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = {"data": value}
    return value


@pytest.mark.parametrize("name", list(slow_bodies()))
@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda each: each.MANIFEST.name)
def test_a_mebibyte_of_anything_takes_bounded_time(receiver: Any, name: str) -> None:
    body = slow_bodies()[name]
    began = time.process_time()
    outcome(receiver, Request(body))
    assert time.process_time() - began < 5, "far more than any honest body takes"


def test_a_form_of_many_fields_or_many_parts_takes_bounded_time() -> None:
    form = "application/x-www-form-urlencoded"
    parts = b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 18_000 + b"--X--"
    began = time.process_time()
    outcome(webhook, Request(b"a=b&" * (1 << 18), form))
    header = {"content-type": "multipart/form-data; boundary=X"}
    outcome(webhook, Request(parts, "multipart/form-data", header))
    assert time.process_time() - began < 10
