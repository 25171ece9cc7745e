"""Settings of the channels: a mistake is refused at the start with its line, secrets are named."""

from __future__ import annotations

import pytest

from bot.numbers import card, senders
from bot.pages.pagers import Pagers
from bot.settings import BadSettings, parse
from integrations.base import Misconfigured

ANA = "people:\n  ana: {name: Ana, email: a@example.eu, contacts: {%s}, rules: [{via: %s}]}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pagerduty: {webhook_secrets: 3}", "write the secrets as a list"),
        ("pagerduty: {nonsense: 3}", "no such setting"),
        ("pushover: {retry: 60}", "token is missing"),
        ("pushover: {token: x, retry: soon}", "write a whole number"),
        ("apprise: {urls: [x]}", "write names and their addresses"),
        ("apprise: {allow: tgram}", "write a list"),
        ("webpush: {services: fcm.googleapis.com}", "write the push services as a list"),
        ("webpush: {subject: ops@example.eu}", "write mailto:"),
        ("pagerduty: {}\n" + ANA % ("pagerduty: short", "pagerduty"), "32 letters and digits"),
        ("ntfy: {}\n" + ANA % ("ntfy: 'a b'", "ntfy"), "a topic has 1 to 64 letters"),
        ("pushover: {token: x}\n" + ANA % ("pushover: me", "pushover"), "30 letters and digits"),
        ("apprise: {}\n" + ANA % ("apprise: two words", "apprise"), "write an apprise address"),
        (ANA % ("webpush: x", "email"), "devices are added by their owner"),
        (ANA % ("", "ntfy"), "ntfy needs settings of ntfy in this file"),
    ],
)
def test_a_mistake_is_refused_with_its_words(text: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        parse(text, "pixelview.yaml")


def test_every_channel_can_be_a_rule_once_it_is_set_up() -> None:
    settings = parse(
        "pagerduty: {}\nntfy: {}\napprise: {urls: {desk: 'tgram://x/y'}}\n"
        "people:\n  ana:\n    name: Ana\n"
        "    contacts: {pagerduty: default, ntfy: ana-night, apprise: desk}\n"
        "    rules: [{via: pagerduty}, {via: ntfy, after: 1}, {via: webpush, after: 2}]\n",
        "pixelview.yaml",
    )
    rules = settings.definitions().people["ana"].rules
    assert [rule.via for rule in rules] == ["pagerduty", "ntfy", "webpush"]


def test_our_numbers_are_each_said_once() -> None:
    settings = parse(
        'url: https://pv.example.eu\nmail: {host: x, sender: "Pixel, View <pages@example.eu>"}\n'
        'twilio: {account_sid: AC1, auth_token: x, sms_from: "+4915735981234", '
        'voice_from: "+4915735981234"}',
        "pixelview.yaml",
    )
    assert senders(settings) == ("+4915735981234", "pages@example.eu")
    lines = card(settings).split("\r\n")
    assert "TEL;TYPE=CELL,VOICE:+4915735981234" in lines
    assert "EMAIL;TYPE=INTERNET:pages@example.eu" in lines
    assert "URL:https://pv.example.eu" in lines and lines[-1] == ""


def test_a_card_holds_no_line_of_its_own() -> None:
    settings = parse('url: "https://pv.example.eu/a,b;c"', "pixelview.yaml")
    assert "URL:https://pv.example.eu/a\\,b\\;c" in card(settings)


def test_where_nobody_can_answer_it_is_said_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    given = {"twilio": {"account_sid": "AC1", "auth_token": "t", "sms_from": "+15005550006"}}
    for url, said in (("http://127.0.0.1:8080", True), ("https://pv.example.eu", False)):
        caplog.clear()
        pagers = Pagers(given, url)
        pagers.connect()
        assert ("nobody can answer by it" in caplog.text) is said
        assert pagers.answers("sms") is not said


def test_a_pager_that_can_not_be_connected_is_a_problem_and_no_crash(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pagers = Pagers({"twilio": {"account_sid": "SK1", "auth_token": "t"}}, "https://pv.example.eu")
    pagers.connect()
    assert "twilio.account_sid: an account SID begins with AC" in caplog.text
    assert set(pagers.problems) == {"sms", "voice"}
    with pytest.raises(Misconfigured, match="begins with AC"):
        pagers.get("sms")
    with pytest.raises(Misconfigured, match="pigeon is not configured"):
        pagers.get("pigeon")
