"""Large and nasty bodies: read or refused, soon, in little memory, by every reader.

Times are of the processor, and generous: what is looked for grows with the square of a length.
"""

from __future__ import annotations

import copy
import json
import random
import time
import tracemalloc
from functools import cache
from typing import Any

import pytest

from integrations import monit, webhook
from integrations.base import Malformed, Misconfigured, Reading, Receiver, Request
from tests.integrations import heavy
from tests.integrations.corpus import PAYLOADS, of
from tests.integrations.test_every_reader import bodies, receivers
from tests.integrations.test_fuzz import is_sound
from tests.integrations.test_mutations import places

SECONDS = 5.0
MEMORY = 60 << 20
LONG = 64 << 10
SOME = 24
"""So many readers get each mebibyte."""
NASTY = tuple(
    (each * LONG)[:LONG]
    for each in (
        "0", "a", " ", "\n", "1.", "a ", "a:", "a=", "[", "[a", "(", "<", "<a ", "{", "{{", "${",
        "$A", "%", "-", "_", "/", "\\", '"', '="', "http://a", "http://a.", "a.", "a@", "\x1b[",
        "\x1b[1;", "*a", "|", "\u202e", "\u0301", "\ud800", "\x00", "P1 ", "sev1 ", "1 min ",
        "[firing:1] ", "&", "&#", "1,", "0-", "x is ", "aA", "A_", "t:",
    )
)  # fmt: skip
BULKY: tuple[Any, ...] = (
    {f"name{i}": i for i in range(20_000)},
    [{"name": "x", "value": i} for i in range(5_000)],
    ["text"] * 20_000,
    [[1, 2]] * 10_000,
    10**300,
    1.5e300,
    "x" * LONG,
)
RECEIVERS = receivers()


def deep(levels: int) -> Any:
    """An object in an object and so on."""
    value: Any = "x"
    for _ in range(levels):
        value = {"data": [value]}
    return value


def test_each_is_as_large_as_what_is_taken_in_at_all() -> None:
    sizes = {name: len(each.body) for name, each in heavy.all_of_them().items()}
    assert all(700_000 < size <= 1 << 20 for size in sizes.values()), sizes


@pytest.mark.parametrize("name", list(heavy.honest()))
def test_a_mebibyte_of_a_real_sender_is_read(name: str) -> None:
    assert read(webhook, heavy.honest()[name]) is not None


@pytest.mark.parametrize("name", list(heavy.hostile()))
def test_a_mebibyte_that_means_harm_is_done_with_at_once(name: str) -> None:
    read(webhook, heavy.hostile()[name])
    read(monit, heavy.hostile()[name])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", list(heavy.all_of_them()))
def test_a_mebibyte_takes_no_reader_long(name: str) -> None:
    request = heavy.all_of_them()[name]
    some = random.Random(name).sample(sorted(RECEIVERS), SOME)
    for reader in (webhook, *(RECEIVERS[one] for one in some)):
        read(reader, request)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", list(heavy.all_of_them()))
def test_a_mebibyte_takes_little_memory(name: str) -> None:
    request = heavy.all_of_them()[name]
    for reader in (webhook, monit, RECEIVERS["alertmanager"], RECEIVERS["grafana"]):
        tracemalloc.start()
        try:
            read(reader, request, seconds=20)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < MEMORY, f"{peak >> 20} MiB"


@pytest.mark.parametrize("name", sorted(RECEIVERS))
def test_a_nasty_text_anywhere_is_done_with_at_once(name: str) -> None:
    chance = random.Random(name)
    for value in known(name)[:1]:
        paths = texts(value)
        for _ in range(3):
            read(RECEIVERS[name], put(value, chance.choice(paths), chance.choice(NASTY)))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(RECEIVERS))
def test_any_nasty_text_anywhere_is_done_with_at_once(name: str) -> None:
    chance = random.Random(name)
    for value in known(name)[:1]:
        paths = texts(value)
        for text in NASTY:
            for path in chance.sample(paths, min(2, len(paths))):
                read(RECEIVERS[name], put(value, path, text))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(RECEIVERS))
def test_anything_bulky_anywhere_is_done_with_at_once(name: str) -> None:
    chance = random.Random(name)
    for value in known(name)[:1]:
        paths = [path for path in places(value) if path]
        for bulk in (*BULKY, deep(45), deep(60)):
            for path in chance.sample(paths, min(2, len(paths))):
                read(RECEIVERS[name], put(value, path, bulk))


def read(reader: Any, request: Request, seconds: float = SECONDS) -> Reading | None:
    """What is read; None where it is refused."""
    assert isinstance(reader, Receiver)
    began = time.process_time()
    try:
        found = reader.read(request)
    except (Malformed, Misconfigured):
        found = None
    took = time.process_time() - began
    assert took < seconds, f"{reader.MANIFEST.name} took {took:.1f} s"
    for alert in found.alerts if found is not None else ():
        is_sound(alert)
    return found


@cache
def known(name: str) -> list[Any]:
    """JSON bodies this reader reads; some of webhook's where none is known."""
    found = [body for tool, body in bodies() if tool == name]
    if PAYLOADS.exists():
        found += [value for each in of(name) if (value := parsed(each.body)) is not None]
    useful = [value for value in found if isinstance(value, (dict, list)) and texts(value)]
    return useful or [body for _, body in bodies()[:3]]


def parsed(body: bytes) -> Any:
    """The value of a JSON body, None for others."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def texts(value: Any) -> list[tuple[Any, ...]]:
    """Where a text stands."""
    return [path for path in places(value) if path and isinstance(at(value, path), str)]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """What stands there."""
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: tuple[Any, ...], what: Any) -> Request:
    """The body with something else there."""
    made = copy.deepcopy(value)
    at(made, path[:-1])[path[-1]] = what
    return Request(json.dumps(made).encode(), "application/json")


@pytest.mark.parametrize("name", sorted(RECEIVERS))
def test_half_a_letter_anywhere_is_no_fault(name: str) -> None:
    """JSON can hold a lone surrogate, and an address can't."""
    for value in known(name)[:2]:
        for path in texts(value)[:60]:
            whole = at(value, path)
            read(RECEIVERS[name], put(value, path, f"{whole}\ud800"))
            read(RECEIVERS[name], put(value, path, f"\ud800{whole}"))
