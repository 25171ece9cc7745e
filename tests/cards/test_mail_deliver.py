"""Mails are handed to a real SMTP server, and its answers are understood."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from bot.mail.deliver import Mailer
from integrations.base import Misconfigured, Permanent, Transient
from tests.inbox.certificate import write


class Box:
    """A mail server's decisions; each can be replaced by one answer."""

    def __init__(self, *, sender: str = "", rcpt: str = "", body: str = "", cut: str = "") -> None:
        self.sender, self.rcpt, self.body, self.cut = sender, rcpt, body, cut
        self.taken: list[Envelope] = []

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.cut == "rcpt":
            _hang_up(server)
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        if self.cut == "data":
            _hang_up(server)
        if self.cut == "silence":
            await asyncio.sleep(2)
        return self.body or "250 OK"


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


@asynccontextmanager
async def serving(box: Box, **settings: Any) -> AsyncIterator[int]:
    """A real SMTP server on the loopback, in this loop; yields its port."""
    loop = asyncio.get_running_loop()
    made = await loop.create_server(
        lambda: SMTP(box, hostname="mx.test", loop=loop, **settings), "127.0.0.1", 0
    )
    try:
        yield made.sockets[0].getsockname()[1]
    finally:
        made.close()
        await _end_dialogues()


async def _end_dialogues() -> None:
    """The server keeps a task for each connection until it notices that nobody is there."""
    ours = [t for t in asyncio.all_tasks() if "SMTP._handle_client" in repr(t.get_coro())]
    for task in ours:
        task.cancel()
    await asyncio.gather(*ours, return_exceptions=True)


def mailer(port: int, **more: Any) -> Mailer:
    return Mailer("127.0.0.1", port, **{"tls": "none", "timeout": 5.0, **more})


def message(body: str = "New, nobody has it. 🔴\n.\nafter a lonely dot\n") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = "PixelView <pv@example.eu>", "ana@example.eu"
    made["Subject"] = "🔴 #1842 Disk 94 % full on db-3"
    made.set_content(body, cte="quoted-printable")
    return made


async def test_a_mail_arrives_whole() -> None:
    box = Box()
    async with serving(box) as port:
        await mailer(port).send(message())
    (envelope,) = box.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("pv@example.eu", ["ana@example.eu"])
    content = envelope.content
    assert isinstance(content, bytes)
    assert b"after a lonely dot" in content
    assert b"Subject: =?utf-8?" in content


async def test_one_mailer_sends_many_at_once() -> None:
    box = Box()
    async with serving(box) as port:
        post = mailer(port)
        await asyncio.gather(*(post.send(message()) for _ in range(10)))
    assert len(box.taken) == 10


async def test_a_refused_recipient_is_a_no() -> None:
    async with serving(Box(rcpt="550 5.1.1 no such user")) as port:
        with pytest.raises(Permanent, match=r"550 5\.1\.1 no such user"):
            await mailer(port).send(message())


async def test_a_refused_sender_is_a_no() -> None:
    async with serving(Box(sender="553 5.7.1 not yours")) as port:
        with pytest.raises(Permanent, match="not yours"):
            await mailer(port).send(message())


async def test_greylisting_asks_to_come_back() -> None:
    async with serving(Box(rcpt="451 4.7.1 greylisted, try again later")) as port:
        with pytest.raises(Transient, match="greylisted") as found:
            await mailer(port).send(message())
    assert found.value.retry_after == 60.0
    assert not found.value.uncertain


async def test_a_full_mailbox_is_tried_again() -> None:
    async with serving(Box(rcpt="452 4.2.2 mailbox full")) as port:
        with pytest.raises(Transient, match="mailbox full") as found:
            await mailer(port).send(message())
    assert found.value.retry_after is None


async def test_a_body_that_is_refused_is_a_no() -> None:
    async with serving(Box(body="554 5.7.1 looks like spam")) as port:
        with pytest.raises(Permanent, match="looks like spam"):
            await mailer(port).send(message())


async def test_a_body_the_server_can_not_take_now_is_tried_again() -> None:
    async with serving(Box(body="421 4.3.0 shutting down")) as port:
        with pytest.raises(Transient) as found:
            await mailer(port).send(message())
    assert not found.value.uncertain


async def test_a_connection_closed_after_the_mail_leaves_its_fate_open() -> None:
    box = Box(cut="data")
    async with serving(box) as port:
        with pytest.raises(Transient) as found:
            await mailer(port).send(message())
    assert len(box.taken) == 1
    assert found.value.uncertain


async def test_no_answer_to_the_mail_in_time_leaves_its_fate_open() -> None:
    async with serving(Box(cut="silence")) as port:
        with pytest.raises(Transient) as found:
            await mailer(port, timeout=0.3).send(message())
    assert found.value.uncertain


async def test_a_connection_closed_before_the_mail_is_certain() -> None:
    box = Box(cut="rcpt")
    async with serving(box) as port:
        with pytest.raises(Transient) as found:
            await mailer(port).send(message())
    assert box.taken == []
    assert not found.value.uncertain


async def test_nobody_listening_is_tried_again() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(Transient) as found:
            await mailer(port).send(message())
    assert not found.value.uncertain


async def test_a_wrong_password_names_the_setting() -> None:
    def nobody(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    box = Box()
    settings = {"authenticator": nobody, "auth_require_tls": False}
    async with serving(box, **settings) as port:
        with pytest.raises(Misconfigured) as found:
            await mailer(port, user="pv", password="wrong").send(message())
    assert found.value.setting == "mail.password"


async def test_a_right_password_lets_the_mail_through() -> None:
    def somebody(*_: Any) -> AuthResult:
        return AuthResult(success=True)

    box = Box()
    settings = {"authenticator": somebody, "auth_require_tls": False}
    async with serving(box, **settings) as port:
        await mailer(port, user="pv", password="right").send(message())
    assert len(box.taken) == 1


async def test_a_server_without_logins_names_the_setting() -> None:
    async with serving(Box()) as port:
        with pytest.raises(Misconfigured) as found:
            await mailer(port, user="pv", password="x").send(message())
    assert found.value.setting == "mail.user"


async def test_a_server_without_starttls_names_the_setting() -> None:
    async with serving(Box()) as port:
        with pytest.raises(Misconfigured) as found:
            await mailer(port, tls="starttls").send(message())
    assert found.value.setting == "mail.tls"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of ones own for 127.0.0.1, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    both = folder / "both.pem"
    both.write_bytes(b"".join(one.read_bytes() for one in reversed(write(folder))))
    return both


def _server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_starttls_is_used_and_the_mail_goes_through(certificate: Path) -> None:
    box = Box()
    trusting = ssl.create_default_context(cafile=str(certificate))
    settings = {"tls_context": _server_side(certificate), "require_starttls": True}
    async with serving(box, **settings) as port:
        await mailer(port, tls="starttls", context=trusting).send(message())
    assert len(box.taken) == 1


async def test_a_certificate_nobody_trusts_names_the_setting(certificate: Path) -> None:
    box = Box()
    settings = {"tls_context": _server_side(certificate), "require_starttls": True}
    async with serving(box, **settings) as port:
        with pytest.raises(Misconfigured) as found:
            await mailer(port, tls="starttls").send(message())
    assert found.value.setting == "mail.tls"
    assert box.taken == []


async def test_a_mail_to_nobody_is_a_no() -> None:
    made = message()
    del made["To"]
    async with serving(Box()) as port:
        with pytest.raises(Permanent, match="To is not one address"):
            await mailer(port).send(made)


async def test_an_address_no_server_can_take_is_a_no() -> None:
    made = message()
    del made["To"]
    made["To"] = "zoë@example.eu"
    async with serving(Box()) as port:
        with pytest.raises(Permanent):
            await mailer(port).send(made)
