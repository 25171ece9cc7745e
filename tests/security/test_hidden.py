"""Wherever text comes in, a secret in it is hidden before it is kept, shown, sent or logged."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cards.model import Account, Heard
from bot.redacting import RedactSettings, install, lines, one_line, redactor_of
from bot.settings import BadSettings, parse
from bot.web.unread import Unread
from commands.hidden import TOLD
from commands.rules.redact import Redactor
from integrations.base import Malformed, Permanent, Request
from store.model import AlertStatus, Link
from tests.support.opened import everything, says
from tests.support.world import YAML, World, alert

PASSWORD = "hunter2swordfish"
TOKEN = "ghp_" + "aB3" * 12
KNOWN = "tr0ub4dor-and-3-more"
ALL = (PASSWORD, TOKEN, KNOWN)


async def kept(world: World) -> str:
    return await world.app.reader.read(everything)


async def test_nothing_of_a_secret_in_an_alert_is_kept_or_shown(world: World) -> None:
    said = f"login with password={PASSWORD} and {TOKEN}"
    number = await world.fires(
        title=f"Login failed: {said}", description=f"{said}\n{said}", resource=f"host {TOKEN}",
        labels={"team": "db", "db_password": PASSWORD, "cmd": said},
        links=(Link("Open", f"https://ana:{PASSWORD}@db.example.eu/"),),
    )  # fmt: skip
    await world.fires("k2", title=f"again {TOKEN}", labels={"team": "db", "service": "x"})
    text = await kept(world)
    assert says(text, "db_password")
    assert not [row for word in ALL for row in says(text, word)]
    detail = await world.detail(number)
    assert detail.incident.title == "Login failed: login with password=[hidden] and [hidden]"
    assert detail.incident.labels["db_password"] == "[hidden]"
    assert "[hidden]@db.example.eu" in detail.incident.links[0].url
    assert not [c for _, c in world.pad.posts if TOKEN in repr(c) or PASSWORD in repr(c)]


async def test_two_alerts_that_differ_by_a_secret_in_their_key_are_two(world: World) -> None:
    for key in (f"https://a:{PASSWORD}1@h/", f"https://a:{PASSWORD}2@h/"):
        await world.hears(alert(key, title=key))
    (number,) = [i.id for i in (await world.asks("ana", "list")).incidents]
    assert (await world.incident(number)).alerts_firing == 2
    await world.hears(alert(f"https://a:{PASSWORD}1@h/", status=AlertStatus.RESOLVED))
    assert (await world.incident(number)).alerts_firing == 1


async def test_a_key_that_holds_a_secret_is_shown_without_it(world: World) -> None:
    from bot.web.api import alert_json

    number = await world.fires(f"https://a:{PASSWORD}@h/")
    (one,) = (await world.detail(number)).alerts
    assert alert_json(one)["key"] == "https://a:[hidden]@h/"


async def test_who_types_a_secret_is_told_and_it_is_kept_nowhere(world: World) -> None:
    number = await world.fires()
    done = await world.does("ana", "note", number, text=f"try password={PASSWORD} please")
    assert TOLD in done.say
    assert done.aloud
    done = await world.does("ana", "note-edit", number, text=f"or {TOKEN}")
    assert TOLD in done.say
    assert TOLD not in (await world.does("ana", "note", number, text="no secret")).say
    await world.does("ana", "resolve", number, how="now", text=f"rotated {TOKEN}")
    assert not [row for word in ALL for row in says(await kept(world), word)]


async def test_words_of_a_thread_are_cleaned_and_only_their_writer_is_told(world: World) -> None:
    number = await world.fires()
    ana = Account("slack", "T1", "U0ANA", "Ana")
    heard = Heard("C1", "m9", f"the token is {TOKEN}")
    await world.app.desk.heard(number, heard, ana)
    await world.settle()
    cards = [(who, card) for who, card in world.pad.direct if card.head.word == "HIDDEN"]
    assert [who for who, _ in cards] == ["U0ANA"]
    assert "[hidden]" in (await world.detail(number)).timeline[-1].say
    assert not says(await kept(world), TOKEN)
    again = Heard("C1", "m9", f"the token was {TOKEN}")
    assert await world.app.desk.edited(again, ana)
    assert not says(await kept(world), TOKEN)


async def test_what_definitions_say_is_kept_and_the_record_of_it_has_no_secret(
    world: World,
) -> None:
    address = f"https://u:{PASSWORD}@hook.example.eu/x"
    await world.does("ana", "edit", kind="team", name="web", text=f"members: [ana]\n# {address}")
    audit = [r for r in says(await kept(world), "edit") if r.startswith("audit")]
    assert audit
    assert not [r for r in audit if PASSWORD in r]


async def test_what_a_provider_answers_is_kept_without_secrets(world: World) -> None:
    world.pad.refuse["page"] = Permanent(f"no: https://x:{PASSWORD}@api.example.eu said {TOKEN}")
    await world.fires()
    assert not [row for word in ALL for row in says(await kept(world), word)]


async def test_a_body_that_is_not_read_is_kept_without_secrets(world: World) -> None:
    body = f'{{"password": "{PASSWORD}", "x": [}} {TOKEN}'.encode()
    source, unread = await world.source(), Unread(world.door)
    sent = Request(body, "application/json", headers={"x-who": TOKEN}, query={"a": TOKEN})
    await unread.keep(source, "alertmanager", sent, Malformed(f"near {TOKEN}", "body"))
    text = await kept(world)
    assert says(text, "quarantine")
    assert "[hidden]" in text
    assert not [row for word in ALL for row in says(text, word)]


async def test_what_is_asked_for_and_refused_is_on_record_without_secrets(world: World) -> None:
    from commands.errors import Denied

    number = await world.fires()
    with pytest.raises(Denied):
        await world.does("mei", "note", number, text=f"use {TOKEN}")
    assert not says(await kept(world), TOKEN)


async def test_every_secret_of_the_settings_is_known_by_its_value(tmp_path: Path) -> None:
    yaml = YAML + (
        "slack: {bot_token: xoxb-planted-slack, signing_secret: 8f742231b10e8888abcd99yyyzzz85a5}\n"
        f"mail: {{host: h, password: '{KNOWN}'}}\n"
        "database: 'postgresql://u:planted-database@h/x'\n"
        "redact: {patterns: ['ACME-[0-9]+'], allow: [build_token]}\n"
    )
    settings = parse(yaml, "t.yaml", {})
    settings = settings.model_copy(update={"key": "cGxhbnRlZA==,c2Vjb25k", "cli_token": "planted1"})
    hide = redactor_of(settings)
    for secret in (
        "xoxb-planted-slack", "8f742231b10e8888abcd99yyyzzz85a5", KNOWN, "planted-database",
        "cGxhbnRlZA==", "c2Vjb25k", "planted1", "ACME-17",
    ):  # fmt: skip
        assert hide(f"so {secret} it is") == "so [hidden] it is"
    assert hide("postgres on h as u, ana@example.eu") == "postgres on h as u, ana@example.eu"


@pytest.mark.parametrize("pattern", ["(", ".*", "x?"])
def test_a_pattern_that_can_not_be_meant_is_refused_with_its_line(pattern: str) -> None:
    with pytest.raises(BadSettings, match=r"t\.yaml:2: redact\.patterns"):
        parse(f"redact:\n  patterns: ['{pattern}']\n", "t.yaml", {})
    assert RedactSettings(patterns=("a+",)).patterns == ("a+",)


# ---- logs ----------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """A log like that of the service, by any library's logger."""
    import sys
    import threading

    made, hooks = logging.getLogRecordFactory(), (sys.excepthook, threading.excepthook)
    install(Redactor([KNOWN]))
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("aiohttp.somewhere")
    logger.addHandler(handler)
    yield out
    logger.removeHandler(handler)
    logging.setLogRecordFactory(made)
    sys.excepthook, threading.excepthook = hooks


LOGGER = logging.getLogger("aiohttp.somewhere")


def test_a_library_that_logs_a_secret_logs_none(log: io.StringIO) -> None:
    LOGGER.error("asked %s with %r", f"https://x/?api_key={'a1' * 12}", {"token": TOKEN})
    LOGGER.error("known: %(v)s", {"v": KNOWN})
    assert log.getvalue() == (
        "ERROR aiohttp.somewhere: asked https://x/?api_key=[hidden] with {'token': '[hidden]'}\n"
        "ERROR aiohttp.somewhere: known: [hidden]\n"
    )


def test_neither_does_an_exception_or_a_stack(log: io.StringIO) -> None:
    try:
        raise ValueError(f"at https://u:{PASSWORD}@h\nERROR root: forged")
    except ValueError as error:
        try:
            raise RuntimeError(f"with {TOKEN}") from error
        except RuntimeError:
            LOGGER.exception("it failed", stack_info=True)
    said = log.getvalue()
    assert "RuntimeError: with [hidden]" in said
    assert "[hidden]@h" in said
    assert not [word for word in ALL if word in said]
    plain = ("ERROR aiohttp", "Traceback", "Stack (most")
    assert [li for li in said.splitlines() if not li.startswith((" ", *plain))] == []


def test_values_that_do_not_fit_still_end_in_the_log(log: io.StringIO) -> None:
    LOGGER.error("%d of it", "none")
    assert log.getvalue() == "ERROR aiohttp.somewhere: %d of it (its values do not fit)\n"


def test_no_line_of_the_log_can_be_forged_or_reach_the_terminal(log: io.StringIO) -> None:
    LOGGER.warning("title %s", "a\nERROR pixelview: forged\r\x1b[2J\x07\u202eb\u2028c\x85d\x00")
    assert log.getvalue() == (
        "WARNING aiohttp.somewhere: title "
        "a\\nERROR pixelview: forged\\r\\x1b[2J\\x07\\u202eb\\u2028c\\x85d\\x00\n"
    )
    assert one_line("ok ä 漢 🔥\t.") == "ok ä 漢 🔥\t."
    assert lines("a\nb") == "a\n  b"
