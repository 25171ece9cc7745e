"""What is too large or no figure at all spoils nothing: neither the page it is on nor the way to
the server."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from dataclasses import replace
from math import inf, nan
from typing import Any

import msgspec
import pytest

from bot.inventory.bounds import KEY, NAME, ROOM, TAGS, bounded
from bot.inventory.bridge import Bridge, environment
from bot.inventory.frames import LONGEST, Pipe
from bot.inventory.words import Begun, Page, Word, read, written
from bot.inventory.worker import AHEAD, Told
from store.model import Severity
from store.model.resource import Cost, Fault, Finding, Happening, Resource, Sample

PLAIN = Resource(
    "k8s:prod:pod:shop/cart", "pod", "cart", tags={"app": "cart"}, size={"vcpus": 0.5},
    parents=("k8s:prod:node:n1",), created_at=1_790_000_000_000,
)  # fmt: skip
LAST = 253_402_300_800_000


def weight(one: Resource) -> int:
    names = (*one.parents, *one.ids, *one.addresses, *one.tags, *one.tags.values())
    return sum(map(len, (one.name, one.state, one.why, one.url, *names, *one.facts.values())))


def test_what_is_as_things_are_stays_itself() -> None:
    assert bounded(PLAIN) is PLAIN


@pytest.mark.parametrize(
    "more",
    [
        {"name": "x" * 2_000_000},
        {"why": "x" * 2_000_000, "url": "https://x/" + "y" * 1_000_000},
        {"tags": {"note": "x" * 1_000_000}},
        {"tags": {f"tag {n}": "x" * 900 for n in range(10_000)}},
        {"facts": {f"fact {n}": "x" for n in range(10_000)}},
        {"ids": tuple(f"{n:0900}" for n in range(10_000))},
        {"parents": ("k8s:prod:node:n1", "x" * 5000)},
        {"parents": tuple(f"{n}" for n in range(100_000))},
    ],
)
def test_large_words_of_strangers_are_cut_and_no_name_in_two(more: Any) -> None:
    found = bounded(replace(PLAIN, **more))
    assert weight(found) < 5 * ROOM
    assert len(found.name) <= NAME
    assert len(found.tags) <= TAGS
    given = {*replace(PLAIN, **more).parents}
    assert {*found.parents} <= given
    assert found.parents[0] == (more.get("parents") or PLAIN.parents)[0]
    assert bounded(found).key == PLAIN.key


def test_what_can_not_be_meant_is_left_out() -> None:
    page = Page("prod", "all")
    for key in ("", "k" * (KEY + 1)):
        assert page.put(replace(PLAIN, key=key))
        assert page.put(Fault(key, "Down", Severity.ERROR, "down"))
    for value, at in ((nan, 1), (inf, 1), (1.0, -5), (1.0, LAST)):
        assert page.put(Sample(PLAIN.key, "cpu", at, value))
    assert page.put(Cost("2026-11-25", "EC2", nan, "USD"))
    assert page.put(Happening("e", LAST, "Moved"))
    assert len(page) == 0


def test_figures_that_are_none_are_left_out_of_what_stays() -> None:
    one = bounded(replace(PLAIN, size={"vcpus": nan, "disk_gb": 5.0}, created_at=LAST))
    assert (one.size, one.created_at) == ({"disk_gb": 5.0}, None)
    found = bounded(Finding("f", "idle", PLAIN.key, "idle", saving=-inf, since=-1))
    assert (found.saving, found.since) == (0.0, None)


def test_a_page_of_the_largest_things_fits_through_the_pipe() -> None:
    page = Page("prod", "all")
    tags = {f"tag {n}": "x" * 900 for n in range(1000)}
    names = tuple("y" * 900 + str(n) for n in range(99))
    for n in range(400):
        page.put(replace(PLAIN, key=f"k{n}", tags=tags, facts=tags, ids=names, parents=names))
    assert len(msgspec.json.encode(written(page))) < LONGEST


class Ends:
    """Both ends of a way."""

    def __init__(self, server: Pipe, worker: Pipe) -> None:
        self.server, self.worker = server, worker


@pytest.fixture
async def ends() -> Any:
    ours, theirs = socket.socketpair()
    made = Ends(await Pipe.over(ours), await Pipe.over(theirs))
    yield made
    made.server.close()
    made.worker.close()


async def test_halves_of_characters_pass_as_question_marks(ends: Ends) -> None:
    page = Page("prod", "all")
    page.put(replace(PLAIN, name="a\ud800b", tags={"\udfff": "x"}))
    ends.worker.send({"word": written(page), "number": 1})
    said = read((await ends.server.receive())["word"])
    assert isinstance(said, Page)
    (one,) = said.resources.values()
    assert (one.name, one.tags) == ("a?b", {"?": "x"})


@pytest.mark.parametrize("said", [b"{", b"[" * 100_000, b"\xff\xfe"])
async def test_what_is_no_json_is_the_end_of_that_worker_and_of_nothing_else(
    ends: Ends, said: bytes
) -> None:
    ends.worker._writer.write(len(said).to_bytes(4, "big") + said)
    with pytest.raises(EOFError):
        await ends.server.receive()


async def test_what_can_not_be_sent_takes_no_place_on_the_way(ends: Ends) -> None:
    told = Told(ends.worker)
    word: Any = Begun("prod", "all")
    for _ in range(AHEAD + 2):
        with pytest.raises(AttributeError):
            await told.tell(_Unsendable())
    sent = asyncio.create_task(told.tell(word))
    number = (await ends.server.receive())["number"]
    told.taken(number)
    await sent


class _Unsendable(Page):
    def __init__(self) -> None:
        super().__init__("prod", "all")
        del self.source


class Heard:
    """Takes words in."""

    def __init__(self) -> None:
        self.words: list[Word] = []

    async def tell(self, word: Word) -> None:
        self.words.append(word)


async def test_a_worker_tells_of_no_source_that_it_was_not_given(ends: Ends) -> None:
    heard = Heard()

    async def lost(why: str) -> None: ...

    bridge = Bridge(heard, {}, lost, 1 << 40)
    bridge._looked_at = frozenset({"prod"})
    taking = asyncio.create_task(bridge._take(ends.server))
    for number, source in enumerate(("grafana", "prod")):
        bridge._words.put_nowait((number, written(Begun(source, "all"))))
        assert (await ends.worker.receive())["number"] == number
    taking.cancel()
    assert heard.words == [Begun("prod", "all")]


def test_the_worker_is_given_nothing_that_opens_more_than_its_sources(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIXELVIEW_KEY", "0:key")
    monkeypatch.setenv("SLACK", "xoxb-of-the-server")
    monkeypatch.setenv("OS_PASSWORD", "of-the-cloud")
    found = environment({"xoxb-of-the-server"})
    assert not {"PIXELVIEW_KEY", "SLACK"} & {*found}
    assert found["OS_PASSWORD"] == "of-the-cloud"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_memory_that_is_asked_for_at_once_is_refused_and_not_taken() -> None:
    code = """if True:
        from bot.inventory.worker import hold_no_more
        hold_no_more(1 << 30)
        try:
            bytearray(2 << 30)
        except MemoryError:
            print("refused")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"refused\n"
