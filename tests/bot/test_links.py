"""Signed links work for who they were made for, for a while, and can't be bent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.cards.model import Account
from bot.links import LIFE, LINK_LIFE, Deed, Links
from store.crypto import Ring

LINKS = Links(Ring([bytes(range(32))]), "https://pv.example.eu/")
NOW = 1_795_313_340_000


def tail(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_a_link_says_what_it_was_made_for() -> None:
    url = LINKS.make("ack", 1842, "ana", NOW)
    assert url.startswith("https://pv.example.eu/l/")
    assert LINKS.read(tail(url), NOW) == Deed("ack", 1842, "ana", "email")


def test_a_link_knows_the_channel_it_was_sent_by() -> None:
    url = LINKS.make("ack", 1842, "ana", NOW, "ntfy")
    assert LINKS.read(tail(url), NOW) == Deed("ack", 1842, "ana", "ntfy")


def test_it_ends_after_a_day() -> None:
    made = tail(LINKS.make("ack", 1842, "ana", NOW))
    assert LINKS.read(made, NOW + LIFE) is not None
    assert LINKS.read(made, NOW + LIFE + 1) is None


def test_an_account_link_opens_nothing_else() -> None:
    account = Account("discord", "", "123456", "a | b \u202e")
    made = tail(LINKS.account(account, NOW))
    assert LINKS.read_account(made, NOW) == ("discord", "123456", "a | b \u202e")
    assert LINKS.read(made, NOW) is None
    assert LINKS.read_account(made, NOW + LINK_LIFE + 1) is None
    assert LINKS.read_account(tail(LINKS.make("ack", 1, "ana", NOW)), NOW) is None


def test_another_key_opens_nothing() -> None:
    other = Links(Ring([bytes(32)]), "https://pv.example.eu")
    assert other.read(tail(LINKS.make("ack", 1, "ana", NOW)), NOW) is None


@given(st.text(max_size=300))
def test_anything_else_is_not_ours(text: str) -> None:
    assert LINKS.read(text, NOW) is None
    assert LINKS.read_account(text, NOW) is None


@given(st.integers(0, 200), st.integers(0, 255))
def test_one_changed_letter_spoils_it(place: int, letter: int) -> None:
    made = tail(LINKS.make("ack", 1842, "ana", NOW))
    index = place % (len(made) - 1)  # the last letter holds bits that are not used
    bent = made[:index] + chr(letter) + made[index + 1 :]
    assert bent == made or LINKS.read(bent, NOW) is None
