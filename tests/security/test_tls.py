"""The server's own TLS: what it speaks, how it renews its certificate, and where it must."""

from __future__ import annotations

import datetime as dt
import logging
import ssl
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from pydantic import ValidationError

from bot.network_settings import NetworkSettings, TlsSettings, is_loopback, refusal
from bot.tls import Certificate, Unusable
from bot.web.safety import Safety
from bot.web.server import application, redirect, serve
from store import tls
from tests.security.authority import Authority, Pair
from tests.support.world import ObedientClock

HOST = "127.0.0.1"
NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def certificate(pair: Pair, minimum: str = "1.2") -> Certificate:
    settings = TlsSettings.model_validate(
        {"cert": str(pair.cert), "key": str(pair.key), "min": minimum}
    )
    return Certificate(settings, ObedientClock(int(NOW.timestamp() * 1000)))


class Server:
    """It speaks TLS by a certificate that may change."""

    def __init__(self, shown: Certificate, port: int, root: Path) -> None:
        self.shown, self.port = shown, port
        self.trust = tls.private(str(root))

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/"

    async def serial(self, http: aiohttp.ClientSession) -> tuple[int, str]:
        """The number of the certificate of this answer's connection, and the version of TLS."""
        async with http.get(self.url, ssl=self.trust) as answer:
            body = await answer.text()
            return int(body), answer.headers["Strict-Transport-Security"]


async def _serial(request: web.Request) -> web.Response:
    assert request.transport is not None
    found = request.transport.get_extra_info("ssl_object")
    return web.Response(text=str(id(found.context)))


@pytest.fixture
async def server(authority: Authority) -> AsyncIterator[Server]:
    shown = certificate(authority.pair(HOST, file="site"))
    app = application([web.get("/", _serial)], 1024, safety=Safety(hsts=600))
    runner, port = await serve(app, HOST, 0, shown.context)
    yield Server(shown, port, authority.root)
    await runner.cleanup()


def put(pair: Pair, cert: Path, key: Path) -> None:
    """As ACME clients do it: each file whole, under its name at once."""
    cert.replace(pair.cert)
    key.replace(pair.key)


async def test_a_renewed_certificate_is_shown_to_new_connections_and_drops_none(
    server: Server, authority: Authority
) -> None:
    old = Pair(authority.root.parent / "site.pem", authority.root.parent / "site.key")
    async with aiohttp.ClientSession() as staying, aiohttp.ClientSession() as coming:
        first, hsts = await server.serial(staying)
        assert hsts == "max-age=600"
        assert not server.shown.look()
        fresh = authority.pair(HOST, file="new")
        put(old, fresh.cert, fresh.key)
        assert server.shown.look()
        assert (await server.serial(staying))[0] == first  # on the connection it had
        assert (await server.serial(coming))[0] != first
        assert not server.shown.look()


async def test_a_broken_pair_leaves_the_one_before_and_says_so_once(
    server: Server, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    folder = authority.root.parent
    cert, key = folder / "site.pem", folder / "site.key"
    good = cert.read_bytes()
    other = authority.pair(HOST, file="other")
    for broken in (b"", b"nonsense", other.cert.read_bytes()):
        cert.write_bytes(broken)
        assert not server.shown.look()
        ok, words = server.shown.health()
        assert not ok
        assert "the one before stays" in words
        async with aiohttp.ClientSession() as http:
            await server.serial(http)
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        assert not server.shown.look()
    assert not caplog.records  # it is said once
    cert.unlink()
    assert not server.shown.look()
    cert.write_bytes(good)
    assert server.shown.look()
    assert server.shown.health()[0]
    assert key.exists()


async def test_old_versions_of_tls_are_not_spoken(server: Server) -> None:
    server.trust.maximum_version = ssl.TLSVersion.TLSv1_2
    async with aiohttp.ClientSession() as http:
        await server.serial(http)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.trust.minimum_version = ssl.TLSVersion.TLSv1
        server.trust.maximum_version = ssl.TLSVersion.TLSv1_1
    server.trust.set_ciphers("ALL:@SECLEVEL=0")
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await server.serial(http)


async def test_only_ciphers_with_forward_secrecy_are_spoken(server: Server) -> None:
    server.trust.maximum_version = ssl.TLSVersion.TLSv1_2
    server.trust.set_ciphers("AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA")
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await server.serial(http)


async def test_where_it_is_asked_for_only_tls_13_is_spoken(authority: Authority) -> None:
    shown = certificate(authority.pair(HOST), "1.3")
    runner, port = await serve(application([], 1024), HOST, 0, shown.context)
    try:
        trust = tls.private(str(authority.root))
        trust.maximum_version = ssl.TLSVersion.TLSv1_2
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.ClientConnectorError):
                await http.get(f"https://{HOST}:{port}/", ssl=trust)
    finally:
        await runner.cleanup()


def test_a_certificate_that_ends_soon_is_told(authority: Authority) -> None:
    soon = NOW + dt.timedelta(days=3)
    assert not certificate(authority.pair(HOST, until=soon)).health()[0]
    ended = NOW - dt.timedelta(days=3)
    assert "it ended on" in certificate(authority.pair(HOST, until=ended)).health()[1]


def test_what_can_not_be_used_is_said_at_the_start(authority: Authority, tmp_path: Path) -> None:
    one, two = authority.pair(HOST), authority.pair(HOST)
    with pytest.raises(Unusable, match="key values mismatch"):
        certificate(Pair(one.cert, two.key))
    with pytest.raises(Unusable, match="No such file"):
        certificate(Pair(tmp_path / "none.pem", two.key))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "pv.example.eu"])
def test_plain_http_that_others_can_read_is_not_spoken_unless_told(host: str) -> None:
    why = refusal(NetworkSettings(), host)
    assert why is not None
    for way in ("tls:", "trusted_proxies:", "--host 127.0.0.1", "--insecure"):
        assert way in why
    said: list[dict[str, object]] = [
        {"allow_plain_http": True}, {"trusted_proxies": ["10.0.0.0/8"]},
        {"tls": {"cert": "a", "key": "b"}},
    ]  # fmt: skip
    for settings in said:
        assert refusal(NetworkSettings.model_validate(settings), host) is None


def test_on_this_machine_alone_plain_http_is_fine() -> None:
    for host in ("127.0.0.1", "127.0.0.9", "::1", "localhost"):
        assert is_loopback(host)
        assert refusal(NetworkSettings(), host) is None


def test_nobody_trusts_the_whole_world_as_proxy() -> None:
    for everybody in ("0.0.0.0/0", "::/0"):
        with pytest.raises(ValidationError, match="everybody"):
            NetworkSettings(trusted_proxies=(everybody,))


async def test_browsers_are_led_to_https_and_machines_are_not() -> None:
    runner, port = await redirect("https://pv.example.eu", HOST, 0)
    try:
        async with aiohttp.ClientSession() as http:
            there = await http.get(f"http://{HOST}:{port}/i/7?a=b", allow_redirects=False)
            assert there.status == 308
            assert there.headers["Location"] == "https://pv.example.eu/i/7?a=b"
            for path in ("/in/alertmanager/t", "/api/incidents", "/beat/x"):
                for ask in (http.get, http.post):
                    told = await ask(f"http://{HOST}:{port}{path}", allow_redirects=False)
                    assert told.status == 403
                    assert "Location" not in told.headers
    finally:
        await runner.cleanup()
