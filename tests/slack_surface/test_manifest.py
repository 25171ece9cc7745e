"""The app people make from the manifest can do what was chosen, and nothing more."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.__main__ import main
from bot.cards.model import Note, Private, Span
from bot.slack.features import CORE, DEFAULT, REGISTRY, UnknownFeature, chosen, scopes_of
from bot.slack.limits import METHODS as CALLED
from bot.slack.manifest import as_yaml, manifest
from bot.workspaces import FEATURES
from integrations.slack import MANIFEST
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import ASSIGN, SHARED, Desk, card, taken, words
from tests.support.slack import FakeSlack, User
from tests.support.slack.methods import METHODS

SCHEMA = SHARED / "specs" / "slack-manifest.schema.2.0.0.json"


def every_choice() -> Iterator[tuple[str, ...]]:
    """Every combination of features."""
    for many in range(len(REGISTRY) + 1):
        yield from itertools.combinations(REGISTRY, many)


def bot_scopes(made: dict[str, Any]) -> set[str]:
    return set(made["oauth_config"]["scopes"]["bot"])


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's manifest schema is not at hand")
@pytest.mark.parametrize("url", ["", "https://pixelview.example.eu"])
def test_slack_would_take_the_manifest_of_every_choice(url: str) -> None:
    judge = jsonschema.validators.validator_for(schema := json.loads(SCHEMA.read_text()))(schema)
    for names in every_choice():
        made = manifest(chosen(names), url=url, command="/incident")
        assert [e.message for e in judge.iter_errors(made)] == [], names


def test_nothing_is_longer_than_slack_allows() -> None:
    made = manifest(chosen(["all"]), url=f"https://{'a' * 200}.example.eu")
    about, features = made["display_information"], made["features"]
    assert 1 <= len(about["name"]) <= 35 and len(about["description"]) <= 140
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24 and len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
    [command] = features["slash_commands"]
    assert len(command["description"]) <= 2000 and len(command["usage_hint"]) <= 1000
    assert len(bot_scopes(made)) <= 255
    assert len(made["settings"]["event_subscriptions"]["bot_events"]) <= 100


def test_the_core_asks_for_five_scopes() -> None:
    few = {"chat:write", "commands", "users:read", "users:read.email", "im:write"}
    assert bot_scopes(manifest(chosen([]))) == few
    assert bot_scopes(manifest(chosen(DEFAULT))) == few
    for name, feature in REGISTRY.items():
        assert bot_scopes(manifest(chosen([name]))) == few | set(feature.scopes)
        assert all(feature.scopes.values()), "each scope says what it is for"


def test_no_scope_is_asked_for_that_no_call_needs() -> None:
    used = {scope for name in CALLED if (m := METHODS.get(name)) for scope in m.any_of}
    heard = {"commands", "app_mentions:read", *REGISTRY["threads"].scopes}
    looked_at = {"chat:write.public", "channels:read", "groups:read"}
    in_rooms = set(REGISTRY["rooms"].scopes)
    assert set(scopes_of(chosen(["all"]))) - in_rooms == (used | heard | looked_at) - in_rooms


def test_the_settings_know_the_same_features() -> None:
    assert tuple(REGISTRY) == FEATURES
    with pytest.raises(UnknownFeature, match="romms: no such feature; there are home, shortcuts"):
        chosen(["romms"])


async def test_with_exactly_this_app_everything_works(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    made = manifest(chosen(["all"]))
    fake.scopes.clear()
    fake.scopes.update(bot_scopes(made))
    fake.subscriptions.clear()
    fake.subscriptions.update(made["settings"]["event_subscriptions"]["bot_events"])
    surface = await start(features=FEATURES)
    assert surface.threads and surface.troubles() == {}
    assert surface.health()[1].startswith("Connected to Slack as pixelview in Pixel")
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.places[sent.message] = 1842
    await surface.edit(sent, taken())
    await surface.say(sent, words("Labels"), nonce="s1", maybe_copy=False)
    await surface.page(ana.id, card(), words("You"), nonce="p1", maybe_copy=False)
    assert await surface.email(ana.id) == "ana@example.eu"
    assert await surface.account_by_email("ana@example.eu") == ana.id
    assert await surface.available(ana.id) is None
    fake.add_group("@oncall-db")
    await surface.keep_group("oncall-db", [ana.id], [])
    desk.answers["press"] = ASSIGN
    form = (await fake.press(ana, fake.channel("ops").messages[0], "Assign…")).modal
    assert form is not None
    await fake.submit(ana, form, {"who": "omar"})
    desk.answers["typed"] = Private(Note(((Span("Fine."),),)))
    assert (await fake.command(ana, "ops", "/pv list")).text == "Fine."
    assert (await fake.mention(ana, "ops", "why", thread_ts=sent.message)).text == "Fine."
    await fake.say(ana, "ops", "hello", thread_ts=sent.message)
    await fake.workspace.quiet()
    assert len(desk.named("heard")) >= 1
    assert not [c for c in fake.calls if c.answer and c.answer.get("error") == "missing_scope"]


# on the command line


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    status = main(["slack", "manifest", *args])
    out, err = capsys.readouterr()
    return status, out, err


def test_it_is_printed_with_what_each_scope_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = printed(capsys, "--features", "threads,rooms")
    assert status == 0
    features = chosen(["threads", "rooms"])
    assert yaml.safe_load(out) == manifest(features)
    assert out == as_yaml(manifest(features), features)
    for feature in features:
        for scope, why in feature.scopes.items():
            assert f"- {scope} # {why}\n" in out


def test_over_http_slack_is_told_where_to_call(capsys: pytest.CaptureFixture[str]) -> None:
    args = ("--http", "--url", "https://pv.example.eu/", "--command", "incident", "--json")
    status, out, _ = printed(capsys, *args)
    made = json.loads(out)
    there = "https://pv.example.eu/slack/events"
    assert status == 0 and not made["settings"]["socket_mode_enabled"]
    assert made["settings"]["event_subscriptions"]["request_url"] == there
    assert made["settings"]["interactivity"]["request_url"] == there
    assert made["features"]["slash_commands"][0]["url"] == there
    assert made["features"]["slash_commands"][0]["command"] == "/incident"


def test_it_is_for_what_the_settings_want(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "pv.yaml"
    config.write_text(
        "url: https://pv.example.eu\n"
        "slack:\n  bot_token: xoxb-1\n  signing_secret: s\n  command: /ops\n"
        "  features: [presence]\n"
        "  workspaces:\n    acme: {bot_token: xoxb-2, app_token: xapp-2, features: []}\n"
    )
    _, out, _ = printed(capsys, "--config", str(config), "--json")
    made = json.loads(out)
    assert bot_scopes(made) == {*CORE.scopes, "dnd:read"}
    assert made["features"]["slash_commands"][0]["command"] == "/ops"
    assert not made["settings"]["socket_mode_enabled"], "there is no app token"
    _, out, _ = printed(capsys, "--config", str(config), "--workspace", "acme", "--json")
    made = json.loads(out)
    assert bot_scopes(made) == set(CORE.scopes) and made["settings"]["socket_mode_enabled"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--features", "threads,telepathy"), "telepathy: no such feature"),
        (("--command", "/a b"), "a command is a slash"),
        (("--http", "--url", "pv.example.eu"), "write the address with https://"),
    ],
)
def test_what_can_not_be_is_said(
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    status, out, err = printed(capsys, *args)
    assert status == 2 and out == "" and said in err


def test_the_page_about_chats_lists_the_features() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "chat.md").read_text()
    for feature in (CORE, *REGISTRY.values()):
        scopes = ", ".join(f"`{scope}`" for scope in feature.scopes) or "–"
        assert f"| `{feature.name}` | {feature.use} | {scopes} |\n" in page


def test_the_settings_have_help() -> None:
    known = {s.name: s for s in MANIFEST.settings}
    assert [*known] == [
        "bot_token", "app_token", "signing_secret", "command", "features", "connections",
        "workspaces", "base_url",
    ]  # fmt: skip
    assert all(s.help for s in known.values())
    assert {n for n, s in known.items() if s.secret} == {
        "bot_token", "app_token", "signing_secret",
    }  # fmt: skip
