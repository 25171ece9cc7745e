"""A page read aloud: what a voice says of numbers, names of machines and keys."""

from __future__ import annotations

import pytest

from bot.cards.view import View
from bot.pages import spoken
from tests.cards.support import BASE, DEFINITIONS, NOW, Night, new, resolved, taken


def heard(night: Night, **more: bool) -> str:
    return spoken.incident(View(night.detail(), DEFINITIONS, BASE, NOW), **more)


def test_a_page_says_what_where_and_which_keys() -> None:
    assert heard(new()) == (
        "Critical. Incident 1 8 4 2. Disk 94 percent full on d b 3. "
        "Press 1 to acknowledge, 2 to escalate, 9 to repeat."
    )


def test_without_a_way_back_no_key_is_offered() -> None:
    assert heard(new(), answers=False).endswith("full on d b 3.")


def test_whoever_has_it_is_named() -> None:
    assert "Ana already has it. Press 9 to repeat." in heard(taken())


def test_what_is_over_is_said_to_be() -> None:
    said = heard(resolved())
    assert said == "Incident 1 8 4 2 is resolved. Disk 94 percent full on d b 3."


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Checkout 5xx 31 % on web-7", "Checkout 5 x x 31 percent on web 7"),
        ("p99 is 2.4 s, 0.8 s allowed", "p 99 is 2.4 s, 0.8 s allowed"),
        ("postgres-main (eu-west-1): load > 30", "postgres main e u west 1 load above 30"),
        ("shop/cart in CrashLoopBackOff", "shop cart in CrashLoopBackOff"),
        ("Łódź-2 & Größe", "Łódź 2 and Größe"),
        ("<script>alert(1)</script>", "script alert 1 script"),
        ("🔴 🔴", ""),
        ("", ""),
    ],
)
def test_names_of_machines_are_spelled(written: str, heard: str) -> None:
    assert spoken.aloud(written) == heard
