"""Sessions at the console: their secret changes, a copy ends them, one sees and ends one's own."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from commands.context import Ctx
from store import definitions
from store.definitions import Key, Row, row_of
from store.model import DAY, MINUTE, SECOND, Definitions
from tests.support.world import YAML
from tests.web.site import SAME, Site, Visitor
from tests.web.test_signin import record, told, types


async def with_cookie(site: Site, cookie: str) -> int:
    """What a page answers to somebody who has that cookie and nothing else."""
    return (await site.stranger().get("/oncall", Cookie=f"pv={cookie}")).status


async def test_the_secret_changes_every_quarter_of_an_hour_and_forms_go_on(
    site: Site, ana: Visitor
) -> None:
    first, csrf = ana.cookies()["pv"], await ana.csrf()
    site.world.clock.at += 14 * MINUTE
    await ana.get("/oncall")
    assert ana.cookies()["pv"] == first
    site.world.clock.at += MINUTE
    await ana.get("/oncall")
    second = ana.cookies()["pv"]
    assert second != first
    assert await ana.csrf() == csrf
    assert await with_cookie(site, first) == 200  # a request that was under way
    site.world.clock.at += 31 * SECOND
    assert (await ana.get("/oncall")).status == 200


async def test_a_copy_of_an_old_cookie_ends_the_session_and_is_told(
    site: Site, ana: Visitor
) -> None:
    stolen = ana.cookies()["pv"]
    site.world.clock.at += 15 * MINUTE
    await ana.get("/oncall")
    await ana.get("/oncall")
    site.world.clock.at += MINUTE
    assert await with_cookie(site, stolen) == 401
    assert (await ana.get("/oncall")).status == 401
    assert any("A session of yours was ended" in heard for heard in await told(site))
    (kept,) = await record(site, "session.end")
    assert (kept["why"], kept["person"]) == ("reused", "ana")


async def test_a_thief_who_is_sooner_is_found_out_by_the_owner(site: Site, ana: Visitor) -> None:
    stolen = ana.cookies()["pv"]
    thief = site.stranger()
    thief.keeps(pv=stolen)
    site.world.clock.at += 15 * MINUTE
    await thief.get("/oncall")
    await thief.get("/oncall")
    assert thief.cookies()["pv"] != stolen
    site.world.clock.at += MINUTE
    assert (await ana.get("/oncall")).status == 401
    assert (await thief.get("/oncall")).status == 401


async def test_an_answer_that_got_lost_signs_nobody_out(site: Site, ana: Visitor) -> None:
    kept = ana.cookies()["pv"]
    for _ in range(3):
        site.world.clock.at += 16 * MINUTE
        assert await with_cookie(site, kept) == 200
    assert (await ana.get("/oncall")).status == 200


async def test_a_role_that_changes_holds_from_the_next_request_on_and_changes_the_secret(
    site: Site, ana: Visitor
) -> None:
    omar = await site.visitor("omar")
    before = omar.cookies()["pv"]
    incident = await site.world.fires()
    person = site.world.door.definitions().people["omar"]
    lesser = {**row_of(person), "roles": ["viewer"]}
    site.world.door._definitions = await _defined(site, {("person", "omar"): lesser})
    assert (await omar.does("ack", incident)).status == 403
    assert omar.cookies()["pv"] != before
    site.world.door._definitions = await _defined(site, {("person", "omar"): None})
    assert (await omar.get("/oncall")).status == 401
    (kept,) = await record(site, "session.end")
    assert kept["why"] == "removed"


async def _defined(site: Site, changes: dict[Key, Row | None]) -> Definitions:
    def put(ctx: Ctx) -> Definitions:
        version = definitions.put(ctx.tx, ctx.now, "ana", changes)
        return definitions.load(ctx.tx, version)

    return await site.world.door.system(put)


async def test_one_sees_where_one_is_signed_in_and_ends_what_is_not_oneself(
    site: Site, ana: Visitor
) -> None:
    other, omar = await site.visitor("ana"), await site.visitor("omar")
    page = await ana.get("/me/sessions")
    assert page.words.count("by a link from Slack") == 2
    assert page.text.count("this browser") == 1
    (number,) = re.findall(r"/me/sessions/(\d+)/end", page.text)
    assert (await other.get("/oncall")).status == 200
    assert (await ana.post(f"/me/sessions/{number}/end", {})).status == 403
    csrf = await ana.csrf()
    done = await ana.post(f"/me/sessions/{number}/end", {"csrf": csrf})
    assert (done.status, done.location) == (303, "/me/sessions")
    assert (await other.get("/oncall")).status == 401
    theirs = re.findall(r"(\d+): ", "\n".join(await types_of(site, "omar")))
    refused = await ana.post(f"/me/sessions/{theirs[0]}/end", {"csrf": csrf})
    assert refused.status == 303  # an admin may
    assert (await omar.get("/oncall")).status == 401


async def types_of(site: Site, handle: str) -> list[str]:
    """The sessions of somebody, as they ask in chat."""
    return (await types(site, "sessions", handle)).splitlines()


async def test_all_others_end_and_the_own_stays(site: Site, ana: Visitor) -> None:
    others = [await site.visitor("ana") for _ in range(3)]
    done = await ana.post("/me/sessions/others", {"csrf": await ana.csrf()})
    assert done.status == 303
    assert (await ana.get("/oncall")).status == 200
    assert [(await o.get("/oncall")).status for o in others] == [401, 401, 401]


async def test_nobody_ends_a_session_of_somebody_else_s_without_the_right(
    site: Site, ana: Visitor
) -> None:
    (line, *_) = await types_of(site, "ana")
    number = line.partition(":")[0]
    assert "There is no session" in await types(site, f"end-session {number}", "omar")
    assert "access.write" in await types(site, "end-session --every @ana", "omar")
    assert "access.read" in await types(site, "sessions @ana", "omar")
    assert (await ana.get("/oncall")).status == 200
    await types(site, "end-session --every", "ana")
    assert (await ana.get("/oncall")).status == 401


async def test_a_stream_ends_with_its_session(site: Site, ana: Visitor) -> None:
    async with ana.session.get(site.url + "/events", headers=SAME) as stream:
        assert b"hello" in await stream.content.readuntil(b"\n\n")
        await types(site, "end-session --every", "ana")
        async with asyncio.timeout(60):
            while b"over" not in await stream.content.readuntil(b"\n\n"):
                continue
            assert await stream.content.read() == b""


async def test_time_outs_are_settings(tmp_path: Path) -> None:
    yaml = YAML + "sessions: {idle: 30m, absolute: 2h, rotate: 5m}\n"
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, yaml)
    try:
        ana, idle = await site.visitor("ana"), await site.visitor("ana")
        for _ in range(5):
            site.world.clock.at += 20 * MINUTE
            await ana.get("/oncall")
            assert (await ana.get("/oncall")).status == 200
        assert (await idle.get("/oncall")).status == 401
        site.world.clock.at += 20 * MINUTE
        assert (await ana.get("/oncall")).status == 401
        site.world.clock.at += DAY
        assert (await ana.get("/oncall")).status == 401
    finally:
        await site.end()
