"""The app people make from the shipped manifest can do what the surface does, and nothing more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.cards.model import Note, Private, Span
from bot.slack import limits, places
from integrations.slack import MANIFEST
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import ASSIGN, SHARED, Desk, card, taken, words
from tests.support.slack import FakeSlack, User
from tests.support.slack.methods import METHODS

ROOT = Path(__file__).parent.parent.parent
SCHEMA = SHARED / "specs" / "slack-manifest.schema.2.0.0.json"


@pytest.fixture
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text())
    return found


def scopes(manifest: dict[str, Any]) -> set[str]:
    return set(manifest["oauth_config"]["scopes"]["bot"])


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's manifest schema is not at hand")
def test_slack_would_take_the_manifest(manifest: dict[str, Any]) -> None:
    jsonschema.validate(manifest, json.loads(SCHEMA.read_text()))


def test_it_asks_for_no_more_than_is_used(manifest: dict[str, Any]) -> None:
    used = {s for name in limits.METHODS if (m := METHODS.get(name)) for s in m.any_of}
    optional = set(manifest["oauth_config"]["scopes"]["bot_optional"])
    assert optional == {"dnd:read", "usergroups:read", "usergroups:write"} <= scopes(manifest)
    heard = {"commands", "app_mentions:read", *places.HISTORY}
    assert scopes(manifest) == used | heard
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == {
        "app_mention", "message.channels", "message.groups", "message.im",
    }  # fmt: skip


async def test_with_exactly_this_app_everything_works(
    fake: FakeSlack, start: Start, desk: Desk, ana: User, manifest: dict[str, Any]
) -> None:
    fake.scopes.clear()
    fake.scopes.update(scopes(manifest))
    fake.subscriptions.clear()
    fake.subscriptions.update(manifest["settings"]["event_subscriptions"]["bot_events"])
    surface = await start()
    assert surface.threads and surface.health()[1] == "Connected to Slack as pixelview in Pixel"
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
    await fake.say(ana, fake.dm(ana), "hello")
    await fake.workspace.quiet()
    assert len(desk.named("heard")) >= 1
    assert not [c for c in fake.calls if c.answer and c.answer.get("error") == "missing_scope"]


def test_the_settings_have_help() -> None:
    known = {s.name: s for s in MANIFEST.settings}
    assert [*known] == ["bot_token", "app_token", "signing_secret", "command", "base_url"]
    assert all(s.help for s in known.values())
    assert {n for n, s in known.items() if s.secret} == {
        "bot_token", "app_token", "signing_secret",
    }  # fmt: skip
