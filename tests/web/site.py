"""A whole PixelView whose console listens on loopback, and visitors who use it over HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from bot.app import App
from bot.settings import Settings
from bot.web.console import Console, connect
from bot.web.server import application, serve
from commands.context import Ctx
from commands.entering import rights_of
from store import access, sessions
from store.sessions import New
from tests.support.world import YAML, World

PART = {"X-Requested-With": "pixelview"}
SAME = {"Sec-Fetch-Site": "same-origin"}


class Site:
    """The world, where it listens, and its visitors."""

    def __init__(self, world: World, console: Console, port: int) -> None:
        self.world, self.console = world, console
        self.url = f"http://127.0.0.1:{port}"
        self.visitors: list[Visitor] = []

    @classmethod
    async def build(cls, url: str, keys: Path, yaml: str = YAML, address: str = "") -> Site:
        """Listening on a free port; ``address`` is the public base address."""
        return await cls.of(await World.build(url, keys, yaml), address)

    @classmethod
    async def of(cls, world: World, address: str = "") -> Site:
        """The console of a world that is there."""
        whole: App = world.app
        settings: Settings = whole.settings
        if address:
            whole.settings = settings.model_copy(update={"url": address})
        app = application([*whole.hooks.routes(), *whole.health.routes()], 1 << 20)
        console = connect(app, whole)
        whole._runner, port = await serve(app, "127.0.0.1", 0)
        await whole.changes.start()
        return cls(world, console, port)

    async def end(self) -> None:
        """Everybody leaves; it stops."""
        for visitor in self.visitors:
            await visitor.leave()
        await self.world.end()

    async def link(self, handle: str = "ana") -> str:
        """The secret of a new sign-in link."""
        return await self.world.app.identity.entrance.link(handle, "slack")

    def stranger(self) -> Visitor:
        """Somebody with an empty cookie jar."""
        visitor = Visitor(self)
        self.visitors.append(visitor)
        return visitor

    async def visitor(self, handle: str = "ana") -> Visitor:
        """Somebody signed in."""
        visitor, door = self.stranger(), self.world.door
        person = door.definitions().people[handle]
        mark = f"{len(self.visitors):043}"
        new = New(handle, "slack", mark, "127.0.0.1", "a test", rights_of(person))

        def begin(ctx: Ctx) -> str:
            return sessions.begin(ctx.tx, ctx.now, new)[1]

        visitor.keeps(pv=await door.system(begin), **{"pv-browser": mark})
        return visitor

    async def token(self) -> str:
        """An intake token for Alertmanager."""

        def make(ctx: Ctx) -> str:
            source = access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
            return access.create_token(ctx.tx, ctx.now, "rig", source_id=source.id)

        return await self.world.door.system(make)


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text

    @property
    def words(self) -> str:
        """What is read: no tags, single spaces."""
        body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", self.text, flags=re.DOTALL)
        body = re.sub(r"<(select|dialog)\b.*?</\1>", " ", body, flags=re.DOTALL)
        plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
        return re.sub(r" ([.,:)])", r"\1", plain).replace("&#39;", "'").replace("&#34;", '"')

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        found: list[str] = getattr(self.headers, "getall", lambda _, d: d)(name, [])
        return found

    @property
    def location(self) -> str:
        """Where it sends one."""
        return self.headers.get("Location", "")

    def rows(self) -> list[int]:
        """The incidents of a list, in order."""
        return [int(n) for n in re.findall(r'<li class="row[^"]*" id="r-(\d+)"', self.text)]

    def headings(self) -> list[str]:
        """The groups of a list with their counts."""
        found = re.findall(
            r'<h2 id="h-[^"]*"><bdi>(.*?)</bdi> <span class="count">(\d+)', self.text
        )
        return [f"{title} {count}" for title, count in found]

    def fields(self, action: str) -> dict[str, str]:
        """The hidden fields of the first form with that action."""
        form = re.search(
            rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', self.text, re.DOTALL
        )
        assert form, f"no form for {action}"
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1]))


class Visitor:
    """A browser without JavaScript; ``part`` speaks as the console's own script does."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    def keeps(self, **cookies: str) -> None:
        """It has these cookies."""
        self.session.cookie_jar.update_cookies(cookies, URL(self._site.url))

    async def leave(self) -> None:
        """Close it."""
        await self.session.close()

    async def get(self, path: str, **headers: str) -> Answer:
        """One GET; redirects are not followed."""
        async with self.session.get(
            self._site.url + path, headers=headers, allow_redirects=False
        ) as answer:
            text = (await answer.read()).decode("utf-8", "replace")
            return Answer(answer.status, answer.headers, text)

    async def post(
        self, path: str, values: Mapping[str, str], headers: Mapping[str, str] = SAME
    ) -> Answer:
        """One POST of a form."""
        async with self.session.post(
            self._site.url + path, data=dict(values), headers=headers, allow_redirects=False
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.text())

    async def csrf(self) -> str:
        """The token a form must bring."""
        page = await self.get("/oncall")
        found = re.search(r'data-csrf="([^"]+)"', page.text)
        assert found
        return found[1]

    async def does(self, verb: str, incident: int | None = None, **values: Any) -> Answer:
        """Send a verb's form as a browser without JavaScript does."""
        given = {k: str(v) for k, v in values.items()}
        if incident is not None:
            given["incident"] = str(incident)
        return await self.post(f"/do/{verb}", {"csrf": await self.csrf(), **given})

    async def types(self, text: str, **values: str) -> Answer:
        """Type a line into the box."""
        return await self.post("/type", {"csrf": await self.csrf(), "text": text, **values})

    def cookies(self) -> dict[str, str]:
        """What is kept for the console."""
        return {
            m.key: m.value
            for m in self.session.cookie_jar.filter_cookies(URL(self._site.url)).values()
        }
