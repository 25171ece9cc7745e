"""Runs in the console: the list, one run, its output as a file, and what an action takes."""

from __future__ import annotations

from dataclasses import replace

from commands.automation import ending
from commands.automation.offers import Catalogue
from commands.context import Ctx
from store import executions
from store.executions import DONE, FAILED, RUNNING, Execution, Ran
from tests.automation.test_running_from_the_card import FAILOVER, ROTATE, Held
from tests.web.markup import Page
from tests.web.site import Site, Visitor


async def ran(site: Site, incident: int, params: str, **changed: object) -> Execution:
    """One that runs."""
    await site.world.does("ana", "run", incident, action="rotate-wal", params=params)
    one = (await site.world.door.reader.read(executions.last))[0]

    def change(ctx: Ctx) -> Execution:
        return executions.save(ctx.tx, one, state=RUNNING, began_at=ctx.now, **changed)

    return await site.world.door.system(change)


async def test_the_list_and_each_run_are_addresses(site: Site, ana: Visitor) -> None:
    world = site.world
    world.door.rules = replace(world.door.rules, offers=Catalogue((ROTATE, FAILOVER)))
    world.app.outbox.carrier.others.errands.executing.engine = Held()  # type: ignore[assignment]
    incident = await world.fires(labels={"host": "db-3"})
    steps = (Ran("check", DONE, 0, 1, 2), Ran("<b>archive", RUNNING, 1, 2))
    goes = await ran(site, incident, "token=hunter2", steps=steps, tail=("<i>28 of 41",))
    over = await ran(site, incident, "host=db-9")

    def fail(ctx: Ctx) -> None:
        executions.keep_packed(ctx.tx, over.id, executions.packed("first line\n" * 40))
        ending.ended(ctx, over.id, FAILED, "No space left", "exit 1")

    await world.door.system(fail)
    pages = {p: await ana.get(p) for p in (
        "/runs", "/runs?state=failed", "/runs?who=omar", "/runs?incident=x", f"/runs/{goes.id}",
        f"/runs/{over.id}", f"/i/{incident}", f"/ask/run?incident={incident}",
    )}  # fmt: skip
    for path, page in pages.items():
        assert Page(page.text).faults == [], path
        assert "hunter2" not in page.text, path
    assert "data-follows" in pages["/runs"].text and "rotate-wal" in pages["/runs"].text
    assert "data-follows" not in pages["/runs?state=failed"].text
    assert "Nothing like that was run." in pages["/runs?who=omar"].text
    running, failed = pages[f"/runs/{goes.id}"].text, pages[f"/runs/{over.id}"].text
    assert "&lt;i&gt;28 of 41" in running and "&lt;b&gt;archive" in running
    assert "exit 1" in failed and "first line" in failed and "Run with changes…" in failed
    assert f"/runs/{over.id}" in pages[f"/i/{incident}"].text
    text = await ana.get(f"/runs/{over.id}.txt")
    assert text.text.startswith("first line\n")
    told = await world.asks("ana", "action", action="rotate-wal")
    assert told.lines[:4] == (
        "rotate-wal: Rotate WAL", "host= (needed)", "keep= (24h unless said)", "force= (yes or no)",
    )  # fmt: skip
