"""What people type about infrastructure, and what they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from bot.cards.model import Account, Private
from commands.door import PATIENCE
from commands.errors import Busy, Denied, Invalid, NotFound
from commands.inventory import logs
from integrations.base import Permanent, Transient
from store.inventory import about, resources
from store.model.resource import Resource
from tests.inventory.estates import begun, said, tokens, typed
from tests.support.demo.estate import CLOUD
from tests.support.world import World


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One for all: these only look. What they write is their own."""
    made = await begun(tmp_path_factory.mktemp("estate"))
    yield made
    await made.end()


async def test_without_words_it_says_how_much_there_is_and_what_is_wrong(world: World) -> None:
    text = said(await typed(world, "inventory"))
    assert text.splitlines()[0] == "318 resources of 5 sources"
    assert "🔴 114 VMs: 1 down · 9 degraded · 104 ok" in text
    assert "🔴 compute-7 · hypervisor · OpenStack prod / eu-west-1b · down" in text
    assert "⚠️ azure-eu was not read for 14 min: what is shown of it is as it was then." in text


async def test_words_and_fields_find_and_the_worst_stand_first(world: World) -> None:
    lines = said(await typed(world, "inventory kind=vm health=bad team=web")).splitlines()
    assert lines[0].startswith("🔴 runner-7 · VM · OpenStack prod / eu-west-1a · down: No valid")
    assert all("team web" in line for line in lines)
    assert "db-7" in said(await typed(world, "inventory db namespace=shop kind=server"))


async def test_a_provider_a_source_a_tag_and_an_address_find(world: World) -> None:
    assert "volume-1 " in said(await typed(world, "inventory provider=amazon kind=disk"))
    assert "api-13 " in said(await typed(world, "inventory source=aws-main tag:Environment=test"))
    assert said(await typed(world, "inventory 172.31.4.11")).startswith("⚠️ report-12")


async def test_there_is_more_than_is_shown_and_it_says_so(world: World) -> None:
    answer = await world.asks("ana", "inventory", find="kind=server", limit="10")
    assert len(answer.rows) == 10
    assert answer.total == 114
    assert answer.lines[-2] == "104 more." or "104 more." in answer.lines
    second = await world.asks("ana", "inventory", find="kind=server", limit="10", skip="10")
    assert not {r.id for r in answer.rows} & {r.id for r in second.rows}


async def test_what_can_not_be_meant_is_said_with_what_can(world: World) -> None:
    with pytest.raises(Invalid, match=r"sever is no kind. Did you mean server\?"):
        await world.asks("ana", "inventory", find="kind=sever")
    with pytest.raises(Invalid, match="foo is no kind; there are cloud, region"):
        await world.asks("ana", "inventory", find="kind=foo")
    with pytest.raises(Invalid, match="There is no color"):
        await world.asks("ana", "inventory", by="color")
    text = said(await typed(world, "inventory zzz"))
    assert text == "Nothing matches zzz. 318 resources without it."


async def test_they_are_counted_by_a_field(world: World) -> None:
    text = said(await typed(world, "inventory kind=server by=provider"))
    assert text.splitlines() == [
        "🔴 OpenStack: 64 (1 down · 8 degraded · 55 ok)",
        "⚠️ AWS: 28 (1 degraded · 27 ok)",
        "✅ Azure: 12 (12 ok)",
        "✅ Google Cloud: 10 (10 ok)",
    ]


async def test_a_resource_is_found_by_name_key_id_address_and_namespace(world: World) -> None:
    for name in ("compute-7", f"openstack:{CLOUD}:hypervisor:compute-7", "10.10.0.7", "COMPUTE-7"):
        assert said(await typed(world, f"resource {name}")).startswith("🖥️ compute-7 · hypervisor")
    pod = said(await typed(world, "resource shop/cart-7f3c9d-5"))
    assert pod.startswith("🖥️ cart-7f3c9d-5 · pod, Kubernetes prod-1 / shop · ⚠️ degraded")


async def test_several_that_may_be_meant_are_buttons(world: World) -> None:
    answer = await typed(world, "resource cart")
    assert said(answer).splitlines()[0] == "2 may be meant by cart. Which one?"
    buttons = tokens(answer)
    assert set(buttons) == {"autoscaler cart, shop", "deployment cart, shop"}
    card = said(await world.press("U0ANA", buttons["deployment cart, shop"]))
    assert card.startswith("🖥️ cart · deployment, Kubernetes prod-1 / shop")


async def test_what_is_not_there_is_said_with_what_may_be_meant(world: World) -> None:
    with pytest.raises(NotFound, match=r"There is no resource compute-77\."):
        await world.asks("ana", "resource", resource="compute-77")


async def test_the_buttons_of_a_card_lead_on(world: World) -> None:
    answer = await typed(world, "resource compute-7")
    buttons = tokens(answer)
    assert "What hangs on it (13)" in buttons
    tree = said(await world.press("U0ANA", buttons["What hangs on it (13)"]))
    assert tree.splitlines()[0] == "On compute-7: 8 VMs, 1 agent"
    assert "↳ ↳ ⚠️ cart-7f3c9d-5 · pod" in tree
    history = said(await world.press("U0ANA", buttons["History"]))
    assert "state enabled, up → enabled, down" in history
    assert "kernel update 6.8.0-48 (Ansible job 8812), by ana" in history
    assert said(await world.press("U0ANA", buttons["Metrics"])).startswith("CPU ")


async def test_a_resource_shows_its_incidents_but_no_private_one(world: World) -> None:
    plain = await world.fires("r1", title="Web is slow", labels={"team": "web", "host": "web-3"})
    closed = await world.fires("r2", title="Hush", labels={"team": "secret", "host": "web-3"})
    number = await world.app.reader.read(lambda tx: resources.by_names(tx, ["web-3"]))
    it = number["web-3"][0][0]
    await world.door.system(lambda ctx: about.put(ctx.tx, [(plain, it), (closed, it)]))
    mine = await typed(world, "resource web-3")
    assert "Incidents (2)" in tokens(mine)
    others = await typed(world, "resource web-3", "U0MEI")
    assert "Incidents (1)" in tokens(others)
    assert "Hush" not in said(others)
    told = said(await world.press("U0MEI", tokens(others)["Incidents (1)"]))
    assert "Web is slow" in told
    assert "Hush" not in told


async def test_the_board_says_why_whose_and_who_is_on_call(world: World) -> None:
    await world.fires(
        "b1", title="Checkout 5xx 31 %", labels={"service": "checkout", "team": "web"}
    )
    text = said(await typed(world, "services"))
    line = next(line for line in text.splitlines() if "checkout" in line)
    assert line.startswith("🔴 checkout · team web, Omar Haddad on call · #")
    assert "Checkout 5xx 31 %, critical, nobody has it" in line
    assert "✅ catalog · team web, Omar Haddad on call · 1 resource, all well" in text


async def test_a_private_incident_colours_no_service(world: World) -> None:
    labels = {"service": "search", "team": "secret"}
    await world.fires("b2", title="Nobody knows", labels=labels)
    mine = await world.asks("ana", "services", words="search")
    others = await world.asks("mei", "services", words="search")
    assert (mine.services[0].state, others.services[0].state) == ("red", "green")


async def test_a_cluster_at_a_glance(world: World) -> None:
    found = await world.asks("ana", "k8s")
    text = "\n".join(found.lines)
    assert found.lines[0].startswith("prod-1: nodes ready 5 of 6 · pods well 22 of 26")
    assert "CrashLoopBackOff shop/cart: 3 of 6 pods" in text
    assert "⚠️ shop: 17 pods, 3 degraded" in text
    assert "shop · BackOff 96 times" in text


async def test_an_openstack_cloud_at_a_glance(world: World) -> None:
    found = await world.asks("ana", "openstack", cloud="prod")
    assert found.lines[0].startswith("prod: hypervisors up 6 of 8 · services up 11 of 14")
    by_title = {part.title: part for part in found.sections}
    fullest = by_title["Hypervisors, vCPU allocated"].meters[0]
    assert (fullest.name, fullest.said) == ("compute-8", "60 of 64 vCPU, 93 %")
    assert by_title["Projects against their quotas"].meters[0].name == "shop cores"
    assert "ci-bot: server.create failed build-7" in "\n".join(
        by_title["Who did what in 24 h"].lines
    )


async def test_a_cloud_that_does_not_answer_says_so(world: World) -> None:
    found = await world.asks("ana", "cloud", account="azure-eu")
    assert found.lines[1] == "⚠️ azure-eu is not answering, this is as it was 14 min ago."
    with pytest.raises(NotFound, match=r"There is no cluster west\. There are: prod-1\."):
        await world.asks("ana", "k8s", cluster="west")


async def test_money_is_for_who_may_see_it(world: World) -> None:
    mine = await world.asks("ana", "resource", resource="api-1")
    assert mine.sheet.cost == "69 $"
    others = await world.asks("lou", "resource", resource="api-1")
    assert others.sheet.cost is None
    titles = {s.title for s in (await world.asks("ana", "cloud", account="aws-main")).sections}
    bare = {s.title for s in (await world.asks("lou", "cloud", account="aws-main")).sections}
    assert titles - bare == {"30 days cost 5 848 $", "Could be saved"} or len(titles - bare) == 2


async def test_events_are_grouped_and_searched(world: World) -> None:
    text = said(await typed(world, "events"))
    assert text.splitlines()[0].startswith("shop · BackOff 96 times · ")
    only = said(await typed(world, "events namespace=data reason=FailedMount"))
    assert "BackOff" not in only
    assert "FailedMount 3 times" in only
    assert said(await typed(world, "events zzz")).startswith("No warning of zzz since ")
    with pytest.raises(Invalid, match="kept for 14 days"):
        await world.asks("ana", "events", words="40d")


class Cluster:
    """Stands for the worker: ``answer`` is what it says, or raises."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer, self.asked = answer, list[tuple[str, str, str]]()

    async def ask(
        self, source: str, what: str, resource: Resource, params: Mapping[str, Any]
    ) -> Any:
        """Its last lines."""
        self.asked.append((source, what, resource.key))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def act(self, *args: Any, **more: Any) -> Any:
        """Not asked here."""
        raise NotImplementedError


async def test_last_lines_come_without_secrets_and_are_on_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster("\n".join([*(f"line {n}" for n in range(60)),
                                 "password=hunter2hunter2 connected"]))  # fmt: skip
    monkeypatch.setattr(world.door, "infra", cluster)
    answer = await typed(world, "logs shop/cart")
    text = said(answer)
    assert text.startswith("The last lines of cart, secrets left out:\nline 31\n")
    assert "hunter2" not in text
    assert cluster.asked == [("prod-1", "logs", "k8s:prod-1:deployment:shop/cart")]
    record = await world.asks("ana", "record", what="verb=logs")
    assert [row["outcome"] for row in record.facts["rows"]].count("ok") == 1


async def test_last_lines_have_a_permission_of_their_own(world: World) -> None:
    with pytest.raises(Denied) as denied:
        await world.asks("mei", "logs", resource="shop/cart")
    assert denied.value.needs == "inventory.logs"


async def test_why_there_are_no_lines_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="A hypervisor has no lines to read"):
        await world.asks("ana", "logs", resource="compute-7")
    with pytest.raises(NotFound, match="Nothing is connected to prod-1 here"):
        await world.asks("ana", "logs", resource="shop/cart")
    monkeypatch.setattr(world.door, "infra", Cluster(Transient("timed out")))
    with pytest.raises(Busy, match="prod-1 does not answer: timed out"):
        await world.asks("ana", "logs", resource="shop/cart")
    monkeypatch.setattr(world.door, "infra", Cluster(Permanent("forbidden")))
    with pytest.raises(NotFound, match="can't be read: forbidden"):
        await world.asks("ana", "logs", resource="shop/cart")


async def test_lines_that_do_not_come_in_time_name_the_source(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    cluster = Cluster("")
    monkeypatch.setattr(cluster, "ask", never)
    monkeypatch.setattr(world.door, "infra", cluster)
    assert logs.PATIENCE < PATIENCE
    monkeypatch.setattr(logs, "PATIENCE", 0.0)
    with pytest.raises(Busy, match="prod-1 took too long to answer; try again"):
        await world.asks("ana", "logs", resource="shop/cart")


async def test_names_and_fields_are_completed(world: World) -> None:
    who = Account("slack", "T1", "U0ANA", "Ana")
    suggest = world.app.desk.suggest
    assert [v for v, _ in await suggest("resource", "resource", "compute", who)][:2] == [
        "compute", "compute API",
    ]  # fmt: skip
    assert ("db kind=database", "db kind=database") in await suggest(
        "inventory", "find", "db kind=data", who
    )
    assert [v for v, _ in await suggest("k8s", "cluster", "", who)] == ["prod-1"]
    assert [v for v, _ in await suggest("cloud", "account", "azu", who)] == ["azure-eu"]


# pictures


async def private(world: World, line: str, account: str = "U0ANA") -> Private:
    answer = await typed(world, line, account)
    assert isinstance(answer, Private)
    return answer


async def test_measures_come_with_their_curves(world: World) -> None:
    answer = await private(world, "resource-metrics compute-7")
    assert answer.drawing is not None
    assert answer.drawing.title == "compute-7 · last 24 h"
    first = said(answer).splitlines()[0]
    assert first.split(" ")[0] in answer.drawing.alt, "in words as in the picture"
    assert not answer.shared


async def test_cost_comes_with_its_days(world: World) -> None:
    answer = await private(world, "cost")
    assert answer.drawing is not None
    assert answer.drawing.title == "Cost by day"


async def test_who_may_not_see_money_sees_no_picture_of_it(world: World) -> None:
    answer = await private(world, "cost", "U0LOU")
    assert answer.drawing is None
    assert "inventory.cost" in said(answer)


async def test_what_is_no_trend_has_no_picture(world: World) -> None:
    for line in ("inventory", "resource compute-7", "cost jumps", "resource-history compute-7"):
        assert (await private(world, line)).drawing is None
