"""Everything goes out one way: no client is made beside it, the environment names no proxy, and an
address that somebody else wrote leads to nothing of our own."""

from __future__ import annotations

import ast
import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot import wire
from bot.calendars.fetch import NoAnswer, fetch
from bot.calendars.settings import CalendarSettings
from bot.network_settings import OutsideSettings
from bot.oidc.errors import Unreachable
from bot.oidc.provider import Provider
from bot.signin_settings import OidcSettings
from bot.web.fetch import Fetcher
from bot.web.server import application, serve
from integrations import _push_crypto, _wire, webpush
from integrations._client import Client
from integrations._outside import Outside
from integrations.base import Malformed, Permanent
from store import tls
from tests.channels.messages import message
from tests.security.authority import Authority
from tests.support.pagers import Browser
from tests.support.world import ObedientClock

ROOT = Path(__file__).parents[2]
WAYS = {
    "integrations/_wire.py", "integrations/_outside.py", "bot/wire.py", "store/tls.py",
    "integrations/aws/clients.py",  # botocore speaks by urllib3; our authorities and proxy in it
    "integrations/kubernetes/signing.py",  # its client speaks by urllib3; our TLS and proxy in it
    "integrations/openstack/reach.py",  # keystoneauth speaks by requests; our TLS and proxy in it
    "integrations/stackstorm/reach.py",  # st2client speaks by requests; our TLS and proxy in it
    "bot/inventory/frames.py",  # a pair of sockets between the server and its worker
    "bot/record/forward.py",  # syslog over TLS, to the operator's receiver
}  # fmt: skip
"""Where connections and TLS contexts are made."""
MAKERS = {
    "httpx": {"AsyncClient", "Client", "get", "post", "put", "patch", "delete", "head", "options",
              "request", "stream", "AsyncHTTPTransport", "HTTPTransport"},
    "aiohttp": {"ClientSession", "request", "TCPConnector"},
    "ssl": {"SSLContext", "create_default_context", "_create_unverified_context"},
    "asyncio": {"open_connection"},
    "socket": {"create_connection"},
    "urllib.request": {"urlopen", "urlretrieve", "build_opener"},
    "requests": {"get", "post", "put", "request", "Session"},
}  # fmt: skip
CALLED = frozenset().union(*MAKERS.values())


def made(path: Path) -> Iterator[str]:
    """Every way out that a file makes by itself."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {each.asname or each.name: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in MAKERS:
            for each in node.names:
                if each.name in MAKERS[node.module]:
                    yield f"{path}:{node.lineno} from {node.module} import {each.name}"
    for node in nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in CALLED:
            module = names.get(ast.unparse(node.func.value), "")
            if node.func.attr in MAKERS.get(module, ()):
                yield f"{path}:{node.lineno} {ast.unparse(node.func)}"


def test_no_connection_is_made_beside_the_one_way_out() -> None:
    found = [
        each
        for folder in ("bot", "commands", "integrations", "store")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in WAYS
        for each in made(path)
    ]
    assert not found, "\n".join(found)


def test_that_look_sees_what_it_looks_for(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    for line in ("import httpx\nhttpx.AsyncClient()", "import httpx as h\nh.get('x')",
                 "from aiohttp import ClientSession", "import ssl\nssl.create_default_context()",
                 "import urllib.request\nurllib.request.urlopen('x')"):  # fmt: skip
        file.write_text(line, encoding="utf-8")
        assert list(made(file)), line


# ---- who may be asked ----------------------------------------------------------------------------

OURS = ("https://10.1.2.3/x", "https://169.254.169.254/latest", "https://[::1]/x",
        "https://2130706433/x", "https://[::ffff:192.168.0.1]/x")  # fmt: skip


@pytest.fixture(autouse=True)
def as_installed() -> Iterator[None]:
    """The settings of the process are as without any before and after."""
    wire.use(OutsideSettings())
    yield
    wire.use(OutsideSettings())


@pytest.mark.parametrize("url", OURS)
async def test_a_confirmation_that_a_webhook_asks_for_opens_nothing_of_ours(url: str) -> None:
    with pytest.raises(Malformed, match="is not asked"):
        await Fetcher().visit(url)


@pytest.mark.parametrize("url", OURS)
async def test_a_certificate_that_a_webhook_names_is_not_fetched_from_ours(url: str) -> None:
    assert await Fetcher().contents([url]) == {url: None}


@pytest.mark.parametrize("url", OURS)
async def test_a_calendar_of_ours_is_not_read(url: str) -> None:
    with pytest.raises(NoAnswer):
        await fetch(url, CalendarSettings())


@pytest.mark.parametrize("url", OURS[:3])
async def test_a_browser_names_no_push_service_of_ours(url: str) -> None:
    browser = Browser(url)
    settings = {"private_key": _push_crypto.new_key(), "now": lambda: 0, "services": ["*"]}
    pager = webpush.connect(settings)
    with pytest.raises(Permanent, match="is not asked"):
        await pager.page(json.dumps(browser.subscription()), message())
    await pager.close()


async def test_a_provider_of_sign_ins_leads_nowhere_else_of_ours() -> None:
    """What it says of itself names another address of this machine."""
    asked: list[str] = []

    async def keys(request: web.Request) -> web.Response:
        asked.append(request.host)
        return web.json_response({"keys": []})

    async def says(request: web.Request) -> web.Response:
        own = f"http://{request.host}"
        other = f"http://127.0.0.2:{request.host.rpartition(':')[2]}"
        return web.json_response({
            "issuer": own, "authorization_endpoint": own, "token_endpoint": own,
            "jwks_uri": other + "/keys",
        })  # fmt: skip

    routes = [web.get("/.well-known/openid-configuration", says), web.get("/keys", keys)]
    runner, port = await serve(application(routes, 1024), "127.0.0.1", 0)
    settings = OidcSettings(issuer=f"http://127.0.0.1:{port}", client_id="pv", client_secret="x")
    provider = Provider("acme", settings, "http://127.0.0.1:1", ObedientClock())
    try:
        assert await provider.metadata()
        with pytest.raises(Unreachable, match="private network"):
            await provider._jwks(anew=True)
    finally:
        await runner.cleanup()
    assert not asked


# ---- how -----------------------------------------------------------------------------------------


class Forward:
    """A forward proxy that notes what it is asked for and answers by itself."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b"\r\n")[0].decode())
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        writer.write(b"HTTP/1.1 502 No\r\n\r\n" if head.startswith(b"CONNECT") else answer)
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Forward]:
    made = Forward()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


@pytest.fixture
async def here() -> AsyncIterator[str]:
    async def there(request: web.Request) -> web.Response:
        return web.Response(text="there")

    runner, port = await serve(application([web.get("/", there)], 1024), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{port}/"
    await runner.cleanup()


async def test_no_proxy_of_the_environment_is_asked(
    here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    client = Client("It")
    assert (await client.send("GET", here)).text == "there"
    await client.close()
    async with (
        wire.session(here, aiohttp.ClientTimeout(5)) as session,
        session.get(here) as answer,
    ):
        assert await answer.text() == "there"
    assert (await asyncio.to_thread(_wire.post, here)).status_code == 405


async def test_the_proxy_of_the_settings_is_asked_for_the_world_alone(
    here: str, proxy: Forward
) -> None:
    wire.use(OutsideSettings(proxy=proxy.url, allow=("*.corp.example",)))
    client = Client("It")
    assert (await client.send("GET", "http://hooks.example.com/x")).text == "ok"
    assert (await client.send("GET", here)).text == "there"
    await client.close()
    assert proxy.asked == ["GET http://hooks.example.com/x HTTP/1.1"]
    base = "http://api.example.com"
    async with (
        wire.session(base, aiohttp.ClientTimeout(5)) as session,
        session.get(f"{base}/y") as answer,
    ):
        assert await answer.text() == "ok"
    assert proxy.asked[1:] == ["GET http://api.example.com/y HTTP/1.1"]
    for near in ("http://wiki.corp.example/", "http://10.1.2.3/", "http://prometheus:9090/",
                 "http://localhost/", "http://[fd00::1]/"):  # fmt: skip
        assert wire.proxy(near) is None, near
    assert wire.proxy("https://8.8.8.8/") == proxy.url


async def test_the_guard_stands_before_the_proxy_too(proxy: Forward) -> None:
    async def names(host: str, port: int) -> list[str]:
        return ["10.0.0.1"] if host.startswith("inner") else ["93.184.216.34"]

    guard = Outside(proxy=proxy.url, lookup=names)
    client = Client("It", guard=guard)
    for url in (*OURS, "https://inner.example.com/"):
        with pytest.raises(Permanent):
            await client.send("GET", url)
    assert not proxy.asked
    with pytest.raises(Exception, match="can't be reached"):
        await client.send("GET", "https://outer.example.com/")
    await client.close()
    assert proxy.asked == ["CONNECT outer.example.com:443 HTTP/1.1"]


async def test_an_authority_of_the_settings_is_believed_on_every_way(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.pair("127.0.0.1")

    async def there(request: web.Request) -> web.Response:
        return web.Response(text="there")

    app = application([web.get("/", there)], 1024)
    runner, port = await serve(app, "127.0.0.1", 0, tls.server(pair.cert, pair.key))
    url = f"https://127.0.0.1:{port}/"

    async def seen() -> list[bool]:
        found = []
        client = Client("It")
        guarded = Client("It", guard=_wire.outside().also(["127.0.0.1"]))
        for each in (client, guarded):
            try:
                found.append((await each.send("GET", url)).text == "there")
            except Exception:  # noqa: BLE001  refused, which is what is asked
                found.append(False)
            await each.close()
        async with wire.session(url, aiohttp.ClientTimeout(5)) as session:
            try:
                async with session.get(url) as answer:
                    found.append(await answer.text() == "there")
            except aiohttp.ClientError:
                found.append(False)
        return found

    assert await seen() == [False, False, False]
    wire.use(OutsideSettings(ca_file=str(authority.root)))
    assert await seen() == [True, True, True]
    assert tls.trust().verify_mode is ssl.CERT_REQUIRED
    await runner.cleanup()


@pytest.mark.parametrize("value", ["proxy.example.eu:3128", "socks5://x:1", "http://", "nonsense"])
def test_a_proxy_is_an_address(value: str) -> None:
    with pytest.raises(ValueError, match="proxy"):
        OutsideSettings(proxy=value)
