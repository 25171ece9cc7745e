"""Large bodies are parsed off the event loop; small ones on it, because a thread costs more."""

from __future__ import annotations

import json
import threading
from urllib.parse import urlencode

import pytest

from bot.web import hooks
from integrations import webhook
from integrations.base import Reading, Request
from tests.intake.support import FORM, Station, firing, group


class Listener:
    """Reads as ``webhook`` does, and remembers in which thread."""

    MANIFEST = webhook.MANIFEST

    def __init__(self) -> None:
        self.on_the_loop: list[bool] = []

    def read(self, request: Request) -> Reading:
        """Remember, then read."""
        self.on_the_loop.append(threading.current_thread() is threading.main_thread())
        return webhook.read(request)


@pytest.fixture
def listener(station: Station) -> Listener:
    """Takes the place of ``webhook``."""
    made = Listener()
    station.app.hooks._receivers["webhook"] = made
    return made


async def test_small_bodies_are_read_on_the_loop(station: Station, listener: Listener) -> None:
    for body in ({"title": "T"}, [{"title": f"T{i}"} for i in range(50)]):
        assert (await station.post("webhook", body)).status == 202
    assert (
        await station.post("webhook", group(*[firing(str(i)) for i in range(20)]))
    ).status == 202
    assert listener.on_the_loop == [True] * 3


async def test_large_bodies_and_many_alerts_are_read_off_the_loop(
    station: Station, listener: Listener
) -> None:
    many = [{"title": f"T{i}"} for i in range(hooks.OFF_LOOP_OBJECTS + 1)]
    for body, kind in (
        ({"title": "T", "text": "x" * hooks.OFF_LOOP_BYTES}, "application/json"),
        (many, "application/json"),
        (group(*[firing(str(i)) for i in range(51)]), "application/json"),
        (urlencode({"payload": json.dumps({"alerts": many})}), FORM),
    ):
        answer = await station.post("webhook", body, content_type=kind)
        assert answer.status == 202, answer.text
    assert listener.on_the_loop == [False] * 4


async def test_a_body_of_five_thousand_alerts_is_taken_whole(station: Station) -> None:
    alerts = [{"status": "firing", "labels": {"alertname": "A", "n": str(i)}} for i in range(5_000)]
    answer = await station.post("alertmanager", {"alerts": alerts})
    assert answer.status == 202
    assert answer.body["accepted"] == 5_000
    assert (await station.stored())["alerts"] == 5_000
    assert len(answer.body["incidents"]) == 10  # at most 500 alerts each
