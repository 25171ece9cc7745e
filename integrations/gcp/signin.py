"""Signing in to Google by plain REST: with a service account's key, what gcloud or workload
identity federation write, or as the machine this runs on, and on as another service account. The
library for it would load 20 MB and go out by a way of its own for the same requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from integrations._cloud import assertion, fields, rest
from integrations._cloud.fields import part, say
from integrations._cloud.tokens import Token, lasting
from integrations.base import Misconfigured, Transient
from integrations.gcp.settings import Settings
from store.clock import Clock
from store.model import SECOND, Instant

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS = "urn:ietf:params:oauth:token-type:access_token"
_LIFE = 3600


class SignIn:
    """Gets tokens; Google has one kind for all its APIs."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._http = rest.client("Google", settings.ca_file)

    async def __call__(self, audience: str) -> Token:
        """A fresh token; Misconfigured where it is refused, Transient where nobody answers."""
        now = self._clock.now()
        token = await self._first(now)
        if to := self._settings.impersonate:
            url = (
                f"{self._settings.urls['iamcredentials']}/v1/projects/-/serviceAccounts/"
                f"{to}:generateAccessToken"
            )
            token = await self._as_another(url, token.text, now, "impersonate")
        return token

    async def _first(self, now: Instant) -> Token:
        if not (self._settings.credentials or self._settings.credentials_file):
            return await self._as_machine(now)
        return await self._by_file(await self._said(), now)

    async def _said(self) -> dict[str, Any]:
        """What the file of credentials says, read afresh: keys are rotated."""
        text = self._settings.credentials.encode() or await _contents(
            self._settings.credentials_file, "credentials_file"
        )
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Misconfigured("credentials_file holds no JSON object", "credentials_file")
        return found

    async def _by_file(self, said: Mapping[str, Any], now: Instant) -> Token:
        ways: dict[str, Callable[[Mapping[str, Any], Instant], Awaitable[Token]]] = {
            "service_account": self._by_key, "authorized_user": self._as_person,
            "external_account": self._federated,
            "impersonated_service_account": self._impersonating,
        }  # fmt: skip
        kind = say(said, "type")
        if kind not in ways:
            known = ", ".join(ways)
            raise Misconfigured(
                f"credentials of type {kind or 'none'}; there are {known}", "credentials_file"
            )
        return await ways[kind](said, now)

    def _token_url(self, said: Mapping[str, Any], name: str = "token_uri") -> str:
        return self._settings.oauth_url or say(said, name) or TOKEN_URL

    async def _by_key(self, said: Mapping[str, Any], now: Instant) -> Token:
        key = assertion.private_key(say(said, "private_key").encode(), "credentials_file")
        audience = say(said, "token_uri") or TOKEN_URL
        at = now // SECOND
        claims = {
            "iss": say(said, "client_email"), "scope": SCOPE, "aud": audience, "iat": at - 10,
            "exp": at + _LIFE - 10,
        }  # fmt: skip
        header = {"kid": say(said, "private_key_id")} if said.get("private_key_id") else {}
        form = {"grant_type": _BEARER, "assertion": assertion.signed(claims, key, header)}
        return await self._posted(self._token_url(said), form, now)

    async def _as_person(self, said: Mapping[str, Any], now: Instant) -> Token:
        form = {"grant_type": "refresh_token"}
        form |= {name: say(said, name) for name in ("client_id", "client_secret", "refresh_token")}
        return await self._posted(self._token_url(said), form, now)

    async def _federated(self, said: Mapping[str, Any], now: Instant) -> Token:
        form = {
            "grant_type": _EXCHANGE, "audience": say(said, "audience"), "scope": SCOPE,
            "requested_token_type": _ACCESS,
            "subject_token_type": say(said, "subject_token_type"),
            "subject_token": await self._subject(part(said, "credential_source")),
        }  # fmt: skip
        token = await self._posted(self._token_url(said, "token_url"), form, now)
        if url := say(said, "service_account_impersonation_url"):
            token = await self._as_another(url, token.text, now, "credentials_file")
        return token

    async def _subject(self, source: Mapping[str, Any]) -> str:
        """The token of the other side, from a file or an address."""
        if path := say(source, "file"):
            raw = await _contents(path, "credentials_file")
        elif url := say(source, "url"):
            answer = await rest.send(
                self._http, "The issuer of our identity", "GET", url,
                headers={k: fields.text(v) for k, v in part(source, "headers").items()},
            )  # fmt: skip
            raw = _checked(answer, "credentials_file").content
        else:
            raise Misconfigured("its credential_source names no file and no url",
                                "credentials_file")  # fmt: skip
        if say(source, "format.type") != "json":
            return raw.decode("utf-8", "replace").strip()
        try:
            found = json.loads(raw)
        except ValueError:
            found = {}
        return say(found, say(source, "format.subject_token_field_name"))

    async def _impersonating(self, said: Mapping[str, Any], now: Instant) -> Token:
        source = await self._by_file(part(said, "source_credentials"), now)
        url = say(said, "service_account_impersonation_url")
        return await self._as_another(url, source.text, now, "credentials_file")

    async def _as_another(self, url: str, token: str, now: Instant, setting: str) -> Token:
        answer = await rest.send(
            self._http, "Google", "POST", url, headers={"Authorization": f"Bearer {token}"},
            json={"scope": [SCOPE], "lifetime": f"{_LIFE}s"},
        )  # fmt: skip
        found = fields.body(_checked(answer, setting), "Google")
        until = fields.instant(found.get("expireTime")) or now + _LIFE * SECOND
        return Token(_text(say(found, "accessToken")), now, until)

    async def _as_machine(self, now: Instant) -> Token:
        url = f"{self._settings.metadata_url}/computeMetadata/v1/instance/service-accounts"
        answer = await rest.send(
            self._http, "The identity of this machine", "GET", f"{url}/default/token",
            headers={"Metadata-Flavor": "Google"}, params={"scopes": SCOPE},
        )  # fmt: skip
        found = fields.body(_checked(answer, "metadata"), "The identity of this machine")
        return lasting(_text(say(found, "access_token")), found.get("expires_in"), now)

    async def _posted(self, url: str, form: Mapping[str, str], now: Instant) -> Token:
        answer = await rest.send(self._http, "Google", "POST", url, data=dict(form))
        found = fields.body(_checked(answer, "credentials_file"), "Google")
        return lasting(_text(say(found, "access_token")), found.get("expires_in"), now)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


def _text(token: str) -> str:
    if not token:
        raise Transient("Google answered without a token", broken=True)
    return token


def _checked(answer: httpx.Response, setting: str) -> httpx.Response:
    code = answer.status_code
    if code == 429 or code >= 500:
        wait = fields.number(answer.headers.get("Retry-After"))
        raise Transient(f"Google's sign-in answered {code}", wait)
    if code >= 300:
        _, said = fields.refusal(answer)
        raise Misconfigured(f"Google refuses us ({code}): {said}", setting)
    return answer


async def _contents(path: str, setting: str) -> bytes:
    try:
        return await asyncio.to_thread(Path(path).read_bytes)
    except OSError as error:
        raise Misconfigured(f"{setting} can't be read: {error.strerror}", setting) from None
