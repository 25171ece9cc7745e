"""Web Push's cryptography: payloads only the browser can read (RFC 8291, with RFC 8188's coding),
and the proof of who sends them (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import binascii
import json
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD = 4096
LONGEST = RECORD - 16 - 1 - 86
"""Bytes of text in one record: without the tag, the delimiter and the header of 86 bytes."""

_CURVE = ec.SECP256R1()


class BadKey(ValueError):
    """A key is none of P-256, or not written as base64url."""


def new_key() -> str:
    """A new private key of P-256: its 32 bytes as base64url."""
    number = ec.generate_private_key(_CURVE).private_numbers().private_value
    return written(number.to_bytes(32, "big"))


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """The key behind what ``new_key`` made."""
    return ec.derive_private_key(int.from_bytes(read(text), "big"), _CURVE)


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public half, uncompressed: 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sealed(
    text: bytes, theirs: bytes, auth: bytes, *,
    mine: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None,
) -> bytes:  # fmt: skip
    """``text`` as one aes128gcm record for the browser with those keys; BadKey for broken ones.

    ``mine`` and ``salt`` are fresh each time; a test of the RFC's example gives them.
    """
    if len(auth) != 16:
        raise BadKey("an authentication secret has 16 bytes")
    mine, salt = mine or ec.generate_private_key(_CURVE), salt or os.urandom(16)
    ours = public_bytes(mine)
    try:
        browser = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs)
    except ValueError:
        raise BadKey("that is no public key of P-256") from None
    secret = _derived(
        mine.exchange(ec.ECDH(), browser), auth, b"WebPush: info\0" + theirs + ours, 32
    )
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD.to_bytes(4, "big") + bytes((len(ours),)) + ours
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def proof(key: ec.EllipticCurvePrivateKey, audience: str, subject: str, until: int) -> str:
    """The Authorization header: a token for one push service until an instant in seconds."""
    head = {"typ": "JWT", "alg": "ES256"}
    claims = {"aud": audience, "exp": until, "sub": subject}
    token = ".".join(
        written(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims)
    )
    r, s = decode_dss_signature(key.sign(token.encode(), ec.ECDSA(hashes.SHA256())))
    signature = written(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={token}.{signature}, k={written(public_bytes(key))}"


def written(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str) -> bytes:
    """What was written; BadKey where it is no base64url."""
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        raise BadKey("that is no base64url") from None


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
