"""Who is at the other end: the address, the scheme and the host, also behind proxies.

What a proxy says is believed where the proxy is one of ours, and read from the right: the first
address that is none of ours is the caller. Whatever stands left of it, the caller wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from aiohttp import web

from bot.web import forwarded
from bot.web.forwarded import Hop

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Header = Literal["auto", "x-forwarded", "forwarded"]


@dataclass(frozen=True, slots=True)
class Peer:
    """The caller of one request: ``address`` without a port, ``host`` as the Host header has it."""

    address: str
    scheme: str
    host: str


class Proxies:
    """The proxies whose word counts. ``header`` is what they write: ``x-forwarded``, ``forwarded``,
    or ``auto``, where two that contradict each other both count for nothing."""

    def __init__(self, networks: Iterable[str] = (), header: Header = "auto") -> None:
        self.networks: tuple[Network, ...] = tuple(ip_network(n, strict=False) for n in networks)
        self.header = header

    def trusted(self, address: Address) -> bool:
        """Whether it is one of our proxies."""
        return any(address in network for network in self.networks)

    def peer(self, request: web.Request) -> Peer:
        """The caller of a request."""
        own = Peer(request.remote or "", request.scheme, request.host)
        nearest = address_of(own.address)
        if nearest is None:
            return own
        own = Peer(str(nearest), own.scheme, own.host)
        if not self.networks or not self.trusted(nearest):
            return own
        told = [self._caller(hops, own) for hops in self._told(request)]
        if not told or any(one.address != told[0].address for one in told):
            return own
        return told[0]

    def _told(self, request: web.Request) -> list[Sequence[Hop]]:
        ways = []
        if self.header in ("auto", "x-forwarded"):
            ways.append(forwarded.x_forwarded(request.headers))
        if self.header in ("auto", "forwarded"):
            ways.append(forwarded.standard(request.headers))
        return [hops for hops in ways if hops]

    def _caller(self, hops: Sequence[Hop], own: Peer) -> Peer:
        """The right-most hop that is none of ours; one that can't be read ends the search."""
        found = own
        for hop in reversed(hops):
            address = address_of(hop.address)
            if address is None:
                return Peer(found.address, hop.scheme or found.scheme, hop.host or found.host)
            found = Peer(str(address), hop.scheme or found.scheme, hop.host or found.host)
            if not self.trusted(address):
                return found
        return found


PROXIES: web.AppKey[Proxies] = web.AppKey("proxies", Proxies)
_PEER: web.RequestKey[Peer] = web.RequestKey("peer", Peer)


_NONE = Proxies()


def peer(request: web.Request) -> Peer:
    """The caller of a request."""
    known = request.get(_PEER)
    if known is None:
        known = request[_PEER] = request.config_dict.get(PROXIES, _NONE).peer(request)
    return known


def address(request: web.Request) -> str:
    """The caller's IP address, "" where there is none."""
    return peer(request).address


def scheme(request: web.Request) -> str:
    """``https`` or ``http``, as the caller's browser has it."""
    return peer(request).scheme


def host(request: web.Request) -> str:
    """Host and port, as the caller's browser has them."""
    return peer(request).host


def address_of(written: str) -> Address | None:
    """An IP address with or without a port or brackets; None for anything else. An IPv4 address
    in IPv6's clothes is the IPv4 one."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
