"""Providers of OpenID Connect to sign in with: a real one in a process of its own, and a hostile
one that answers whatever a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

CLIENT, SECRET = "pixelview", "not-much-of-a-secret"


@contextlib.asynccontextmanager
async def real_provider(port: int) -> AsyncIterator[str]:
    """oidc-provider-mock (Authlib's server side under Flask), listening; its issuer."""
    program = (
        "import warnings; warnings.simplefilter('ignore');"
        "import sys; from oidc_provider_mock.__main__ import run; sys.exit(run())"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, "--port", str(port),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    issuer = f"http://localhost:{port}"
    try:
        await _answers(f"{issuer}/.well-known/openid-configuration", child)
        yield issuer
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


async def _answers(url: str, child: asyncio.subprocess.Process) -> None:
    async with aiohttp.ClientSession() as session:
        while child.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)
    raise RuntimeError("the provider ended")


class Hostile:
    """A provider on loopback that says ``claims`` about whoever comes; a test changes what it
    likes. ``alg`` and ``key`` sign; ``served`` are the keys it shows."""

    def __init__(self) -> None:
        self.key: Any = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig"})
        self.alg = "RS256"
        self.served: list[Any] = [self.key]
        self.changes: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.token: str | None = None
        self.asked: list[dict[str, str]] = []
        self.looks = 0
        self.now = int(time.time())
        self.issuer = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/.well-known/openid-configuration", self._metadata),
                web.get("/keys", self._keys),
                web.post("/token", self._token),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.issuer = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner:
            await self._runner.cleanup()

    def claims(self, nonce: str, **more: Any) -> dict[str, Any]:
        """What it says of the person, unless the test changed it; None leaves a claim out."""
        said = {
            "iss": self.issuer, "sub": "s-ana", "aud": CLIENT, "iat": self.now,
            "exp": self.now + 300, "nonce": nonce, "email": "ana@example.eu",
            "email_verified": True, **self.changes, **more,
        }  # fmt: skip
        return {k: v for k, v in said.items() if v is not None}

    def signed(self, claims: dict[str, Any]) -> str:
        """A token with these claims."""
        header = {"alg": self.alg, "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=[self.alg])

    async def _metadata(self, request: web.Request) -> web.Response:
        base = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/bye",
        }  # fmt: skip
        said = {k: v for k, v in {**base, **self.metadata}.items() if v is not None}
        return web.json_response(said)

    async def _keys(self, request: web.Request) -> web.Response:
        self.looks += 1
        return web.json_response(KeySet(self.served).as_dict(private=False))

    async def _token(self, request: web.Request) -> web.Response:
        form = {k: str(v) for k, v in (await request.post()).items()}
        self.asked.append(form)
        if form["code"].startswith("used"):
            return web.json_response({"error": "invalid_grant"}, status=400)
        nonce = form["code"].partition("|")[2]
        token = self.token if self.token is not None else self.signed(self.claims(nonce))
        return web.json_response({"access_token": "a", "token_type": "Bearer", "id_token": token})


def unsigned(claims: dict[str, Any]) -> str:
    """A token that nobody signed (alg none)."""
    import base64

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


def by_shared_secret(claims: dict[str, Any]) -> str:
    """A token signed with the client's secret, that a client could make itself (HS256)."""
    key = OctKey.import_key(SECRET.ljust(32, "x"))
    return jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])


def new_key(kid: str) -> Any:
    """Another key."""
    return ECKey.generate_key("P-256", parameters={"kid": kid, "use": "sig"})
