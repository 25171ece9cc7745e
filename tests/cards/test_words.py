"""Words and numbers as every card writes them."""

from __future__ import annotations

import pytest

from bot.cards import words
from commands.words import duration
from store.model import Person, Severity
from tests.cards.support import DEFINITIONS, OPENED, PEOPLE

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (48, "48 s"), (59, "59 s"), (60, "1 min"), (12 * 60, "12 min"), (3600, "1 h"),
     (3 * 3600 + 5 * 60, "3 h 05 min"), (86_400, "1 d"), (2 * 86_400 + 3600, "2 d")],
)  # fmt: skip
def test_durations_are_one_number_or_two(seconds: int, said: str) -> None:
    assert duration(seconds * 1000) == said


def test_a_duration_is_never_negative() -> None:
    assert duration(-5) == "0 s"


def test_titles_are_cut_in_the_middle_so_that_what_and_where_stay() -> None:
    long = "Disk 94 % full on a volume with a rather long name /var/lib/db-3.eu-west-1"
    short = words.title(long, words.TITLE_SHORT)
    assert len(short) <= 48
    assert short.startswith("Disk 94 % full on")
    assert short.endswith("db-3.eu-west-1")


def test_a_title_of_nothing_but_invisible_characters_still_has_a_name() -> None:
    assert words.title("\u200b\u202e \n") == "(no title)"


@pytest.mark.parametrize(
    ("raw", "bare"),
    [("a\nb\tc", "a b c"), ("a\u202eb\u2066c\u2069", "abc"), ("x\u200by\u2060z\ufeff", "xyz"),
     ("nul\x00\x1b[31m", "nul[31m"), ("lone \ud800 half", "lone half")],
)  # fmt: skip
def test_control_bidi_and_zero_width_characters_are_taken_out(raw: str, bare: str) -> None:
    assert words.clean(raw) == bare


def test_piled_up_accents_are_thinned() -> None:
    assert len(words.clean("D" + "\u0301\u0302\u0303" * 50)) <= 4


def test_ordinary_accents_and_emoji_stay() -> None:
    assert words.clean("Zoë café ⚠️ Ελλάδα") == "Zoë café ⚠️ Ελλάδα"


def test_first_names_are_enough_unless_two_share_one() -> None:
    assert words.short_names([PEOPLE["ana"], PEOPLE["omar"]]) == {"ana": "Ana", "omar": "Omar"}
    both = words.short_names([PEOPLE["ana"], PEOPLE["anac"]])
    assert both == {"ana": "Ana Petrova", "anac": "Ana Costa"}


def test_the_same_person_named_twice_is_still_one() -> None:
    names = words.Names(DEFINITIONS, ["ana", "person:ana", "Ana Petrova"])
    assert names("ana") == names("person:ana") == names("Ana Petrova") == "Ana"


def test_teams_and_unknown_words_name_themselves() -> None:
    names = words.Names(DEFINITIONS, [])
    assert names("team:db") == "team db"
    assert names("oncall:web") == "on call for web"
    assert names("somebody\nelse") == "somebody else"


def test_lists_are_joined_as_people_say_them() -> None:
    assert words.join([]) == ""
    assert words.join(["Ana"]) == "Ana"
    assert words.join(["Ana", "Omar"]) == "Ana and Omar"
    assert words.join(["Ana", "Omar", "Mei"]) == "Ana, Omar and Mei"


def test_a_clock_names_its_zone() -> None:
    assert words.local(OPENED, "Europe/Berlin", OPENED) == "03:09 CET"
    assert words.local(OPENED, "Europe/Athens", OPENED) == "04:09 EET"
    assert words.local(OPENED, "Asia/Kathmandu", OPENED) == "07:54 +0545"


def test_an_unknown_zone_is_read_in_utc() -> None:
    assert words.local(OPENED, "Mars/Olympus", OPENED) == "02:09 UTC"


def test_more_than_twenty_hours_away_the_day_is_named() -> None:
    far = OPENED + 21 * HOUR
    assert words.local(far, "Europe/Berlin", OPENED) == "Mon 23 Nov 00:09 CET"
    assert words.local(OPENED + 19 * HOUR, "Europe/Berlin", OPENED) == "22:09 CET"


@pytest.mark.parametrize("severity", list(Severity))
def test_every_severity_has_shape_and_colour(severity: Severity) -> None:
    assert words.GLYPH[severity]
    assert 0 < words.COLOR[severity] <= 0xFFFFFF


def test_a_name_is_not_said_by_a_longer_one() -> None:
    assert words.mentions("Disk full on db-3", "db-3")
    assert words.mentions("Disk full on DB-3.eu", "db-3")
    assert not words.mentions("Disk full on db-30", "db-3")
    assert not words.mentions("anything", "")


def test_a_person_of_one_word_keeps_it() -> None:
    assert words.short_names([Person("x", "Cher")]) == {"x": "Cher"}
