"""The settings of channels: each mistake is named with its line, before the first page fails."""

from __future__ import annotations

import pytest

from bot import channels
from bot.settings import BadSettings, parse

TWILIO = 'twilio: {account_sid: AC1, auth_token: t, sms_from: "+15005550006"}\n'


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("twilio:\n  account_sid: AC1", "p.yaml:1: twilio: auth_token is missing: The account's"),
        ("twilio:\n  sid: AC1", "p.yaml:2: twilio.sid: no such setting; there are account_sid,"),
        ("twilio: yes", "p.yaml:1: twilio: write its settings below it: account_sid,"),
        (TWILIO.replace("AC1", "SK1"), "p.yaml:1: twilio.account_sid: an account SID begins"),
        (TWILIO.replace("}", ", ring: soon}"), "p.yaml:1: twilio.ring: write a whole number"),
        (
            "twilio:\n  auth_token: ${NO_SUCH}",
            "p.yaml:2: twilio.auth_token: the environment has no",
        ),
        ("pagers: {twilio: {}}", "p.yaml:1: pagers: no such setting"),
        (
            "people:\n  ana:\n    name: A\n    rules:\n    - {via: sms}",
            "p.yaml:5: people.ana.rules.0.via: sms needs settings of twilio in this file",
        ),
        (
            TWILIO + "people:\n  ana: {name: A, important: [{via: pigeon}]}",
            "people.ana.important.0.via: pigeon is no channel that is configured: slack, discord,",
        ),
        ("people:\n  ana: {name: A, phone: 0151 123}", "people.ana.phone: "),
        (
            TWILIO + "people:\n  ana:\n    name: A\n    contacts: {voice: 0151}",
            "p.yaml:5: people.ana.contacts.voice: write the number as +4915112345678",
        ),
        (
            "people:\n  ana: {name: A, contacts: {slack: U1}}",
            "people.ana.contacts.slack: write it as slack: of the person",
        ),
        (
            "people:\n  ana: {name: A, contacts: {pigeon: loft 3}}",
            "people.ana.contacts.pigeon: pigeon is no channel that is configured",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, mistake: str) -> None:
    with pytest.raises(BadSettings) as bad:
        parse(text, "p.yaml")
    assert mistake in str(bad.value)


def test_a_phone_is_for_sms_and_calls_unless_contacts_say_otherwise() -> None:
    text = TWILIO + (
        "people:\n  ana:\n    name: A\n    phone: +49 (151) 1234-5678\n"
        '    contacts: {voice: "+493012345678"}\n    rules: [{via: sms}, {via: voice, after: 2}]'
    )
    person = parse(text, "p.yaml").definitions().people["ana"]
    assert person.contacts == {"sms": "+4915112345678", "voice": "+493012345678"}
    assert [rule.via for rule in person.rules] == ["sms", "voice"]


def test_a_phone_may_stand_there_before_anything_uses_it() -> None:
    parse('people:\n  ana: {name: A, phone: "+4915112345678"}', "p.yaml")


def test_a_secret_may_come_from_the_environment() -> None:
    found = parse(TWILIO.replace("auth_token: t", 'auth_token: "${T}"'), "p.yaml", {"T": "secret"})
    assert found.pagers["twilio"]["auth_token"] == "secret"
    assert "secret" not in found.model_dump_json()


def test_where_nobody_can_call_us_no_address_is_given() -> None:
    given = {"account_sid": "AC1", "auth_token": "t"}
    here, public = "http://127.0.0.1:8080", "https://pv.example.eu/"
    assert channels.settings_of("twilio", given, here)["callback"] == ""
    told = channels.settings_of("twilio", given, public)["callback"]
    assert told == "https://pv.example.eu/callback/twilio"
    near = channels.settings_of("twilio", {**given, "base_url": "http://127.0.0.1:9"}, here)
    assert near["callback"] == f"{here}/callback/twilio"


def test_defaults_are_those_of_the_manifest() -> None:
    found = channels.settings_of("twilio", {"ring": None, "language": "de-DE"}, "https://x.eu")
    assert (found["ring"], found["language"]) == (25, "de-DE")


def test_every_channel_belongs_to_one_integration() -> None:
    found = channels.everywhere()
    assert found["sms"] == found["voice"] == "twilio"
    assert not set(found) & set(channels.BUILT_IN)
