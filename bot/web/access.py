"""Who and what may speak here: one's accounts and tokens, and for who may see them all tokens; a
secret is on the page once, as the answer to the form that made it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.ports import Doorway
from bot.web.session import Visit, fresh_key
from commands.errors import CommandError
from commands.rules.permission import may, role_names
from commands.token_words import left
from commands.words import duration, headed

_FIELDS = {
    "token-create": ("name", "intake", "source", "role", "may", "team", "address", "life"),
    "token-rotate": ("name", "overlap"),
    "token-revoke": ("name", "old"),
    "link": (),
    "unlink": ("what",),
}
"""The verbs whose forms stand on the page, and what each takes from them."""
_TIMES = ("created_at", "secret_since", "expires_at", "revoked_at", "last_used_at", "refused_at")
_SOON = 14 * 86_400_000


class AccessPage:
    """The page /access."""

    def __init__(self, door: Doorway, frames: Frames) -> None:
        self._door, self._frames = door, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Its addresses, for who is signed in."""
        return [
            web.get("/access", gate.signed(self.show)),
            web.post("/access/{verb}", gate.signed(self.act)),
        ]

    async def show(self, request: web.Request, visit: Visit) -> web.Response:
        """Everything as it is."""
        return await self._page(request, visit)

    async def act(self, request: web.Request, visit: Visit) -> web.Response:
        """Run one of its verbs; what it says, and its secret, stand on the page once."""
        name = request.match_info["verb"]
        if name not in _FIELDS:
            raise web.HTTPNotFound
        values = await form(request)
        args = {f: values[f].strip() for f in _FIELDS[name] if values.get(f, "").strip()}
        try:
            done = await self._door.do(name, args, visit.actor, key=values.get("key") or None)
        except CommandError as error:
            return await self._page(request, visit, error=error.error, status=error.status,
                                    typed={"verb": name, **args})  # fmt: skip
        say, _, secret = done.say.partition("\n")
        return await self._page(request, visit, say=say, secret=secret.strip())

    async def _page(
        self, request: web.Request, visit: Visit, *, say: str = "", secret: str = "",
        error: str = "", status: int = 200, typed: Mapping[str, str] | None = None,
    ) -> web.Response:  # fmt: skip
        known, actor = self._door.definitions(), visit.actor
        told = await self._door.ask("tokens", {}, actor)
        accounts = await self._accounts(visit)
        found = [_read(each, visit.now) for each in told.facts["tokens"]]
        return await self._frames.page(
            request, visit, "access.html", status=status, here="access", back="/access",
            say=say, secret=secret, error=error, typed=typed or {},
            mine=[t for t in found if t["person"] == actor.id],
            every=[t for t in found if t["person"] != actor.id],
            sees=bool(may(actor, "access.read", known.roles)),
            may=bool(may(actor, "access.write", known.roles)),
            accounts=accounts, roles=role_names(known.roles), key=fresh_key(),
            called=headed,
        )  # fmt: skip

    async def _accounts(self, visit: Visit) -> Mapping[str, Any]:
        if visit.person is None:
            return {"accounts": [], "definition": {}, "answered": {}}
        told = await self._door.ask("accounts", {}, visit.actor)
        facts: Mapping[str, Any] = told.facts
        linked = [{**a, "since": _ms(a["since"])} for a in facts["accounts"]]
        answered = {via: _ms(at) for via, at in facts["answered"].items()}
        return {"accounts": linked, "definition": facts["definition"], "answered": answered}


def _read(facts: Mapping[str, Any], now: int) -> dict[str, Any]:
    """A token with its instants in milliseconds, and how it stands."""
    found = dict(facts) | {name: _ms(facts[name]) for name in _TIMES}
    found["old_secrets"] = [
        {**o, "ends_at": _ms(o["ends_at"]), "last_used_at": _ms(o["last_used_at"])}
        for o in facts["old_secrets"]
    ]
    ends = found["expires_at"]
    found["soon"] = found["live"] and ends is not None and ends - now < _SOON
    found["left"] = left(ends - now) if ends is not None and ends > now else ""
    found["age"] = duration(now - found["secret_since"])
    return found


def _ms(at: str | None) -> int | None:
    return int(datetime.fromisoformat(at).timestamp() * 1000) if at else None
