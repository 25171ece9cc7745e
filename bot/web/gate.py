"""Getting in and out: sign-in links and sign-out. A GET never acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from aiohttp import web

from bot.web.acts import Acts
from bot.web.frame import Frames
from bot.web.peer import address
from bot.web.ports import Identities, Where
from bot.web.session import HEADERS, Sessions, Visit, is_part, same
from commands.errors import CommandError

Handler = Callable[[web.Request, Visit], Awaitable[web.StreamResponse]]
Plain = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FIELDS = 100


async def form(request: web.Request) -> dict[str, str]:
    """What a form brought; 415 and 400 for a body that is none."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(headers=HEADERS)
    body = await request.read()
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS
        )
    except ValueError:
        raise web.HTTPBadRequest(headers=HEADERS) from None
    return dict(pairs)


class Gate:
    """Lets people in, and nobody else."""

    def __init__(
        self,
        identity: Identities,
        settings: Where,
        sessions: Sessions,
        acts: Acts,
        frames: Frames,
    ) -> None:
        self._identity, self._settings = identity, settings
        self._sessions, self._acts, self._frames = sessions, acts, frames

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.get("/signin", self.look_at_link),
            web.post("/signin", self.sign_in),
            web.post("/signout", self.signed(self.sign_out)),
        ]

    def signed(self, handler: Handler) -> Plain:
        """Only for who is signed in; a POST must come from a page of ours."""

        async def run(request: web.Request) -> web.StreamResponse:
            visit = await self._sessions.visit(request)
            if visit is None:
                return self._stranger(request)
            if request.method == "POST" and not await self._is_ours(request, visit):
                return await self._foreign(request, visit)
            try:
                return await handler(request, visit)
            except CommandError as error:
                return await self._refused(request, visit, error)

        return run

    async def _is_ours(self, request: web.Request, visit: Visit) -> bool:
        told = (await form(request)).get("csrf", "")
        return self._sessions.is_ours(request) and same(told, visit.csrf)

    def _stranger(self, request: web.Request) -> web.Response:
        if is_part(request):
            return web.json_response({"out": True}, status=401, headers=HEADERS)
        return self._frames.plain("out.html", 401, url=self._settings.url)

    async def _foreign(self, request: web.Request, visit: Visit) -> web.Response:
        words = "That did not come from a page of this console, so nothing was done."
        if is_part(request):
            body = {"title": "Not done", "html": f"<p>{words}</p>"}
            return web.json_response(body, status=403, headers=HEADERS)
        return await self._frames.page(
            request, visit, "words.html", status=403, title="Not done", html=words, back="/"
        )

    async def _refused(
        self, request: web.Request, visit: Visit, error: CommandError
    ) -> web.Response:
        said = self._acts.words(error, visit)
        title = self._acts.title(error.status)
        if is_part(request):
            body = {"title": title, "html": str(said)}
            return web.json_response(body, status=error.status, headers=HEADERS)
        if error.status == 403:  # nothing of a page may be drawn for them
            return self._frames.plain("refused.html", 403, title=title, html=said)
        return await self._frames.page(
            request, visit, "words.html", status=error.status, title=title, html=said, back="/"
        )

    # sign in and out

    async def look_at_link(self, request: web.Request) -> web.Response:
        """What the link would do; whoever only looks (a mail scanner) uses nothing up."""
        secret = request.query.get("link", "")
        person = await self._identity.link_person(secret) if secret else None
        if person is None:
            return self._frames.plain("out.html", 410 if secret else 200, used=bool(secret))
        return self._frames.plain("signin.html", person=person, secret=secret)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Use the link up."""
        if not self._sessions.is_ours(request):
            return self._frames.plain("out.html", 403)
        secret = (await form(request)).get("link", "")
        session = await self._identity.redeem(secret, address(request)) if secret else None
        if session is None:
            return self._frames.plain("out.html", 410, used=True)
        answer = web.Response(status=303, headers={**HEADERS, "Location": "/"})
        self._sessions.remember(answer, session)
        return answer

    async def sign_out(self, request: web.Request, visit: Visit) -> web.Response:
        """End the session, here and on the server."""
        answer = self._frames.plain("out.html", gone=True)
        await self._sessions.end(request, answer)
        return answer
