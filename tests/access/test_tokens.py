"""Tokens: made by who may, shown once, limited, rotated with overlap, ended, announced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from commands.context import Done
from commands.errors import Conflict, Denied, Invalid, NotFound
from store import access, tokens
from store.clock import DAY, HOUR, MINUTE
from store.model import Actor
from store.tables import AUDIT, IDEMPOTENCY, TOKEN_TERMS
from tests.support.world import World


def secret_of(done: Done) -> str:
    """The last line of an answer: what is shown once."""
    return done.say.rpartition("\n")[2]


async def make(world: World, who: str = "ana", **args: Any) -> str:
    """A token's secret."""
    return secret_of(await world.does(who, "token-create", **args))


async def opens(world: World, secret: str, address: str = "") -> Any:
    """What a secret opens now."""
    return await world.app.identity.token(secret, address)


async def rows(world: World, verb: str) -> list[tuple[str, str]]:
    """What is on record of a verb: who, and how it ended."""

    def read(tx: Any) -> list[tuple[str, str]]:
        found = tx.conn.execute(select(AUDIT).where(AUDIT.c.verb == verb))
        return [(_named(tx, r), r.outcome) for r in found]

    return await world.app.reader.read(read)


def _named(tx: Any, row: Any) -> str:
    """Of a chat account that is nobody's the column holds a hash alone."""
    kept = tx.ring.open("audit", f"{row.writer}.{row.seq}", row.sealed)
    return f"stranger:{kept['account']}" if "account" in kept else str(row.actor)


# made


async def test_a_token_of_a_monitor_opens_its_source_alone(world: World) -> None:
    secret = await make(world, name="am", intake="alertmanager", source="eu")
    found = await opens(world, secret)
    assert found.source.name == "eu" and found.role is None
    assert await world.app.identity.bearer(secret) is None
    assert ("person:ana", "ok") in await rows(world, "token-create")


async def test_the_secret_is_shown_once_and_not_when_the_same_is_asked_again(world: World) -> None:
    first = await world.does("ana", "token-create", name="t", role="viewer", key="k")
    again = await world.does("ana", "token-create", name="t", role="viewer", key="k")
    secret = secret_of(first)
    assert secret.startswith("pvr_") and "pvr_" not in again.say

    def kept(tx: Any) -> str:
        found = tx.conn.execute(select(IDEMPOTENCY)).all()
        return str([tx.ring.open("idempotency", r.key.hex(), r.sealed) for r in found])

    remembered = await world.app.reader.read(kept)
    assert "shown this once" in remembered and "pvr_" not in remembered
    assert "pvr_" not in str(await world.asks("ana", "tokens"))


async def test_the_secret_is_in_no_record(world: World) -> None:
    secret = await make(world, name="t", role="viewer")
    dump = await world.app.reader.read(
        lambda tx: "\n".join(map(str, tx.conn.exec_driver_sql("SELECT * FROM audit").all()))
    )
    assert dump and secret not in dump


async def test_only_who_may_make_tokens_makes_one_for_others(world: World) -> None:
    for opens_ in ("intake", "role"):
        given: dict[str, Any] = {opens_: "alertmanager" if opens_ == "intake" else "viewer"}
        with pytest.raises(Denied):
            await world.does("omar", "token-create", name="t", **given)
    assert ("person:omar", "denied") in await rows(world, "token-create")
    assert await world.app.reader.read(tokens.every) == []


async def test_a_person_makes_their_own_which_may_what_they_may(world: World) -> None:
    secret = await make(world, "mei", name="laptop")
    actor = await world.app.identity.bearer(secret)
    assert actor is not None and (actor.id, actor.roles, actor.scope) == ("mei", ("viewer",), ())
    with pytest.raises(Denied):
        await world.door.do("declare", {"text": "x"}, actor)


async def test_a_scope_is_all_a_token_may(world: World) -> None:
    secret = await make(world, name="reader", may="incident.read")
    actor = await world.app.identity.bearer(secret)
    assert actor is not None and actor.roles == ("admin",)
    await world.door.ask("list", {}, actor)
    incident = await world.fires()
    with pytest.raises(Denied):
        await world.door.do("ack", {"incident": incident}, actor)


async def test_nobody_makes_a_token_that_may_more_than_they_do(world: World) -> None:
    with pytest.raises(Denied, match=r"incident\.act"):
        await world.does("mei", "token-create", name="t", may="incident.act")
    with pytest.raises(Denied):
        await world.does("mei", "token-create", name="t", may="*")


async def test_a_token_with_a_scope_makes_none_without_it(world: World) -> None:
    secret = await make(world, name="narrow", may="self,incident.read")
    narrow = await world.app.identity.bearer(secret)
    assert narrow is not None
    done = await world.door.do("token-create", {"name": "child"}, narrow)
    child = await world.app.identity.bearer(secret_of(done))
    assert child is not None and set(child.scope) == {"self", "incident.read"}
    with pytest.raises(Denied):
        await world.door.do("token-create", {"name": "wide", "may": "*"}, narrow)
    with pytest.raises(Denied):
        await world.door.do("token-create", {"name": "other", "role": "viewer"}, narrow)


async def test_whoever_gives_tokens_gives_no_role_beyond_their_own(world: World) -> None:
    giver = Actor("token", "token:giver", "giver", "api", ("admin",), scope=("access.*", "self"))
    made = await world.door.do("token-create", {"name": "t", "role": "admin"}, giver)
    child = await world.app.identity.bearer(secret_of(made))
    assert child is not None and set(child.scope) == set(giver.scope)
    args = {"name": "u", "role": "admin", "may": "config.write"}
    with pytest.raises(Denied):
        await world.door.do("token-create", args, giver)


KEEPER = """
people:
  ana: {name: Ana Petrova, roles: [admin]}
  kim: {name: Kim, roles: [keeper]}
roles:
  keeper: {permissions: [self, incident.read, "inventory.*", "access.*"]}
teams: {db: {members: [ana, kim], oncall: ana, lead: kim}}
"""


async def test_a_keeper_of_tokens_gives_no_role_that_may_more(tmp_path: Path) -> None:
    world = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, KEEPER)
    try:
        await make(world, "kim", name="reader", role="viewer")
        await make(world, "kim", name="am", intake="alertmanager")
        for role in ("responder", "admin"):
            with pytest.raises(Denied, match="more than you"):
                await world.does("kim", "token-create", name="t", role=role)
        await make(world, "ana", name="root", role="admin")
        with pytest.raises(Denied, match="more than you"):
            await world.does("kim", "token-rotate", name="root")
        await world.does("kim", "token-revoke", name="root")
    finally:
        await world.end()


async def test_the_new_secret_of_a_token_that_may_more_is_not_given_either(world: World) -> None:
    await make(world, name="root", role="admin")
    giver = Actor("token", "token:giver", "giver", "api", ("admin",), scope=("access.*", "self"))
    with pytest.raises(Denied, match="more than"):
        await world.door.do("token-rotate", {"name": "root"}, giver)


async def test_an_admin_ends_a_persons_token_and_never_gets_its_secret(world: World) -> None:
    await make(world, "mei", name="laptop")
    with pytest.raises(Denied, match="acts as Mei"):
        await world.does("ana", "token-rotate", name="laptop")
    await world.does("ana", "token-revoke", name="laptop")
    with pytest.raises(Denied):
        await world.does("omar", "token-revoke", name="laptop")


async def test_teams_are_where_the_role_of_a_token_holds(world: World) -> None:
    secret = await make(world, name="db-bot", role="responder", team="db")
    actor = await world.app.identity.bearer(secret)
    assert actor is not None and (actor.roles, actor.grants) == ((), (("db", "responder"),))
    with pytest.raises(Invalid, match="no team nowhere"):
        await world.does("ana", "token-create", name="t", role="viewer", team="nowhere")


@pytest.mark.parametrize(
    ("args", "said"),
    [({"intake": "alertmanagr"}, "alertmanager"), ({"role": "king"}, "no role king"),
     ({"role": "viewer", "may": "incident.act"}, "has no"), ({"life": "soon"}, "no life"),
     ({"address": "everywhere"}, "no address range"), ({"role": "viewer", "intake": "x"}, "both"),
     ({"may": "incident.fly"}, "no permission"),
     ({"intake": "webhook", "may": "incident.read"}, "alone")],
)  # fmt: skip
async def test_what_does_not_fit_is_said(world: World, args: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        await world.does("ana", "token-create", name="t", **args)


async def test_a_name_is_taken_once(world: World) -> None:
    await make(world, name="t", role="viewer")
    with pytest.raises(Conflict, match="already"):
        await make(world, name="t", role="viewer")


# used


async def test_a_token_works_from_its_addresses_alone_and_the_rest_is_on_record(
    world: World,
) -> None:
    secret = await make(world, name="am", intake="alertmanager", address="10.0.0.0/8")
    assert await opens(world, secret, "10.2.3.4") is not None
    assert await opens(world, secret, "192.0.2.1") is None
    assert await opens(world, secret, "") is None
    assert await rows(world, "token.use") == [("token:token:am", "denied")]


async def test_last_use_is_kept_by_the_minute_and_not_with_each_request(world: World) -> None:
    secret = await make(world, name="am", intake="alertmanager")
    world.clock.at += 42_000
    await opens(world, secret, "10.2.3.4")
    (before,) = await world.app.reader.read(tokens.every)
    assert before.last_used_at is None
    await world.app.identity.keep_uses()
    (after,) = await world.app.reader.read(tokens.every)
    assert after.last_used_at == world.clock.at - world.clock.at % MINUTE
    assert after.address == "10.2.3.4"
    told = await world.asks("ana", "tokens")
    assert "from 10.2.3.4" in told.lines[0]


async def test_a_revoked_token_ends_within_five_seconds_in_every_process(world: World) -> None:
    secret = await make(world, name="am", intake="alertmanager")
    assert await opens(world, secret) is not None
    await world.door.system(lambda ctx: tokens.revoke_token(ctx.tx, ctx.now, "am"))
    world.clock.at += 5_000
    assert await opens(world, secret) is None


async def test_a_token_ends_to_the_millisecond(world: World) -> None:
    secret = await make(world, name="t", role="viewer", life="1d")
    world.clock.at += DAY - 1
    assert await opens(world, secret) is not None
    world.clock.at += 1
    assert await opens(world, secret) is None


# rotated


async def test_after_a_rotation_both_secrets_are_the_same_source_for_a_while(world: World) -> None:
    old = await make(world, name="am", intake="alertmanager")
    done = await world.does("ana", "token-rotate", name="am", overlap="24h")
    new = secret_of(done)
    one, two = await opens(world, old), await opens(world, new)
    assert one.source.id == two.source.id and one.id == two.id and old != new
    world.clock.at += DAY
    assert await opens(world, old) is None
    assert (await opens(world, new)).name == "am"


async def test_the_list_says_who_still_uses_the_old_secret(world: World) -> None:
    old = await make(world, name="am", intake="alertmanager")
    new = secret_of(await world.does("ana", "token-rotate", name="am"))
    await opens(world, old, "10.0.0.9")
    await opens(world, new, "10.0.0.1")
    await world.app.identity.keep_uses()
    told = await world.asks("ana", "tokens", name="am")
    assert any("old secret" in line and "10.0.0.9" in line for line in told.lines)
    assert "10.0.0.1" in told.lines[0]


async def test_an_old_secret_that_is_used_near_its_end_is_told(world: World) -> None:
    old = await make(world, name="am", intake="alertmanager")
    await world.does("ana", "token-rotate", name="am", overlap="24h")
    world.clock.at += 19 * HOUR
    await opens(world, old, "10.0.0.9")
    await world.app.identity.keep_uses()
    await world.minute()
    assert any("old secret of am" in note for note in told_to(world, "U0ANA"))


async def test_one_rotation_at_a_time(world: World) -> None:
    await make(world, name="am", intake="alertmanager")
    await world.does("ana", "token-rotate", name="am")
    with pytest.raises(Conflict, match="old=yes"):
        await world.does("ana", "token-rotate", name="am")
    await world.does("ana", "token-revoke", name="am", old=True)
    await world.does("ana", "token-rotate", name="am", overlap="0")


async def test_a_rotated_token_lives_as_long_again(world: World) -> None:
    await make(world, name="t", role="viewer", life="90d")
    world.clock.at += 80 * DAY
    await world.does("ana", "token-rotate", name="t", overlap="0")
    (found,) = await world.app.reader.read(tokens.every)
    assert found.expires_at == world.clock.at + 90 * DAY


# its end is announced


def told_to(world: World, account: str) -> list[str]:
    """The titles of the cards somebody was sent."""
    return [card.head.title for to, card in world.pad.direct if to == account]


async def test_the_end_of_a_token_is_told_14_3_and_1_days_before_and_when_it_is_there(
    world: World,
) -> None:
    await make(world, name="am", intake="alertmanager", life="20d")
    for days in (5, 1, 1, 10, 1, 1, 1):
        world.clock.at += days * DAY
        await world.minute()
        await world.minute()
    assert told_to(world, "U0ANA") == [
        "Token am ends in 14 d", "Token am ends in 3 d", "Token am ends in 1 d",
        "Token am has ended",
    ]  # fmt: skip


async def test_a_secret_that_ended_and_is_still_used_shows_in_health_and_monitors(
    world: World,
) -> None:
    secret = await make(world, name="am", intake="alertmanager", life="1d")
    world.clock.at += 2 * DAY
    assert await opens(world, secret, "10.0.0.9") is None
    await world.app.tokens.look()
    (line,) = [s for s in world.app.health.signs() if s.name == "Token am"]
    assert not line.ok and "10.0.0.9" in line.words and "ended 1 d ago" in line.words
    told = await world.asks("ana", "monitors")
    assert any("Token am" in each for each in told.lines)


async def test_a_token_without_end_is_never_announced(world: World) -> None:
    await make(world, name="am", intake="alertmanager")
    world.clock.at += 400 * DAY
    await world.minute()
    await world.app.tokens.look()
    assert told_to(world, "U0ANA") == []
    assert [s for s in world.app.health.signs() if s.name.startswith("Token")] == []


async def test_lists_show_others_tokens_to_who_may_see_them(world: World) -> None:
    await make(world, name="am", intake="alertmanager")
    await make(world, "mei", name="laptop")
    assert len((await world.asks("ana", "tokens")).facts["tokens"]) == 2
    (own,) = (await world.asks("mei", "tokens")).facts["tokens"]
    assert own["name"] == "laptop"
    with pytest.raises(NotFound):
        await world.asks("mei", "tokens", name="am")


async def test_tokens_of_before_have_no_terms_and_go_on_working(world: World) -> None:
    def old(ctx: Any) -> str:
        secret = access.create_token(
            ctx.tx, ctx.now, "old", role="viewer", secret="pvr_" + "x" * 43
        )
        ctx.tx.conn.execute(TOKEN_TERMS.delete())
        return secret

    secret = await world.door.system(old)
    assert (await opens(world, secret, "10.0.0.1")).role == "viewer"
    await world.app.identity.keep_uses()
    (found,) = await world.app.reader.read(tokens.every)
    assert found.last_used_at is not None and found.address == "10.0.0.1"
