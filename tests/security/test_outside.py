"""What strangers and people write leads nowhere inside our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web

from bot.web.server import application, serve
from integrations._outside import METADATA, Barred, Outside

HTTP = "http://127.0.0.1"
BARRED = [
    "https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f000001/",
    "https://0177.0.0.1/", "https://127.1/", "https://0x7f.1/", "https://127.0.0.1./",
    "https://[::1]/", "https://[::]/", "https://0.0.0.0/", "https://10.1.2.3/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://198.18.0.1/",
    "https://169.254.169.254/latest/meta-data", "https://[fd00:ec2::254]/", "https://[fe80::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::a9fe:a9fe]/", "https://[2002:7f00:1::]/",
    "https://[fec0::1]/", "https://168.63.129.16/", "https://100.100.100.200/",
    "https://224.0.0.1/", "https://255.255.255.255/", "https://8.8.8.8:6379/",
    "https://8.8.8.8:22/", "http://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/",
    "ftp://8.8.8.8/", "https:///x", "https://", "//8.8.8.8/", "", "https://user@127.0.0.1/",
    "https://8.8.8.8@127.0.0.1/", "https://[fe80::1%25eth0]/",
]  # fmt: skip


@pytest.mark.parametrize("url", BARRED)
async def test_no_spelling_of_an_address_of_our_own_is_asked(url: str) -> None:
    with pytest.raises(Barred) as refused:
        await Outside().addresses(url)
    assert not url or url not in str(refused.value)


async def test_the_world_is_asked() -> None:
    for url in ("https://8.8.8.8/", "https://8.8.8.8:8443/x", "https://[2a00:1450::1]/"):
        assert await Outside().addresses(url)


class Names:
    """A name server whose answers change from one question to the next."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


async def test_one_inner_address_among_others_bars_the_host() -> None:
    with pytest.raises(Barred, match="private network"):
        await Outside(lookup=Names(["8.8.8.8", "10.0.0.1"])).addresses("https://a.example/")


async def test_what_is_allowed_is_asked_and_nothing_beside_it() -> None:
    ours = Outside(["10.2.0.0/16", "wiki.example", "*.corp.example"], lookup=Names(["10.2.0.9"]))
    assert await ours.addresses("https://anything.example:5432/") == ["10.2.0.9"]
    ours = Outside(["10.2.0.0/16", "wiki.example", "*.corp.example"], lookup=Names(["10.3.0.9"]))
    for url in ("https://wiki.example/", "http://a.corp.example/", "https://WIKI.example./"):
        assert await ours.addresses(url)
    for url in ("https://other.example/", "https://corp.example/", "https://wiki.example.evil/"):
        with pytest.raises(Barred):
            await ours.addresses(url)


@pytest.mark.parametrize("address", [str(each) for each in METADATA])
async def test_a_machines_keys_are_not_given_by_an_allowed_network(address: str) -> None:
    for allow in (["0.0.0.0/0", "::/0"], ["evil.example"]):
        with pytest.raises(Barred):
            await Outside(allow, lookup=Names([address])).addresses("https://evil.example/")
    assert await Outside([address], lookup=Names([address])).addresses("https://evil.example/")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def go(request: web.Request) -> web.Response:
        if target := request.query.get("to"):
            raise web.HTTPFound(target)
        return web.Response(text=request.host)

    runner, port = await serve(application([web.get("/", go)], 1024), "127.0.0.1", 0)
    yield port
    await runner.cleanup()


async def test_a_name_is_asked_for_once_and_what_was_looked_at_is_connected_to(port: int) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with Outside(["127.0.0.1/32"], lookup=names).client(insecure=True) as client:
        answer = await client.get(f"http://pv.example:{port}/")
        assert (answer.text, names.asked) == (f"pv.example:{port}", 1)
        with pytest.raises(Barred):  # it moved on to another address since
            await client.get(f"http://pv.example:{port}/")


async def test_a_redirect_is_looked_at_like_the_first_address(port: int) -> None:
    ours = Outside(["127.0.0.1/32"])
    async with ours.client(insecure=True, follow_redirects=True) as client:
        for target in ("http://169.254.169.254/", "http://127.0.0.2/", "http://[::1]/"):
            with pytest.raises(Barred):
                await client.get(f"{HTTP}:{port}/?to={target}")


async def test_the_next_address_is_tried_where_the_first_is_silent(port: int) -> None:
    ours = Outside(["127.0.0.0/8", "::1"], lookup=Names(["::1", "127.0.0.1"]))
    async with ours.client(insecure=True) as client:
        assert (await client.get(f"http://pv.example:{port}/")).status_code == 200


async def test_no_proxy_of_the_environment_is_used(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with Outside(["127.0.0.1"]).client(insecure=True) as client:
        assert (await client.get(f"{HTTP}:{port}/")).status_code == 200
