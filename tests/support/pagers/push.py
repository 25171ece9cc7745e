"""A stand-in of a browser and its push service: it checks the sender's proof (RFC 8292) and opens
what was sent with the browser's own keys (RFC 8291), written apart from the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .server import Standin


def unpadded(text: str) -> bytes:
    """Bytes of base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def padless(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """One subscription; ``shown`` are the payloads it could open, with their headers."""

    def __init__(self, endpoint: str, sender: str = "") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)
        self.endpoint, self.sender = endpoint, sender
        self.shown: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.gone = False

    @property
    def public(self) -> bytes:
        """The key it tells its senders."""
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> dict[str, Any]:
        """What ``PushSubscription.toJSON()`` gives."""
        keys = {"p256dh": padless(self.public), "auth": padless(self._auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def open(self, body: bytes) -> bytes:
        """The text of one aes128gcm record; InvalidTag where it is not for this browser."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        if len(sealed) > size or length != 65:
            raise InvalidTag
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self._key.exchange(ec.ECDH(), point)
        info = b"WebPush: info\x00" + self.public + theirs + b"\x01"
        secret = _hmac(_hmac(self._auth, shared), info)
        prk = _hmac(salt, secret)
        key = _hmac(prk, b"Content-Encoding: aes128gcm\x00\x01")[:16]
        nonce = _hmac(prk, b"Content-Encoding: nonce\x00\x01")[:12]
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        if not padded.endswith(b"\x02"):
            raise InvalidTag
        return padded[:-1]


class FakePushService(Standin):
    """Holds subscriptions and hands each push to its browser. ``now`` is in seconds."""

    def __init__(self, now: int) -> None:
        super().__init__()
        self.now = now
        self.browsers: dict[str, Browser] = {}

    def subscribe(self, sender: str = "") -> Browser:
        """A browser subscribes for pushes of ``sender`` (its applicationServerKey)."""
        name = f"b{len(self.browsers)}"
        browser = Browser(f"{self.url}/push/{name}", sender)
        self.browsers[name] = browser
        return browser

    def routes(self) -> list[web.RouteDef]:
        """Where subscriptions are."""
        return [web.post("/push/{name}", self._push)]

    async def _push(self, request: web.Request) -> web.Response:
        browser = self.browsers.get(request.match_info["name"])
        if browser is None:
            return web.Response(status=404)
        if browser.gone:
            return web.Response(status=410)
        body = await request.read()
        wrong = self._proof(request, browser) or _headers(request, body)
        if wrong:
            self.against(wrong)
            return web.Response(status=403 if "vapid" in wrong else 400, text=wrong)
        try:
            words = json.loads(browser.open(body))
        except (InvalidTag, ValueError) as error:
            self.against(f"the browser can't read it: {error!r}")
            return web.Response(status=201)
        browser.shown.append(words)
        browser.headers.append(dict(request.headers))
        where = f"{self.url}/message/{len(browser.shown)}"
        return web.Response(status=201, headers={"Location": where})

    def _proof(self, request: web.Request, browser: Browser) -> str:
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        parts = dict(p.strip().split("=", 1) for p in rest.split(",") if "=" in p)
        if scheme != "vapid" or set(parts) != {"t", "k"}:
            return "vapid: no t and k"
        if browser.sender and parts["k"] != browser.sender:
            return "vapid: another key than the browser subscribed with"
        head, claims, signature = parts["t"].split(".")
        raw = unpadded(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(parts["k"]))
        try:
            key.verify(
                encode_dss_signature(*(int.from_bytes(h, "big") for h in (raw[:32], raw[32:]))),
                f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()),
            )  # fmt: skip
        except InvalidSignature:
            return "vapid: the signature does not fit"
        told = json.loads(unpadded(claims))
        if json.loads(unpadded(head)) != {"typ": "JWT", "alg": "ES256"}:
            return "vapid: the head is another"
        if told.get("aud") != self.url or not self.now < told.get("exp", 0) <= self.now + 86_400:
            return "vapid: audience or expiry"
        return "" if str(told.get("sub", "")).startswith(("mailto:", "https:")) else "vapid: sub"


def _headers(request: web.Request, body: bytes) -> str:
    if request.headers.get("Content-Encoding") != "aes128gcm":
        return "the coding is not aes128gcm"
    if not request.headers.get("TTL", "").isdecimal():
        return "no TTL"
    if request.headers.get("Urgency", "normal") not in ("very-low", "low", "normal", "high"):
        return "no such urgency"
    topic = request.headers.get("Topic", "")
    plain = topic.replace("-", "").replace("_", "")
    if topic and (len(topic) > 32 or not plain.isalnum()):
        return "the topic is none"
    return "longer than 4096 bytes" if len(body) > 4096 else ""


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
