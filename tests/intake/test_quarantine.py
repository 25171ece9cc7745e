"""Bodies that can't be read: kept once a content, told once an hour, read again when asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from commands.errors import CommandError, Conflict, Invalid, NotFound
from commands.people import actor_of
from commands.typed import read_line
from store import quarantine
from store.access import sources
from store.db import Tx
from store.model import DAY, HOUR, Actor
from store.tables import AUDIT, OUTBOX, QUARANTINE, RUNS
from tests.intake.support import Station
from tests.support.engines import migrated_url
from tests.support.world import YAML, Pad

ODD = {"quoi": "Pompe 3 est vide", "numero": 3, "gravite": "critical"}
MAPPED = YAML + "intake: {sources: {pumps: {map: {title: quoi, key: numero, severity: gravite}}}}\n"


async def do(station: Station, line: str, who: str = "ana") -> str:
    """What somebody is answered who types that."""
    known = station.app.door.definitions()
    verb, args = read_line(line, known)
    done = await station.app.door.do(verb.name, args, actor_of(known.people[who], "slack"))
    return done.say


async def kept(station: Station) -> list[dict[str, Any]]:
    """The quarantine as a program sees it."""
    ana = actor_of(station.app.door.definitions().people["ana"], "slack")
    told = await station.app.door.ask("quarantine", {}, ana)
    found: list[dict[str, Any]] = told.facts["quarantine"]
    return found


async def pages(station: Station) -> int:
    """Pages that were asked for so far, after all that is due."""
    for _ in range(4):
        await station.app.ticker.tick()

    def count(tx: Tx) -> int:
        return int(tx.conn.execute(select(func.count()).select_from(RUNS)).scalar_one())

    return await station.app.reader.read(count)


async def cards(station: Station) -> list[str]:
    """Where it was said that something can't be read."""

    def places(tx: Tx) -> list[str]:
        rows = tx.conn.execute(select(OUTBOX).where(OUTBOX.c.about.like("unread:%")))
        return [row.place for row in rows]

    return await station.app.reader.read(places)


async def test_a_body_that_can_not_be_read_is_kept_once_with_error_and_place(
    each_station: Station,
) -> None:
    station = each_station
    assert (await station.post("webhook", ODD, source="pumps")).status == 422
    station.clock.at += 60_000
    assert (await station.post("webhook", ODD, source="pumps")).status == 422
    assert (await station.post("webhook", b"{", source="pumps")).status == 400
    first, second = await kept(station)
    assert (first["id"], first["where"], first["count"]) == (2, "line 1, column 2", 1)
    assert (second["id"], second["source"], second["count"]) == (1, "pumps", 2)
    assert second["where"] == "body" and "title" in second["error"]
    assert (await station.stored())["alerts"] == 0
    assert (await station.post("webhook", b"x", content_type="a/b", source="pumps")).status == 415
    assert (await station.ask("POST", "/in/webhook/nobody", ODD)).status == 401
    assert len(await kept(station)) == 2

    def rows(tx: Tx) -> list[bytes]:
        return list(tx.conn.execute(select(QUARANTINE.c.sealed)).scalars())

    assert all(b"Pompe" not in sealed for sealed in await station.app.reader.read(rows))


async def test_who_looks_after_the_source_is_told_at_most_once_an_hour(station: Station) -> None:
    await station.post("webhook", ODD, source="pumps")
    station.clock.at += 20 * 60_000
    await station.post("webhook", {"x": 1}, source="pumps")
    assert await cards(station) == ["slack:#ops"]
    await station.post("webhook", {"x": 1}, source="fans")
    assert len(await cards(station)) == 2
    station.clock.at += HOUR
    await station.post("webhook", {"x": 2}, source="pumps")
    assert len(await cards(station)) == 3


async def test_the_card_says_what_was_wrong_and_how_to_look(station: Station) -> None:
    pad: Any = Pad()
    station.app.surfaces["slack"] = pad
    await station.post("webhook", ODD, source="pumps")
    await station.app.outbox.pump()
    while not station.app.outbox.idle:
        await station.app.outbox.pump()
        await asyncio.sleep(0.01)
    ((channel, card),) = pad.posts
    assert channel == "#ops" and card.head.title == "webhooks of pumps"
    assert "title" in "".join(span.text for span in card.state.spans)


async def test_a_thousand_of_a_token_and_a_fortnight_are_kept(station: Station) -> None:
    await station.post("webhook", ODD, source="pumps")

    def many(ctx: Any) -> int:
        (source,) = sources(ctx.tx)
        for n in range(quarantine.MOST + 5):
            body = quarantine.Refused(b"%d" % n, "", "no", "body")
            quarantine.add(ctx.tx, ctx.now + n, source, body)
        held = select(func.count()).select_from(QUARANTINE).where(QUARANTINE.c.token_id == 0)
        return int(ctx.tx.conn.execute(held).scalar_one())

    assert await station.app.door.system(many) == quarantine.MOST
    assert len(await kept(station)) == 100
    station.clock.at += 14 * DAY + HOUR
    await station.app.ticker.minute()
    assert await kept(station) == []


@pytest.fixture
async def mapped(tmp_path: Path) -> AsyncIterator[Station]:
    """A body was refused; then the mapping of its source was put right."""
    url = migrated_url("sqlite", tmp_path)
    before = await Station.build(url, tmp_path)
    await before.post("webhook", ODD, source="pumps")
    await before.end()
    made = await Station.build(url, tmp_path, MAPPED)
    made.clock.at += HOUR
    made.tokens.update(before.tokens)
    yield made
    await made.end()


async def test_a_replay_is_dry_unless_asked(mapped: Station) -> None:
    said = await do(mapped, "replay 1")
    assert said.splitlines()[0].startswith("firing critical: Pompe 3 est vide, key ")
    assert "would open or join an incident of team db" in said
    assert said.splitlines()[-1] == "To take it in: replay 1 live, or replay 1 page"
    assert (await mapped.stored())["alerts"] == 0 and len(await kept(mapped)) == 1


async def test_a_live_replay_opens_it_and_pages_nobody(mapped: Station) -> None:
    assert await do(mapped, "replay 1 live") == "1 alert is taken in (#1); nobody is paged."
    assert await pages(mapped) == 0
    ana = actor_of(mapped.app.door.definitions().people["ana"], "slack")
    found = (await mapped.app.door.ask("show", {"incident": 1}, ana)).incident
    assert (found.status, found.holder, found.team) == ("acknowledged", "ana", "db")
    assert await kept(mapped) == []
    mapped.clock.at += DAY
    assert await pages(mapped) == 0


async def test_a_replay_that_pages_is_asked_for(mapped: Station) -> None:
    said = await do(mapped, "replay 1 page")
    assert said == "1 alert is taken in (#1); paged as for any other."
    assert await pages(mapped) > 0


async def test_a_quiet_replay_makes_no_open_incident_worse(mapped: Station) -> None:
    await mapped.post("webhook", {**ODD, "gravite": "warning"}, source="pumps")
    assert "would count in #1" in await do(mapped, "replay 1")
    said = await do(mapped, "replay 1 live")
    assert said.endswith("1 fires in an open incident already and was left as it is.")
    ana = actor_of(mapped.app.door.definitions().people["ana"], "slack")
    found = (await mapped.app.door.ask("show", {"incident": 1}, ana)).incident
    assert (found.severity, found.holder) == ("warning", None)


async def test_what_can_not_be_replayed(station: Station) -> None:
    await station.post("webhook", ODD, source="pumps")
    wrong: list[tuple[str, type[CommandError], str]] = [
        ("replay 9", NotFound, "There is no 9 in the quarantine"),
        ("replay 1", Conflict, "It still can't be read: .*title"),
        ("replay 1 live", Conflict, "It still can't be read"),
    ]
    for line, error, said in wrong:
        with pytest.raises(error, match=said):
            await do(station, line)


async def test_a_token_can_not_hold_what_a_quiet_replay_opens(mapped: Station) -> None:
    token = Actor("token", "token:ci", "ci", "api", ("admin",))
    with pytest.raises(Invalid, match="a person must"):
        await mapped.app.door.do("replay", {"number": 1, "live": True}, token)
    assert len(await kept(mapped)) == 1


async def test_a_replay_is_on_the_audit(mapped: Station) -> None:
    await do(mapped, "replay 1 live")

    def verbs(tx: Tx) -> list[str]:
        return list(tx.conn.execute(select(AUDIT.c.verb)).scalars())

    assert "replay" in await mapped.app.reader.read(verbs)


async def test_what_came_to_another_tools_address_is_read_again_as_that_tool(
    station: Station,
) -> None:
    key = await station.token("pagerduty")
    event = {"routing_key": key, "event_action": "trigger", "payload": {"summary": ""}}
    assert (await station.ask("POST", "/v2/enqueue", event)).status == 400
    (held,) = await kept(station)
    with pytest.raises(Conflict, match=held["error"]):
        await do(station, "replay 1")
