"""The record in the console: who may see it, what it shows, and what is taken along."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from store import audit
from store.audit import Entry, Sought
from tests.support.engines import migrated_url
from tests.support.world import YAML
from tests.web.site import Site, Visitor


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A PixelView that listens on loopback, with something on record."""
    made = await Site.build(migrated_url("sqlite", tmp_path), tmp_path, YAML)
    incident = await made.world.fires(title="<script>alert(1)</script> disk")
    await made.world.does("ana", "ack", incident)
    await made.world.does("ana", "note", incident, text="=1+1 <b>bold</b>")
    yield made
    await made.end()


@pytest.fixture
async def ana(site: Site) -> Visitor:
    """An admin."""
    return await site.visitor("ana")


async def rows(site: Site, verb: str) -> list[Entry]:
    """What is on record of a verb, newest first."""
    reader = site.world.app.reader
    pages = await reader.read(lambda tx: list(audit.search(tx, Sought(verb=verb))))
    return [entry for page in pages for entry in page.entries]


async def test_the_page_shows_who_did_what_before_and_after(ana: Visitor) -> None:
    page = await ana.get("/audit?verb=ack")
    assert page.status == 200
    assert "Ana Petrova ack #1" in page.words
    assert "status triggered → acknowledged" in page.words
    assert "from Slack" in page.words


async def test_what_strangers_wrote_is_text(ana: Visitor) -> None:
    page = await ana.get("/audit")
    assert "<script>alert" not in page.text and "<b>bold" not in page.text


async def test_filters_narrow_and_say_what_can_not_be_read(ana: Visitor) -> None:
    assert "Nothing like that is on record." in (await ana.get("/audit?actor=omar")).words
    wrong = await ana.get("/audit?since=whenever")
    assert wrong.status == 422 and 'role="alert"' in wrong.text


async def test_pages_of_a_hundred_lead_to_older_ones(site: Site, ana: Visitor) -> None:
    def fill(ctx: object) -> None:
        for n in range(150):
            tx, now = ctx.tx, ctx.now  # type: ignore[attr-defined]
            audit.append(tx, "main", now, site.world.actor("ana"), "fill", "ok", None, {"n": n})

    await site.world.door.system(fill)
    first = await ana.get("/audit?verb=fill")
    assert first.text.count("<details>") == 100 and "Older" in first.text
    older = first.text.split('href="/audit?verb=fill&amp;after=')[1].split('"')[0]
    second = await ana.get(f"/audit?verb=fill&after={older}")
    assert second.text.count("<details>") == 50 and "Newest" in second.text


async def test_who_may_not_read_the_record_gets_nothing_of_it(site: Site) -> None:
    omar = await site.visitor("omar")
    page = await omar.get("/audit")
    assert page.status == 403 and "acknowledged" not in page.text
    assert ">Record<" not in (await omar.get("/oncall")).text
    csrf = await omar.csrf()
    assert (await omar.post("/audit/export", {"csrf": csrf, "format": "csv"})).status == 403
    assert (await rows(site, "record"))[0].outcome == "denied"
    assert (await rows(site, "record-export"))[0].outcome == "denied"
    assert (await site.stranger().get("/audit")).status == 401


async def test_looking_is_on_record(site: Site, ana: Visitor) -> None:
    await ana.get("/audit?outcome=denied")
    (looked,) = await rows(site, "record")
    assert looked.actor == "person:ana" and looked.surface == "web"


async def test_an_export_is_a_file_that_is_on_record_with_filter_and_count(
    site: Site, ana: Visitor
) -> None:
    values = {"csrf": await ana.csrf(), "format": "jsonl", "actor": "ana", "verb": "ack"}
    file = await ana.post("/audit/export", values)
    assert file.status == 200 and "attachment" in file.headers["Content-Disposition"]
    (row,) = [json.loads(line) for line in file.text.splitlines()]
    assert row["verb"] == "ack" and row["detail"]["changes"]
    report = await site.world.app.reader.read(lambda tx: audit.check_export(tx, [row]))
    assert report.rows == 1 and not report.flaws
    (taken,) = await rows(site, "audit.export")
    assert taken.detail["filter"] == {"actor": "ana", "verb": "ack"}
    assert (taken.detail["count"], taken.detail["format"]) == (1, "jsonl")
    assert (await rows(site, "record-export"))[0].outcome == "ok"


async def test_a_row_that_is_missing_in_an_export_is_named(site: Site, ana: Visitor) -> None:
    file = await ana.post("/audit/export", {"csrf": await ana.csrf(), "format": "jsonl"})
    whole = [json.loads(line) for line in file.text.splitlines()]
    read = site.world.app.reader.read
    assert (await read(lambda tx: audit.check_export(tx, whole))).gaps == []
    gone, writer = int(whole[1]["seq"]), str(whole[1]["writer"])
    report = await read(lambda tx: audit.check_export(tx, [whole[0], *whole[2:]]))
    assert report.gaps == [(writer, gone, gone)]


async def test_as_csv_no_cell_is_a_formula(ana: Visitor) -> None:
    file = await ana.post("/audit/export", {"csrf": await ana.csrf(), "format": "csv"})
    found = list(csv.reader(io.StringIO(file.text)))
    assert len(found) > 3
    assert not [cell for row in found for cell in row if cell.startswith(("=", "+", "@", "\t"))]


async def test_an_export_comes_from_a_page_of_ours(ana: Visitor) -> None:
    assert (await ana.post("/audit/export", {"format": "csv"})).status == 403
    wrong = await ana.post("/audit/export", {"csrf": await ana.csrf(), "format": "exe"})
    assert wrong.status == 404


async def test_who_may_not_see_a_private_incident_reads_and_takes_nothing_of_it(
    site: Site, tmp_path: Path
) -> None:
    """Whoever may read the record and no private incident: a role of permissions."""
    world = site.world
    await world.fires("k8", title="Disk", labels={"service": "web"})
    secret = await world.fires("k9", title="Merger with Globex", labels={"service": "deal"})
    await world.does("ana", "private", secret)
    await world.does("ana", "note", secret, text="about Globex")
    await world.advance(minutes=6)
    both = next(e for e in await rows(site, "machine") if secret in e.incidents)
    assert len(both.incidents) > 1
    may = "permissions: [incident.read, config.read, audit.read, audit.export]"
    await world.does("ana", "edit", kind="role", name="reader", text=may)
    await world.does("ana", "grant", who="mei", role="reader")
    mei = await site.visitor("mei")
    page = await mei.get("/audit")
    assert page.status == 200 and "config.apply" in page.text
    assert "Globex" not in page.text and f"#{secret}" not in page.words
    file = await mei.post("/audit/export", {"csrf": await mei.csrf(), "format": "jsonl"})
    assert file.status == 200 and "Globex" not in file.text
    assert f'"incident":{secret},' not in file.text
    told = [line for each in file.text.splitlines() for line in _lines(json.loads(each))]
    assert told and all(line.get("incident") not in (secret, None) for line in told)


def _lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    return list(row["detail"].get("lines", ()))
