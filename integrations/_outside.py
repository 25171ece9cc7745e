"""The one guard in front of every address that a person or another system wrote: it is looked up
once, what was looked at is what is connected to, and nothing inside our own network is asked.

It stands at the connection, so a redirect, another spelling of an address (hex, octal, IPv6's ways
to write an IPv4 one) or a name that answers differently the second time leads nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

import httpx

from integrations.base import Permanent
from store.tls import trust

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]

TRIED = 3
"""Most addresses of one host that are tried."""

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_SIX_TO_FOUR_RELAY = IPv4Network("192.88.99.0/24")

METADATA = tuple(map(ip_address, (
    "169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23",
    "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
)))  # fmt: skip
"""Where clouds give away the keys of a machine. A network that is allowed does not allow them."""

# Browsers' "bad ports" (fetch.spec.whatwg.org), and databases and control planes above 1024.
_BAD_PORTS = frozenset((
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 179, 389,
    427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
    873, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389,
    3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5984, 6000, 6379, 6443, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 9042, 9092, 9200, 9300, 10080, 10250, 10255, 11211, 27017,
))  # fmt: skip

# A last label that is a number makes the host an IPv4 address in the eyes of some parsers.
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)

for _noisy in ("httpx", "httpcore"):  # they log whole addresses, in which secrets may stand
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class Barred(Permanent):
    """An address that must not be asked; the text says why and holds no address."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What of our own network may be asked: networks, and hosts by name or ``*.name``."""

    networks: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: Iterable[str]) -> Allowed:
        """From the words of the settings."""
        networks: list[Network] = []
        hosts: list[str] = []
        for word in written:
            try:
                networks.append(ip_network(word, strict=False))
            except ValueError:
                hosts.append(_plain(word))
        return cls(tuple(networks), tuple(hosts))

    def host(self, name: str) -> bool:
        """Whether a host is allowed by its name."""
        return any(fnmatchcase(_plain(name), each) for each in self.hosts)

    def address(self, address: Address) -> bool:
        """Whether an address is allowed by its network."""
        return any(address in network for network in self.networks)

    def exactly(self, address: Address) -> bool:
        """Whether an address is allowed as itself."""
        return any(address in n and n.num_addresses == 1 for n in self.networks)


async def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the machine's resolver has them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Outside:
    """Whom we may ask. ``allow`` are the networks and hosts of our own that may be."""

    def __init__(
        self, allow: Iterable[str] = (), *, ca_file: str = "", proxy: str = "",
        lookup: Lookup = look_up,
    ) -> None:  # fmt: skip
        self._allowed, self._ca_file, self._lookup = Allowed.of(allow), ca_file, lookup
        self.proxy = proxy

    def also(self, allow: Iterable[str]) -> Outside:
        """The same guard with more that is allowed."""
        made = Outside((), ca_file=self._ca_file, proxy=self.proxy, lookup=self._lookup)
        more = Allowed.of(allow)
        made._allowed = Allowed(
            (*self._allowed.networks, *more.networks), (*self._allowed.hosts, *more.hosts)
        )
        return made

    def client(self, *, insecure: bool = False, **more: Any) -> httpx.AsyncClient:
        """A client that asks nobody else; plain http only where ``insecure`` says so, or of hosts
        that are allowed by name or as one address. It follows no redirect unless told, and knows
        no proxy but that of the settings, which is asked by name for what is none of our own: it
        connects by itself, so what was looked up here is only checked then."""
        more = {"timeout": httpx.Timeout(10.0, connect=5.0), "follow_redirects": False, **more}
        return httpx.AsyncClient(transport=_Guarded(self, insecure), trust_env=False, **more)

    def trust(self) -> Any:
        """The certificates that are believed."""
        return trust(self._ca_file)

    def near(self, host: str) -> bool:
        """Whether a host is asked without the proxy: this machine, our own network as far as it is
        seen by the name alone, and what is allowed."""
        name = _plain(host)
        if self._allowed.host(name) or ("." not in name and ":" not in name):
            return True
        if not _is_literal(name):
            return name.endswith(".localhost")
        return self._allowed.address(ip_address(name)) or not is_public(name)

    async def addresses(self, url: str | httpx.URL, *, insecure: bool = False) -> Sequence[str]:
        """The IP addresses to connect to for a URL; Barred where it must not be asked."""
        try:
            wanted = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, TypeError, ValueError):
            raise Barred("its address is none") from None
        host = _host(wanted)
        literal = _is_literal(host)
        own = self._allowed.host(host) or (literal and self._allowed.exactly(ip_address(host)))
        if wanted.scheme not in ("http", "https"):
            raise Barred("its address is none: only http and https are asked")
        if wanted.scheme == "http" and not (insecure or own):
            raise Barred("only https is asked")
        port = wanted.port or (443 if wanted.scheme == "https" else 80)
        try:
            found = [_literal(host)] if literal else await self._lookup(host, port)
        except (OSError, UnicodeError):
            raise Barred("its host is not known") from None
        if not found:
            raise Barred("its host is not known")
        permitted = [self._permitted(each, own, port) for each in found]
        if not all(permitted):
            raise Barred("its host is in a private network (outside: allow)")
        return found

    def _permitted(self, written: str, own: bool, port: int) -> bool:
        address = ip_address(written.partition("%")[0])
        plain = _inner(address) or address
        if plain in METADATA or address in METADATA:
            return self._allowed.exactly(plain) or self._allowed.exactly(address)
        if own or self._allowed.address(plain) or self._allowed.address(address):
            return True
        if port in _BAD_PORTS:
            raise Barred(f"port {port} is not one for web servers (outside: allow)")
        return is_public(written)


class _Guarded(httpx.AsyncBaseTransport):
    """Connects to the addresses that were checked, under the name that was asked for. No
    connection is kept: the next request to the same address may be for another name."""

    def __init__(self, outside: Outside, insecure: bool) -> None:
        self._outside, self._insecure = outside, insecure
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=0)
        self._http = httpx.AsyncHTTPTransport(
            verify=outside.trust(), trust_env=False, limits=limits
        )
        self._far = httpx.AsyncHTTPTransport(
            verify=outside.trust(), trust_env=False, limits=limits, proxy=outside.proxy
        ) if outside.proxy else None  # fmt: skip

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        addresses = await self._outside.addresses(request.url, insecure=self._insecure)
        if self._far is not None and not self._outside.near(request.url.host):
            return await self._far.handle_async_request(request)
        *others, last = addresses[:TRIED]
        for address in others:
            try:
                return await self._ask(request, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._ask(request, last)

    async def _ask(self, request: httpx.Request, address: str) -> httpx.Response:
        extensions = dict(request.extensions)
        if request.url.scheme == "https":
            extensions["sni_hostname"] = request.url.host
        pinned = httpx.Request(
            request.method, request.url.copy_with(host=address), headers=request.headers,
            stream=request.stream, extensions=extensions,
        )  # fmt: skip
        return await self._http.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._http.aclose()
        if self._far is not None:
            await self._far.aclose()


def is_public(written: str) -> bool:
    """Whether an IP address belongs to the world, also behind IPv6's ways to write an IPv4 one."""
    address = ip_address(written.partition("%")[0])
    inner = _inner(address)
    if inner is not None:
        return is_public(str(inner))
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    relay = isinstance(address, IPv4Address) and address in _SIX_TO_FOUR_RELAY
    return address.is_global and not address.is_multicast and address not in METADATA and not relay


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _host(url: httpx.URL) -> str:
    """The host; Barred where some parser would take it for another one."""
    host = url.host.rstrip(".") if not _is_literal(url.host) else url.host
    if not host or not host.isprintable() or len(host) > 253 or "%" in host:
        raise Barred("its address is none")
    if not _is_literal(host) and _NUMERIC.fullmatch(host.rpartition(".")[2]):
        raise Barred("its address is written as a number")
    return host


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _literal(host: str) -> str:
    return str(ip_address(host))


def _plain(host: str) -> str:
    return host.strip().rstrip(".").casefold()
