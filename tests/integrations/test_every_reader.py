"""Every reader, whatever comes: a Reading or Malformed, sound, and the same again."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, settings

import integrations
from integrations.base import Capability, Reading, Receiver, Request
from tests.integrations import test_chat_messages, test_hosts, test_security_and_clusters
from tests.integrations.test_fuzz import is_sound, outcome, requests
from tests.integrations.test_uptime import CHECKS, EXPIRING, QUIET

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2.5, 10**30, "", "x", "\u200b", "\ud800", "\x00", "a" * 400, "${x}", "{{y}}",
    [], {}, [1], ["a"], [{}], [{"a": 1}], {"name": "x"}, [[1, 2]], "2", "resolved", "http://[::1",
    "[", '{"name": "q", "status": "down"}', "9" * 400, "²",
)  # fmt: skip


def receivers() -> dict[str, Receiver]:
    """All that read webhooks."""
    found = {name: integrations.load(name) for name in integrations.names()}
    return {
        name: each
        for name, each in found.items()
        if isinstance(each, Receiver) and Capability.RECEIVE in each.MANIFEST.capabilities
    }


READERS = receivers()


def bodies() -> list[tuple[str, Any]]:
    """Whole bodies of tools, to be spoilt."""
    known: list[tuple[str, Any]] = [
        (tool, body) for tool, *several in (*CHECKS, *EXPIRING) for body in several
    ]
    known += [*QUIET, *test_chat_messages.POSTED]
    known += [(tool, body) for tool, body, _ in test_chat_messages.PRESSED]
    known += [(tool, body) for tool, body, _ in test_chat_messages.STATES]
    known += [("cloudflare", body) for body, _ in test_security_and_clusters.CLOUDFLARE]
    known += [(tool, body) for tool in ("nagios", "checkmk") for body in test_hosts.SAME]
    return [
        *known, ("zabbix", test_hosts.event("1")), ("sensu", test_hosts.sensu(2)),
        ("kubernetes", test_security_and_clusters.kube("Warning", "X")),
    ]  # fmt: skip


def spoilt(value: Any, chance: random.Random) -> Any:
    """The value with some of it replaced, gone, or under another name."""
    if isinstance(value, dict):
        changed: dict[str, Any] = {}
        for name, inner in value.items():
            roll = chance.random()
            if roll < 0.15:
                changed[name] = chance.choice(ODD)
            elif roll < 0.9:
                changed[name] = spoilt(inner, chance)
            elif roll < 0.95:
                changed[chance.choice(("status", "type", "name", "", "\ud800"))] = inner
        return changed
    if isinstance(value, list):
        return [spoilt(each, chance) for each in value]
    return value


def is_right(receiver: Receiver, request: Request) -> None:
    """Read or refused, soundly, and the same again."""
    first = outcome(receiver, request)
    if isinstance(first, Reading):
        for alert in first.alerts:
            is_sound(alert)
    assert outcome(receiver, request) == first


@settings(max_examples=60, deadline=None)
@given(request_=requests)
def test_any_body_at_any_reader(request_: Request) -> None:
    for name, receiver in READERS.items():
        try:
            is_right(receiver, request_)
        except Exception as error:
            error.add_note(f"at {name}")
            raise


def test_spoilt_bodies_of_the_tool_itself() -> None:
    chance = random.Random(20260501)
    for tool, body in bodies() * 25:
        sent = json.dumps(spoilt(body, chance)).encode()
        is_right(READERS[tool], Request(sent, received_at=1_795_313_340_000))
