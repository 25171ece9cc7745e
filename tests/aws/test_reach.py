"""How AWS is reached: by the proxy and with the authorities of the settings, within time limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations import _wire, aws
from integrations._outside import Outside
from integrations.base import Connector, Misconfigured, Transient
from store import tls
from tests.security.authority import Authority

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ME = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>x</UserId>
<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: "


class Listener:
    """Answers everything as STS would, or nothing at all; keeps the first line of what it got."""

    def __init__(self, silent: bool = False) -> None:
        self.silent = silent
        self.heard: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        line = await reader.readline()
        self.heard.append(line.decode().strip())
        if not self.silent:
            while (head := await reader.readline()) not in (b"\r\n", b""):
                if head.lower().startswith(b"content-length:"):
                    length = int(head.split(b":")[1])
            if line.startswith(b"CONNECT"):
                writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
            else:
                await reader.readexactly(length)
                writer.write(ANSWER + str(len(ME)).encode() + b"\r\n\r\n" + ME)
            await writer.drain()
        else:
            await reader.read()
        writer.close()


@pytest.fixture(autouse=True)
def as_installed() -> Iterator[None]:
    """No proxy, no authorities of our own, before and after."""
    yield
    _wire.use(Outside())
    tls.believe()


@pytest.fixture
async def listening() -> AsyncIterator[Any]:
    """Starts listeners; they end with the test."""
    servers: list[asyncio.Server] = []

    async def start(one: Listener, context: Any = None) -> int:
        servers.append(await asyncio.start_server(one.talk, "127.0.0.1", 0, ssl=context))
        port: int = servers[-1].sockets[0].getsockname()[1]
        return port

    yield start
    for each in servers:
        each.close()
        await each.wait_closed()


async def asked(**settings: Any) -> list[str]:
    """The names of the parts, from a connector that is closed again."""
    connector: Connector = aws.inventory("x", {
        "access_key": "a", "secret_key": "b", "regions": ["eu-west-1"], "connect_timeout": 2,
        **settings,
    })  # fmt: skip
    try:
        return [each.name for each in await connector.parts()]
    finally:
        await connector.close()


async def test_the_proxy_of_the_settings_is_asked_and_the_environments_is_not(
    listening: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    proxy, there = Listener(), Listener()
    _wire.use(Outside(proxy=f"http://127.0.0.1:{await listening(proxy)}"))
    assert await asked(endpoint_url=f"http://127.0.0.1:{await listening(there)}")
    assert not proxy.heard
    with pytest.raises(Transient):
        await asked()
    heard = {each.rpartition(" ")[0] for each in proxy.heard}
    assert heard == {"CONNECT sts.us-east-1.amazonaws.com:443"}


async def test_only_the_authorities_of_the_settings_are_believed(
    listening: Any, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    pair = authority.pair("127.0.0.1")
    port = await listening(Listener(), tls.server(pair.cert, pair.key))
    url = f"https://127.0.0.1:{port}"
    with pytest.raises(Transient, match="certificate is not trusted"):
        await asked(endpoint_url=url)
    assert await asked(endpoint_url=url, ca_file=str(authority.root))
    tls.believe(str(authority.root))
    assert await asked(endpoint_url=url)
    with pytest.raises(Misconfigured, match="there is no file"):
        await asked(endpoint_url=url, ca_file=str(tmp_path / "none.pem"))


async def test_who_says_nothing_is_not_waited_for(listening: Any) -> None:
    silent = Listener(silent=True)
    port = await listening(silent)
    with pytest.raises(Transient, match="no answer in time"):
        await asked(endpoint_url=f"http://127.0.0.1:{port}", read_timeout=0.5)
    assert 1 < len(silent.heard) <= 5
