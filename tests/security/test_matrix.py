"""Every verb × role × surface: who may not is denied, on record, and nothing is changed.

``expected.VERBS`` says of each verb what it needs; a verb that is not named there fails here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.cards.model import Account, Answer, Private
from bot.tokens import ask_token, run_token
from bot.web.acts import Acts
from bot.web.session import Visit
from commands.errors import CommandError, Denied
from commands.registry import CATALOG, Verb
from commands.typed import read_line
from store.tables import AUDIT, INCIDENTS
from tests.security.expected import ROLES, VERBS
from tests.support.world import World

pytestmark = pytest.mark.broad

PEOPLE = "".join(
    f"  {role}: {{name: {role.title()} Person, email: {role}@example.eu, roles: [{role}],"
    f" slack: U{role.upper()}}}\n"
    for role in ROLES
)
YAML = f"""
people:
{PEOPLE}  nobody: {{name: No Body, email: nobody@example.eu, roles: [], slack: UNOBODY}}
teams:
  db: {{members: [admin, responder], oncall: admin, lead: admin}}
routes:
  - {{name: rest, team: db, channels: ["slack:#ops"]}}
"""
WHO = (*ROLES, "nobody", "stranger")
Surface = Callable[[World, Verb, str], Awaitable[Any]]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """One open incident, one that is over, and a person of every role."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, YAML)
    over = await made.fires("over", labels={"service": "over"})
    await made.door.do("resolve", {"incident": over, "how": "now"}, made.actor("admin"))
    await made.fires("open", labels={"service": "open", "host": "db-3"})
    yield made
    await made.end()


def test_every_verb_is_in_the_matrix_with_what_it_needs() -> None:
    assert {name: verb.permission for name, verb in CATALOG.items()} == VERBS


def test_every_permission_of_the_matrix_is_held_by_some_role_beside_the_admin_or_named_here() -> (
    None
):
    held = {p for role, has in ROLES.items() if role != "admin" for p in has}
    alone = {"access.write", "privacy.write", "action:<action>", "anyone"}
    assert set(VERBS.values()) - held == alone & set(VERBS.values())


# the surfaces


def account(who: str, surface: str) -> Account:
    return Account(surface, "T1", f"U{who.upper()}", who)


def arguments(verb: Verb, world: World) -> dict[str, Any]:
    """Its example's words, about the incident that is open."""
    try:
        given = read_line(verb.example or verb.name, world.door.definitions())[1]
    except CommandError:  # what only buttons say has no words
        said = (verb.example or verb.name).split()[1:]
        given = dict(zip((f.name for f in verb.fields), said, strict=False))
    return {**given, **({"incident": 2} if "incident" in given else {})}


async def typed(world: World, verb: Verb, who: str, surface: str) -> Answer:
    return await world.app.desk.typed(
        verb.example or verb.name, account(who, surface), f"t-{verb.name}-{who}"
    )


async def in_slack(world: World, verb: Verb, who: str) -> Answer:
    return await typed(world, verb, who, "slack")


async def in_discord(world: World, verb: Verb, who: str) -> Answer:
    key = f"c-{verb.name}-{who}"
    return await world.app.desk.call(
        verb.name, arguments(verb, world), account(who, "discord"), key
    )


async def pressed(world: World, verb: Verb, who: str) -> Answer:
    token = run_token(verb.name, arguments(verb, world)) or ask_token(verb.name)
    return await world.app.desk.press(token, account(who, "slack"), f"p-{verb.name}-{who}")


async def a_card_is_pressed(world: World, verb: Verb, who: str) -> Answer:
    number = 2 if verb.noun else 0
    token = f"cmd:{verb.name}:{number}:1"
    return await world.app.desk.press(token, account(who, "slack"), f"k-{verb.name}-{who}")


async def a_form_comes_back(world: World, verb: Verb, who: str) -> Answer:
    values = {k: str(v) for k, v in arguments(verb, world).items() if k != "incident"}
    token = f"cmd:{verb.name}:{2 if verb.noun else 0}:0"
    return await world.app.desk.submit(token, values, account(who, "slack"), f"s-{verb.name}-{who}")


async def in_the_console(world: World, verb: Verb, who: str) -> Any:
    if who == "stranger":
        return None
    acts = Acts(world.door, world.app.desk.line, "http://127.0.0.1")
    person = world.door.definitions().people[who]
    visit = Visit(world.actor(who, "web"), person, "csrf", world.clock.now(), "UTC", False)
    try:
        return await acts.typed(verb.example or verb.name, f"w-{verb.name}-{who}", None, visit)
    except CommandError as error:
        return error


async def by_the_door(world: World, verb: Verb, who: str) -> Any:
    """What the API and the command line do."""
    if who == "stranger":
        return None
    actor = world.actor(who, "api")
    try:
        if verb.query:
            return await world.door.ask(verb.name, arguments(verb, world), actor)
        return await world.door.do(verb.name, arguments(verb, world), actor)
    except CommandError as error:
        return error


SURFACES: dict[str, Surface] = {
    "typed in Slack": in_slack,
    "a button that names its arguments": pressed,
    "a card's button": a_card_is_pressed,
    "a form": a_form_comes_back,
    "a subcommand in Discord": in_discord,
    "the console": in_the_console,
    "the API": by_the_door,
}


def may(who: str, verb: Verb) -> bool:
    """What the matrix says."""
    needs, has = VERBS[verb.name], ROLES.get(who, ())
    return needs in has or "*" in has or needs == "anyone"


async def last(world: World) -> int:
    return await world.door.reader.read(
        lambda tx: tx.conn.execute(select(func.max(AUDIT.c.seq))).scalar() or 0
    )


async def since(world: World, seq: int) -> list[tuple[str, str, str]]:
    """(actor, verb, outcome) of the rows that came after."""
    wanted = select(AUDIT.c.actor, AUDIT.c.verb, AUDIT.c.outcome).where(AUDIT.c.seq > seq)
    return [tuple(r) for r in await world.door.reader.read(lambda tx: tx.conn.execute(wanted))]


async def state(world: World) -> list[Any]:
    wanted = select(INCIDENTS.c.id, INCIDENTS.c.status, INCIDENTS.c.rev, INCIDENTS.c.updated_at)
    found: list[Any] = await world.door.reader.read(lambda tx: list(tx.conn.execute(wanted)))
    return found


async def denied(world: World, verb: Verb, who: str, surface: Surface) -> str:
    """What is wrong with how somebody is refused who may not; empty where nothing is."""
    before, seq = await state(world), await last(world)
    answer = await surface(world, verb, who)
    rows = [r for r in await since(world, seq) if r[2] != "denied"]
    told = [r for r in await since(world, seq) if r[2] == "denied"]
    if answer is None:
        return ""
    if rows:
        return f"on record as {rows}"
    if not told:
        return f"not on record; answered {answer}"
    if await state(world) != before:
        return "something changed"
    if isinstance(answer, CommandError) and not isinstance(answer, Denied):
        return f"answered {answer!r}"
    public = getattr(answer, "note", None) is not None and not isinstance(answer, Private)
    return f"not in private: {answer}" if public else ""


@pytest.mark.parametrize("who", [w for w in WHO if w != "admin"])
@pytest.mark.parametrize("surface", SURFACES)
async def test_who_may_not_is_refused_on_record_and_changes_nothing(
    surface: str, who: str, world: World
) -> None:
    found = {
        verb.name: wrong
        for verb in CATALOG.values()
        if not may(who, verb) and verb.name not in FOR_ALL
        if (wrong := await denied(world, verb, who, SURFACES[surface]))
    }
    assert not found, "\n".join(f"{name}: {wrong}" for name, wrong in found.items())


FOR_ALL: frozenset[str] = frozenset()
"""What even a stranger may do."""


OWN = {"subscribe", "token-create", "token-rotate", "token-revoke"}
"""What concerns oneself alone may be done by all; the examples of these are about others, too."""


@pytest.mark.parametrize("who", WHO)
async def test_who_may_is_not_refused(who: str, world: World) -> None:
    refused = [
        verb.name
        for verb in CATALOG.values()
        if may(who, verb)
        if verb.name not in OWN and isinstance(await by_the_door(world, verb, who), Denied)
    ]
    assert refused == []
