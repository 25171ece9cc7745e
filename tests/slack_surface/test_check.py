"""The check: what the token allows against what is wanted, in words and with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.abilities import GOOD, NOTE, WRONG, Finding
from bot.settings import SlackSettings
from bot.slack.check import check
from bot.slack.features import CORE, Grant
from integrations.base import Misconfigured
from tests.slack_surface.conftest import Start
from tests.support.slack import FakeSlack, User

URL = "https://pixelview.example.eu"


def settings(fake: FakeSlack, **more: object) -> SlackSettings:
    known = {"bot_token": fake.bot_token, "app_token": fake.app_token, "base_url": fake.base_url}
    return SlackSettings(**(known | more))


def found(findings: list[Finding], what: str) -> Finding:
    [one] = [f for f in findings if f.what == what]
    return one


async def test_what_is_granted_is_good(fake: FakeSlack) -> None:
    findings = await check(settings(fake, features=("threads", "presence")), ["#ops"], URL)
    assert found(findings, "bot token").words == "pixelview in Pixel"
    for what in ("core", "threads", "presence", "Socket Mode", "#ops"):
        assert found(findings, what).level == GOOD, what
    assert all(f.level != WRONG for f in findings)
    assert "can't be asked of Slack: type /pv help" in found(findings, "command").words


async def test_a_scope_that_is_missing_says_what_stops_and_what_to_do(fake: FakeSlack) -> None:
    fake.scopes.difference_update({"im:history", "im:write"})
    findings = await check(settings(fake, features=("threads",)), [], URL)
    threads, core = found(findings, "threads"), found(findings, "core")
    assert threads.level == core.level == WRONG
    assert "Words in threads stay there" in threads.words
    assert "im:history is not granted" in threads.words and "im:write is not" in core.words
    assert "pv slack manifest --features threads”" in threads.fix


async def test_a_scope_nobody_needs_is_named(fake: FakeSlack) -> None:
    fake.scopes.add("files:write")
    findings = await check(settings(fake, features=("home",)), [], URL)
    spare = found(findings, "scopes")
    assert spare.level == NOTE
    assert "files:write" in spare.words and "usergroups:write" in spare.words
    assert "chat:write" not in spare.words


async def test_without_a_list_what_the_token_allows_is_on_and_the_rest_off(
    fake: FakeSlack,
) -> None:
    findings = await check(settings(fake), [], URL)
    assert found(findings, "threads").level == GOOD
    public = found(findings, "public")
    assert public.level == NOTE
    assert public.words.startswith("off. The bot must be invited to each channel")
    assert not [f for f in findings if f.level == WRONG]


@pytest.mark.parametrize(
    ("wrong", "what", "said"),
    [
        ({"bot_token": "xoxb-other"}, "bot token", "invalid_auth"),
        ({"app_token": "xapp-other"}, "Socket Mode", "invalid_auth"),
        ({"app_token": None}, "connection", "neither an app token nor a signing secret"),
    ],
)
async def test_a_token_that_is_refused_is_named(
    fake: FakeSlack, wrong: dict[str, object], what: str, said: str
) -> None:
    finding = found(await check(settings(fake, **wrong), [], URL), what)
    assert finding.level == WRONG and said in finding.words and finding.fix


async def test_socket_mode_that_is_off_is_named(fake: FakeSlack) -> None:
    fake.workspace.link_enabled = False
    finding = found(await check(settings(fake), [], URL), "Socket Mode")
    assert finding.level == WRONG and "turn Socket Mode on" in finding.fix


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://10.1.2.3", "http://localhost"])
async def test_an_address_slack_can_not_reach_is_wrong_where_it_has_to_call(
    fake: FakeSlack, host: str
) -> None:
    only_http = settings(fake, app_token=None, signing_secret="0" * 32)
    finding = found(await check(only_http, [], host), "address")
    assert finding.level == WRONG and f"can't reach {host}/slack/events" in finding.words
    both = settings(fake, signing_secret="short")
    findings = await check(both, [], host)
    assert found(findings, "address").level == NOTE
    assert found(findings, "signing secret").level == NOTE


async def test_channels_without_the_bot_are_named(fake: FakeSlack) -> None:
    fake.add_channel("away", bot_member=False)
    fake.add_channel("old").archived = True
    findings = await check(settings(fake), ["#ops", "#away", "#old", "#none"], URL)
    levels = {what: found(findings, what).level for what in ("#ops", "#away", "#old", "#none")}
    assert levels == {"#ops": GOOD, "#away": WRONG, "#old": WRONG, "#none": WRONG}
    assert found(findings, "#away").fix == "/invite @pixelview there"
    assert found(findings, "#old").words == "it is archived"
    methods = {c.method for c in fake.calls}
    assert not methods & {"conversations.list", "users.list"}, "nothing is scanned"


async def test_a_group_that_can_not_follow_says_why(fake: FakeSlack) -> None:
    wants = settings(fake, features=("usergroups",))
    finding = found(await check(wants, [], URL, ["@oncall-db"]), "@oncall-db")
    assert finding.level == WRONG and "no such user group" in finding.words
    fake.add_group("@oncall-db")
    assert found(await check(wants, [], URL, ["@oncall-db"]), "@oncall-db").level == GOOD
    without = await check(settings(fake, features=()), [], URL, ["@oncall-db"])
    assert "usergroups is not among slack.features" in found(without, "@oncall-db").words
    fake.scopes.discard("usergroups:write")
    lacks = found(await check(settings(fake), [], URL, ["@oncall-db"]), "@oncall-db")
    assert "usergroups:write is not granted" in lacks.words and "usergroups” " in lacks.fix


async def test_without_the_scopes_channels_can_not_be_seen(fake: FakeSlack) -> None:
    fake.scopes.difference_update({"channels:read", "groups:read"})
    finding = found(await check(settings(fake), ["#ops", "#db"], URL), "#ops, #db")
    assert finding.level == NOTE and "channels:read" in finding.words


def test_a_slack_that_names_no_scopes_is_believed() -> None:
    grant = Grant(("threads",), None)
    assert grant.on("threads") and grant.missing() == () and grant.spare() == ()
    assert not Grant(None, frozenset(CORE.scopes)).on("threads")
    assert Grant(None, frozenset(CORE.scopes)).on("home")
    assert not Grant(("threads",), frozenset(CORE.scopes)).on("home")


async def test_what_the_settings_leave_out_is_off_although_it_is_granted(
    fake: FakeSlack, start: Start, ana: User
) -> None:
    fake.add_group("@oncall-db")
    ana.dnd = (0.0, 9e9)
    surface = await start(features=("home",))
    assert not surface.threads and not surface.does("threads")
    with pytest.raises(Misconfigured, match="usergroups is not among"):
        await surface.keep_group("oncall-db", [ana.id], [])
    with pytest.raises(Misconfigured, match="War rooms can't be made: rooms is not among"):
        await surface.make_room("inc-1", private=False, topic="")
    assert await surface.available(ana.id) is None
    methods = {c.method for c in fake.calls}
    assert not methods & {"usergroups.list", "conversations.create", "dnd.info"}
    wants = await start(features=("presence", "usergroups"))
    assert await wants.available(ana.id) is not None
    await wants.keep_group("oncall-db", [ana.id], [])


# on the command line


async def test_the_check_on_the_command_line(
    fake: FakeSlack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    config = tmp_path / "pv.yaml"
    config.write_text(
        "slack:\n"
        f"  bot_token: {fake.bot_token}\n  app_token: {fake.app_token}\n"
        f"  base_url: {fake.base_url}\n"
        "routes:\n  - {name: all, channels: ['slack:#ops', 'slack:#nowhere']}\n"
    )
    status = await asyncio.to_thread(main, ["check", "--config", str(config)])
    out = capsys.readouterr().out
    assert status == 1
    assert "Slack\n  ok     bot token: pixelview in Pixel\n" in out
    assert "  WRONG  #nowhere: the bot is not in it" in out
    assert "         → /invite @pixelview there" in out
    assert out.endswith("1 wrong.\n")
    fake.add_channel("nowhere")
    assert await asyncio.to_thread(main, ["--config", str(config), "check", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["ok"] is True
    assert {"surface": "slack", "level": "good", "what": "#ops", "words": "the bot is in it",
            "fix": ""} in facts["findings"]  # fmt: skip


def test_with_nothing_configured_there_is_nothing_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "pv.yaml"
    config.write_text("{}\n")
    assert main(["check", "--config", str(config)]) == 0
    assert "nothing to check" in capsys.readouterr().out
