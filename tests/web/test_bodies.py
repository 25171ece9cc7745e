"""Paste a body, see how it is read, adjust the mapping, save it."""

from __future__ import annotations

from typing import Any

import pytest

from commands.errors import Conflict, Invalid, NotFound
from store import access
from tests.support.world import World
from tests.web.site import Site, Visitor

BODY = '{"quoi": "Pompe 3 est vide", "numero": 3, "gravite": "critical"}'
MAPPING = "map: {title: quoi, key: numero, severity: gravite}\n"


async def made(world: World, name: str = "pumps", integration: str = "webhook") -> None:
    """An intake source."""
    await world.door.system(lambda ctx: access.source(ctx.tx, ctx.now, name, integration))


async def values(ana: Visitor, **more: str) -> dict[str, str]:
    """What the form sends."""
    page = await ana.get("/bodies?source=pumps")
    assert page.status == 200
    shown = page.fields("/bodies")
    return {**shown, "source": "pumps", "content_type": "application/json", "body": BODY, **more}


async def test_a_body_is_read_adjusted_and_the_mapping_saved(site: Site) -> None:
    await made(site.world)
    ana = await site.visitor()
    page = await ana.post("/bodies", await values(ana, deed="try"))
    assert page.status == 422 and "title" in page.words
    page = await ana.post("/bodies", await values(ana, deed="try", mapping=MAPPING))
    assert page.status == 200
    for said in ("Title: Pompe 3 est vide", "Severity: critical (critical)", "Goes to: team db."):
        assert said in page.words
    assert (await stored(site.world)) == {}
    page = await ana.post("/bodies", await values(ana, deed="save", mapping=MAPPING))
    assert "The mapping of pumps is in force within seconds." in page.words
    assert (await stored(site.world))["map"]["title"] == "quoi"
    assert "title: quoi" in (await ana.get("/bodies?source=pumps")).text
    listing = await site.world.asks("ana", "list")
    assert not listing.incidents


async def test_a_mail_is_read_and_its_sources_mapping_saved(site: Site) -> None:
    await made(site.world, "ups", "email")
    ana = await site.visitor()
    page = await ana.get("/bodies?source=ups")
    form = {**page.fields("/bodies"), "source": "ups", "content_type": "message/rfc822"}
    form["body"] = "From: ups@example.eu\nSubject: UPS on battery\n\nRack: 7\nName: ups-7\n"
    page = await ana.post("/bodies", {**form, "deed": "try"})
    for said in ("Title: UPS on battery", "Status: firing", "Resource: ups-7"):
        assert said in page.words
    mapping = "map: {resource: fields.rack}\n"
    page = await ana.post("/bodies", {**form, "deed": "try", "mapping": mapping})
    assert "Resource: 7" in page.words
    page = await ana.post("/bodies", {**form, "deed": "save", "mapping": mapping})
    assert "The mapping of ups is in force within seconds." in page.words


async def stored(world: World) -> dict[str, Any]:
    """The settings of the source pumps."""
    found = await world.app.reader.read(access.sources)
    return dict(next(s for s in found if s.name == "pumps").settings)


async def test_a_mapping_that_can_not_work_is_refused_with_its_place(site: Site) -> None:
    await made(site.world)
    ana = await site.visitor()
    for text, said in (
        ("map: {titel: quoi}", "map.titel: no field"),
        ("map: {title: '['}", "map.title"),
        ("maps: {}", "maps: is none of map, status_map, severity_map"),
        ("map: [", "mapping:1"),
        ("a: &a [1]\nb: *a", "aliases"),
        ("just words", "must be a mapping"),
    ):
        for deed in ("try", "save"):
            page = await ana.post("/bodies", await values(ana, deed=deed, mapping=text))
            assert page.status == 422 and said in page.words, (text, page.words[-600:])
    assert (await stored(site.world)) == {}


async def test_what_a_stranger_wrote_stays_text(site: Site) -> None:
    await made(site.world)
    ana = await site.visitor()
    body = '{"title": "<script>alert(1)</script>", "url": "https://a.example/?<b>"}'
    page = await ana.post("/bodies", await values(ana, deed="try", body=body))
    assert page.status == 200 and "<script>alert" not in page.text
    assert '<b>"' not in page.text


async def test_the_mapping_of_one_source_is_not_saved_for_another(site: Site) -> None:
    await made(site.world)
    await made(site.world, "fans")
    ana = await site.visitor()
    sent = await values(ana, deed="save", mapping=MAPPING)
    page = await ana.post("/bodies", {**sent, "of": "fans"})
    assert page.status == 422 and "the mapping of another source" in page.words
    assert (await stored(site.world)) == {}


async def test_who_may_not_change_settings_may_not_read_them(site: Site) -> None:
    await made(site.world)
    mei = await site.visitor("mei")
    assert (await mei.get("/bodies")).status == 403


async def test_only_a_webhook_source_that_the_file_leaves_alone_is_mapped(site: Site) -> None:
    world = site.world
    await made(world)
    await made(world, "prom", "alertmanager")
    with pytest.raises(NotFound, match=r"There is no source nope\. Sources with a mapping: pumps"):
        await world.does("ana", "mapping", source="nope", text=MAPPING)
    with pytest.raises(Conflict, match="is read as alertmanager is"):
        await world.does("ana", "mapping", source="prom", text=MAPPING)
    with pytest.raises(Invalid, match=r"map\.titel: no field"):
        await world.does("ana", "mapping", source="pumps", text="map: {titel: x}")
    await world.does("ana", "mapping", source="pumps", text=MAPPING)
    told = await world.asks("ana", "source-list")
    assert told.lines == (
        "prom: alertmanager, token only",
            "pumps: webhook, token only, with a mapping of key, severity, title",
    )  # fmt: skip
    await world.does("ana", "mapping", source="pumps", text="")
    assert (await stored(world)) == {}
