"""Every verb of the catalog on every surface: its example runs or is answered clearly, its
form asks for all that it takes, its help fits, and nothing of it is over a platform's limits.

Generated from the catalog: a new verb is tested here by being declared.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.cards import forms
from bot.cards.model import Account, Answer, Errors, Form, Private, Quietly
from bot.cards.said import timed
from bot.cli import remote
from bot.discord import modal as discord_modal
from bot.discord import reply as discord_reply
from bot.discord import slash
from bot.discord.spans import Pen as DiscordPen
from bot.settings import Settings
from bot.slack import modal as slack_modal
from bot.slack import reply as slack_reply
from bot.slack.spans import Pen as SlackPen
from bot.tokens import ask_token
from bot.web.acts import Acts
from bot.web.api import Api
from bot.web.server import application, serve
from bot.web.session import Visit
from commands.context import Shown
from commands.registry import CATALOG, Verb
from commands.typed import read_line
from commands.usage import usage
from store import access
from tests.support.discord.check_commands import check_commands
from tests.support.discord.check_message import check_create
from tests.support.discord.check_modal import check_modal
from tests.support.slack.checks import Problems, check_blocks, check_view
from tests.support.world import YAML, Pad, World

pytestmark = pytest.mark.broad

LISTED = sorted((v for v in CATALOG.values() if v.listed), key=lambda v: v.name)
SLACK = Account("slack", "T1", "U0ANA", "ana")
DISCORD = Account("discord", "G1", "100000000000000101", "ana")
PLACE = {"channel": "C1", "thread": ""}
WITH_A_SCHEDULE = (
    YAML.replace("oncall: ana, lead: omar", "oncall: 'schedule:db', lead: omar")
    + """
schedules:
  db:
    zone: Europe/Berlin
    layers: [{name: days, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, omar]}}]
"""
)
_TELLS = ("Traceback", "object at 0x", "{'", "<class", "None,")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView with a schedule, an open incident and one that is resolved."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, WITH_A_SCHEDULE)
    ana = made.door.definitions().people["ana"]
    await made.app.identity.link(ana, "discord", DISCORD.id, "test")
    over = await made.fires("over", labels={"service": "over"})
    await made.door.do("resolve", {"incident": over, "how": "now"}, made.actor("ana"))
    await made.fires("open", labels={"service": "open", "host": "db-3"})
    yield made
    await made.end()


def line_of(verb: Verb, world: World) -> str:
    """The example of a verb about the incidents that there are: 2 is open, 1 is resolved."""
    known = world.door.definitions()
    found, args = read_line(verb.example or verb.name, known)
    assert found is verb
    mine = "1" if verb.name == "reopen" else "2"
    words = []
    for word in (verb.example or verb.name).split():
        bare = word.lstrip("#")
        words.append(mine if bare.isdecimal() and int(bare) > 100 else word)
    assert args.keys() <= {f.name for f in verb.fields}
    return " ".join(words)


def arguments(verb: Verb, world: World) -> dict[str, Any]:
    """The same as named arguments."""
    return read_line(line_of(verb, world), world.door.definitions())[1]


def ours(text: str, where: str) -> None:
    """What people read is words: no trace of a fault, nothing of a program."""
    assert text.strip(), where
    assert not any(told in text for told in _TELLS), f"{where}: {text}"


# what each chat makes of an answer, judged by the chat's own limits


def in_slack(answer: Answer, where: str) -> None:
    pen = SlackPen()
    if isinstance(answer, Form):
        view_of(answer, where)
    elif isinstance(answer, Private):
        body = slack_reply.private_body(answer, pen)
        problems = Problems()
        check_blocks(body.get("blocks") or [], "/blocks", problems, 50)
        assert not problems.found, (where, problems.found)
        ours(str(body["text"]), where)
    elif isinstance(answer, Errors):
        ours(" ".join(answer.fields.values()), where)
    else:
        assert isinstance(answer, Quietly), where


def view_of(form: Form, where: str) -> dict[str, Any]:
    view = slack_modal.form_view(form, PLACE)
    problems = Problems()
    check_view(view, "modal", problems)
    assert not problems.found, (where, problems.found)
    return view


def in_discord(answer: Answer, where: str) -> None:
    if isinstance(answer, Form):
        modals(answer)
    elif isinstance(answer, Private):
        body = discord_reply.private_body(answer, DiscordPen(), v2_cards=True)
        check_create(body, set(), ephemeral_ok=True)
    elif isinstance(answer, Errors):
        ours(" ".join(answer.fields.values()), where)
    else:
        assert isinstance(answer, Quietly), where


def modals(form: Form) -> list[str]:
    """The names of the fields over all parts of a modal."""
    names = []
    parts = discord_modal.part_of(discord_modal.modal(form)["custom_id"]).of
    for number in range(1, parts + 1):
        body = discord_modal.modal(form, number)
        check_modal(body)
        names += list(discord_modal.values(body["components"]))
        names += [
            row["component"]["custom_id"] for row in body["components"] if row.get("component")
        ]
    return list(dict.fromkeys(names))


# the surfaces


async def typed_in_slack(world: World, verb: Verb) -> None:
    line = line_of(verb, world)
    in_slack(await world.app.desk.typed(line, SLACK, f"t-{verb.name}"), f"/pv {line}")


async def form_in_slack(world: World, verb: Verb) -> None:
    form = await form_of(world, verb, SLACK)
    if form is None:
        return
    view = view_of(form, verb.name)
    fields = {b["block_id"] for b in view["blocks"] if b["type"] == "input"}
    assert fields == {f.name for f in forms.asked(verb, None)}, verb.name
    await sent_back(world, verb, form, SLACK, in_slack)


async def call_in_discord(world: World, verb: Verb) -> None:
    registered = {
        sub["name"]: {o["name"] for o in sub.get("options") or ()}
        for command in commands()
        for sub in command.get("options") or ()
    }
    assert registered[verb.name] == {f.name for f in verb.fields[:25]}
    args = arguments(verb, world)
    if "step" in args:
        args["step"] += 1
    answer = await world.app.desk.call(verb.name, args, DISCORD, f"c-{verb.name}")
    in_discord(answer, verb.name)


async def form_in_discord(world: World, verb: Verb) -> None:
    form = await form_of(world, verb, DISCORD)
    if form is None:
        return
    assert modals(form) == [f.name for f in forms.asked(verb, None)], verb.name
    await sent_back(world, verb, form, DISCORD, in_discord)


async def typed_in_the_console(world: World, verb: Verb) -> None:
    acts = Acts(world.door, world.app.desk.line, "http://127.0.0.1")
    actor, now = world.actor("ana", "web"), world.clock.now()
    person = world.door.definitions().people["ana"]
    visit = Visit(actor, person, "csrf", now, "Europe/Berlin", False)
    said = await acts.typed(line_of(verb, world), f"w-{verb.name}", None, visit)
    assert said.done or said.html or said.form or said.go, verb.name
    assert not any(told in str(said.html) for told in _TELLS), said.html


async def called_by_the_api(world: World, verb: Verb) -> None:
    url, token = await served(world)
    answer = await client().post(
        f"{url}/api/commands/{verb.name}",
        json=arguments(verb, world),
        headers={"Authorization": f"Bearer {token}"},
    )
    body = answer.json()
    assert answer.status_code in (200, 202, 403, 404, 409, 422), (verb.name, body)
    ours(str(body.get("error") or body.get("say") or "found"), verb.name)


async def run_from_a_shell(world: World, verb: Verb) -> None:
    url, token = await served(world)
    settings = Settings(url=url).model_copy(update={"cli_token": token})
    argv = line_of(verb, world).split()
    assert await asyncio.to_thread(remote.verb, settings, argv) in (0, 1, 2), verb.name


@cache
def client() -> httpx.AsyncClient:
    """One for all calls: making one takes longer than they do."""
    return httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


SURFACES: dict[str, Callable[[World, Verb], Any]] = {
    "typed in Slack": typed_in_slack,
    "a modal in Slack": form_in_slack,
    "a subcommand in Discord": call_in_discord,
    "a modal in Discord": form_in_discord,
    "the console's palette": typed_in_the_console,
    "the API": called_by_the_api,
    "the command line": run_from_a_shell,
}


@pytest.mark.parametrize("surface", SURFACES)
async def test_every_verb_works_on(
    surface: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    faults: list[str] = []
    for verb in LISTED:
        try:
            await SURFACES[surface](world, verb)
        except Exception as error:  # noqa: BLE001  every fault is told
            faults.append(f"{verb.name}: {type(error).__name__}: {error}")
    assert not faults, "\n".join(faults)
    said = capsys.readouterr()
    assert not any(told in said.out + said.err for told in ("Traceback", "object at 0x"))


# the parts


async def form_of(world: World, verb: Verb, account: Account) -> Form | None:
    """A verb without words opens its form where it needs some; any verb's can be asked for."""
    needs = [f for f in verb.fields if f.required]
    if needs:
        answer = await world.app.desk.typed(verb.name, account, f"f-{verb.name}")
        assert isinstance(answer, Form), (verb.name, answer)
        called = await world.app.desk.call(verb.name, {}, account, f"g-{verb.name}")
        assert isinstance(called, Form) and called == answer, verb.name
    elif verb.fields:
        answer = await world.app.desk.press(ask_token(verb.name), account, f"f-{verb.name}")
        assert isinstance(answer, Form), (verb.name, answer)
    else:
        return None
    assert 0 < len(answer.title) <= 24 and answer.title[0].isupper()
    labels = [i.label for i in answer.inputs]
    assert len(set(labels)) == len(labels), f"two fields of {verb.name} are called the same"
    assert not {"Text", "Q", "To", "How"} & {*labels}, f"{verb.name}: {labels}"
    return answer


async def sent_back(
    world: World, verb: Verb, form: Form, account: Account, judged: Callable[[Answer, str], None]
) -> None:
    """An empty form is told at the field what it needs; one with the example's words runs, or is
    told why not."""
    desk = world.app.desk
    needs = {f.name for f in forms.asked(verb, None) if f.required}
    if needs:
        empty = await desk.submit(form.token, {}, account, f"e-{verb.name}")
        assert isinstance(empty, Errors) and needs <= empty.fields.keys(), verb.name
    values = {k: str(v) for k, v in forms.begun(verb, arguments(verb, world)).items()}
    judged(await desk.submit(form.token, values, account, f"s-{verb.name}"), verb.name)


async def served(world: World) -> tuple[str, str]:
    """The API of this world, and a token of Ana's role."""
    if not hasattr(world, "served"):
        app = application(Api(world.door, world.app.identity, "http://127.0.0.1").routes(), 1 << 20)
        world.app._runner, port = await serve(app, "127.0.0.1", 0)
        token = await world.door.system(
            lambda ctx: access.create_token(ctx.tx, ctx.now, "all", role="admin")
        )
        world.served = (f"http://127.0.0.1:{port}", token)  # type: ignore[attr-defined]
    found: tuple[str, str] = world.served  # type: ignore[attr-defined]
    return found


@cache
def commands() -> list[dict[str, Any]]:
    return slash.commands(CATALOG.values())


def test_discord_takes_all_of_it() -> None:
    check_commands(commands())


def words_of(answer: Answer) -> list[str]:
    assert isinstance(answer, Private) and answer.note is not None, answer
    return ["".join(s.text for s in line) for line in answer.note.lines]


async def test_the_help_of_every_verb_fits_the_screen_and_offers_its_form(world: World) -> None:
    pad: Any = Pad("discord")
    pad.roots = ROOTS
    world.app.surfaces["discord"] = pad
    for verb in LISTED:
        for account in (SLACK, DISCORD):
            answer = await world.app.desk.typed(f"help {verb.name}", account, "h")
            lines = words_of(answer)
            root = "/pv" if account is SLACK else ROOTS[verb.group]
            assert lines[0].startswith(f"{root} {usage(verb)[:60]}"), lines
            assert 1 < len(lines) <= 9, lines
            assert max(map(len, lines)) <= 300, (verb.name, lines)
            in_slack(answer, verb.name)
            assert isinstance(answer, Private) and answer.note is not None
            assert [p.token for p in answer.note.actions] == (
                [ask_token(verb.name)] if verb.fields else []
            )


ROOTS = {group: f"/{name}" for group, (name, _) in slash.GROUPS.items()}


@pytest.mark.parametrize("group", sorted({v.group for v in LISTED}))
async def test_the_help_of_a_group_names_all_of_it(world: World, group: str) -> None:
    lines = words_of(await world.app.desk.typed(f"help {group}", SLACK, "h"))
    text = "\n".join(lines)
    assert len(lines) <= 9
    assert all(v.name in text for v in LISTED if v.group == group)


def test_a_time_in_an_answer_is_on_the_readers_own_clock() -> None:
    shown = (Shown("Sat 28 Nov 08:00–20:00 Berlin", 1_795_849_200_000, 1_795_892_400_000),)
    line = timed("Ana replaces Bob, Sat 28 Nov 08:00–20:00 Berlin. Bob was told.", shown)
    assert [s.at for s in line if s.at] == [1_795_849_200_000, 1_795_892_400_000]
    assert "".join(s.text for s in line) == (
        "Ana replaces Bob, Sat 28 Nov 08:00–20:00 Berlin. Bob was told."
    )
    assert DiscordPen().line(line) == (
        "Ana replaces Bob, <t:1795849200:F>–<t:1795892400:t>. Bob was told."
    )
    dates = [e for e in SlackPen().elements(line) if e["type"] == "date"]
    assert [d["timestamp"] for d in dates] == [1_795_849_200, 1_795_892_400]


def all_fields() -> Iterator[tuple[Verb, str]]:
    for verb in LISTED:
        for field in verb.fields:
            yield verb, field.name


async def test_every_field_that_proposes_something_does_so_within_limits(world: World) -> None:
    for verb, name in all_fields():
        for text in ("", "d", "tomorrow 9am"):
            found = await world.app.desk.suggest(verb.name, name, text, DISCORD)
            assert len(found) <= 25, (verb.name, name)
            for value, label in found:
                assert 0 < len(value) <= 100 and 0 < len(label) <= 100, (verb.name, name, value)
