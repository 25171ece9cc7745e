"""Messages for chat programs as alerts: their state, title, fields; and what chats post."""

from __future__ import annotations

import hmac
import json
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from integrations import discord, slack
from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertStatus, Severity

FIRING, RESOLVED, INFO = AlertStatus.FIRING, AlertStatus.RESOLVED, AlertStatus.INFO
ACKNOWLEDGED = AlertStatus.ACKNOWLEDGED


def whole(tool: str, body: Any) -> Reading:
    found: Reading = import_module(f"integrations.{tool}").read(Request(json.dumps(body).encode()))
    return found


def one(tool: str, body: Any) -> AlertReading:
    (alert,) = whole(tool, body).alerts
    return alert


def bar(color: str, title: str = "Disk full", **more: Any) -> dict[str, Any]:
    return {"attachments": [{"color": color, "title": title, "text": "94 % used", **more}]}


def card(color: int, title: str) -> dict[str, Any]:
    return {"embeds": [{"title": title, "color": color, "description": "94 % used"}]}


STATES = [
    ("slack", bar("danger"), FIRING), ("slack", bar("good"), RESOLVED),
    ("slack", bar("#2eb886"), RESOLVED), ("slack", bar("#D63232"), FIRING),
    ("slack", bar("good", "[FIRING:2] Disk full"), FIRING),
    ("slack", bar("danger", "[RESOLVED] Disk full"), RESOLVED),
    ("slack", bar("danger", ":white_check_mark: Recovered: Disk full"), RESOLVED),
    ("slack", bar("", fields=[{"title": "State", "value": "OK"}]), RESOLVED),
    ("slack", {"text": "Disk full"}, FIRING), ("slack", {"text": "RESOLVED Disk full"}, RESOLVED),
    ("slack", {"text": "OK, who broke it"}, FIRING),
    ("slack_like", {"title": "Disk full", "themeColor": "FF0000"}, FIRING),
    ("slack_like", {"title": "Disk full", "themeColor": "00FF00"}, RESOLVED),
    ("discord", card(0xE01E5A, "Disk full"), FIRING),
    ("discord", card(0x2ECC71, "Disk full"), RESOLVED),
    ("discord", {"content": "**Resolved:** Disk full"}, RESOLVED),
    ("telegram", {"chat_id": 1, "text": "PROBLEM: Disk full"}, FIRING),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "body", "due"), STATES)
def test_first_words_then_the_colour_tell_the_state(tool: str, body: Any, due: AlertStatus) -> None:
    assert one(tool, body).status is due


def test_states_of_one_message_share_its_key() -> None:
    fired = one("slack", bar("danger", "[FIRING:1] Disk 94 % full"))
    over = one("slack", bar("good", "[RESOLVED] Disk 12 % full"))
    assert (fired.key, fired.title) == (over.key, "Disk 94 % full")


def test_fields_of_a_message_are_labels_and_name_the_place() -> None:
    fields = [{"title": "Host", "value": "db-3"}, {"title": "Severity", "value": "Critical"}]
    alert = one("slack", bar("danger", fields=fields, title_link="https://a.example/1"))
    assert (alert.resource, alert.severity, alert.severity_raw) == (
        "db-3", Severity.CRITICAL, "Critical")  # fmt: skip
    assert alert.labels == {"Host": "db-3", "Severity": "Critical"}
    assert alert.links[0].url == "https://a.example/1"
    assert one("slack", bar("warning")).severity is Severity.WARNING


def test_blocks_and_cards_are_read() -> None:
    blocks = {"blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Disk full"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Host:*\ndb-3"}]},
    ]}  # fmt: skip
    alert = one("slack", blocks)
    assert (alert.title, alert.resource) == ("Disk full", "db-3")
    body = [{"type": "TextBlock", "text": "Disk full"},
            {"type": "FactSet", "facts": [{"title": "Host", "value": "db-3"}]}]  # fmt: skip
    adaptive = {"type": "message", "attachments": [{"content": {"body": body}}]}
    alert = one("slack_like", adaptive)
    assert (alert.title, alert.resource) == ("Disk full", "db-3")


def test_links_in_slacks_markup_become_their_words() -> None:
    alert = one("slack", {"text": "*Disk full* on <https://a.example/x|db-3> &amp; more"})
    assert alert.title == "Disk full* on db-3 & more"


# ---- what chat programs themselves post --------------------------------------------------------

POSTED = [
    ("slack", {"type": "event_callback", "event": {"type": "app_mention", "text": "hi"}}),
    ("slack", {"type": "view_closed", "user": {"id": "U1"}}),
    ("slack", {"command": "/pv", "text": "list", "trigger_id": "1"}),
    ("slack", {"team_domain": "t", "user_name": "sam", "text": "x", "trigger_word": "x"}),
    ("discord", {"type": 2, "application_id": "1", "data": {"name": "ack"}, "id": "5"}),
    ("discord", {"type": 1, "application_id": "1", "event": {"type": "ENTITLEMENT_CREATE"}}),
    ("telegram", {"update_id": 1, "message": {"text": "hello"}}),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "body"), POSTED)
def test_what_people_say_and_open_in_a_chat_is_information(tool: str, body: Any) -> None:
    assert one(tool, body).status is INFO


def test_handshakes_are_answered() -> None:
    asked = whole("slack", {"type": "url_verification", "challenge": "c1", "token": "t"})
    assert asked.reply == {"challenge": "c1"} and asked.alerts[0].status is INFO
    assert whole("discord", {"type": 1}).reply == {"type": 1}


PRESSED = [
    ("slack_like", {"action": "ack", "alert_id": "a1"}, ACKNOWLEDGED),
    ("slack_like", {"action": "close", "alert_id": "a1"}, RESOLVED),
    ("slack_like", {"action": "watch", "alert_id": "a1"}, INFO),
    ("telegram", {"update_id": 1, "callback_query": {"data": "/ack a1"}}, ACKNOWLEDGED),
    ("telegram", {"update_id": 1, "message": {"text": "/unack@bot a1"}}, FIRING),
    ("slack", {"type": "interactive_message", "user": {"name": "sam"}, "callback_id": "a1",
               "actions": [{"name": "a", "value": "ack"}]}, ACKNOWLEDGED),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "body", "due"), PRESSED)
def test_a_button_is_about_the_alert_it_names(tool: str, body: Any, due: AlertStatus) -> None:
    alert = one(tool, body)
    assert (alert.status, alert.key) == (due, "a1")


def test_a_slash_command_comes_as_a_form() -> None:
    sent = urlencode({"command": "/pv", "text": "list", "trigger_id": "1"}).encode()
    (alert,) = slack.read(Request(sent, "application/x-www-form-urlencoded")).alerts
    assert alert.status is INFO


# ---- signatures --------------------------------------------------------------------------------


def test_slack_is_heard_where_it_signed_lately() -> None:
    now, body, known = 1_790_000_000, b'{"text": "x"}', {"signing_secret": "s3"}
    seal = hmac.digest(b"s3", b"v0:%d:" % now + body, "sha256").hex()
    headers = {"x-slack-request-timestamp": str(now), "x-slack-signature": f"v0={seal}"}
    slack.verify(Request(body, headers=headers, received_at=now * 1000), known)
    slack.verify(Request(body), {})
    late, changed = now * 1000 + 600_000, Request(b"{}", headers=headers, received_at=now * 1000)
    for wrong in (Request(body, headers=headers, received_at=late), changed, Request(body)):
        with pytest.raises(Malformed) as refused:
            slack.verify(wrong, known)
        assert refused.value.status == 401


def test_discord_is_heard_where_it_signed() -> None:
    key, body = Ed25519PrivateKey.generate(), b'{"type": 1}'
    known = {"public_key": key.public_key().public_bytes_raw().hex()}
    headers = {"x-signature-timestamp": "9", "x-signature-ed25519": key.sign(b"9" + body).hex()}
    discord.verify(Request(body, headers=headers), known)
    for wrong in (Request(body), Request(b"{}", headers=headers)):
        with pytest.raises(Malformed) as refused:
            discord.verify(wrong, known)
        assert refused.value.status == 401
