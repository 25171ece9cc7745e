"""iCal calendars from outside: asked within bounds, kept as they were, and said to be silent."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.calendars import parse
from bot.calendars.fetch import NoAnswer, fetch
from bot.calendars.parse import NoCalendar
from bot.calendars.settings import CalendarSettings
from commands.rules.oncall.availability import There, available
from integrations._outside import Outside, is_public
from store.model import DAY, HOUR, MINUTE
from tests.support.calendars import CalendarServer, event, ics
from tests.support.engines import migrated_url
from tests.support.world import START, World

HERE = CalendarSettings(private_addresses=True, timeout=5)
NOW = START


@pytest.fixture
async def server() -> AsyncIterator[CalendarServer]:
    made = CalendarServer()
    await made.start()
    yield made
    await made.stop()


# ---- asking --------------------------------------------------------------------------------------


async def test_what_did_not_change_is_not_sent_again(server: CalendarServer) -> None:
    server.tag = '"one"'
    first = await fetch(f"{server.url}/a.ics", HERE)
    assert first.body == ics().encode()
    again = await fetch(f"{server.url}/a.ics", HERE, first.marks)
    assert again.body is None
    assert server.asked[1][1]["if-none-match"] == '"one"'


async def test_the_host_asked_for_is_named_to_the_address_that_was_looked_at(
    server: CalendarServer,
) -> None:
    await fetch(f"{server.url}/a.ics?key=1", HERE)
    path, headers = server.asked[0]
    assert path == "/a.ics"
    assert headers["host"] == server.url.removeprefix("http://")
    assert headers["user-agent"] == "PixelView"


async def test_packed_answers_are_unpacked_and_bounded(server: CalendarServer) -> None:
    server.packed = True
    assert (await fetch(server.url, HERE)).body == ics().encode()
    server.body = b"x" * 100_000
    with pytest.raises(NoAnswer, match="unpacked"):
        await fetch(server.url, HERE.model_copy(update={"max_size": 2048}))


async def test_a_calendar_that_is_too_long_is_not_read_to_its_end(server: CalendarServer) -> None:
    server.body = b"x" * 100_000
    with pytest.raises(NoAnswer, match="longer than 2048 bytes"):
        await fetch(server.url, HERE.model_copy(update={"max_size": 2048}))


async def test_a_calendar_that_takes_too_long_is_given_up(server: CalendarServer) -> None:
    server.wait = 5
    with pytest.raises(NoAnswer, match="no answer within 1 s"):
        await fetch(server.url, HERE.model_copy(update={"timeout": 1}))


async def test_moves_are_followed_and_end(server: CalendarServer) -> None:
    server.moved = {"/a": "/b", "/b": f"{server.url}/c"}
    assert (await fetch(f"{server.url}/a", HERE)).body == ics().encode()
    server.moved = {"/a": "/a"}
    with pytest.raises(NoAnswer, match="moves on and on"):
        await fetch(f"{server.url}/a", HERE)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/a.ics", "only https"),
        ("https://127.0.0.1/a.ics", "private network"),
        ("https://[::1]/a.ics", "private network"),
        ("https://10.0.0.8/a.ics", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
        ("https://[::ffff:192.168.0.1]/a.ics", "private network"),
        ("ftp://127.0.0.1/a.ics", "its address is none"),
    ],
)
async def test_our_own_network_is_not_asked(url: str, said: str) -> None:
    with pytest.raises(NoAnswer, match=said) as refused:
        await fetch(url, CalendarSettings())
    assert url not in str(refused.value)


async def test_a_move_into_our_own_network_is_not_followed(server: CalendarServer) -> None:
    server.moved = {"/a": "ftp://127.0.0.1/x"}
    with pytest.raises(NoAnswer, match="its address is none"):
        await fetch(f"{server.url}/a", HERE)


async def test_nobody_there_is_said_without_the_address() -> None:
    with pytest.raises(NoAnswer, match=r"^no answer: ConnectError$"):
        await fetch("http://127.0.0.1:1/secret.ics", HERE)


async def test_another_status_is_no_calendar(server: CalendarServer) -> None:
    server.status = 403
    with pytest.raises(NoAnswer, match="it answered 403"):
        await fetch(server.url, HERE)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4001:830::200e", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:0a00:0001::1", False),
    ],
)
def test_which_addresses_belong_to_the_world(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_the_certificate_is_that_of_the_name_that_was_asked_for(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = CalendarServer()
    url = await server.start(context)
    try:
        with pytest.raises(NoAnswer, match="ConnectError"):
            await fetch(url, HERE)  # nobody vouches for it
        ours = Outside(ca_file=str(certificate))
        assert (await fetch(url, HERE, outside=ours)).body == ics().encode()
        with pytest.raises(NoAnswer, match="ConnectError"):  # it is for another name
            await fetch(url.replace("127.0.0.1", "localhost"), HERE, outside=ours)
    finally:
        await server.stop()


def _certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "calendar")])
    began = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + dt.timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "calendar.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


# ---- reading -------------------------------------------------------------------------------------


def read(text: str) -> list[tuple[str, str, str, bool]]:
    found, _ = parse.events(text.encode(), NOW)
    return [(_time(e.start), _time(e.end), e.summary, e.floating) for e in found]


def _time(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at / 1000, dt.UTC):%Y-%m-%dT%H:%M}"


BERLIN = """BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE"""


def test_a_daily_event_keeps_its_wall_clock_over_the_change_of_clocks() -> None:
    written = """UID:a
DTSTART;TZID=Office:20270327T090000
DTEND;TZID=Office:20270327T170000
RRULE:FREQ=DAILY;COUNT=3
EXDATE;TZID=Office:20270329T090000
SUMMARY:ana"""
    assert read(ics(written, head=BERLIN)) == [
        ("2027-03-27T08:00", "2027-03-27T16:00", "ana", False),
        ("2027-03-28T07:00", "2027-03-28T15:00", "ana", False),
    ]


def test_one_of_a_series_may_be_moved() -> None:
    series = event("a", "20261124T090000Z", "20261124T100000Z", "ana", "RRULE:FREQ=DAILY;COUNT=2")
    moved = event(
        "a", "20261125T120000Z", "20261125T130000Z", "omar", "RECURRENCE-ID:20261125T090000Z"
    )
    assert [each[2] for each in read(ics(series, moved))] == ["ana", "omar"]
    assert read(ics(series, moved))[1][0] == "2026-11-25T12:00"


def test_days_and_times_without_a_zone_are_of_whoever_reads_them() -> None:
    day = event("a", "20261224", "20261226", "holiday")
    wall = event("b", "20261224T090000", "20261224T100000", "breakfast")
    assert read(ics(day, wall)) == [
        ("2026-12-24T00:00", "2026-12-26T00:00", "holiday", True),
        ("2026-12-24T09:00", "2026-12-24T10:00", "breakfast", True),
    ]


def test_cancelled_events_are_none_and_those_long_ago_are_not_read() -> None:
    gone = event("a", "20261124T090000Z", "20261124T100000Z", "ana", "STATUS:CANCELLED")
    old = event("b", "20240101T090000Z", "20240101T100000Z", "ana")
    assert read(ics(gone, old)) == []


def test_attendees_who_said_no_and_rooms_are_left_out() -> None:
    people = (
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@example.eu",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:omar@example.eu",
        "ATTENDEE;CUTYPE=ROOM:mailto:room@example.eu",
        "ATTENDEE:MAILTO:mei@example.eu",
    )
    written = event("a", "20261124T090000Z", "20261124T100000Z", "x", *people)
    [found], _ = parse.events(ics(written).encode(), NOW)
    assert found.people == ("ana@example.eu", "mei@example.eu")


@pytest.mark.parametrize(
    ("start", "more", "off"),
    [
        ("20261124T090000Z", (), True),
        ("20261124T090000Z", ("TRANSP:TRANSPARENT",), False),
        ("20261124", ("TRANSP:TRANSPARENT",), True),
        ("20261124T090000Z", ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY",), False),
        ("20261124T090000Z", ("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), True),
        ("20261124", ("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), False),
    ],
)
def test_what_counts_as_time_off(start: str, more: tuple[str, ...], off: bool) -> None:
    end = start.replace("24", "25", 1)
    [found], _ = parse.events(ics(event("a", start, end, "x", *more)).encode(), NOW)
    assert found.time_off is off


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"\xff\xfe\x00",
        b"BEGIN:VEVENT\nEND:VEVENT",
        b"BEGIN:VCALENDAR",
    ],
)
def test_what_is_no_calendar_is_refused(body: bytes) -> None:
    with pytest.raises(NoCalendar):
        parse.events(body, NOW)


def test_an_event_that_cannot_be_read_is_counted_and_the_others_are_read() -> None:
    good = event("a", "20261124T090000Z", "20261124T100000Z", "ana")
    bad = "UID:b\nSUMMARY:no beginning"
    mad = event("c", "20261124T090000Z", "20261124T090001Z", "x", "RRULE:FREQ=SECONDLY")
    odd = event("d", "20261124T090000Z", "20261124T100000Z", "x", "RRULE:FREQ=NOW")
    found, unread = parse.events(ics(good, bad, mad, odd).encode(), NOW)
    assert [each.summary for each in found] == ["ana"]
    assert unread == 3


def test_the_same_calendar_reads_the_same_for_weeks() -> None:
    daily = event("a", "20261101T090000Z", "20261101T100000Z", "ana", "RRULE:FREQ=DAILY")
    step = NOW // parse.GRID * parse.GRID
    first, _ = parse.events(ics(daily).encode(), step)
    later, _ = parse.events(ics(daily).encode(), step + parse.GRID - 1)
    assert first == later
    assert parse.reaches(step) - step == parse.AHEAD


# ---- living with them ----------------------------------------------------------------------------

YAML = """
calendars: {{private_addresses: true, timeout: 5}}
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    zone: Europe/Berlin
    roles: [admin]
    slack: U0ANA
    away: ["{0}/ana.ics"]
  omar: {{name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}}
teams:
  db: {{members: [ana, omar], oncall: "schedule:primary", lead: omar}}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {{name: base, people: [ana]}}
      - {{name: vendor, ical: "{1}/vendor.ics", priority: 2}}
"""


@pytest.fixture
async def other() -> AsyncIterator[CalendarServer]:
    made = CalendarServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def house(
    tmp_path: Path, server: CalendarServer, other: CalendarServer
) -> AsyncIterator[World]:
    """``server`` has Ana's time off, ``other`` the vendor's shifts."""
    yaml = YAML.format(server.url, other.url)
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    yield made
    await made.end()


async def who(house: World, when: str = "") -> str:
    return "\n".join(await house.asks("ana", "who", what="db", when=when))


async def test_a_calendar_s_shifts_put_people_on_call_once_it_was_read(
    house: World, other: CalendarServer
) -> None:
    other.body = ics(event("a", "20261122T000000Z", "20261122T120000Z", "Omar Haddad"))
    assert "1 Ana Petrova" in await who(house)
    await house.app.calendars.look()
    assert "1 Omar Haddad until 13:00 CET" in await who(house)
    assert "layer vendor" in await who(house)


async def test_a_page_goes_to_whom_the_calendar_names(house: World, other: CalendarServer) -> None:
    other.body = ics(event("a", "20261122T000000Z", "20261122T120000Z", "omar"))
    await house.app.calendars.look()
    await house.fires()
    assert house.paged()[0] == "U0OMAR"


async def test_who_was_on_call_then_is_as_the_calendar_said_then(
    house: World, other: CalendarServer
) -> None:
    other.body = ics(event("a", "20261122T000000Z", "20261122T120000Z", "omar"))
    await house.app.calendars.look()
    house.clock.at += HOUR
    other.body = ics(event("a", "20261122T000000Z", "20261122T120000Z", "ana"))
    await house.app.calendars.look()
    house.clock.at += HOUR
    assert "1 Ana Petrova" in await who(house)
    assert "1 Omar Haddad" in await who(house, "90m ago")
    shifts = await house.asks("ana", "shifts", who="primary", when="115m ago")
    assert [line.rsplit(" · ", 1)[1] for line in shifts[1:3]] == ["Omar Haddad", "Ana Petrova"]


async def test_a_calendar_that_does_not_answer_keeps_what_it_said_and_that_is_said(
    house: World, other: CalendarServer
) -> None:
    other.body = ics(event("a", "20261122T000000Z", "20261201T000000Z", "omar"))
    await house.app.calendars.look()
    await other.stop()
    house.clock.at += 16 * MINUTE
    await house.app.calendars.look()
    said = await who(house)
    assert "1 Omar Haddad" in said
    assert "calendar of layer vendor at 127.0.0.1: no answer: ConnectError." in said
    assert "What it said at 03:09 CET counts." in said
    [bad] = [s for s in house.app.health.signs() if s.name.startswith("Calendar") and not s.ok]
    assert "what it said last counts" in bad.words
    assert "vendor.ics" not in said + bad.words  # an address is as good as a password
    names = [s.name for s in house.app.health.signs() if s.name.startswith("Calendar")]
    assert names == ["Calendar 127.0.0.1", "Calendar 127.0.0.1 2"]  # neither hides the other


async def test_it_is_said_no_more_when_it_answers_again(
    house: World, other: CalendarServer
) -> None:
    other.status = 500
    await house.app.calendars.look()
    assert "gave nothing yet: it answered 500" in await who(house)
    other.status = 200
    house.clock.at += 16 * MINUTE
    await house.app.calendars.look()
    assert "⚠️" not in await who(house)


async def test_calendars_are_asked_on_the_interval_and_for_changes_alone(
    house: World, other: CalendarServer
) -> None:
    other.tag = '"v1"'
    other.body = ics(event("a", "20261122T000000Z", "20261201T000000Z", "omar"))
    for minutes in (0, 5, 10, 15):
        house.clock.at = START + minutes * MINUTE
        await house.app.calendars.look()
    assert len(other.asked) == 2
    assert other.asked[1][1]["if-none-match"] == '"v1"'
    assert "1 Omar Haddad" in await who(house)


async def test_a_step_of_the_grid_asks_for_all_of_it_again(
    house: World, other: CalendarServer
) -> None:
    other.tag = '"v1"'
    await house.app.calendars.look()
    house.clock.at += parse.GRID
    await house.app.calendars.look()
    assert "if-none-match" not in other.asked[-1][1]


async def test_a_garbled_answer_changes_nothing(house: World, other: CalendarServer) -> None:
    other.body = ics(event("a", "20261122T000000Z", "20261201T000000Z", "omar"))
    await house.app.calendars.look()
    other.body = "<html>please sign in</html>"
    house.clock.at += 16 * MINUTE
    await house.app.calendars.look()
    said = await who(house)
    assert "1 Omar Haddad" in said
    assert "this is no iCal calendar" in said


async def test_people_nobody_knows_are_named_to_who_may_see_it(
    house: World, other: CalendarServer
) -> None:
    other.body = ics(event("a", "20261122T000000Z", "20261201T000000Z", "Zoe from the vendor"))
    await house.app.calendars.look()
    assert "names nobody known here: Zoe from the vendor." in await who(house)
    words = " ".join(s.words for s in house.app.health.signs())
    assert "1 in it match nobody here" in words
    assert "Zoe" not in words


async def test_time_off_is_marked_and_leaves_no_hole_unseen(
    house: World, server: CalendarServer
) -> None:
    server.body = ics(event("a", "20261122", "20261129", "skiing"))
    await house.app.calendars.look()
    assert "⚠️ away until Sun 29 Nov 00:00 CET (skiing)" in await who(house)
    found = await house.asks("ana", "coverage", what="db", days=7)
    assert not found.facts["holes"]  # Omar leads and is asked next
    await house.fires()
    assert house.paged()[0] == "U0OMAR"  # the next step comes at once


async def test_a_restart_knows_what_calendars_said(house: World, other: CalendarServer) -> None:
    other.body = ics(event("a", "20261122T000000Z", "20261201T000000Z", "omar"))
    await house.app.calendars.look()
    await house.die()
    again = await house.again()
    try:
        assert "1 Omar Haddad" in await who(again)
    finally:
        await again.end()


async def test_public_holidays_are_written_down_and_an_other_library_changes_no_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yaml = """
people: {ana: {name: Ana, email: ana@example.eu, roles: [admin]}, omar: {name: Omar}}
schedules:
  s:
    zone: Europe/Berlin
    layers:
      - {people: [ana], holidays: {country: DE, region: BY}}
      - {people: [omar], priority: 0}
"""
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    try:
        noon = "2027-01-06 12:00"
        assert "Omar" in "\n".join(await world.asks("ana", "who", what="s", when=noon))
        await world.app.calendars.look()
        world.clock.at += 60 * DAY  # Epiphany is over
        from commands import calendars, holidays

        monkeypatch.setattr(calendars, "of_year", lambda *_: frozenset())
        monkeypatch.setattr(holidays, "of_year", lambda *_: frozenset())
        await world.app.calendars.look()
        await world.door.reload()
        assert "Omar" in "\n".join(await world.asks("ana", "who", what="s", when=noon))
        assert "Ana" in "\n".join(await world.asks("ana", "who", what="s", when="2028-01-06 12:00"))
    finally:
        await world.end()


async def test_working_hours_know_the_holidays_of_a_place(tmp_path: Path) -> None:
    yaml = """
people:
  ana:
    name: Ana
    roles: [admin]
    hours: {start: "09:00", end: "17:00", zone: Europe/Berlin, holidays: {country: DE, region: BY}}
"""
    world = await World.build(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    try:
        known = world.door.definitions()
        epiphany = dt.datetime(2027, 1, 6, 12, tzinfo=dt.UTC)
        noon = round(epiphany.timestamp() * 1000)
        found = available(known, known.people["ana"], noon)
        assert found.there is There.OFF_HOURS
        assert available(known, known.people["ana"], noon + DAY).there is There.THERE
        await world.app.calendars.look()
        assert available(world.door.definitions(), known.people["ana"], noon) == found
    finally:
        await world.end()
