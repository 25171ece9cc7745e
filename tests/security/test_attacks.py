"""What an attacker with the source tries, one try a test: each is a hole that was shut."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.web.api import Api
from commands.errors import CommandError, Conflict, Denied, Invalid, NotFound
from commands.rules.addresses import whose_address
from store import approvals
from store.approvals import WAITS, Approval
from tests.support.world import START, World
from tests.web.site import Site

YAML = """
slack: {bot_token: xoxb-1, app_token: xapp-1}
sensitive: {labels: [customer]}
actions:
  failover: {url: "http://127.0.0.1:1/failover", approval: {by: "team:db", within: 15m}}
roles:
  privacy: {permissions: [privacy.write, self, incident.read]}
  keeper: {permissions: ["audit.*", self, incident.read]}
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, roles: [admin], slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, roles: [viewer], slack: U0MEI}
  ned: {name: Ned Day, email: ned@example.eu, roles: [editor], slack: U0NED}
  bob: {name: Bob Day, email: bob@example.eu, roles: {web: [editor]}, slack: U0BOB}
  pia: {name: Pia Rey, email: pia@example.eu, roles: [privacy], slack: U0PIA}
  kim: {name: Kim Ode, email: kim@example.eu, roles: [keeper], slack: U0KIM}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [bob], oncall: bob}
schedules:
  deep:
    zone: UTC
    layers:
      - {name: one, start: 2026-01-05T09:00, rotation: {kind: weekly, people: [ana, omar]}}
policies:
  base: {steps: [{targets: ["person:ana"], delay: 5}]}
  db: {steps: [{targets: ["schedule:deep"], delay: 5}, {targets: ["policy:base"], delay: 5}]}
  web: {steps: [{targets: ["person:bob"], delay: 5}]}
routes:
  - {name: db, match: {team: db}, team: db, policy: db, channels: ["slack:#ops"]}
  - {name: web, match: {team: web}, team: web, policy: web}
  - {name: rest, team: db, policy: db}
"""


DEEP = """
zone: UTC
layers: [{{name: one, start: 2026-01-05T09:00, rotation: {{kind: weekly, people: [{who}]}}}}]
"""


def steps(*targets: str) -> str:
    """A policy."""
    return f"steps: [{', '.join(f'{{targets: [{t!r}], delay: 5}}' for t in targets)}]"


async def makes(world: World, who: str, **kinds: Mapping[str, str]) -> None:
    """Somebody changes definitions."""
    for kind, named in kinds.items():
        for name, text in named.items():
            await world.does(who, "edit", kind=kind, name=name, text=text)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Ana and Omar are admins, Ned edits everywhere, Bob in web, Mei looks, Pia has privacy."""
    made = await World.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML)
    yield made
    await made.end()


async def test_a_form_of_the_console_shows_no_definition_to_who_may_not_read_it(
    tmp_path: Path,
) -> None:
    site = await Site.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML)
    try:
        text = "name: Zoe\nemail: zoe.secret@example.eu\nroles: [viewer]\n"
        await site.world.does("ana", "edit", kind="person", name="zoe", text=text)
        ana = await site.visitor("ana")
        assert "zoe.secret" in (await ana.get("/ask/edit?kind=person&name=zoe&form=1")).text
        for who in ("mei", "bob"):
            visitor = await site.visitor(who)
            for verb in ("edit", "preview"):
                found = await visitor.get(f"/ask/{verb}?kind=person&name=zoe&form=1")
                assert found.status == 200
                assert "zoe.secret" not in found.text, (who, verb)
    finally:
        await site.end()


async def test_a_role_of_ones_own_opens_the_record_as_the_built_in_ones_do(
    tmp_path: Path,
) -> None:
    site = await Site.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML)
    try:
        kim, mei = await site.visitor("kim"), await site.visitor("mei")
        assert 'href="/audit"' in (await kim.get("/more")).text
        assert "/audit/export" in (await kim.get("/audit")).text
        assert 'href="/audit"' not in (await mei.get("/more")).text
    finally:
        await site.end()


async def test_a_token_without_a_look_at_incidents_is_not_told_who_is_on_call(
    world: World,
) -> None:
    api = Api(world.door, world.app.identity, "http://pv")
    with pytest.raises(Denied):
        await api.oncall(
            make_mocked_request("GET", "/api/oncall"), replace(world.actor("mei"), scope=("self",))
        )
    told = await api.oncall(make_mocked_request("GET", "/api/oncall"), world.actor("mei"))
    assert "Ana" in str(told.text)


async def test_a_team_editor_leaves_alone_what_other_teams_policies_name(world: World) -> None:
    await makes(world, "ana", schedule={"deep2": DEEP.format(who="ana, omar")})
    await makes(world, "ana", policy={"base2": steps("person:ana")})
    await makes(world, "ana", policy={"dbx": steps("schedule:deep2", "policy:base2")})
    own = {"mine": steps("person:bob")}
    await makes(world, "bob", policy=own)
    await makes(world, "ana", route={"dbx": "match: {team: db, x: y}\nteam: db\npolicy: dbx\n"})
    with pytest.raises(Denied):
        await makes(world, "bob", schedule={"deep2": DEEP.format(who="bob")})
    with pytest.raises(Denied):
        await makes(world, "bob", policy={"base2": steps("person:bob")})
    await makes(world, "bob", policy=own)


async def test_nobody_starts_an_action_by_a_policy_who_may_not_run_it(world: World) -> None:
    with pytest.raises(Denied):
        await makes(world, "ned", policy={"mine": steps("action:failover")})
    await makes(world, "ana", policy={"mine": steps("action:failover")})
    with pytest.raises(Denied):
        await makes(world, "ned", policy={"outer": steps("policy:mine")})
    with pytest.raises(Denied):
        await makes(world, "ned", route={"mine": "match: {x: y}\nteam: web\npolicy: mine\n"})


async def test_nobody_is_asked_a_favour_that_they_cannot_read_whole(world: World) -> None:
    fine = "name: Mia\nemail: mia@example.eu\n" + "# fine\n" * 60
    with pytest.raises(Denied) as long:
        await world.does("mei", "edit", kind="person", name="mia", text=f"{fine}roles: [admin]\n")
    assert not long.value.wish
    with pytest.raises(Denied) as short:
        await world.does("mei", "edit", kind="team", name="new", text="members: [mei]")
    one = await world.app.reader.read(lambda tx: approvals.get(tx, short.value.wish))
    assert one is not None
    assert one.says == "edit kind=team name=new text=members: [mei]"


@pytest.mark.parametrize("whom", ["@", ":", "slack:db", "x:critical", "a@b", "slack:", "team:db"])
async def test_an_erasure_is_of_an_address_or_an_account(world: World, whom: str) -> None:
    with pytest.raises(CommandError):
        await world.does("pia", "erase", who=whom)


async def test_how_somebody_is_called_needs_more_than_to_change_definitions(world: World) -> None:
    said = "email: zoe@example.eu\nroles: [viewer]\n"
    await world.does("ana", "edit", kind="person", name="zoe", text=f"name: Zoe\n{said}")
    with pytest.raises(Denied):
        await world.does("ned", "edit", kind="person", name="zoe", text=f"name: database\n{said}")
    zone = f"name: Zoe\nzone: Asia/Dubai\n{said}"
    await world.does("ned", "edit", kind="person", name="zoe", text=zone)


async def copy_of(world: World, who: str, whom: str = "") -> str:
    """What a copy of somebody's data says."""
    done = await world.does(who, "privacy-export", who=whom)
    number = int(done.say.partition("number ")[2].partition(".")[0])
    for _ in range(12):
        await world.advance(seconds=1)
    told = await world.asks(who, "privacy-copy", copy=number)
    return json.dumps(told.facts, ensure_ascii=False)


async def test_a_copy_of_ones_own_data_tells_nothing_that_is_hidden_from_one(
    world: World,
) -> None:
    labels = {"team": "db", "customer": "Globex"}
    private = await world.fires("k1", labels=labels, title="Mei Lin reads too much")
    public = await world.fires("k2", labels={**labels, "service": "b"}, title="Mei Lin at Globex")
    await world.does("ana", "note", public, text="Mei Lin called Globex")
    await world.does("ana", "note", public, text="Mei Lin has the code 4711", sensitive=True)
    await world.does("ana", "private", private)
    mine = await copy_of(world, "mei")
    assert "Mei Lin called" in mine
    assert not [w for w in ("Globex", "4711", "reads too much") if w in mine]
    whole = await copy_of(world, "pia", "mei")
    assert all(w in whole for w in ("Globex", "4711", "reads too much"))
    with pytest.raises(NotFound):
        await world.asks("mei", "privacy-copy", copy=2)
    scoped = replace(world.actor("ana"), scope=("self",))
    with pytest.raises(NotFound):
        await world.door.ask("privacy-copy", {"copy": 2}, scoped)


@pytest.mark.parametrize("verb", ["signin", "link", "approve", "deny"])
async def test_a_token_with_permissions_of_its_own_makes_nobody_the_whole_person(
    world: World, verb: str
) -> None:
    asked = Approval(77, WAITS, "run", "omar", None, START, START + 600_000, rule="role:admin",
                     args={"action": "failover", "incident": 1}, to=("ana",))  # fmt: skip
    await world.fires(labels={"team": "db"})
    await world.door.system(lambda ctx: approvals.add(ctx.tx, asked))
    given: dict[str, dict[str, Any]] = {
        "approve": {"approval": 77}, "deny": {"approval": 77, "text": "no"},
    }  # fmt: skip
    args = given.get(verb, {})
    scoped = replace(world.actor("ana"), scope=("self", "access.read"))
    with pytest.raises(Denied):
        await world.door.do(verb, args, scoped)
    await world.door.do(verb, args, world.actor("ana"))


async def test_a_policy_that_starts_an_action_is_chosen_by_who_may_run_it(world: World) -> None:
    await makes(world, "ana", policy={"mine": steps("action:failover", "person:ana")})
    number = await world.fires(labels={"team": "db"})
    with pytest.raises(Denied):
        await world.does("ned", "escalate", number, policy="mine")
    await world.does("ned", "escalate", number, policy="web")
    await world.does("ana", "escalate", number, policy="mine")
    await world.does("ned", "escalate", number, step=1)


async def test_nobody_takes_their_own_traces_out_of_the_record(world: World) -> None:
    await makes(world, "ana", person={"eve": "name: Eve\nroles: [admin]\n"})
    asked = await world.does("eve", "erase", who="eve")
    number = int(asked.offers[0].token.split(":")[2])
    with pytest.raises(Conflict):
        await world.does("eve", "erase-yes", erasure=number)
    await world.does("ana", "erase-yes", erasure=number)


@pytest.mark.parametrize(
    ("theirs", "like"),
    [("ana@stra\u00dfe.eu", "ana@strasse.eu"), ("ana@kilo.eu", "ana@\u212ailo.eu"),
     ("ana@fix.eu", "ana@\ufb01x.eu"), ("ana@x.eu", "ana@x.eu."), ("ana@x.eu", "ana+1@x.eu")],
)  # fmt: skip
async def test_an_address_that_looks_alike_is_another_one(
    world: World, theirs: str, like: str
) -> None:
    await makes(world, "ana", person={"eve": f"name: Eve\nemail: {theirs}\nroles: [viewer]\n"})

    async def confirmed() -> str:
        return like

    found = await world.app.identity.account_actor("slack", "U0XXX", "x", confirmed)
    assert found.kind == "stranger"
    assert whose_address(world.door.definitions().people.values(), like) is None
    upper = theirs.replace("ana", "ANA")
    eve = whose_address(world.door.definitions().people.values(), upper)
    assert eve is not None
    assert eve.handle == "eve"


@pytest.mark.parametrize("kind", ["team", "policy", "role", "person"])
async def test_a_definition_that_grows_when_it_is_read_is_refused(world: World, kind: str) -> None:
    field = {"team": "members", "policy": "steps", "role": "permissions", "person": "roles"}[kind]
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(Invalid):
        await makes(world, "ana", **{kind: {"bomb": "\n".join([*lines, f"{field}: *a11"])}})
    with pytest.raises(Invalid):
        await makes(world, "ana", **{kind: {"tag": f"{field}: !!python/object/apply:os.getcwd []"}})
