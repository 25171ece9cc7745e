"""One provider of OpenID Connect: what it says of itself, its keys, its answers to a code."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from bot.oidc import proof
from bot.oidc.errors import Refused, Unreachable
from bot.signin_settings import OidcSettings, is_safe
from integrations import _wire
from integrations._outside import Barred, Outside
from store.clock import HOUR, MINUTE, Clock

if TYPE_CHECKING:
    import httpx

PATIENCE = 10.0
MOST = 1 << 20
"""Bytes a provider may answer."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a provider and kept by the browser until the answer comes."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Who a provider says somebody is; ``id_token`` signs them out there later."""

    claims: Mapping[str, Any]
    id_token: str

    @property
    def sub(self) -> str:
        """Their name for the provider, that never changes."""
        return str(self.claims["sub"])


class Provider:
    """Asked over HTTPS alone, without redirects, for a bounded time."""

    def __init__(self, name: str, settings: OidcSettings, url: str, clock: Clock) -> None:
        self.name, self.settings, self._clock = name, settings, clock
        self.title = settings.name or name
        self.callback = f"{url.rstrip('/')}/signin/oidc/{name}/callback"
        self._home = f"{url.rstrip('/')}/signin"
        self._known: tuple[int, dict[str, Any]] | None = None
        self._keys: tuple[int, dict[str, Any]] | None = None
        self._lock = asyncio.Lock()

    @property
    def issuer(self) -> str:
        """Its name."""
        return self.settings.issuer

    @property
    def surface(self) -> str:
        """Where its accounts are known."""
        return f"oidc:{self.issuer}"

    # what it says of itself

    async def metadata(self) -> dict[str, Any]:
        """Its addresses, read once an hour; what names another issuer is not believed."""
        from authlib.oidc.discovery import get_well_known_url

        now = self._clock.now()
        if self._known is not None and 0 <= now - self._known[0] < HOUR:
            return self._known[1]
        found = await self._get(get_well_known_url(self.issuer, external=True))
        if found.get("issuer") != self.issuer:
            raise Unreachable(f"it calls itself {str(found.get('issuer'))[:100]}")
        for name in _ENDPOINTS:
            if not isinstance(found.get(name), str) or not is_safe(found[name]):
                raise Unreachable(f"its {name} is no safe address")
        self._known = (now, found)
        return found

    async def _jwks(self, *, anew: bool) -> dict[str, Any]:
        """Its keys. Read again where one is unknown, at most once a minute."""
        async with self._lock:
            now = self._clock.now()
            fresh = MINUTE if anew else HOUR
            if self._keys is not None and 0 <= now - self._keys[0] < fresh:
                return self._keys[1]
            found = await self._get((await self.metadata())["jwks_uri"])
            if not isinstance(found.get("keys"), list):
                raise Unreachable("its keys can't be read")
            self._keys = (now, found)
            return found

    # asking

    async def question(self) -> Question:
        """Where the browser goes, and what it must bring back."""
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        known = await self.metadata()
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.callback,
            "scope": " ".join(self.settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        start = str(known["authorization_endpoint"])
        url = f"{start}{'&' if '?' in start else '?'}{urlencode(asked)}"
        return Question(url, state, nonce, verifier)

    async def check_issuer(self, told: str | None) -> None:
        """Refused where an answer comes from another provider than was asked (RFC 9207)."""
        known = await self.metadata()
        must = known.get("authorization_response_iss_parameter_supported") is True
        if told is None and must:
            raise Refused("it does not say who answers (iss)")
        if told is not None and not hmac.compare_digest(told.encode(), self.issuer.encode()):
            raise Refused("another provider answers (iss)")

    async def answer(self, code: str, nonce: str, verifier: str) -> Answer:
        """Who somebody is, for the code a browser brought. Refused, Unreachable."""
        known = await self.metadata()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": verifier,
        }
        told = await self._post(str(known["token_endpoint"]), asked, known)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise Refused("no ID token came")
        claims = await self._claims(token)
        access = told.get("access_token")
        proof.id_token(
            claims,
            issuer=self.issuer,
            client=self.settings.client_id,
            nonce=nonce,
            now=self._clock.now() // 1000,
            leeway=self.settings.leeway,
        )
        if isinstance(access, str):
            claims = await self._more(claims, access, known)
        return Answer(claims, token)

    async def signed_out(self, token: str) -> dict[str, Any]:
        """Whom the provider signed out, by a token it sent."""
        claims = await self._claims(token)
        proof.logout_token(
            claims,
            issuer=self.issuer,
            client=self.settings.client_id,
            now=self._clock.now() // 1000,
            leeway=self.settings.leeway,
        )
        return claims

    async def logout_url(self, id_token: str) -> str:
        """Where somebody signs out there too; "" where it offers nothing such."""
        try:
            found = (await self.metadata()).get("end_session_endpoint")
        except Unreachable:
            return ""
        if not isinstance(found, str) or not is_safe(found):
            return ""
        asked = {"id_token_hint": id_token, "post_logout_redirect_uri": self._home}
        asked["client_id"] = self.settings.client_id
        return f"{found}{'&' if '?' in found else '?'}{urlencode(asked)}"

    async def _claims(self, token: str) -> dict[str, Any]:
        said = (await self.metadata()).get("id_token_signing_alg_values_supported") or ()
        if not isinstance(said, (list, tuple)):
            said = ()
        try:
            return proof.opened(token, await self._jwks(anew=False), said)
        except proof.UnknownKey:
            try:
                return proof.opened(token, await self._jwks(anew=True), said)
            except proof.UnknownKey:
                raise Refused("none of its keys signed it") from None

    async def _more(
        self, claims: dict[str, Any], access: str, known: Mapping[str, Any]
    ) -> dict[str, Any]:
        """With what the provider tells of the same person beside the ID token."""
        where = known.get("userinfo_endpoint")
        if "email" in claims or not isinstance(where, str) or not is_safe(where):
            return claims
        found = await self._get(where, {"Authorization": f"Bearer {access}"})
        if found.get("sub") != claims["sub"]:
            raise Refused("it tells of somebody else (sub)")
        return {**found, **claims}

    # over the wire

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        return await self._ask("GET", url, headers=dict(headers or {}))

    async def _post(
        self, url: str, form: dict[str, str], known: Mapping[str, Any]
    ) -> dict[str, Any]:
        ways = known.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        own, secret = self.settings.client_id, self.settings.client_secret
        if not secret:
            return await self._ask("POST", url, form={**form, "client_id": own})
        if "client_secret_basic" in ways:
            return await self._ask("POST", url, form=form, auth=(quote(own), quote(secret)))
        named = {**form, "client_id": own, "client_secret": secret}
        return await self._ask("POST", url, form=named)

    def _guard(self) -> Outside:
        """The issuer is the operator's word and may be one of our own network; the addresses it
        names are its own, and lead nowhere else in there."""
        return _wire.outside().also([urlsplit(self.issuer).hostname or ""])

    @property
    def _here(self) -> bool:
        return urlsplit(self.issuer).scheme == "http"

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> dict[str, Any]:
        import httpx

        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._guard().client(timeout=PATIENCE, insecure=self._here) as client,
                client.stream(
                    method, url, data=form, auth=auth,
                    headers={"Accept": "application/json", **(headers or {})},
                ) as answer,
            ):  # fmt: skip
                body = await _whole(answer)
        except Barred as error:
            raise Unreachable(str(error)) from None
        except (httpx.HTTPError, TimeoutError, httpx.InvalidURL) as error:
            raise Unreachable(f"{type(error).__name__}") from None
        if answer.status_code == 400 and method == "POST":
            raise Refused(f"it does not take that code ({_error(body)})")
        if answer.status_code != 200:
            raise Unreachable(f"it answers {answer.status_code}")
        try:
            found = json.loads(body)
        except ValueError:
            raise Unreachable("it answers no JSON") from None
        if not isinstance(found, dict):
            raise Unreachable("it answers no object")
        return found


async def _whole(answer: httpx.Response) -> bytes:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST:
            raise Unreachable("it answers too much")
    return body


def _error(body: bytes) -> str:
    try:
        found = json.loads(body).get("error", "")
    except (ValueError, AttributeError):
        found = ""
    return str(found)[:60] or "no reason"
