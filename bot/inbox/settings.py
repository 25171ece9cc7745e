"""Mail intake as ``pixelview.yaml`` says it: ``intake.mail``."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Network = IPv4Network | IPv6Network

PRIVATE = (
    "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7",
    "fe80::/10",
)  # fmt: skip


class MailboxSettings(BaseModel):
    """One mailbox that is read by IMAP. ``source`` is the intake source of its mails, its own name
    without; ``move_to`` a folder for those taken, which are only marked as read without it;
    ``every`` in seconds where the server can't tell of new mail (IDLE); ``senders`` are addresses,
    or domains as ``@example.eu``: mail of any other is left alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int | None = Field(None, ge=1, le=65535)
    tls: Literal["tls", "starttls", "none"] = "tls"
    ca_file: str | None = None
    user: str
    password: str
    folder: str = "INBOX"
    move_to: str | None = None
    source: str | None = None
    every: int = Field(60, ge=1, le=3600)
    idle: bool = True
    senders: tuple[str, ...] = ()

    def port_number(self) -> int:
        """The port, IMAP's own where none is named."""
        return self.port or (993 if self.tls == "tls" else 143)


class MailIntakeSettings(BaseModel):
    """``listen`` is the address of the SMTP listener, off without it. With ``certificate`` it
    offers STARTTLS and insists on it; ``plain`` takes mail without. ``addresses`` are those of
    sources without a token in them, for senders in ``networks`` alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: str | None = None
    certificate: str | None = None
    key: str | None = None
    plain: bool = False
    max_size: int = Field(10 << 20, ge=64 << 10, le=64 << 20)
    addresses: dict[str, str] = {}
    networks: tuple[str, ...] = PRIVATE
    mailboxes: dict[str, MailboxSettings] = {}

    @field_validator("addresses")
    @classmethod
    def _whole_addresses(cls, value: dict[str, str]) -> dict[str, str]:
        for address in value:
            name, _, domain = address.partition("@")
            if not name or not domain:
                raise ValueError(f"{address} is no address like ups@pv.example.eu")
        return {address.casefold(): source for address, source in value.items()}

    @field_validator("networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ip_network(each, strict=False)
        return value

    @model_validator(mode="after")
    def _safe(self) -> MailIntakeSettings:
        if self.listen is None:
            return self
        host, _ = self.address()
        if not is_loopback(host) and self.certificate is None and not self.plain:
            say = "can be reached from elsewhere: name a certificate, or say plain: true"
            raise ValueError(f"{self.listen} {say}")
        return self

    def address(self) -> tuple[str, int]:
        """Host and port to listen at; ValueError says what is wrong with them."""
        host, colon, port = (self.listen or "").rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65535:
            raise ValueError(f"{self.listen} is no address like 127.0.0.1:2525")
        return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  # nosec B104

    def allowed(self) -> tuple[Network, ...]:
        """The networks whose senders need no token."""
        return tuple(ip_network(each, strict=False) for each in self.networks)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
