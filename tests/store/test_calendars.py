"""Calendars as they were at any time, how their addresses answer, and links to feeds."""

from __future__ import annotations

from collections.abc import Mapping

from store import calendars, feeds
from store.calendars import Asked
from store.db import Tx
from store.model import DAY, HOUR
from store.model.calendar import Event
from store.tables import METADATA
from tests.store.conftest import Base

NOW = 1_795_313_340_000
URL = "https://user:secret@calendar.example.eu/private-123/a.ics"
ONE = Event(NOW, NOW + HOUR, "ana", ("ana@example.eu",))
TWO = Event(NOW, NOW + HOUR, "omar", (), True, False)


async def keep(base: Base, at: int, *events: Event, url: str = URL) -> bool:
    return await base.do(lambda tx: calendars.keep_events(tx, at, url, events))


async def at(base: Base, when: int, url: str = URL) -> tuple[Event, ...]:
    return await base.read(lambda tx: calendars.events_at(tx, url, when))


async def test_what_a_calendar_said_then_stays(base: Base) -> None:
    assert await keep(base, NOW, ONE)
    assert await keep(base, NOW + DAY, ONE, TWO)
    assert await at(base, NOW - 1) == ()
    assert await at(base, NOW) == (ONE,)
    assert await at(base, NOW + DAY - 1) == (ONE,)
    assert await at(base, NOW + 9 * DAY) == (ONE, TWO)
    assert await at(base, NOW + 9 * DAY, "https://other.example.eu/a.ics") == ()


async def test_what_says_the_same_is_not_kept_twice(base: Base) -> None:
    assert await keep(base, NOW, ONE)
    assert not await keep(base, NOW + DAY, ONE)
    names = [URL]
    assert await base.read(lambda tx: calendars.changes(tx, NOW - 1, names)) == [NOW]
    assert await base.read(lambda tx: calendars.changes(tx, NOW, names)) == []
    assert await base.read(lambda tx: calendars.changes(tx, 0, [])) == []


async def test_how_an_address_answers_is_kept_and_what_changed_is_noticed(base: Base) -> None:
    assert await base.read(calendars.changed_at) == 0
    assert await base.read(lambda tx: calendars.asked(tx, URL)) is None
    first = Asked(URL, NOW, NOW, "", {"If-None-Match": '"1"'}, NOW + DAY)
    await base.do(lambda tx: calendars.note(tx, NOW, first, changed=True))
    assert await base.read(lambda tx: calendars.asked(tx, URL)) == first
    again = Asked(URL, NOW + HOUR, NOW, "no answer", None, NOW + DAY)
    await base.do(lambda tx: calendars.note(tx, NOW + HOUR, again, changed=False))
    assert await base.read(lambda tx: calendars.asked(tx, URL)) == again
    assert await base.read(calendars.changed_at) == NOW
    await base.do(lambda tx: calendars.note(tx, NOW + DAY, again, changed=True))
    assert await base.read(calendars.changed_at) == NOW + DAY


async def bavarian(base: Base, when: int) -> Mapping[str, list[str]]:
    return await base.read(lambda tx: calendars.dates_at(tx, "DE-BY", when))


async def test_holidays_are_those_of_the_record_then_or_the_first_there_were(base: Base) -> None:
    await base.do(lambda tx: calendars.keep_dates(tx, NOW, "DE-BY", {"2026": ["2026-01-06"]}))
    later = {"2026": ["2026-01-06", "2026-08-15"]}
    await base.do(lambda tx: calendars.keep_dates(tx, NOW + DAY, "DE-BY", later))
    for when, dates in ((0, 1), (NOW, 1), (NOW + DAY, 2)):
        assert len((await bavarian(base, when))["2026"]) == dates
    assert await base.read(lambda tx: calendars.dates_at(tx, "DE", NOW)) == {}


async def test_states_that_were_replaced_long_ago_are_dropped(base: Base) -> None:
    for n, event in enumerate((ONE, TWO, ONE, TWO)):
        await keep(base, NOW + n * DAY, event)
    await keep(base, NOW, ONE, url="https://other.example.eu/a.ics")
    assert await base.do(lambda tx: calendars.forget(tx, NOW + 2 * DAY + 1)) == 2
    assert await at(base, NOW + DAY) == ()
    assert await at(base, NOW + 2 * DAY) == (ONE,)
    assert await at(base, NOW, "https://other.example.eu/a.ics") == (ONE,)


async def test_no_address_and_no_name_stands_open_in_the_database(base: Base) -> None:
    await keep(base, NOW, ONE)
    asked = Asked(URL, NOW, NOW, "no answer from calendar.example.eu")
    await base.do(lambda tx: calendars.note(tx, NOW, asked, changed=True))

    def everything(tx: Tx) -> str:
        return " ".join(
            str(tuple(row))
            for name in ("calendars", "calendar_states")
            for row in tx.conn.execute(METADATA.tables[name].select())
        )

    text = await base.read(everything)
    assert "example.eu" not in text
    assert "ana" not in text


async def test_only_the_secret_opens_a_feed_until_it_is_taken_back(base: Base) -> None:
    made = await base.do(lambda tx: feeds.add(tx, NOW, "s3cret", feeds.PERSON, "ana", "omar"))
    found = await base.read(lambda tx: feeds.find(tx, "s3cret"))
    assert found == feeds.Feed(made, feeds.PERSON, "ana", "omar", NOW)
    assert await base.read(lambda tx: feeds.find(tx, "other")) is None
    await base.do(lambda tx: feeds.used(tx, NOW + 1, made))
    [known] = await base.read(lambda tx: feeds.of(tx, feeds.PERSON, "ana"))
    assert known.used_at == NOW + 1
    assert await base.read(lambda tx: feeds.count_by(tx, "omar")) == 1
    assert await base.do(lambda tx: feeds.revoke(tx, NOW, feeds.PERSON, "ana", "ana")) == 0
    assert await base.do(lambda tx: feeds.revoke(tx, NOW, feeds.PERSON, "ana")) == 1
    assert await base.read(lambda tx: feeds.find(tx, "s3cret")) is None
    assert await base.read(lambda tx: feeds.count_by(tx, "omar")) == 0
