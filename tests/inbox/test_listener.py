"""Mail by SMTP: who may send, what is answered, and that a 250 means it is on disk."""

from __future__ import annotations

import asyncio
import logging
import smtplib
import sqlite3
import ssl
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from bot.inbox import listener
from bot.inbox.settings import MailIntakeSettings
from bot.yamlfile import BadSettings
from commands.errors import Busy
from store import access, alerts, mails, quarantine
from store.model import IncidentStatus
from tests.inbox import certificate, post
from tests.inbox.mails import NAGIOS, mail
from tests.inbox.post import incidents, send
from tests.intake.support import Station
from tests.support.engines import migrated_url
from tests.support.world import YAML, Pad

DOWN = mail("** PROBLEM Host Alert: db-3 is DOWN **", Message_ID="<1@mon.example>")
UP = mail("** RECOVERY Host Alert: db-3 is UP **", Message_ID="<2@mon.example>")
TRIGGERED, RESOLVED = IncidentStatus.TRIGGERED, IncidentStatus.RESOLVED


async def states(station: Station) -> list[IncidentStatus]:
    """How the incidents stand, by number."""
    return [IncidentStatus(each.status) for each in await incidents(station.app)]


async def refused(station: Station, to: str, raw: bytes = DOWN) -> tuple[int, str]:
    """The refusal of the only recipient."""
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as said:
        await send(station.app, to, raw)
    return said.value.recipients[0].code, said.value.recipients[0].message


# ---- the story, and what a 250 means ------------------------------------------------------------


async def test_the_mail_of_a_problem_opens_and_that_of_its_recovery_resolves(
    each_taking: Station,
) -> None:
    token = await each_taking.token("email", "nagios-mail")
    problem = mail(
        "** PROBLEM Service Alert: db-3/Disk /var is CRITICAL **",
        NAGIOS.format(kind="PROBLEM", state="CRITICAL"),
    )
    recovery = mail(
        "** RECOVERY Service Alert: db-3/Disk /var is OK **",
        NAGIOS.format(kind="RECOVERY", state="OK"),
    )
    await send(each_taking.app, f"{token}@pv.example.eu", problem)
    (found,) = await incidents(each_taking.app)
    assert (found.status, found.severity) == (TRIGGERED, "critical")
    assert found.title == "Disk /var on db-3: DISK CRITICAL - free space: /var 112 MB (2%)"
    each_taking.clock.at += 60_000
    await send(each_taking.app, f"{token}@pv.example.eu", problem)
    assert len(await incidents(each_taking.app)) == 1
    each_taking.clock.at += 60_000
    await send(each_taking.app, f"{token}@pv.example.eu", recovery)
    assert await states(each_taking) == [RESOLVED]


async def test_a_250_comes_when_it_is_on_disk(taking: Station, tmp_path: Path) -> None:
    token = await taking.token("email")
    said = await send(taking.app, f"{token}@pv.example.eu", DOWN)
    assert said == "2.0.0 On disk"
    path = taking.app.settings.database.removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as other:
        assert other.execute("SELECT count(*) FROM incidents").fetchone() == (1,)
    other.close()


async def test_the_client_of_the_standard_library_gets_through(taking: Station) -> None:
    token = await taking.token("email")

    def run() -> None:
        with smtplib.SMTP("127.0.0.1", taking.app.mail.listener.port, timeout=20) as smtp:
            assert smtp.ehlo()[0] == 250
            assert smtp.esmtp_features["size"] == str(10 << 20)
            smtp.sendmail("mon@example.eu", f"{token}@pv.example.eu", DOWN)

    await asyncio.to_thread(run)
    assert await states(taking) == [TRIGGERED]


async def test_a_full_queue_is_451_and_the_mail_gets_through_later(
    taking: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await taking.token("email")
    whole = taking.app.door.system

    async def full(*args: Any, **more: Any) -> Any:
        if more.get("lane") is None:
            return await whole(*args, **more)
        raise Busy("1000 requests wait to be written", 3)

    monkeypatch.setattr(taking.app.door, "system", full)
    with pytest.raises(aiosmtplib.SMTPDataError) as said:
        await send(taking.app, f"{token}@pv.example.eu", DOWN)
    assert said.value.code == 451
    monkeypatch.undo()
    await send(taking.app, f"{token}@pv.example.eu", DOWN)
    assert await states(taking) == [TRIGGERED]


async def test_a_mail_that_is_sent_again_counts_once_even_after_the_recovery(
    each_taking: Station,
) -> None:
    to = f"{await each_taking.token('email')}@pv.example.eu"
    for raw in (DOWN, UP, b"Received: from a by b\n" + DOWN):
        assert await send(each_taking.app, to, raw) == "2.0.0 On disk"
        each_taking.clock.at += 60_000
    assert await states(each_taking) == [RESOLVED]
    again = mail("** PROBLEM Host Alert: db-3 is DOWN **", Message_ID="<3@mon.example>")
    each_taking.clock.at += 3_600_000
    await send(each_taking.app, to, again)
    assert await states(each_taking) == [RESOLVED, TRIGGERED]


async def test_a_device_without_message_ids_and_clock_may_say_the_same_twice(
    taking: Station,
) -> None:
    to = f"{await taking.token('email')}@pv.example.eu"
    old = {"Date": "Thu, 01 Jan 1970 00:00:07 +0000"}
    for subject in ("UPS a on battery", "UPS a on line power", "UPS a on battery"):
        await send(taking.app, to, mail(subject, **old))
        taking.clock.at += 3_600_000
    assert await states(taking) == [RESOLVED, TRIGGERED]


async def test_what_was_taken_is_forgotten_after_two_weeks(taking: Station) -> None:
    token = await taking.token("email")
    await send(taking.app, f"{token}@pv.example.eu", DOWN)
    taking.clock.at += mails.KEPT + 60_000
    await taking.app.ticker.minute()
    source = await taking.app.identity.token(token)
    assert source is not None and source.source is not None
    number = source.source.id
    known = await taking.app.reader.read(lambda tx: mails.of_thread(tx, number, ["1@mon.example"]))
    assert known == []


async def test_the_end_of_a_thread_ends_what_it_began(taking: Station) -> None:
    to = f"{await taking.token('email')}@pv.example.eu"
    first = mail("Pump 7 acts up", "Please look.\n", Message_ID="<pump7@works.example>")
    last = mail(
        "All clear: everything restored", "Thanks.\n", Message_ID="<pump7b@works.example>",
        References="<pump7@works.example>", In_Reply_To="<pump7@works.example>",
    )  # fmt: skip
    await send(taking.app, to, first)
    assert await states(taking) == [TRIGGERED]
    await send(taking.app, to, last)
    assert await states(taking) == [RESOLVED]


# ---- who may send -------------------------------------------------------------------------------


async def test_the_token_may_stand_after_a_plus_and_in_capitals(taking: Station) -> None:
    def make(ctx: Any) -> str:
        source = access.source(ctx.tx, ctx.now, "ups", "email")
        secret = access.new_address()
        return access.create_token(ctx.tx, ctx.now, "ups", source_id=source.id, secret=secret)

    token = await taking.app.door.system(make)
    assert token == token.lower() and len(token) <= 64
    for to in (f"{token}@pv", f"ups+{token}@pv.example.eu", f"{token.upper()}@PV.EXAMPLE.EU"):
        await send(taking.app, to, DOWN)
    await send(taking.app, f"{token}@[127.0.0.1]", DOWN)
    assert await states(taking) == [TRIGGERED]


async def test_an_address_nobody_has_is_550_at_once(taking: Station) -> None:
    webhook = await taking.token("webhook")
    good = await taking.token("email")
    for to in ("root@pv.example.eu", f"{webhook}@pv.example.eu", f"{good}x@pv.example.eu"):
        assert await refused(taking, to) == (550, "5.1.1 Nobody has this address here")
    await taking.app.door.system(lambda ctx: access.revoke_token(ctx.tx, ctx.now, "email"))
    taking.clock.at += 6_000
    assert (await refused(taking, f"{good}@pv.example.eu"))[0] == 550
    assert await states(taking) == []


async def test_one_mail_may_be_for_several_sources(taking: Station) -> None:
    to = [f"{await taking.token('email', name)}@pv.example.eu" for name in ("one", "two")]
    await send(taking.app, [*to, to[0]], DOWN)
    assert len(await incidents(taking.app)) == 2


ADDRESSES = """
intake:
  mail:
    listen: "127.0.0.1:0"
    addresses: {UPS@pv.example.eu: ups}
    networks: [%s]
"""


@pytest.mark.parametrize(("network", "taken"), [("127.0.0.0/8", True), ("10.0.0.0/8", False)])
async def test_an_address_of_the_settings_is_for_senders_of_its_networks(
    network: str, taken: bool, tmp_path: Path
) -> None:
    url = migrated_url("sqlite", tmp_path)
    station = await post.station(url, tmp_path, YAML + ADDRESSES % network)
    try:
        if taken:
            await send(station.app, "ups@PV.example.eu", DOWN)
            assert await states(station) == [TRIGGERED]
        else:
            assert (await refused(station, "ups@pv.example.eu"))[0] == 550
    finally:
        await station.end()


async def test_a_source_of_another_integration_is_said_and_takes_no_mail(tmp_path: Path) -> None:
    url = migrated_url("sqlite", tmp_path)
    station = await post.station(url, tmp_path, YAML + ADDRESSES % "127.0.0.0/8")
    await station.end()

    from bot.app import App, prepare

    settings = station.app.settings.model_copy(
        update={
            "intake": station.app.settings.intake.model_copy(
                update={
                    "mail": MailIntakeSettings(listen="127.0.0.1:0", addresses={"a@b.eu": "nagios"})
                }
            )
        }
    )
    app = App(settings, await prepare(settings), station.clock)
    await app.open()
    await app.door.system(lambda ctx: access.source(ctx.tx, ctx.now, "nagios", "nagios"))
    await app.mail.start()
    said = {sign.name: sign.words for sign in app.health.signs() if not sign.ok}
    assert said["Mail source nagios"].startswith("the source nagios belongs to nagios")
    await app.stop()


async def test_who_guesses_addresses_is_sent_away(taking: Station) -> None:
    smtp = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=taking.app.mail.listener.port, start_tls=False, timeout=20
    )
    await smtp.connect()
    await smtp.mail("a@b.example")
    codes = []
    for n in range(listener.WRONG):
        with pytest.raises(aiosmtplib.SMTPException) as said:
            await smtp.rcpt(f"pvi_{n}@pv.example.eu")
        codes.append(getattr(said.value, "code", 0))
    assert codes == [550] * (listener.WRONG - 1) + [421]
    smtp.close()


async def test_the_log_shows_no_token(taking: Station, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    token = await taking.token("email")
    await send(taking.app, f"{token}@pv.example.eu", DOWN)
    assert token not in caplog.text


# ---- what can't be read -------------------------------------------------------------------------


async def test_a_mail_that_says_nothing_is_refused_and_kept(taking: Station) -> None:
    token = await taking.token("email")
    with pytest.raises(aiosmtplib.SMTPDataError) as said:
        await send(taking.app, f"{token}@pv.example.eu", b"From: a@b.example\r\n\r\n\r\n")
    assert said.value.code == 554
    (held,) = await taking.app.reader.read(lambda tx: quarantine.recent(tx, 10))
    assert held.refused.content_type == "message/rfc822"
    assert held.source.name == "email"
    assert taking.app.hooks.refused == 1


async def test_who_looks_after_the_source_is_told_of_mails_that_say_nothing(
    taking: Station,
) -> None:
    pad: Any = Pad()
    taking.app.surfaces["slack"] = pad
    token = await taking.token("email", "ups")
    with pytest.raises(aiosmtplib.SMTPDataError):
        await send(taking.app, f"{token}@pv.example.eu", b"From: a@b.example\r\n\r\n\r\n")

    async def told() -> bool:
        await taking.app.outbox.pump()
        return bool(pad.posts)

    await post.until(told, "they are told")
    ((_, card),) = pad.posts
    assert (card.head.word, card.head.title) == ("UNREAD", "mails of ups")


async def test_our_own_mail_that_comes_back_opens_nothing(taking: Station) -> None:
    token = await taking.token("email")
    ours = mail("🔴 CRITICAL · #12 db-3 is DOWN · nobody has it", X_PixelView="page")
    assert await send(taking.app, f"{token}@pv.example.eu", ours) == "2.0.0 On disk"
    assert await states(taking) == []


async def test_a_mapping_of_the_settings_reads_the_mails_of_its_source(tmp_path: Path) -> None:
    yaml = YAML + (
        "intake:\n  mail: {listen: '127.0.0.1:0'}\n"
        "  sources: {pumps: {map: {title: fields.what, key: fields.number}}}\n"
    )
    station = await post.station(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    token = await station.token("email", "pumps")
    await send(station.app, f"{token}@pv.example.eu", mail("x", "What: Pump 7\nNumber: 7\n"))
    assert [each.title for each in await incidents(station.app)] == ["Pump 7"]
    await station.end()


# ---- limits -------------------------------------------------------------------------------------


async def test_too_large_is_552_whether_said_before_or_after(tmp_path: Path) -> None:
    yaml = YAML + 'intake: {mail: {listen: "127.0.0.1:0", max_size: 65536}}\n'
    station = await post.station(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    token = await station.token("email")
    large = DOWN + b"x" * 70 + b"\r\n" * 40_000
    with pytest.raises(aiosmtplib.SMTPSenderRefused) as said:
        await send(station.app, f"{token}@pv.example.eu", large)
    assert said.value.code == 552
    smtp = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=station.app.mail.listener.port, start_tls=False, timeout=60
    )
    async with smtp:
        await smtp.mail("a@b.example")
        await smtp.rcpt(f"{token}@pv.example.eu")
        with pytest.raises(aiosmtplib.SMTPDataError) as later:
            await smtp.data(large)
        assert later.value.code == 552
    assert await states(station) == []
    await station.end()


async def test_a_long_line_of_html_is_taken_whatever_the_rfc_says(taking: Station) -> None:
    token = await taking.token("email")
    long = b"Subject: db-3 is DOWN\r\nContent-Type: text/html\r\n\r\n<p>" + b"x " * 15_000 + b"\r\n"
    await send(taking.app, f"{token}@pv.example.eu", long)
    assert await states(taking) == [TRIGGERED]


async def without_end(writer: asyncio.StreamWriter) -> None:
    """Sixty-four MiB of one line."""
    for _ in range(64):
        writer.write(b"x" * (1 << 20))
        await writer.drain()


async def test_a_line_without_end_is_cut_off(taking: Station) -> None:
    token = await taking.token("email")
    reader, writer = await asyncio.open_connection("127.0.0.1", taking.app.mail.listener.port)
    await reader.readline()
    for line in ("EHLO a", "MAIL FROM:<a@b.example>", f"RCPT TO:<{token}@pv>", "DATA"):
        writer.write(f"{line}\r\n".encode())
        await writer.drain()
        while (await reader.readline())[3:4] == b"-":
            pass
    with pytest.raises(ConnectionError):
        await without_end(writer)
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_more_connections_than_it_takes_are_sent_away(
    taking: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "CONNECTIONS", 2)
    port = taking.app.mail.listener.port
    there = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    said = [(await reader.readline())[:3] for reader, _ in there]
    assert said == [b"220", b"220", b"421"]
    for _, writer in there:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_taken_port_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "AGAIN", 0.02)
    taken = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    yaml = YAML + f'intake: {{mail: {{listen: "127.0.0.1:{port}"}}}}\n'
    station = await post.station(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    (sign,) = (each for each in station.app.health.signs() if each.name == "Mail by SMTP")
    assert not sign.ok and sign.words.startswith("can't listen at")
    taken.close()
    await taken.wait_closed()

    async def listens() -> bool:
        return not station.app.mail.listener.trouble

    await post.until(listens, "it listens")
    token = await station.token("email")
    await send(station.app, f"{token}@pv.example.eu", DOWN)
    await station.end()


# ---- TLS ----------------------------------------------------------------------------------------


async def test_with_a_certificate_nothing_is_said_before_starttls(tmp_path: Path) -> None:
    cert, key = certificate.write(tmp_path)
    yaml = YAML + (
        f'intake: {{mail: {{listen: "127.0.0.1:0", certificate: "{cert}", key: "{key}"}}}}\n'
    )
    station = await post.station(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    token = await station.token("email")
    port = station.app.mail.listener.port
    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
        await send(station.app, f"{token}@pv.example.eu", DOWN)
    trusting = ssl.create_default_context(cafile=str(cert))

    def client(**more: Any) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname="127.0.0.1",
            port=port,
            start_tls=True,
            tls_context=trusting,
            timeout=20,
            **more,
        )

    async with client() as smtp:
        await smtp.sendmail("a@b.example", f"{token}@pv.example.eu", DOWN)
    assert await states(station) == [TRIGGERED]
    async with client(username="ups", password=token) as smtp:
        await smtp.sendmail("a@b.example", "alerts@pv.example.eu", UP)
    assert await states(station) == [RESOLVED]
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await client(username="ups", password=f"{token}x").connect()
    certificate.write(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        await client().connect()
    trusting = ssl.create_default_context(cafile=str(cert))
    async with client() as smtp:
        assert smtp.is_connected
    await station.end()


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ('listen: "0.0.0.0:2525"', "can be reached from elsewhere"),
        ('listen: ":25"', "can be reached from elsewhere"),
        ('listen: "[::]:25"', "can be reached from elsewhere"),
        ("listen: mail.example.eu", "no address like"),
        ('listen: "127.0.0.1:99999"', "no address like"),
        ("addresses: {ups: ups}", "no address like"),
        ("networks: [here]", "does not appear to be"),
        ("mailboxes: {a: {host: imap.example.eu}}", "user"),
        ("mailboxes: {a: {host: h, user: u, password: p, tls: maybe}}", "tls"),
    ],
)
def test_a_setting_that_can_not_work_is_refused_at_the_start(said: str, wrong: str) -> None:
    from bot.settings import parse

    with pytest.raises(BadSettings, match=wrong):
        parse(f"intake:\n  mail:\n    {said}\n", "test.yaml")


@pytest.mark.parametrize(
    "said", ['listen: "0.0.0.0:25", plain: true', 'listen: "[::1]:25"', 'listen: "localhost:25"']
)
def test_what_is_told_so_or_reached_by_this_machine_alone_may_be_plain(said: str) -> None:
    from bot.settings import parse

    found = parse(f"intake: {{mail: {{{said}}}}}\n", "test.yaml")
    assert found.intake.mail.address()[1] == 25


# ---- the answer is lost -------------------------------------------------------------------------


async def test_an_answer_that_is_lost_after_the_commit_doubles_nothing(
    each_taking: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await each_taking.token("email")
    desk = each_taking.app.mail.listener._desk
    whole = desk._take

    async def lost(*args: Any) -> str:
        await whole(*args)
        for dialogue in list(each_taking.app.mail.listener._open):
            assert isinstance(dialogue.transport, asyncio.Transport)
            dialogue.transport.abort()
        return "250 2.0.0 On disk"

    monkeypatch.setattr(desk, "_take", lost)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(each_taking.app, f"{token}@pv.example.eu", DOWN)
    assert await states(each_taking) == [TRIGGERED]
    monkeypatch.undo()
    await send(each_taking.app, f"{token}@pv.example.eu", DOWN)
    (found,) = await incidents(each_taking.app)
    detail = await each_taking.app.reader.read(lambda tx: alerts.of_incident(tx, found.id))
    assert [each.count for each in detail] == [1]
