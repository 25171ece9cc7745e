"""Signed assertions (RFC 7523): a key proves who we are, and is never sent itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from integrations.base import Misconfigured

Algorithm = Literal["RS256", "PS256"]


@lru_cache(8)
def private_key(pem: bytes, setting: str, password: str = "") -> rsa.RSAPrivateKey:
    """The RSA key in a PEM text; Misconfigured, naming the setting, where there is none. To check
    a key takes tens of milliseconds, so that each is read once."""
    try:
        key = load_pem_private_key(pem, password.encode() or None)
    except (ValueError, TypeError):
        raise Misconfigured(f"{setting} holds no private key that can be read", setting) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Misconfigured(f"{setting} holds a key that is not RSA", setting)
    return key


def signed(
    claims: Mapping[str, Any], key: rsa.RSAPrivateKey, header: Mapping[str, Any],
    algorithm: Algorithm = "RS256",
) -> str:  # fmt: skip
    """A JSON web token of these claims."""
    head = {"alg": algorithm, "typ": "JWT", **header}
    text = b".".join(_packed(json.dumps(each).encode()) for each in (head, claims))
    scheme = padding.PKCS1v15() if algorithm == "RS256" else _pss()
    return (text + b"." + _packed(key.sign(text, scheme, hashes.SHA256()))).decode()


def _pss() -> padding.PSS:
    return padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


def _packed(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
