"""``list``: what fits is found whoever finds it, in pages that hold, counted in groups."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from commands.errors import Invalid
from commands.searching import FOLDED
from store import incidents, upkeep
from store.model import Listing
from tests.support.engines import migrated_url
from tests.support.world import YAML, World, alert

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "disk": ("critical", {"host": "db-3", "env": "prod", "service": "postgres"}),
    "lag": ("error", {"instance": "DB-2", "env": "prod", "service": "postgres"}),
    "checkout": ("error", {"team": "web", "env": "prod", "service": "checkout"}),
    "load": ("warning", {"nodename": "staging-2", "env": "staging"}),
    "wiki": ("info", {"env": "Staging", "severity": "page"}),
}


ROUTES = """
routes:
  - {name: web, match: {team: web}, team: web}
  - {name: rest, team: db}
grouping: {group_by: [route, alertname]}
"""
TEAMS = "teams:\n  web: {members: [omar], oncall: omar, lead: omar}\n"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Every alert's name opens an incident of its own."""
    text = YAML.partition("routes:")[0].replace("teams:\n", TEAMS) + ROUTES
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path, text)
    yield made
    await made.end()


async def fill(world: World) -> dict[str, int]:
    """One incident of each kind, a minute after the other; Omar has the lag."""
    ids: dict[str, int] = {}
    for name, (severity, own) in KINDS.items():
        labels = {"alertname": name, "service": "other", "team": "db", **own}
        ids[name] = await world.fires(
            name, title=f"{name} is wrong", severity=severity, labels=labels, resource=None
        )
        await world.advance(minutes=1)
    await world.does("omar", "ack", ids["lag"])
    await world.does("ana", "tag", ids["load"], tags="Vendor")
    return ids


async def names(world: World, ids: dict[str, int], text: str = "", **fields: Any) -> list[str]:
    """The names of what a list shows, in its order."""
    found: Listing = await world.asks("ana", "list", filter=text, **fields)
    by_id = {number: name for name, number in ids.items()}
    return [by_id[i.id] for i in found.incidents]


FOUND = {
    "": "wiki load checkout lag disk",
    "critical,error": "checkout lag disk",
    "critical warning": "load disk",
    "severity!=info,warning": "checkout lag disk",
    "severity=*r*": "load checkout lag disk",
    "team=web": "checkout",
    "team=WEB": "checkout",
    "team!=web": "wiki load lag disk",
    "host=db-3": "disk",
    "host=db-2": "lag",
    "host=DB-*": "lag disk",
    "host=staging-2": "load",
    "host!=db-*": "wiki load checkout",
    "instance=db-2": "lag",
    "service=postgres": "lag disk",
    "service=postgres,checkout": "checkout lag disk",
    "service=pos*": "lag disk",
    "env=staging": "wiki load",
    "label.severity=page": "wiki",
    "tag=vendor": "load",
    "tag!=vendor": "wiki checkout lag disk",
    "nobody": "wiki load checkout disk",
    "who=omar": "lag",
    'who="Omar Haddad"': "lag",
    "who=@omar,nobody": "wiki load checkout lag disk",
    "who!=nobody": "lag",
    "new": "wiki load checkout disk",
    "acknowledged": "lag",
    "status!=new": "lag",
    "source=alertmanager type=custom": "wiki load checkout lag disk",
    "source=nagios": "",
    "disk wrong": "disk",
    '"is wrong" postgres': "lag disk",
    "since=3m": "wiki load",
    "opened>3m": "checkout lag disk",
    "since=4m before=2m": "load checkout",
    "sort=oldest": "disk lag checkout load wiki",
    "sort=worst": "disk checkout lag load wiki",
    "limit=2": "wiki load",
    "severity=critical severity!=critical": "",
}


async def test_a_list_shows_what_fits(world: World) -> None:
    ids = await fill(world)
    world.clock.at += 30_000
    for text, expected in FOUND.items():
        assert await names(world, ids, text) == expected.split(), text


async def test_fields_mean_the_same_as_words(world: World) -> None:
    ids = await fill(world)
    fields = {
        "severity": ("critical,error", "checkout lag disk"), "team": ("web", "checkout"),
        "service": ("postgres", "lag disk"), "label": ("env=prod,alertname=disk", "disk"),
        "tag": ("vendor", "load"), "who": ("me", ""), "q": ("DISK", "disk"),
        "status": ("acknowledged", "lag"), "since": ("150 seconds", ""), "sort": ("oldest", ""),
        "type": ("custom", "wiki load checkout lag disk"), "source": ("nagios", ""),
    }  # fmt: skip
    fields["since"] = ("2m", "wiki load")
    fields["sort"] = ("oldest", "disk lag checkout load wiki")
    for name, (value, expected) in fields.items():
        assert await names(world, ids, **{name: value}) == expected.split(), name
    assert await names(world, ids, "critical,error", team="db", label="env=prod") == ["lag", "disk"]
    assert await names(world, ids, label="severity=page") == ["wiki"]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"severity": "loud"}, "severity"), ({"status": "gone"}, "status"),
        ({"type": "hots"}, "type"), ({"label": "env"}, "label"), ({"since": "later"}, "since"),
        ({"sort": "up"}, "sort"), ({"zone": "Mars/Base"}, "zone"), ({"cursor": "x"}, "cursor"),
        ({"filter": "severity=loud"}, "filter"), ({"filter": '"open'}, "filter"),
        ({"filter": "view:nosuch"}, "filter"), ({"sort": "worst", "cursor": "12"}, "cursor"),
        ({"cursor": "1-12"}, "cursor"),
    ],
)  # fmt: skip
async def test_what_can_not_be_read_names_its_field(
    world: World, fields: dict[str, str], where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await world.asks("ana", "list", **fields)
    assert refused.value.where == where


async def test_the_index_knows_the_labels_of_alerts_that_joined(world: World) -> None:
    first = await world.fires("a", labels={"alertname": "same", "host": "db-1"}, resource=None)
    assert await world.fires("b", labels={"alertname": "same", "host": "DB-9"}) == first
    ids = {"same": first}
    assert await names(world, ids, "host=db-9") == ["same"]
    assert await names(world, ids, "host=db-1") == ["same"]
    assert await names(world, ids, "host=db-5") == []


async def test_labels_indexed_as_they_were_sent_are_read(world: World) -> None:
    """Incidents from before the index knew lower case alone are looked at one by one."""
    ids = await fill(world)

    def as_before(ctx: Any) -> None:
        incidents.drop_label(ctx.tx, ids["lag"], "service", "postgres")
        incidents.drop_label(ctx.tx, ids["lag"], "instance", "DB-2")

    await world.door.system(as_before)
    assert await names(world, ids, "service=postgres") == ["disk"]
    await world.door.system(lambda ctx: upkeep.set_meta(ctx.tx, FOLDED, str(ids["lag"])))
    assert await names(world, ids, "service=postgres") == ["lag", "disk"]
    assert await names(world, ids, "instance=db-2") == ["lag"]


@pytest.mark.parametrize("sort", ["newest", "oldest", "worst"])
async def test_pages_hold_while_incidents_come_in(world: World, sort: str) -> None:
    severities = ("warning", "critical", "error")
    ids = [
        await world.fires(f"k{n}", severity=severities[n % 3], labels={"alertname": f"a{n}"})
        for n in range(7)
    ]
    seen: list[int] = []
    cursor = ""
    for page in range(4):
        found: Listing = await world.asks("ana", "list", sort=sort, limit=2, cursor=cursor)
        seen += [i.id for i in found.incidents]
        if found.next is None:
            break
        cursor = found.next
        if sort == "newest":
            await world.fires(f"late{page}", labels={"alertname": f"late{page}"})
    ranked = {"newest": ids[::-1], "oldest": ids, "worst": [5, 2, 6, 3, 7, 4, 1]}
    assert seen == ranked[sort]


async def test_what_is_over_is_found_by_when_it_was(world: World) -> None:
    ids = await fill(world)
    await world.does("omar", "resolve", ids["disk"], how="now")
    await world.advance(minutes=60)
    await world.does("omar", "resolve", ids["load"], how="now")
    assert await names(world, ids, "resolved") == ["load", "disk"]
    assert await names(world, ids, "resolved since=30m") == ["load"]
    assert await names(world, ids, "resolved before=30m") == ["disk"]
    assert await names(world, ids, "all since=30m") == []
    assert await names(world, ids, "resolved opened<63m") == ["load"]
    assert await names(world, ids, "resolved<30m all") == ["load"]


async def test_a_grouped_list_counts_everything_and_shows_the_worst(world: World) -> None:
    ids = await fill(world)
    found: Listing = await world.asks("ana", "list", filter="group=service", limit=1)
    assert len(found.incidents) == 1
    assert [(g.value, g.total, g.nobody, g.worst.id) for g in found.groups] == [
        ("postgres", 2, 1, ids["disk"]),
        ("checkout", 1, 1, ids["checkout"]),
        ("other", 2, 2, ids["load"]),
    ]
    groups = {
        "severity": "critical 1 error 2 warning 1 info 1",
        "team": "db 4 web 1",
        "source": "alertmanager 5",
        "type": "custom 5",
        "status": "triggered 4 acknowledged 1",
        "who": "- 4 omar 1",
        "host": "db-3 1 db-2 1 - 2 staging-2 1",
        "tag": "- 4 vendor 1",
        "env": "prod 3 staging 1 staging 1",
        "nosuch": "- 5",
    }
    for name, expected in groups.items():
        found = await world.asks("ana", "list", group=name)
        said = " ".join(f"{g.value.casefold() or '-'} {g.total}" for g in found.groups)
        assert sorted(said.split()) == sorted(expected.split()), name
    assert (await world.asks("ana", "list", group="severity")).groups[0].value == "critical"


async def test_a_list_without_hits_says_what_is_there(world: World) -> None:
    await fill(world)
    found: Listing = await world.asks("ana", "list", filter="team=db critical sevice=x")
    assert (found.incidents, found.without) == ((), 5)
    assert found.said == "team=db, critical, sevice=x"
    assert found.hint == "Nothing here has a label sevice. Did you mean service?"


async def test_a_long_list_is_opened_a_few_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a list looks through, the others have their turn after a few."""
    from commands import searching

    for name, size in (("_NUMBERS", 7), ("_READ", 5), ("_AT_ONCE", 3)):
        monkeypatch.setattr(searching, name, size)
    opened: list[int] = []
    few = searching.Search.opened

    def counting(self: Any, some: Any, first: int, end: int) -> Any:
        opened.append(len(some.rows[first:end]))
        return few(self, some, first, end)

    monkeypatch.setattr(searching.Search, "opened", counting)
    await world.hears(*[alert(f"k{n}", labels={"alertname": f"a{n}", "x": "y"}) for n in range(17)])
    found: Listing = await world.asks("ana", "list", filter="x=y")
    assert len(found.incidents) == 17
    assert max(opened) == 3
    assert sum(opened) == 17


async def test_a_search_that_takes_too_long_goes_on_in_the_next_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from commands import searching

    for name, size in (("_NUMBERS", 7), ("_READ", 5), ("_AT_ONCE", 3), ("LONGEST", -1.0)):
        monkeypatch.setattr(searching, name, size)
    ids = [await world.fires(f"k{n}", labels={"alertname": f"a{n}", "x": f"{n}"}) for n in range(9)]
    seen: list[int] = []
    cursor, pages = "", 0
    while pages < 9:
        found: Listing = await world.asks("ana", "list", filter="x=1,7", cursor=cursor)
        seen += [i.id for i in found.incidents]
        pages += 1
        if found.next is None:
            break
        cursor = found.next
    assert seen == [ids[7], ids[1]]
    assert pages > 2
    grouped: Listing = await world.asks("ana", "list", filter="group=x x=*")
    assert not grouped.whole
