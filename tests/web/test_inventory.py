"""Infrastructure in the console: the list as an address, a resource, services, clusters, money."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.inventory import about, resources
from store.inventory.resources import Told
from store.model.resource import Health, Resource
from tests.inventory.estates import YAML, furnish
from tests.security import live
from tests.security.live import HARMLESS, words
from tests.support.world import YAML as BARE
from tests.web.markup import Page
from tests.web.site import Site, Visitor

PAGES = ("/inventory", "/services", "/kubernetes", "/openstack", "/clouds", "/cost", "/findings")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A console that knows an estate."""
    made = await Site.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, YAML)
    await furnish(made.world)
    yield made
    await made.end()


async def number(site: Site, name: str) -> int:
    """The number of what is called so."""
    found = await site.world.app.reader.read(lambda tx: resources.by_names(tx, [name]))
    return found[name][0][0]


async def test_every_page_is_valid_and_every_tab_leads_to_one(site: Site, ana: Visitor) -> None:
    more = [f"/resources/{await number(site, n)}" for n in ("compute-7", "db-3", "api-1")]
    lists = ["/inventory?by=team", "/inventory?health=bad&kind=server", "/inventory?q=zzz",
             "/inventory?kind=foo", "/inventory?page=3", "/cost?by=team&days=7", "/cost?by=nothing",
             "/findings?q=snoozed", "/services?q=zzz", "/clouds?source=azure-eu"]  # fmt: skip
    for path in (*PAGES, *more, *lists):
        page = await ana.get(path)
        assert Page(page.text).faults == [], path
        assert page.status in (200, 422), path
    tabs = re.findall(r'<nav class="tabs infra-tabs".*?</nav>', page.text, re.DOTALL)[0]
    assert list(re.findall(r'href="([^"]+)"', tabs)) == list(PAGES)


async def test_the_list_shows_the_worst_first_and_is_filtered_and_grouped(ana: Visitor) -> None:
    page = await ana.get("/inventory")
    assert "azure-eu Azure · 19 as it was 14 min ago login.microsoftonline.com" in page.words
    assert "Down compute-7 hypervisor · OpenStack prod / eu-west-1b" in page.words
    assert "1–50 of 318, the worst first" in page.words
    second = await ana.get("/inventory?page=2")
    assert "51–100 of 318" in second.words
    assert "This page is empty now" in (await ana.get("/inventory?page=99")).words

    page = await ana.get("/inventory?q=web+kind%3Dvm+health%3Dbad")
    assert "Kind: VM" in page.words
    assert "Health: down or degraded" in page.words
    assert "web-10" in page.words
    assert "compute-7" not in page.words.partition("Live with")[2]
    wrong = await ana.get("/inventory?q=kind%3Dfoo")
    assert wrong.status == 422
    assert "foo is no kind" in wrong.words

    page = await ana.get("/inventory?by=provider")
    assert re.search(r"OpenStack 139 \d down · \d+ degraded · \d+ ok", page.words)
    assert 'href="/inventory?provider=aws"' in page.text


async def test_a_resource_with_all_that_is_known_and_an_incident_with_its_resource(
    site: Site, ana: Visitor
) -> None:
    it = await number(site, "compute-7")
    page = await ana.get(f"/resources/{it}")
    assert "RegionOne › eu-west-1b compute-7" in page.words
    assert "Hypervisor compute-7 is down: 8 servers on it" in page.words
    assert "What hangs on it 13 1 down · 9 degraded · 3 ok" in page.words
    assert "kernel update 6.8.0-48 (Ansible job 8812), by ana" in page.words
    assert 'aria-label="CPU: 55.1 %' in page.text
    assert (await ana.get("/resources/12")).status == 404

    incident = await site.world.fires(
        "w1", title="Disk 94 % full on db-3", labels={"host": "db-3", "team": "db"}, resource="db-3"
    )
    page = await ana.get(f"/i/{incident}")
    assert (
        "Resource db-3 ok · VM · OpenStack prod / eu-west-1a · 8 vCPU, 64 GB, 2.0 TB" in page.words
    )
    it = await number(site, "db-3")
    assert f'href="/resources/{it}"' in page.text
    assert f"#{incident} · nobody has it" in (await ana.get(f"/resources/{it}")).words


async def test_what_somebody_may_not_see_is_on_no_page(site: Site) -> None:
    closed = await site.world.fires("w2", title="Hush hush", labels={"team": "secret"})
    it = await number(site, "cache-2")
    await site.world.door.system(lambda ctx: about.put(ctx.tx, [(closed, it)]))
    mei = await site.visitor("mei")
    page = await mei.get(f"/resources/{it}")
    assert "Hush" not in page.text
    assert "Incidents 0 open" in page.words
    assert "Hush hush" not in (await mei.get("/services")).text


async def test_services_clusters_and_clouds_at_a_glance(ana: Visitor) -> None:
    page = await ana.get("/services")
    assert "checkout Amber team web, Omar Haddad on call" in page.words
    assert "catalog Green" in page.words

    page = await ana.get("/kubernetes")
    assert "5 of 6 nodes ready" in page.words
    assert "shop · BackOff 96 times" in page.words
    page = await ana.get("/openstack")
    assert "compute-8 60 of 64 vCPU, 93 %" in page.words
    page = await ana.get("/clouds?source=azure-eu")
    assert "not answering, as it was 14 min ago" in page.words
    assert (await ana.get("/kubernetes?source=west")).status == 404


async def test_what_it_costs_and_what_could_be_saved(site: Site, ana: Visitor) -> None:
    page = await ana.get("/cost")
    assert "AmazonEC2 +33 % since Mon: 1 new m5.4xlarge in eu-west-1 by data" in page.words
    assert "7 663 $ 30 days" in page.words
    page = await ana.get("/findings")
    assert "3 idle servers 564 $ a month" in page.words
    fields = page.fields("/do/snooze-finding")
    answer = await ana.post("/do/snooze-finding", fields)
    assert answer.status in (200, 303)
    assert "3 idle servers" not in (await ana.get("/findings")).words
    assert "3 idle servers" in (await ana.get("/findings?q=snoozed")).words

    lou = await site.visitor("lou")
    page = await lou.get("/inventory")
    assert page.status == 200
    assert 'href="/cost"' not in page.text
    assert (await lou.get("/cost")).status == 403
    assert (await lou.get("/findings")).status == 403
    assert "69 $" not in (await lou.get(f"/resources/{await number(site, 'api-1')}")).words


async def test_strangers_words_stay_words(site: Site, ana: Visitor) -> None:
    spoken = [w.encode("utf-8", "replace").decode().replace("\x00", "") for w in words()]
    spoken = [w for w in dict.fromkeys(spoken) if w.strip()]

    def tell(key: str, said: list[str]) -> Told:
        first = said[0][:200]
        return Told(Resource(
            key, "server", said[5 % len(said)][:200], said[1][:90], Health.DEGRADED,
            said[2 % len(said)][:300], first, said[3][:60], said[4][:60], first, first,
            tags={w[:80]: w[:200] for w in said}, addresses=tuple(w[:60] for w in said[:3]),
            url=f"javascript:{said[0][:40]}", facts={w[:50]: w[:90] for w in said[:20]},
        ))  # fmt: skip

    calm, wild = tell("calm", [HARMLESS] * len(spoken)), tell("wild", spoken)
    await site.world.door.system(
        lambda ctx: resources.put(ctx.tx, "gcp-data", "wild", [calm, wild], ctx.now)
    )

    async def ids(key: str) -> int:
        known = await site.world.app.reader.read(lambda tx: resources.known(tx, key))
        assert known is not None
        return known.id

    async def kinds(path: str) -> set[str]:
        page = await ana.get(path)
        assert page.status == 200, path
        return {k for k in live.html(page.text) if not k.endswith((" href ", " style "))}

    before, after = await kinds(f"/resources/{await ids('calm')}"), await kinds(
        f"/resources/{await ids('wild')}"
    )  # fmt: skip
    ours = "a href /ask/silence?what=resource%3D"
    more = {k for k in after - before if "evil" in k or "javascript" in k or "<" in k}
    assert not {k for k in more if not k.startswith(ours)}
    assert {k for k in after - before if " " not in k} <= {"a", "span", "small", "div", "dt", "dd"}
    for path in ("/inventory?source=gcp-data", "/inventory?by=region&source=gcp-data"):
        found = await kinds(path)
        assert not {k for k in found if "evil" in k or "javascript:" in k}, path


async def test_the_api_tells_of_resources_and_services(site: Site, ana: Visitor) -> None:
    from commands.context import Ctx
    from store import access

    def make(ctx: Ctx) -> str:
        return access.create_token(ctx.tx, ctx.now, "script", role="viewer")

    token = await site.world.door.system(make)
    from bot.web.api import Api
    from bot.web.server import application, serve

    app = site.world.app
    api = Api(app.door, app.identity, site.url)
    runner, port = await serve(application(api.routes(), 1 << 20), "127.0.0.1", 0)
    try:
        import aiohttp

        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:
            async with session.get("/api/resources?kind=server&limit=50") as answer:
                body = await answer.json()
                assert answer.status == 200
                assert (len(body["resources"]), body["total"]) == (50, body["total"])
                assert body["resources"][0]["health"] == "down"
                assert "cursor=50" in body["next"]
            first = body["resources"][0]["id"]
            async with session.get(f"/api/resources/{first}") as answer:
                one = await answer.json()
                assert (one["name"], one["provider"]) == ("runner-7", "openstack")
                assert one["console"] == f"{site.url}/resources/{first}"
            async with session.get("/api/resources?colour=red") as answer:
                assert answer.status == 422
            async with session.get("/api/resources/99") as answer:
                assert answer.status == 404
            async with session.get("/api/services") as answer:
                names = {s["service"]: s["state"] for s in (await answer.json())["services"]}
                assert names["catalog"] == "green"
    finally:
        await runner.cleanup()


async def test_where_nothing_is_connected_it_says_how(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("bare")
    made = await Site.build(f"sqlite:///{folder}/pixelview.db", folder, BARE)
    try:
        ana = await made.visitor("ana")
        for path in PAGES[:1] + PAGES[2:5]:
            page = await ana.get(path)
            assert page.status == 200
            assert Page(page.text).faults == [], path
            assert "No cloud or cluster is connected." in page.words
        assert "No service is known yet." in (await ana.get("/services")).words
        assert "No bills were told yet." in (await ana.get("/cost")).words
        assert "Nothing was found that could be saved." in (await ana.get("/findings")).words
    finally:
        await made.end()
