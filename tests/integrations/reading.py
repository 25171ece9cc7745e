"""How the tests of readers ask for what is read of a body of their own."""

from __future__ import annotations

import json
from typing import Any

import integrations
from integrations.base import Receiver, Request
from store.model import AlertReading, AlertStatus

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED
ACKNOWLEDGED, INFO = AlertStatus.ACKNOWLEDGED, AlertStatus.INFO
NOW = 1_795_313_340_000
"""2026-11-22T02:09:00Z."""


def read(tool: str, body: Any, **more: Any) -> list[AlertReading]:
    """The alerts a tool's reader finds in a body."""
    reader = integrations.load(tool)
    assert isinstance(reader, Receiver), f"{tool} reads no webhooks: {integrations.problems()}"
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(reader.read(Request(sent, received_at=NOW, **more)).alerts)


def one(tool: str, body: Any, **more: Any) -> AlertReading:
    """The only alert of a body."""
    (found,) = read(tool, body, **more)
    return found


def states(tool: str, *bodies: Any) -> list[AlertStatus]:
    """The states of one problem, one body after the other; their key must stay the same."""
    found = [one(tool, body) for body in bodies]
    keys = {each.key for each in found}
    assert len(keys) == 1, f"{tool}: {keys}"
    return [each.status for each in found]
