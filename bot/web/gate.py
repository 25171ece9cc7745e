"""Only who is signed in gets on, and a POST must come from a page of ours. A GET never acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, quote

from aiohttp import web

from bot.web.acts import Acts
from bot.web.frame import Frames
from bot.web.session import HEADERS, Sessions, Visit, is_part, local, same
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

    def __init__(self, sessions: Sessions, acts: Acts, frames: Frames) -> None:
        self._sessions, self._acts, self._frames = sessions, acts, frames

    def signed(self, handler: Handler) -> Plain:
        """Only for who is signed in; a POST must come from a page of ours."""

        async def run(request: web.Request) -> web.StreamResponse:
            visit = await self._sessions.visit(request)
            if visit is None:
                return self._stranger(request)
            if request.method == "POST" and not await self._is_ours(request, visit):
                return await self._foreign(request, visit)
            try:
                answer = await self._answer(handler, request, visit)
            except web.HTTPException as other:
                self._go_on(other, visit)
                raise
            self._go_on(answer, visit)
            return answer

        return run

    async def _answer(
        self, handler: Handler, request: web.Request, visit: Visit
    ) -> web.StreamResponse:
        try:
            return await handler(request, visit)
        except CommandError as error:
            return await self._refused(request, visit, error)

    def _go_on(self, answer: web.StreamResponse, visit: Visit) -> None:
        """The cookie with the session's new secret goes with the answer."""
        if visit.fresh and not answer.prepared and self._sessions.cookie not in answer.cookies:
            self._sessions.remember(answer, visit.fresh)

    async def _is_ours(self, request: web.Request, visit: Visit) -> bool:
        told = (await form(request)).get("csrf", "")
        return self._sessions.is_ours(request) and same(told, visit.csrf)

    def _stranger(self, request: web.Request) -> web.Response:
        if is_part(request):
            return web.json_response({"out": True}, status=401, headers=HEADERS)
        into = local(request.path_qs) if request.method == "GET" else "/"
        return self._frames.plain("out.html", 401, into=quote(into, safe=""))

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
