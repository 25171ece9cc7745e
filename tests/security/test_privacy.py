"""A person's data can be copied whole and erased whole, while the record stays verifiable."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, String, Table, select

from bot.cards.model import Account, Heard
from commands.errors import Conflict, Denied, NotFound
from store import access, approvals, audit, contacts, definitions, grants, privacy, stakeholders
from store.approvals import WISH, Approval
from store.model.access import BY_HAND
from store.model.privacy import EXPORT, Job
from store.model.stakeholder import Subject, Subscription
from store.tables import METADATA
from store.traces import Traces
from tests.support.engines import AGAIN, migrated_url
from tests.support.opened import everything, says
from tests.support.world import START, YAML, World, alert
from tests.web.site import Site

pytestmark = pytest.mark.broad

NAME, MAIL, PHONE, SLACK = "Bo Plantagenet", "bo.plant@example.eu", "+15550107777", "U0BOPLANT"
BO = f"name: {NAME}\nemail: {MAIL}\nslack: {SLACK}\nroles: [responder]\n"
PLANTED = (NAME, "Plantagenet", MAIL, PHONE, SLACK, "Bo")


ALONE = [t for t in METADATA.sorted_tables if "person" in t.c and t.name not in ("runs", "covers")]
"""Tables whose rows are about one person: sessions, accounts, devices, whatever comes."""


def plant(tx: Any, table: Table, person: str) -> None:
    """A row of any such table, filled as its columns ask."""
    row: dict[str, Any] = {}
    key = [c.name for c in table.primary_key.columns]
    for column in table.c:
        if isinstance(column.type, LargeBinary):
            row[column.name] = os.urandom(16)
        elif isinstance(column.type, String):
            row[column.name] = person if column.name == "person" else "x"
        else:
            row[column.name] = tx.ids.next(START)
    if "sealed" in table.c:
        row["sealed"] = tx.ring.seal(table.name, row[key[0]], {"account": "a", "address": {}})
    tx.conn.execute(table.insert().values(**row))


async def lived(world: World) -> int:
    """Bo was there: defined, linked, paged, wrote, was written about; now nothing is theirs."""
    await world.does("ana", "edit", kind="person", name="bop", text=BO)
    await world.does(
        "ana", "edit", kind="team", name="web", text="members: [bop, ana]\noncall: ana"
    )

    def own(ctx: Any) -> None:
        access.link_account(ctx.tx, ctx.now, "bop", "discord", "88887777", "console")
        access.create_token(ctx.tx, ctx.now, "bop-cli", role="person:bop")
        contacts.worked(ctx.tx, ctx.now, "bop", "sms", PHONE)
        contacts.failed(ctx.tx, ctx.now, "bop", "email", MAIL, f"no {MAIL}")

    await world.door.system(own)
    number = await world.fires(labels={"team": "db", "owner": MAIL}, title=f"asked by {NAME}")
    await world.does("omar", "ack", number)
    asked = await world.does("ana", "page", who="bop", text="look please")
    await world.does("omar", "resolve", asked.changed[0][0], how="now")
    await world.does("bop", "note", number, text=f"I am {NAME}, call {PHONE}")
    await world.does("ana", "note", number, text="Bo knows it, so does @bop")
    bo = Account("slack", "T1", SLACK, "Bo")
    await world.app.desk.heard(number, Heard("C1", "m1", "and from chat"), bo)
    await world.does("bop", "away", when="24 dec - 2 jan", reason="with Bo's mother")
    await world.does("bop", "subscribe", what="team:db")
    await world.does("omar", "resolve", number, how="now", text=f"thanks {NAME}")
    await world.settle()
    return number


async def erased(world: World, who: str = "bop", **more: Any) -> int:
    """Asked for, confirmed, and through."""
    done = await world.does("ana", "erase", who=who, **more)
    assert done.asks
    job = int(done.offers[0].token.split(":")[2])
    await world.does("ana", "erase-yes", erasure=job)
    for _ in range(20):
        await world.advance(seconds=1)
    return job


def job_of(tx: Any, number: int) -> Job:
    found = privacy.get(tx, number)
    assert found is not None
    return found


@pytest.mark.parametrize("engine", AGAIN)
async def test_after_an_erasure_the_keys_open_nothing_of_the_person(
    engine: str, tmp_path: Path
) -> None:
    world = await World.build(migrated_url(engine, tmp_path), tmp_path)
    number = await lived(world)
    before = await world.app.reader.read(everything)
    assert all(says(before, word) for word in PLANTED)
    job = await erased(world)
    after = await world.app.reader.read(everything)
    assert not {word: says(after, word) for word in PLANTED if says(after, word)}
    mine = [row for row in says(after, "bop") if not row.startswith("audit ")]
    assert mine == []
    stays = {row.split(" ", 1)[0] for row in says(after, f"erased-{job}")}
    assert {"definitions", "timeline", "notes", "runs", "incidents"} <= stays
    detail = await world.detail(number)
    assert any(
        f"erased-{job} wrote" in e.say or e.actor == f"erased-{job}" for e in detail.timeline
    )
    assert (await world.app.reader.read(lambda tx: job_of(tx, job))).state == privacy.DONE
    await world.end()


async def test_the_record_still_verifies_and_says_what_was_erased(world: World) -> None:
    await lived(world)
    await world.minute()
    await erased(world)
    await world.minute()
    rows, _, flaws = await world.app.reader.read(_verified)
    assert rows > 10
    assert not flaws
    text = await world.app.reader.read(everything)
    assert [r for r in says(text, "audit.erased") if '"sealed": {' in r]
    theirs = [r for r in text.split("\n") if r.startswith("audit ") and '"person:bop"' in r]
    assert theirs
    assert all('"sealed": null' in r for r in theirs)


def _verified(tx: Any) -> tuple[int, int, list[Any]]:
    found: Any = audit.verify(tx)
    if isinstance(found, tuple):
        return found
    return found.rows, found.anchors, list(found.flaws)


async def test_who_was_asked_then_stays_known_by_the_pseudonym(world: World) -> None:
    number = await lived(world)
    job = await erased(world)
    asked = await world.detail(number + 1)
    assert f"erased-{job}" in {p.person for p in asked.pages}
    version = await world.app.reader.read(lambda tx: definitions.load(tx, 2))
    then = version.people[f"erased-{job}"]
    assert (then.name, then.email, dict(then.contacts)) == (f"erased-{job}", None, {})


async def test_notes_are_kept_under_the_pseudonym_or_taken_back(world: World) -> None:
    number = await lived(world)
    await erased(world, words="remove")
    said = [e.say for e in (await world.detail(number)).timeline if e.kind == "note"]
    assert not [s for s in said if "call" in s or "from chat" in s]
    assert any("knows it" in s for s in said)


async def test_nothing_opens_for_who_is_erased_from_the_moment_it_is_said(world: World) -> None:
    await lived(world)
    done = await world.does("ana", "erase", who=MAIL)
    job = int(done.offers[0].token.split(":")[2])
    assert "bop" in world.door.definitions().people
    await world.door.do("erase-yes", {"erasure": job}, world.actor("ana"))
    assert "bop" not in world.door.definitions().people
    assert world.door.definitions().teams["web"].members == ("ana",)

    def theirs(tx: Any) -> tuple[int, int]:
        return len(contacts.of_person(tx, "bop")), len(access.surfaces_of(tx, "bop"))

    assert await world.app.reader.read(theirs) == (0, 0)


async def test_every_table_about_one_person_is_emptied_of_them(world: World) -> None:
    def left(ctx: Any) -> list[str]:
        for table in ALONE:
            plant(ctx.tx, table, "bop")
        privacy.remove_own(ctx.tx, Traces("bop"))
        mine = {t.name: select(t.c.person).where(t.c.person == "bop") for t in ALONE}
        return [name for name, q in mine.items() if ctx.tx.conn.execute(q).first() is not None]

    assert {"contacts", "identities"} <= {t.name for t in ALONE}
    assert await world.door.system(left) == []


async def test_it_is_refused_with_what_to_do_first(world: World) -> None:
    await world.does("ana", "edit", kind="person", name="bop", text=BO)
    await world.does("ana", "edit", kind="team", name="web", text="members: [bop]\noncall: bop")
    number = await world.fires()
    await world.does("bop", "ack", number)
    with pytest.raises(Conflict) as refused:
        await world.does("ana", "erase", who="bop")
    assert f"#{number}" in refused.value.error
    assert "team web names them" in refused.value.error
    with pytest.raises(Conflict, match=r"settings file defines them.*only admin|people\.ana"):
        await world.does("ana", "erase", who="ana")
    with pytest.raises(NotFound):
        await world.does("ana", "erase-yes", erasure=99)
    with pytest.raises(Denied):
        await world.does("omar", "erase", who="bop")


async def test_what_became_impossible_meanwhile_is_refused_at_the_second_look(world: World) -> None:
    await world.does("ana", "edit", kind="person", name="bop", text=BO)
    done = await world.does("ana", "erase", who="bop")
    number = await world.fires()
    await world.does("bop", "ack", number)
    with pytest.raises(Conflict, match=f"#{number}"):
        await world.does("ana", "erase-yes", erasure=int(done.offers[0].token.split(":")[2]))


async def test_a_second_person_agrees_where_that_is_set(tmp_path: Path) -> None:
    yaml = YAML.replace("roles: [viewer]", "roles: [admin]") + "privacy: {approve: 'role:admin'}\n"
    world = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, yaml)
    await world.does("ana", "edit", kind="person", name="bop", text=BO)
    done = await world.does("ana", "erase", who="bop")
    job = int(done.offers[0].token.split(":")[2])
    waits = await world.does("ana", "erase-yes", erasure=job)
    assert "waits for" in waits.say
    assert "bop" in world.door.definitions().people
    with pytest.raises(Denied):
        await world.does("ana", "approve", approval=1)
    await world.does("mei", "approve", approval=1)
    assert "bop" not in world.door.definitions().people
    for _ in range(15):
        await world.advance(seconds=1)
    text = await world.app.reader.read(everything)
    assert not {word: says(text, word) for word in (NAME, MAIL, SLACK) if says(text, word)}
    await world.end()


async def test_a_stranger_who_follows_by_mail_is_erased_as_well(world: World) -> None:
    stranger = "boss.planted@example.org"
    made = Subscription(0, Subject("team", "db"), stranger, 1, "ana", True, True, True)
    await world.door.system(lambda ctx: stakeholders.put(ctx.tx, made))
    await world.fires(title=f"mail to {stranger} bounced")
    assert len(says(await world.app.reader.read(everything), stranger)) >= 2
    await erased(world, stranger)
    left = says(await world.app.reader.read(everything), stranger)
    assert [r for r in left if not r.startswith("audit ") or '"verb": "erase' not in r] == []


async def test_what_waits_for_a_second_word_is_erased_too(world: World) -> None:
    await world.does("ana", "edit", kind="person", name="bop", text=BO)

    def asked(ctx: Any) -> None:
        for number, asker, to in ((901, "bop", ("ana",)), (902, "omar", ("bop", "ana"))):
            why = f"call {MAIL}, says @bop"
            one = Approval(number, WISH, "grant", asker, None, START, START, "bop", START,
                           {"who": "bop"}, "", to, f"make bop, {NAME}, viewer", why)  # fmt: skip
            approvals.add(ctx.tx, one)
        grants.give(ctx.tx, START, "bop", ("db", "viewer"), BY_HAND, "ana")

    await world.door.system(asked)
    seen = await world.app.reader.read(grants.changed)
    await erased(world)
    text = await world.app.reader.read(everything)
    mine = [row for row in says(text, "bop") if row.startswith(("approvals", "role_grants"))]
    assert mine == []
    assert not says(text, NAME)
    one = await world.app.reader.read(lambda tx: approvals.get(tx, 902))
    assert one is not None
    assert one.asker == "omar"
    assert await world.app.reader.read(grants.changed) > seen


async def test_a_copy_holds_everything_and_is_gone_after_a_week(world: World) -> None:
    number = await lived(world)
    await world.does("bop", "privacy-export")
    for _ in range(15):
        await world.advance(seconds=1)
    (job,) = [j for j in await world.app.reader.read(privacy.recent) if j.kind == EXPORT]
    assert (job.state, job.by) == (privacy.DONE, "bop")
    kept = await world.app.reader.read(lambda tx: list(privacy.parts(tx, job.id)))
    tables = {name for name, _ in kept}
    assert {"definitions", "contacts", "identities", "tokens", "notes", "timeline",
            "audit", "runs", "outbox", "subscriptions", "incidents"} <= tables  # fmt: skip
    text = json.dumps(kept, ensure_ascii=False)
    assert all(
        word in text for word in (NAME, MAIL, PHONE, SLACK, "from chat", f'"{number}"'[1:-1])
    )
    assert "hash" not in {key for _, row in kept for key in row}
    assert [card.head.word for _, card in world.pad.direct][-1] == "PRIVACY"
    await world.advance(minutes=7 * 24 * 60 + 1)
    assert await world.app.reader.read(lambda tx: privacy.get(tx, job.id)) is None


async def test_the_data_of_others_needs_a_right_of_its_own(world: World) -> None:
    with pytest.raises(Denied):
        await world.does("omar", "privacy-export", who="mei")
    assert "Gathering" in (await world.does("omar", "privacy-export")).say
    assert "Gathering" in (await world.does("mei", "privacy-export", who="mei")).say
    assert "Mei Lin" in (await world.does("ana", "privacy-export", who="@mei")).say
    assert "erasure" not in "".join((await world.asks("mei", "privacy")).lines)


async def test_a_restart_on_the_way_loses_nothing(tmp_path: Path) -> None:
    world = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path)
    await lived(world)
    for n in range(400):
        await world.hears(alert(f"k{n % 7}", title=f"{NAME} {n % 7}"))
    done = await world.does("ana", "erase", who="bop")
    job = int(done.offers[0].token.split(":")[2])
    await world.door.do("erase-yes", {"erasure": job}, world.actor("ana"))
    await world.app.ticker.tick()
    await world.die()
    world = await world.again()
    for _ in range(30):
        await world.advance(seconds=1)
    after = await world.app.reader.read(everything)
    assert not {word: says(after, word) for word in PLANTED if says(after, word)}
    await world.end()


def test_a_handle_is_no_word_of_other_things() -> None:
    who = Traces("db", ("Dee Bee",), ("Dee",), ("db@x.eu",), "erased-1")
    row = {
        "team": "db", "holder": "db", "who": ["db", "ana"], "labels": {"service": "db"},
        "notes": {"db": "x"}, "say": "Dee took db-3, the db of DB@x.eu, @db", "text": "Deep",
        "targets": ["person:db", "round_robin:ana,db", "schedule:db-x"],
    }  # fmt: skip
    assert who.without(row) == {
        "team": "db", "holder": "erased-1", "who": ["erased-1", "ana"],
        "labels": {"service": "db"}, "notes": {"erased-1": "x"},
        "say": "erased-1 took db-3, the db of [erased], @erased-1", "text": "Deep",
        "targets": ["person:erased-1", "round_robin:ana,erased-1", "schedule:db-x"],
    }  # fmt: skip


def test_what_is_erased_is_what_the_walk_knows() -> None:
    assert {"contacts", "identities", "sessions", "audit", "outbox"} <= set(privacy.tables())
    assert privacy.tables()[:2] == ("definitions", "config_versions")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A PixelView that listens on loopback."""
    made = await Site.build(f"sqlite:///{tmp_path}/pv.db", tmp_path)
    yield made
    await made.end()


async def test_a_copy_is_read_in_the_console_by_whom_it_is_about_alone(site: Site) -> None:
    omar, mei, world = await site.visitor("omar"), await site.visitor("mei"), site.world
    await world.does("omar", "privacy-export")
    for _ in range(15):
        await world.advance(seconds=1)
    page = await omar.get("/privacy")
    assert "Copy 1 · omar · done" in page.words
    assert "Erase" not in page.words
    told = json.loads((await omar.get("/privacy/1.json")).text)
    assert told["whom"] == "omar"
    assert [r for r in told["kept"]["definitions"] if r["kept"].get("email") == "omar@example.eu"]
    text = await omar.get("/privacy/1.txt")
    assert text.headers["Content-Disposition"].startswith("attachment")
    assert "Who you are: every version (2)" in text.text
    assert "email: omar@example.eu" in text.text
    assert (await mei.get("/privacy/1.json")).status == 404
    assert "Copy 1" not in (await mei.get("/privacy")).words
    assert (await site.stranger().get("/privacy/1.json")).status in (303, 401)
    ana = await site.visitor("ana")
    assert (await ana.get("/privacy/1.json")).status == 200
    assert "Erase somebody" in (await ana.get("/privacy")).words
    taken = says(await world.app.reader.read(everything), "privacy-copy")
    assert len([r for r in taken if r.startswith("audit ")]) >= 2
