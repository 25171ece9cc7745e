"""Handing mails to an SMTP server, and what its answers mean for the page that waits."""

from __future__ import annotations

import ssl
from email.message import EmailMessage
from email.policy import SMTP as RFC_5322
from typing import Any

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
)

from integrations.base import IntegrationError, Misconfigured, Permanent, Transient

WIRE = RFC_5322.clone(max_line_length=998)
"""As a mail goes out. A header is folded as late as may be: an address that is longer than a line
would be encoded in pieces, and no mail program would find it again."""

# An SMTP server that greylists asks to come back later; RFC 5321 advises 30 minutes, a page can't
# wait that long, and common greylists let a mail pass after one to five.
GREYLISTED = 60.0


class Mailer:
    """Sends one message at a time, each over a connection of its own.

    ``tls`` is ``starttls``, ``tls`` (from the first byte) or ``none``; ``timeout`` in seconds
    holds for every step of the dialogue. ``context`` is for servers with a certificate of ones own.
    """

    def __init__(
        self,
        host: str,
        port: int = 587,
        *,
        tls: str = "starttls",
        user: str | None = None,
        password: str | None = None,
        timeout: float = 20.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._user, self._password = user, password
        self._timeout, self._context = timeout, context

    async def send(self, message: EmailMessage) -> None:
        """Deliver to the server. Transient (``uncertain`` when its answer to the mail itself was
        lost), Permanent when it says no, Misconfigured with the setting that is wrong."""
        smtp = self._client()
        try:
            await self._connect(smtp)
            await _envelope(smtp, message)
            await _body(smtp, message)
        finally:
            smtp.close()

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._tls == "tls",
            start_tls=self._tls == "starttls",
            username=self._user,
            password=self._password,
            timeout=self._timeout,
            tls_context=self._context,
        )

    async def _connect(self, smtp: SMTP) -> None:
        try:
            await smtp.connect()
        except SMTPAuthenticationError as error:
            raise _login(error) from error
        except (SMTPException, OSError, ValueError) as error:
            raise self._no_connection(error) from error

    def _no_connection(self, error: Exception) -> IntegrationError:
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            return Misconfigured(f"{self._host}: no safe connection: {_words(error)}", "mail.tls")
        if isinstance(error, ValueError):
            return Misconfigured(_words(error), "mail.host")
        if (
            type(error) is SMTPException
        ):  # the server lacks STARTTLS or AUTH, which we were told to use
            setting = "mail.user" if "AUTH" in error.message else "mail.tls"
            return Misconfigured(f"{self._host}: {_words(error)}", setting)
        return _refused(error)


def _login(error: SMTPAuthenticationError) -> IntegrationError:
    if 400 <= error.code < 500:
        return Transient(_words(error))
    return Misconfigured(f"The mail server refuses the login: {_words(error)}", "mail.password")


async def _envelope(smtp: SMTP, message: EmailMessage) -> None:
    """Sender and recipients; until the mail itself is sent nothing can have been delivered."""
    try:
        await smtp.mail(_mailbox(message, "From"))
        await smtp.rcpt(_mailbox(message, "To"))
    except UnicodeError as error:
        raise Permanent("The address has letters this mail server can't take.") from error
    except (SMTPException, OSError) as error:
        raise _refused(error) from error


def _mailbox(message: EmailMessage, header: str) -> str:
    named: Any = message[header]
    addresses: tuple[Any, ...] = named.addresses if named else ()
    if len(addresses) != 1 or "@" not in addresses[0].addr_spec:
        raise Permanent(f"The mail's {header} is not one address.")
    return str(addresses[0].addr_spec)


async def _body(smtp: SMTP, message: EmailMessage) -> None:
    """The mail itself. Once it is on its way a lost answer says nothing about its arrival."""
    try:
        await smtp.data(message.as_bytes(policy=WIRE))
    except SMTPResponseException as error:
        raise _refused(error) from error
    except (SMTPException, OSError) as error:
        raise Transient(f"No answer to the mail: {_words(error)}", uncertain=True) from error
    await _goodbye(smtp)


async def _goodbye(smtp: SMTP) -> None:
    """The mail is the server's already, whatever it thinks of our leaving."""
    try:
        await smtp.quit()
    except (SMTPException, OSError):
        return


def _refused(error: Exception) -> IntegrationError:
    """What a reply code means: 5xx is no, everything else is later."""
    if not isinstance(error, SMTPResponseException):
        return Transient(_words(error))
    if 500 <= error.code < 600:
        return Permanent(_words(error))
    return Transient(_words(error), GREYLISTED if error.code in {450, 451} else None)


def _words(error: Exception) -> str:
    """The server's own words, with its code."""
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {' '.join(error.message.split())}"[:300]
    return " ".join(str(error).split())[:300] or type(error).__name__
