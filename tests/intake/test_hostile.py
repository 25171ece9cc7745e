"""Every hostile body over HTTP into the real service, on both engines: what its index row says."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from sqlalchemy import select

from store.alerts import of_incident
from store.db import Tx
from store.model import Alert, AlertStatus
from store.tables import INCIDENTS
from tests.intake.support import Answered, Station
from tests.integrations.corpus import Sample, hostile

TARGETS = {"alertmanager": "alertmanager", "generic": "webhook"}
NAMED = ("alerts", "labels", "status", "annotations")


async def test_every_hostile_body_gets_what_is_due_to_it(each_station: Station) -> None:
    wrong: list[str] = []
    taken = refused = 0
    for sample in hostile(*TARGETS):
        before = await each_station.stored()
        answer = await send(each_station, sample)
        after = await each_station.stored()
        wrong += [f"{sample.file}: {problem}" for problem in problems(sample, answer)]
        if answer.status == 202:
            taken += 1
        else:
            refused += 1
            if after["alerts"] != before["alerts"] or after["incidents"] != before["incidents"]:
                wrong.append(f"{sample.file}: refused, but something is stored")
    assert not wrong
    assert (taken, refused) == (26, 27)
    kept = await alerts(each_station)
    assert kept and {each.status for each in kept} == {AlertStatus.FIRING}
    for each in kept:
        assert clean(each), each
    incidents = await shown(each_station)
    json.dumps(incidents, allow_nan=False).encode("utf-8", "strict")


async def send(station: Station, sample: Sample) -> Answered:
    """Each from a source of its own, so that each opens what it has to open."""
    return await station.post(
        TARGETS[sample.target],
        sample.body,
        content_type=sample.content_type,
        headers=sample.headers,
        source=sample.file,
    )


def problems(sample: Sample, answer: Answered) -> list[str]:
    """What is not as the row says."""
    found: list[str] = []
    due, must = sample.expected["http"], sample.expected["must"]
    if answer.status not in (202, 400, 413, 415, 422):
        found.append(f"answered {answer.status}")
    if due == "4xx" and answer.status == 202:
        found.append(f"taken, but {must}")
    if due == "2xx" and answer.status != 202:
        found.append(f"refused with {answer.text}, but {must}")
    if answer.status != 202:
        body = answer.body
        if set(body) != {"error", "where"} or not body["error"] or not body["where"]:
            found.append(f"refused with {body}")
        word = must.rpartition("naming ")[2]
        if word in NAMED and word not in answer.text:
            found.append(f"{answer.text} does not name {word}")
    if "Traceback" in answer.text or ".py" in answer.text:
        found.append("shows our inside")
    if answer.headers["Content-Type"] != "application/json; charset=utf-8":
        found.append("answers no JSON")
    return found


async def alerts(station: Station) -> list[Alert]:
    """All alerts there are."""

    def read(tx: Tx) -> list[Alert]:
        ids = [row.id for row in tx.conn.execute(select(INCIDENTS.c.id))]
        return [alert for each in ids for alert in of_incident(tx, each)]

    found: list[Alert] = await station.app.reader.read(read)
    return found


def clean(alert: Alert) -> bool:
    """No control, direction or zero-width character, no lone surrogate, no odd link is kept."""
    texts = [alert.title, alert.key, *alert.labels, *alert.labels.values()]
    for text in texts:
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Co")], text
        assert "\u202e" not in text and "\x1b" not in text
    assert "\x00" not in alert.description and "\x1b" not in alert.description
    return all(link.url.startswith(("http://", "https://")) for link in alert.links)


async def shown(station: Station) -> Any:
    """What the API says of all of them."""
    from store.access import create_token

    secret = await station.app.door.system(
        lambda ctx: create_token(ctx.tx, ctx.now, "reader", role="viewer")
    )
    answer = await station.ask(
        "GET",
        "/api/incidents?status=all&limit=1000",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status == 200, answer.text
    return answer.body
