"""Keeps the tests on this machine: a socket reaches loopback and Unix addresses, nothing else."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest


class OutsideNetwork(RuntimeError):
    """A test tried to leave the machine. Not an OSError, so that no retry takes it for weather."""


def is_here(host: str | bytes | None) -> bool:
    """Whether the host is this machine without asking any name server."""
    if not host:
        return True
    name = host.decode() if isinstance(host, bytes) else host
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def close_the_network(patch: pytest.MonkeyPatch, tried: list[str]) -> None:
    """Make sockets and name look-ups refuse the outside, and note in `tried` what was refused.

    The note lets a fixture fail the test even where the code under test swallowed the error.
    """

    def refuse(what: str) -> OutsideNetwork:
        tried.append(what)
        return OutsideNetwork(f"{what}: tests reach loopback and Unix sockets only; use a stand-in")

    def guard(method: str) -> None:
        real: Callable[..., Any] = getattr(socket.socket, method)

        def guarded(self: socket.socket, *args: Any) -> Any:
            address = args[-1] if args else None
            internet = self.family in {socket.AF_INET, socket.AF_INET6}
            if internet and isinstance(address, tuple) and not is_here(address[0]):
                raise refuse(f"{method} to {address[0]}:{address[1]}")
            return real(self, *args)

        patch.setattr(socket.socket, method, guarded)

    for method in ("connect", "connect_ex", "sendto"):
        guard(method)

    real_look_up = socket.getaddrinfo

    def look_up(host: str | bytes | None, *args: Any, **kwargs: Any) -> Any:
        if not is_here(host) and not _is_literal(host):
            raise refuse(f"look-up of {host!r}")
        return real_look_up(host, *args, **kwargs)

    patch.setattr(socket, "getaddrinfo", look_up)


def _is_literal(host: str | bytes | None) -> bool:
    try:
        ip_address(host.decode() if isinstance(host, bytes) else host or "")
    except ValueError:
        return False
    return True
