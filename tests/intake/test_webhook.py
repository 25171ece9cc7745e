"""Bodies of any shape over HTTP: what opens an incident, what ends it, what is only noted."""

from __future__ import annotations

from typing import Any

import pytest

from store.model import AlertStatus, IncidentStatus
from tests.intake.support import FORM, Station


async def state(station: Station, incident: str) -> IncidentStatus:
    """How an incident stands."""
    from store.incidents import get

    found = await station.app.reader.read(lambda tx: get(tx, int(incident)))
    assert found is not None
    return IncidentStatus(found.status)


@pytest.mark.parametrize(
    ("fires", "ends"),
    [
        ({"title": "Disk full", "state": "down"}, {"title": "Disk full", "state": "up"}),
        (
            {"title": "Disk full", "state": "down"},
            {"title": "Disk full", "state": "ok", "started_at": "2026-11-22T02:00:00Z"},
        ),
        (
            {"title": "Disk full", "state": "down", "started_at": "2026-11-22T02:00:00Z"},
            {"title": "Disk full", "state": "ok"},
        ),
        (
            {"title": "[FIRING] Disk", "status": "firing", "host": "db-3"},
            {"title": "[RESOLVED] Disk", "status": "resolved", "host": "db-3"},
        ),
        (
            {"id": 9, "title": "97 % full", "status": "alert", "time": "22.11.2026 03:08"},
            {"id": 9, "title": "12 % full", "status": "ok", "ended_at": "2026-11-21 21:09:00"},
        ),
    ],
)
async def test_what_fires_is_ended_by_the_same_sender(
    station: Station, fires: dict[str, Any], ends: dict[str, Any]
) -> None:
    first = await station.post("webhook", fires)
    assert first.status == 202
    incident = first.body["incident_id"]
    assert await state(station, incident) is IncidentStatus.TRIGGERED
    station.clock.at += 60_000
    repeated = await station.post("webhook", fires)
    assert repeated.body["incidents"] == [incident]
    station.clock.at += 60_000
    assert (await station.post("webhook", ends)).status == 202
    assert await state(station, incident) is IncidentStatus.RESOLVED
    assert (await station.stored())["incidents"] == 1


async def test_an_end_nobody_saw_the_beginning_of_opens_nothing(station: Station) -> None:
    answer = await station.post("webhook", {"title": "T", "status": "resolved"})
    assert answer.body == {"accepted": 1, "incidents": []}
    assert (await station.stored())["incidents"] == 0


async def test_information_opens_nothing(station: Station) -> None:
    for status in ("pending", "started", "in_progress"):
        answer = await station.post("webhook", {"title": "Build 7", "status": status})
        assert (answer.status, answer.body["incidents"]) == (202, [])
    assert (await station.stored())["incidents"] == 0


async def test_one_body_may_fire_and_end(station: Station) -> None:
    await station.post(
        "webhook", [{"title": "A", "state": "down"}, {"title": "B", "state": "down"}]
    )
    answer = await station.post(
        "webhook", [{"title": "A", "state": "up"}, {"title": "C", "state": "down"}]
    )
    assert answer.body["accepted"] == 2
    assert (await station.stored())["alerts"] == 3


async def test_a_form_is_as_good_as_json(station: Station) -> None:
    json = await station.post("webhook", {"title": "Down", "host": "db-3", "state": "CRITICAL"})
    form = await station.post("webhook", "title=Down&host=db-3&state=OK", content_type=FORM)
    assert form.status == 202
    assert await state(station, json.body["incident_id"]) is IncidentStatus.RESOLVED


async def test_nothing_of_a_body_is_taken_where_one_of_its_alerts_is_none(
    station: Station,
) -> None:
    answer = await station.post("webhook", {"alerts": [{"title": "A"}, {"x": {"y": 1}}]})
    assert (answer.status, answer.body["where"]) == (422, "alerts[1]")
    assert not any((await station.stored()).values())


def test_the_words_of_the_contract_are_those_of_the_model() -> None:
    assert set(AlertStatus) == {"firing", "resolved", "acknowledged", "info"}
