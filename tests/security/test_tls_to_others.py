"""TLS to PostgreSQL and to mail servers: a wrong certificate, or none at all, is refused."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import ssl
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp as aiosmtp
from sqlalchemy import text

from bot.mail.deliver import Mailer
from integrations.base import Misconfigured
from store import tls
from store.db import postgresql_engine
from store.pg_tls import connecting
from tests.security.authority import Authority, Pair

ENDED = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
WRONG: list[tuple[str, Callable[[Authority], Pair], str]] = [
    ("another name", lambda a: a.pair("db.elsewhere.example"), "not valid for|mismatch"),
    ("ended", lambda a: a.pair("127.0.0.1", until=ENDED), "expired"),
    ("self-signed", lambda a: a.pair("127.0.0.1", self_signed=True), "self-signed|self signed"),
]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class Postgres:
    """As far into PostgreSQL's protocol as the handshake: it answers the request for TLS, and
    keeps what is said to it afterwards."""

    def __init__(self, pair: Pair | None) -> None:
        self._context = tls.server(pair.cert, pair.key) if pair else None
        self.port, self.plain, self.safe = 0, b"", b""

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readexactly(8)
            if request[4:] != b"\x04\xd2\x16\x2f":
                self.plain += request
                return
            if self._context is None:
                writer.write(b"N")
                self.plain += await reader.read(100)
                return
            writer.write(b"S")
            await writer.start_tls(self._context)
            self.safe += await reader.read(100)
        except (OSError, ssl.SSLError, EOFError):
            return
        finally:
            writer.close()

    async def knock(self, query: str) -> Exception:
        """What a connection to it ends with; it never succeeds, it is no PostgreSQL."""
        server = await self.start()
        engine = postgresql_engine(f"postgresql://u:pw@127.0.0.1:{self.port}/d?{query}")
        try:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception as error:  # noqa: BLE001  it is what is looked at
            return error
        finally:
            await engine.dispose()
            server.close()
        raise AssertionError("it answered")


@pytest.mark.parametrize(("what", "pair", "said"), WRONG, ids=[w[0] for w in WRONG])
async def test_a_database_with_a_wrong_certificate_is_told_nothing(
    authority: Authority, what: str, pair: Callable[[Authority], Pair], said: str
) -> None:
    server = Postgres(pair(authority))
    error = await server.knock(f"sslmode=verify-full&sslrootcert={authority.root}")
    assert isinstance(error, ssl.SSLCertVerificationError)
    assert re.search(said, error.verify_message)
    assert not server.safe


async def test_a_database_that_offers_no_tls_is_told_nothing(authority: Authority) -> None:
    for query in (f"sslrootcert={authority.root}", "sslmode=require", "sslmode=verify-ca"):
        server = Postgres(None)
        error = await server.knock(query)
        assert "rejected SSL upgrade" in str(error)
        assert not server.plain


async def test_a_database_with_the_right_certificate_is_spoken_to(authority: Authority) -> None:
    for query in (f"sslrootcert={authority.root}", "sslmode=require"):
        server = Postgres(authority.pair("127.0.0.1"))
        await server.knock(query)
        assert b"user" in server.safe


async def test_by_the_authority_alone_the_name_does_not_matter(authority: Authority) -> None:
    server = Postgres(authority.pair("db.elsewhere.example"))
    await server.knock(f"sslmode=verify-ca&sslrootcert={authority.root}")
    assert b"user" in server.safe


def test_on_another_machine_the_certificate_is_verified_unless_told() -> None:
    for url in ("postgresql://u@db.example/d", "postgresql:///d?host=10.0.0.5"):
        context = connecting(url)[1]["ssl"]
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname
    for url in ("postgresql:///d", "postgresql://u@localhost/d", "postgresql:///d?host=/run/pg"):
        assert connecting(url)[1]["ssl"] == "prefer"
    assert connecting("postgresql://u@db.example/d?sslmode=disable")[1]["ssl"] is False
    with pytest.raises(ValueError, match="sslmode=no is none of"):
        connecting("postgresql://u@db.example/d?sslmode=no")


def test_what_is_not_about_tls_stays_in_the_address() -> None:
    url, _ = connecting("postgresql://u@db.example/d?sslmode=require&application_name=pv")
    assert dict(url.query) == {"application_name": "pv"}


# mail


class Box:
    """What a mail server was given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
async def box() -> Box:
    return Box()


async def smtp(box: Box, pair: Pair | None) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    context = tls.server(pair.cert, pair.key) if pair else None
    server = await loop.create_server(
        lambda: aiosmtp.SMTP(box, hostname="mx.test", tls_context=context, loop=loop),
        "127.0.0.1",
        0,
    )
    yield server.sockets[0].getsockname()[1]
    server.close()


def mail() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "pv@example.eu", "ana@example.eu", "A page"
    made.set_content("words")
    return made


async def send(port: int, root: Path) -> None:
    mailer = Mailer("127.0.0.1", port, context=tls.trust(str(root)), timeout=10)
    await mailer.send(mail())


@pytest.mark.parametrize(("what", "pair", "said"), WRONG, ids=[w[0] for w in WRONG])
async def test_a_mail_server_with_a_wrong_certificate_gets_no_mail(
    authority: Authority, box: Box, what: str, pair: Callable[[Authority], Pair], said: str
) -> None:
    async for port in smtp(box, pair(authority)):
        with pytest.raises(Misconfigured, match="no safe connection") as refused:
            await send(port, authority.root)
        assert refused.value.setting == "mail.tls"
    assert not box.mails


async def test_a_mail_server_whose_starttls_was_taken_out_on_the_way_gets_no_mail(
    authority: Authority, box: Box
) -> None:
    async for port in smtp(box, None):
        with pytest.raises(Misconfigured):
            await send(port, authority.root)
    assert not box.mails


async def test_a_mail_server_of_our_own_authority_gets_it(authority: Authority, box: Box) -> None:
    async for port in smtp(box, authority.pair("127.0.0.1")):
        await send(port, authority.root)
    assert len(box.mails) == 1
