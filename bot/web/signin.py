"""Getting in and out of the console: links, codes, letters. A GET never lets anybody in."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.oidc import Oidc
from bot.web.session import HEADERS, Sessions, Visit, local, same, token
from commands.entering import Entrance, Look

WAIT = 5
"""Seconds after which a page that waits looks again."""


class SignInPages:
    """``/signin`` and what lies below it, and ``/signout``."""

    def __init__(
        self,
        entrance: Entrance,
        sessions: Sessions,
        frames: Frames,
        oidc: Oidc | None = None,
        *,
        mails: bool = False,
    ) -> None:
        self._entrance, self._sessions, self._frames = entrance, sessions, frames
        self._oidc, self._mails = oidc, mails

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.get("/signin", self.look),
            web.post("/signin", self.enter),
            web.post("/signin/code", self.ask_code),
            web.get("/signin/code", self.wait),
            web.post("/signin/code/enter", self.enter_by_code),
            web.post("/signin/letter", self.ask_letter),
            web.post("/signout", gate.signed(self.sign_out)),
            *(self._oidc.routes() if self._oidc is not None else ()),
        ]

    # the page, and links

    async def look(self, request: web.Request) -> web.Response:
        """The ways in; with a link, whom it lets in. Opening a link in a browser makes it that
        browser's alone; whoever only looks at it (a scanner) changes nothing."""
        secret = request.query.get("link", "")
        if not secret:
            into = local(request.query.get("next", "/"))
            return self._page(request, "signin.html", into=into, **self._ways())
        opens = _opens(request)
        caller = self._sessions.caller(request)
        fresh = web.Response()
        if opens:
            caller = _with(caller, self._sessions.know(request, fresh))
        offer = await self._entrance.look(secret, caller, claims=opens)
        if offer.look is not Look.OPEN or offer.person is None:
            elsewhere = offer.look is Look.ELSEWHERE
            return self._frames.plain("out.html", 410, used=not elsewhere, elsewhere=elsewhere)
        answer = self._frames.plain(
            "enter.html", person=offer.person, secret=secret, csrf=token(caller.browser)
        )
        _move_cookies(fresh, answer)
        return answer

    async def enter(self, request: web.Request) -> web.Response:
        """Use a link up."""
        values = await self._ours(request)
        if values is None:
            return self._foreign()
        answer = web.Response(status=303, headers=HEADERS)
        caller = _with(self._sessions.caller(request), self._sessions.know(request, answer))
        let_in = await self._entrance.enter(values.get("link", ""), caller)
        if let_in is None:
            return self._frames.plain("out.html", 410, used=True)
        return await self._in(request, answer, *let_in)

    async def _in(
        self, request: web.Request, answer: web.Response, cookie: str, into: str
    ) -> web.Response:
        """Signed in: the session that was there before at this browser ends."""
        before = request.cookies.get(self._sessions.cookie, "")
        if before:
            await self._entrance.sign_out(before, self._sessions.caller(request))
        answer.headers["Location"] = local(into)
        self._sessions.remember(answer, cookie)
        return answer

    # codes

    async def ask_code(self, request: web.Request) -> web.Response:
        """This browser waits for somebody to let it in from a chat."""
        values = await self._ours(request)
        if values is None:
            return self._foreign()
        answer = web.Response(status=303, headers={**HEADERS, "Location": "/signin/code"})
        caller = _with(self._sessions.caller(request), self._sessions.know(request, answer))
        await self._entrance.ask_code(caller, local(values.get("next", "/")))
        return answer

    async def wait(self, request: web.Request) -> web.Response:
        """The code, or that somebody let this browser in."""
        caller = self._sessions.caller(request)
        code, offer = await self._entrance.code(caller)
        if offer.look is Look.OVER:
            return self._page(request, "code.html", 410, code="", person=None)
        waits = offer.look is Look.WAITS
        answer = self._page(request, "code.html", code=code, person=offer.person)
        if waits:
            answer.headers["Refresh"] = str(WAIT)
        return answer

    async def enter_by_code(self, request: web.Request) -> web.Response:
        """Somebody let this browser in: go on."""
        if await self._ours(request) is None:
            return self._foreign()
        let_in = await self._entrance.enter_by_code(self._sessions.caller(request))
        if let_in is None:
            return self._page(request, "code.html", 410, code="", person=None)
        return await self._in(request, web.Response(status=303, headers=HEADERS), *let_in)

    # letters

    async def ask_letter(self, request: web.Request) -> web.Response:
        """A link by e-mail; the answer is the same whether the address is known."""
        values = await self._ours(request)
        if values is None or not self._mails:
            return self._foreign()
        answer = self._frames.plain("letter.html")
        caller = _with(self._sessions.caller(request), self._sessions.know(request, answer))
        address = values.get("email", "")[:320]
        await self._entrance.ask_letter(address, caller, local(values.get("next", "/")))
        return answer

    # out

    async def sign_out(self, request: web.Request, visit: Visit) -> web.Response:
        """End the session, here and on the server; and at the provider where there is one."""
        cookie = request.cookies.get(self._sessions.cookie, "")
        ended = await self._entrance.sign_out(cookie, self._sessions.caller(request))
        title, url = "", ""
        if ended is not None and self._oidc is not None:
            title, url = await self._oidc.logout(ended)
        answer = self._frames.plain("out.html", gone=True, there=title, there_url=url)
        self._sessions.forget(answer)
        return answer

    # the parts

    def _ways(self) -> dict[str, Any]:
        return {"providers": self._oidc.ways() if self._oidc else (), "mails": self._mails}

    def _page(
        self, request: web.Request, name: str, status: int = 200, **context: Any
    ) -> web.Response:
        """A page with forms, for a browser that is known from now on."""
        fresh = web.Response()
        mark = self._sessions.know(request, fresh)
        answer = self._frames.plain(name, status, csrf=token(mark), **context)
        _move_cookies(fresh, answer)
        return answer

    async def _ours(self, request: web.Request) -> dict[str, str] | None:
        """What a form of ours brought; None where it came from elsewhere. A browser that keeps
        quiet about where it comes from is judged by the token of its own mark."""
        if not self._sessions.is_ours(request):
            return None
        values = await form(request)
        if request.headers.get("Sec-Fetch-Site") == "same-origin":
            return values
        if request.headers.get("Origin") not in (None, "null"):
            return values
        mark = self._sessions.caller(request).browser
        return values if mark and same(values.get("csrf", ""), token(mark)) else None

    def _foreign(self) -> web.Response:
        return self._frames.plain("out.html", 403)


def _opens(request: web.Request) -> bool:
    """A browser goes to an address, as a person makes it do: not a program, not a look ahead."""
    ahead = request.headers.get("Sec-Purpose") or request.headers.get("Purpose")
    goes = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return request.method == "GET" and goes and not ahead


def _with(caller: Any, mark: str) -> Any:
    return type(caller)(caller.address, caller.agent, mark)


def _move_cookies(fresh: web.Response, answer: web.Response) -> None:
    for name, morsel in fresh.cookies.items():
        answer.cookies[name] = morsel
