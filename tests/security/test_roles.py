"""Roles in a whole PixelView: by team, given and taken, from groups, with a second person; who is
denied asks somebody who may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.cards.model import Account, Form, Private
from commands.errors import Conflict, Denied, Invalid
from integrations.base import Transient
from store import audit
from tests.support.world import Pad, World

YAML = """
slack: {bot_token: xoxb-1, app_token: xapp-1}
actions:
  restart: {url: "http://127.0.0.1:1/restart"}
  failover: {url: "http://127.0.0.1:1/failover", approval: {by: "team:db", within: 15m}}
access:
  from: {slack: {"@sre": {web: [responder]}}}
  approve: [admin]
  keep: 10
roles:
  runner: {permissions: ["action:*", self, incident.read]}
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, roles: {db: [responder]}, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, roles: [viewer], slack: U0MEI}
  bob:
    {name: Bob Day, email: bob@example.eu, roles: {web: [editor], everywhere: runner}, slack: U0BOB}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [bob], oncall: bob}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
  - {name: web, match: {team: web}, team: web}
  - {name: rest, team: db}
"""


class Grouped(Pad):
    """A chat that tells who is in which group."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: dict[str, tuple[str, ...]] = {}
        self.down = False

    async def groups_of(
        self, accounts: Sequence[str], groups: Sequence[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """What it was told to say."""
        if self.down:
            raise Transient("no answer")
        return {a: tuple(g for g in self.groups.get(a, ()) if g in groups) for a in accounts}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Ana admin, Omar responder in db, Mei viewer, Bob editor in web who may run actions."""
    made = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML, pad=Grouped())
    yield made
    await made.end()


async def last(world: World) -> tuple[Any, ...]:
    """The newest rows of the record."""
    return tuple(await world.app.reader.read(_rows))


def _rows(tx: Any) -> list[tuple[str, str, str]]:
    from sqlalchemy import select

    from store.tables import AUDIT

    rows = tx.conn.execute(select(AUDIT).order_by(AUDIT.c.at, AUDIT.c.seq))
    return [(r.actor, r.verb, r.outcome) for r in rows]


async def test_a_responder_of_db_acks_what_is_of_db_and_not_of_web(world: World) -> None:
    db = await world.fires("a", labels={"team": "db"})
    web = await world.fires("b", labels={"team": "web"}, title="Shop is slow")
    await world.does("omar", "ack", db)
    with pytest.raises(Denied) as no:
        await world.does("omar", "ack", web)
    assert no.value.needs == "incident.act" and no.value.teams == ("web",)
    assert no.value.ask == ("Bob Day", "Ana Petrova"), "who is on call for it comes first"
    assert await world.asks("omar", "show", incident=web), "looking is not divided by team"


async def test_what_concerns_no_team_needs_a_role_everywhere(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    for args in ({"what": "host=web-1"}, {"what": "host=web-1", "incident": incident}):
        with pytest.raises(Denied):
            await world.does("omar", "silence", **args, until="1h")


async def test_two_incidents_of_two_teams_need_a_role_in_both(world: World) -> None:
    db = await world.fires("a", labels={"team": "db"})
    web = await world.fires("b", labels={"team": "web"}, title="Shop is slow")
    with pytest.raises(Denied):
        await world.does("omar", "merge", db, into=web)


async def test_a_team_editor_changes_what_is_of_the_team_alone(world: World) -> None:
    zone = "rotation: {kind: weekly, people: [bob]}"
    text = f"zone: UTC\nlayers:\n  - name: a\n    start: 2026-01-05T09:00\n    {zone}\n"
    await world.does("bob", "edit", kind="schedule", name="web-primary", text=text)
    for kind, name, text in (
        ("team", "ops", "members: [bob]"),
        ("route", "all", "team: web"),
        ("route", "mine", "match: {team: db}\nteam: db"),
        ("rule", "quiet", "match: warning\ndelay: 5"),
        ("role", "boss", "permissions: ['*']"),
        ("person", "eve", "name: Eve\nroles: []"),
    ):
        with pytest.raises(Denied):
            await world.does("bob", "edit", kind=kind, name=name, text=text)


async def test_nobody_gives_what_they_have_not_whichever_way_they_try(world: World) -> None:
    helper = "name: Helper\nroles: [keeper, responder]"
    text = "permissions: [access.write, access.read, config.write, self]"
    await world.does("ana", "edit", kind="role", name="keeper", text=text)
    await world.does("ana", "edit", kind="person", name="kim", text=helper)
    await world.does("kim", "grant", who="mei", role="responder")
    tries: tuple[tuple[str, dict[str, Any]], ...] = (
        ("grant", {"who": "kim", "role": "admin"}),
        ("grant", {"who": "kim", "role": "editor", "team": "db"}),
        ("grant", {"who": "mei", "role": "auditor"}),
        ("edit", {"kind": "role", "name": "keeper", "text": "permissions: ['*']"}),
        ("edit", {"kind": "role", "name": "big", "text": "permissions: ['action:*']"}),
        ("edit", {"kind": "person", "name": "kim", "text": "name: Helper\nroles: [admin]"}),
        ("edit", {"kind": "person", "name": "joe", "text": "name: Joe\nroles: [admin]"}),
    )
    for verb, args in tries:
        with pytest.raises(Denied):
            await world.does("kim", verb, **args)
    assert "admin" not in world.actor("kim").roles and world.actor("mei").roles[-1] == "responder"


async def test_an_editor_can_not_make_themselves_somebody_else(world: World) -> None:
    await world.does("ana", "edit", kind="person", name="kim", text="name: Kim\nroles: [editor]")
    await world.does("ana", "edit", kind="person", name="lee", text="name: Lee\nroles: [admin]")
    stolen = "name: Lee\nroles: [admin]\nslack: U0KIM"
    with pytest.raises(Denied):
        await world.does("kim", "edit", kind="person", name="lee", text=stolen)
    with pytest.raises(Denied):
        await world.does("kim", "remove", kind="person", name="lee")
    await world.does("kim", "edit", kind="person", name="kim",
                     text="name: Kim\nroles: [editor]\nzone: Europe/Berlin")  # fmt: skip


async def test_a_role_acts_from_the_next_press_on_and_so_does_its_end(world: World) -> None:
    incident = await world.fires("a", labels={"team": "web"})
    before = world.actor("mei")
    await world.does("ana", "grant", who="mei", role="responder", team="web")
    await world.does("mei", "ack", incident)
    with pytest.raises(Conflict, match="already"):
        await world.does("ana", "grant", who="mei", role="responder", team="web")
    await world.does("ana", "ungrant", who="mei", role="responder", team="web")
    assert world.actor("mei") == before
    with pytest.raises(Denied):
        await world.does("mei", "unack", incident)


async def test_what_the_file_says_stays_the_files(world: World) -> None:
    with pytest.raises(Conflict, match="the settings file: change it there"):
        await world.does("ana", "ungrant", who="omar", role="responder", team="db")
    with pytest.raises(Conflict, match="settings file"):
        await world.does("ana", "edit", kind="person", name="omar", text="name: O\nroles: [admin]")
    with pytest.raises(Invalid, match="no role boss"):
        await world.does("ana", "grant", who="mei", role="boss")


async def test_the_last_admin_stays_one(tmp_path: Path) -> None:
    world = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, "url: http://127.0.0.1:8080")
    with pytest.raises(Conflict, match="only admin"):
        await world.does(
            "admin", "edit", kind="person", name="admin", text="name: A\nroles: [viewer]"
        )
    await world.end()


# ---- why ---------------------------------------------------------------------------------------


async def test_can_says_by_which_role_from_where_or_what_is_missing(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    yes = await world.asks("ana", "can", who="omar", do="ack", on=incident)
    by = "incident.act comes with responder in team db (the settings file)."
    assert yes.lines == (f"Yes: Omar Haddad can ack in team db. {by}",)
    no = await world.asks("omar", "can", who="mei", do="ack", on=incident)
    assert no.lines[0] == "No: Mei Lin can't ack in team db." and not no.ok
    assert "Who can: Ana Petrova, Omar Haddad." in no.lines
    await world.does("ana", "grant", who="mei", role="responder")
    given = await world.asks("ana", "can", who="mei", do="ack", on=incident)
    assert "responder (given by Ana Petrova)" in given.lines[0]


async def test_the_roles_of_others_need_access_read(world: World) -> None:
    mine = await world.asks("mei", "roles")
    assert mine.lines == ("Mei Lin: viewer (the settings file)",)
    with pytest.raises(Denied):
        await world.asks("mei", "roles", who="ana")
    assert len((await world.asks("ana", "roles")).facts["people"]) == 4


# ---- denied ------------------------------------------------------------------------------------


async def test_who_is_denied_asks_somebody_who_does_it_as_themselves(world: World) -> None:
    incident = await world.fires("a", labels={"team": "web"})
    answer = await world.press("U0OMAR", f"cmd:ack:{incident}:1")
    assert isinstance(answer, Private) and answer.note is not None
    assert "incident.act in team web; you are responder in team db" in _text(answer)
    ask = answer.note.actions[0]
    assert ask.label == "Ask Bob…"
    form = await world.press("U0OMAR", ask.token)
    assert isinstance(form, Form) and form.title == "Ask"
    assert [i.options for i in form.inputs if i.name == "who"] == [
        (("bob", "Bob Day"), ("ana", "Ana Petrova"))
    ], "nobody is offered who can't either"
    number = ask.token.partition("wish=")[2].partition("&")[0]
    assert ("person:omar", "ack", "denied") in await last(world)
    with pytest.raises(Invalid, match="can't either"):
        await world.does("omar", "wish", wish=int(number), who="mei")
    await world.does("omar", "wish", wish=int(number), who="bob", text="I am on it")
    with pytest.raises(Exception, match="Nobody asks you"):
        await world.does("mei", "do-wish", wish=int(number))
    assert world.pad.posts == [], "the channel sees nothing"
    await world.does("bob", "do-wish", wish=int(number))
    assert (await world.incident(incident)).holder == "bob"
    with pytest.raises(Conflict, match="over"):
        await world.does("bob", "do-wish", wish=int(number))


def _text(answer: Private) -> str:
    assert answer.note is not None
    return "".join(span.text for line in answer.note.lines for span in line)


async def test_a_form_that_may_not_be_sent_is_not_opened_and_that_is_on_record(
    world: World,
) -> None:
    incident = await world.fires("a", labels={"team": "web"})
    answer = await world.press("U0MEI", f"cmd:resolve:{incident}:1")
    assert isinstance(answer, Private) and "can't resolve" in _text(answer)
    assert ("person:mei", "resolve", "denied") in await last(world)


async def test_a_stranger_is_let_do_nothing_and_told_how_to_link(world: World) -> None:
    incident = await world.fires("a")
    before = await world.incident(incident)
    for token in (f"cmd:ack:{incident}:1", f"cmd:show:{incident}:1", f"cmd:resolve:{incident}:1"):
        answer = await world.press("U0EVIL", token)
        assert isinstance(answer, Private) and "I don't know you yet" in _text(answer)
    assert await world.incident(incident) == before
    evil = Account("slack", "T1", "U0EVIL", "Evil")
    assert await world.app.desk.suggest("ack", "incident", "", evil) == []


# ---- a second person ---------------------------------------------------------------------------


async def test_an_action_has_a_permission_of_its_own(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    with pytest.raises(Denied) as no:
        await world.does("omar", "run", incident, action="restart")
    assert no.value.needs == "action:restart"
    await world.does("bob", "run", incident, action="restart")
    assert "action" in await world.history(incident)


async def test_a_second_person_must_agree_and_is_never_who_asks(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    asked = await world.does("ana", "run", incident, action="failover")
    number = int(asked.say.rpartition(" ")[2])
    assert "waits for somebody of team db" in asked.say
    for who in ("ana", "bob", "mei"):
        with pytest.raises(Denied):
            await world.does(who, "approve", approval=number)
    done = await world.does("omar", "approve", approval=number)
    assert "It is under way" in done.say
    kinds = await world.history(incident)
    assert kinds.count("approval") == 2 and "action" in kinds
    with pytest.raises(Conflict, match="over"):
        await world.does("omar", "approve", approval=number)


async def test_what_nobody_approves_expires_and_is_not_done(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    asked = await world.does("ana", "run", incident, action="failover")
    number = int(asked.say.rpartition(" ")[2])
    await world.advance(minutes=16)
    with pytest.raises(Conflict, match="expired"):
        await world.does("omar", "approve", approval=number)
    said = [e.say for e in (await world.detail(incident)).timeline if e.kind == "action"]
    assert not [s for s in said if "failover" in s]


async def test_a_denied_request_says_why_and_runs_nothing(world: World) -> None:
    incident = await world.fires("a", labels={"team": "db"})
    asked = await world.does("ana", "run", incident, action="failover")
    await world.does("omar", "deny", approval=int(asked.say.rpartition(" ")[2]), text="not now")
    lines = (await world.detail(incident)).timeline
    assert any(e.kind == "approval" and e.why == "not now" for e in lines)


async def test_who_lost_the_permission_meanwhile_gets_nothing_by_an_approval(world: World) -> None:
    await world.does("ana", "grant", who="mei", role="runner")
    incident = await world.fires("a", labels={"team": "db"})
    asked = await world.does("mei", "run", incident, action="failover")
    await world.does("ana", "ungrant", who="mei", role="runner")
    with pytest.raises(Denied):
        await world.does("omar", "approve", approval=int(asked.say.rpartition(" ")[2]))


async def test_a_role_that_needs_a_second_admin_waits_for_one(world: World) -> None:
    with pytest.raises(Conflict, match="there is nobody"):
        await world.does("ana", "grant", who="bob", role="admin")
    await world.does("ana", "edit", kind="person", name="lee", text="name: Lee\nroles: [admin]")
    asked = await world.does("ana", "grant", who="bob", role="admin")
    assert "admin" not in world.actor("bob").roles
    await world.does("lee", "approve", approval=int(asked.say.rpartition(" ")[2]))
    assert "admin" in world.actor("bob").roles


# ---- roles from groups -------------------------------------------------------------------------


async def test_a_group_gives_a_role_and_takes_it_when_it_is_gone(world: World) -> None:
    pad = world.pad
    assert isinstance(pad, Grouped)
    pad.groups["U0MEI"] = ("@sre",)
    await world.app.lent.look()
    assert world.actor("mei").grants == (("web", "responder"),)
    told = await world.asks("ana", "can", who="mei", do="ack", team="web")
    assert "responder in team web (@sre in Slack)" in told.lines[0]
    with pytest.raises(Conflict, match="@sre in Slack: change it there"):
        await world.does("ana", "ungrant", who="mei", role="responder", team="web")
    pad.groups.clear()
    await world.advance(minutes=5)
    await world.app.lent.look()
    assert world.actor("mei").grants == ()
    _, _, flaws = await world.app.reader.read(audit.verify)
    assert flaws == []


async def test_a_chat_that_does_not_answer_takes_nothing_for_a_while_and_then_does(
    world: World,
) -> None:
    pad = world.pad
    assert isinstance(pad, Grouped)
    pad.groups["U0MEI"] = ("@sre",)
    await world.app.lent.look()
    pad.down = True
    await world.advance(minutes=9)
    await world.app.lent.look()
    assert world.actor("mei").grants == (("web", "responder"),)
    await world.advance(minutes=2)
    await world.app.lent.look()
    assert world.actor("mei").grants == ()


async def test_a_press_that_shows_other_groups_is_looked_at_before_it_counts(world: World) -> None:
    pad = world.pad
    assert isinstance(pad, Grouped)
    incident = await world.fires("a", labels={"team": "web"})
    pad.groups["U0MEI"] = ("@sre",)
    mei = Account("slack", "T1", "U0MEI", "Mei", ("R1",))
    await world.app.desk.press(f"cmd:ack:{incident}:1", mei, "k")
    assert (await world.incident(incident)).holder == "mei"
    pad.groups.clear()
    answer = await world.app.desk.press(
        f"cmd:resolve:{incident}:2", Account("slack", "T1", "U0MEI", "Mei", ()), "k2"
    )
    assert isinstance(answer, Private) and "can't resolve" in _text(answer)
