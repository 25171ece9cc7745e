"""Real bodies, bent: each part of each of them replaced, dropped, wrapped and doubled.

A reader reads a bent body or refuses it, alike each time, and never fails in any other way.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import integrations
from integrations.base import Misconfigured, Reading, Receiver, Request
from tests.integrations.corpus import of
from tests.integrations.test_fuzz import WORDS, is_sound, outcome

BODIES, BENDS = 12, 40
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, "", " ", [], {}, [None], [[]], [{}], {"": ""},
    {"name": {"name": []}}, "{{x}}", "${a.b}", "0001-01-01T00:00:00Z", "P5", "5-Disaster",
    "\u200b", "\ud800", "\x00", float("nan"), float("inf"), 1e308, 10**400,
    "https://a.example/x", "javascript:alert(1)", *WORDS,
)  # fmt: skip


def receivers() -> list[str]:
    """All integrations that read webhooks."""
    return [name for name in integrations.names() if isinstance(integrations.load(name), Receiver)]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a body, from the outside in."""
    yield path
    inner = value.items() if isinstance(value, dict) else ()
    for name, each in inner or (enumerate(value) if isinstance(value, list) else ()):
        yield from places(each, (*path, name))


def bent(value: Any, rng: random.Random) -> Any:
    """The body with one to three of its parts changed."""
    made = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 2, 3))):
        path = rng.choice(list(places(made)))
        if not path:
            continue
        holder = made
        for step in path[:-1]:
            holder = holder[step]
        last = path[-1]
        kind = rng.randrange(5)
        if kind == 0 and isinstance(holder, dict):
            del holder[last]
        elif kind == 1:
            holder[last] = [holder[last], holder[last]]
        elif kind == 2:
            holder[last] = {"value": holder[last], "name": holder[last]}
        else:
            holder[last] = copy.deepcopy(rng.choice(ODD))
    return made


@pytest.mark.parametrize("name", receivers())
def test_a_bent_body_is_read_or_refused(name: str) -> None:
    reader = integrations.load(name)
    rng = random.Random(name)
    bodies = of(name)
    for sample in rng.sample(bodies, min(BODIES, len(bodies))):
        try:
            whole = json.loads(sample.body)
        except ValueError:
            continue
        for _ in range(BENDS):
            body = json.dumps(bent(whole, rng)).encode()
            asked = replace(sample.request, body=body, content_type="application/json")
            first = told(reader, asked)
            if isinstance(first, Reading):
                for alert in first.alerts:
                    is_sound(alert)
            assert told(reader, asked) == first


@pytest.mark.parametrize("name", receivers())
def test_a_body_cut_off_or_of_another_tool_is_read_or_refused(name: str) -> None:
    reader = integrations.load(name)
    rng = random.Random(name)
    others = [b'{"a":1}', b"[]", b"{}", b"null", b'"x"', b"[1]", b'[{"a":[]}]', b"a=b&c=d", b"<a/>"]
    others += [each.body[: rng.randrange(1, len(each.body))] for each in of(name)[:3]]
    others += [sample.body for sample in rng.sample(of(*receivers()), 25)]
    for body in others:
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/xml", ""):
            first = told(reader, Request(body, kind))
            if isinstance(first, Reading):
                for alert in first.alerts:
                    is_sound(alert)


def told(reader: Any, request: Request) -> Reading | str:
    """What is read or said; a source without its settings may be told so."""
    try:
        return outcome(reader, request)
    except Misconfigured as error:
        return error.setting
