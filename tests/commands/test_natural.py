"""Times in people's own words and languages: understood as one thing, or asked about."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from commands.natural import clarified, leads, understood
from commands.rules.when import BadTime
from commands.typed import read_line
from commands.verbs import CATALOG as VERBS
from store.model import Definitions
from tests.support.world import START

BERLIN = "Europe/Berlin"  # START is Sunday 22 Nov 2026, 03:09 there
WEDNESDAY = START + 3 * 86_400_000

INSTANTS = {
    "the day after tomorrow at noon": "2026-11-24 12:00",
    "next tuesday morning": "2026-11-24 09:00",
    "this friday 6pm": "friday 18:00",
    "monday after next": "2026-11-30",
    "tomorrow evening at 8": "tomorrow 20:00",
    "december 24th at 8pm": "2026-12-24 20:00",
    "half past six": "06:30",
    "5 in the afternoon": "17:00",
    "midnight": "00:00",
    "tonight": "today 20:00",
    "until next week": "2026-11-23",
    "next month": "2026-12-01",
    "in a fortnight": "14d",
    "in half an hour": "30m",
    "in 2 months": "2027-01-22",
    "next tuesday 14:00 Europe/London": "2026-11-24 14:00 Europe/London",
    "kommenden Freitag 18 Uhr": "fri 18:00",
    "übermorgen 9 uhr": "2026-11-24 09:00",
    "morgen früh um 8": "2026-11-23 08:00",
    "heute abend": "today 20:00",
    "25. Dezember 18:00": "2026-12-25 18:00",
    "für zwei Stunden": "2h",
    "3.4. 18 Uhr": "2027-04-03 18:00",
    "demain 9h": "2026-11-23 09:00",
    "lundi prochain 14h30": "2026-11-23 14:30",
    "le 24 décembre à 20h": "2026-12-24 20:00",
    "dans 2 heures": "2h",
    "mañana a las 9": "2026-11-23 09:00",
    "el viernes a las 18:00": "fri 18:00",
    "domani alle 9": "2026-11-23 09:00",
    "завтра в 9:00": "2026-11-23 09:00",
    "明日": "2026-11-23",
    "12/12": "2026-12-12",
}

SPANS = {
    "next tuesday morning to wednesday noon": "2026-11-24 09:00 - wednesday 12:00",
    "tomorrow from noon to 3pm": "tomorrow 12:00 - 3pm",
    "tomorrow noon for 3 hours": "tomorrow 12:00 for 3 hours",
    "the day after tomorrow": "2026-11-24",
    "saturday noon - midnight": "saturday 12:00 - 24:00",
    "von Freitag 18 Uhr bis Montag 8 Uhr": "fri 18:00 - mon 08:00",
    "bis Montag 8 Uhr": "until mon 08:00",
    "morgen 9-17 uhr": "2026-11-23 09:00 - 17:00",
    "kommendes Wochenende": "weekend",
    "demain 9h-12h": "2026-11-23 09:00 - 12:00",
    "du 24 décembre au 2 janvier": "2026-12-24 - 2027-01-02",
}


@pytest.mark.parametrize("text", INSTANTS)
def test_an_instant_is_understood(text: str) -> None:
    assert understood("when", text, START, BERLIN) == INSTANTS[text]


@pytest.mark.parametrize("text", SPANS)
def test_a_span_of_time_is_understood(text: str) -> None:
    assert understood("range", text, START, BERLIN) == SPANS[text]


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("03/04 9:00", ("3 apr 9:00", "4 mar 9:00")),
        ("tomorrow at midnight", ("tomorrow 00:00", "tomorrow 23:59")),
        ("friday night", ("friday 20:00", "friday 22:00")),
    ],
)
def test_what_may_mean_two_things_is_asked_about(text: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(BadTime) as asked:
        understood("when", text, START, BERLIN)
    assert asked.value.choices == choices


def test_next_friday_is_asked_about_while_this_week_still_has_one() -> None:
    assert understood("when", "next friday", START, BERLIN) == "2026-11-27"
    with pytest.raises(BadTime, match=r"Which one is next friday\? Say 27 nov or 4 dec\."):
        understood("when", "next friday", WEDNESDAY, BERLIN)


def test_a_start_without_an_end_is_asked_about() -> None:
    with pytest.raises(BadTime, match="Until when"):
        understood("range", "tomorrow at noon", START, BERLIN)


@pytest.mark.parametrize(
    "text",
    ["asap", "vendor is slow", "load test", "may", "a", "24th", "sat 25:00", "31 february 9:00",
     "monday in a week", "montag in einer woche", "lunch", "x" * 300, "1" * 40],
)  # fmt: skip
def test_nothing_is_guessed(text: str) -> None:
    assert understood("when", text, START, BERLIN) is None
    assert understood("range", text, START, BERLIN) is None


def test_the_time_at_the_start_of_a_line_ends_where_other_words_begin() -> None:
    words = ["the", "day", "after", "tomorrow", "at", "noon", "vendor", "is", "slow"]
    assert leads("when", words, START, BERLIN) == 6
    assert leads("when", ["vendor", "is", "slow"], START, BERLIN) == 0
    assert leads("range", ["demain", "9h-12h", "wedding"], START, BERLIN) == 2


async def test_our_own_words_never_meet_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def unused(*_: object) -> str:
        raise AssertionError

    monkeypatch.setattr("commands.natural.understood", unused)
    verb = VERBS["snooze"]
    args = verb.args(incident=1, until="mon 9:00", text="")
    assert await clarified(verb, args, START, BERLIN) == (args, ())


LINES = {
    "override @ana sat 08:00-20:00 evening crew": ("sat 08:00-20:00", "evening crew"),
    "cover tomorrow a second shift": ("tomorrow", "a second shift"),
    "cover 2h to see a doctor": ("2h", "to see a doctor"),
    "cover demain de 9h à 12h rendez-vous": ("demain de 9h à 12h", "rendez-vous"),
    "snooze 7 morning 3 servers": ("morning", "3 servers"),
    "snooze 7 2h in the rack": ("2h", "in the rack"),
    "snooze 7 tomorrow to avoid noise": ("tomorrow", "to avoid noise"),
    "snooze 7 until the day after tomorrow at noon vendor": (
        "until the day after tomorrow at noon", "vendor",
    ),
    "snooze 7 sat 20:00 the vendor comes": ("sat 20:00", "the vendor comes"),
    "maintenance db-5 disk swap kommenden dienstag 10 uhr bis 12 uhr": (
        "kommenden dienstag 10 uhr bis 12 uhr", "disk swap",
    ),
    "maintenance db-5 may release sat 10:00-12:00": ("sat 10:00-12:00", "may release"),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_time_in_a_line_takes_its_own_words_and_no_others(line: str) -> None:
    def spoken(kind: str, words: Sequence[str]) -> int:
        return leads(kind, words, START, BERLIN)

    known = Definitions(0, {}, {}, (), {})
    _, args = read_line(line.replace("@ana", "@ana team db"), known, None, spoken)
    when, text = args.get("when") or args["until"], args.get("reason") or args["text"]
    assert (when, text) == LINES[line]
