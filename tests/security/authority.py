"""A certificate authority for tests: its own root, and certificates that are right or wrong."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PAST, FUTURE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as files."""

    cert: Path
    key: Path


class Authority:
    """Signs certificates; ``root`` is the file to trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("The tests' own authority")
        self._serial = 1
        cert = self._built(self._name, self._key.public_key(), [], PAST, FUTURE, ca=True)
        self.root = folder / "root.pem"
        self.root.write_bytes(cert.public_bytes(serialization.Encoding.PEM))

    def pair(
        self, *names: str, until: dt.datetime = FUTURE, self_signed: bool = False, file: str = ""
    ) -> Pair:
        """A certificate for names and addresses; as ``file.pem`` and ``file.key``."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = key if self_signed else self._key
        issuer = _named(names[0]) if self_signed else self._name
        cert = self._built(
            _named(names[0]), key.public_key(), list(names), PAST, until, issuer=issuer,
            signer=signer,
        )  # fmt: skip
        file = file or f"pair{self._serial}"
        made = Pair(self._folder / f"{file}.pem", self._folder / f"{file}.key")
        made.cert.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ))  # fmt: skip
        made.key.chmod(0o600)
        return made

    def _built(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        names: list[str],
        since: dt.datetime,
        until: dt.datetime,
        *,
        ca: bool = False,
        issuer: x509.Name | None = None,
        signer: ec.EllipticCurvePrivateKey | None = None,
    ) -> x509.Certificate:
        self._serial += 1
        signer = signer or self._key
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self._name)
            .public_key(public)
            .serial_number(self._serial)
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
        )
        if names:
            made = made.add_extension(
                x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
            )
        if ca:
            usage = x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True,
                content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, encipher_only=False, decipher_only=False,
            )  # fmt: skip
            made = made.add_extension(usage, critical=True)
        return made.sign(signer, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
