"""Signing in to Entra ID by plain REST: with a secret, a certificate, a federated token, or as the
machine this runs on. The library for it would load 29 MB for the same four requests."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from integrations._cloud import assertion, fields, rest
from integrations._cloud.tokens import Token, lasting
from integrations.azure.settings import Settings
from integrations.base import Misconfigured, Transient
from store.clock import Clock
from store.model import SECOND

_JWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE = 600
"""Seconds that an assertion is good for."""


class SignIn:
    """Gets tokens for an audience such as ``https://management.azure.com``."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._http = rest.client("Azure", settings.ca_file)

    async def __call__(self, audience: str) -> Token:
        """A fresh token; Misconfigured where it is refused, Transient where nobody answers."""
        now = self._clock.now()
        if self._settings.identity_endpoint or self._settings.managed_identity:
            answer = await self._as_machine(audience)
        else:
            answer = await self._as_application(audience)
        found = _checked(answer, self._proof())
        text = fields.say(found, "access_token")
        if not text:
            raise Transient("Entra ID answered without a token", broken=True)
        return lasting(text, found.get("expires_in"), now)

    def _proof(self) -> str:
        """The setting that we sign in with."""
        said = self._settings
        if said.identity_endpoint or said.managed_identity:
            return "managed_identity"
        names = ("client_secret", "certificate_file", "federated_token_file")
        return next(name for name in names if getattr(said, name))

    async def _as_machine(self, audience: str) -> httpx.Response:
        said = self._settings
        params = {"resource": audience}
        if said.client_id:
            params["client_id"] = said.client_id
        if said.identity_endpoint:
            params["api-version"] = "2019-08-01"
            headers = {"X-IDENTITY-HEADER": said.identity_header}
            url = said.identity_endpoint
        else:
            params["api-version"] = "2018-02-01"
            headers = {"Metadata": "true"}
            url = f"{said.imds_url}/metadata/identity/oauth2/token"
        return await rest.send(
            self._http, "The identity of this machine", "GET", url, params=params, headers=headers
        )

    async def _as_application(self, audience: str) -> httpx.Response:
        said = self._settings
        url = f"{said.login_url}/{said.tenant}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials", "client_id": said.client_id,
            "scope": f"{audience}/.default", **await self._credential(url),
        }  # fmt: skip
        return await rest.send(self._http, "Entra ID", "POST", url, data=form)

    async def _credential(self, url: str) -> Mapping[str, str]:
        said = self._settings
        if said.client_secret:
            return {"client_secret": said.client_secret}
        if said.certificate_file:
            pem = await _contents(said.certificate_file, "certificate_file")
            return {"client_assertion_type": _JWT, "client_assertion": self._assertion(pem, url)}
        token = await _contents(said.federated_token_file, "federated_token_file")
        return {"client_assertion_type": _JWT, "client_assertion": token.decode().strip()}

    def _assertion(self, pem: bytes, url: str) -> str:
        said = self._settings
        key = assertion.private_key(pem, "certificate_file", said.certificate_password)
        try:
            print_ = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())
        except ValueError:
            raise Misconfigured(
                "certificate_file holds no certificate", "certificate_file"
            ) from None
        now = self._clock.now() // SECOND
        claims = {
            "aud": url, "iss": said.client_id, "sub": said.client_id, "jti": str(uuid.uuid4()),
            "iat": now, "nbf": now - 60, "exp": now + _LIFE,
        }  # fmt: skip
        named = base64.urlsafe_b64encode(print_).rstrip(b"=").decode()
        return assertion.signed(claims, key, {"x5t#S256": named}, "PS256")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


def _checked(answer: httpx.Response, setting: str) -> dict[str, object]:
    code = answer.status_code
    if code == 429 or code >= 500 or (setting == "managed_identity" and code in {404, 410}):
        raise Transient(
            f"Entra ID answered {code}", fields.number(answer.headers.get("Retry-After"))
        )
    if code >= 300:
        _, said = fields.refusal(answer)
        raise Misconfigured(f"Entra ID refuses us ({code}): {said}", setting)
    return fields.body(answer, "Entra ID")


async def _contents(path: str, setting: str) -> bytes:
    try:
        return await asyncio.to_thread(Path(path).read_bytes)
    except OSError as error:
        raise Misconfigured(f"{setting} can't be read: {error.strerror}", setting) from None
