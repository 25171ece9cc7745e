"""Secrets can be told from other words, and lives of tokens are read as people write them."""

from __future__ import annotations

import pytest

from commands.bearers import within
from commands.rules import tokens as rules
from commands.rules.redact import redact
from store.clock import DAY, HOUR
from store.secret import code_of, could_be, new_address, new_code, new_secret

NOW = 1_795_313_340_000


def test_a_secret_with_one_letter_changed_is_known_to_be_none_of_ours() -> None:
    secret = new_secret("pvr")
    assert could_be(secret)
    for at in (4, 20, len(secret) - 1):
        other = "a" if secret[at] != "a" else "b"
        assert not could_be(secret[:at] + other + secret[at + 1 :])
    assert not could_be(f"pvi{secret[3:]}")


def test_secrets_of_before_are_still_looked_up() -> None:
    assert could_be("pvr_" + "x" * 43)
    assert could_be("pvi_" + "A-_9" * 10 + "abc")
    assert could_be(new_address())


def test_what_is_much_too_long_is_no_secret() -> None:
    assert not could_be("pvr_" + "x" * 300)


@pytest.mark.parametrize("prefix", ["pvi", "pvr", "pvs"])
def test_a_secret_in_text_is_hidden(prefix: str) -> None:
    secret = new_secret(prefix)
    assert secret not in redact(f"curl -H 'Authorization: Bearer {secret}' and {secret}.")


def test_a_code_is_read_however_it_is_typed() -> None:
    code = new_code()
    assert code_of(code.lower()) == code_of(f" {code.replace('-', ' ')} ") == code


@pytest.mark.parametrize(
    "typed", ["", "hello", "slack:U0ANA", "AAAA-AAAA", "K7QM-3XH", "1234-5678"]
)
def test_other_words_are_no_code(typed: str) -> None:
    assert code_of(typed) == ""


@pytest.mark.parametrize(
    ("text", "life"),
    [("90d", 90 * DAY), ("12h", 12 * HOUR), ("2w", 14 * DAY), ("1y", 365 * DAY), ("30", 30 * DAY),
     ("never", 0), ("6 months", 180 * DAY)],
)  # fmt: skip
def test_a_life_is_read(text: str, life: int) -> None:
    assert rules.life(text) == life


@pytest.mark.parametrize("text", ["", "0", "-1d", "soon", "99y", "1e9"])
def test_what_is_no_life_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"life|longer"):
        rules.life(text)


def test_an_overlap_ends_within_a_month() -> None:
    assert rules.overlap("24h") == DAY
    assert rules.overlap("0") == 0
    for text in ("never", "60d"):
        with pytest.raises(ValueError, match="overlap"):
            rules.overlap(text)


def test_networks_are_read_and_a_wrong_one_named() -> None:
    assert rules.networks("10.1.2.3/8, 192.0.2.7 2001:db8::/32") == (
        "10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32",
    )  # fmt: skip
    with pytest.raises(ValueError, match="everywhere"):
        rules.networks("10.0.0.0/8, everywhere")


@pytest.mark.parametrize(
    ("address", "inside"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("11.0.0.1", False), ("", False),
     ("10.1.2.3.evil", False), ("2001:db8::1", True), ("2001:db9::1", False)],
)  # fmt: skip
def test_an_address_is_in_a_network_or_not(address: str, inside: bool) -> None:
    assert within(address, ("10.0.0.0/8", "2001:db8::/32")) is inside


def test_each_word_on_the_end_is_given_once_and_the_latest_alone() -> None:
    warn, ends = (14, 3, 1), NOW + 20 * DAY
    assert rules.due(ends, NOW, warn, "") == ""
    assert rules.due(ends, NOW + 6 * DAY, warn, "") == "14"
    assert rules.due(ends, NOW + 7 * DAY, warn, "14") == ""
    assert rules.due(ends, NOW + 19 * DAY, warn, "14") == "1"
    assert rules.due(ends, NOW + 19 * DAY, warn, "1") == ""
    assert rules.due(ends, ends, warn, "1") == rules.ENDED
    assert rules.due(ends, ends + DAY, warn, rules.ENDED) == ""
    assert rules.due(None, NOW, warn, "") == ""
