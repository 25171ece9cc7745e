"""Card 17 and lists: what stands on them, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import resource
from bot.cards.model import Card
from bot.cards.scene import Scene
from commands.inventory.rows import listed, row
from commands.inventory.sources import SourceState, state
from commands.rules import inventory_words as words
from store.inventory.parts import LIVE, OK, RUNNING, STALE, PartState
from store.model import DAY, MINUTE, Definitions
from store.model.known import Known
from store.model.resource import Health, Resource
from tests.golden import resources
from tests.support.world import START

SCENE = Scene(Definitions(0, {}, {}, (), {}), "https://pv.example.eu", START)
FRESH = SourceState("prod", "openstack", "prod", ok_at=START - 40_000)


def lines(card: Card) -> list[str]:
    """Its words."""
    found = [f"{card.head.word} {card.head.title}", "".join(s.text for s in card.state.spans)]
    for block in card.fold:
        found += ["".join(s.text for s in line) for line in getattr(block, "lines", ())]
    return found


def test_it_says_what_where_whose_since_when_and_for_how_much() -> None:
    card = resource.card(resources.sheet(START, FRESH), SCENE)
    head, stands, *_ = lines(card)
    assert head == "db-3 VM, OpenStack prod / eu-west-1a · ⚠️ degraded"
    assert stands == (
        "8 vCPU, 64 GB, 2.0 TB · owner team db · on compute-4 · up 41 d · 212 €/month · "
        "seen 40 s ago"
    )
    assert [p.label for p in card.actions.buttons] == ["What hangs on it (3)", "Run…"]
    assert all(0 < len(p.token) <= 100 for p in (*card.actions.buttons, *card.actions.more))


def test_who_does_not_answer_is_said_and_since_when() -> None:
    late = replace(FRESH, ok_at=START - 14 * MINUTE, stale=True)
    stands = lines(resource.card(resources.sheet(START, late), SCENE))[1]
    assert stands.endswith("⚠️ not seen for 14 min, OpenStack is not answering")


def test_what_is_gone_says_so_and_offers_no_up_time() -> None:
    sheet = resources.sheet(START, FRESH)
    known = replace(sheet.known, gone_at=START - DAY)
    gone = replace(sheet, known=known, row=row(known, {"prod": FRESH}))
    head, stands, *_ = lines(resource.card(gone, SCENE))
    assert head.endswith("· ❔ gone")
    assert "up 41 d" not in stands
    assert stands.endswith("gone for 1 d")


def test_a_thing_without_anything_has_a_card_too() -> None:
    bare = Known(9, "x", Resource("odd:1", "other", ""), resources.known(START).belongs, 0, 0)
    sheet = replace(
        resources.sheet(START, FRESH), known=bare, row=row(bare, {}), state=None, above=(),
        below={}, changes=(), trends=(), cost=None, actions=(), logs=False,
    )  # fmt: skip
    card = resource.card(sheet, SCENE)
    assert card.head.word == "odd:1"
    assert card.actions.buttons == ()
    assert card.fold == ()


def test_a_list_leads_to_each_and_to_the_rest() -> None:
    one = row(resources.known(START), {"prod": FRESH})
    note = resource.note(listed([one], query="db kind=server", total=41), SCENE)
    urls = [s.url for line in note.lines for s in line if s.url]
    assert urls == [
        "https://pv.example.eu/resources/17",
        "https://pv.example.eu/inventory?q=db%20kind%3Dserver",
    ]


@pytest.mark.parametrize(
    ("parts", "stale", "ok_at"),
    [
        ([], False, None),
        ([("a", OK, 10), ("b", OK, 20)], False, 10),
        ([("a", OK, 10), ("b", STALE, 5)], True, 5),
        ([("a", LIVE, 10)], False, 99),
        ([("a", RUNNING, 10), ("b", OK, None)], False, None),
    ],
)  # fmt: skip
def test_a_source_is_as_old_as_its_oldest_part(
    parts: list[tuple[str, str, int | None]], stale: bool, ok_at: int | None
) -> None:
    made = [PartState("s", name, how, ok_at=at) for name, how, at in parts]
    found = state("s", "aws", "", made, 3, 99)
    assert (found.stale, found.ok_at, found.title) == (stale, ok_at, "s")


def test_sizes_measures_and_trends_are_short() -> None:
    size = {"vcpus": 2, "memory_mb": 512, "disk_gb": 1500}
    assert words.size_said(Resource("k", "server", "n", size=size)) == "2 vCPU, 512 MB, 1.5 TB"
    assert words.size_said(Resource("k", "database", "n", type="db.r6g")) == "db.r6g"
    assert [words.measured(v, u) for v, u in ((34.2, "%"), (1.25e6, "B/s"), (95, "ms"))] == [
        "34.2 %", "1.25 MB/s", "95 ms",
    ]  # fmt: skip
    assert [words.measured(v * 2**30, "iB") for v in (256, 0.5, 0)] == ["256 GB", "512 MB", "0 MB"]
    said = words.asked("kind:vm team:DB 10.0.0.5:9100 a=b").text
    assert said == "10.0.0.5:9100 a=b kind=server team=db"
    assert words.bars([0, 50, 100], high=100) == "▁▄█"
    assert words.bars([float("nan")]) == ""
    assert words.bars([]) == ""
    assert [words.kind_said(k, 2) for k in ("server", "registry", "address", "gateway")] == [
        "VMs", "registries", "addresses", "gateways",
    ]  # fmt: skip
    assert words.worst([Health.OK, Health.DOWN, Health.DEGRADED]) == "down"
