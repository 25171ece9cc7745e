"""Feeds: the shifts of a person or a schedule behind a link, for any calendar program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest

from bot.calendars.feed import _folded, _text
from bot.web.calendar import TYPE, Calendars
from bot.web.server import application, serve
from commands.errors import Conflict, Invalid
from commands.typed import read_line
from store import definitions, feeds
from store.db import Tx
from store.model import DAY, HOUR
from store.model.oncall import RotationKind
from store.tables import AUDIT, IDEMPOTENCY
from tests.support.engines import migrated_url
from tests.support.world import START, World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: "Omar, Haddad; \\\\o/", email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, roles: [viewer]}
teams:
  db: {members: [ana, omar], oncall: "schedule:primary", lead: omar}
  web: {members: [mei], oncall: mei}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {name: days, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, omar]}}
    overrides:
      - {kind: replace, remove: omar, add: mei, start: 2026-11-28T08:00, end: 2026-11-28T20:00}
  hours:
    zone: Europe/Berlin
    layers:
      - name: office
        people: [mei]
        restrictions: [{days: [mon, tue, wed, thu, fri], start: "09:00", end: "17:00"}]
"""


class House(World):
    """A world whose calendar feeds listen on loopback."""

    url = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url) as client:
            return await client.get(
                path, headers={k.replace("_", "-"): v for k, v in headers.items()}
            )

    async def link(self, who: str = "ana", **args: Any) -> str:
        """The path of a new link."""
        done = await self.does(who, "calendar", **args)
        return str(httpx.URL(done.say.rsplit("\n", 1)[1]).path)

    async def events(self, path: str) -> list[Any]:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return list(icalendar.Calendar.from_ical(answer.text).walk("VEVENT"))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """It is Sunday the 22nd of November 2026, 03:09 in Berlin."""
    made = await House.build(migrated_url("sqlite", tmp_path), tmp_path, YAML)
    assert isinstance(made, House)
    app = application(Calendars(made.door, "https://pv.example.eu").routes(), 1 << 20)
    made.app._runner, port = await serve(app, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{port}"
    yield made
    await made.end()


def spans(events: list[Any]) -> list[str]:
    return [
        f"{e['DTSTART'].dt:%d%b %H:%M} {e['DTEND'].dt:%d%b %H:%M} {e['SUMMARY']}" for e in events
    ]


async def test_a_person_s_feed_has_their_shifts_in_utc(house: House) -> None:
    answer = await house.get(await house.link())
    assert answer.headers["Content-Type"] == TYPE
    assert answer.headers["Cache-Control"] == "private, no-cache"
    calendar: Any = icalendar.Calendar.from_ical(answer.text)
    assert calendar.errors == []
    assert calendar["X-WR-CALNAME"] == "On call: Ana Petrova"
    events = calendar.walk("VEVENT")
    assert spans(events)[:2] == [
        "22Nov 02:09 23Nov 07:00 On call: primary",
        "30Nov 07:00 07Dec 07:00 On call: primary",
    ]
    assert all(event["DTSTART"].dt.tzinfo is not None for event in events)
    assert all(event.errors == [] and event["DTSTAMP"].dt for event in events)
    assert events[1]["DESCRIPTION"] == "Schedule primary, Europe/Berlin\nAna Petrova: layer days."


async def test_a_schedule_s_feed_has_who_is_on_call_with_overrides(house: House) -> None:
    events = await house.events(await house.link(what="primary"))
    assert spans(events)[1:4] == [
        "23Nov 07:00 28Nov 07:00 Omar, Haddad; \\o/ (primary)",
        "28Nov 07:00 28Nov 19:00 Mei Lin (primary)",
        "28Nov 19:00 30Nov 07:00 Omar, Haddad; \\o/ (primary)",
    ]
    assert "in Omar, Haddad; \\o/'s place" in events[2]["DESCRIPTION"]
    assert spans(await house.events(await house.link(what="team:db"))) == spans(events)


async def test_it_reaches_from_fifteen_days_back_to_half_a_year_ahead(house: House) -> None:
    path = await house.link(what="hours")
    house.clock.at += 40 * DAY
    events = await house.events(path)
    now = datetime.fromtimestamp(house.clock.at / 1000, UTC)
    starts = [event["DTSTART"].dt for event in events]
    assert now - timedelta(days=18) < starts[0] < now - timedelta(days=12)
    assert now + timedelta(days=176) < starts[-1] < now + timedelta(days=180)
    assert [e["UID"] for e in events] == list(dict.fromkeys(e["UID"] for e in events))


async def test_a_shift_keeps_its_id_and_nothing_moves_from_day_to_day(house: House) -> None:
    path = await house.link(what="primary")
    seen: dict[str, tuple[Any, ...]] = {}
    for _ in range(30):
        for event in await house.events(path):
            said = (event["DTSTART"].dt, event["DTEND"].dt, event["SUMMARY"], event["DTSTAMP"].dt)
            assert seen.setdefault(str(event["UID"]), said) == said
        house.clock.at += 2 * DAY


async def test_what_did_not_change_is_not_sent_again(house: House) -> None:
    path = await house.link()
    first = await house.get(path)
    tag = first.headers["ETag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await house.get(path, If_None_Match=sent)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    assert (await house.get(path, If_None_Match='"other"')).text == first.text


async def test_a_change_of_the_definitions_changes_the_feed_and_not_the_past(house: House) -> None:
    path = await house.link(what="primary")
    before = await house.get(path)
    house.clock.at += DAY
    known = house.door.definitions()
    gone = dict(house.app.settings.definitions().schedules)
    only = replace(gone["primary"].layers[0], rotation=None, people=("mei",))
    gone["primary"] = replace(gone["primary"], layers=(only,), overrides=())
    new = replace(known, schedules=gone)
    await house.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "ana", new))
    after = await house.get(path)
    assert after.headers["ETag"] != before.headers["ETag"]
    events = await house.events(path)
    assert [str(e["SUMMARY"]).split(" (")[0] for e in events] == ["Ana Petrova", "Mei Lin"]
    assert events[1]["DTSTART"].dt == datetime.fromtimestamp((START + DAY) // 1000 // 60 * 60, UTC)


async def test_a_link_that_was_taken_back_shows_nothing(house: House) -> None:
    mine, other = await house.link(), await house.link(what="primary")
    done = await house.does("ana", "calendar", revoke=True)
    assert done.say == "1 link to your shifts no longer works."
    assert (await house.get(mine)).status_code == 404
    assert (await house.get(other)).status_code == 200
    assert "no link" in (await house.does("ana", "calendar", revoke=True)).say


async def test_others_take_back_only_links_of_their_own(house: House) -> None:
    anas, meis = await house.link("ana", what="primary"), await house.link("mei", what="primary")
    done = await house.does("mei", "calendar", revoke=True, what="primary")
    assert done.say == "1 link to schedule primary no longer works."
    assert (await house.get(anas)).status_code == 200
    assert (await house.get(meis)).status_code == 404
    assert "of yours" in (await house.does("mei", "calendar", revoke=True, what="primary")).say
    await house.does("ana", "calendar", revoke=True, what="primary")
    assert (await house.get(anas)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/calendar/x.ics", f"/calendar/{'a' * 43}.ics", "/calendar/../healthz"]
)
async def test_an_unknown_link_is_nothing(house: House, path: str) -> None:
    assert (await house.get(path)).status_code == 404


async def test_no_record_keeps_the_secret(house: House) -> None:
    done = await house.door.do("calendar", {}, house.actor("ana"), key="once")
    secret = done.say.rsplit("/", 1)[1].removesuffix(".ics")
    again = await house.door.do("calendar", {}, house.actor("ana"), key="once")
    assert secret not in again.say

    def kept(tx: Tx) -> str:
        audit = [
            tx.ring.open("audit", f"{row.writer}.{row.seq}", row.sealed)
            for row in tx.conn.execute(AUDIT.select())
            if row.sealed
        ]
        results = [
            tx.ring.open("idempotency", row.key.hex(), row.sealed)
            for row in tx.conn.execute(IDEMPOTENCY.select())
        ]
        return f"{audit} {results}"

    text = await house.door.reader.read(kept)
    assert "calendar" in text
    assert secret not in text


async def test_when_a_link_was_last_used_is_known_to_the_hour(house: House) -> None:
    path = await house.link()

    async def used() -> int | None:
        [feed] = await house.door.reader.read(lambda tx: feeds.of(tx, feeds.PERSON, "ana"))
        return feed.used_at

    assert await used() is None
    await house.get(path)
    assert await used() == START
    house.clock.at += HOUR - 1
    await house.get(path)
    assert await used() == START
    house.clock.at += 1
    await house.get(path)
    assert await used() == START + HOUR


async def test_one_person_has_fifteen_links_at_most(house: House) -> None:
    for _ in range(15):
        await house.link()
    with pytest.raises(Conflict, match="15 calendar links"):
        await house.link()
    await house.does("ana", "calendar", revoke=True)
    await house.link()


async def test_a_link_to_nothing_is_refused_in_words(house: House) -> None:
    with pytest.raises(Invalid, match="Team web has no schedule"):
        await house.link(what="team:web")
    with pytest.raises(Invalid, match="There is no team, schedule or person nobody"):
        await house.link(what="nobody")


async def test_who_is_no_longer_there_has_no_feed(house: House) -> None:
    path = await house.link(what="mei")
    assert len(await house.events(path)) > 1
    known = house.app.settings.definitions()
    people = {h: p for h, p in known.people.items() if h != "mei"}
    new = replace(known, people=people)
    await house.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "ana", new))
    assert (await house.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("line", "args"),
    [
        ("calendar", {}),
        ("calendar me", {"what": "me"}),
        ("calendar schedule primary", {"what": "schedule:primary"}),
        ("calendar revoke", {"revoke": True}),
        ("calendar revoke primary", {"revoke": True, "what": "primary"}),
        ("coverage", {}),
        ("coverage db 30", {"what": "db", "days": 30}),
        ("coverage 30", {"what": "30"}),
        ("balance primary 30", {"what": "primary", "days": 30}),
        ("balance team db", {"what": "team:db"}),
    ],
)
async def test_lines_are_read(house: House, line: str, args: dict[str, Any]) -> None:
    verb, found = read_line(line, house.door.definitions())
    assert (verb.name, found) == (line.partition(" ")[0], args)


def test_lines_are_folded_between_characters_at_75_octets() -> None:
    line = "SUMMARY:" + "Ünïcödé 🚀 " * 20
    pieces = list(_folded(line))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line


def test_what_a_stranger_typed_makes_no_line_of_its_own() -> None:
    assert _text("a\r\nBEGIN:VALARM; x, \\ \x07\u202e") == "a\\nBEGIN:VALARM\\; x\\, \\\\ "


async def test_a_long_shift_keeps_its_beginning_whatever_else_is_defined(house: House) -> None:
    path = await house.link(what="primary")
    known = house.app.settings.definitions()
    days = known.schedules["primary"].layers[0]
    assert days.rotation is not None
    monthly = replace(days.rotation, kind=RotationKind.MONTHLY, people=(("mei",), ("ana",)))
    primary = replace(
        known.schedules["primary"], layers=(replace(days, rotation=monthly),), overrides=()
    )
    december = datetime(2026, 12, 16, 7, tzinfo=UTC)
    seen = set()
    for n in range(50):
        house.clock.at += DAY
        schedules = {"primary": primary, f"spare{n}": replace(primary, name=f"spare{n}")}
        new = replace(known, schedules={**known.schedules, **schedules})
        await house.door.system(lambda ctx, new=new: definitions.apply(ctx.tx, ctx.now, "ana", new))  # type: ignore[misc]
        seen |= {
            (str(each["UID"]), each["DTEND"].dt)
            for each in await house.events(path)
            if each["DTSTART"].dt == december
        }
    assert len(seen) == 1


async def test_earlier_links_are_mentioned(house: House) -> None:
    path = await house.link()
    assert "1 earlier link works too (never used)" in (await house.does("ana", "calendar")).say
    await house.get(path)
    house.clock.at += 3 * HOUR
    said = (await house.does("ana", "calendar")).say
    assert "2 earlier links work too (last used 3 h ago)." in said
