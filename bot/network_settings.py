"""How PixelView is reached and whom it asks, as ``pixelview.yaml`` says it: TLS, proxies, hosts."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from integrations._outside import Outside


class TlsSettings(BaseModel):
    """The certificate (with its chain) and the key that the HTTP server shows; both are read again
    when they change. ``redirect_from`` is a port for plain HTTP that leads browsers to HTTPS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cert: str
    key: str
    min: Literal["1.2", "1.3"] = "1.2"
    redirect_from: int | None = Field(None, ge=0, le=65535)

    @field_validator("min", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, float) else value


class OutsideSettings(BaseModel):
    """Addresses that people and other systems write are asked in the world alone, and in what
    ``allow`` names of our own: networks, hosts, ``*.corp.example``. For all that is asked:
    ``ca_file`` holds authorities that are believed beside the public ones, ``proxy`` is asked for
    what is not on this machine, of our own network or allowed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: tuple[str, ...] = ()
    ca_file: str = ""
    proxy: str = ""

    @field_validator("proxy")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("write the address of a proxy: http://proxy.example.eu:3128")
        return value

    @field_validator("allow")
    @classmethod
    def _networks_and_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            looks = word[:1].isdecimal() or ":" in word
            if "://" in word or ("/" in word and not looks):
                raise ValueError(f"{word}: write a network (10.2.0.0/16) or a host, no address")
            if looks and "/" in word:
                ip_network(word, strict=False)
        return value

    @field_validator("ca_file")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if value and not Path(value).is_file():
            raise ValueError(f"{value} is no file")
        return value

    def guard(self) -> Outside:
        """The guard with these settings."""
        return Outside(self.allow, proxy=self.proxy)


class NetworkSettings(BaseModel):
    """What of the settings is about the network; part of ``Settings``."""

    tls: TlsSettings | None = None
    trusted_proxies: tuple[str, ...] = ()
    proxy_header: Literal["auto", "x-forwarded", "forwarded"] = "auto"
    allowed_hosts: tuple[str, ...] = ()
    allow_plain_http: bool = False
    hsts: int = Field(31_536_000, ge=0)
    outside: OutsideSettings = OutsideSettings()

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if ip_network(each, strict=False).prefixlen == 0:
                raise ValueError(f"{each} is everybody: name the addresses of your proxies")
        return value


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def refusal(settings: NetworkSettings, host: str) -> str | None:
    """Why the service does not start to listen at a host, and what to do; None where it does."""
    safe = settings.tls is not None or settings.allow_plain_http or settings.trusted_proxies
    if is_loopback(host) or safe:
        return None
    return (
        f"PixelView does not listen at {host} by plain HTTP: whoever is on the way could read "
        "tokens and sessions. One of these will do:\n"
        "  tls: {cert: fullchain.pem, key: privkey.pem}   # it speaks HTTPS itself\n"
        "  trusted_proxies: [10.0.0.0/8]                  # a proxy in front of it does\n"
        "  --host 127.0.0.1                               # only this machine reaches it\n"
        "  allow_plain_http: true, or --insecure          # you know that nobody listens in"
    )


def hosts(settings: NetworkSettings, urls: Iterable[str]) -> tuple[str, ...]:
    """The names under which browsers may ask for the console."""
    named = (urlsplit(url).hostname or "" for url in urls)
    return tuple(each.casefold().rstrip(".") for each in (*named, *settings.allowed_hosts) if each)
