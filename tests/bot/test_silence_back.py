"""A silence by a filter goes to the monitors that can say it in labels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import integrations
from commands.rules import filters
from commands.silence_back import labels_of
from integrations.base import Capability, Manifest, Permanent, Silencing
from store.model import HOUR
from tests.support.world import START, YAML, World

SETTINGS = """
intake:
  sources:
    alertmanager: {write_back: {url: "http://127.0.0.1:9", every: 0}}
    other: {write_back: {url: "http://127.0.0.1:9", every: 0}}
"""


class Silent:
    """A monitor that can silence; ``fail`` is what it raises once."""

    def __init__(self) -> None:
        self.asked: list[Silencing] = []
        self.fail: list[Exception] = []

    async def tell(self, deed: object) -> str:
        return ""

    async def silence(self, asked: Silencing) -> str:
        if self.fail:
            raise self.fail.pop()
        self.asked.append(asked)
        return ""

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Silent:
    silent = Silent()

    class Module:
        MANIFEST = Manifest("alertmanager", "X", frozenset({Capability.WRITE_BACK}))
        connect = staticmethod(lambda settings: silent)

    real = integrations.load
    monkeypatch.setattr(
        integrations, "load", lambda name: Module if name == "alertmanager" else real(name)
    )
    return silent


@pytest.fixture
async def world(tmp_path: Path, monitor: Silent) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML + SETTINGS)
    await made.source()
    yield made
    await made.end()


async def silences(world: World, what: str) -> None:
    args: dict[str, Any] = {"what": what, "until": "2h", "text": "load test", "no_preview": True}
    await world.does("omar", "silence", None, **args)


async def test_a_silence_by_labels_is_told_with_its_end_and_ended(
    world: World, monitor: Silent
) -> None:
    await silences(world, "namespace=shop-* source=alert*")
    [asked] = monitor.asked
    assert (asked.until, asked.by, asked.criticals) == (START + 2 * HOUR, "Omar Haddad", False)
    [term] = asked.terms
    assert (term.names, term.globs, term.but) == (("namespace",), ("shop-*",), False)
    assert asked.text == "Omar Haddad silenced namespace=shop-* source=alert*. load test"
    await world.does("omar", "silence-end", None, silence=asked.id)
    assert [each.until for each in monitor.asked] == [START + 2 * HOUR, None]


async def test_what_no_label_says_is_told_to_no_monitor(world: World, monitor: Silent) -> None:
    for what in ("team:db", "namespace=shop timeout", "source=other namespace=shop"):
        await silences(world, what)
    assert monitor.asked == []


async def test_a_monitor_that_refuses_is_told_of(world: World, monitor: Silent) -> None:
    monitor.fail = [Permanent("400 bad matcher")]
    await silences(world, "namespace=shop")
    titles = [card.head.title for _, card in world.pad.posts]
    assert "monitor alertmanager" in titles


def test_only_what_is_a_label_is_one() -> None:
    def read(text: str) -> list[dict[str, object]] | None:
        return labels_of(filters.read(text))

    assert read("host=db-3 job!=backup") == [
        {"names": ["host", "hostname", "host_name", "instance", "node", "nodename"],
         "globs": ["db-3"], "but": False},
        {"names": ["job"], "globs": ["backup"], "but": True},
    ]  # fmt: skip
    assert read("label.severity=page") is not None
    for text in ("severity=warning", "job!=backup", "k8s.pod/name=x", "slow", "route=db"):
        assert read(text) is None, text
