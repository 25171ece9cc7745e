"""Signing in with a provider: there, and back with an answer that this very browser asked for."""

from __future__ import annotations

import base64
import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from bot.cards import words
from bot.oidc.errors import Refused, Unreachable
from bot.oidc.provider import Answer, Provider
from bot.web.frame import Frames
from bot.web.gate import form
from bot.web.session import HEADERS, Sessions, local
from commands.entering import Caller, Entrance
from commands.providers import Matching, NotOurs, Providers
from store.clock import MINUTE, Clock
from store.crypto import Damaged, Ring
from store.sessions import Session

log = logging.getLogger("pixelview.oidc")

LIFE = 10 * MINUTE
_TABLE, _ROW = "oidc", "question"


class Oidc:
    """``/signin/oidc/<name>``: what was asked is kept by the browser, sealed."""

    def __init__(
        self,
        providers: Sequence[Provider],
        entering: Providers,
        entrance: Entrance,
        sessions: Sessions,
        frames: Frames,
        ring: Ring,
        clock: Clock,
    ) -> None:
        self._providers = {p.name: p for p in providers}
        self._entering, self._entrance = entering, entrance
        self._sessions, self._frames, self._ring, self._clock = sessions, frames, ring, clock
        self._cookie = "__Host-pv-oidc" if sessions.secure else "pv-oidc"

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.get("/signin/oidc/{name}", self.start),
            web.get("/signin/oidc/{name}/callback", self.back),
            web.post("/signin/oidc/{name}/logout", self.signed_out),
        ]

    def ways(self) -> list[dict[str, str]]:
        """What the sign-in page offers."""
        return [{"name": p.name, "title": words.clean(p.title)} for p in self._providers.values()]

    async def start(self, request: web.Request) -> web.Response:
        """Go to the provider."""
        provider = self._provider(request)
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return self._sorry(provider, "Begin at the sign-in page.", 403)
        try:
            asked = await provider.question()
        except Unreachable as error:
            log.warning("%s can't be asked: %s", provider.name, error)
            return self._sorry(provider, f"{provider.title} does not answer. Try again.", 502)
        answer = web.Response(status=303, headers={**HEADERS, "Location": asked.url})
        mark = self._sessions.know(request, answer)
        kept = {
            "provider": provider.name, "state": asked.state, "nonce": asked.nonce,
            "verifier": asked.verifier, "next": local(request.query.get("next", "/")),
            "mark": mark, "until": self._clock.now() + LIFE,
        }  # fmt: skip
        answer.set_cookie(
            self._cookie, self._sealed(kept), max_age=LIFE // 1000, path="/", httponly=True,
            secure=self._sessions.secure, samesite="Lax",
        )  # fmt: skip
        return answer

    async def back(self, request: web.Request) -> web.Response:
        """The provider's answer, brought by the browser that asked."""
        provider = self._provider(request)
        way, caller = way_of(provider), self._sessions.caller(request)
        try:
            asked = self._asked(request, provider, caller)
            found = await self._found(request, provider, asked, caller)
            told = {"id_token": found.id_token}
            if isinstance(sid := found.claims.get("sid"), str):
                told["sid"] = sid
            cookie = await self._entering.enter(way, found.claims, told, caller)
        except Refused as error:
            log.warning("an answer of %s is refused: %s", provider.name, error)
            await self._entering.denied(way, str(error), caller)
            return self._over(
                self._sorry(provider, "That answer does not count. Begin again.", 403)
            )
        except NotOurs as error:
            await self._entering.denied(way, str(error), caller)
            return self._over(self._sorry(provider, str(error), 403))
        except Unreachable as error:
            log.warning("%s does not answer well: %s", provider.name, error)
            return self._over(
                self._sorry(provider, f"{provider.title} does not answer. Try again.", 502)
            )
        before = request.cookies.get(self._sessions.cookie, "")
        if before:
            await self._entrance.sign_out(before, caller)
        answer = web.Response(status=303, headers={**HEADERS, "Location": local(asked["next"])})
        self._sessions.remember(answer, cookie)
        return self._over(answer)

    async def _found(
        self, request: web.Request, provider: Provider, asked: dict[str, Any], caller: Caller
    ) -> Answer:
        query = request.query
        await provider.check_issuer(query.get("iss"))
        if not await self._entering.once(asked["state"], caller):
            raise Refused("it came before")
        if "error" in query:
            said = words.cut(words.clean(query["error"]), 60)
            raise NotOurs(f"{provider.title} did not let you in: {said}.")
        if not query.get("code"):
            raise Refused("it brings no code")
        return await provider.answer(query["code"], asked["nonce"], asked["verifier"])

    def _asked(self, request: web.Request, provider: Provider, caller: Caller) -> dict[str, Any]:
        """What this browser asked that provider a moment ago; Refused."""
        asked = self._opened(request.cookies.get(self._cookie, ""))
        if asked is None or asked["provider"] != provider.name:
            raise Refused("this browser did not ask")
        if asked["until"] < self._clock.now():
            raise Refused("it was asked too long ago")
        state = request.query.get("state", "")
        if not hmac.compare_digest(state.encode(), asked["state"].encode()):
            raise Refused("it answers another question (state)")
        if not hmac.compare_digest(caller.browser.encode(), asked["mark"].encode()):
            raise Refused("another browser asked")
        return asked

    # the provider says that somebody signed out there

    async def signed_out(self, request: web.Request) -> web.Response:
        """Back-channel logout: the sessions of whom it names end."""
        provider = self._provider(request)
        token = (await form(request)).get("logout_token", "")
        headers = {"Cache-Control": "no-store"}
        try:
            claims = await provider.signed_out(token)
        except Refused as error:
            log.warning("a word of %s is refused: %s", provider.name, error)
            body = {"error": "invalid_request"}
            return web.json_response(body, status=400, headers=headers)
        except Unreachable:
            return web.json_response({"error": "temporary"}, status=503, headers=headers)
        sub, sid = claims.get("sub") or "", claims.get("sid") or ""
        await self._entering.signed_out(way_of(provider), str(sub), str(sid), claims["jti"])
        return web.Response(status=200, headers=headers)

    async def logout(self, ended: Session) -> tuple[str, str]:
        """The name of the provider of a session, and where one signs out there."""
        provider = self._providers.get(ended.told.get("provider", ""))
        hint = ended.told.get("id_token", "")
        if provider is None or not hint:
            return "", ""
        return words.clean(provider.title), await provider.logout_url(hint)

    # the parts

    def _provider(self, request: web.Request) -> Provider:
        found = self._providers.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(headers=HEADERS)
        return found

    def _sorry(self, provider: Provider, said: str, status: int) -> web.Response:
        title = f"Not signed in with {words.clean(provider.title)}"
        return self._frames.plain("sorry.html", status, title=title, said=words.clean(said))

    def _over(self, answer: web.Response) -> web.Response:
        answer.del_cookie(
            self._cookie, path="/", httponly=True, secure=self._sessions.secure, samesite="Lax"
        )
        return answer

    def _sealed(self, kept: dict[str, Any]) -> str:
        sealed = self._ring.seal(_TABLE, _ROW, json.dumps(kept))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _opened(self, cookie: str) -> dict[str, Any] | None:
        try:
            raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
            found: dict[str, Any] = json.loads(self._ring.open(_TABLE, _ROW, raw))
        except (Damaged, ValueError, IndexError):
            return None
        return found


def way_of(provider: Provider) -> Matching:
    """How its people become ours."""
    own = provider.settings
    return Matching(
        provider.name, provider.title, provider.surface, own.match, own.claim, own.create or ""
    )


def oidc_of(whole: Any, sessions: Sessions, frames: Frames) -> Oidc | None:
    """The providers that are configured, in a whole PixelView."""
    given = whole.settings.oidc
    if not given:
        return None
    url, clock = whole.settings.url, whole.door.clock
    providers = [Provider(name, own, url, clock) for name, own in given.items()]
    entering = Providers(whole.door, whole.identity)
    entrance = whole.identity.entrance
    return Oidc(providers, entering, entrance, sessions, frames, whole.ring, clock)
