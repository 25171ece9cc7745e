"""Every address that is read, by who is signed in and may not see: nothing that is planted comes
out. A new address is read as well."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.app import App, prepare
from bot.settings import parse
from commands.context import Ctx
from commands.entering import rights_of
from store import access, sessions
from store.sessions import New
from tests.sight.conftest import YAML
from tests.sight.planted import PLANTED, PRIVATE, SHOWN, TITLE, planted
from tests.support.engines import begun
from tests.support.world import ObedientClock

STATUS = "status: {title: Example, components: {Vault: {match: 'service:vault'}}}\n"
ENDLESS = {"/events"}
"""A stream; what is told there has tests of its own."""
NAMES = {"id", "incident", "number", "alert"}
QUERY = f"?incident={PRIVATE}&q={TITLE}&status=all&filter=service%3Dvault"


class Reader:
    """A PixelView that listens, and one who is signed in there."""

    def __init__(self, app: App, port: int, headers: dict[str, str]) -> None:
        self.app, self.base, self.headers = app, f"http://127.0.0.1:{port}", headers

    def addresses(self) -> Iterator[str]:
        """Every address that is read, with the numbers of both incidents where it has any."""
        runner = self.app._runner
        assert runner is not None
        for route in runner.app.router.routes():
            if route.resource is None or route.method != "GET":
                continue
            path = route.resource.canonical
            if path in ENDLESS:
                continue
            for number in (PRIVATE, SHOWN) if "{" in path else (PRIVATE,):
                yield _addressed(path, number)


def _addressed(path: str, number: int) -> str:
    return re.sub(r"{(\w+)}", lambda m: _filled(m[1], number), path)


def _filled(name: str, number: int) -> str:
    return str(number) if name in NAMES else {"verb": "note", "kind": "route"}.get(name, "db")


async def listening(folder: Path, handle: str) -> tuple[App, Reader]:
    url = f"sqlite:///{folder}/pv.db"
    begun(url)
    settings = parse(YAML + STATUS, "x.yaml").model_copy(
        update={"database": url, "key_file": str(folder / "key")}
    )
    app = App(settings, await prepare(settings), ObedientClock())
    port = await app.start("127.0.0.1", 0)
    await planted(app.door)
    mark = "0" * 43
    new = New(
        handle, "slack", mark, "127.0.0.1", "a", rights_of(app.door.definitions().people[handle])
    )

    def enter(ctx: Ctx) -> tuple[str, str]:
        token = access.create_token(ctx.tx, ctx.now, "look", role="viewer")
        return sessions.begin(ctx.tx, ctx.now, new)[1], token

    cookie, token = await app.door.system(enter)
    cookies = {"Cookie": f"pv={cookie}; pv-browser={mark}"}
    return app, Reader(app, port, cookies | {"Authorization": f"Bearer {token}"})


@pytest.fixture
async def mei(tmp_path: Path) -> AsyncIterator[Reader]:
    """A viewer, in no team of the private incident."""
    app, reader = await listening(tmp_path, "mei")
    yield reader
    await app.stop()


@pytest.mark.slow
async def test_no_address_tells_what_is_hidden(mei: Reader) -> None:
    leaks, ok = [], 0
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for path in mei.addresses():
            for query in ("", QUERY):
                # what one asks for is said back
                asked = path + query
                get = http.get(mei.base + asked, headers=mei.headers, allow_redirects=False)
                async with get as answer:
                    said = (await answer.text(errors="replace")).casefold()
                ok += answer.status == 200
                assert answer.status < 500, (asked, said[:300])
                leaks += [f"{asked}: {w}" for w in PLANTED if w in said and w not in asked]
        assert ok > 20
        wrong = http.get(f"{mei.base}/api/incidents/999999", headers=mei.headers)
        there = http.get(f"{mei.base}/api/incidents/{PRIVATE}", headers=mei.headers)
        async with wrong as never, there as hidden:
            said = await hidden.text()
            assert (hidden.status, said.replace(str(PRIVATE), "999999")) == (
                404,
                await never.text(),
            )
    assert leaks == []
