"""A certificate of an application, and what Entra ID checks of an assertion that it signed."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID


@cache
def key() -> rsa.RSAPrivateKey:
    """One key for the whole run: they take long to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_pem() -> str:
    """That key as a PEM text."""
    return (
        key()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


class Certificate:
    """Signed by itself, as such certificates are."""

    def __init__(self) -> None:
        self._made: x509.Certificate | None = None

    @property
    def certificate(self) -> x509.Certificate:
        """Made when it is first needed."""
        if self._made is None:
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pixelview")])
            self._made = (
                x509.CertificateBuilder().subject_name(name).issuer_name(name)
                .public_key(key().public_key()).serial_number(7)
                .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
                .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
                .sign(key(), hashes.SHA256())
            )  # fmt: skip
        return self._made

    def written(self, folder: Path) -> Path:
        """A file with the certificate and its key."""
        path = folder / "client.pem"
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        path.write_text(key_pem() + pem, encoding="utf-8")
        return path

    def fault(self, assertion: str, url: str, client: str, now: int) -> str:
        """What Entra ID has against an assertion; "" where nothing."""
        try:
            head, claims, signature = assertion.split(".")
            header, said = json.loads(opened(head)), json.loads(opened(claims))
            key().public_key().verify(
                opened(signature), f"{head}.{claims}".encode(),
                padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
                hashes.SHA256(),
            )  # fmt: skip
        except (ValueError, InvalidSignature):
            return "AADSTS700027: The signature is not valid"
        print_ = self.certificate.fingerprint(hashes.SHA256())
        if header["alg"] != "PS256" or opened(header["x5t#S256"]) != print_:
            return "AADSTS700027: The certificate is not registered"
        if said["aud"] != url or {said["iss"], said["sub"]} != {client} or not said["jti"]:
            return "AADSTS700023: The assertion is for somebody else"
        if not said["nbf"] <= now < said["exp"] or said["exp"] > now + 86400:
            return "AADSTS700024: The assertion is not within its valid time range"
        return ""


def opened(text: str) -> bytes:
    """base64url without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
