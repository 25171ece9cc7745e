"""Every text fits the alphabet of SMS, and keeps what that alphabet can say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pages import gsm
from tests.support.twilio import checks


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Größe überschritten, Äpfel", "Größe überschritten, Äpfel"),
        ("déjà vu, ñandú, Åse, Ærø", "déjà vu, ñandu, Åse, Ærø"),
        ("façade, Łódź, Čeština, ő", "facade, Lodz, Cestina, o"),
        ("“quoted” – dash… ×2 ≥ 3", '"quoted" - dash... x2 >= 3'),
        ("🔴 CRITICAL 🧑‍🚒 disk ✅", "CRITICAL disk"),
        ("Диск заполнен", "Disk zapolnen"),
        ("Δίσκος πλήρης", "Δiskos pliris"),
        ("磁盘已满 db-3", "? db-3"),
        ("a\u202eb\u200bc\x00d\ne", "abcd e"),
        ("½ m² at 94 °C", "1/2 m2 at 94 degC"),
        ("{a} [b] ~c €5", "{a} [b] ~c €5"),
        ("e\u0301", "é"),
    ],
)
def test_each_character_becomes_the_nearest_there_is(written: str, sent: str) -> None:
    assert gsm.gsm(written) == sent


@given(st.text(max_size=300))
def test_nothing_leaves_the_alphabet(text: str) -> None:
    assert set(gsm.gsm(text)) <= checks.GSM | checks.TWICE


@given(st.text(max_size=400), st.integers(0, 200))
def test_a_cut_fits_and_stays_whole_where_it_can(text: str, limit: int) -> None:
    plain = gsm.gsm(text)
    for cut in (gsm.cut(plain, limit), gsm.middle(plain, limit)):
        assert gsm.septets(cut) <= limit
        assert cut == plain or gsm.septets(plain) > limit


def test_signs_of_the_second_table_take_two_places() -> None:
    assert gsm.septets("{a}€") == 7
    assert checks.segments("[" * 80) == 1 and checks.segments("[" * 81) == 2


def test_a_cut_in_the_middle_keeps_both_ends() -> None:
    short = gsm.middle("Disk is full on /var/lib/postgresql/db-3", 24)
    assert short.startswith("Disk is") and short.endswith("db-3") and len(short) <= 24
