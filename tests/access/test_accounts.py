"""One person, many accounts: linked by a code, by a link good once, by an admin, by e-mail; let go,
moved by nobody else, told and on record."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.cards.model import Account, Answer, Private
from commands.errors import Conflict, Denied, Invalid
from store import contacts, identities
from store.clock import MINUTE
from tests.access.test_tokens import rows
from tests.support.world import Pad, World, words

NEW = Account("slack", "T1", "U0NEW", "newcomer")


def said(answer: Answer) -> str:
    """The words of a private answer."""
    assert isinstance(answer, Private) and answer.note is not None, answer
    return words(answer.note)


async def code(world: World, who: str = "mei", surface: str = "web") -> str:
    """A code of a person's."""
    done = await world.does(who, "link", surface=surface)
    found = re.search(r"link (\w{4}-\w{4})$", done.say)
    assert found, done.say
    return found[1]


async def types(world: World, text: str, account: Account = NEW, key: str = "") -> Answer:
    """What somebody types in a chat."""
    answer = await world.app.desk.typed(text, account, key or text)
    await world.settle()
    return answer


async def who(world: World, account: str = "U0NEW", surface: str = "slack") -> str:
    """Whose an account is."""
    await world.app.identity.look_again()
    found = world.app.identity.known(surface, account)
    return found.handle if found else ""


# a code


async def test_a_code_of_the_console_makes_an_account_somebodys(world: World) -> None:
    answer = await types(world, f"link {await code(world)}")
    assert "you are Mei Lin now" in said(answer)
    assert await who(world) == "mei"
    assert ("stranger:slack:U0NEW", "ok") in await rows(world, "link")


async def test_a_code_works_once(world: World) -> None:
    made = await code(world)
    await types(world, f"link {made}")
    other = Account("slack", "T1", "U0OTHER", "other")
    assert "unknown, was used" in said(await types(world, f"link {made}", other))
    assert await who(world, "U0OTHER") == ""


async def test_a_code_works_for_ten_minutes(world: World) -> None:
    made = await code(world)
    world.clock.at += 10 * MINUTE
    assert "older than 10 minutes" in said(await types(world, f"link {made}"))
    assert await who(world) == ""


async def test_a_code_that_a_linked_account_gets_works_in_another_chat(world: World) -> None:
    world.app.surfaces["discord"] = Pad("discord")
    made = await code(world, "omar", "slack")
    there = Account("discord", "G1", "4711", "omar")
    await types(world, f"link {made.lower()}", there)
    assert await who(world, "4711", "discord") == "omar"


async def test_whoever_guesses_codes_has_five_tries_and_is_on_record(world: World) -> None:
    made = await code(world)
    for n in range(5):
        await types(world, f"link BBBB-BBB{'BCDFG'[n]}", key=str(n))
    assert "Too many wrong codes" in said(await types(world, f"link {made}"))
    assert await who(world) == ""
    denied = [row for row in await rows(world, "link") if row[1] == "denied"]
    assert len(denied) == 5
    world.clock.at += 11 * MINUTE
    await types(world, f"link {await code(world)}", key="later")
    assert await who(world) == "mei"


async def test_a_known_account_is_not_made_somebody_elses_by_a_code(world: World) -> None:
    made = await code(world)
    omar = Account("slack", "T1", "U0OMAR", "omar")
    assert "is Omar Haddad already" in said(await types(world, f"link {made}", omar))
    assert await who(world, "U0OMAR") == "omar"


async def test_a_code_is_typed_in_a_chat_alone(world: World) -> None:
    made = await code(world)
    with pytest.raises(Invalid, match="Slack or Discord"):
        await world.does("omar", "link", what=made, surface="web")


async def test_a_person_has_few_codes_at_once(world: World) -> None:
    for _ in range(5):
        await code(world)
    with pytest.raises(Conflict, match="5 codes"):
        await code(world)
    world.clock.at += 10 * MINUTE
    assert await code(world)


async def test_the_person_is_told_at_their_other_addresses(world: World) -> None:
    await types(world, f"link {await code(world)}")
    assert [(to, card.head.title) for to, card in world.mail.told] == [
        ("mei", "An account in Slack acts as you now")
    ]


# an admin


async def test_an_admin_links_an_account_and_the_person_is_told(world: World) -> None:
    await world.does("ana", "link", who="mei", what="slack:U0NEW")
    assert await who(world) == "mei"
    assert [to for to, _ in world.mail.told] == ["mei"]
    (row,) = await world.app.reader.read(lambda tx: identities.linked_to(tx, "mei"))
    assert (row.account, row.how) == ("U0NEW", "hand")


async def test_only_an_admin_links_accounts_of_whomever(world: World) -> None:
    for handle in ("mei", "omar"):
        with pytest.raises(Denied):
            await world.does("omar", "link", who=handle, what="slack:U0NEW")
    assert await who(world) == ""
    assert ("person:omar", "denied") in await rows(world, "link")


async def test_what_a_definition_names_is_changed_there(world: World) -> None:
    with pytest.raises(Conflict, match="definition of Omar"):
        await world.does("ana", "link", who="mei", what="slack:U0OMAR")


@pytest.mark.parametrize("what", ["slack:", "slack:nobody", "fax:1", "U0NEW", "discord:abc"])
async def test_an_account_that_can_be_none_is_refused(world: World, what: str) -> None:
    with pytest.raises(Invalid):
        await world.does("ana", "link", who="mei", what=what)


async def test_a_moved_account_is_told_to_both(world: World) -> None:
    await world.does("ana", "link", who="mei", what="slack:U0NEW")
    world.mail.told.clear()
    await world.does("ana", "link", who="omar", what="slack:U0NEW")
    assert await who(world) == "omar"
    assert {(to, card.head.title) for to, card in world.mail.told} == {
        ("mei", "An account in Slack is no longer yours"),
        ("omar", "An account in Slack acts as you now"),
    }


# let go


async def test_an_account_that_was_let_go_acts_as_nobody_and_is_not_found_by_mail_again(
    world: World,
) -> None:
    world.pad.members["mei@example.eu"] = "U0NEW"
    await types(world, f"link {await code(world)}")
    await world.does("mei", "unlink", what="slack:U0NEW")
    assert await who(world) == ""
    mei = world.door.definitions().people["mei"]
    assert not await world.app.identity.matched(mei, "slack", "U0NEW")

    async def email() -> str:
        return "mei@example.eu"

    world.clock.at += 2 * MINUTE  # so long after it was asked last an address is asked again
    actor = await world.app.identity.account_actor("slack", "U0NEW", "mei", email)
    assert actor.kind == "stranger"
    await types(world, f"link {await code(world)}", key="again")
    assert await who(world) == "mei"


async def test_nobody_lets_go_of_others_accounts_but_an_admin(world: World) -> None:
    await world.does("ana", "link", who="mei", what="slack:U0NEW")
    with pytest.raises(Denied):
        await world.does("omar", "unlink", who="mei", what="slack")
    assert await who(world) == "mei"
    await world.does("ana", "unlink", who="mei", what="slack")
    assert await who(world) == ""


async def test_another_process_hears_of_it(world: World) -> None:
    def elsewhere(ctx: Any) -> None:
        identities.link_account(ctx.tx, ctx.now, "mei", "slack", "U0NEW", "hand")

    await world.door.system(elsewhere)
    answer = await types(world, "who db")
    assert "don't know you" not in said(answer)


async def test_accounts_are_listed_for_oneself_and_for_who_may_see_them(world: World) -> None:
    await world.does("ana", "link", who="mei", what="slack:U0NEW")
    mine = await world.asks("mei", "accounts")
    assert any("U0NEW" in line and "by an admin" in line for line in mine.lines)
    assert (await world.asks("ana", "accounts", who="mei")).facts == mine.facts
    with pytest.raises(Denied):
        await world.asks("omar", "accounts", who="mei")


async def test_an_address_that_was_answered_from_is_proven(world: World) -> None:
    def answered(ctx: Any) -> None:
        contacts.worked(ctx.tx, ctx.now, "mei", "email", "mei@example.eu")

    assert any("never answered" in line for line in (await world.asks("mei", "accounts")).lines)
    await world.door.system(answered)
    told = await world.asks("mei", "accounts")
    assert "email" in told.facts["answered"]
    assert any("answered from Sun 22 Nov" in line for line in told.lines)


# by e-mail


async def test_an_address_that_two_people_have_is_nobodys(tmp_path: Any) -> None:
    yaml = """
people:
  ana: {name: Ana, email: ops@example.eu, roles: [admin]}
  bob: {name: Bob, email: OPS@example.eu}
teams: {db: {members: [ana, bob], oncall: ana, lead: bob}}
"""
    world = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, yaml)

    async def email() -> str:
        return "ops@example.eu"

    try:
        identity, people = world.app.identity, world.door.definitions().people
        actor = await identity.account_actor("slack", "U1", "x", email)
        assert actor.kind == "stranger"
        assert not await identity.matched(people["ana"], "slack", "U1")
        assert identity.known("slack", "U1") is None
    finally:
        await world.end()


async def test_an_account_that_is_somebodys_is_not_moved_by_an_address(world: World) -> None:
    await world.does("ana", "link", who="mei", what="slack:U0NEW")
    ana = world.door.definitions().people["ana"]
    assert not await world.app.identity.matched(ana, "slack", "U0NEW")
    assert await who(world) == "mei"
