"""How each tool signs, written down as its documentation has it: for tests of who is let in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = 1_800_000_000
"""Seconds since 1970."""

Headers = dict[str, str]
Sign = Callable[[str, bytes, int], Headers]


@dataclass(frozen=True)
class Signer:
    """A tool, and the headers it sends with a body: ``timed`` where the time is signed too,
    ``sent`` where the secret itself comes, ``in_body`` where it is a field of the body."""

    tool: str
    sign: Sign
    setting: str = "secret"
    timed: bool = False
    sent: bool = False
    repeats: bool = True
    in_body: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    known: Callable[[str], str] = str
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.tool

    def body(self, secret: str) -> bytes:
        """A body; with the secret in it where the tool puts it there."""
        return json.dumps({"a": 1, **({self.in_body: secret} if self.in_body else {})}).encode()


def _mac(secret: str | bytes, text: bytes, algorithm: str = "sha256") -> bytes:
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, text, algorithm).digest()


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def of_hex(header: str, prefix: str = "", algorithm: str = "sha256") -> Sign:
    """The body's MAC in hex."""
    return lambda secret, body, at: {header: prefix + _mac(secret, body, algorithm).hex()}


def of_base64(header: str, algorithm: str = "sha256") -> Sign:
    """The body's MAC in base64."""
    return lambda secret, body, at: {header: _b64(_mac(secret, body, algorithm))}


def sends(header: str, before: str = "") -> Sign:
    """The secret as it is."""
    return lambda secret, body, at: {header: before + secret}


def _standard(kind: str) -> Sign:
    def sign(secret: str, body: bytes, at: int) -> Headers:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = _b64(_mac(key, f"msg_1.{at}.".encode() + body))
        return {f"{kind}-id": "msg_1", f"{kind}-timestamp": str(at),
                f"{kind}-signature": f"v1a,xx v1,{made}"}  # fmt: skip

    return sign


def _t_v1(header: str, join: str) -> Sign:
    return lambda secret, body, at: {
        header: f"t={at},v1={_mac(secret, f'{at}{join}'.encode() + body).hex()}"
    }


def _slack(secret: str, body: bytes, at: int) -> Headers:
    made = _mac(secret, f"v0:{at}:".encode() + body).hex()
    return {"x-slack-request-timestamp": str(at), "x-slack-signature": f"v0={made}"}


def _buildkite(secret: str, body: bytes, at: int) -> Headers:
    made = _mac(secret, f"{at}.".encode() + body).hex()
    return {"x-buildkite-signature": f"timestamp={at},signature={made}"}


def _zendesk(secret: str, body: bytes, at: int) -> Headers:
    from datetime import UTC, datetime

    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = _b64(_mac(secret, stamp.encode() + body))
    return {"x-zendesk-webhook-signature": made, "x-zendesk-webhook-signature-timestamp": stamp}


def _crowdstrike(secret: str, body: bytes, at: int) -> Headers:
    from datetime import UTC, datetime

    stamp = datetime.fromtimestamp(at, UTC).isoformat()
    made = _b64(_mac(secret, body + stamp.encode()))
    return {"x-cs-primary-signature": made, "x-cs-delivery-timestamp": stamp}


def _grafana(secret: str, body: bytes, at: int) -> Headers:
    made = _mac(secret, f"{at}:".encode() + body).hex()
    return {"x-grafana-alerting-signature": made, "x-at": str(at)}


def _own(secret: str, body: bytes, at: int) -> Headers:
    made = _b64(_mac(secret, f"{at}|".encode() + body, "sha512"))
    return {"x-own": f"v9 {made}", "x-at": str(at)}


def _drone(secret: str, body: bytes, at: int) -> Headers:
    date, digest = formatdate(at, usegmt=True), f"SHA-256={_b64(hashlib.sha256(body).digest())}"
    made = _b64(_mac(secret, f"date: {date}\ndigest: {digest}".encode()))
    said = f'keyId="hmac-key",algorithm="hmac-sha256",signature="{made}",headers="date digest"'
    return {"date": date, "digest": digest, "signature": said}


def _netlify(secret: str, body: bytes, at: int) -> Headers:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    claims = {"iss": "netlify", "sha256": hashlib.sha256(body).hexdigest()}
    text = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    return {"x-webhook-signature": f"{text}.{part(_mac(secret, text.encode()))}"}


def _basic(secret: str, body: bytes, at: int) -> Headers:
    return {"authorization": "Basic " + _b64(f"anybody:{secret}".encode())}


def private(secret: str) -> Ed25519PrivateKey:
    """Discord's key for a word."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())


def _discord(secret: str, body: bytes, at: int) -> Headers:
    made = private(secret).sign(str(at).encode() + body).hex()
    return {"x-signature-ed25519": made, "x-signature-timestamp": str(at)}


_HUB = of_hex("x-hub-signature", "sha256=")
_STANDARD = _standard("webhook")
_OWN = {"header": "X-Own", "prefix": "v9 ", "algorithm": "sha512", "encoding": "base64",
        "timestamp": "X-At", "join": "|"}  # fmt: skip

SIGNERS = (
    Signer("github", of_hex("x-hub-signature-256", "sha256=")),
    Signer("bitbucket", _HUB),
    Signer("gocd", _HUB),
    Signer("jira", _HUB),
    Signer("snyk", _HUB, repeats=False),
    Signer("gitea", of_hex("x-gitea-signature")),
    Signer("forgejo", of_hex("x-forgejo-signature")),
    Signer("gogs", of_hex("x-gogs-signature")),
    Signer("semaphore", of_hex("x-semaphore-signature-256", "sha256=")),
    Signer("spacelift", of_hex("x-signature-256", "sha256=")),
    Signer("fluxcd", of_hex("x-signature", "sha256=")),
    Signer("circleci", of_hex("circleci-signature", "v1=")),
    Signer("checkly", of_hex("x-checkly-signature"), repeats=False),
    Signer("dbt", of_hex("authorization")),
    Signer("firehydrant", of_hex("fh-signature"), repeats=False),
    Signer("ohdear", of_hex("ohdear-signature")),
    Signer("sonarqube", of_hex("x-sonar-webhook-hmac-sha256")),
    Signer("netbox", of_hex("x-hook-signature", "", "sha512")),
    Signer("terraform", of_hex("x-tfe-notification-signature", "", "sha512")),
    Signer("vercel", of_hex("x-vercel-signature", "", "sha1")),
    Signer("zammad", of_hex("x-hub-signature", "sha1=", "sha1"), repeats=False),
    Signer("pagerduty", of_hex("x-pagerduty-signature", "v1="), "webhook_secrets"),
    Signer("sentry", of_hex("sentry-hook-signature"), "client_secret", repeats=False),
    Signer("heroku", of_base64("heroku-webhook-hmac-sha256")),
    Signer("mongodbatlas", of_base64("x-mms-signature", "sha1")),
    Signer("signalfx", of_base64("x-sfx-signature"), "shared_secret", repeats=False),
    Signer("netlify", _netlify),
    Signer("buildkite", _buildkite, timed=True),
    Signer("buildkite", sends("x-buildkite-token"), sent=True, repeats=False,
           name="buildkite sent"),
    Signer("slack", _slack, "signing_secret", timed=True),
    Signer("discord", _discord, "public_key", timed=True,
           known=lambda word: private(word).public_key().public_bytes_raw().hex()),
    Signer("tailscale", _t_v1("tailscale-webhook-signature", "."), timed=True),
    Signer("rootly", _t_v1("x-rootly-signature", ""), timed=True),
    Signer("zendesk", _zendesk, timed=True),
    Signer("crowdstrike", _crowdstrike, timed=True),
    Signer("drone", _drone, timed=True),
    Signer("render", _STANDARD, timed=True),
    Signer("incidentio", _STANDARD, timed=True),
    Signer("incidentio", _standard("svix"), timed=True, name="incidentio svix"),
    Signer("gitlab", _STANDARD, timed=True, name="gitlab signed"),
    Signer("gitlab", sends("x-gitlab-token"), sent=True, repeats=False,
           known=lambda word: word.removeprefix("whsec_")),
    Signer("grafana", of_hex("x-grafana-alerting-signature"), repeats=False),
    Signer("grafana", _grafana, timed=True, more={"timestamp_header": "X-At"},
           name="grafana with time"),
    Signer("cloudflare", sends("cf-webhook-auth"), sent=True, repeats=False),
    Signer("harbor", sends("authorization"), sent=True, repeats=False),
    Signer("telegram", sends("x-telegram-bot-api-secret-token"), sent=True, repeats=False),
    Signer("honeycomb", sends("x-honeycomb-webhook-token"), sent=True, repeats=False),
    Signer("meraki", lambda secret, body, at: {}, sent=True, repeats=False,
           in_body="sharedSecret"),
    Signer("statuscake", lambda secret, body, at: {}, sent=True, repeats=False, in_body="Token"),
    # tools that have no way of their own
    Signer("datadog", sends("authorization", "Bearer "), sent=True, repeats=False),
    Signer("opsgenie", _basic, sent=True, repeats=False),
    Signer("newrelic", sends("x-secret"), sent=True, repeats=False,
           more={"secret_header": "X-Secret"}),
    Signer("webhook", of_hex("x-own", "sha1=", "sha1"), repeats=False,
           more={"signature": {"header": "X-Own", "prefix": "sha1=", "algorithm": "sha1"}}),
    Signer("webhook", _own, timed=True, more={"signature": _OWN}, name="webhook with time"),
)  # fmt: skip
