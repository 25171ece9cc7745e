"""The guard on the network is itself a thing that can break."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.network import OutsideNetwork, is_here


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "a.localhost", ""])
def test_loopback_is_here(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "192.0.2.7", "2001:db8::1", "hooks.example.com"])
def test_everything_else_is_not(host: str) -> None:
    assert not is_here(host)


def test_a_socket_can_not_connect_outside(outside_calls: list[str]) -> None:
    with socket.socket() as leaving, pytest.raises(OutsideNetwork, match=r"192\.0\.2\.7:80"):
        leaving.connect(("192.0.2.7", 80))
    assert outside_calls == ["connect to 192.0.2.7:80"]
    outside_calls.clear()


def test_a_name_outside_is_not_looked_up(outside_calls: list[str]) -> None:
    with pytest.raises(OutsideNetwork, match=r"hooks\.example\.com"):
        socket.getaddrinfo("hooks.example.com", 443)
    outside_calls.clear()


async def test_the_event_loop_can_not_leave_either(outside_calls: list[str]) -> None:
    for host in ("192.0.2.7", "hooks.example.com"):
        with pytest.raises(OutsideNetwork):
            await asyncio.open_connection(host, 443)
    outside_calls.clear()


async def test_loopback_works_both_ways() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(b"here\n")
        assert await reader.readline() == b"here\n"
        writer.close()
        await writer.wait_closed()
